"""A process that has used the sandbox's engine ends without a word about leaks."""

import os
import subprocess
import sys

TESTS = "tests/unit"


def test_property_tests_beside_the_engine_end_in_silence(pytestconfig):
    tests = [
        f"{TESTS}/sql/classification/test_reads_change_nothing.py::test_the_fingerprint_sees_a_write",
        f"{TESTS}/policy/test_cost_decision.py::test_the_dearer_never_gets_the_milder_verdict",
    ]
    # Options of the run around it are not the child's: its output is compared.
    environ = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests],
        cwd=pytestconfig.rootpath,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
    assert ended.stdout.splitlines()[-1].startswith("2 passed")
