"""`make test` installs a browser only where tests need one, and goes on where it cannot."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / ".ci/debian-packages"


class Machine:
    """A machine of which nothing is installed but what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls = folder / "calls"
        for name in ("sh", "id"):
            path = shutil.which(name)
            assert path is not None
            (folder / name).symlink_to(path)

    def has(self, command: str, *, exits: int = 0) -> None:
        """Put a command there that notes its call and does nothing."""
        path = self.folder / command
        path.write_text(f"#!/bin/sh\necho {command} $* >>{self.calls}\nexit {exits}\n")
        path.chmod(0o755)

    def install(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SCRIPT, *arguments],
            env={"PATH": str(self.folder), "LIBRARIES": str(self.folder / "lib"), **environ},
            capture_output=True,
            text=True,
            check=False,
        )

    def installed(self) -> list[str]:
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        return [line.split()[-2] for line in lines if " install " in line]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    # As root nothing else is needed; others ask sudo, which hands on.
    machine.has("sudo")
    (tmp_path / "sudo").write_text('#!/bin/sh\nexec "$@"\n')
    return machine


@pytest.fixture
def debian(machine: Machine) -> Machine:
    machine.has("apt-get")
    machine.has("apt-cache")
    return machine


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("-k", "page"),
        ("-x",),
        ("tests",),
        ("tests/end_to_end/page",),
        ("tests/unit", "tests/end_to_end"),
    ],
)
def test_a_browser_is_installed_for_tests_that_may_open_one(debian, arguments):
    ended = debian.install("browser", *arguments)

    assert ended.returncode == 0, ended.stderr
    assert debian.installed() == ["chromium-headless-shell"]


def test_the_whole_browser_is_installed_where_there_is_no_shell_of_it(debian):
    debian.has("apt-cache", exits=100)

    assert debian.install("browser").returncode == 0
    assert debian.installed() == ["chromium"]


@pytest.mark.parametrize("browser", ["chromium", "chromium-headless-shell", "google-chrome"])
def test_nothing_is_installed_beside_a_browser(debian, browser):
    debian.has(browser)

    assert debian.install("browser").returncode == 0
    assert not debian.calls.exists()


@pytest.mark.parametrize("arguments", [("tests/unit",), ("tests/unit", "-k", "card", "-x")])
def test_unit_tests_need_neither_a_browser_nor_apt(machine, arguments):
    ended = machine.install("browser", *arguments)

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_without_apt_the_tests_begin_all_the_same(machine):
    ended = machine.install("browser")

    assert ended.returncode == 0
    assert "need Chromium" in ended.stderr


def test_where_apt_fails_the_tests_begin_all_the_same(debian):
    debian.has("apt-get", exits=100)

    ended = debian.install("browser")

    assert ended.returncode == 0
    assert "need Chromium" in ended.stderr


def test_in_ci_browser_tests_are_not_skipped_unnoticed(debian):
    debian.has("apt-get", exits=100)

    ended = debian.install("browser", CI="true")

    assert ended.returncode == 1
    assert "need Chromium" in ended.stderr
    assert debian.install("browser", "tests/unit", CI="true").returncode == 0


@pytest.mark.parametrize("arguments", [(), ("tests",), ("tests/simulation", "-x"), ("-k", "seed")])
def test_a_virtual_clock_is_installed_for_tests_that_may_simulate(debian, arguments):
    ended = debian.install("simulation", *arguments)

    assert ended.returncode == 0, ended.stderr
    assert debian.calls.read_text().splitlines()[-1].endswith(" gcc libc6-dev")


def test_a_virtual_clock_is_installed_once(debian):
    debian.has("cc")

    assert debian.install("simulation").returncode == 0
    assert not debian.calls.exists()


@pytest.mark.parametrize("arguments", [("tests/unit",), ("tests/end_to_end", "-x")])
def test_other_tests_need_no_virtual_clock(machine, arguments):
    ended = machine.install("simulation", *arguments)

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_in_ci_the_simulation_is_not_skipped_unnoticed(debian):
    debian.has("apt-get", exits=100)

    ended = debian.install("simulation", CI="true")

    assert ended.returncode == 1
    assert "needs a C compiler" in ended.stderr
