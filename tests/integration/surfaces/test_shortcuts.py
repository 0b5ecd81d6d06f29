"""A message as SQL: its statement stands in the form, and the card in its thread."""

from datetime import timedelta
from typing import Any

import pytest
from redis import Redis

from odps_bot.errors import CommandError
from odps_bot.input.request import Request
from odps_bot.interactions.choose_statement import open_choice
from odps_bot.interactions.run_message import modal_of_message
from odps_bot.messages import Message
from odps_bot.slack.errors import PlaceError
from odps_bot.store.drafts import Draft, Drafts

ALICE, BOB = "U0ALICE", "U0BOB"
CHANNEL = "C0DATAENG1"
SHORTCUT = "run_message_as_sql"


#: Socket Mode and signed HTTP.
both_ways = pytest.mark.parametrize("delivery", ["socket", "http"])


def start(desk: Any, ts: str, user: str = ALICE) -> None:
    delivery = desk.slack.message_shortcut(user, SHORTCUT, CHANNEL, ts)

    assert delivery.ok, delivery


@both_ways
def test_the_statement_of_a_message_stands_in_the_form(desk: Any) -> None:
    ts = desk.slack.say(BOB, CHANNEL, "look: ```select a < b from t``` please").ts

    start(desk, ts)

    assert desk.fields()["sql"]["initial_value"] == "select a < b from t"
    assert desk.submit() is None
    run = desk.newest_run()
    assert (run.user_id, run.channel_id, run.thread_ts) == (ALICE, CHANNEL, None)


def test_from_a_reply_the_card_goes_into_its_thread(desk: Any) -> None:
    parent = desk.slack.say(BOB, CHANNEL, "what about this?").ts
    reply = desk.slack.say(BOB, CHANNEL, "```select 1```", thread_ts=parent).ts

    start(desk, reply)
    desk.submit()

    assert desk.newest_run().thread_ts == parent


def test_a_long_statement_is_kept_for_its_person(desk: Any, redis: Redis) -> None:
    sql = "select '" + "x" * 5_000 + "'"
    ts = desk.slack.say(BOB, CHANNEL, f"```{sql}```").ts

    start(desk, ts)

    assert "sql" not in desk.fields()
    assert "from the message (5,009 characters)" in str(desk.form()["blocks"])
    [key] = list(redis.scan_iter("odps-bot:draft:*"))
    assert 3_500 < redis.ttl(key) <= timedelta(hours=1).total_seconds()
    assert desk.submit(project="analytics") is None
    assert desk.newest_run().sql == sql


def test_a_statement_that_was_kept_too_long_is_asked_for_anew(desk: Any, redis: Redis) -> None:
    start(desk, desk.slack.say(BOB, CHANNEL, "```select '" + "x" * 5_000 + "'```").ts)
    redis.delete(*redis.scan_iter("odps-bot:draft:*"))

    errors = desk.submit()

    assert errors == {"project": "This form expired after an hour. Please start again."}
    assert desk.runs() == []


def test_a_draft_is_its_own_persons_only(redis: Redis) -> None:
    drafts = Drafts(redis)
    draft_id = drafts.keep(Draft(team_id="T1", user_id="U1", sql="select 1"))

    assert drafts.get(draft_id, team_id="T1", user_id="U2") is None
    assert drafts.get(draft_id, team_id="T2", user_id="U1") is None
    assert drafts.get("f" * 16, team_id="T1", user_id="U1") is None
    found = drafts.get(draft_id, team_id="T1", user_id="U1")
    assert found is not None
    assert found.sql == "select 1"


def test_a_file_of_sql_is_read(desk: Any) -> None:
    ts = desk.slack.share_file(BOB, CHANNEL, "daily.sql", "select 42\n", "here you are").ts

    start(desk, ts)

    assert desk.fields()["sql"]["initial_value"] == "select 42"


def test_a_file_that_cannot_be_read_is_named(desk: Any) -> None:
    ts = desk.slack.share_file(BOB, CHANNEL, "daily.sql", b"\xff\xfe\x00", "here").ts

    start(desk, ts)

    assert "`daily.sql`: The file isn't text" in str(desk.form()["blocks"][0])
    assert "initial_value" not in desk.fields()["sql"]


def test_a_card_stands_for_the_whole_statement_of_its_run(desk: Any) -> None:
    desk.slack.say(
        BOB, CHANNEL, "/odps run --priority 3 --quota q --hint a=1 -p analytics select 1"
    )
    run = desk.newest_run()
    ts = desk.services.slack.gateway._messages.post(
        CHANNEL, Message("select …"), thread_ts=None, label={}
    )
    desk.services.stores.runs.card_posted(run, ts)

    start(desk, ts)

    fields = desk.fields()
    assert fields["sql"]["initial_value"] == "select 1"
    assert fields["project"]["initial_option"]["value"] == "analytics"
    assert fields["priority"]["initial_option"]["value"] == "3"
    assert (fields["quota"]["initial_value"], fields["hints"]["initial_value"]) == ("q", "a=1")


def test_what_others_say_above_a_card_in_a_thread_is_not_the_run(desk: Any) -> None:
    parent = desk.slack.say(BOB, CHANNEL, "```select 2```").ts
    desk.slack.say(ALICE, CHANNEL, "@odps run select 1", thread_ts=parent)
    run = desk.wait_for_run("select 1")
    ts = desk.services.slack.gateway._messages.post(
        CHANNEL, Message("card"), thread_ts=parent, label={}
    )
    desk.services.stores.runs.card_posted(run, ts)

    start(desk, parent)

    assert desk.fields()["sql"]["initial_value"] == "select 2"


@pytest.mark.parametrize(
    ("said", "filled_in", "why"),
    [
        (
            "`delete from stock` but only `where sku = 'A-1'`",
            "delete from stock\n⟦but only⟧\nwhere sku = 'A-1'",
            "could be part of the statement",
        ),
        (
            "`delete from stock` where sku = 'A-1'",
            "delete from stock\n⟦where sku = 'A-1'⟧",
            "could be part of the statement",
        ),
        (
            "explain `delete from stock`",
            "⟦explain⟧\ndelete from stock",
            "could be part of the statement",
        ),
        ("~`drop table stock`~", "⟦drop table stock⟧", "struck through"),
    ],
)
def test_a_gap_has_to_be_filled_in_before_the_statement_runs(
    desk: Any, said: str, filled_in: str, why: str
) -> None:
    start(desk, desk.slack.say(BOB, CHANNEL, said).ts)

    assert why in str(desk.form()["blocks"][0])
    assert desk.fields()["sql"]["initial_value"] == filled_in
    errors = desk.submit()
    assert errors["sql"].startswith("Replace ⟦")
    assert "⟧ with what belongs there, or delete it." in errors["sql"]
    assert "with what belongs there" in desk.submit(sql=filled_in.replace("⟦", ""))["sql"]
    assert desk.runs() == []
    assert desk.submit(sql="delete from stock where sku = 'A-1'") is None
    assert desk.newest_run().sql == "delete from stock where sku = 'A-1'"


def test_further_code_is_announced_in_the_form(desk: Any) -> None:
    said = "```select 1```\nor `select 2` and see `README.md`"
    start(desk, desk.slack.say(BOB, CHANNEL, said).ts)

    note = str(desk.form()["blocks"][0])
    assert "The message holds 2 more pieces of code, which I left out: `select 2`, `README" in note
    assert desk.fields()["sql"]["initial_value"] == "select 1"
    assert desk.submit() is None
    assert desk.newest_run().sql == "select 1"


@pytest.mark.parametrize(
    ("said", "is_estimate"),
    [
        ("@odps run -p analytics --priority 3 select 1", False),
        ("@odps cost -p analytics --priority 3 `select 1`", True),
        ("run -p analytics --priority 3 ```select 1```", False),
    ],
)
def test_a_message_that_is_a_command_fills_in_its_options(
    desk: Any, said: str, is_estimate: bool
) -> None:
    # As in the history of a channel, whoever answered it.
    start(desk, desk.slack.say(BOB, CHANNEL, said).ts)

    fields = desk.fields()
    assert fields["sql"]["initial_value"] == "select 1"
    assert fields["project"]["initial_option"]["value"] == "analytics"
    assert fields["priority"]["initial_option"]["value"] == "3"
    assert ("initial_options" in fields["estimate"]) is is_estimate
    assert "elements" not in desk.form()["blocks"][0]


def test_a_mention_inside_of_code_is_not_left_out_silently(desk: Any) -> None:
    code = {"style": {"code": True}}
    runs = [
        {"type": "text", "text": "delete from stock where buyer = '", **code},
        {"type": "user", "user_id": ALICE, **code},
        {"type": "text", "text": "'", **code},
    ]
    section = {"type": "rich_text_section", "elements": runs}
    said = desk.slack.say(BOB, CHANNEL, blocks=[{"type": "rich_text", "elements": [section]}])

    start(desk, said.ts)

    assert "can't tell what was typed" in desk.form()["blocks"][0]["elements"][0]["text"]
    assert "buyer = ''" not in desk.fields()["sql"].get("initial_value", "")


def test_sql_beside_a_file_of_sql_is_not_filled_in(desk: Any) -> None:
    for said in ("run `delete from stock`", "delete from stock", "`select 1` `select 2`"):
        start(desk, desk.slack.share_file(BOB, CHANNEL, "daily.sql", "select 42\n", said).ts)

        assert "both SQL and a SQL file, so I filled in nothing" in str(desk.form()["blocks"][0])
        assert "initial_value" not in desk.fields()["sql"]


def a_request(**facts: Any) -> Request:
    usual = {"channel_id": CHANNEL, "user_id": ALICE, "trigger_id": "1.2", "text": ""}
    return Request(**{"team_id": "T0SANDBOX1", **usual, **facts})


def shared(desk: Any, *names: str) -> list[dict[str, Any]]:
    """Let Bob share files, and return Slack's objects of them."""
    found = []
    for name in names:
        ts = desk.slack.share_file(BOB, CHANNEL, name, f"select '{name}'").ts
        [message] = [m for m in desk.slack.messages(CHANNEL) if m["ts"] == ts]
        found += message["files"]
    return found


def test_of_several_files_it_is_asked_which_one(desk: Any) -> None:
    files = [None, *shared(desk, "a.sql", "b.sql")]

    asked = modal_of_message({"ts": "1.2", "text": "", "files": files}, a_request(), desk.services)

    assert isinstance(asked, Message)
    assert "has 2 SQL files. Which one do you want to run?" in asked.text
    buttons = [block["accessory"] for block in asked.blocks if "accessory" in block]
    form = open_choice(buttons[1]["value"], a_request(), desk.services)
    assert "select 'b.sql'" in str(form.view["blocks"])
    with pytest.raises(CommandError, match="expired"):
        open_choice(buttons[1]["value"], a_request(user_id=BOB), desk.services)


def test_a_file_of_another_workspace_is_looked_up(desk: Any) -> None:
    [file] = shared(desk, "a.sql")
    stub = {"id": file["id"], "file_access": "check_file_info", "name": None}
    message = {"ts": "1.2", "text": "", "files": [stub]}

    form = modal_of_message(message, a_request(), desk.services)

    assert "select 'a.sql'" in str(form.view["blocks"])


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ({"id": "F1", "mode": "tombstone"}, "This file was deleted."),
        ({"id": "F1", "mode": "hidden_by_limit"}, "older than your workspace's plan allows"),
        ({"name": "n", "mode": "canvas", "filetype": "canvas"}, "`n`: This is a canvas"),
        ({"name": "n", "mode": "quip", "filetype": "quip"}, "`n`: This is a canvas"),
        ({"name": "n", "mode": "space", "filetype": "space"}, "`n`: This is a post"),
        ({"name": "n", "mode": "list", "filetype": "list"}, "`n`: This is a list"),
        ({"name": "n", "mode": "email", "filetype": "email"}, "`n`: This is an email"),
        ({"name": "a.sql", "mode": "external", "is_external": True}, "isn't stored at Slack"),
        (
            {"name": "n", "mode": "snippet", "filetype": "python", "pretty_type": "Python"},
            "`n`: This is a snippet of type Python.",
        ),
        ({"name": "<a>.png", "mode": "hosted", "filetype": "png"}, "`&lt;a&gt;.png`: I only read"),
        ({"name": "a.sql", "file_access": "access_denied"}, "Slack doesn't let me read"),
        ({"id": "F9", "file_access": "check_file_info"}, "This file is from another workspace"),
        ({"id": None, "file_access": "check_file_info"}, "This file is from another workspace"),
    ],
)
def test_a_file_that_holds_no_sql_is_named_with_the_reason(
    desk: Any, file: dict[str, Any], why: str
) -> None:
    message = {"ts": "1.2", "text": "", "files": [file]}

    form = modal_of_message(message, a_request(), desk.services)

    assert why in form.view["blocks"][0]["elements"][0]["text"]


def test_a_statement_in_two_lines_of_code_is_filled_in_as_a_whole(desk: Any) -> None:
    start(desk, desk.slack.say(BOB, CHANNEL, "`delete from stock`\n`where sku = 'A-1'`").ts)

    assert desk.fields()["sql"]["initial_value"] == "delete from stock\nwhere sku = 'A-1'"


@pytest.mark.parametrize("said", ["good morning", "```x = 1```"])
def test_what_is_no_statement_opens_the_form_with_a_word(desk: Any, said: str) -> None:
    start(desk, desk.slack.say(BOB, CHANNEL, said).ts)

    assert "doesn't look like SQL" in str(desk.form()["blocks"][0])
    assert desk.fields()["sql"]["initial_value"] == said.strip("`")


@both_ways
def test_where_the_moment_for_a_form_has_passed_the_person_is_told(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_late(*_: Any, **_facts: Any) -> str:
        raise PlaceError("views.open", "expired_trigger_id")

    monkeypatch.setattr(desk.services.slack.gateway, "open_modal", too_late)
    delivery = desk.slack.shortcut(ALICE, "run_sql")

    assert delivery.ok
    assert "didn't open the form. Nothing was submitted." in desk.wait_for_answer()
