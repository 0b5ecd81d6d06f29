"""What a sweep does besides: side questions about what looks sick, and findings of what waits."""

from datetime import timedelta
from types import SimpleNamespace

import msgspec
import pytest

from odps_bot.diagnosis.finding import Kind
from odps_bot.maxcompute import InstanceStatus, QueueingInfo
from odps_bot.runs import RunState
from odps_bot.store.notification_kind import NotificationKind
from workers.polling.ask_aside import ask_aside

SECOND = timedelta(seconds=1)
QUEUED = {"sub_status_code": 1041, "sub_status": "Offline Job Waiting for running"}
RUNS = {"sub_status_code": 1042, "sub_status": "Offline Job is running"}


def info(instance_id, **facts):
    usual = {"status": InstanceStatus.RUNNING, "task_name": "console_query_task_1", **facts}
    return QueueingInfo(instance_id=instance_id, **usual)


@pytest.fixture
def swept(services, make_run, noon):
    """Return a function that sweeps every five seconds for a while, and shows instances so."""

    def swept(seconds, **shown):
        for one in shown:
            if one not in services.stores.runs.kept:
                run = make_run(run_id=one, instance_id=one, state=RunState.RUNNING, started_at=noon)
                services.stores.runs.add(run)
        for _ in range(int(seconds / 5)):
            services.clock.push(5 * SECOND)
            ask_aside(
                "sandbox",
                {one: one for one in shown},
                {one: info(one, **facts) for one, facts in shown.items()},
                SimpleNamespace(keep=lambda: None),
                services,
                total=len(shown),
                watching_requests=10,
            )

    return swept


def asked(services):
    return services.jobs.named("diagnose_run")


def test_what_stands_still_is_asked_about_by_the_name_of_its_task(swept, services):
    swept(60, i1=RUNS)

    run_id, questions = asked(services)[0]
    assert run_id == "i1"
    assert questions == {
        "task_name": "console_query_task_1",
        "task_type": "",
        "asks_progress": True,
        "may_ask_workers": True,
        "asks_quota": False,
    }


def test_what_waits_is_found_by_the_list_alone(swept, services):
    swept(120, i1={**QUEUED, "wait_position": 7, "queue_length": 23})

    finding = services.stores.runs.get("i1").finding
    assert finding is not None
    assert finding.kind is Kind.WAIT_QUOTA
    assert NotificationKind.FINDING in services.stores.outbox.waiting()
    assert not any(questions["asks_progress"] for _, questions in asked(services))


def test_what_runs_at_last_waits_for_nothing_any_more(swept, services):
    swept(120, i1=QUEUED)
    assert services.stores.runs.get("i1").finding is not None
    swept(10, i1=RUNS)

    assert len(services.stores.recent_snapshots.of("i1")) >= 2


def test_what_is_being_stopped_is_left_alone(swept, services):
    swept(5, i1=RUNS, i2=QUEUED)
    for one in ("i1", "i2"):
        run = services.stores.runs.get(one)
        services.stores.runs.add(msgspec.structs.replace(run, state=RunState.STOPPING))
    services.jobs.enqueued.clear()
    swept(200, i1=RUNS, i2=QUEUED)

    assert asked(services) == []
    assert services.stores.runs.get("i2").finding is None


def test_an_xflow_has_no_stages_to_ask_about(swept, services):
    swept(5, i1=RUNS)
    run = services.stores.runs.get("i1")
    services.stores.runs.add(msgspec.structs.replace(run, sql="pai -name Split -project algo"))
    services.jobs.enqueued.clear()
    swept(100, i1=RUNS)

    assert asked(services) == []


def test_nothing_is_asked_where_the_rules_switch_it_off(swept, services):
    services.rules = msgspec.structs.replace(
        services.rules, diagnosis=msgspec.structs.replace(services.rules.diagnosis, enabled=False)
    )
    swept(200, i1=RUNS, i2=QUEUED)

    assert asked(services) == []
    assert services.stores.side_questions.watching is None


def test_what_was_remembered_by_nobody_knows_whom_is_begun_anew(swept, services):
    services.stores.side_questions.watching = b"odd"
    swept(60, i1=RUNS)

    assert asked(services)


def test_a_rule_that_breaks_costs_a_finding_and_no_sweep(swept, services, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("workers.polling.diagnosing.diagnose", broken)
    swept(120, i1=QUEUED)

    assert services.stores.runs.get("i1").finding is None


def test_a_plan_that_breaks_costs_findings_and_no_sweep(swept, services, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("workers.polling.question_plan.plan", broken)
    swept(10, i1=RUNS)

    assert asked(services) == []
