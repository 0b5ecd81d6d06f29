"""`odps-bot doctor` as an operator, or a script, calls it."""

import json
import os
import re
import subprocess
import sys


def doctor(environ, *options):
    return subprocess.run(
        [sys.executable, "-m", "odps_bot", "doctor", *options],
        env={**os.environ, "NO_PROXY": "127.0.0.1", **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_what_runs_is_found_well_and_scripts_can_rely_on_it(operator):
    environ = operator.session.settings()
    said = doctor(environ, "--deep")
    lines = said.stdout.splitlines()

    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stderr == ""
    assert any(line.startswith("ok       workers: at least one is running") for line in lines)
    assert not any(line.startswith(("failed", "warning")) for line in lines), said.stdout
    assert re.fullmatch(r"ok       summary: \d+ ok; 2 untried", lines[-1])

    found = [json.loads(line) for line in doctor(environ, "--json").stdout.splitlines()]
    assert {"subject", "verdict", "says", "remedy"} == set(found[0])
    assert {line["verdict"] for line in found} == {"ok", "untried"}


def test_what_fails_is_said_by_the_exit_status_without_secrets(operator):
    environ = operator.session.settings()
    environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "wrong-and-very-secret"
    environ["SLACK_APP_TOKEN"] = "xapp-wrong-and-very-secret"
    said = doctor(environ)

    assert said.returncode == 1
    assert "failed   slack socket: the app token was rejected: invalid_auth" in said.stdout
    assert "         → create an app-level token with connections:write" in said.stdout
    assert "very-secret" not in said.stdout + said.stderr
    assert "Traceback" not in said.stderr
    assert said.stdout.splitlines()[-1].startswith("failed   summary: 3 failed (")


def test_without_settings_nothing_can_be_examined():
    said = doctor({"REDIS_URL": "", "SLACK_BOT_TOKEN": ""})

    assert said.returncode == 2
    assert said.stdout == ""
    assert "\n- SLACK_BOT_TOKEN is not set" in said.stderr
    assert "\n- REDIS_URL is not set" in said.stderr
