"""Who may decide on a run, on what, and until when."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from odps_bot.config.rules import Project, Role, Rules
from odps_bot.errors import CommandError, DenialCode, DeniedError
from odps_bot.input.request import Request, Surface
from odps_bot.interactions.decide import decide
from odps_bot.policy.cost_decision import digest_of
from odps_bot.runs import Question, RunState
from odps_bot.store.project_locks import ProjectLock

RULES = Rules(users={"U2": Role.OPERATOR}, default_role=Role.RUNNER)


@pytest.fixture
def decided(services, make_run, noon):
    """Return a function that decides on a run as somebody; returns the reply and the run."""
    services.rules = RULES

    def decided(who="U2", *, is_approval=True, digest=None, kind="approval", **facts):
        is_shown = facts.pop("is_shown", True)
        surface = facts.pop("surface", Surface.COMMAND)
        run = make_run(state=RunState.AWAITING_DECISION, **facts)
        question = Question(
            kind=kind,
            reasons=("class",),
            requested_at=noon,
            expires_at=noon + timedelta(hours=4),
            digest=digest_of(run),
            is_shown=is_shown,
        )
        run = make_run(state=run.state, question=question, **facts)
        services.stores.runs.add(run)
        request = Request(team_id="T1", channel_id="C1", user_id=who, surface=surface)
        answer = decide(run, digest, request, services, is_approval=is_approval)
        return answer, services.stores.runs.get("0a1b2c")

    return decided


def denial_of(decided, *args, **facts):
    with pytest.raises(DeniedError) as error:
        decided(*args, **facts)
    return error.value.denial


@pytest.mark.parametrize(
    ("is_approval", "state", "says"),
    [
        (True, RunState.QUEUED, "See its card."),
        (False, RunState.REJECTED, "Nothing was submitted."),
    ],
)
def test_an_operator_decides_and_it_is_recorded(decided, services, is_approval, state, says):
    answer, run = decided(is_approval=is_approval)

    assert run.state is state
    assert says in answer.text
    assert bool(services.jobs.named("submit_run")) is is_approval
    [line] = services.stores.audit.lines
    assert (line.what, line.user_id) == ("approve" if is_approval else "reject", "U2")


def test_the_card_answers_a_click_itself(decided):
    assert decided(surface=Surface.ACTION)[0] is None


def test_a_runner_and_the_requester_may_not(decided, services):
    assert denial_of(decided, "U3").code is DenialCode.ROLE
    assert denial_of(decided, "U2", user_id="U2").code is DenialCode.OWN_RUN
    services.rules = Rules(
        users={"U2": Role.OPERATOR}, projects={"sandbox": Project(self_approval=True)}
    )
    assert decided("U2", user_id="U2")[1].state is RunState.QUEUED


def test_a_cost_is_accepted_by_the_requester_only(decided):
    assert denial_of(decided, "U2", kind="cost").code is DenialCode.NOT_REQUESTER
    assert decided("U1", kind="cost", sql="select 1")[1].state is RunState.QUEUED


@pytest.mark.parametrize(("minutes", "is_open"), [(239, True), (240, False)])
def test_a_question_is_open_until_it_expires(decided, services, minutes, is_open):
    services.clock.push(timedelta(minutes=minutes))

    if is_open:
        assert decided()[1].state is RunState.QUEUED
    else:
        with pytest.raises(CommandError, match="has expired"):
            decided()


def test_what_was_shown_is_what_is_decided_on(decided):
    with pytest.raises(CommandError, match="has changed since"):
        decided(digest="of an older card")


@pytest.mark.parametrize(("is_approval", "is_allowed"), [(True, False), (False, True)])
def test_nobody_approves_what_they_cannot_read(decided, is_approval, is_allowed):
    if is_allowed:
        assert decided(is_approval=is_approval, is_shown=False)[1].state is RunState.REJECTED
    else:
        with pytest.raises(CommandError, match="whole statement"):
            decided(is_approval=is_approval, is_shown=False)


@pytest.mark.parametrize(("sql", "is_locked"), [("select 1", False), ("drop table t", True)])
def test_a_lock_holds_up_approvals_of_what_changes_something(
    decided, services, noon, sql, is_locked
):
    lock = ProjectLock(project="sandbox", user_id="U9", at=noon, reason="migration")
    services.stores.locks = SimpleNamespace(get=lambda _project: lock)

    if is_locked:
        assert denial_of(decided, sql=sql).code is DenialCode.LOCKED
    else:
        assert decided(sql=sql)[1].state is RunState.QUEUED
