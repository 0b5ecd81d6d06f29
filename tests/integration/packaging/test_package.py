"""What would be published is built, installed where there is no checkout, and works there.

All of it stands in one file, so that what is built and installed is shared also when tests run in
several processes.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from readme_renderer import markdown

from odps_bot import __version__
from odps_bot.sandbox.owned_process import OwnedProcess
from odps_bot.sandbox.ports import free_port

ROOT = Path(__file__).parents[3]
BUILD_DIST = ROOT / ".ci" / "build_dist.py"
CHANNEL, ALICE = "C0DATAENG1", "U0ALICE"
PATIENCE_S = 120

#: Nobody in particular: a number that no system has a name for.
NOBODY = 10001

#: A date that no file here has.
SOURCE_DATE_EPOCH = "1700000000"

#: The sandbox's servers alone, with less data; they end with this process's input.
SERVERS = """
import json, sys
from datetime import timedelta
from odps_bot.sandbox.maxcompute import Timing
from odps_bot.sandbox.session import Session
with Session(timing=Timing.of(timedelta(milliseconds=200)), orders_rows=1_000) as session:
    print(json.dumps({"page": session.slack.url, "settings": session.settings()}), flush=True)
    sys.stdin.read()
"""


@dataclass(frozen=True)
class Built:
    """What one build has made."""

    folder: Path

    @property
    def wheel(self) -> Path:
        [wheel] = self.folder.glob("*.whl")
        return wheel

    @property
    def sdist(self) -> Path:
        [sdist] = self.folder.glob("*.tar.gz")
        return sdist

    @property
    def bom(self) -> Path:
        [bom] = self.folder.glob("*.cdx.json")
        return bom

    def in_wheel(self) -> set[str]:
        with zipfile.ZipFile(self.wheel) as archive:
            return set(archive.namelist())

    def in_sdist(self) -> set[str]:
        with tarfile.open(self.sdist) as archive:
            files = [member.name for member in archive.getmembers() if member.isfile()]
        return {name.partition("/")[2] for name in files}

    def metadata(self) -> Any:
        [name] = [name for name in self.in_wheel() if name.endswith(".dist-info/METADATA")]
        with zipfile.ZipFile(self.wheel) as archive:
            return message_from_bytes(archive.read(name))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """What `make dist` makes of this tree, committed or not."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, BUILD_DIST, "--into", folder, "--allow-dirty"],
        env={**os.environ, "SOURCE_DATE_EPOCH": SOURCE_DATE_EPOCH},
        check=True,
    )
    return Built(folder)


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel, and how somebody else than its owner starts a process."""

    folder: Path
    prefix: tuple[str, ...]
    options: Mapping[str, Any]

    @property
    def python(self) -> Path:
        return self.folder / "venv/bin/python"

    @property
    def command(self) -> Path:
        return self.folder / "venv/bin/odps-bot"

    @property
    def work(self) -> Path:
        return self.folder / "work"

    def start(self, *command: str | Path, **options: Any) -> OwnedProcess:
        environ = {**environment(), **options.pop("env", {})}
        arguments = [*self.prefix, *map(str, command)]
        return OwnedProcess(arguments, cwd=self.work, env=environ, **self.options, **options)

    def run(self, *command: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.prefix, *command],
            cwd=self.work,
            env={**environment(), **environ},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
            **self.options,
        )


def environment() -> dict[str, str]:
    """Return what everybody has: no settings, no home, no way to a checkout."""
    return {"PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1", "HOME": "/nonexistent"}


@pytest.fixture(scope="module")
def installed(built: Built) -> Iterator[Installed]:
    """The wheel in an environment of its own; what it depends on is borrowed from ours."""
    with tempfile.TemporaryDirectory(prefix="odps-bot-installed-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        folder.joinpath("work").mkdir()
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
        python = folder / "venv/bin/python"
        install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-cache"]
        offline = ["--offline", "--no-deps", "--python", python]
        subprocess.run([*install, *offline, built.wheel], check=True)
        [packages] = folder.glob("venv/lib/python*/site-packages")
        # Of a folder that is named so, .pth files are not read: not that of the checkout either.
        ours = {sysconfig.get_path(kind) for kind in ("purelib", "platlib")}
        packages.joinpath("borrowed.pth").write_text("\n".join(sorted(ours)))
        for path in folder.rglob("*"):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode & ~0o222)
        yield Installed(folder, *as_somebody_else(python))


def as_somebody_else(python: Path) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return how to start a process as nobody in particular, or else as ourselves.

    Nobody else may read a Python in our home; then it is ours under another number.
    """
    numbers = (f"--map-user={NOBODY}", f"--map-group={NOBODY}")
    ways: list[tuple[tuple[str, ...], dict[str, Any]]] = [
        ((), {"user": NOBODY, "group": NOBODY, "extra_groups": []}),
        ((shutil.which("unshare") or "unshare", "--user", *numbers, "--"), {}),
    ]
    for prefix, options in ways:
        command = [*prefix, str(python), "-c", "import msgspec"]
        with suppress(OSError):
            tried = subprocess.run(command, capture_output=True, check=False, cwd="/", **options)
            if tried.returncode == 0:
                return prefix, options
    return (), {}


def source_files() -> set[str]:
    """Return every file of the packages, whatever git or the build think of it."""
    files = [file for name in ("odps_bot", "workers") for file in ROOT.joinpath(name).rglob("*")]
    found = [file.relative_to(ROOT) for file in files if file.is_file()]
    return {str(file) for file in found if "__pycache__" not in file.parts}


def checkout_files() -> set[str]:
    """Return every file of the project: as git has them, or as an sdist has brought them."""
    if ROOT.joinpath(".git").exists():
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        said = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True)
        return {name for name in said.stdout.split("\0") if name and ROOT.joinpath(name).exists()}
    made_here = {".venv", "dist", "build", "test-artifacts", ".hypothesis", "__pycache__"}
    found = [file.relative_to(ROOT) for file in ROOT.rglob("*") if file.is_file()]
    ours = [f for f in found if not made_here & set(f.parts) and "_cache" not in f.parts[0]]
    return {str(file) for file in ours} - {"PKG-INFO"}


def test_the_wheel_has_every_file_of_the_packages_and_nothing_else(built: Built) -> None:
    ours = {name for name in built.in_wheel() if ".dist-info/" not in name}

    assert ours == source_files()
    assert {"odps_bot/py.typed", "odps_bot/sandbox/odps-bot.toml"} <= ours


def test_the_sdist_has_every_file_of_the_project_and_nothing_else(built: Built) -> None:
    assert built.in_sdist() - {"PKG-INFO"} == checkout_files()


def test_an_installed_wheel_brings_its_own_code(installed: Installed) -> None:
    said = "import odps_bot, sys, workers; print(odps_bot.__file__, workers.__file__, *sys.path)"

    ended = installed.run(installed.python, "-c", said)

    paths = ended.stdout.split()
    assert all(path.startswith(str(installed.folder)) for path in paths[:2]), ended
    assert str(ROOT) not in paths[2:]


def test_it_says_its_version_and_commit_without_git(installed: Installed, built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        commit = archive.read("odps_bot/commit.txt").decode().strip()

    ended = installed.run(installed.command, "--version", PATH="/nonexistent")

    known = "" if "$" in commit else f" (commit {commit[:12]}{commit[40:]})"
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == f"odps-bot {__version__}{known}\n"


def test_the_installed_sandbox_runs_a_statement(installed: Installed, tmp_path: Path) -> None:
    port = free_port()
    log = tmp_path / "sandbox.log"
    with running(installed, log, "sandbox", "--port", str(port)) as sandbox:
        wait_for(lambda: "The odps-bot sandbox is running" in log.read_text(), log)
        succeeds(f"http://127.0.0.1:{port}", log)

        sandbox.terminate()
        assert sandbox.wait(PATIENCE_S) == 0
    assert "Traceback" not in log.read_text()
    assert list(installed.work.iterdir()) == []


def test_installed_bot_and_worker_run_a_statement_and_are_found_well(
    installed: Installed, tmp_path: Path
) -> None:
    log = tmp_path / "processes.log"
    with (
        servers(installed) as (page, settings),
        running(installed, log, "bot", env=settings) as bot,
        running(installed, log, "worker", env=settings) as worker,
    ):
        succeeds(page, log)
        examined = installed.run(installed.command, "doctor", **settings)
        for process in (bot, worker):
            process.terminate()
            assert process.wait(PATIENCE_S) == 0

    assert (examined.returncode, examined.stderr) == (0, ""), examined.stdout
    assert "ok       workers: at least one is running" in examined.stdout
    assert "Traceback" not in log.read_text()
    assert list(installed.work.iterdir()) == []


@contextmanager
def running(
    installed: Installed, log: Path, command: str, *arguments: str, **options: Any
) -> Iterator[OwnedProcess]:
    with log.open("ab") as output:
        process = installed.start(
            installed.command, command, *arguments, stdout=output, stderr=output, **options
        )
    try:
        yield process
    finally:
        process.end()


@contextmanager
def servers(installed: Installed) -> Iterator[tuple[str, dict[str, str]]]:
    """Start what bot and worker talk to, and yield the page's address and their settings."""
    with subprocess.Popen(
        [*installed.prefix, installed.python, "-c", SERVERS],
        cwd=installed.work,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **installed.options,
    ) as process:
        assert process.stdout
        said = json.loads(process.stdout.readline())
        yield said["page"], said["settings"]
        process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0


def succeeds(page: str, log: Path) -> None:
    """Type a command as Alice, and wait for the rows of its result."""
    said = {"user": ALICE, "channel": CHANNEL, "text": "/odps run select count(*) from pyodps_iris"}
    body = json.dumps(said).encode()
    # The sandbox refuses it while nobody hears it.
    wait_for(lambda: bool(json.loads(ask(f"{page}/sandbox/say", body))["ok"]), log)
    wait_for(lambda: "150" in ask(f"{page}/sandbox/messages?channel={CHANNEL}"), log)


def ask(url: str, body: bytes | None = None) -> str:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=PATIENCE_S) as answer:
        return str(answer.read().decode())


def wait_for(condition: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    pytest.fail(f"it did not come true\n{log.read_text()}")


def test_building_again_elsewhere_gives_the_same_bytes(built: Built, tmp_path: Path) -> None:
    with tarfile.open(built.sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    [elsewhere] = tmp_path.iterdir()
    for file in elsewhere.rglob("*"):
        os.utime(file, (1_234_567_890, 1_234_567_890))

    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", tmp_path / "again"],
        cwd=elsewhere,
        env={**os.environ, "SOURCE_DATE_EPOCH": SOURCE_DATE_EPOCH, "TZ": "Asia/Shanghai"},
        umask=0o077,
        check=True,
    )

    again = Built(tmp_path / "again")
    assert again.sdist.read_bytes() == built.sdist.read_bytes()
    assert again.wheel.read_bytes() == built.wheel.read_bytes()


class References(HTMLParser):
    """Collects where links and pictures lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = [(tag, value) for name, value in attrs if name in {"href", "src", "srcset"}]
        self.found += [(tag, value) for tag, value in named if value]


def test_on_pypi_every_link_and_picture_of_the_readme_leads_somewhere(built: Built) -> None:
    html = markdown.render(built.metadata().get_payload(decode=True).decode())
    references = References()
    references.feed(html or "")

    of_this_version = [
        f"https://github.com/odps-bot/odps-bot/blob/v{__version__}/",
        f"https://raw.githubusercontent.com/odps-bot/odps-bot/v{__version__}/",
    ]
    for base in of_this_version:
        ours = [address for _, address in references.found if address.startswith(base)]
        assert ours, base
        for address in ours:
            assert ROOT.joinpath(address.removeprefix(base).partition("#")[0]).exists(), address
    for tag, address in references.found:
        assert address.startswith(("https://", "http://", "#")), (tag, address)


def test_the_metadata_say_what_people_look_for(built: Built) -> None:
    metadata = built.metadata()

    assert (metadata["Name"], metadata["Version"]) == ("odps-bot", __version__)
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata["License-Expression"] == "MIT"
    labels = {url.partition(",")[0] for url in metadata.get_all("Project-URL")}
    assert {"Homepage", "Documentation", "Changelog", "Source", "Issues"} <= labels


def test_the_list_of_components_names_what_the_lock_names(built: Built) -> None:
    bom = json.loads(built.bom.read_text())
    lock = ROOT.joinpath("requirements/bot.txt").read_text()
    versions = {c["name"]: c["version"] for c in bom["components"]}
    references = {c["bom-ref"]: c["name"] for c in bom["components"]}
    root = bom["metadata"]["component"]
    [depends] = [d["dependsOn"] for d in bom["dependencies"] if d["ref"] == root["bom-ref"]]

    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")
    assert root["purl"] == f"pkg:pypi/odps-bot@{__version__}"
    assert {"redis", "rq", "slack-bolt", "google-crc32c"} <= {
        references[reference] for reference in depends
    }
    assert len(versions) == lock.count("==") - lock.count("'==")
    for name, version in versions.items():
        assert f"{name}=={version}" in lock


def test_the_sums_are_those_of_the_files(built: Built) -> None:
    sums = dict(
        reversed(line.split("  "))
        for line in built.folder.joinpath("SHA256SUMS").read_text().splitlines()
    )

    files = {file.name: file for file in (built.wheel, built.sdist, built.bom)}
    assert sums == {name: sha256(file.read_bytes()).hexdigest() for name, file in files.items()}
