"""What had ended with 0802ac0 reads as what ends so today, in MaxCompute's words where it spoke."""

import dataclasses
import json
import re
from contextlib import contextmanager

import pytest
from msgspec.structs import replace

from odps_bot.messages.replies import ephemeral
from odps_bot.messages.run.completion import completion_replies
from odps_bot.runs import ReasonCode, RunState
from odps_bot.sandbox.maxcompute import POLLS, http_error, reset_before

ALICE, BOB = "U0ALICE", "U0BOB"
NO_INSTANCE = "<Error><Code>NoSuchInstance</Code><Message>Instance not found.</Message></Error>"
TOO_LARGE = "<Error><Code>InvalidParameter</Code><Message>too large</Message></Error>"

#: What tells one run from another that has gone the same way. Where its card is, 0802ac0 has not
#: recorded: a name is a link today, and in bold for want of an address in old records.
OF_ONE_RUN = re.compile(
    r"<http[^|>]*/archives/[^|>]*\|r\d+>|\*r\d+\*"
    r"|[0-9a-f]{24}|\d{17}g\w{9}|\br\d+\b|<!date[^>]*>|\d+ (?:h|m|s)\b|Used [^\"·]*"
)


def shown(world, run):
    """Return what `/odps status`, the card and the reply at the end show, but for ids and times."""
    told = ephemeral.refusal(run) if run.state is RunState.REFUSED else _completion(world, run)
    status = world.say(f"status {run.name}")
    messages = [[one.text, one.blocks] for one in (status, told)]
    return re.sub(r"(?:T )+T", "T", OF_ONE_RUN.sub("T", json.dumps(messages, ensure_ascii=False)))


def _completion(world, run):
    return completion_replies(run, now=world.clock())[0]


@contextmanager
def going_wrong(world, fault, operation, times=99):
    world.maxcompute.faults.add(fault, operation=operation, times=times)
    yield
    world.maxcompute.faults.clear()


def again(world, story):
    """Ask today for the statement of a run of the recording."""
    run = world.run(story)
    return world.ask(f"run --project {run.project} {run.sql}")


def failed(world):
    return world.follow(world.submit_run(again(world, "failed")))


def failed_without_reason(world):
    run = world.submit_run(again(world, "failed_without_reason"))
    with going_wrong(world, http_error(400, TOO_LARGE), "result"):
        return world.follow(run)


def succeeded_unreadably(world):
    run = world.submit_run(again(world, "succeeded_unreadably"))
    with going_wrong(world, http_error(400, TOO_LARGE), "result"):
        return world.follow(run)


def cancelled_before_submission(world):
    run = again(world, "cancelled_before_submission")
    world.say(f"stop {run.name}")
    # Its card is posted without its submission.
    return world.deliver_of(run)


def expired(world):
    run = world.submit_run(again(world, "expired"))
    world.clock.push(hours=4.1)
    return world.submit_run(run)


def asking_nobody_first(services):
    rules = services.rules
    projects = {
        name: replace(project, destructive="allow") for name, project in rules.projects.items()
    }
    default = replace(rules.default_project, destructive="allow")
    return dataclasses.replace(
        services, rules=replace(rules, projects=projects, default_project=default)
    )


def rejected(world):
    # It is a DROP, about which its requester was not asked then.
    world.services = asking_nobody_first(world.services)
    run = world.submit_run(again(world, "rejected"))
    world.deliver()
    reason = world.run("rejected").decision.reason
    world.say(f"reject {run.name} {reason}", by=BOB)
    return world.deliver_of(run)


def lost_before_submission(world):
    with going_wrong(world, reset_before(), "submit", times=1):
        return world.submit_run(again(world, "lost_before_submission"), seconds=100)


def lost_and_gone(world):
    run = world.submit_run(again(world, "lost_and_gone"))
    fault = http_error(404, NO_INSTANCE, content_type="application/xml")
    with going_wrong(world, fault, POLLS):
        return world.follow(run)


def lost_out_of_reach(world):
    run = world.submit_run(again(world, "lost_out_of_reach"))
    with going_wrong(world, http_error(503), "taskstatus"):
        world.poll_run(run)
        world.clock.push(hours=25)
        return world.follow(run)


ENDS = (
    *(failed, failed_without_reason, succeeded_unreadably, cancelled_before_submission, expired),
    *(rejected, lost_before_submission, lost_and_gone, lost_out_of_reach),
)


def test_an_old_end_reads_as_one_of_today(world):
    for end in ENDS:
        before = world.run(end.__name__)
        today = end(world)
        assert today.state is before.state, end
        assert shown(world, before) == shown(world, today), end


def test_the_words_of_maxcompute_are_told_as_its_own(unchanged):
    said = {
        "failed": "ODPS-0130131:[1,15] Table not found - table analytics.no_such_table",
        "failed_again": "ODPS-0130131:[1,15] Table not found - table analytics.no_such_table",
        "failed_untold": "ODPS-0130131:[1,15] Table not found - table analytics.nowhere_at_all",
        "refused_by_maxcompute": "You have NO privilege 'odps:CreateInstance'",
        "succeeded_without_table": "OK",
    }
    for story, words in said.items():
        assert words in unchanged.recorded(story)["result_text"]
        assert words in shown(unchanged, unchanged.run(story))


#: Why runs never ran, and what of the old sentence must still be told, however we word it today.
REFUSALS = {
    "refused_by_rule": (ReasonCode.DENIED, "needs runner, the person has viewer"),
    "refused_above_cap": (ReasonCode.ABOVE_CAP, "10.00 CNY"),
    "refused_by_maxcompute": (ReasonCode.NO_PERMISSION, "You have NO privilege 'odps:CreateIn"),
    "refused_by_slack": (ReasonCode.CARD_REFUSED, "archived"),
    "refused_untold": (ReasonCode.INVALID_REQUEST, "a web server's page (HTTP 400)"),
}


@pytest.mark.parametrize("story", REFUSALS)
def test_a_refusal_is_told_with_its_reason_and_with_the_words_and_amounts_of_its_day(
    unchanged, story
):
    reason, words = REFUSALS[story]
    run = unchanged.run(story)

    assert run.outcome.reason is reason
    assert words in unchanged.recorded(story)["result_text"]
    assert words in ephemeral.refusal(run).text


def test_what_we_said_ourselves_is_not_explained_as_an_error_of_maxcomputes(unchanged):
    for story in ("failed_without_reason", "lost_and_gone", "succeeded_unreadably", "expired"):
        ours = unchanged.recorded(story)["result_text"]
        assert len(ours) > 40
        assert "Likely cause" not in shown(unchanged, unchanged.run(story))
