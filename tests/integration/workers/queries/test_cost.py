"""`/odps cost`: MaxCompute estimates, nothing is run; a click runs what was estimated."""

from datetime import timedelta

import pytest

from odps_bot.commands.cost import ask, run_estimated
from odps_bot.errors import CommandError, DeniedError
from odps_bot.input.request import Request, Surface
from odps_bot.replies.inquiries import CostInquiry
from odps_bot.runs import RunState
from odps_bot.sandbox.maxcompute import http_error
from workers.queries.inquiry import answer_inquiry

CHANNEL, ALICE, BOB, TEAM = "C0DATAENG1", "U0ALICE", "U0BOB", "T0SANDBOX1"
QUERY = "select count(*) as n from customers"


@pytest.fixture
def estimate(world):
    """Return a function that asks what SQL would cost, and waits for the answer's text."""

    def ask(sql):
        interaction_id = world.say(f"cost {sql}")
        return interaction_id, world.answer(interaction_id)[0].text

    return ask


def click(user_id=ALICE, trigger="click"):
    return Request(
        team_id=TEAM,
        channel_id=CHANNEL,
        user_id=user_id,
        trigger_id=trigger,
        surface=Surface.ACTION,
        answers_question=True,
    )


def test_an_estimate_tells_bytes_complexity_and_udfs(estimate):
    _, said = estimate(QUERY)

    assert "*Estimate" not in said
    assert "to read · complexity *1* · 0 UDFs" in said
    assert "Nothing was run" in said


def test_an_estimate_runs_nothing_and_is_made_once_however_often_it_is_asked_for(world, estimate):
    interaction_id, first = estimate(QUERY)
    for _ in range(3):
        again = world.answer(interaction_id)[0].text

    assert again == first
    [instance] = world.maxcompute.instances()
    assert instance.guid == interaction_id


def test_after_a_worker_died_the_same_estimate_is_found_by_its_guid(world):
    interaction_id = world.say(f"cost {QUERY}")
    inquiry = world.services.stores.ephemeral_replies.inquiry(interaction_id)
    for _ in range(2):
        # What the first worker knew of it is lost.
        answer_inquiry(interaction_id, inquiry, world.services)

    assert len(world.maxcompute.instances()) == 1


def test_nothing_read_is_never_called_free(world, estimate):
    world.finish(world.ask("run create table empty_table (a bigint)"))
    _, said = estimate("select * from empty_table")

    assert "No counted input" in said
    assert "doesn't mean that it is free" in said


def test_what_cannot_be_compiled_is_explained_with_its_place_and_offers_no_run(world):
    interaction_id = world.say("cost select *\nfrom no_such_table")
    [message] = world.answer(interaction_id)

    assert "can't compile this" in message.text
    assert "*Table not found.* Nothing was run." in message.text
    assert "ODPS-0130131" in message.text
    assert "*Likely cause:*" in message.text
    assert "2 | from no_such_table" in str(message.blocks)
    assert "run_estimated" not in str(message.blocks)
    assert len(world.maxcompute.instances()) == 1


def test_estimate_only_in_the_form_says_the_same(world):
    request = click(trigger="form")
    ask(request, world.services, sql="select * from no_such_table", project="sandbox")
    [message] = world.answer(request.interaction_id)

    assert "*Table not found.* Nothing was run." in message.text


def test_so_is_an_estimate_that_is_refused_because_it_cannot_be_parsed(world):
    error = (
        "<Error><Code>ParseError</Code><Message>ODPS-0130161:[1,10] Parse exception - invalid token"
        " 'frm'</Message></Error>"
    )
    world.maxcompute.faults.add(http_error(400, error), operation="submit", times=1)
    [message] = world.answer(world.say("cost select 1 frm customers"))

    assert "*SQL syntax error.* Nothing was run." in message.text
    assert "1 | select 1 frm customers" in str(message.blocks)


def test_what_has_no_estimate_says_why_and_what_that_means(estimate):
    _, said = estimate(f"set sandbox.fail=ODPS-0139999: something new; {QUERY}")

    assert "No estimate" in said
    assert "ODPS-0139999" in said
    assert "external tables" in said


def test_what_is_estimated_is_not_done(world, estimate):
    estimate("create table from_estimate as select 1 as a")
    _, said = estimate("select * from from_estimate")

    assert "Table not found" in said


@pytest.mark.parametrize("typed", ["", "-- a comment", "select 1; select 2"])
def test_what_cannot_be_estimated_is_refused_at_once(world, typed):
    with pytest.raises(CommandError):
        world.say(f"cost {typed}")

    assert world.maxcompute.instances() == []


def test_a_slow_estimate_holds_no_worker_and_is_given_up_after_minutes(world):
    interaction_id = world.say(f"cost set sandbox.queue=600; {QUERY}")
    inquiry = world.services.stores.ephemeral_replies.inquiry(interaction_id)
    first = answer_inquiry(interaction_id, inquiry, world.services)
    world.clock.push(minutes=4)
    inquiry = world.services.stores.ephemeral_replies.inquiry(interaction_id)
    waits = answer_inquiry(interaction_id, inquiry, world.services)
    world.clock.push(minutes=2)
    inquiry = world.services.stores.ephemeral_replies.inquiry(interaction_id)
    last = answer_inquiry(interaction_id, inquiry, world.services)

    assert (first, waits) == (timedelta(seconds=1), timedelta(seconds=1))
    assert "stopped waiting" in last[0].text


def test_a_click_runs_what_was_estimated_once(world, estimate):
    interaction_id, _ = estimate(QUERY)
    said = [
        run_estimated(interaction_id, click(trigger=f"{n}"), world.services).text for n in range(2)
    ]
    [run] = world.services.stores.runs.recent(TEAM, CHANNEL, limit=10)
    ended = world.finish(run)

    assert said == [f":arrow_forward: Started as run *{run.name}*; see the card."] * 2
    assert ended.state is RunState.SUCCEEDED
    assert ended.sql == QUERY
    assert ended.estimate is not None
    assert ended.estimate.input_bytes > 0
    assert world.executions(run) == 1


def test_a_click_runs_it_with_the_settings_that_were_asked_for(world):
    request = click(trigger="form")
    ask(
        request,
        world.services,
        sql=QUERY,
        project="sandbox",
        hints={"a.b": "c"},
        priority=3,
        notify=(ALICE, BOB),
    )
    world.answer(request.interaction_id)
    run_estimated(request.interaction_id, click(), world.services)
    [run] = world.services.stores.runs.recent(TEAM, CHANNEL, limit=10)

    assert (run.hints, run.priority, run.notify) == ({"a.b": "c"}, 3, (BOB,))


def test_nobody_else_can_run_it_by_the_button(world, estimate):
    interaction_id, _ = estimate(QUERY)

    with pytest.raises(DeniedError, match=ALICE):
        run_estimated(interaction_id, click(BOB), world.services)
    assert world.services.stores.runs.recent(TEAM, CHANNEL, limit=10) == []


@pytest.mark.parametrize("value", ["", "nonsense", "0" * 24])
def test_a_button_that_is_too_old_runs_nothing(world, value):
    with pytest.raises(CommandError, match="Nothing was submitted"):
        run_estimated(value, click(), world.services)


def test_the_question_lives_no_longer_for_being_answered(world, estimate):
    interaction_id = world.say(f"cost {QUERY}")
    world.services.redis.expire(f"odps-bot:inquiry:{interaction_id}", 100)
    world.answer(interaction_id)

    assert world.services.redis.ttl(f"odps-bot:inquiry:{interaction_id}") <= 100
    assert isinstance(world.services.stores.ephemeral_replies.inquiry(interaction_id), CostInquiry)
