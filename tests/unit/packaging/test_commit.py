"""Which commit the code is of: as it was recorded when it was packed, or else as git says."""

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from odps_bot import __version__
from odps_bot.__main__ import main
from odps_bot.commit import shorten

ROOT = Path(__file__).parents[3]
PLACEHOLDER = "$" + "Format:%H$\n"  # in two parts: of an archive the first would be the hash
HASH = "0123456789abcdef0123456789abcdef01234567"
ANOTHER = "f" * 40

#: Returns the commit of a tree that holds this record.
Ask = Callable[[str], str | None]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Ask as the build does: of the file alone, in a tree of its own."""
    module = tmp_path / "tree/odps_bot/commit.py"
    module.parent.mkdir(parents=True)
    module.write_text(ROOT.joinpath("odps_bot/commit.py").read_text())

    def commit_of(record: str) -> str | None:
        module.with_name("commit.txt").write_text(record)
        found: str | None = runpy.run_path(str(module))["current_commit"]()
        return found

    return commit_of


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Return a function that puts a git that does what a script says where commands are found.

    It returns a file that exists as soon as git was asked.
    """

    def put(script: str) -> Path:
        asked = tmp_path / "asked"
        command = tmp_path / "bin/git"
        command.parent.mkdir()
        command.write_text(f"#!/bin/sh\n: > {asked}\n{script}\n")
        command.chmod(0o700)
        monkeypatch.setenv("PATH", str(command.parent))
        tmp_path.joinpath("tree/.git").mkdir(parents=True, exist_ok=True)
        return asked

    return put


@pytest.mark.parametrize("record", [HASH, f"{HASH}\n", f"{HASH}-dirty\n", "ab" * 32])
def test_what_was_recorded_counts_and_git_is_not_asked(
    record: str, ask: Ask, git: Callable[[str], Path]
) -> None:
    asked = git(f"echo {ANOTHER}")

    assert ask(record) == record.strip()
    assert not asked.exists()


@pytest.mark.parametrize("said", [HASH, f"{HASH}-dirty"])
def test_in_a_checkout_git_says_it(said: str, ask: Ask, git: Callable[[str], Path]) -> None:
    git(f"echo {said}")

    assert ask(PLACEHOLDER) == said


@pytest.mark.parametrize(
    "script", ["exit 128", "echo 'fatal: not a repository'", "echo", "echo v1.0-2-g0123456"]
)
def test_what_git_does_not_know_is_not_known(
    script: str, ask: Ask, git: Callable[[str], Path]
) -> None:
    git(script)

    assert ask(PLACEHOLDER) is None


def test_a_repository_around_the_tree_is_not_asked(
    tmp_path: Path, ask: Ask, git: Callable[[str], Path]
) -> None:
    asked = git(f"echo {ANOTHER}")
    tmp_path.joinpath("tree/.git").rmdir()
    tmp_path.joinpath(".git").mkdir()

    assert ask(PLACEHOLDER) is None
    assert not asked.exists()


def test_without_git_it_is_not_known(
    tmp_path: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.joinpath("tree/.git").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))

    assert ask(PLACEHOLDER) is None


def test_people_read_twelve_digits() -> None:
    assert shorten(HASH) == "0123456789ab"
    assert shorten(f"{HASH}-dirty") == "0123456789ab-dirty"


def test_an_archive_of_git_gets_its_commit() -> None:
    attributes = ROOT.joinpath(".gitattributes").read_text().splitlines()
    record = ROOT.joinpath("odps_bot/commit.txt").read_text()

    assert "odps_bot/commit.txt export-subst" in attributes
    assert record == PLACEHOLDER or len(record.partition("-")[0].strip()) == len(HASH)


def test_git_is_asked_for_nothing_but_the_version(
    git: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = git(f"echo {ANOTHER}")

    assert main(["manifest"]) == 0
    assert not asked.exists()
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"odps-bot {__version__} (commit ")
