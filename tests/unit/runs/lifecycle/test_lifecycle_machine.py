"""Whatever happens to a run, in whatever order, its states follow each other as the table says."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from odps_bot.runs import (
    Change,
    Decision,
    InstanceSnapshot,
    Outcome,
    Question,
    ReasonCode,
    Run,
    RunState,
    lifecycle,
    polling,
)
from odps_bot.runs.fallback import Fallback, FallbackReason
from odps_bot.runs.lifecycle import TRANSITIONS
from odps_bot.runs.outcome import Refusal
from odps_bot.runs.record import decode_run, encode_run

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
REFUSALS = [
    Refusal(reason=reason, since=datetime(2026, 11, 22, 12, tzinfo=UTC), code="c", message="m")
    for reason in (ReasonCode.NO_PERMISSION, ReasonCode.THROTTLED)
]
FULL = Fallback(reason=FallbackReason.BUSY)
WHY = Outcome(reason=ReasonCode.NO_PERMISSION, detail="no")

Event = Callable[[Run], Change | None]

ENDS = (None, RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED, RunState.UNKNOWN)


def a_new_run() -> Run:
    return lifecycle.accept(
        run_id="0a1b2c",
        team_id="T1",
        channel_id="C1",
        user_id="U1",
        project="p",
        sql="select 1",
        requested_at=NOON,
    )


def questions(now: datetime) -> list[Question]:
    return [
        Question(
            kind=kind,
            reasons=(),
            requested_at=now,
            expires_at=now + HOUR,
            digest="d",
            is_shown=kind == "cost",
        )
        for kind in ("cost", "approval")
    ]


def decisions(now: datetime) -> list[Decision]:
    return [
        Decision(user_id="U2", at=now, is_approval=is_approval, digest=digest)
        for is_approval in (True, False)
        for digest in "dx"
    ]


def events(now: datetime, seen: Sequence[Run]) -> list[Event]:
    """Return all that may be reported at `now` by processes that have seen the run as in `seen`."""
    stopping = [run for run in seen if run.state is RunState.STOPPING]
    claimed = [run for run in seen if run.state is RunState.SUBMITTING]
    submitters = (RunState.QUEUED, RunState.AWAITING_DECISION, RunState.SUBMITTING)
    return [
        partial(lifecycle.prepare, statement_class="read"),
        partial(lifecycle.compile_failed, why=WHY, now=now),
        *(partial(lifecycle.await_decision, question=one) for one in questions(now)),
        partial(lifecycle.show_question, ts="1.2"),
        *(partial(lifecycle.decide, decision=one) for one in decisions(now)),
        partial(lifecycle.expire, now=now),
        *(partial(lifecycle.refuse, if_still=one, why=WHY, now=now) for one in submitters),
        partial(lifecycle.card_refused, slack_code="is_archived", now=now),
        partial(lifecycle.begin_submission, now=now),
        partial(lifecycle.resume_submission, now=now),
        partial(lifecycle.about_to_send),
        partial(lifecycle.submitted, instance_id="i1", now=now),
        partial(lifecycle.look_up_later, now=now, pause=HOUR),
        *(partial(lifecycle.fell_back, claimed=one, fallback=FULL) for one in claimed),
        *(partial(lifecycle.defer_submission, claimed=r, now=now, pause=HOUR) for r in claimed),
        *(partial(lifecycle.hold_back, claimed=one, now=now, pause=HOUR) for one in seen),
        partial(lifecycle.cancel_submission, now=now),
        partial(lifecycle.lose_submission, now=now),
        partial(lifecycle.await_answer, query_id="q1", now=now, pause=HOUR),
        partial(lifecycle.carried_out, text="OK", now=now),
        partial(lifecycle.not_carried_out, why=WHY, now=now),
        partial(lifecycle.request_stop, user_id="U2", now=now),
        *(partial(lifecycle.stop_accepted, sent=one) for one in stopping),
        *(partial(lifecycle.stop_refused, sent=one, why=WHY, now=now) for one in stopping),
        *(partial(lifecycle.defer_stop, sent=one, retry_at=now) for one in stopping),
        *(
            partial(
                lifecycle.polled,
                snapshot=InstanceSnapshot(end=end),
                cost=None,
                now=now,
                is_swept=False,
            )
            for end in ENDS
        ),
        partial(lifecycle.poll_failed, now=now, patience=HOUR, is_silence=True),
        *(partial(lifecycle.poll_failed, now=now, patience=HOUR, refusal=one) for one in REFUSALS),
        partial(lifecycle.poll_failed, now=now, patience=HOUR, was_asked=False, retry_after=HOUR),
        partial(lifecycle.instance_not_found, now=now),
        *(
            partial(lifecycle.result_unread, end=end, ended_at=now, now=now, patience=HOUR)
            for end in (RunState.SUCCEEDED, RunState.FAILED, RunState.UNKNOWN)
        ),
        partial(lifecycle.seen_running, now=now),
    ]


def is_in_table(event: str, before: RunState, after: RunState) -> bool:
    named = TRANSITIONS.get(before, {}).get(after, "")
    return after is before or event in named.partition(" (")[0].split(", ")


def name_of(event: Event) -> str:
    assert isinstance(event, partial)
    return event.func.__name__


class Life(RuleBasedStateMachine):
    """One run, and events as processes report them: late, twice and in any order."""

    @initialize()
    def accept(self) -> None:
        self.now = NOON
        self.run = a_new_run()
        #: What a process may have read before others changed it.
        self.seen = [self.run]

    @rule(seconds=st.sampled_from([1, 40, 100, 4_000]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        possible = events(self.now, self.seen)
        # Half of what is reported changes something.
        telling = [event for event in possible if event(self.run) is not None]
        event = data.draw(st.sampled_from(possible) | st.sampled_from(telling or possible))
        change = event(self.run)
        if change is not None:
            assert is_in_table(name_of(event), self.run.state, change.run.state)
            self.run = change.run
            self.seen.append(self.run)

    @invariant()
    def its_record_says_all_of_it(self) -> None:
        assert decode_run(encode_run(self.run)) == self.run

    @invariant()
    def it_has_an_end_when_it_is_over(self) -> None:
        assert (self.run.ended_at is not None) is self.run.is_final

    @invariant()
    def an_instance_is_polled_as_long_as_it_runs(self) -> None:
        is_polled = self.run.state in {RunState.RUNNING, RunState.STOPPING}
        assert (self.run.next_poll_at is not None) is is_polled
        assert not is_polled or self.run.instance_id

    @invariant()
    def what_is_stopping_was_asked_to_stop(self) -> None:
        assert self.run.state is not RunState.STOPPING or self.run.stop_requested_at


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=30)


def test_events_walk_every_arrow_of_the_table_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # One poll is as good as several that say the same.
    for name in ("LEAST_FAILED_POLLS", "LEAST_MISSING_POLLS", "LEAST_UNREAD_POLLS"):
        monkeypatch.setattr(polling, name, 1)
    walked = set()
    known = set()
    for run in iter(found := [a_new_run()]):
        for event in events(NOON, found) + events(NOON + 2 * HOUR, found):
            change = event(run)
            if change is None:
                continue
            after = change.run
            if after.state is not run.state:
                walked.add((run.state, after.state, name_of(event)))
            kind = after.question.kind if after.question else None
            # Of runs that differ in nothing that an event asks about, one is enough.
            missing, unread = after.missing, after.unread_end
            doubts = (
                after.unreachable_since,
                missing and missing.since,
                unread and (unread.state, unread.since),
            )
            alike = (after.state, kind, after.stop_requested_at, *doubts)
            if alike not in known:
                known.add(alike)
                found.append(after)

    assert walked == {
        (before, after, name)
        for before, following in TRANSITIONS.items()
        if before is not None
        for after, event in following.items()
        for name in event.partition(" (")[0].split(", ")
    }
