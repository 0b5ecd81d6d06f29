"""Every answer that MaxCompute is asked for, held against golden files that a person can read.

`UPDATE_GOLDEN=1 pytest tests/unit/messages` writes them anew; the difference is for a review.
"""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from odps_bot.config.rules import Money
from odps_bot.messages import Message
from odps_bot.messages.replies.estimates import (
    cannot_be_compiled,
    cost_answer,
    estimate_takes_long,
    no_estimate,
)
from odps_bot.messages.replies.instances import InstanceStanding, instance_status
from odps_bot.messages.replies.list_choice import ListChoice, page_value, read_page_value
from odps_bot.messages.replies.lists import Job, JobPage, job_list
from odps_bot.messages.replies.row_actions import instance_row_action
from odps_bot.messages.replies.xflow_steps import Step, no_xflow, xflow_tree
from odps_bot.messages.run.buttons import stop_button
from odps_bot.runs import Estimate, Run, RunState
from odps_bot.runs.pricing import fee
from odps_bot.sandbox.slack.block_kit import check_blocks

GOLDEN = Path(__file__).parent / "golden_inquiries"

ID = "20261122120001123gabcde"
PRICE = Money(amount=Decimal("0.3"), currency="CNY")
HOSTILE = "<!channel> *x* `y` \u202egnp.exe"


def a_cost(price: Money | None = None, **facts: Any) -> Message:
    usual = {"input_bytes": 41 * 2**30 + 1, "complexity": 1.0, "udf_count": 0}
    return cost_answer(
        Estimate(**{**usual, **facts}),
        project="sandbox",
        sql="select count(*)\nfrom orders",
        price=price,
        interaction_id="0a1b2c",
    )


A_RUN = Run(
    run_id="0a1b2c",
    name="r42",
    team_id="T1",
    channel_id="C1",
    user_id="U1",
    project="sandbox",
    sql="select 1",
    state=RunState.RUNNING,
    requested_at=datetime(2026, 11, 22, 12, tzinfo=UTC),
)


def a_job(**facts: Any) -> Job:
    usual = {
        "name": "r42",
        "state": "Running",
        "emoji": ":hourglass_flowing_sand:",
        "progress": "42 %",
        "span": timedelta(minutes=3, seconds=10),
        "link": "<https://acme.slack.com/archives/C1/p1732276800000100|r42>",
        "row_id": "0a1b2c",
        "action": stop_button(A_RUN),
        "whose": "by <@U1>",
        "sql": "set odps.sql.mapper.split.size=64;\n-- all of them\nselect count(*)\nfrom orders",
    }
    return Job(**{**usual, **facts})


JOBS = [
    a_job(),
    a_job(name="r41", row_id="r41", whose="by <@U2>", sql=None, action=None),
    a_job(
        name=ID,
        link="",
        row_id="",
        whose="",
        owner=f"ALIYUN${HOSTILE}",
        sql=None,
        span=None,
        action=instance_row_action("sandbox", ID),
    ),
    a_job(
        name="r40",
        link="*r40*",
        row_id="r40",
        action=None,
        state="Queued",
        progress="3rd in the queue",
        sql=f"select '{HOSTILE}'",
    ),
]


def a_list(**facts: Any) -> Message:
    usual: dict[str, Any] = {
        "title": "Running in `sandbox`",
        "jobs": JOBS,
        "first": 21,
        "total": 134,
        "notes": ["SQL of other channels' jobs is hidden."],
        "previous_page": "all running 0 sandbox",
        "next_page": "all running 2 sandbox",
    }
    (page,) = job_list(JobPage(**{**usual, **facts}))
    return page


def a_standing(**facts: Any) -> Message:
    usual = {
        "project": "sandbox",
        "instance_id": ID,
        "status": "running",
        "is_over": False,
        "owner": "ALIYUN$ann@example.com",
        "took": timedelta(minutes=2),
        "percentage": 42,
    }
    return instance_status(InstanceStanding(**{**usual, **facts}))


STEPS = [
    Step(name="Figures", depth=0, instance_id=f"{ID}1", status="Success", is_flow=True),
    Step(
        name="Figures_1",
        depth=1,
        instance_id=f"{ID}2",
        status="Success",
        took=timedelta(seconds=12),
    ),
    Step(name=HOSTILE, depth=0, instance_id=f"{ID}3", status="Running", percentage=40),
    Step(name="Later_1", depth=0),
]

ANSWERS: dict[str, Callable[[], Message]] = {
    "cost": a_cost,
    "cost-with-price": lambda: a_cost(PRICE),
    "cost-of-little": lambda: a_cost(PRICE, input_bytes=1_840, complexity=1.5, udf_count=1),
    "cost-of-no-input": lambda: a_cost(PRICE, input_bytes=0),
    "cost-without-estimate": lambda: no_estimate(
        f"ODPS-0010000:System internal error - {HOSTILE}", project="sandbox"
    ),
    "cost-cannot-be-compiled": lambda: cannot_be_compiled(
        f"ODPS-0130131:[2,6] Table not found - {HOSTILE}",
        project="sandbox",
        sql="select *\nfrom no_such_table",
    ),
    "cost-cannot-be-compiled-without-a-word": lambda: cannot_be_compiled(
        "", project="sandbox", sql="select 1"
    ),
    "cost-without-a-word": lambda: no_estimate("", project="sandbox"),
    "cost-takes-long": lambda: estimate_takes_long(project="sandbox"),
    "list": a_list,
    "list-of-one-page": lambda: a_list(first=1, total=4, previous_page=None, next_page=None),
    "list-empty": lambda: a_list(jobs=[], total=0),
    "status-running": a_standing,
    "status-queued": lambda: a_standing(status="queued", percentage=None, waits="3rd in the queue"),
    "status-succeeded": lambda: a_standing(status="succeeded", is_over=True, percentage=None),
    "status-little-known": lambda: a_standing(owner=None, took=None, percentage=None),
    "xflow": lambda: xflow_tree(STEPS, name="r42", project="sandbox", status="Running"),
    "xflow-not-begun": lambda: xflow_tree([], name="r42", project="sandbox", status="Running"),
    "xflow-is-none": lambda: no_xflow("r42"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_what_its_golden_file_says(name: str) -> None:
    # As JSON it has no parts in common, which YAML would write as references.
    shown = json.loads(json.dumps(ANSWERS[name]().as_arguments()))
    said = yaml.safe_dump(shown, allow_unicode=True, sort_keys=False, width=100)
    file = GOLDEN / f"{name}.yaml"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(said, encoding="utf-8")

    assert file.read_text(encoding="utf-8") == said


def test_no_golden_file_is_without_its_answer() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_slack_takes_every_answer(name: str) -> None:
    message = ANSWERS[name]()

    assert check_blocks(message.blocks, surface="message") == []
    assert 0 < len(message.text) <= 4_000
    assert "<!channel>" not in message.text


def test_a_tree_of_hundreds_keeps_within_slacks_limits() -> None:
    steps = [
        Step(name=f"{HOSTILE * 9}{n}", depth=n % 3, instance_id=f"{ID}{n}") for n in range(300)
    ]

    message = xflow_tree(steps, name="r42", project="sandbox", status="Running")

    assert check_blocks(message.blocks, surface="message") == []
    assert len(message.text) <= 4_000
    assert "and 260 more steps" in str(message.blocks)


@pytest.mark.parametrize(
    ("input_bytes", "complexity", "expected"),
    [(2**30, 1.0, "0.30 CNY"), (10 * 2**30, 1.5, "4.50 CNY"), (0, 4.0, "0.00 CNY")],
)
def test_a_fee_is_input_times_complexity_times_price(
    input_bytes: int, complexity: float, expected: str
) -> None:
    estimate = Estimate(input_bytes=input_bytes, complexity=complexity)

    assert str(fee(estimate, PRICE)) == expected


@pytest.mark.parametrize(
    "choice",
    [
        ListChoice(),
        ListChoice(whose="mine", which="failed"),
        ListChoice(whose="all", which="today", project="analytics"),
    ],
)
def test_a_button_carries_the_list_and_the_page(choice: ListChoice) -> None:
    assert read_page_value(page_value(choice, 7)) == (choice, 7)
    assert len(page_value(choice, 9_999)) < 100


@pytest.mark.parametrize("value", ["", " ", "mine", "mine running", "a running 1", "mine b 1"])
def test_what_no_button_carries_is_none(value: str) -> None:
    assert read_page_value(value) is None


@pytest.mark.parametrize(
    "page", ["-1", "²", "10000", "1 p q", "1 p q r", "1e3", "0" * 9 + "9" * 400]
)
def test_a_page_that_no_button_carries_is_none(page: str) -> None:
    assert read_page_value(f"mine running {page}") is None
