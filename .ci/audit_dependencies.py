"""Ask the advisory database (PyPI's) about every package that the locks name.

Fails for a package with a known vulnerability. Where the database cannot be asked it says so and
passes: a build without a network proves nothing, and must break nothing.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

LOCKS = ("bot", "sandbox", "dev", "docs", "conformance")
TIMEOUT_S = 300


def main(auditor: str) -> int:
    """Audit every lock and return the exit status."""
    findings = [_audit(Path(f"requirements/{lock}.txt"), auditor) for lock in LOCKS]
    return 1 if any(findings) else 0


def _audit(lock: Path, auditor: str) -> bool:
    """Say what is known of a lock's packages; return whether one is vulnerable."""
    packages, complaint = _ask(lock, auditor)
    vulnerable = [package for package in packages if package.get("vulns")]
    skipped = [package for package in packages if "vulns" not in package]
    for package in vulnerable:
        ids = ", ".join(str(found["id"]) for found in package["vulns"])
        _say(f"{lock}: {package['name']} {package['version']} has {ids}")
    if not packages or len(skipped) == len(packages):
        why = complaint or "it knows none of the packages"
        _say(f"{lock}: NOT audited: the advisory database cannot be asked ({why})")
    elif skipped:
        names = ", ".join(str(package["name"]) for package in skipped)
        _say(f"{lock}: not audited: {names}")
    if packages and len(skipped) < len(packages):
        audited = len(packages) - len(skipped)
        _say(f"{lock}: {audited} packages audited, {len(vulnerable)} vulnerable")
    return bool(vulnerable)


def _ask(lock: Path, auditor: str) -> tuple[list[dict[str, Any]], str]:
    """Return what is known of each package, and the last line of the auditor's complaints."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        options = ["--require-hashes", "--disable-pip", "--progress-spinner=off", "--timeout=10"]
        command = [
            auditor,
            f"--requirement={lock}",
            *options,
            "--format=json",
            f"--output={report}",
        ]
        try:
            ended = subprocess.run(  # noqa: S603  -- the auditor of this environment
                command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return [], str(error)
        if not report.exists():
            return [], (ended.stderr.strip().splitlines() or ["no report"])[-1]
        try:
            return list(json.loads(report.read_text())["dependencies"]), ""
        except (ValueError, KeyError, TypeError):
            return [], "its answer cannot be read"


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ".venv/bin/pip-audit"))
