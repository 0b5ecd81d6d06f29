"""What was allowed when it was requested may no longer be when it is submitted."""

from types import SimpleNamespace

import pytest

from odps_bot.config.rules import Channel, Role, Rules
from odps_bot.errors import DenialCode
from odps_bot.runs import ReasonCode
from odps_bot.store.project_locks import ProjectLock
from workers.submission.recheck_permissions import why_denied

WRITE = "insert into t select * from s"


def test_what_is_still_allowed_leaves_no_trace(services, make_run):
    assert why_denied(make_run(sql="select 1"), services) is None
    assert services.stores.audit.lines == []


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        (Rules(default_role=Role.VIEWER, contact="Ann"), DenialCode.ROLE),
        (
            Rules(default_channel=Channel(highest_role=Role.VIEWER), contact="Ann"),
            DenialCode.CHANNEL,
        ),
        (Rules(default_channel=Channel(projects=("ads",)), contact="Ann"), DenialCode.PROJECT),
    ],
)
def test_the_outcome_says_what_is_missing_and_who_can_help(services, make_run, rules, code):
    services.rules = rules
    outcome = why_denied(make_run(sql="select 1"), services)

    assert (outcome.reason, outcome.denial.code, outcome.contact) == (
        ReasonCode.DENIED,
        code,
        "Ann",
    )
    [line] = services.stores.audit.lines
    assert (line.kind, line.what, line.outcome) == ("denial", "submit", "denied")
    assert (line.run_id, line.run, line.user_id) == ("0a1b2c", "r42", "U1")


def test_a_project_that_was_locked_meanwhile_takes_reads_only(services, make_run, noon):
    services.rules = Rules(default_role=Role.WRITER)
    lock = ProjectLock(project="sandbox", user_id="U9", at=noon, reason="migration")
    services.stores.locks = SimpleNamespace(
        get=lambda project: lock if project == "sandbox" else None
    )

    assert why_denied(make_run(sql="select 1"), services) is None
    assert why_denied(make_run(sql=WRITE), services).denial.detail == "migration"


def test_an_existing_instance_is_followed_without_reading_its_statement(services, make_run):
    tracked = make_run(sql=WRITE, tracked_instance_id="20261122120000000g1")

    assert why_denied(tracked, services) is None
    assert why_denied(make_run(sql=WRITE), services).denial.needed == "writer"
