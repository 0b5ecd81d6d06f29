"""What becomes of a statement before it runs, by its class and what it would cost."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.config.rules import Budgets, Money, Project
from odps_bot.policy.cost_decision import (
    CostDecision,
    Reason,
    Verdict,
    budgets_of,
    decide_by_cost,
    digest_of,
    metering_limit,
    needs_check,
    needs_estimate,
    reserved_amount,
    without_own_limit,
)
from odps_bot.runs import Estimate
from odps_bot.sql.classification import classify
from odps_bot.sql.statements import SqlText

GB = 2**30
QUERY = "select count(*) from orders where ds = '20261101'"
WRITE = "insert into t select * from orders where ds = '20261101'"
PRICE = Money(amount=Decimal("0.3"), currency="CNY")
NO_BUDGETS = Budgets()
LIMITED = Project(price_per_gb=PRICE, estimates=True, automatic_limit=Decimal(3), cap=Decimal(30))


def gigabytes(count, *, complexity=1.0):
    return Estimate(input_bytes=int(count * GB), complexity=complexity)


def verdict(sql, project, estimate, **facts):
    judged = decide_by_cost(
        classify(sql), project=project, budgets=NO_BUDGETS, estimate=estimate, **facts
    )
    return judged.verdict, judged.reasons


@pytest.mark.parametrize(
    ("estimate", "expected", "reasons"),
    [
        (gigabytes(1), Verdict.RUN, ()),
        (gigabytes(10), Verdict.RUN, ()),
        (gigabytes(10.01), Verdict.ASK, (Reason.ABOVE_LIMIT,)),
        (gigabytes(10, complexity=1.5), Verdict.ASK, (Reason.ABOVE_LIMIT,)),
        (gigabytes(100), Verdict.ASK, (Reason.ABOVE_LIMIT,)),
        (gigabytes(100.01), Verdict.REFUSE, (Reason.ABOVE_CAP,)),
        (gigabytes(50, complexity=4), Verdict.REFUSE, (Reason.ABOVE_CAP,)),
        (None, Verdict.ASK, (Reason.NO_ESTIMATE,)),
        (gigabytes(0), Verdict.ASK, (Reason.NO_ESTIMATE,)),
    ],
)
def test_the_price_decides_whether_a_read_runs(estimate, expected, reasons):
    assert verdict(QUERY, LIMITED, estimate) == (expected, reasons)


def test_what_reads_no_table_has_no_input_and_runs():
    assert verdict("select 1", LIMITED, gigabytes(0)) == (Verdict.RUN, ())


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select 1", False),
        ("select 1; select 2", False),
        ("insert into t values (1)", False),
        ("create table t (a bigint)", False),
        ("drop table t", False),
        ("create table t as select * from s", True),
        ("insert into t select * from s", True),
        ("select 1; select * from s", True),
        ("update t set a = 1", True),
        ("delete from t where a = 1", True),
        ("alter table t merge smallfiles", True),
        ("grant select on table t to user alice", False),
        ("show priv for user alice", False),
        ("do something", True),
        ("pai -name Split", True),
        ("", True),
    ],
)
def test_what_names_no_table_to_read_needs_no_estimate(sql, expected):
    assert needs_estimate(classify(sql), LIMITED, NO_BUDGETS) is expected


@pytest.mark.parametrize("sql", ["show tables", "desc orders", f"explain {QUERY}"])
def test_questions_about_names_and_definitions_are_not_estimated(sql):
    assert not needs_estimate(classify(sql), LIMITED, NO_BUDGETS)
    assert verdict(sql, LIMITED, None) == (Verdict.RUN, ())


def test_above_the_cap_somebody_may_approve_where_the_project_says_so():
    project = Project(price_per_gb=PRICE, cap=Decimal(30), above_cap="approve")

    assert verdict(QUERY, project, gigabytes(101)) == (Verdict.APPROVE, (Reason.ABOVE_CAP,))
    assert verdict(QUERY, project, gigabytes(99)) == (Verdict.RUN, ())


def test_a_class_that_needs_approval_needs_it_whatever_it_costs():
    project = Project(approve=("write", "unknown"))

    assert verdict(WRITE, project, None) == (Verdict.APPROVE, (Reason.CLASS,))
    assert verdict("do something", project, None) == (Verdict.APPROVE, (Reason.CLASS,))
    assert verdict(QUERY, project, None) == (Verdict.RUN, ())


def test_one_approval_answers_the_question_of_cost_too():
    project = Project(price_per_gb=PRICE, automatic_limit=Decimal(3), approve=("write",))
    both = (Reason.CLASS, Reason.ABOVE_LIMIT)

    assert verdict(WRITE, project, gigabytes(50)) == (Verdict.APPROVE, both)


def test_the_cap_refuses_what_would_need_approval_too():
    project = Project(price_per_gb=PRICE, cap=Decimal(3), approve=("write",))

    assert verdict(WRITE, project, gigabytes(50))[0] is Verdict.REFUSE


def test_who_has_seen_the_estimate_is_not_asked_again_but_the_cap_holds():
    assert verdict(QUERY, LIMITED, gigabytes(50), is_cost_accepted=True)[0] is Verdict.RUN
    assert verdict(QUERY, LIMITED, gigabytes(500), is_cost_accepted=True)[0] is Verdict.REFUSE
    assert verdict(QUERY, LIMITED, None, is_cost_accepted=True)[0] is Verdict.ASK


@pytest.mark.parametrize(
    ("project", "budgets", "expected"),
    [
        (Project(), NO_BUDGETS, False),
        (Project(estimates=True), NO_BUDGETS, True),
        (Project(price_per_gb=PRICE), NO_BUDGETS, False),
        (Project(price_per_gb=PRICE, cap=Decimal(1)), NO_BUDGETS, True),
        (Project(price_per_gb=PRICE, automatic_limit=Decimal(1)), NO_BUDGETS, True),
        (Project(price_per_gb=PRICE, daily_budget=Decimal(1)), NO_BUDGETS, True),
        (Project(price_per_gb=PRICE), Budgets(person=Decimal(1)), True),
        (Project(), Budgets(person=Decimal(1)), False),
    ],
)
def test_statements_are_estimated_where_something_depends_on_it(project, budgets, expected):
    assert needs_estimate(classify(QUERY), project, budgets) is expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (WRITE, True),
        ("insert into t values (1)", True),
        (QUERY, False),  # reads need no approval here
        ("drop table t", False),  # of these it is not known what an estimate says
        ("update t set a = 1", False),
        ("grant r to alice", False),
        (f"{WRITE}; {WRITE}", False),  # one at a time is estimated
    ],
)
def test_what_needs_approval_is_compiled_first_where_an_estimate_compiles_it(sql, expected):
    project = Project(approve=("write", "ddl", "admin"))

    assert needs_check(classify(sql), project) is expected
    assert not needs_check(classify(sql), Project())


def test_without_a_price_an_estimate_is_shown_and_nothing_is_asked():
    assert verdict(QUERY, Project(estimates=True), gigabytes(10_000)) == (Verdict.RUN, ())


@given(
    st.decimals(min_value=0, max_value=1_000, places=2),
    st.decimals(min_value=0, max_value=1_000, places=2),
    st.integers(1, 10**15),
    st.sampled_from([1.0, 1.5, 2.0, 4.0]),
)
def test_the_dearer_never_gets_the_milder_verdict(limit, more, input_bytes, complexity):
    project = Project(price_per_gb=PRICE, automatic_limit=limit, cap=limit + more)
    mildest_first = [Verdict.RUN, Verdict.ASK, Verdict.APPROVE, Verdict.REFUSE]

    def rank(size_bytes):
        estimate = Estimate(input_bytes=size_bytes, complexity=complexity)
        judged: CostDecision = decide_by_cost(
            classify(QUERY), project=project, budgets=NO_BUDGETS, estimate=estimate
        )
        return mildest_first.index(judged.verdict)

    assert rank(input_bytes) <= rank(input_bytes * 2 + 1)


def test_the_cap_is_sent_in_gigabytes_times_complexity():
    assert metering_limit(LIMITED, estimate=gigabytes(1)) == "100.000000"
    assert metering_limit(Project(price_per_gb=PRICE), estimate=gigabytes(1)) is None
    assert metering_limit(Project(), estimate=None) is None


def test_what_was_approved_above_the_cap_may_use_what_was_estimated():
    approved = metering_limit(LIMITED, estimate=gigabytes(200), is_above_cap_approved=True)

    assert approved == "220.000000"
    assert metering_limit(LIMITED, estimate=None, is_above_cap_approved=True) is None


def test_a_cap_of_nothing_is_a_limit_too():
    project = Project(price_per_gb=PRICE, cap=Decimal(0))

    assert Decimal(metering_limit(project, estimate=None) or 0) > 0


def test_without_an_estimate_the_cap_is_reserved():
    assert reserved_amount(LIMITED, gigabytes(10)) == Decimal(3)
    assert reserved_amount(LIMITED, None) == Decimal(30)
    assert reserved_amount(Project(), gigabytes(10)) == 0


def test_budgets_are_those_of_person_channel_and_project():
    project = Project(price_per_gb=PRICE, daily_budget=Decimal(7))

    assert budgets_of(project, Budgets(person=Decimal(5))) == {"person": 5, "project": 7}


@pytest.mark.parametrize(
    "sql",
    [
        "set odps.sql.metering.value.max=9;select 1",
        "SET ODPS.SQL.Metering.Value.Max = 9 ;\nselect 1",
        "/* ; */ set odps.sql.metering.value.max=9 -- ;\n;select 1",
        "set odps.sql.metering.value.max=9;set odps.sql.metering.value.max=10;select 1",
    ],
)
def test_a_persons_own_limit_is_taken_out(sql):
    text, hints = without_own_limit(sql, {"ODPS.SQL.METERING.VALUE.MAX": "9", "a.b": "1"})

    assert SqlText(text).settings == {}
    assert text.strip() == "select 1"
    assert hints == {"a.b": "1"}


def test_other_settings_stay_as_they_were():
    assert without_own_limit("set a.b=1; select 1", {"a.b": "1"}) is None
    text, _ = without_own_limit("set a.b=1; set odps.sql.metering.value.max=9; select 1", {})

    assert text == "set a.b=1; select 1"


@pytest.mark.parametrize(
    "changed",
    [
        {"sql": "select 2"},
        {"project": "other"},
        {"hints": {"a.b": "1"}},
        {"user_id": "U2"},
        {"channel_id": "C2"},
        {"run_id": "ffffff"},
        {"priority": 1},
        {"estimate": gigabytes(3)},
    ],
)
def test_whatever_is_decided_on_changes_the_digest(make_run, changed):
    assert digest_of(make_run(**changed)) != digest_of(make_run())


def test_what_happens_to_a_run_does_not_change_the_digest(make_run):
    assert digest_of(make_run(polls=3, card_ts="1.2", notify=("U9",))) == digest_of(make_run())
