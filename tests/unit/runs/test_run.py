"""A run's record: what it says survives being written and read."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.runs import FINAL_STATES, Milestone, Run, RunState, Stage, Table
from odps_bot.runs.record import decode_run, encode_run
from odps_bot.runs.run import VERSION

MakeRun = Callable[..., Run]

TEXT = st.text(alphabet=st.characters(codec="utf-8"))
INSTANTS = st.datetimes(timezones=st.just(UTC))


@given(
    st.builds(
        Run,
        version=st.just(VERSION),
        requested_at=INSTANTS,
        sql=TEXT,
        name=TEXT,
        table=st.none()
        | st.builds(
            Table,
            columns=st.lists(TEXT).map(tuple),
            rows=st.lists(st.lists(TEXT | st.none()).map(tuple)).map(tuple),
        ),
        milestones=st.lists(st.builds(Milestone, at=INSTANTS, detail=TEXT)).map(tuple),
        stages=st.lists(st.builds(Stage)).map(tuple),
        started_at=INSTANTS | st.none(),
        state=st.sampled_from(RunState),
    )
)
def test_a_record_is_read_as_it_was_written(run: Run) -> None:
    assert decode_run(encode_run(run)) == run


def test_instants_are_read_as_utc(make_run: MakeRun) -> None:
    shanghai = timezone(timedelta(hours=8))
    run = make_run(requested_at=datetime(2026, 11, 22, 20, tzinfo=shanghai))

    read = decode_run(encode_run(run))

    assert read.requested_at == run.requested_at
    assert read.requested_at.utcoffset() is not None


@pytest.mark.parametrize("state", RunState)
def test_a_run_is_over_in_its_final_states_only(make_run: MakeRun, state: RunState) -> None:
    goes_on = {
        RunState.QUEUED,
        RunState.AWAITING_DECISION,
        RunState.SUBMITTING,
        RunState.RUNNING,
        RunState.STOPPING,
    }

    assert make_run(state=state).is_final is (state not in goes_on)
    assert state.is_final is (state in FINAL_STATES)


@pytest.mark.parametrize("record", [b"", b"{}", b"null", b"[1]", b'{"run_id": 1}', b"\xff"])
def test_what_is_no_record_is_a_value_error(record: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        decode_run(record)


def test_a_record_says_nothing_of_what_it_does_not_know(make_run: MakeRun) -> None:
    run = make_run()

    assert (run.instance_id, run.ended_at, run.table, run.card_ts) == (None, None, None, None)
    assert not run.is_card_refused
