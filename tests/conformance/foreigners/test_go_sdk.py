"""The vendor's Go SDK, by a program of ours: `github.com/aliyun/aliyun-odps-go-sdk`.

GO_SDK_CHECKOUT names a checkout of it where the Go module proxy does not have it.
"""

import os
import shutil
import subprocess

import pytest

from odps_bot.sandbox.maxcompute import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from tests.conformance.foreigners.tools import GO_MODULE, GO_SOURCES, facts


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    work = tmp_path_factory.mktemp("go") / "session"
    shutil.copytree(GO_SOURCES, work)

    def go(*words):
        done = subprocess.run(
            ["go", *words], cwd=work, capture_output=True, text=True, timeout=600, check=False
        )
        assert done.returncode == 0, done.stderr

    if checkout := os.environ.get("GO_SDK_CHECKOUT"):
        go("mod", "edit", "-replace", f"{GO_MODULE}={checkout}")
    go("build", "-o", "session", ".")
    return str(work / "session")


def test_its_usual_session_is_complete(sandbox, program):
    told = facts([program, sandbox.endpoint, ACCESS_KEY_ID, ACCESS_KEY_SECRET])

    assert told.pop("result") == told.pop("tunnel") == ["Beijing 630", "Berlin 651"]
    assert told.pop("progress") == ["M1_job_0 1 1 100", "R2_1_job_0 1 1 100", "R3_2_job_0 1 1 100"]
    assert {name: value for name, (value,) in told.items()} == {
        "project": "sandbox ALIYUN$sandbox@example.com",
        "tenant": "sandbox",
        "property": "false",
        "status": "Terminated ALIYUN$sandbox-id@example.com",
        "task": "AnonymousSQLTask SUCCESS",
        "summary": "true",
        "detail": "true",
        "logview": "true",
        "listed": "true",
        "repeated": "true",
        "queued": "true",
        "cached": "true",
        "stopped": "true",
        "task stopped": "CANCELLED",
        "failure": "true",
        "session": "complete",
    }
