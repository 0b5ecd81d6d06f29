"""Which runs are stopped together, and what hinders others."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from odps_bot.config.rules import Channel, Role
from odps_bot.policy.bulk_stop import (
    Hindrance,
    StopChoice,
    Stopper,
    hindrance_of,
    is_chosen,
    phase_of,
)
from odps_bot.policy.effective_role import EffectiveRole
from odps_bot.runs import Run, RunState, Stage

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
STAGE = Stage(
    name="M1",
    status="RUNNING",
    terminated_workers=0,
    running_workers=1,
    total_workers=1,
    progress_percent=0,
)


def a_run(**facts: Any) -> Run:
    usual = {
        "run_id": "0a",
        "name": "r1",
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": "U2",
        "project": "sandbox",
        "sql": "select 1",
        "state": RunState.RUNNING,
        "requested_at": NOON,
    }
    return Run(**{**usual, **facts})


def somebody(role: Role = Role.OPERATOR, channel: Channel | None = None, **facts: str) -> Stopper:
    where = {"team_id": "T1", "channel_id": "C1", "user_id": "U1"} | facts
    return Stopper(**where, role=EffectiveRole(personal=role, channel=channel or Channel()))


OWN = {"user_id": "U1"}
ELSEWHERE = {"channel_id": "C2"}


@pytest.mark.parametrize(
    ("facts", "who", "hindrance"),
    [
        ({}, somebody(), None),
        ({}, somebody(Role.WRITER), Hindrance.ROLE),
        ({}, somebody(channel=Channel(highest_role=Role.WRITER)), Hindrance.ELSEWHERE),
        ({}, somebody(channel=Channel(projects=("other",))), Hindrance.ELSEWHERE),
        (OWN, somebody(Role.NONE), None),
        (OWN | ELSEWHERE, somebody(Role.NONE), None),
        (OWN | {"tracked_instance_id": "i"}, somebody(Role.RUNNER), Hindrance.ROLE),
        (OWN | {"tracked_instance_id": "i"}, somebody(), None),
        (ELSEWHERE, somebody(), Hindrance.ELSEWHERE),
        ({"team_id": "T2"}, somebody(), Hindrance.ELSEWHERE),
        (OWN | {"query_id": "q"}, somebody(), Hindrance.NO_WAY),
        ({"query_id": "q"}, somebody(Role.WRITER), Hindrance.ROLE),
        (OWN | {"state": RunState.SUCCEEDED}, somebody(), Hindrance.ENDED),
        (
            OWN | {"state": RunState.STOPPING, "stop_requested_at": NOON},
            somebody(),
            Hindrance.STOPPING,
        ),
    ],
)
def test_what_hinders_a_stop(
    facts: dict[str, Any], who: Stopper, hindrance: Hindrance | None
) -> None:
    assert hindrance_of(a_run(**facts), who) is hindrance


@pytest.mark.parametrize(
    ("facts", "phase"),
    [
        ({"state": RunState.QUEUED}, "queued"),
        ({"state": RunState.SUBMITTING}, "queued"),
        ({"state": RunState.RUNNING}, "queued"),
        ({"state": RunState.RUNNING, "stages": (STAGE,)}, "running"),
        ({"state": RunState.RUNNING, "is_executing": True}, "running"),
        ({"state": RunState.AWAITING_DECISION}, None),
    ],
)
def test_a_run_waits_until_maxcompute_has_begun_it(facts: dict[str, Any], phase: str) -> None:
    assert phase_of(a_run(**facts)) == phase


def test_a_run_is_as_old_as_its_card_says() -> None:
    tracked = a_run(tracked_instance_id="i", started_at=NOON - timedelta(hours=3))
    choice = StopChoice(is_channel=True, older=timedelta(hours=2))

    assert is_chosen(tracked, choice, somebody(), now=NOON)
    assert not is_chosen(a_run(), choice, somebody(), now=NOON + timedelta(minutes=119))
    assert is_chosen(a_run(), choice, somebody(), now=NOON + timedelta(hours=2))
