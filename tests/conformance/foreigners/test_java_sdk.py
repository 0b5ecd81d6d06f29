"""The vendor's Java SDK, by a program of ours: `com.aliyun.odps:odps-sdk-core` from Maven."""

import shutil
import subprocess
from pathlib import Path

import pytest

from odps_bot.sandbox.maxcompute import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from tests.conformance.foreigners.tools import facts

SOURCES = Path(__file__).parent / "java"
MAVEN = ("mvn", "--quiet", "--batch-mode")
FAILURE = "ODPS-0130071:[1,8] Semantic analysis exception - column nope cannot be resolved"


@pytest.fixture(scope="module")
def class_path(tmp_path_factory):
    """The program, compiled, and all that it needs."""
    work = tmp_path_factory.mktemp("java") / "session"
    shutil.copytree(SOURCES, work)
    goals = ("compile", "dependency:build-classpath", "-Dmdep.outputFile=class_path")
    done = subprocess.run(
        [*MAVEN, *goals], cwd=work, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout
    return f"{(work / 'class_path').read_text()}:{work / 'target' / 'classes'}"


def test_its_usual_session_is_complete(sandbox, class_path):
    told = facts(
        ["java", "-cp", class_path, "Session", sandbox.endpoint, ACCESS_KEY_ID, ACCESS_KEY_SECRET]
    )

    assert told.pop("result") == told.pop("tunnel") == ["Beijing 630", "Berlin 651"]
    assert {name: value for name, (value,) in told.items()} == {
        "project": "sandbox AVAILABLE ALIYUN$sandbox@example.com",
        "property": "false",
        "table": "true false",
        "estimate": '{"Cost": {"SQL": {"Complexity": 1.0, "Input": 140000, "UDF": 0}}}',
        "successful": "true",
        "task": "AnonymousSQLTask SUCCESS",
        "progress": "M1_job_0:0/1/1[100%]\tR2_1_job_0:0/1/1[100%]\tR3_2_job_0:0/1/1[100%]",
        "warnings": "[]",
        "cost": "140000",
        "summary": "true",
        "detail": "true",
        "source": "AnonymousSQLTask 9",
        "owner": "ALIYUN$sandbox-id@example.com",
        "times": "true",
        "logview": "true",
        "exists": "true false",
        "listed": "true",
        "status": "Running",
        "queueing": "true AnonymousSQLTask",
        "queued": "true",
        "stopped": "CANCELLED",
        "stopped again": "InvalidStateSetting",
        "failure": FAILURE,
        "workflow": "true [AppendID_1]",
        "session": "complete",
    }
