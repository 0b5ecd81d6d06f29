"""Which connection is opened when, as a table of what happens."""

from dataclasses import replace

import pytest

from odps_bot.slack.socket_mode.plan import (
    Phase,
    Plan,
    announced,
    ended,
    greeted,
    next_step,
    started,
)
from odps_bot.slack.troubles import SILENT, trouble_of_loss

WANTED = 2


def opening(plan: Plan, now_s: float) -> Plan:
    """Open as many as the plan says."""
    for _ in range(next_step(plan, now_s).opens):
        plan, _ = started(plan, now_s)
    return plan


def connected(now_s: float = 0) -> Plan:
    plan = opening(Plan(wanted=WANTED), now_s)
    for number in plan.links:
        plan = greeted(plan, number, now_s)
    return plan


def test_all_wanted_connections_are_opened_at_once() -> None:
    assert next_step(Plan(wanted=WANTED), 0).opens == WANTED
    assert next_step(opening(Plan(wanted=WANTED), 0), 1).opens == 0
    assert next_step(connected(), 1).opens == 0


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "something new"])
def test_an_announced_end_has_its_successor_opened_first(reason: str) -> None:
    plan = announced(connected(), 1, reason, 5, 0)

    assert plan.links[1].phase is Phase.LEAVING
    assert next_step(plan, 5).opens == 1
    plan = opening(plan, 5)
    plan = announced(plan, 1, "refresh_requested", 6, 0)  # after the warning
    assert next_step(plan, 6).opens == 0
    plan = greeted(plan, 3, 6)
    assert set(plan.links) == {1, 2, 3}
    plan = ended(plan, 1, None, 15, 0)
    assert (next_step(plan, 15).opens, plan.failures) == (0, 0)


def test_what_slack_does_not_close_is_finished_after_a_minute() -> None:
    plan = greeted(opening(announced(connected(), 1, "warning", 5, 0), 5), 3, 6)

    assert next_step(plan, 64).finishes == ()
    assert next_step(plan, 65).finishes == (1,)


def test_what_is_being_finished_is_waited_for_without_turning_round() -> None:
    plan = greeted(opening(announced(connected(), 1, "warning", 5, 0), 5), 3, 6)

    assert next_step(plan, 66).wait_s > 1


def test_a_slack_that_is_about_to_close_whatever_it_opens_is_not_asked_without_end() -> None:
    plan, now_s, opened = Plan(wanted=WANTED), 0.0, 0
    while now_s < 300:
        step = next_step(plan, now_s)
        opened += step.opens
        for _ in range(step.opens):
            plan, number = started(plan, now_s)
            plan = greeted(plan, number, now_s)
            plan = announced(plan, number, "refresh_requested", now_s, 0)
            plan = ended(plan, number, None, now_s, 0)
        now_s += max(step.wait_s if not step.opens else 0, 0.05)

    assert opened <= 5 * 40


def test_rotations_that_are_far_too_frequent_leave_no_gap() -> None:
    plan = connected()
    for rotation in range(100):
        now_s = 2.0 * (rotation + 1)
        oldest = min(n for n, link in plan.links.items() if link.phase is Phase.OPEN)
        plan = announced(plan, oldest, "warning", now_s, 0)
        plan = opening(plan, now_s)
        assert plan.count(Phase.OPENING) == 1
        plan = greeted(plan, plan.last_number, now_s)
        plan = ended(plan, oldest, None, now_s + 1, 0)


def test_a_connection_that_does_not_become_ready_is_abandoned() -> None:
    plan = opening(Plan(wanted=WANTED), 0)

    assert next_step(plan, 14).abandons == ()
    assert next_step(plan, 14).wait_s == 1
    assert next_step(plan, 15).abandons == (1, 2)
    assert ended(plan, 1, None, 15, 0).failures == 1


def test_pauses_grow_up_to_a_minute_and_one_is_tried_at_a_time() -> None:
    plan, now_s, pauses_s = Plan(wanted=WANTED), 0.0, []
    plan = opening(plan, now_s)
    plan = ended(plan, 1, trouble_of_loss(OSError()), now_s, 0)
    plan = ended(plan, 2, trouble_of_loss(OSError()), now_s, 0)
    for _ in range(9):
        pauses_s.append(next_step(plan, now_s).wait_s)
        now_s = plan.resumes_at_s
        assert next_step(plan, now_s).opens == 1
        plan = opening(plan, now_s)
        plan = ended(plan, plan.last_number, trouble_of_loss(OSError()), now_s, 0)

    assert pauses_s == [1, 2, 4, 8, 16, 32, 60, 60, 60]


@pytest.mark.parametrize(
    ("reason", "code"),
    [("too_many_websockets",) * 2, ("link_disabled",) * 2],
)
def test_a_refused_connection_is_let_go_and_its_cause_is_kept(reason: str, code: str) -> None:
    plan = announced(opening(Plan(wanted=1), 0), 1, reason, 0, 0.5)

    assert not plan.links
    assert not plan.is_connected
    assert plan.trouble is not None
    assert plan.trouble.code == code
    assert plan.resumes_at_s == 12.5  # ten seconds at least, and jitter


def test_the_rate_of_requests_stays_far_below_slacks_fifty_a_minute() -> None:
    plan, now_s, opened = Plan(wanted=9), 0.0, 0
    while now_s < 60:
        step = next_step(plan, now_s)
        opened += step.opens
        for _ in range(step.opens):
            plan, number = started(plan, now_s)
            plan = announced(plan, number, "too_many_websockets", now_s, 0)
        now_s += max(step.wait_s, 0.01)

    assert opened <= 12


def test_a_lost_connection_that_was_stable_is_replaced_at_once() -> None:
    plan = ended(connected(), 1, SILENT, 40, 0)

    assert (plan.failures, next_step(plan, 40).opens) == (0, 1)
    assert plan.is_connected


def test_a_slack_that_greets_and_hangs_up_is_asked_ever_less_often() -> None:
    plan, now_s = Plan(wanted=1), 0.0
    for _ in range(5):
        plan = opening(plan, now_s)
        plan = greeted(plan, plan.last_number, now_s)
        plan = ended(plan, plan.last_number, None, now_s, 0)
        now_s = plan.resumes_at_s

    assert plan.failures == 5
    assert now_s == 0.5 + 1 + 2 + 4 + 8


def test_failures_are_forgotten_once_a_connection_is_stable() -> None:
    plan = replace(connected(), failures=4)

    assert announced(plan, 1, "warning", 29, 0).failures == 4
    assert announced(plan, 1, "warning", 31, 0).failures == 0


def test_no_more_than_slack_allows_are_opened_while_old_ones_linger() -> None:
    plan, now_s = connected(), 0.0
    for _ in range(20):
        for number, link in list(plan.links.items()):
            if link.phase is Phase.OPEN:
                plan = announced(plan, number, "warning", now_s, 0)
        plan = opening(plan, now_s)
        for number, link in list(plan.links.items()):
            if link.phase is Phase.OPENING:
                plan = greeted(plan, number, now_s)

    assert len(plan.links) == 10


def test_what_is_no_longer_in_the_plan_changes_nothing() -> None:
    plan = connected()

    assert greeted(plan, 99, 1) == plan
    assert announced(plan, 99, "warning", 1, 0) == plan
    assert ended(plan, 99, None, 1, 0) == plan
