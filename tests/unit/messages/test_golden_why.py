"""Every answer to `/odps why`, held against golden files that a person can read.

`UPDATE_GOLDEN=1 pytest tests/unit/messages` writes them anew; the difference is for a review.
"""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.diagnosis.phases import Phase, PhaseKind
from odps_bot.diagnosis.stage_phases import StagePhase
from odps_bot.history.baseline import Baseline, Spread
from odps_bot.history.usual import Usual
from odps_bot.messages import Message
from odps_bot.messages.replies.findings_list import FindingsPage, FoundJob, findings_list
from odps_bot.messages.replies.why import (
    Explanation,
    Fact,
    Holder,
    Queue,
    Silence,
    explanation,
    nothing_to_explain,
)
from odps_bot.openapi.job_info import SceneResult
from odps_bot.runs import Run, RunState, Stage
from odps_bot.sandbox.slack.block_kit import check_blocks

GOLDEN = Path(__file__).parent / "golden_why"

ID = "20261122120001123gabcde"
HOSTILE = "<!channel> *x* `y` \u202egnp.exe"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


RUN = Run(
    run_id="0a1b2c",
    name="r42",
    team_id="T1",
    channel_id="C1",
    user_id="U1",
    project="analytics",
    sql="select 1",
    state=RunState.RUNNING,
    requested_at=NOON,
    started_at=NOON,
    instance_id=ID,
    card_ts="1700000000.000100",
    workspace_url="https://acme.slack.com",
    stages=(
        Stage(
            name="M1",
            status="RUNNING",
            terminated_workers=1,
            running_workers=1,
            total_workers=2,
            progress_percent=50,
        ),
    ),
)
QUEUED = replace(RUN, stages=())
ENDED = replace(RUN, state=RunState.SUCCEEDED, ended_at=after(1_270), stages=())

SKEW = Finding(
    kind=Kind.SKEW,
    since=after(110),
    confidence=Confidence.SURE,
    remedy=Remedy.SKEW_JOIN,
    numbers={
        "workers": 50,
        "ended": 49,
        "mean_s": 40,
        "age_s": 120,
        "records": 6_000_000,
        "ratio": 3,
        "rest_s": 1_080,
    },
    stage="J2_1",
    worker=49,
    log_id="b0Yx",
)
WAIT = Finding(
    kind=Kind.WAIT_QUOTA,
    since=after(30),
    confidence=Confidence.SURE,
    remedy=Remedy.OTHER_QUOTA,
    numbers={"position": 7, "queue": 23},
    code=1041,
    names=("etl",),
)
HINT = Finding(
    kind=Kind.TOO_FEW,
    since=after(110),
    confidence=Confidence.HINT,
    remedy=Remedy.REWRITE_SINGLE,
    numbers={"workers": 1, "records": 60_000_000, "age_s": 320},
    stage="R3_2",
    names=("order_by",),
)
BEFORE = (
    Phase(kind=PhaseKind.WAITING_FOR_SLOT, began=NOON, ended=after(5), code=1010),
    Phase(kind=PhaseKind.COMPILING, began=after(5), ended=after(20)),
    Phase(kind=PhaseKind.PLANNING, began=after(20), ended=after(30)),
)
STAGES = (
    StagePhase(
        name="M1", began=after(30), ended=after(70), is_over=True, total=40, ended_workers=40
    ),
    StagePhase(name="J2_1", began=after(70), total=50, running=1, ended_workers=49),
    StagePhase(name="R3_2", total=10),
)
SKEWED = (*BEFORE, Phase(kind=PhaseKind.RUNNING, began=after(30), stages=STAGES))
SKEWED_ENDED = (
    *BEFORE,
    Phase(
        kind=PhaseKind.RUNNING,
        began=after(30),
        ended=after(1_265),
        stages=tuple(
            replace(stage, is_over=True, ended=stage.ended or after(1_265), running=0)
            for stage in STAGES[:2]
        ),
    ),
    Phase(kind=PhaseKind.FINISHING, began=after(1_265), ended=after(1_270)),
)
USUAL = Usual(
    count=20,
    baseline=Baseline(
        run_s=Spread(count=20, low=720, median=800, high=900),
        wait_s=Spread(count=20, low=60, median=90, high=180),
    ),
)
RAN_TWICE = Usual(count=2, run_s=(720, 900))


def why(**facts: Any) -> Message:
    usual: dict[str, Any] = {
        "project": "analytics",
        "instance_id": ID,
        "run": RUN,
        "state": "running",
        "is_over": False,
        "took": timedelta(seconds=190),
        "at": after(190),
    }
    return explanation(Explanation(**usual | facts))[-1]


FOREIGN = {"run": None, "owner": "etl@example.com"}
HOLDERS = (
    Holder(share=0.61, run=replace(RUN, name="r40"), running_for=timedelta(minutes=42)),
    Holder(share=0.2, is_elsewhere=True, running_for=timedelta(minutes=3)),
    Holder(share=0.19, instance_id=f"{ID}2", owner="etl@example.com"),
)

ANSWERS: dict[str, Callable[[], Message]] = {
    "why-skewed": lambda: why(phases=SKEWED, finding=SKEW, hints=(HINT,), usual=USUAL),
    "why-skewed-and-ended": lambda: why(
        run=ENDED,
        is_over=True,
        took=timedelta(seconds=1_270),
        phases=SKEWED_ENDED,
        finding=SKEW,
        unknown={Fact.HISTORY: Silence.NEVER_SUCCEEDED},
    ),
    "why-queued": lambda: why(
        run=QUEUED,
        is_queued=True,
        state="queued",
        finding=WAIT,
        phases=(*BEFORE, Phase(kind=PhaseKind.QUEUED_IN_QUOTA, began=after(30), code=1041)),
        queue=Queue(
            position=7, length=23, quota="etl", used_share=0.98, holders=HOLDERS, running=31
        ),
        usual=USUAL,
    ),
    "why-queued-while-nothing-runs": lambda: why(
        run=QUEUED, state="queued", is_queued=True, queue=Queue(position=1, running=0)
    ),
    "why-healthy": lambda: why(phases=SKEWED, usual=USUAL),
    "why-not-followed": lambda: why(
        phases=SKEWED, usual=RAN_TWICE, unknown={Fact.EARLIER: Silence.NOT_SEEN}
    ),
    "why-with-a-second-opinion": lambda: why(
        phases=SKEWED,
        finding=SKEW,
        scenes=(SceneResult(summary=HOSTILE, params={}),),
        cpu_ratio=0.41,
    ),
    "why-nobody-tells": lambda: why(
        unknown={
            Fact.STATUS: Silence.NO_RESPONSE,
            Fact.PHASES: Silence.NO_RESPONSE,
            Fact.EARLIER: Silence.NOT_SEEN,
        }
    ),
    "why-foreign": lambda: why(**FOREIGN, phases=SKEWED, finding=SKEW),
    "why-foreign-and-ended": lambda: why(
        **FOREIGN,
        state="succeeded",
        is_over=True,
        unknown={Fact.EARLIER: Silence.NOT_SEEN, Fact.SUMMARY: Silence.FORBIDDEN},
    ),
    "why-of-a-hostile-owner": lambda: why(
        run=None,
        owner=HOSTILE * 20,
        state=HOSTILE,
        phases=(Phase(kind=PhaseKind.OTHER, began=NOON, description=HOSTILE * 9),),
        queue=Queue(
            quota=HOSTILE * 9,
            holders=(Holder(share=None, instance_id=ID, owner=HOSTILE),),
            running=1,
        ),
    ),
    "not-submitted": lambda: nothing_to_explain(
        replace(RUN, state=RunState.QUEUED, instance_id=None, stages=())
    ),
    "held-back": lambda: nothing_to_explain(
        replace(RUN, state=RunState.QUEUED, instance_id=None, held_back_since=after(9), stages=())
    ),
    "awaits-a-decision": lambda: nothing_to_explain(
        replace(RUN, state=RunState.AWAITING_DECISION, instance_id=None, stages=())
    ),
    "never-ran": lambda: nothing_to_explain(
        replace(RUN, state=RunState.REFUSED, instance_id=None, stages=())
    ),
    "list": lambda: findings_list(
        FindingsPage(
            project="analytics",
            jobs=(
                FoundJob(run=RUN, finding=SKEW),
                FoundJob(finding=WAIT, project="analytics", instance_id=ID, owner=HOSTILE),
            ),
            hidden=2,
            active=31,
            at=after(190),
        )
    ),
    "list-of-none": lambda: findings_list(
        FindingsPage(project="analytics", jobs=(), active=0, at=NOON)
    ),
    "list-of-what-is-known": lambda: findings_list(
        FindingsPage(
            project="analytics",
            jobs=(FoundJob(run=RUN, finding=SKEW),),
            why_unknown=Silence.FORBIDDEN,
            at=after(190),
        )
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answer_is_as_it_was(name: str) -> None:
    file = GOLDEN / f"{name}.yaml"
    said = as_yaml(ANSWERS[name]())
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(said, encoding="utf-8")

    assert file.read_text(encoding="utf-8") == said


def as_yaml(message: Message) -> str:
    plain = json.loads(json.dumps(message.as_arguments()))
    return yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=100)


def test_no_golden_file_is_without_its_answer() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_slack_takes_every_answer(name: str) -> None:
    message = ANSWERS[name]()

    assert check_blocks(message.blocks, surface="message") == []
    assert 0 < len(message.text) <= 4_000
    assert "<!channel>" not in message.text


def test_the_first_form_has_a_table_that_slack_takes() -> None:
    first, last = explanation(
        Explanation(
            project="p", instance_id=ID, run=RUN, state="", is_over=False, phases=SKEWED, at=NOON
        )
    )

    assert check_blocks(first.blocks, surface="message") == []
    assert [block["type"] for block in first.blocks].count("table") == 1
    assert "table" not in [block["type"] for block in last.blocks]
    assert first.text == last.text


def test_a_stage_takes_no_longer_than_the_running_that_it_is_part_of() -> None:
    """Workers begin at whole seconds, and so perhaps a moment before the running."""
    stage = StagePhase(name="M1", began=NOON, ended=after(300), total=1, ended_workers=1)
    message = why(
        phases=(Phase(kind=PhaseKind.RUNNING, began=after(1), ended=after(300), stages=(stage,)),)
    )

    assert "Running: 4 m 59 s, 100%" in message.text
    assert "M1 · 1 worker: 4 m 59 s, 100%" in message.text


def test_of_hundreds_of_stages_those_are_shown_that_took_longest() -> None:
    stages = tuple(
        StagePhase(name=f"M{n}", began=NOON, ended=after(n), is_over=True, total=1, ended_workers=1)
        for n in range(1, 301)
    )
    message = why(
        phases=(Phase(kind=PhaseKind.RUNNING, began=NOON, ended=after(300), stages=stages),)
    )

    assert check_blocks(message.blocks, surface="message") == []
    assert "M300 " in str(message.blocks)
    assert "M292 " not in str(message.blocks)
    assert "and 292 more" in str(message.blocks)
