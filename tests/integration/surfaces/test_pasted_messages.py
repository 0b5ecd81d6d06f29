"""Commands in messages as people write them: with words, quotes, lists and further code."""

from datetime import timedelta
from typing import Any

import pytest

from odps_bot.config.rules import Role, Rules

ALICE, BOB, BOT = "U0ALICE", "U0BOB", "U0ODPSBOT"
CHANNEL = "C0DATAENG1"
SHORTCUT = "run_message_as_sql"


@pytest.fixture
def runners(desk: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Everybody may only read: the bot's listeners get other rules."""
    rules = Rules(default_role=Role.RUNNER)
    object.__setattr__(desk.services, "rules", rules)
    return desk


def post(
    desk: Any, text: str, *elements: dict[str, Any], channel: str = CHANNEL, **more: Any
) -> str:
    """Let Alice send rich text, as Slack's composer does; return the ts of her message."""
    blocks = (
        [{"type": "rich_text", "block_id": "a1", "elements": list(elements)}] if elements else []
    )
    content = {"text": text, **({"blocks": blocks} if blocks else {}), **more}

    def send(actions: Any) -> Any:
        workspace = actions.messages.workspace
        person, conversation = workspace.writer_in(ALICE, channel)
        return workspace.post(conversation, workspace.person_author(person, conversation), content)

    return str(desk.slack._act(send)["ts"])


def section(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(parts)}


def preformatted(words: str) -> dict[str, Any]:
    return {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": words}]}


def text(words: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": words} | ({"style": style} if style else {})


US = {"type": "user", "user_id": BOT}


@pytest.mark.parametrize(
    ("said", "sql"),
    [
        ("@odps run\n> select a\n> from t", "select a\nfrom t"),
        ("@odps run\n• select a\n• from t", "select a\nfrom t"),
        ("@odps run ```select a from t```", "select a from t"),
        ("@odps run please ```select a from t``` thanks!", "select a from t"),
        ("@odps could you\nrun `select a from t`?", None),
        ("@odps run `select a`\n`from t`", "select a\nfrom t"),
        ("@odps run ```set a.b=1```\n```select a from t```", "set a.b=1;\nselect a from t"),
        ("@odps run\n```drop table t```", "drop table t"),
        ("@odps run select `a` from `t`", "select `a` from `t`"),
    ],
)
def test_a_mention_runs_exactly_its_code(desk: Any, said: str, sql: str | None) -> None:
    desk.slack.say(ALICE, CHANNEL, said)

    if sql is None:
        assert ":wave:" in desk.wait_for_answer()
    else:
        assert desk.wait_for_run(sql).channel_id == CHANNEL


def test_a_mention_in_rich_text_runs_exactly_its_code(desk: Any) -> None:
    post(
        desk,
        f"<@{BOT}> run -p analytics\n```select 'a' &lt; 1```",
        section(US, text(" run -p analytics\n")),
        preformatted("select 'a' < 1"),
    )

    run = desk.wait_for_run("select 'a' < 1")
    assert run.project == "analytics"


def test_styles_and_quotes_in_a_mention_are_what_was_typed(desk: Any) -> None:
    quote = {"type": "rich_text_quote", "elements": [text("select a "), text("b", bold=True)]}
    quote["elements"] += [text(" c")]

    post(desk, f"<@{BOT}> run\n&gt; select a *b* c", section(US, text(" run")), quote)

    assert desk.wait_for_run("select a *b* c")


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("@odps run `delete from stock` but only `where sku = 'A-1'`", "could be part of"),
        ("@odps run `delete from stock` for sku A-1 only please", "I left out the words"),
        ("@odps run ```select 1``` and ```select 2```", "holds 2 pieces of code"),
        ("@odps run select 1 from t where b = '<@U0BOB>'", "can't tell what was typed"),
        ("@odps cost ```select 1``` and ```select 2```", "holds 2 pieces of code"),
    ],
)
def test_a_mention_that_could_mean_something_else_is_asked_about(
    desk: Any, said: str, answered: str
) -> None:
    desk.slack.say(ALICE, CHANNEL, said)

    answer = desk.wait_for_answer()
    assert answered in answer
    assert desk.runs() == []


def test_what_is_chosen_opens_the_form_with_the_options_that_were_typed(desk: Any) -> None:
    desk.slack.say(ALICE, CHANNEL, "@odps run -p analytics ```select 1``` or ```select 2```")
    message = wait_for_message(desk)
    buttons = [block["accessory"] for block in message.blocks if "accessory" in block]
    assert [button["text"]["text"] for button in buttons] == ["Open in the form"] * 2

    click(desk, buttons[1])

    fields = desk.fields()
    assert fields["sql"]["initial_value"] == "select 2"
    assert fields["project"]["initial_option"]["value"] == "analytics"
    assert desk.submit() is None
    assert (desk.newest_run().sql, desk.newest_run().channel_id) == ("select 2", CHANNEL)


def test_a_gap_of_a_mention_has_to_be_filled_in_in_the_form(desk: Any) -> None:
    desk.slack.say(ALICE, CHANNEL, "@odps run `delete from t` where ds = 1")
    [button] = [b["accessory"] for b in wait_for_message(desk).blocks if "accessory" in b]

    click(desk, button)

    assert desk.fields()["sql"]["initial_value"] == "delete from t\n⟦where ds = 1⟧"
    assert "⟦where ds = 1⟧" in desk.submit()["sql"]
    assert desk.runs() == []


@pytest.mark.parametrize("name", ["@odps run", "run"])
def test_direct_messages_are_read_like_mentions(desk: Any, name: str) -> None:
    channels = desk.slack._workspace.channels.values()
    [place] = [c.id for c in channels if c.kind == "im" and set(c.members) == {ALICE, BOT}]

    desk.slack.say(ALICE, place, f"{name} ```select 1``` and ```select 2```")
    assert "holds 2 pieces of code" in desk.wait_for_answer()

    desk.slack.say(ALICE, place, f"{name} this: ```select 3```")
    assert desk.wait_for_run("select 3").channel_id == place


@pytest.mark.parametrize(
    "said",
    [
        "@odps run please select 1",
        "@odps run the daily report",
        "@odps run 请查询",
        "@odps run `orders`",
    ],
)
def test_what_is_no_sql_is_said_to_be_none_before_roles_are_mentioned(
    runners: Any, said: str
) -> None:
    runners.slack.say(ALICE, CHANNEL, said)

    answer = runners.wait_for_answer()
    assert "This isn't SQL: no statement begins with `" in answer
    assert "Nothing was submitted." in answer
    assert "admin" not in answer
    assert runners.runs() == []


def test_a_slash_command_with_words_around_its_code_opens_the_form(desk: Any) -> None:
    desk.slack.say(ALICE, CHANNEL, "/odps run `delete from stock` for sku A-1 only")

    assert desk.fields()["sql"]["initial_value"] == "delete from stock"
    assert "I left out the words" in str(desk.form()["blocks"][0])
    assert desk.runs() == []


def test_a_slash_command_runs_exactly_its_code(desk: Any) -> None:
    desk.slack.say(ALICE, CHANNEL, "/odps run please ```select 1``` thanks")

    assert desk.newest_run().sql == "select 1"


def test_a_forwarded_message_beside_a_mention_is_asked_about(desk: Any) -> None:
    forward = {"is_share": True, "is_msg_unfurl": True, "text": "```delete from stock```"}

    post(desk, f"<@{BOT}> run", section(US, text(" run")), attachments=[forward])

    assert (
        ":leftwards_arrow_with_hook: This statement is from the forwarded" in desk.wait_for_answer()
    )
    assert desk.runs() == []


def test_a_file_of_a_forwarded_message_beside_a_mention_is_asked_about(desk: Any) -> None:
    ts = desk.slack.share_file(BOB, CHANNEL, "a.sql", "delete from stock").ts
    [message] = [m for m in desk.slack.messages(CHANNEL) if m["ts"] == ts]
    forward = {"is_share": True, "is_msg_unfurl": True, "text": "", "files": message["files"]}

    post(desk, f"<@{BOT}> run", section(US, text(" run")), attachments=[forward])

    assert "This message has a SQL file." in desk.wait_for_answer()
    assert desk.runs() == []


@pytest.mark.parametrize("number", [0, 1])
def test_who_is_to_be_notified_is_not_forgotten_when_a_statement_is_chosen(
    desk: Any, number: int
) -> None:
    post(desk, f"<@{BOT}> run --notify @nobody `select 1` and `select 2`")
    message = wait_for_message(desk)

    click(desk, [b["accessory"] for b in message.blocks if "accessory" in b][number])

    assert "Slack doesn't tell me who `@nobody` is." in str(desk.form()["blocks"][0])


def test_a_gap_of_a_statement_that_is_not_the_first_has_to_be_filled_in(desk: Any) -> None:
    who = {"type": "user", "user_id": BOB, "style": {"code": True}}
    second = (text("delete from t where a = '", code=True), who, text("'", code=True))
    post(
        desk,
        f"<@{BOT}> run `select 1` and `delete from t where a = '<@{BOB}>'`",
        section(US, text(" run "), text("select 1", code=True), text(" and "), *second),
    )
    message = wait_for_message(desk)
    click(desk, [b["accessory"] for b in message.blocks if "accessory" in b][1])

    errors = desk.submit()

    assert errors is not None
    assert "with what belongs there" in errors["sql"]
    assert desk.runs() == []


def test_what_is_no_sql_in_a_mention_is_not_sent_to_a_form_that_it_cannot_open(desk: Any) -> None:
    post(desk, f"<@{BOT}> run please tidy up", section(US, text(" run please tidy up")))

    assert "in the form: the shortcut *Run MaxCompute SQL*." in desk.wait_for_answer()


def test_of_two_files_beside_a_mention_it_is_asked_which_one(desk: Any) -> None:
    files = []
    for name in ("a.sql", "b.sql"):
        ts = desk.slack.share_file(BOB, CHANNEL, name, f"select '{name}'").ts
        [message] = [m for m in desk.slack.messages(CHANNEL) if m["ts"] == ts]
        files += message["files"]

    post(desk, f"<@{BOT}> run", files=[*files, None])
    message = wait_for_message(desk)
    assert "has 2 SQL files. Which one" in message.text
    click(desk, [b["accessory"] for b in message.blocks if "accessory" in b][1])

    assert desk.fields()["sql"]["initial_value"] == "select 'b.sql'"


@pytest.mark.parametrize(
    ("file", "answered"),
    [
        ({"id": "F1", "mode": "tombstone"}, "This file was deleted."),
        ({"name": "photo.png", "filetype": "png"}, "`photo.png`: I only read .sql and .txt"),
        ({"id": "F9", "file_access": "check_file_info"}, "from another workspace"),
    ],
)
def test_a_file_beside_a_mention_that_is_no_sql_is_named_with_the_reason(
    desk: Any, file: dict[str, Any], answered: str
) -> None:
    post(desk, f"<@{BOT}> run", files=[file])

    answer = desk.wait_for_answer()
    assert answered in answer
    assert "There is no SQL to run. Nothing was submitted." in answer


def test_words_beside_a_file_are_not_passed_over(desk: Any) -> None:
    desk.slack.share_file(ALICE, CHANNEL, "a.sql", "select 1", "@odps run but not today")

    assert "Which one do you want to run?" in desk.wait_for_answer()
    assert desk.runs() == []


def test_the_shortcut_reads_rich_text(desk: Any) -> None:
    where = (text("where ", code=True), text("sku", code=True, bold=True), text(" = '", code=True))
    ts = post(
        desk,
        "`delete from stock`\n`where `*`sku`*` = '#ff0000'`",
        section(
            text("delete from stock", code=True),
            text("\n"),
            *where,
            {"type": "color", "value": "#ff0000"},
            text("'", code=True),
        ),
    )

    assert desk.slack.message_shortcut(BOB, SHORTCUT, CHANNEL, ts).ok

    assert desk.fields(BOB)["sql"]["initial_value"] == "delete from stock\nwhere sku = '#ff0000'"
    assert desk.form(BOB)["blocks"][0]["type"] == "input"


def test_words_that_may_restrict_a_change_are_pointed_out_in_the_form(desk: Any) -> None:
    ts = desk.slack.say(ALICE, CHANNEL, "`delete from stock` for sku A-1 only").ts

    assert desk.slack.message_shortcut(BOB, SHORTCUT, CHANNEL, ts).ok

    assert "I left out the words around the code" in str(desk.form(BOB)["blocks"][0])


def test_the_shortcut_reads_a_forwarded_message(desk: Any) -> None:
    inner = {"blocks": [{"type": "rich_text", "elements": [preformatted("select 1")]}]}
    forward = {"is_share": True, "text": "```select 1```", "message_blocks": [{"message": inner}]}
    ts = post(desk, "update please", section(text("update please")), attachments=[forward])

    assert desk.slack.message_shortcut(BOB, SHORTCUT, CHANNEL, ts).ok

    assert desk.fields(BOB)["sql"]["initial_value"] == "select 1"
    assert "from the forwarded message" in str(desk.form(BOB)["blocks"][0])


def wait_for_message(desk: Any) -> Any:
    """Wait for a private answer, and return all of it."""
    taken: list[str] = []

    def take() -> Any:
        taken.extend(interaction_ids(desk))
        return taken and desk.services.stores.ephemeral_replies.answer(taken[0])

    message, *_ = desk.slack.wait_until(take)
    return message


def interaction_ids(desk: Any) -> list[str]:
    entries = desk.services.stores.outbox.claim(limit=100, lease=timedelta(minutes=1))
    return [str(e).partition(":")[2] for e in entries if str(e).startswith("ephemeral:")]


def click(desk: Any, button: dict[str, Any]) -> None:
    """Let Alice press a button of an ephemeral message."""

    def show(actions: Any) -> Any:
        workspace = actions.messages.workspace
        block = {"type": "section", "block_id": "b1", "accessory": button}
        content = {"text": "x", "blocks": [block | {"text": {"type": "mrkdwn", "text": "x"}}]}
        channel = workspace.channels[CHANNEL]
        return workspace.post_ephemeral(channel, workspace.bot_author(), content, user_id=ALICE)

    ts = desk.slack._act(show)["ts"]
    assert desk.slack.click(ALICE, CHANNEL, ts, button["action_id"], "b1").ok
