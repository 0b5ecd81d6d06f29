"""Before a run is submitted: its estimate, the questions that it raises, and the day's budgets."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from time import sleep

import pytest

from odps_bot.commands import find_command
from odps_bot.commands.approve import approve
from odps_bot.commands.cost import run_estimated
from odps_bot.commands.reject import decline
from odps_bot.config.rules import Budgets, Money, Project, Role, Rules
from odps_bot.errors import CommandError, DeniedError, UsageError
from odps_bot.input.request import Request, Surface
from odps_bot.messages.run.outcomes import outcome_in_words
from odps_bot.messages.run_link import run_link
from odps_bot.runs import Estimate, Outcome, ReasonCode, RunState
from odps_bot.sandbox.maxcompute import http_error, reset_after, throttle

CHANNEL, ALICE, BOB, CAROL, TEAM = "C0DATAENG1", "U0ALICE", "U0BOB", "U0CAROL", "T0SANDBOX1"
METERING_LIMIT = "odps.sql.metering.value.max"
QUERY = "select city, sum(amount) from orders where ds >= '20261001' group by city"
#: The sandbox's thousand rows are small: so dear is a gigabyte that they cost some 26 CNY.
PRICE = Money(amount=Decimal(1_000_000), currency="CNY")


@pytest.fixture
def ruled(world):
    """Return a function that lets the world live by other rules of its project."""
    now = world.clock()
    if (now.hour, now.minute // 10) == (23, 5):
        # No test begins in one day's budget and ends in the next one's.
        world.clock.push(minutes=11)

    def rule(*, budgets=None, users=None, **facts):
        project = Project(price_per_gb=PRICE, **facts)
        rules = Rules(
            contact="Alice",
            default_role=Role.OPERATOR,
            users=users or {},
            default_project=project,
            budgets=budgets or Budgets(),
        )
        world.services = replace(world.services, rules=rules)
        return world

    return rule


def admit(world, run, *, tries=100):
    """Let the submit job run as often as it is booked, and tell what is to be told.

    The engine that answers an estimate runs by real time, however far the clock is pushed.
    """
    for _ in range(tries):
        world.submit(run)
        if world.run(run.run_id).state is not RunState.QUEUED:
            break
        world.clock.push(seconds=1)
        sleep(0.05)
    # However soon it was admitted: a card is not edited within a second of its post.
    world.clock.push(seconds=2)
    world.make_all_due()
    world.deliver()
    return world.run(run.run_id)


def asked(world, sql):
    return admit(world, world.ask(f"run {sql}"))


def by(user_id, **facts):
    usual = {"team_id": TEAM, "channel_id": CHANNEL, "surface": Surface.ACTION}
    return Request(user_id=user_id, trigger_id=f"click of {user_id}", **{**usual, **facts})


def click_approve(world, run, *, by_whom):
    return approve(run, run.question.digest, by(by_whom), world.services)


def says(world, typed, *, by_whom):
    command, rest = find_command(typed)
    request = by(by_whom, surface=Surface.COMMAND, text=rest)
    return command.answer(request, world.services).text


def card(world, run):
    found = [m for m in world.slack.messages(CHANNEL) if m["ts"] == run.card_ts]
    return found[0]


def buttons(world, run):
    rows = [b for b in card(world, run)["blocks"] if b["type"] == "actions"]
    return [element["action_id"] for row in rows for element in row["elements"]]


def usage(world, typed="", *, by_whom=ALICE, channel_id=CHANNEL):
    command, rest = find_command(f"usage {typed}")
    request = by(by_whom, surface=Surface.COMMAND, text=rest, channel_id=channel_id)
    return command.answer(request, world.services).text


def thread(world, run):
    return [message["text"] for message in world.slack.thread(CHANNEL, run.card_ts)]


def executions(world, run):
    return [i for i in world.maxcompute.instances() if i.guid == run.run_id]


def spent(world, user_id=ALICE):
    usage = world.services.stores.spending.usage(
        TEAM, [world.clock().date()], ("person", user_id), viewer=(user_id, ""), limit=5
    )
    return sum((one.amount.amount for one in usage.sums), Decimal(0))


def test_a_cheap_read_is_estimated_and_runs(ruled):
    world = ruled(estimates=True, automatic_limit=Decimal(1_000))
    run = asked(world, QUERY)

    assert run.state is RunState.RUNNING
    assert run.estimate.input_bytes > 0
    world.follow(run)
    admit(world, run)
    assert "CNY" in str(card(world, run))


def test_above_the_limit_the_requester_is_asked_with_figures(ruled):
    world = ruled(automatic_limit=Decimal(1))
    run = asked(world, QUERY)

    assert run.state is RunState.AWAITING_DECISION
    assert executions(world, run) == []
    assert buttons(world, run)[:2] == ["confirm_cost", "decline_cost"]
    assert "Run for ≈" in str(card(world, run))
    [question] = thread(world, run)
    assert f"<@{ALICE}>, this would cost about" in question


def test_the_requester_accepts_the_cost_and_it_runs_once(ruled):
    world = ruled(automatic_limit=Decimal(1))
    run = asked(world, QUERY)
    click_approve(world, run, by_whom=ALICE)
    with pytest.raises(CommandError, match="accepted the cost"):
        click_approve(world, run, by_whom=ALICE)
    run = admit(world, run)
    run = world.follow(run)

    assert run.state is RunState.SUCCEEDED
    assert len(executions(world, run)) == 1
    assert f"<@{ALICE}> accepted the cost" in str(card(settle_told(world), run))


def settle_told(world):
    world.make_all_due()
    world.deliver()
    return world


def test_accepting_a_cost_is_no_approval_where_the_rules_ask_for_one_meanwhile(ruled):
    world = ruled(automatic_limit=Decimal(1))
    run = asked(world, QUERY)
    ruled(automatic_limit=Decimal(1), approve=("read",))
    click_approve(world, run, by_whom=ALICE)
    run = admit(world, run)

    assert (run.state, run.question.kind) == (RunState.AWAITING_DECISION, "approval")
    assert executions(world, run) == []


def test_a_cap_that_was_lowered_meanwhile_holds_what_was_accepted(ruled):
    world = ruled(automatic_limit=Decimal(1))
    run = asked(world, QUERY)
    ruled(automatic_limit=Decimal(1), cap=Decimal(1))
    click_approve(world, run, by_whom=ALICE)
    run = admit(world, run)

    assert run.state is RunState.REFUSED
    assert executions(world, run) == []


def test_nobody_else_can_accept_the_cost(ruled):
    world = ruled(automatic_limit=Decimal(1))
    run = asked(world, QUERY)
    with pytest.raises(DeniedError, match="who requested"):
        click_approve(world, run, by_whom=BOB)

    assert world.run(run.run_id).state is RunState.AWAITING_DECISION


def test_who_does_not_want_the_cost_has_run_nothing(ruled):
    world = ruled(automatic_limit=Decimal(1))
    run = asked(world, QUERY)
    decline(run, run.question.digest, by(ALICE), world.services)
    run = admit(world, run)

    assert run.state is RunState.CANCELLED
    assert executions(world, run) == []
    assert "confirm_cost" not in buttons(world, run)
    assert len(thread(world, run)) == 1


def test_no_estimate_is_asked_about_and_never_called_free(ruled):
    world = ruled(estimates=True, automatic_limit=Decimal(1_000))
    run = asked(world, f"{QUERY}; select 1")

    assert run.state is RunState.AWAITING_DECISION
    assert "doesn't mean that it is free" in str(card(world, run))
    assert "one statement at a time" in str(card(world, run))


CANNOT_RUN = {
    "a table": ("select *\nfrom no_such_table", "Table not found", "from no_such_table"),
    "a column": ("select no_such_column from customers", "Column not found", "no_such_column"),
    "a typing error": ("select 1 frm customers", "SQL syntax error", "customers"),
    "a write": (
        "insert into no_such_table select * from customers",
        "Table not found",
        "no_such_table",
    ),
    "a table, in XML": (
        "set sandbox.error.format=xml;\nselect * from no_such_table",
        "Table not found",
        "no_such_table",
    ),
    "a permission": (
        (
            "set sandbox.fail=ODPS-0130013:Authorization exception - Authorization Failed"
            " [4009,4019], You have NO privilege 'odps:Select' on"
            " {acs:odps:*:projects/sandbox/tables/customers}.; select * from customers"
        ),
        "A permission is missing",
        "",
    ),
}


@pytest.mark.parametrize(("sql", "title", "place"), CANNOT_RUN.values(), ids=CANNOT_RUN)
def test_what_can_never_run_is_told_at_once_and_nobody_is_asked(ruled, sql, title, place):
    world = ruled(
        users={ALICE: Role.ADMIN},
        cap=Decimal(1),
        above_cap="approve",
        approve=("read", "write", "unknown"),
        automatic_limit=Decimal(1),
    )
    run = asked(world, sql)
    [reply] = [m for m in world.slack.thread(CHANNEL, run.card_ts) if f"<@{ALICE}>" in m["text"]]
    marked = [b["elements"][0]["elements"] for b in reply["blocks"] if b["type"] == "rich_text"]

    assert (run.state, run.question, run.instance_id) == (RunState.FAILED, None, None)
    assert executions(world, run) == []
    assert f"MaxCompute couldn't compile it, so nothing was submitted. *{title}.*" in reply["text"]
    assert "*Likely cause:*" in reply["text"]
    assert "Only after a change" in reply["text"]
    assert place in str(marked)
    assert "^" in str(marked) or not place
    assert len(thread(world, run)) == 1
    assert "Nothing was submitted, because MaxCompute couldn't compile it" in str(card(world, run))
    assert buttons(world, run) == ["show_sql", "edit_run"]
    assert spent(world) == 0


NO_ESTIMATE = "<Error><Code>NoPermission</Code><Message>No estimates for you.</Message></Error>"


@pytest.mark.parametrize(
    "sql",
    [
        "insert into no_such_table select * from customers",
        "insert into customers select no_such_column from customers",
        "insert into no_such_table values (1)",
    ],
)
def test_nobody_approves_what_can_never_run_though_nothing_is_estimated_here(ruled, sql):
    world = ruled(users={ALICE: Role.ADMIN}, approve=("write",))
    run = asked(world, sql)

    assert (run.state, run.question, run.instance_id) == (RunState.FAILED, None, None)
    assert run.outcome.reason is ReasonCode.COMPILE_ERROR
    assert executions(world, run) == []


def test_what_can_run_is_put_to_an_approver_when_no_estimate_can_be_had(ruled):
    world = ruled(users={ALICE: Role.ADMIN}, approve=("write",))
    world.maxcompute.faults.add(http_error(403, NO_ESTIMATE), operation="submit", times=1)
    run = asked(world, "insert into customers select * from customers")

    assert (run.state, run.question.kind) == (RunState.AWAITING_DECISION, "approval")


def test_what_can_never_run_stands_in_the_audit_trail(ruled):
    world = ruled(estimates=True)
    run = asked(world, "select * from no_such_table")
    lines = [line for line in world.services.stores.audit.read() if line.run_id == run.run_id]
    [failed] = [line for line in lines if line.what == "failed"]

    assert failed.outcome == "was queued"
    assert failed.detail.startswith("compile_error: ODPS-0130131:[1,15] Table not found")
    assert failed.instance_id == ""


def test_an_error_of_an_estimate_that_is_not_known_to_be_fatal_is_asked_about(ruled):
    world = ruled(estimates=True, users={ALICE: Role.ADMIN})
    run = asked(world, f"set sandbox.fail=ODPS-0139999:[1,1] something new; {QUERY}")

    assert run.state is RunState.AWAITING_DECISION
    assert "ODPS-0139999" in str(card(world, run))
    assert buttons(world, run)[:2] == ["confirm_cost", "decline_cost"]


def test_a_question_of_an_older_version_about_such_a_statement_is_still_answered(ruled):
    world = ruled(estimates=True)
    run = world.ask("run select * from no_such_table")
    said = "ODPS-0130131:[1,15] Table not found - table sandbox.no_such_table cannot be resolved"
    world.services.stores.runs.note(
        run.run_id, no_estimate=Outcome(reason=ReasonCode.ESTIMATE_FAILED, detail=said)
    )
    run = admit(world, run)

    assert run.state is RunState.AWAITING_DECISION
    assert "ODPS-0130131" in str(card(world, run))
    click_approve(world, run, by_whom=ALICE)
    assert world.follow(admit(world, run)).state is RunState.FAILED


def test_an_estimate_that_is_refused_because_it_cannot_be_parsed_is_the_failure_too(ruled):
    world = ruled(estimates=True, users={ALICE: Role.ADMIN})
    error = (
        "<Error><Code>ParseError</Code><Message>ODPS-0130161:[1,10] Parse exception - invalid token"
        " 'frm'</Message></Error>"
    )
    world.maxcompute.faults.add(http_error(400, error), operation="submit", times=1)
    run = asked(world, "select 1 frm customers")

    assert run.state is RunState.FAILED
    assert run.outcome.reason is ReasonCode.COMPILE_ERROR


def test_a_run_that_was_stopped_while_it_was_estimated_stays_stopped(ruled):
    world = ruled(estimates=True)
    run = world.ask("run set sandbox.queue=5; select * from no_such_table")
    world.submit(run)
    world.ask_stop(world.run(run.run_id))
    run = admit(world, run)

    assert run.state is RunState.CANCELLED
    assert executions(world, run) == []


def test_what_looks_like_a_secret_is_not_kept_with_the_reason_for_no_estimate(ruled):
    world = ruled(estimates=True)
    error = "<Error><Code>Broken</Code><Message>token=c2VjcmV0</Message></Error>"
    world.maxcompute.faults.add(http_error(400, error), operation="submit", times=1)
    run = asked(world, QUERY)

    assert run.no_estimate.reason is ReasonCode.ESTIMATE_FAILED
    assert "token=***" in run.no_estimate.detail


def test_above_the_cap_it_is_refused_and_nothing_is_submitted(ruled):
    world = ruled(cap=Decimal(1))
    run = asked(world, QUERY)

    assert run.state is RunState.REFUSED
    assert "above the cap of 1.00 CNY" in outcome_in_words(run)
    assert executions(world, run) == []
    lines = [line for line in world.services.stores.audit.read() if line.run_id == run.run_id]
    assert "above_cap: 1.00 CNY" in next(line.detail for line in lines if line.what == "refused")


def test_above_the_cap_somebody_may_approve(ruled):
    world = ruled(cap=Decimal(1), above_cap="approve")
    run = asked(world, QUERY)
    click_approve(world, run, by_whom=BOB)
    run = world.follow(admit(world, run))

    assert run.state is RunState.SUCCEEDED


def test_the_cap_goes_to_maxcompute_which_enforces_it(ruled):
    world = ruled(cap=Decimal(10_000))
    run = asked(world, f"set {METERING_LIMIT.upper()} = 99999; {QUERY}")
    [instance] = executions(world, run)

    assert METERING_LIMIT not in instance.sql.lower()
    assert "own cost limit was removed" in str(card(world, run))
    source = world.services.maxcompute.default.get_instance(run.instance_id).get_source()
    assert '"odps.sql.metering.value.max": "0.010000"' in str(source.tasks[0].properties)


def test_the_cap_goes_with_pai_commands_too(ruled):
    world = ruled(cap=Decimal(10_000), users={ALICE: Role.ADMIN})
    command = "PAI -name Split -DinputTableName=pyodps_iris -Doutput1TableName=capped_a"
    run = asked(world, f"--hint {METERING_LIMIT}=99999 {command}")
    click_approve(world, run, by_whom=ALICE)
    run = admit(world, run)
    instance = world.services.maxcompute.default.get_instance(run.instance_id)
    source = world.services.maxcompute.default.xflows.get_source(instance)

    assert source.properties[METERING_LIMIT] == "0.010000"


def test_the_quota_of_a_project_is_sent_unless_the_person_chooses_another(ruled):
    world = ruled(quota="batch")
    chosen = world.ask("run --quota mine select 2")
    sent = [
        str(world.services.maxcompute.default.get_instance(run.instance_id).get_source().tasks[0])
        for run in (admit(world, world.ask("run select 1")), admit(world, chosen))
    ]

    assert '"odps.task.wlm.quota": "batch"' in sent[0]
    assert '"odps.task.wlm.quota": "mine"' in sent[1]


def test_the_quota_of_a_project_is_sent_with_pai_commands_too(ruled):
    world = ruled(quota="batch", users={ALICE: Role.ADMIN})
    command = "PAI -name Split -DinputTableName=pyodps_iris -Doutput1TableName=quota_a"
    sent = []
    for text in (f"run {command}", f"run --quota mine {command}"):
        run = admit(world, world.ask(text))
        instance = world.services.maxcompute.default.get_instance(run.instance_id)
        sent.append(world.services.maxcompute.default.xflows.get_source(instance).properties)

    assert [hints["odps.task.wlm.quota"] for hints in sent] == ["batch", "mine"]


def test_what_is_dearer_than_it_was_estimated_is_refused_by_maxcompute(ruled):
    world = ruled(cap=Decimal(1))
    run = world.ask(f"run {QUERY}")
    world.services.stores.runs.note(run.run_id, estimate=Estimate(input_bytes=1, complexity=1.0))
    run = world.follow(admit(world, run))

    assert run.state is RunState.FAILED
    assert "Metering data exceed max value" in outcome_in_words(run)


def test_a_slow_estimate_holds_no_worker_and_the_run_is_asked_about_in_the_end(ruled):
    world = ruled(estimates=True)
    run = world.ask(f"run set sandbox.queue=6000; {QUERY}")
    world.submit(run)

    assert world.run(run.run_id).state is RunState.QUEUED
    world.deliver()
    assert "for a cost estimate" in str(card(world, world.run(run.run_id)))
    world.clock.push(minutes=6)
    run = admit(world, run)
    assert run.state is RunState.AWAITING_DECISION
    assert "for several minutes" in str(card(world, run))


def test_one_estimate_is_made_however_often_the_job_is_repeated(ruled):
    world = ruled(estimates=True)
    world.maxcompute.faults.add(reset_after(), operation="submit")
    run = asked(world, QUERY)

    assert run.state is RunState.RUNNING
    assert len(world.maxcompute.instances()) == 2


def test_a_busy_maxcompute_is_asked_again_for_the_estimate(ruled):
    world = ruled(estimates=True)
    world.maxcompute.faults.add(throttle(), operation="submit", times=2)
    run = asked(world, QUERY)

    assert run.state is RunState.RUNNING


def test_what_was_estimated_for_its_requester_is_not_asked_again(ruled):
    world = ruled(automatic_limit=Decimal(1))
    interaction_id = world.say(f"cost {QUERY}")
    world.answer(interaction_id)
    run_estimated(interaction_id, by(ALICE, answers_question=True), world.services)
    run = world.services.stores.runs.recent(TEAM, CHANNEL, limit=1)[0]

    assert admit(world, run).state is RunState.RUNNING


@pytest.mark.parametrize(
    ("budgets", "facts", "whose"),
    [
        (Budgets(person=Decimal(40)), {}, "Your budget"),
        (Budgets(channel=Decimal(40)), {}, "This channel's budget"),
        (Budgets(), {"daily_budget": Decimal(40)}, "The project's budget"),
    ],
)
def test_a_budget_that_is_used_up_refuses_and_says_when_it_begins_anew(
    ruled, budgets, facts, whose
):
    world = ruled(budgets=budgets, **facts)
    first, second = asked(world, QUERY), asked(world, QUERY)

    assert first.state is RunState.RUNNING
    assert second.state is RunState.REFUSED
    assert f"{whose} for today (40.00 CNY)" in outcome_in_words(second)
    assert "midnight UTC" in outcome_in_words(second)
    assert executions(world, second) == []


def test_the_next_day_there_is_a_new_budget(ruled):
    world = ruled(budgets=Budgets(person=Decimal(40)))
    asked(world, QUERY)
    world.clock.push(days=1)

    assert asked(world, QUERY).state is RunState.RUNNING


def test_of_two_submissions_at_once_one_gets_the_last_of_a_budget(ruled):
    world = ruled(budgets=Budgets(channel=Decimal(40)))
    runs = [world.ask(f"run {QUERY}") for _ in range(2)]
    with ThreadPoolExecutor(2) as workers:
        list(workers.map(world.submit, runs))
    ended = [admit(world, run).state for run in runs]

    assert sorted(ended) == [RunState.REFUSED, RunState.RUNNING]


def test_who_is_near_the_end_of_a_budget_is_warned_on_the_card(ruled):
    world = ruled(budgets=Budgets(person=Decimal(30)))
    run = asked(world, QUERY)

    assert "87% of today's budget for <@U0ALICE>" in str(card(world, run))


def test_what_was_spent_takes_the_place_of_what_was_reserved(ruled):
    world = ruled(estimates=True)
    run = asked(world, QUERY)
    reserved = spent(world)
    world.services.stores.runs.note(
        run.run_id, estimate=Estimate(input_bytes=10**9, complexity=1.0)
    )
    world.follow(run)

    assert reserved > 0
    assert 0 < spent(world) < 100


def test_what_fails_is_not_counted(ruled):
    world = ruled(estimates=True)
    run = world.ask(f"run set sandbox.fail=ODPS-0123144: no; {QUERY}")
    world.services.stores.runs.note(
        run.run_id, estimate=Estimate(input_bytes=10**6, complexity=1.0)
    )
    run = admit(world, run)
    assert spent(world) > 0
    assert world.follow(run).state is RunState.FAILED

    assert spent(world) == 0


def test_what_is_stopped_before_it_is_submitted_is_not_counted(ruled):
    world = ruled(automatic_limit=Decimal(1))
    run = asked(world, QUERY)
    world.ask_stop(run)
    admit(world, run)

    assert spent(world) == 0


def test_without_an_estimate_the_cap_is_reserved(ruled):
    world = ruled(cap=Decimal(7), automatic_limit=Decimal(5))
    run = asked(world, f"{QUERY}; select 1")
    click_approve(world, run, by_whom=ALICE)
    admit(world, run)

    assert spent(world) == 7


def test_usage_tells_sums_budgets_and_the_dearest_runs(ruled):
    world = ruled(budgets=Budgets(person=Decimal(100), channel=Decimal(200)), estimates=True)
    run = asked(world, QUERY)

    said = usage(world)
    assert "*Your usage today*" in said
    assert "of 100.00 CNY (26%)" in said
    assert run_link(run) in said
    assert "reserved" in said
    assert "of 200.00 CNY" in usage(world, "channel today")
    assert "last 7 days" in usage(world, "week me")
    assert run_link(run) in usage(world, "project sandbox")
    elsewhere = usage(world, "project sandbox", by_whom=BOB, channel_id="C0OTHER")
    assert f"|{run.name}>" not in elsewhere
    assert f"*{run.name}*" not in elsewhere
    assert "1 run by other people in other channels" in elsewhere
    assert "Nothing was spent (budget: 100.00)" in usage(world, by_whom=BOB)


@pytest.mark.parametrize("typed", ["nonsense", "me channel", "today week", "project", "me me"])
def test_usage_names_what_it_does_not_understand(ruled, typed):
    world = ruled()
    with pytest.raises(UsageError):
        usage(world, typed)


def test_estimate_and_cost_stand_in_the_audit_trail(ruled):
    world = ruled(estimates=True)
    run = world.follow(asked(world, QUERY))
    lines = [line for line in world.services.stores.audit.read() if line.run_id == run.run_id]
    [ended] = [line for line in lines if line.what == "succeeded"]

    assert "estimate 28,000 B x 1 = 26.08 CNY" in ended.detail
    assert "used " in ended.detail
