"""Programs of foreigners: which can't run here and why, and what one of them tells."""

import os
import subprocess
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from shutil import which

GO_MODULE = "github.com/aliyun/aliyun-odps-go-sdk"
GO_SOURCES = Path(__file__).parent / "go"


def facts(command: Sequence[str]) -> dict[str, list[str]]:
    """Run a program that prints a fact a line, and return the values of each name."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, (done.stdout, done.stderr)
    told = defaultdict(list)
    for line in done.stdout.splitlines():
        name, _, value = line.partition("\t")
        told[name].append(value)
    return dict(told)


def _absent() -> dict[str, str]:
    absent = {}
    if which("mvn") is None or which("java") is None:
        absent["test_java_sdk.py"] = "as there is no Java with Maven on the PATH"
    if which("go") is None:
        absent["test_go_sdk.py"] = "as there is no Go on the PATH"
    elif not os.environ.get("GO_SDK_CHECKOUT") and not _is_downloaded():
        reason = "as the Go module proxy does not have it; GO_SDK_CHECKOUT names a checkout"
        absent["test_go_sdk.py"] = reason
    if not os.environ.get("PYODPS_CHECKOUT"):
        reason = "as no package has them; PYODPS_CHECKOUT names a checkout of its repository"
        absent["test_own_tests_of_pyodps.py"] = reason
    return absent


def _is_downloaded() -> bool:
    command = ["go", "mod", "download", GO_MODULE]
    try:
        done = subprocess.run(
            command, cwd=GO_SOURCES, capture_output=True, timeout=120, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


#: By the module that is not collected.
ABSENT = _absent()
