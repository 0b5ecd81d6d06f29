"""Bot and worker as docker-compose.yml and the units of systemd start them, up to a first run.

No engine and no systemd runs here: their files are read, and the same command is started with the
same environment, in a folder that has the same files. Only addresses are the sandbox's.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from odps_bot.sandbox.maxcompute import Timing
from odps_bot.sandbox.owned_process import OwnedProcess
from odps_bot.sandbox.session import RULES, Session

ROOT = Path(__file__).parents[3]
CHANNEL, ALICE = "C0DATAENG1", "U0ALICE"
PATIENCE_S = 30

#: Written by people into `.env`; the rest has defaults.
FILLED_IN = (
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "ODPS_BOT_SLACK_MODE",
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ODPS_ENDPOINT",
    "ODPS_PROJECTS",
)

#: Given to a process whatever its files say.
PATH = {"PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1", "PYTHONWARNINGS": "default"}

#: Hides every package that requirements/bot.txt does not name, as if it were not installed.
ONLY_THE_LOCK = """
import importlib.metadata, importlib.machinery, pathlib, re, sys
normal = lambda name: re.sub(r"[-_.]+", "-", name).lower()
lock = pathlib.Path(LOCK).read_text()
locked = {normal(name) for name in re.findall(r"^([\\w.-]+)==", lock, re.M)}
owners = importlib.metadata.packages_distributions()
class Blinkers(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        of = {normal(owner) for owner in owners.get(name.partition(".")[0], ())}
        is_hidden = of and not of & locked and "odps-bot" not in of
        return None if is_hidden else super().find_spec(name, path, target)
place = sys.meta_path.index(importlib.machinery.PathFinder)
sys.meta_path[place] = Blinkers
"""


@dataclass
class Launch:
    """What is started: a command, its environment, its folder."""

    arguments: list[str]
    environ: dict[str, str]
    folder: Path


#: An instruction of the Dockerfile and its arguments, with continued lines joined.
INSTRUCTIONS = re.findall(
    r"^([A-Z]+) (.+)$",
    re.sub(r"\\\n\s*", "", ROOT.joinpath("Dockerfile").read_text()),
    re.MULTILINE,
)

#: Returns how a command is launched, given what people have filled in.
Deployment = Callable[[str, Mapping[str, str]], Launch]


@dataclass
class Deployed(Session):
    """A sandbox whose processes are launched as a deployment says."""

    deployment: Deployment = field(kw_only=True)
    #: Where systemd would hear of each process, by its command.
    supervisors: dict[str, socket.socket] = field(default_factory=dict)

    def launch(self, command: str) -> Launch:
        """Return how a command is started, with addresses of the sandbox."""
        settings = self.settings()
        launch = self.deployment(command, {name: settings[name] for name in FILLED_IN})
        assert {"REDIS_URL", "ODPS_BOT_HEALTH_LISTEN"} <= set(launch.environ)
        here = {
            "SLACK_API_URL": settings["SLACK_API_URL"],
            "REDIS_URL": settings["REDIS_URL"],
            "ODPS_BOT_HTTP_LISTEN": self.bot_address,
            "ODPS_BOT_HEALTH_LISTEN": "127.0.0.1:0",
        }
        return replace(launch, environ={**PATH, **launch.environ, **here})

    def _start(self, command: str) -> OwnedProcess:
        launch = self.launch(command)
        log = self._log(command)
        assert log is not None
        try:
            return OwnedProcess(
                launch.arguments, env=launch.environ, cwd=launch.folder, stdout=log, stderr=log
            )
        finally:
            os.close(log)


def by_compose(folder: Path) -> Deployment:
    """Return what `docker compose up` would start, with the wheel that the image has."""
    compose = yaml.safe_load(ROOT.joinpath("docker-compose.yml").read_text())
    said = dict(INSTRUCTIONS)
    workdir = folder / "workdir"
    workdir.mkdir()
    context = folder / "context"
    for name, arguments in INSTRUCTIONS:
        if name == "COPY" and not arguments.startswith("--from=build "):
            *sources, _ = arguments.split()
            for source in sources:
                copy(source, context)
    site = installed_wheel(context, folder)
    site.joinpath("sitecustomize.py").write_text(
        f"LOCK = {str(context / 'requirements/bot.txt')!r}\n{ONLY_THE_LOCK}"
    )

    def launch(command: str, filled_in: Mapping[str, str]) -> Launch:
        service = compose["services"][command]
        values = {**filled_in, "REDIS_PASSWORD": "pa55word"}
        for volume in service["volumes"]:
            target = Path(volume["target"]).relative_to(said["WORKDIR"])
            shutil.copy(RULES, workdir / target)
        [program] = json.loads(said["ENTRYPOINT"])
        assert program == "odps-bot"
        arguments = ["-m", "odps_bot", *service["command"]]
        environ = {name: filled(str(v), values) for name, v in service["environment"].items()}
        constant = dict(pair.split("=", 1) for pair in said["ENV"].split())
        seen = {**constant, **environ, "PYTHONPATH": str(site)}
        return Launch([sys.executable, *arguments], seen, workdir)

    return launch


def installed_wheel(context: Path, folder: Path) -> Path:
    """Build the wheel from what the image's build has, and return where it is installed."""
    [build] = [args for name, args in INSTRUCTIONS if name == "RUN" and "hatchling build" in args]
    command = build.split(" && ")[0].replace("tools/bin/hatchling", "-m hatchling").split()
    subprocess.run([sys.executable, *command], cwd=context, check=True, capture_output=True)
    [wheel] = context.joinpath("dist").glob("*.whl")
    site = folder / "site"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(site)
    return site


def copy(source: str, context: Path) -> None:
    """Copy a file or a folder into the build's context, as .dockerignore lets it."""
    if ROOT.joinpath(source).is_file():
        context.joinpath(source).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, context / source)
        return
    ignored = ROOT.joinpath(".dockerignore").read_text().split()
    assert "**/__pycache__" in ignored
    shutil.copytree(ROOT / source, context / source, ignore=shutil.ignore_patterns("__pycache__"))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return `text` with its variables, as compose fills them in."""

    def value(found: re.Match[str]) -> str:
        name, how, default = found.groups()
        assert how == ":-" or values.get(name), f"{name} is required"
        return values.get(name) or default

    return re.sub(r"\$\{(\w+)(:-|:\?)([^}]*)\}", value, text)


def by_systemd(folder: Path) -> Deployment:
    """Return what systemd would start, with the installation's folders moved."""
    units = {"bot": "odps-bot.service", "worker": "odps-bot-worker@.service"}
    # It reads the same file as a worker.
    units["doctor"] = units["worker"]
    folder.joinpath("odps-bot.toml").write_text(RULES.read_text())

    def launch(command: str, filled_in: Mapping[str, str]) -> Launch:
        text = ROOT.joinpath("deploy", units[command]).read_text().replace("%i", "1")
        text = text.replace("/etc/odps-bot", str(folder))
        text = text.replace("/opt/odps-bot/venv/bin/python", sys.executable)
        text = text.replace("/opt/odps-bot", str(ROOT))
        said = re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE)
        environ = dict(value.split("=", 1) for name, value in said if name == "Environment")
        settings = dict(said)
        file = Path(settings["EnvironmentFile"])
        file.write_text(example_filled_in({**filled_in, "REDIS_URL": "redis://localhost"}))
        environ |= dict(re.findall(r"^(\w+)=(.*)$", file.read_text(), re.MULTILINE))
        for _, names in (pair for pair in said if pair[0] == "UnsetEnvironment"):
            for name in names.split():
                environ.pop(name, None)
        assert settings["Type"] == "notify"
        environ["NOTIFY_SOCKET"] = str(folder / f"notify-{command}")
        environ["WATCHDOG_USEC"] = str(int(settings["WatchdogSec"]) * 1_000_000)
        start = settings["ExecStart"].split()
        return Launch(start, environ, Path(settings["WorkingDirectory"]))

    return launch


def example_filled_in(values: Mapping[str, str]) -> str:
    """Return .env.example as somebody fills it in."""
    lines = ROOT.joinpath(".env.example").read_text().splitlines()
    filled_in = []
    for line in lines:
        name = line.partition("=")[0].removeprefix("#")
        filled_in.append(f"{name}={values[name]}" if name in values else line)
    return "\n".join(filled_in)


@pytest.fixture(params=[("compose", "socket"), ("compose", "http"), ("systemd", "socket")])
def deployed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployed]:
    by, mode = request.param
    deployment = {"compose": by_compose, "systemd": by_systemd}[by](tmp_path)
    session = Deployed(
        slack_mode=mode,
        deployment=deployment,
        timing=Timing.of(timedelta(milliseconds=200)),
        orders_rows=1_000,
        logs=tmp_path,
    )
    with session, ExitStack() as stack:
        for command in ("bot", "worker") if by == "systemd" else ():
            listener = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
            listener.bind(str(tmp_path / f"notify-{command}"))
            listener.settimeout(PATIENCE_S)
            session.supervisors[command] = listener
        session.start_bot()
        session.start_worker()
        session.wait_until_ready()
        yield session


def test_they_run_a_first_statement_are_found_well_and_end_in_time(deployed: Deployed) -> None:
    deployed.slack.say(ALICE, CHANNEL, "/odps run select count(*) from pyodps_iris")

    wait_for(deployed, lambda: "150" in shown(deployed))
    for command in ("bot", "worker"):
        address = health_address(deployed, command)
        assert health(address) == 200
        assert is_healthy_to_docker(address)
    assert not is_healthy_to_docker("127.0.0.1:9")
    for supervisor in deployed.supervisors.values():
        assert supervisor.recv(4096) == b"READY=1"

    examined = examine(deployed)
    assert (examined.returncode, examined.stderr) == (0, ""), examined.stdout
    assert "ok       workers: at least one is running" in examined.stdout

    assert deployed.bot
    for process in (deployed.bot, *deployed.workers):
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
    assert "Traceback" not in log_of(deployed, "bot") + log_of(deployed, "worker")


def examine(deployed: Deployed) -> subprocess.CompletedProcess[str]:
    """Let the doctor see what it is started with."""
    doctor = deployed.launch("doctor")
    return subprocess.run(
        [*doctor.arguments[:-1], "doctor"],
        env=doctor.environ,
        cwd=doctor.folder,
        capture_output=True,
        text=True,
        check=False,
    )


def shown(deployed: Deployed) -> str:
    messages = deployed.slack.messages(CHANNEL, include_ephemeral=False)
    threads: list[Any] = [deployed.slack.thread(CHANNEL, m["ts"]) for m in messages]
    return json.dumps([messages, threads])


def health_address(deployed: Deployed, command: str) -> str:
    pattern = re.compile(r"Serving /healthz, /readyz and /metrics at http://([\d.:]+)")
    wait_for(deployed, lambda: pattern.search(log_of(deployed, command)))
    found = pattern.search(log_of(deployed, command))
    assert found
    return found[1]


def health(address: str) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://{address}/healthz", timeout=30) as answer:
        status: int = answer.status
        return status


def is_healthy_to_docker(address: str) -> bool:
    """Run the image's health check where a proxy is set that does not answer."""
    [check] = [arguments for name, arguments in INSTRUCTIONS if name == "HEALTHCHECK"]
    program, *arguments = json.loads(check.partition(" CMD ")[2])
    assert program == "python"
    nowhere = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY"), "http://127.0.0.1:9")
    ended = subprocess.run(
        [sys.executable, *arguments],
        env={"ODPS_BOT_HEALTH_LISTEN": address, **nowhere},
        capture_output=True,
        check=False,
    )
    return ended.returncode == 0


def log_of(deployed: Deployed, command: str) -> str:
    assert deployed.logs
    file = deployed.logs / f"{command}.log"
    return file.read_text() if file.exists() else ""


def wait_for(deployed: Deployed, condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    pytest.fail(
        "\n".join(["it did not come true", *(log_of(deployed, c) for c in ("bot", "worker"))])
    )
