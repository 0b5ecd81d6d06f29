"""docker-compose.yml and Dockerfile start what exists, with settings that exist.

No engine runs here, so they are read.
"""

import re
from datetime import timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from odps_bot.__main__ import main
from odps_bot.bot_process import STOP_WITHIN as BOT_STOPS_WITHIN
from odps_bot.settings import RULES_FILE, variables
from workers.process import STOP_WITHIN as WORKER_STOPS_WITHIN

ROOT = Path(__file__).parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load(ROOT.joinpath("docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("build")}

#: An instruction of the Dockerfile and its arguments, with continued lines joined.
INSTRUCTIONS = re.findall(
    r"^([A-Z]+) (.+)$",
    ROOT.joinpath("Dockerfile").read_text().replace("\\\n", " "),
    re.MULTILINE,
)

VARIABLES = {variable.name: variable for variable in variables().values()}
NAMED = re.compile(r"\$\{([A-Z0-9_]+)(:\?|:-)?([^}]*)\}")


def names_in(value: Any) -> set[str]:
    return {found[0] for found in NAMED.findall(yaml.safe_dump(value))}


@pytest.mark.parametrize("name", OURS)
def test_a_service_starts_a_command_of_the_command_line(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    [command] = OURS[name]["command"]

    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])

    assert ended.value.code == 0
    assert f"odps-bot {command}" in capsys.readouterr().out


def test_bot_and_worker_are_started() -> None:
    assert set(OURS) == {"bot", "worker"}
    assert set(SERVICES) - set(OURS) == {"redis"}


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_given_only_variables_that_the_settings_read(name: str) -> None:
    given = set(OURS[name]["environment"])

    assert given <= set(VARIABLES)
    assert {n for n, variable in VARIABLES.items() if variable.default is None} <= given


def test_every_variable_that_the_file_names_is_one_of_ours() -> None:
    assert names_in(COMPOSE) <= set(VARIABLES) | {"REDIS_PASSWORD"}


def test_every_setting_can_be_set_through_the_file() -> None:
    # Compose makes these itself, its Redis without TLS; nobody but a test has another Slack.
    made = {"REDIS_URL", "ODPS_BOT_REDIS_CA", "ODPS_BOT_HTTP_LISTEN", "SLACK_API_URL"}
    made |= {"ODPS_BOT_HEALTH_LISTEN"}

    assert names_in(OURS["bot"]) == set(VARIABLES) - made | {"REDIS_PASSWORD"}


@pytest.mark.parametrize("name", OURS)
def test_required_variables_stop_the_start_and_others_have_the_codes_default(name: str) -> None:
    for variable, value in OURS[name]["environment"].items():
        for named, how, default in NAMED.findall(str(value)):
            if named == "REDIS_PASSWORD" or VARIABLES[variable].default is None:
                assert (variable, how) == (variable, ":?")
            else:
                assert (variable, default) == (variable, VARIABLES[variable].default)


def test_the_worker_scales() -> None:
    assert not {"ports", "container_name"} & set(OURS["worker"])


@pytest.mark.parametrize("name", OURS)
def test_our_services_are_asked_how_they_are_where_they_listen(name: str) -> None:
    port = OURS[name]["environment"]["ODPS_BOT_HEALTH_LISTEN"].rpartition(":")[2]

    [*_, script] = OURS[name]["healthcheck"]["test"]
    assert f"http://127.0.0.1:{port}/healthz" in script
    compile(script, "healthcheck", "exec")


@pytest.mark.parametrize("name", OURS)
def test_our_services_wait_for_redis_and_have_few_rights(name: str) -> None:
    service = OURS[name]

    assert service["depends_on"] == {"redis": {"condition": "service_healthy"}}
    assert service["restart"] == "unless-stopped"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged")


@pytest.mark.parametrize("name", OURS)
def test_our_services_find_the_teams_rules_and_do_not_start_without_the_file(name: str) -> None:
    [rules] = OURS[name]["volumes"]
    workdir = dict(INSTRUCTIONS)["WORKDIR"]

    assert rules["source"] == f"${{ODPS_BOT_RULES:-./{RULES_FILE}}}"
    assert rules["target"] == f"{workdir}/{RULES_FILE}"
    assert OURS[name]["environment"]["ODPS_BOT_RULES"] == str(RULES_FILE)
    assert rules["read_only"] is True
    # Docker would make a folder of that name, else.
    assert rules["bind"] == {"create_host_path": False}


@pytest.mark.parametrize(
    ("name", "within"), [("bot", BOT_STOPS_WITHIN), ("worker", WORKER_STOPS_WITHIN)]
)
def test_our_services_may_take_as_long_to_end_as_they_do(name: str, within: timedelta) -> None:
    grace_s = int(OURS[name]["stop_grace_period"].removesuffix("s"))

    assert timedelta(seconds=grace_s) >= within + timedelta(seconds=5)


def test_redis_keeps_what_it_was_told_and_is_reached_by_nobody_else() -> None:
    redis = SERVICES["redis"]
    command = " ".join(redis["command"])

    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert "--requirepass ${REDIS_PASSWORD:?}" in command
    assert "ports" not in redis
    assert redis["healthcheck"]["test"] == ["CMD", "redis-cli", "ping"]
    assert redis["environment"] == {"REDISCLI_AUTH": "${REDIS_PASSWORD:?}"}
    [volume] = redis["volumes"]
    assert volume.split(":")[0] in COMPOSE["volumes"]
    assert volume.split(":")[1] == "/data"


def test_the_bots_port_is_open_to_a_proxy_of_the_same_machine_only() -> None:
    listens = OURS["bot"]["environment"]["ODPS_BOT_HTTP_LISTEN"]

    assert OURS["bot"]["ports"] == [f"127.0.0.1:3000:{listens.rpartition(':')[2]}"]


def test_no_image_is_whatever_is_newest() -> None:
    images = [SERVICES["redis"]["image"], *(args for name, args in INSTRUCTIONS if name == "FROM")]

    for image in images:
        tag = image.partition(":")[2]
        assert re.match(r"\d", tag), image


def test_the_image_does_not_run_as_root() -> None:
    users = [arguments for name, arguments in INSTRUCTIONS if name == "USER"]

    assert users
    assert users[-1] not in {"root", "0"}
    instructions = [name for name, _ in INSTRUCTIONS]
    assert instructions.index("USER") < instructions.index("ENTRYPOINT")


def test_the_image_copies_only_what_exists_and_what_its_context_has() -> None:
    ignore = ROOT.joinpath(".dockerignore").read_text().split()
    taken = [line[1:] for line in ignore if line.startswith("!")]

    copied = [arguments.split()[0] for name, arguments in INSTRUCTIONS if name == "COPY"]

    assert copied
    for source in copied:
        assert ROOT.joinpath(source).exists()
        assert any(fnmatch(source, pattern) for pattern in taken)
    assert ignore[0] == "*"
    assert not any("requirements/dev" in source or "tests" in source for source in copied)


def test_the_image_holds_no_secret_and_installs_what_the_lock_names() -> None:
    run = " ".join(arguments for name, arguments in INSTRUCTIONS if name == "RUN")
    environment = " ".join(arguments for name, arguments in INSTRUCTIONS if name == "ENV")

    assert "--require-hashes --requirement requirements/bot.txt" in run
    assert not any(name in environment for name in VARIABLES)
    assert "index" not in run


def test_the_image_starts_the_command_line() -> None:
    arguments = dict(INSTRUCTIONS)

    assert arguments["ENTRYPOINT"] == '["python", "-m", "odps_bot"]'
    assert arguments["CMD"] == '["bot"]'
