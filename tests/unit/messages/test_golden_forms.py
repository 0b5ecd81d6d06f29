"""Every form as it is opened, held against golden files that a person can read.

`UPDATE_GOLDEN=1 pytest tests/unit/messages` writes them anew; the difference is for a review.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.input.slack_message.reader import Note, Reading
from odps_bot.interactions.statement_notes import notes_in_words
from odps_bot.messages.blocks import button
from odps_bot.messages.modals import run_modal
from odps_bot.messages.modals.run_modal import ModalContext, RunModal, run_modal_view
from odps_bot.messages.replies import greetings
from odps_bot.messages.replies.statement_choice import Choice, statement_choice
from odps_bot.messages.sentences import SENTENCES
from odps_bot.sandbox.slack.block_kit.validation import check_view

GOLDEN = Path(__file__).parent / "golden_forms"

THREAD = ModalContext(channel_id="C1", thread_ts="1732276800.000100")
GAPS = ModalContext(channel_id="C1", has_gaps=True)
DRAFT = ModalContext(channel_id="C1", draft_id="0123456789abcdef")

EDITED = ModalContext(channel_id="C1", edited_run_id="0123456789abcdef01234567")
ELSEWHERE = msgspec.structs.replace(EDITED, channel_id="", place_id="C1", thread_ts="1.000100")


def a_form(**facts: Any) -> dict[str, Any]:
    usual = {"projects": ("sandbox", "analytics"), "project": "sandbox"}
    return run_modal_view(
        RunModal(**{"context": ModalContext(channel_id="C1"), **usual, **facts})
    ).view


FORMS: dict[str, Callable[[], dict[str, Any]]] = {
    "run-empty": a_form,
    "run-without-a-channel": lambda: a_form(context=ModalContext()),
    "run-in-a-thread": lambda: a_form(context=THREAD, sql="select 1"),
    "run-filled-in": lambda: a_form(
        project="analytics",
        sql="select <!channel>\nfrom t",
        priority=3,
        quota="os_quota",
        interactive=True,
        hints="a.b=1\nc.d=x y",
        notify=("U2", "U3"),
        note=":bell: Slack doesn't tell me who `@ann` is. Choose below whom to notify.",
    ),
    "run-too-long-for-a-field": lambda: a_form(
        sql="select '" + "x" * 5_400 + "'", source="the message", context=DRAFT
    ),
    "run-edited": lambda: a_form(
        sql="select <!channel>\nfrom t", edited="r42", context=EDITED, note=""
    ),
    "run-edited-from-home": lambda: a_form(sql="select 1", edited="r42", context=ELSEWHERE),
    "run-edited-and-too-long-for-a-field": lambda: a_form(
        sql="select '" + "x" * 5_400 + "'",
        source="run r42",
        edited="r42",
        file_button=button("Get it as a file", action_id="send_statement", value="0123"),
        context=msgspec.structs.replace(EDITED, draft_id="0123456789abcdef"),
    ),
    "run-with-gaps": lambda: a_form(
        sql="delete from stock\n⟦but only⟧\nwhere sku = '⟦@someone⟧'",
        note=notes_in_words(
            Reading(
                notes=(Note.FORWARDED, Note.MORE, Note.WORDS, Note.UNREAD, Note.DIFFERS),
                more=("select 1", "drop table t"),
            )
        ),
        context=GAPS,
    ),
    "run-to-be-estimated": lambda: a_form(sql="select 1", is_estimate=True),
    "choice-of-code": lambda: statement_choice(
        [
            Choice(draft_id="0123456789abcdef", text="select <!channel>\nfrom t"),
            Choice(draft_id="0123456789abcdee", text="drop table `t`"),
        ],
        left=1,
    ).as_arguments(),
    "choice-of-files": lambda: statement_choice(
        [
            Choice(draft_id="0123456789abcdef", text="a.sql", is_file=True),
            Choice(draft_id="0123456789abcdee", text="b.sql", is_file=True),
        ]
    ).as_arguments(),
    "choice-of-one": lambda: statement_choice(
        [Choice(draft_id="0123456789abcdef", text="delete from t")],
        note=SENTENCES.message_notes["left_out"],
    ).as_arguments(),
    "greeting-in-a-channel": lambda: greetings.small_talk(in_channel=True).as_arguments(),
    "greeting-in-a-direct-message": lambda: greetings.small_talk(in_channel=False).as_arguments(),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_what_its_golden_file_says(name: str) -> None:
    # As JSON it has no parts in common, which YAML would write as references.
    shown = json.loads(json.dumps(FORMS[name]()))
    said = yaml.safe_dump(shown, allow_unicode=True, sort_keys=False, width=100)
    file = GOLDEN / f"{name}.yaml"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(said, encoding="utf-8")

    assert file.read_text(encoding="utf-8") == said


def test_no_golden_file_is_without_its_form() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == set(FORMS)


@pytest.mark.parametrize("name", [name for name in FORMS if name.startswith("run-")])
def test_slack_takes_every_form(name: str) -> None:
    assert check_view(FORMS[name]()) == []


ANY_TEXT = st.text(alphabet=st.characters(codec="utf-8"))


@given(sql=ANY_TEXT.map(lambda text: text * 50), note=ANY_TEXT.map("a {}".format), hints=ANY_TEXT)
def test_slack_takes_a_form_whatever_stands_in_it(sql: str, note: str, hints: str) -> None:
    view = a_form(sql=sql[:3_000], note=note[:500], hints=hints)

    assert check_view(view) == []


@given(sql=ANY_TEXT.map(lambda text: "x" + text * 4_000))
def test_slack_takes_a_form_with_any_long_statement(sql: str) -> None:
    view = a_form(sql=sql, context=DRAFT, source="<!channel>")

    assert check_view(view) == []
    assert "<!channel>" not in json.dumps(view)


def test_many_projects_are_cut_but_the_chosen_one_is_there() -> None:
    projects = tuple(f"project_{n}" for n in range(300))
    view = a_form(projects=projects, project="project_299")

    [select] = [b["element"] for b in view["blocks"] if b.get("block_id") == run_modal.PROJECT]
    assert check_view(view) == []
    assert len(select["options"]) == 100
    assert select["initial_option"] in select["options"]


def test_what_the_form_remembers_is_short_and_comes_back() -> None:
    context = ModalContext(channel_id="C" * 30, thread_ts="1732276800.000100", draft_id="f" * 16)
    metadata = a_form(context=context)["private_metadata"]

    assert len(metadata) < 300
    assert msgspec.json.decode(metadata, type=ModalContext) == context
