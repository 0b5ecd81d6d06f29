"""Whether a queued run may be submitted now, or who is asked first."""

from datetime import timedelta
from decimal import Decimal

import pytest

from odps_bot.config.rules import Budgets, Money, Project, Role, Rules
from odps_bot.policy.cost_decision import METERING_LIMIT, digest_of
from odps_bot.runs import Decision, Estimate, Outcome, Question, ReasonCode, RunState
from workers.submission.admission import admit, engine_limit, expire

PRICE = Money(amount=Decimal("0.3"), currency="CNY")
LIMITED = Project(price_per_gb=PRICE, automatic_limit=Decimal(3), cap=Decimal(30))
QUERY = "select * from orders"


def gigabytes(count):
    return Estimate(input_bytes=int(count * 1024**3), complexity=1.0)


@pytest.fixture
def admitted(services, make_run):
    """Return a function that admits a run; returns whether, and what has become of it."""

    def admitted(project, **facts):
        services.rules = Rules(
            users={"U2": Role.ADMIN},
            projects={"sandbox": project},
            budgets=facts.pop("budgets", None) or Budgets(),
        )
        run = make_run(**{"sql": QUERY, **facts})
        services.stores.runs.add(run)
        is_admitted = admit(run, services)
        return is_admitted, services.stores.runs.get(run.run_id)

    return admitted


def approved(run, *, kind="approval", digest=None, is_approval=True, reasons=("class",)):
    """Return a question and the decision on it, on what the run is."""
    digest = digest or digest_of(run)
    at = run.requested_at
    return {
        "question": Question(
            kind=kind,
            reasons=reasons,
            requested_at=at,
            expires_at=at + timedelta(hours=4),
            digest=digest,
            is_shown=True,
        ),
        "decision": Decision(user_id="U2", at=at, is_approval=is_approval, digest=digest),
    }


def test_what_exists_already_is_tracked_whatever_it_costs(admitted):
    is_admitted, run = admitted(LIMITED, tracked_instance_id="20261122120000000g1", sql="")

    assert is_admitted
    assert run.statement_class is None


@pytest.mark.parametrize(("size_gb", "state"), [(9.99, "queued"), (10, "queued"), (10.01, "asked")])
def test_up_to_the_limit_nobody_is_asked(admitted, services, size_gb, state):
    is_admitted, run = admitted(LIMITED, estimate=gigabytes(size_gb))

    assert is_admitted is (state == "queued")
    if state == "asked":
        assert run.state is RunState.AWAITING_DECISION
        assert (run.question.kind, run.question.reasons) == ("cost", ("above limit",))
        assert run.question.limit == Money(amount=Decimal(3), currency="CNY")
        assert run.question.approvers is None
        assert services.stores.outbox.names == ["question_card:0a1b2c", "question:0a1b2c"]


@pytest.mark.parametrize(
    ("size_gb", "state"), [(100, RunState.AWAITING_DECISION), (100.01, RunState.REFUSED)]
)
def test_above_the_cap_it_is_refused_with_the_cap(admitted, services, size_gb, state):
    _, run = admitted(LIMITED, estimate=gigabytes(size_gb))

    assert run.state is state
    if state is RunState.REFUSED:
        cap = Money(amount=Decimal(30), currency="CNY")
        assert run.outcome == Outcome(reason=ReasonCode.ABOVE_CAP, limit=cap)
        assert "refusal:0a1b2c" in services.stores.outbox.names


def test_an_approval_is_asked_of_whom_the_project_names_for_as_long_as_it_says(admitted, noon):
    project = Project(
        approve=("read",),
        approvers=Role.ADMIN,
        approval_life=timedelta(hours=2),
        self_approval=True,
    )
    _, run = admitted(project)

    assert run.question.kind == "approval"
    assert run.question.approvers is Role.ADMIN
    assert run.question.is_self_approval
    assert run.question.expires_at == noon + timedelta(hours=2)
    assert run.question.is_shown
    assert len(run.question.file_key) == 8


def test_a_long_statement_is_not_shown_before_its_file_is(admitted):
    _, run = admitted(Project(approve=("read",)), sql=f"select '{'x' * 10_000}' from orders")

    assert run.state is RunState.AWAITING_DECISION
    assert not run.question.is_shown


def test_what_slack_would_not_show_is_never_put_to_approval(admitted):
    _, run = admitted(Project(approve=("read",)), sql="select '\u202e' from orders")

    assert run.state is RunState.REFUSED
    assert run.outcome == Outcome(reason=ReasonCode.NOT_DISPLAYABLE)


def test_an_approval_lets_it_run(admitted, make_run):
    facts = approved(make_run(sql=QUERY))

    assert admitted(Project(approve=("read",)), **facts)[0]


@pytest.mark.parametrize(
    "changed", [{"digest": "of something else"}, {"is_approval": False}, {"kind": "cost"}]
)
def test_an_approval_of_something_else_does_not(admitted, make_run, changed):
    facts = approved(make_run(sql=QUERY), **changed)
    is_admitted, run = admitted(Project(approve=("read",)), **facts)

    assert not is_admitted
    assert run.state is RunState.AWAITING_DECISION
    assert run.decision is None


def test_a_cap_that_was_lowered_meanwhile_refuses_what_was_approved(admitted, make_run):
    facts = approved(make_run(sql=QUERY, estimate=gigabytes(101)))
    _, run = admitted(LIMITED, estimate=gigabytes(101), **facts)

    assert run.state is RunState.REFUSED


def test_no_question_is_asked_where_a_budget_is_used_up_anyway(admitted, services):
    services.stores.spending.sums["person"] = Decimal(5)
    _, run = admitted(LIMITED, estimate=gigabytes(20), budgets=Budgets(person=Decimal(5)))

    assert run.state is RunState.REFUSED
    assert run.outcome.reason is ReasonCode.BUDGET_USED_UP


def test_the_run_that_was_stopped_meanwhile_is_not_admitted(services, make_run):
    services.stores.runs.add(make_run(state=RunState.CANCELLED))

    assert not admit(make_run(), services)


@pytest.mark.parametrize(
    ("minutes", "state"), [(239, RunState.AWAITING_DECISION), (240, RunState.EXPIRED)]
)
def test_a_question_expires_when_it_says(services, make_run, minutes, state):
    run = make_run(state=RunState.AWAITING_DECISION)
    services.stores.runs.add(make_run(state=run.state, **approved(run)))
    services.clock.push(timedelta(minutes=minutes))

    expire(run, services)

    assert services.stores.runs.get(run.run_id).state is state


def test_the_engine_is_held_to_the_cap_or_to_what_was_approved_above_it(services, make_run):
    services.rules = Rules(projects={"sandbox": LIMITED})
    run = make_run(estimate=gigabytes(200))
    above = make_run(estimate=run.estimate, **approved(run, reasons=("above cap",)))
    rejected = approved(run, reasons=("above cap",), is_approval=False)

    assert engine_limit(run, services) == {METERING_LIMIT: "100.000000"}
    assert engine_limit(above, services) == {METERING_LIMIT: "220.000000"}
    assert engine_limit(make_run(estimate=run.estimate, **approved(run)), services) == {
        METERING_LIMIT: "100.000000"
    }
    assert engine_limit(make_run(estimate=run.estimate, **rejected), services) == {
        METERING_LIMIT: "100.000000"
    }
    assert engine_limit(make_run(project="ads"), services) == {}
