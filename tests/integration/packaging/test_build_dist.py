"""`make dist` lays nothing into `dist/` that nobody could build again."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / ".ci" / "build_dist.py"
HASH = "0123456789abcdef0123456789abcdef01234567"

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "odps-bot"
version = "1.0"
[tool.hatch.build.targets.wheel]
packages = ["odps_bot"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project in a checkout, packed as what it is of: a commit."""
    root = tmp_path / "project"
    files = {
        "pyproject.toml": PYPROJECT,
        ".gitignore": "/dist/\n",
        "odps_bot/__init__.py": "",
        "odps_bot/commit.txt": f"{HASH}\n",
        ".ci/build_dist.py": SCRIPT.read_text(),
    }
    root.joinpath(".git").mkdir(parents=True)
    for name, text in files.items():
        root.joinpath(name).parent.mkdir(exist_ok=True)
        root.joinpath(name).write_text(text)
    return root


def build(project: Path, *, changed: str = "", tracked: tuple[str, ...] = ()) -> str:
    """Run `make dist` where git says this; return why it refused."""
    files = [p for p in project.rglob("*") if p.is_file() and "bin" not in p.parts]
    listed = "\n".join([*(str(file.relative_to(project)) for file in files), *tracked])
    git = project.parent / "bin/git"
    git.parent.mkdir()
    git.write_text(
        "#!/bin/sh\n"
        f'case "$1" in status) printf "{changed}";; log) echo 1700000000;;'
        f" ls-files) printf '{listed}' | tr '\\n' '\\000';; esac\n"
    )
    git.chmod(0o700)
    ended = subprocess.run(
        [sys.executable, project / ".ci/build_dist.py"],
        env={"PATH": f"{git.parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1, ended
    assert not project.joinpath("dist").exists()
    return ended.stderr


def test_a_checkout_with_changes_is_refused_and_they_are_named(project: Path) -> None:
    refusal = build(project, changed=" M README.md\\n?? notes.txt\\n")

    assert "the checkout differs from its commit" in refusal
    assert "README.md" in refusal
    assert "notes.txt" in refusal


def test_a_file_of_the_commit_that_the_sdist_lacks_is_named(project: Path) -> None:
    refusal = build(project, tracked=("odps_bot/rules.toml",))

    assert "commit and sdist do not hold the same: odps_bot/rules.toml" in refusal


def test_what_the_build_itself_leaves_is_no_file_of_the_sdist(project: Path) -> None:
    hook = "from hatchling.builders.hooks.plugin.interface import BuildHookInterface as Interface"
    project.joinpath("hatch_build.py").write_text(f"{hook}\nclass Hook(Interface): pass\n")
    custom = "[tool.hatch.build.hooks.custom]\n"
    project.joinpath("pyproject.toml").write_text(PYPROJECT + custom)

    refusal = build(project)

    assert "do not hold the same" not in refusal
    assert "twine failed" in refusal  # the check behind it: this project has no readme


def test_a_wheel_that_is_of_no_commit_is_refused(project: Path) -> None:
    project.joinpath("odps_bot/commit.txt").write_text(f"{HASH}-dirty\n")

    assert f"the wheel is not of a commit, but of {HASH}-dirty" in build(project)


def test_what_pypi_would_refuse_is_refused(project: Path) -> None:
    bad = 'version = "1.0"\nreadme = { text = "", content-type = "text/markdown" }'
    text = PYPROJECT.replace('version = "1.0"', bad)
    project.joinpath("pyproject.toml").write_text(text)

    assert "twine failed: see above" in build(project)
