"""CI fails for a known vulnerability, and only for that; what was not audited is said."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / ".ci" / "audit_dependencies.py"

SOUND = {"name": "redis", "version": "8.1.0", "vulns": []}
BAD = {"name": "jinja2", "version": "2.10", "vulns": [{"id": "PYSEC-2019-217"}]}
SKIPPED = {"name": "odd", "skip_reason": "Dependency not found on PyPI"}


def audit(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run the audit with an auditor that does what `script` says; its report is "$report"."""
    auditor = folder / "pip-audit"
    report = 'for a; do case "$a" in --output=*) report="${a#--output=}";; esac; done'
    auditor.write_text(f"#!/bin/sh\n{report}\n{script}\n")
    auditor.chmod(0o700)
    return subprocess.run(
        [sys.executable, SCRIPT, auditor], capture_output=True, text=True, check=False
    )


def reporting(*packages: dict[str, object]) -> str:
    return f"echo '{json.dumps({'dependencies': packages})}' > \"$report\""


def test_sound_packages_pass(tmp_path: Path) -> None:
    ended = audit(tmp_path, reporting(SOUND))

    assert ended.returncode == 0
    assert "1 packages audited, 0 vulnerable" in ended.stdout
    assert "NOT audited" not in ended.stdout


def test_a_known_vulnerability_fails_and_is_named(tmp_path: Path) -> None:
    ended = audit(tmp_path, reporting(SOUND, BAD) + "\nexit 1")

    assert ended.returncode == 1
    assert "jinja2 2.10 has PYSEC-2019-217" in ended.stdout


@pytest.mark.parametrize(
    "script",
    [
        "echo 'ERROR: no route to pypi.org' >&2; exit 1",
        reporting(SKIPPED, SKIPPED),
        'echo "{" > "$report"',
        "exit 0",
    ],
    ids=["no network", "a mirror without advisories", "nonsense", "silence"],
)
def test_where_nobody_can_be_asked_that_is_said_and_passes(tmp_path: Path, script: str) -> None:
    ended = audit(tmp_path, script)

    assert ended.returncode == 0
    assert ended.stdout.count("NOT audited: the advisory database cannot be asked") == 5
    assert "packages audited" not in ended.stdout


def test_single_packages_that_are_not_known_are_named(tmp_path: Path) -> None:
    ended = audit(tmp_path, reporting(SOUND, SKIPPED))

    assert ended.returncode == 0
    assert "not audited: odd" in ended.stdout
