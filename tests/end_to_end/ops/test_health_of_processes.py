"""The processes tell how they are, and what they have done."""

import re

import pytest


@pytest.mark.parametrize("slack_mode", ["socket", "http"], indirect=True)
def test_processes_that_are_well_say_so(operator):
    for process in ("bot", "worker"):
        assert operator.ask(process, "/healthz")[0] == 200
        status, said = operator.ask(process, "/readyz")
        assert (status, "redis: ok" in said) == (200, True)
    assert "odps_bot_slack_connected 1.0" in operator.ask("bot", "/metrics")[1]
    # It is the bot's alone, so that its absence is seen.
    assert "odps_bot_slack_connected" not in operator.ask("worker", "/metrics")[1]


def test_without_redis_they_live_but_are_not_ready(operator):
    operator.wait(lambda: operator.ask("worker", "/readyz")[0] == 200)
    operator.session.redis.halt()

    for process in ("bot", "worker"):
        operator.wait(lambda process=process: operator.ask(process, "/readyz")[0] == 503)
        assert operator.ask(process, "/healthz")[0] == 200
        assert "odps_bot_redis_up 0.0" in operator.ask(process, "/metrics")[1]
    operator.session.redis.start()
    operator.wait(lambda: operator.ask("worker", "/readyz")[0] == 200)


def test_a_bot_that_slack_does_not_reach_is_not_ready(operator):
    operator.session.slack.stop()

    operator.wait(lambda: "slack: is not connected" in operator.ask("bot", "/readyz")[1])
    assert operator.ask("bot", "/readyz")[0] == 503
    assert "odps_bot_slack_connected 0.0" in operator.ask("bot", "/metrics")[1]


def test_a_run_is_counted_by_bot_and_worker(operator):
    operator.type("/odps run select count(*) from pyodps_iris")
    operator.wait(lambda: "succeeded" in operator.channel())

    bot = operator.wait_for_metrics(
        "bot",
        'odps_bot_ack_seconds_count{kind="command",outcome="ok"} 1.0',
        'odps_bot_run_transitions_total{state="queued"} 1.0',
        'odps_bot_outbox_depth{kind="ephemeral"} 0.0',
    )
    worker = operator.wait_for_metrics(
        "worker",
        'odps_bot_run_transitions_total{state="succeeded"} 1.0',
        'odps_bot_slack_call_seconds_count{method="chat.postMessage",outcome="ok"}',
        'operation="POST instances",outcome="201"',
        'odps_bot_job_seconds_count{job="submit_run",outcome="ok"}',
    )
    for said in (bot, worker):
        assert "iris" not in said
        assert "U0ALICE" not in said


def test_lines_of_the_log_name_the_run_that_they_are_about(operator):
    operator.type("/odps run select 1 as one")
    operator.wait(lambda: "succeeded" in operator.channel())

    def jobs() -> set[str]:
        return {line["job"] for line in operator.log("worker") if "run_id" in line}

    # Slack shows the end before the job that told it has logged its own. A poll ends the run, of
    # its own, for its card, or after a held request.
    ending = {"poll_run", "deliver", "hold_run"}
    operator.wait(lambda: "submit_run" in jobs() and jobs() & ending)
    about = [line for line in operator.log("worker") if "run_id" in line]
    [run_id] = {line["run_id"] for line in about}
    assert re.fullmatch("[0-9a-f]{24}", run_id)
    assert {line["run"] for line in about if "run" in line} == {"r1"}
    assert jobs() & {line["job"] for line in about if "run" in line}
