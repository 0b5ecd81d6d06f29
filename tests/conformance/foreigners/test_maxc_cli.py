"""maxc-cli, the vendor's command line: https://pypi.org/project/maxc-cli/"""

import json
import subprocess

import pytest

from odps_bot.sandbox.maxcompute import ACCESS_KEY_ID, ACCESS_KEY_SECRET

SELECT = "select city, count(*) as n from customers group by city order by city limit 2"
STUCK = "set sandbox.stuck=true; select count(*) from customers"


@pytest.fixture(scope="module")
def maxc(sandbox, foreign_bin, environment):
    """Run a command as somebody who is logged in, and return its JSON."""

    def run(*words, status="success"):
        done = subprocess.run(
            [foreign_bin / "maxc", *words, "--json"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        told = json.loads(done.stdout)
        assert told["status"] == status, (done.stdout, done.stderr)
        return told

    keys = ("--access-id", ACCESS_KEY_ID, "--access-key-secret", ACCESS_KEY_SECRET)
    place = ("--project", "sandbox", "--endpoint", sandbox.endpoint, "--no-picker")
    told = run("auth", "login", *keys, *place)
    assert told["data"]["identity"]["validation_status"] == "verified"
    return run


def test_a_query_is_estimated_and_run(maxc):
    cost = maxc("query", "cost", SELECT)["data"]["analysis"]
    assert (cost["estimated_input_size_bytes"], cost["sql_complexity"]) == (140_000, 1.0)
    assert "In Job job0" in json.dumps(maxc("query", "explain", SELECT))

    told = maxc("query", SELECT)

    rows = told["data"]["result"]["rows"]
    assert [list(row) for row in rows] == [["city", "n"], ["city", "n"]]
    assert rows[0]["city"] == "Beijing"
    assert isinstance(rows[0]["n"], int)
    assert told["metadata"]["bytes_scanned"] == 140_000
    assert told["metadata"]["logview"].startswith("http")


def test_a_job_is_submitted_awaited_and_read(maxc):
    job = maxc("job", "submit", SELECT, status="pending")["data"]["job_id"]

    assert maxc("job", "wait", job)["status"] == "success"
    assert maxc("job", "status", job)["status"] == "success"
    assert len(maxc("job", "result", job)["data"]["result"]["rows"]) == 2
    assert job in [one["job_id"] for one in maxc("job", "list")["data"]["jobs"]]
    assert "customers" in json.dumps(maxc("job", "task-summary", job))
    assert "M1" in json.dumps(maxc("job", "task-detail", job))
    assert maxc("job", "workers", job)["data"]
    assert maxc("job", "diagnose", job)["data"]


def test_a_job_is_followed_and_stopped(maxc, sandbox):
    job = maxc("job", "submit", STUCK, status="pending")["data"]["job_id"]

    told = maxc("job", "status", job, status="pending")
    assert told["data"]["job"]["status"] in {"pending", "running"}
    maxc("job", "cancel", job)

    # It calls both a failure and a cancellation that.
    maxc("job", "wait", job, status="failure")
    (record,) = [record for record in sandbox.instances() if record.id == job]
    assert record.task_status == "Cancelled"


def test_a_failure_is_explained(maxc):
    told = maxc("query", "select nope from customers", status="failure")

    assert "ODPS-0130071" in json.dumps(told)
