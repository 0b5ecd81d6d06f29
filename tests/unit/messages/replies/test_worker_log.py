"""The modal with a worker's log holds the last lines that fit, and shows them as they are."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.messages import Modal
from odps_bot.messages.replies.worker_log import (
    END_LINES,
    LINES,
    ShownLog,
    log_expired,
    log_forbidden,
    log_is_coming,
    log_modal,
)
from odps_bot.messages.run.finding_buttons import WorkerLog
from odps_bot.sandbox.slack.block_kit.validation import check_view

LOG = WorkerLog(project="ads", instance_id="i1", log_id="b0Yx", stage="R2_1", worker=49)

#: https://docs.slack.dev/reference/views
MOST_BYTES = 250_000


def modal_of(*logs: ShownLog) -> Modal:
    modal = log_modal(LOG, logs, view_name="v1")
    for view in (modal.view, modal.make_plainer() if modal.make_plainer else modal.view):
        assert check_view(view) == []
        assert len(json.dumps(view)) <= MOST_BYTES
        assert view["external_id"] == "v1"
    return modal


def texts(view: dict[str, Any]) -> list[str]:
    """Return the text of each block."""
    return [
        str(block.get("text", {}).get("text") or block["elements"][0].get("text") or "")
        or str(block["elements"][0]["elements"][0]["text"])
        for block in view["blocks"]
    ]


def lines_of(chunks: list[str]) -> list[str]:
    return "\n".join(chunks).split("\n")


def test_both_logs_are_shown_with_how_many_lines_there_are() -> None:
    modal = modal_of(
        ShownLog(name="stdout", lines=["Read from 0 num:52743413", "<!here> & *x*"], is_cut=True),
        ShownLog(name="stderr", lines=["java.lang.OutOfMemoryError"]),
    )

    assert texts(modal.view) == [
        "Log of worker 49 of `R2_1`, instance `i1` in `ads`. Only you see this.",
        "*stdout*: the last 2 lines",
        "Read from 0 num:52743413\n<!here> & *x*",
        "*stderr*: 1 line",
        "java.lang.OutOfMemoryError",
    ]
    assert modal.view["title"]["text"] == "Log of worker 49"


def test_the_end_is_at_the_top_where_a_modal_opens() -> None:
    lines = [f"{number:05} {'x' * 250}" for number in range(LINES)]

    shown = texts(modal_of(ShownLog(name="stdout", lines=lines, is_cut=True)).view)[1:]

    before = shown.index("*stdout* before that: 180 lines")
    assert shown[0] == "*stdout*: the last 20 lines"
    assert lines_of(shown[1:before]) == lines[-END_LINES:]
    assert lines_of(shown[before + 1 :]) == lines[:-END_LINES]


def test_how_a_worker_died_is_shown_however_much_it_printed() -> None:
    printed = [f"{number:05} " + "\U0001f98a" * 700 for number in range(LINES)]

    shown = texts(
        modal_of(
            ShownLog(name="stdout", lines=printed),
            ShownLog(name="stderr", lines=["java.lang.OutOfMemoryError"]),
        ).view
    )

    at = shown.index("*stderr*: 1 line")
    assert shown[at + 1] == "java.lang.OutOfMemoryError"


def test_of_what_does_not_fit_the_end_is_shown_and_said_to_be() -> None:
    lines = [f"{number:05} " + "\U0001f98a" * 900 for number in range(LINES)]

    title, *chunks = texts(modal_of(ShownLog(name="stdout", lines=lines)).view)[1:]

    before = next(chunk for chunk in chunks if "before that" in chunk)
    earlier = lines_of(chunks[chunks.index(before) + 1 :])
    assert title == "*stdout*: the last 20 lines"
    assert lines_of(chunks[: chunks.index(before)]) == lines[-END_LINES:]
    assert earlier == lines[-END_LINES - len(earlier) : -END_LINES]
    assert f"{len(earlier)} line" in before


@pytest.mark.parametrize("lines", [(), ("", "  ")])
def test_an_empty_log_is_said_to_be_empty(lines: tuple[str, ...]) -> None:
    modal = modal_of(ShownLog(name="stdout", lines=lines), ShownLog(name="stderr"))

    assert "is empty" in texts(modal.view)[0]


@pytest.mark.parametrize(
    ("modal", "says"),
    [
        (log_is_coming(LOG, view_name="v1"), "Asking MaxCompute for the log of worker 49"),
        (log_expired(LOG, view_name="v1"), "MaxCompute has no log of worker 49"),
        (log_forbidden(LOG, view_name="v1"), "needs `odps:Read` on the instances of `ads`"),
    ],
)
def test_without_a_log_the_modal_says_why(modal: Modal, says: str) -> None:
    assert check_view(modal.view) == []
    assert says in texts(modal.view)[0]


@given(st.lists(st.text(max_size=2_000), max_size=300))
def test_any_lines_fit(lines: list[str]) -> None:
    modal_of(ShownLog(name="stdout", lines=lines), ShownLog(name="stderr", lines=lines))
