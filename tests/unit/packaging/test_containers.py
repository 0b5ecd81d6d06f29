"""docker-compose.yml and Dockerfile start what exists, with settings that exist.

No engine runs here, so they are read.
"""

import http.server
import json
import re
import socket
import subprocess
import sys
import threading
import tomllib
from datetime import timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from odps_bot.__main__ import main
from odps_bot.bot import STOP_WITHIN as BOT_STOPS_WITHIN
from odps_bot.config.settings import RULES_FILE, Settings, variables_of_keys
from odps_bot.config.variable import variables
from workers.runtime.process import STOP_WITHIN as WORKER_STOPS_WITHIN

ROOT = Path(__file__).parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load(ROOT.joinpath("docker-compose.yml").read_text())
HTTP: dict[str, Any] = yaml.safe_load(ROOT.joinpath("deploy/compose-http.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("build")}

DOCKERFILE = ROOT.joinpath("Dockerfile").read_text()

#: An instruction of the Dockerfile and its arguments, with continued lines joined.
INSTRUCTIONS = re.findall(r"^([A-Z]+) (.+)$", re.sub(r"\\\n\s*", "", DOCKERFILE), re.MULTILINE)

VARIABLES = {variable.name: variable for variable in variables().values()}
#: Compose makes the address of Redis itself.
FILES = {f"{n}_FILE" for n, v in VARIABLES.items() if v.is_secret} - {"REDIS_URL_FILE"}
PROXY = {"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"}
#: Of the Redis that compose starts.
OF_REDIS = {"REDIS_PASSWORD", "REDIS_MAXMEMORY", "REDIS_MEMORY_LIMIT"}
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
    assert set(OURS) == {"bot", "worker", "doctor"}
    # It is started by hand, and ends.
    assert SERVICES["doctor"]["profiles"] == ["doctor"]
    assert not any(SERVICES[name].get("profiles") for name in ("bot", "worker"))
    assert set(SERVICES) - set(OURS) == {"redis"}


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_given_only_variables_that_the_settings_read(name: str) -> None:
    given = set(OURS[name]["environment"]) - PROXY

    assert given <= set(VARIABLES) | FILES
    assert {n for n, variable in VARIABLES.items() if variable.default is None} <= given


def test_every_variable_that_the_file_names_is_one_of_ours() -> None:
    assert names_in(COMPOSE) | names_in(HTTP) <= set(VARIABLES) | FILES | OF_REDIS | PROXY


def test_every_setting_can_be_set_through_the_file() -> None:
    # Compose makes these itself, its Redis without TLS; nobody but a test has another Slack.
    made = {"REDIS_URL", "ODPS_BOT_REDIS_CA", "ODPS_BOT_HTTP_LISTEN", "SLACK_API_URL"}
    made |= {"ODPS_BOT_HEALTH_LISTEN"}

    named = (set(VARIABLES) - made) | FILES | {"REDIS_PASSWORD"} | PROXY
    assert names_in(OURS["doctor"]) == named
    assert names_in(OURS["bot"]) | names_in(OURS["worker"]) == named


def test_the_bot_gets_no_keys_to_maxcompute() -> None:
    keys = set(variables_of_keys())

    assert not keys & (set(OURS["bot"]["environment"]) | names_in(OURS["bot"]))
    assert keys <= set(OURS["worker"]["environment"])
    assert keys <= set(OURS["doctor"]["environment"])


def test_every_service_may_be_given_a_secret_by_a_file(tmp_path: Path) -> None:
    of_the_bot = {"SLACK_APP_TOKEN_FILE", "SLACK_SIGNING_SECRET_FILE"}
    assert set(OURS["worker"]["environment"]) & FILES == FILES - of_the_bot
    secret = tmp_path / "secret"
    secret.write_text("xoxb-1-very-secret\n")

    # The others are handed on as well, empty.
    given = dict.fromkeys(OURS["doctor"]["environment"], "") | {
        "SLACK_BOT_TOKEN_FILE": str(secret),
        "REDIS_URL": "redis://redis:6379/0",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5t",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "key",
        "ODPS_ENDPOINT": "https://service.cn-hangzhou.maxcompute.aliyun.com/api",
        "ODPS_PROJECTS": "sandbox",
    }
    assert Settings.from_environ(given).slack_bot_token == "xoxb-1-very-secret"


@pytest.mark.parametrize("name", OURS)
def test_required_variables_stop_the_start_and_others_have_the_codes_default(name: str) -> None:
    for variable, value in OURS[name]["environment"].items():
        for named, how, default in NAMED.findall(str(value)):
            if named in PROXY:
                continue
            if named in FILES:
                assert (variable, how, default) == (named, ":-", "")
            elif named == "REDIS_PASSWORD" or VARIABLES[variable].default is None:
                assert (variable, how) == (variable, ":?")
            else:
                assert (variable, default) == (variable, VARIABLES[variable].default)


def test_the_worker_scales() -> None:
    assert not {"ports", "container_name"} & set(OURS["worker"])


@pytest.mark.parametrize("name", OURS)
def test_our_services_reach_the_world_through_a_proxy_and_redis_without_one(name: str) -> None:
    environment = OURS[name]["environment"]

    assert environment["HTTPS_PROXY"] == "${HTTPS_PROXY:-}"
    assert environment["HTTP_PROXY"] == "${HTTP_PROXY:-}"
    assert environment["NO_PROXY"] == "${NO_PROXY:-redis,127.0.0.1,localhost}"
    assert "redis" in SERVICES


@pytest.mark.parametrize("name", OURS)
def test_our_services_are_asked_how_they_are_by_the_images_health_check(name: str) -> None:
    [(_, arguments)] = [found for found in INSTRUCTIONS if found[0] == "HEALTHCHECK"]
    options, _, command = arguments.partition(" CMD ")
    [program, option, script] = json.loads(command)

    # What the image says is not replaced by the compose file.
    assert "healthcheck" not in OURS[name]
    assert (program, option) == ("python", "-c")
    assert "/healthz" in script
    assert "ProxyHandler({})" in script
    assert {"--interval=30s", "--timeout=5s"} <= set(options.split())
    assert OURS[name]["environment"]["ODPS_BOT_HEALTH_LISTEN"] == "0.0.0.0:8080"


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_an_init_few_rights_and_a_limit(name: str) -> None:
    service = SERVICES[name]

    assert service["init"] is True
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["restart"] == ("no" if name == "doctor" else "unless-stopped")
    assert megabytes(service["mem_limit"]) >= 256
    assert int(service["stop_grace_period"].removesuffix("s")) >= 30


def megabytes(size: str) -> int:
    """Return a size such as `256mb`; of a variable its default."""
    named = NAMED.fullmatch(size)
    return int((named[3] if named else size).rstrip("mb"))


@pytest.mark.parametrize("name", OURS)
def test_our_services_start_after_redis_and_write_nowhere_but_into_memory(name: str) -> None:
    service = OURS[name]

    # Were it `service_healthy`, a full Redis would keep `up` and `run` from giving it more memory.
    assert service["depends_on"] == {"redis": {"condition": "service_started"}}
    assert service["restart"] == ("no" if name == "doctor" else "unless-stopped")
    assert not service.get("privileged")
    [tmp] = service["tmpfs"]
    # The largest file of a result has 50 MB, and a file system in memory counts as memory.
    size_mb = int(re.findall(r"size=(\d+)m", tmp)[0])
    assert 100 <= size_mb <= megabytes(service["mem_limit"]) / 2


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
    health = redis["healthcheck"]["test"]
    assert health[:4] == ["CMD", "redis-cli", "-e", "SET"]
    assert redis["environment"] == {"REDISCLI_AUTH": "${REDIS_PASSWORD:?}"}
    [volume] = redis["volumes"]
    assert volume.split(":")[0] in COMPOSE["volumes"]
    assert volume.split(":")[1] == "/data"


def test_redis_refuses_before_the_kernel_kills_it() -> None:
    command = " ".join(SERVICES["redis"]["command"])
    [(_, how, most)] = [n for n in NAMED.findall(command) if n[0] == "REDIS_MAXMEMORY"]

    assert "--maxmemory ${REDIS_MAXMEMORY:-256mb}" in command
    assert (how, most) == (":-", "256mb")
    # A rewrite of the append-only file may copy all of it.
    assert megabytes(SERVICES["redis"]["mem_limit"]) >= 2 * 256 + 100


def test_no_port_is_published_unless_signed_http_is_switched_on() -> None:
    listens = OURS["bot"]["environment"]["ODPS_BOT_HTTP_LISTEN"]

    assert not [name for name, service in SERVICES.items() if "ports" in service]
    assert set(HTTP["services"]) == {"bot", "doctor"}
    assert HTTP["services"]["doctor"] == {"environment": {"ODPS_BOT_SLACK_MODE": "http"}}
    assert HTTP["services"]["bot"]["ports"] == [f"127.0.0.1:3000:{listens.rpartition(':')[2]}"]
    assert HTTP["services"]["bot"]["environment"] == {
        "ODPS_BOT_SLACK_MODE": "http",
    }
    # The secret, or its file; the bot says which is missing.
    handed_on = set(OURS["bot"]["environment"])
    assert {"SLACK_SIGNING_SECRET", "SLACK_SIGNING_SECRET_FILE"} <= handed_on
    switch = "COMPOSE_FILE=docker-compose.yml:deploy/compose-http.yml"
    assert f"#{switch}\n" in ROOT.joinpath(".env.example").read_text()


def test_images_are_named_by_version_and_digest() -> None:
    stages = {args.split(" AS ")[1] for name, args in INSTRUCTIONS if " AS " in args}
    bases = [args.split()[0] for name, args in INSTRUCTIONS if name == "FROM"]
    foreign = [SERVICES["redis"]["image"], *(base for base in bases if base not in stages)]

    assert len(foreign) == 2
    for image in foreign:
        assert re.fullmatch(r"[a-z]+:\d[\w.-]+@sha256:[0-9a-f]{64}", image), image


def test_the_image_has_the_python_that_the_tests_run_with_at_least() -> None:
    [version] = re.findall(r"^FROM python:(3\.\d+)-", DOCKERFILE, re.MULTILINE)
    project = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text())["project"]

    assert f"Programming Language :: Python :: {version}" in project["classifiers"]
    assert f"/usr/local/lib/python{version}\n" in DOCKERFILE


def test_redis_runs_as_the_user_of_its_image() -> None:
    assert SERVICES["redis"]["user"] == "999:1000"


def test_the_image_runs_as_a_numbered_user() -> None:
    users = [arguments for name, arguments in INSTRUCTIONS if name == "USER"]
    run = " ".join(arguments for name, arguments in INSTRUCTIONS if name == "RUN")

    assert users == ["10001"]
    assert "groupadd --gid 10001 " in run
    assert "useradd --uid 10001 --gid 10001 " in run
    instructions = [name for name, _ in INSTRUCTIONS]
    assert instructions.index("USER") < instructions.index("ENTRYPOINT")


def test_the_image_says_what_it_is() -> None:
    [labels] = [arguments for name, arguments in INSTRUCTIONS if name == "LABEL"]
    given = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]*)"', labels))
    build_arguments = {args.split("=")[0] for name, args in INSTRUCTIONS if name == "ARG"}
    project = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text())["project"]

    assert (given["version"], given["revision"], given["created"]) == (
        "$VERSION",
        "$REVISION",
        "$CREATED",
    )
    assert build_arguments == {"VERSION", "REVISION", "CREATED"}
    assert given["licenses"] == project["license"]
    assert given["description"] == project["description"]


def test_the_image_copies_only_what_exists_and_what_its_context_has() -> None:
    ignore = ROOT.joinpath(".dockerignore").read_text().split()
    taken = [line[1:] for line in ignore if line.startswith("!")]

    copied = [
        source
        for name, arguments in INSTRUCTIONS
        if name == "COPY" and not arguments.startswith("--from=build ")
        for source in arguments.split()[:-1]
    ]

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
    assert "--require-hashes --requirement requirements/build.txt" in run
    assert set(VARIABLES) & set(re.findall(r"\b([A-Z_]+)=", environment)) == {
        "ODPS_BOT_HEALTH_LISTEN"
    }
    assert "--index" not in run


def test_the_image_is_compiled_when_it_is_built() -> None:
    run = " ".join(arguments for name, arguments in INSTRUCTIONS if name == "RUN")

    assert "-m compileall -q --invalidation-mode unchecked-hash /opt/odps-bot/lib" in run


def test_the_image_starts_the_command_line() -> None:
    arguments = dict(INSTRUCTIONS)
    scripts = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text())["project"]["scripts"]

    [program] = json.loads(arguments["ENTRYPOINT"])
    assert program in scripts
    assert "PATH=/opt/odps-bot/bin:$PATH" in arguments["ENV"]
    assert arguments["CMD"] == '["bot"]'


class Found(http.server.BaseHTTPRequestHandler):
    """Answers as a process that is well."""

    def do_GET(self) -> None:
        assert self.path == "/healthz"
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.mark.parametrize(
    ("bound", "listen"),
    [
        ("127.0.0.1", "0.0.0.0:{}"),
        ("127.0.0.7", "127.0.0.7:{}"),
        ("::1", "[::1]:{}"),
        ("::1", "[::]:{}"),
        ("::1", "::1:{}"),
    ],
)
def test_the_health_check_asks_where_the_process_listens(bound: str, listen: str) -> None:
    kind = socket.AF_INET6 if ":" in bound else socket.AF_INET
    server = type("Server", (http.server.HTTPServer,), {"address_family": kind})((bound, 0), Found)
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    try:
        assert health_check(listen.format(server.server_port)) == 0
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert health_check(listen.format(server.server_port)) != 0


@pytest.mark.parametrize("listen", ["", " "])
def test_a_process_that_tells_nothing_is_not_called_unhealthy(listen: str) -> None:
    assert health_check(listen) == 0


def health_check(listen: str) -> int:
    [(_, arguments)] = [found for found in INSTRUCTIONS if found[0] == "HEALTHCHECK"]
    _, option, script = json.loads(arguments.partition(" CMD ")[2])
    ended = subprocess.run(
        [sys.executable, option, script],
        env={"ODPS_BOT_HEALTH_LISTEN": listen},
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return ended.returncode
