"""The statement is found in a message, however it is written there."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.input.slack_message.reader import Note, Reading, read_message
from odps_bot.sandbox.slack.texts import encode_entities
from odps_bot.sql.beginnings import looks_like_sql

MARKS = {"code": "`", "strike": "~", "italic": "_", "bold": "*"}


def rich_text(*elements: dict[str, Any]) -> dict[str, Any]:
    """Return a message as Slack's composer sends it, with both blocks and text."""
    said = "\n".join(map(said_of_element, elements))
    return {"text": said, "blocks": [{"type": "rich_text", "elements": list(elements)}]}


def said_of_element(element: dict[str, Any]) -> str:
    inner = element["elements"]
    if element["type"] == "rich_text_list":
        return "\n".join("• " + said_of_element(item) for item in inner)
    said = "".join(map(said_of_part, inner))
    if element["type"] == "rich_text_preformatted":
        return f"```{said}```"
    return (
        "\n".join("&gt; " + line for line in said.split("\n"))
        if "quote" in element["type"]
        else said
    )


def said_of_part(part: dict[str, Any]) -> str:
    said = {
        "text": encode_entities(part.get("text") or ""),
        "link": f"<{part.get('url')}|{part['text']}>" if "text" in part else f"<{part.get('url')}>",
        "user": f"<@{part.get('user_id')}>",
        "usergroup": f"<!subteam^{part.get('usergroup_id')}>",
        "channel": f"<#{part.get('channel_id')}>",
        "emoji": f":{part.get('name')}:",
        "color": part.get("value"),
        "date": f"<!date^1^{{date}}|{part.get('fallback')}>",
        "broadcast": f"<!{part.get('range')}>",
    }.get(part.get("type", ""), "?")
    styles = part.get("style") or {}
    for style, mark in MARKS.items():
        said = f"{mark}{said}{mark}" if styles.get(style) else said
    return str(said)


def section(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(parts)}


def preformatted(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_preformatted", "elements": list(parts)}


def text(words: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": words} | ({"style": style} if style else {})


def read(sent: str) -> Reading:
    return read_message({"text": sent})


def notes(found: Reading) -> set[Note]:
    return set(found.notes) - {Note.DOUBTFUL, Note.NO_SQL}


@pytest.mark.parametrize(
    ("sent", "sql"),
    [
        ("```select 1```", "select 1"),
        ("```\nselect a\nfrom t\n```", "select a\nfrom t"),
        ("```sql\nselect 1\n```", "select 1"),
        ("please run ```select 1``` today", "select 1"),
        ("```x = 1```\n```y = 2```", "x = 1\ny = 2"),
        ("```select a &lt; b from <http://ads.io|ads.io>```", "select a < b from ads.io"),
        ("```select '&amp;lt;' as x```", "select '&lt;' as x"),
        ("what does `select 1` say?", "select 1"),
        ("`delete from stock`\n`where sku = 'A-1'`", "delete from stock\nwhere sku = 'A-1'"),
        ("`delete from stock` `where sku = 1`", "delete from stock where sku = 1"),
        ("```delete from stock``````where sku = 1```", "delete from stock\nwhere sku = 1"),
        ("```set a=1;```\n\n```select 1```", "set a=1;\n\nselect 1"),
        ("select `a` from `t` where b > 1", "select `a` from `t` where b > 1"),
        ("select count(*) from orders", "select count(*) from orders"),
        ("SELECT ‘x’ — why\nfrom t", "SELECT 'x' -- why\nfrom t"),
        ("-- daily\nset a=1; with t as (select 1) select * from t", None),
        ("(select 1) union all (select 2)", None),
        ("from t insert overwrite table a select 1", None),
        ("&gt; select a\n&gt; from t", "select a\nfrom t"),
        ("• select a\n• from t", "select a\nfrom t"),
        ("1. select a\n2. from t", "select a\nfrom t"),
        ("select a\n&gt; 5 from t", "select a\n> 5 from t"),
        ("set a=1; `select 1`", "set a=1;\nselect 1"),
        ("`set a=1;` and `select 1`", "set a=1;\nselect 1"),
        ("`set a=1`\n`select 1`", "set a=1;\nselect 1"),
        ("```set a=1```\nand then:\n```select 1```", "set a=1;\nselect 1"),
        ("good morning", "good morning"),
        ("", ""),
        ("``````", ""),
    ],
)
def test_it_is_found_in_the_text_of_a_message(sent: str, sql: str | None) -> None:
    found = read(sent)

    assert (found.sql, notes(found)) == (sent if sql is None else sql, set())


@pytest.mark.parametrize(
    ("sent", "sql", "more"),
    [
        ("first ```x = 1``` then ```select 1```", "select 1", ("x = 1",)),
        ("```x = 1``` and ```y = 2```", "x = 1", ("y = 2",)),
        ("is `orders` in `select * from orders`?", "select * from orders", ("orders",)),
        ("```select 1```\n```drop table t```", "select 1", ("drop table t",)),
        ("`select 1` `select 2`\n`select 3`", "select 1", ("select 2", "select 3")),
        ("`select 1`\n`set a=1`", "select 1", ("set a=1",)),
        ("```select 1``` or `drop table t`", "select 1", ("drop table t",)),
        ("`select 1`, see `README.md`", "select 1", ("README.md",)),
    ],
)
def test_further_code_is_announced(sent: str, sql: str, more: tuple[str, ...]) -> None:
    found = read(sent)

    assert (found.sql, found.more) == (sql, more)
    assert Note.MORE in found.notes
    assert not found.is_sure


@pytest.mark.parametrize(
    ("sent", "sql"),
    [
        (
            "`delete from stock` but only `where sku = 'A-1'`",
            "delete from stock\n⟦but only⟧\nwhere sku = 'A-1'",
        ),
        ("`explain` what this does: `delete from t`", "explain\n⟦what this does:⟧\ndelete from t"),
        ("`insert into t` and `select 1`", "insert into t\n⟦and⟧\nselect 1"),
        ("`x = 1` then `-- nothing`", "x = 1\n⟦then⟧\n-- nothing"),
        ("delete from stock `where sku = 1`", "⟦delete from stock⟧\nwhere sku = 1"),
        ("`delete from t` where ds = 1", "delete from t\n⟦where ds = 1⟧"),
        ("~`drop table t`~", "⟦~⟧\ndrop table t\n⟦~⟧"),
        ("`delete from t` where `", "delete from t\n⟦where `⟧"),
    ],
)
def test_words_beside_code_that_could_belong_to_it_stand_in_a_gap(sent: str, sql: str) -> None:
    found = read(sent)

    assert (found.sql, found.more) == (sql, ())
    assert found.notes == (Note.WORDS,)
    assert found.has_gaps


@pytest.mark.parametrize(
    "sent",
    [
        "delete from stock `where sku = 'A-1'`",
        "`delete from stock` where sku = 'A-1'",
        "please run `update stock set n = 0` WHERE sku = 'A-1'",
        "`select n from t` limit 10",
        "`delete from t where ds=1` and id = 5",
        "`delete from t`, where ds = 1",
        "`delete from t` [where ds=1]",
        "`delete from t` (where ds=1)",
        "`delete from t`\u200b where ds = 1",
        "`delete from t` \u00ad\u2063where ds = 1",
        "`delete from t`: where ds = 1",
        "`delete from t` … where ds = 1",
        "`delete from t` ... where ds = 1",
        "`delete from t` _where_ ds = 1",
        "`delete from t`\n\nwhere ds = 1",
        "`delete from t` <@U1> only where ds = 1",
        "`delete from t` but only for where ds = 1",
        "`insert overwrite table t` select 1",
        "`select * from a` qualify row_number() = 1",
        "`select * from a` window w as (order by b)",
        "`select * from a` lateral view explode(b) c",
        "`select * from a` union all select 1",
        "`select * from a where b` in (1, 2)",
        "`select * from a where b` is not null",
        "`select * from a left` join b",
        "`select case when a` then 1 else 2 end",
        "`select * from a limit` 5",
        "`select * from dev`.orders",
        "`select a` as b",
        "`select a from t where b =` 'x'",
        "`select a from t where b` != 1",
        "`select a from t where b` || c",
        "`delete from t` -- where ds = 1",
        "`delete from t` /* where ds = 1 */",
        "```delete from t``` where a=1",
        "```delete from t```\nand a=1",
        "explain `delete from t`",
        "Explain ```delete from t```",
        "EXPLAIN  \n`delete from t`",
        "cost sql `select 1`",
        "-- do not run: `drop table t`",
        "\u2014 do not run: `drop table t`",
        "/* do not run `drop table t`",
        "with x as (select 1) `select * from x`",
        "with x as (select 1)\nplease: ```select * from x```",
        "set odps.sql.x=1;\nand then run `delete from t`",
        "set odps.sql.x=1\nthen run `delete from t`",
        "insert overwrite table t `select 1`",
        "select * from a where b not `select 1`",
        "delete \u200b`select 1`",
        "where\u200b `select 1`",
        "do not `drop table t`",
        "~`drop table t`~",
    ],
)
def test_prose_beside_code_that_could_be_sql_is_not_left_out(sent: str) -> None:
    found = read(sent)

    assert found.has_gaps
    assert Note.WORDS in found.notes


@pytest.mark.parametrize(
    "sent",
    [
        "can somebody run `select 1`? thanks",
        "`select 1`",
        "`select 1`!",
        "`select 1`. Thanks",
        "`select 1` please",
        "<@U1> `select 1` <@U2>",
        "Hi all: could you run this in prod? `select 1` It is the query of yesterday",
        "here is the query:\n```select 1```\nThanks!",
        "`select 1` in prod",
        "the android and the landlord `select 1` android",
        "请运行 `select 1`，谢谢",
        "\u200b`select 1`\ufeff",
        ":wave: `select 1` :pray:",
    ],
)
def test_plain_prose_is_left_out(sent: str) -> None:
    found = read(sent)

    assert (found.sql, notes(found)) == ("select 1", set())


@pytest.mark.parametrize(
    "prose",
    [
        "Could you run this (for finance)",
        "[DATA-12]",
        "Ticket (DATA-12)",
        '"Daily revenue"',
        "1)",
        "can you run this ->",
        "=>",
        "\u2014 from Bob",
        "Please run all",
        "Same as",
        "this fills the table",
        "this is what I'd like to join",
        "see <https://x.y/a--b>",
        "I want to select users from last week",
        "It shows where revenue is low",
        "*Query:*",
        "*Please run*",
        "> ",
    ],
)
def test_a_sentence_before_a_block_is_left_out(prose: str) -> None:
    typed = prose.replace("<", "").strip("*>")
    in_text = read_message({"text": f"{prose}\n```select 1 from t```"})
    in_rich_text = read_message(
        rich_text(section(text(typed)), preformatted(text("select 1 from t")))
    )

    for found in (in_text, in_rich_text):
        assert (found.sql, notes(found)) == ("select 1 from t", set())


@pytest.mark.parametrize(
    "prose",
    [
        "Not urgent, thanks!",
        "(no rush)",
        "- Anna",
        "...thanks",
        "^ this one",
        '"thanks"',
        "as discussed",
        "when you have time",
        "full results please",
        "On prod please",
        "And please tell me how long it takes",
        "With this I get an error",
    ],
)
def test_a_sentence_behind_a_block_is_left_out(prose: str) -> None:
    in_text = read_message({"text": f"```select 1 from t```\n{prose}"})
    in_rich_text = read_message(
        rich_text(preformatted(text("select 1 from t")), section(text(prose)))
    )

    for found in (in_text, in_rich_text):
        assert (found.sql, notes(found)) == ("select 1 from t", set())


@pytest.mark.parametrize(
    "sent",
    [
        "`select 1`, thanks!",
        "`select 1` (it is slow)",
        "`select 1` - does it work?",
        "`select 1`; thanks",
        "`select 1` \u2014 does it work?",
    ],
)
def test_a_mark_behind_code_in_a_line_is_left_out(sent: str) -> None:
    found = read(sent)

    assert (found.sql, notes(found)) == ("select 1", set())


@pytest.mark.parametrize(
    "sent",
    [
        "```delete from t```\nwhere is_deleted",
        "```delete from t```\nwhere a + 1 = 2",
        '```delete from t```\nwhere "a" = 1',
        "```delete from t```\nwhere -1 = a",
        "```delete from t```\nwhere ds \u2265 1",
        "```delete from t where b```\nand a + 1 = 2",
        "```delete from t where a = 1```\nand is_old",
        "```delete from t```\n, where ds = 1",
        "```delete from t```\n[where ds=1]",
        "```delete from t```\n(where ds in (1, 2))",
        "```delete from t```\n*where* ds = 1",
        "```delete from t```\n> where ds = 1",
        "```delete from t```\n-- where ds = 1",
        "```delete from t```\nbut only where not (ds = 1)",
        "```select a```\nfrom t",
        "```select a from t```\nlimit 10",
        "```select a from t```\norder by a",
        "```select a from t```\nunion all select 1",
        "```select a from t```\nleft join u on t.a = u.a",
        "```insert overwrite table t```\nselect 1 from u",
        "```with x as (select 1)```\nselect * from x",
        "```insert into t```\nvalues (1)",
        "```update t```\nset n = 0",
        "please\nexplain\n```delete from t```",
        "cost sql\n```select 1```",
        "-- do not run:\n```drop table t```",
        "/* do not run\n```drop table t```",
        "insert overwrite table t\n```select 1```",
        "create table u as\n```select 1```",
        "select 1 union all\n```select 2```",
        "with x as (select 1)\n```select * from x```",
        "~```drop table t```~",
    ],
)
def test_a_clause_beside_a_block_is_known_by_its_shape(sent: str) -> None:
    found = read(sent)

    assert found.has_gaps
    assert Note.WORDS in found.notes


@pytest.mark.parametrize(
    ("runs", "sql"),
    [
        (("select 1;", "drop table t"), "select 1;\ndrop table t"),
        (("set a=1;", "select 1"), "set a=1;\nselect 1"),
        (("insert overwrite table t", "select 1"), "insert overwrite table t\nselect 1"),
        (("select 1 union all", "select 2"), "select 1 union all\nselect 2"),
        (("update t", "set n = 0"), "update t\nset n = 0"),
        (("select a", "from t"), "select a\nfrom t"),
        (("-- daily", "select 1"), "-- daily\nselect 1"),
    ],
)
def test_code_that_goes_on_in_a_piece_of_its_own_is_one_statement(
    runs: tuple[str, ...], sql: str
) -> None:
    in_lines = rich_text(*(section(text(run, code=True)) for run in runs))
    in_blocks = rich_text(*(preformatted(text(run)) for run in runs))

    for message in (in_lines, in_blocks):
        found = read_message(message)
        assert (found.sql, notes(found)) == (sql, set())


def test_a_clause_behind_a_block_of_code_is_not_lost() -> None:
    where = section(text("wh", bold=True), text("ere ds='1'"))

    found = read_message(rich_text(preformatted(text("delete from t")), where))

    assert found.sql == "delete from t\n⟦*wh*ere ds='1'⟧"
    assert found.notes == (Note.WORDS,)


@pytest.mark.parametrize("gap", ["\u200b", "\u2060\ufeff", "\u00ad", "\u200d", "\u2800"])
def test_invisible_characters_do_not_fuse_words(gap: str) -> None:
    parts = (text("delete from t", code=True), text(gap), text("where a = 1", code=True))

    for message in (rich_text(section(*parts)), {"text": f"`delete from t`{gap}`where a = 1`"}):
        found = read_message(message)
        assert (found.sql, found.notes) == ("delete from t⟦?⟧where a = 1", (Note.UNREAD,))


def test_struck_through_code_stands_in_a_gap() -> None:
    struck = text("drop table t", code=True, strike=True)

    for message, sql in (
        (rich_text(section(struck)), "⟦drop table t⟧"),
        (rich_text(section(text("select 1 ", code=True), struck)), "select 1 ⟦drop table t⟧"),
        (
            rich_text(preformatted(text("select 1; "), struck)) | {"text": ""},
            "select 1; ⟦drop table t⟧",
        ),
    ):
        found = read_message(message)
        assert (found.sql, found.notes) == (sql, (Note.UNREAD,))


def test_an_attachment_without_code_hides_nothing() -> None:
    message = {"text": "`select 1`", "attachments": [{"text": "a page", "title": "A page"}]}

    assert read_message(message).sql == "select 1"


@pytest.mark.parametrize(
    ("sent", "sql"),
    [
        ("`delete from a where b = '<@U1>'`", "delete from a where b = '⟦@someone⟧'"),
        ("`select '<@U1|ann>'`", "select '@ann'"),
        ("```select '<!date^1^{date}|yesterday>'```", "select '⟦yesterday⟧'"),
        ("```select '<!subteam^S1>', 1```", "select '⟦@group⟧', 1"),
        ("select * from t where place = '<#C1>'", "select * from t where place = '⟦#channel⟧'"),
    ],
)
def test_what_was_typed_and_is_not_known_stands_in_a_gap(sent: str, sql: str) -> None:
    found = read(sent)

    assert found.sql == sql
    assert found.notes == ((Note.UNREAD,) if "⟦" in sql else ())


@pytest.mark.parametrize(
    ("message", "sql"),
    [
        (rich_text(preformatted(text("select a < b &amp; 'x'"))), "select a < b &amp; 'x'"),
        (rich_text(section(text("run")), preformatted(text("select 1"))), "select 1"),
        (rich_text(preformatted(text("sql\nselect 1"))), "select 1"),
        (
            rich_text(preformatted(text("set x = 1")), preformatted(text("select 2"))),
            "set x = 1;\nselect 2",
        ),
        (
            rich_text(preformatted(text("set x = 1;")), preformatted(text("select 2"))),
            "set x = 1;\nselect 2",
        ),
        (
            rich_text(
                preformatted(
                    text("select * from "),
                    {"type": "link", "url": "http://ads.io", "text": "ads.io"},
                    text(" where u = "),
                    {"type": "link", "url": "https://x.y/z?a=1&b=2"},
                )
            ),
            "select * from ads.io where u = https://x.y/z?a=1&b=2",
        ),
        (rich_text(section(text("is "), text("select 1", code=True), text(" ok?"))), "select 1"),
        (
            rich_text(
                section(
                    text("delete from stock", code=True),
                    text("\n"),
                    text("where sku = 'A-1'", code=True),
                )
            ),
            "delete from stock\nwhere sku = 'A-1'",
        ),
        (
            rich_text(
                section(text("delete from stock", code=True)),
                section(text(" \n\u200b")),
                section(text("where sku = 'A-1'", code=True)),
            ),
            "delete from stock\n \n\nwhere sku = 'A-1'",
        ),
        (
            rich_text(
                section(
                    text("please: "),
                    text("delete ", code=True),
                    text("from stock", code=True, bold=True),
                    text(" where ", code=True, italic=True),
                    text("sku = 1", code=True, bold=True),
                    text(" thanks", bold=True),
                )
            ),
            "delete from stock where sku = 1",
        ),
        (
            rich_text(
                {
                    "type": "rich_text_list",
                    "elements": [
                        section(text("delete from stock", code=True)),
                        section(text("where sku = 1", code=True)),
                    ],
                }
            ),
            "delete from stock\nwhere sku = 1",
        ),
        (
            rich_text(
                section(text("select "), text("a", code=True), text(" from "), text("t", code=True))
            ),
            "select `a` from `t`",
        ),
        (
            rich_text(section({"type": "user", "user_id": "U1"}, text(" "), text("x", code=True))),
            "x",
        ),
        (
            rich_text(
                {
                    "type": "rich_text_list",
                    "elements": [section(text("select 1")), section(text("from t"))],
                }
            ),
            "select 1\nfrom t",
        ),
        ({"text": "select 1", "blocks": [{"type": "section"}]}, "select 1"),
        ({"text": "select 1", "blocks": None}, "select 1"),
        ({}, ""),
    ],
)
def test_rich_text_is_the_better_source(message: dict[str, Any], sql: str) -> None:
    found = read_message(message)

    assert (found.sql, notes(found)) == (sql, set())


USER = {"type": "user", "user_id": "U1"}
GROUP = {"type": "usergroup", "usergroup_id": "S1"}
DATE = {"type": "date", "timestamp": 1795982400, "format": "{date}", "fallback": "29 November"}
EMOJI = {"type": "emoji", "name": "100", "unicode": "1f4af"}
NEW = {"type": "mood", "text": "calm"}
CHANNEL = {"type": "channel", "channel_id": "C1"}

#: Parts of a message of which nobody can tell what was typed, and how they are shown.
unreadable = pytest.mark.parametrize(
    ("part", "shown"),
    [
        (USER, "@someone"),
        (GROUP, "@group"),
        (DATE, "29 November"),
        (DATE | {"fallback": None}, "?"),
        (EMOJI, ":100:"),
        (NEW, "calm"),
        (CHANNEL, "#channel"),
        ({}, "?"),
        (None, "?"),
    ],
)


@unreadable
def test_what_cannot_be_read_in_a_block_of_code_stands_in_a_gap(part: Any, shown: str) -> None:
    blocks = rich_text(preformatted(text("delete from a where b = '"), text("'")))["blocks"]
    blocks[0]["elements"][0]["elements"].insert(1, part)

    found = read_message({"text": "", "blocks": blocks})

    assert found.sql == f"delete from a where b = '⟦{shown}⟧'"
    assert found.notes == (Note.UNREAD,)


@unreadable
@pytest.mark.parametrize("style", [{}, {"style": {"code": True}}])
def test_what_cannot_be_read_in_a_line_of_code_stands_in_a_gap(
    part: Any, shown: str, style: dict[str, Any]
) -> None:
    start, end = text("delete from a where b = '", code=True), text("'", code=True)
    styled = part if part is None else part | style

    for parts, sql in (
        ((start, styled, end), f"delete from a where b = '⟦{shown}⟧'"),
        ((start, styled), f"delete from a where b = '⟦{shown}⟧"),
    ):
        blocks = [{"type": "rich_text", "elements": [section(*parts)]}]
        found = read_message({"text": "", "blocks": blocks})
        assert (found.sql, found.notes) == (sql, (Note.UNREAD,))


@unreadable
def test_what_cannot_be_read_in_sql_without_code_stands_in_a_gap(part: Any, shown: str) -> None:
    parts = [text("delete from a where b = '"), part, text("'")]

    found = read_message(
        {"text": "", "blocks": [{"type": "rich_text", "elements": [section(*parts)]}]}
    )

    assert found.sql == f"delete from a where b = '⟦{shown}⟧'"
    assert found.notes == (Note.UNREAD,)


@pytest.mark.parametrize("style", [{}, {"style": {"code": True}}])
def test_a_colour_in_code_is_kept(style: dict[str, Any]) -> None:
    colour = {"type": "color", "value": "#ff0000"} | style
    start, end = text("delete from a where b = '", code=True), text("'", code=True)

    for message in (
        rich_text(section(start, colour, end)),
        rich_text(preformatted(text("delete from a where b = '"), colour, text("'"))),
    ):
        found = read_message(message)
        assert (found.sql, notes(found)) == ("delete from a where b = '#ff0000'", set())


@pytest.mark.parametrize("style", ["bold", "italic", "strike"])
def test_stars_and_lines_that_became_a_style_are_kept(style: str) -> None:
    message = rich_text(section(text("select price "), text("qty", **{style: True}), text(" 2")))

    mark = MARKS[style]
    assert read_message(message).sql == f"select price {mark}qty{mark} 2"
    assert read_message(message).is_sure


def test_marks_of_two_styles_are_kept_as_the_text_has_them() -> None:
    message = rich_text(section(text("select a "), text("b", bold=True, italic=True), text(" c")))

    assert read_message(message).sql == "select a *_b_* c"


def test_a_style_without_its_marks_in_the_text_stands_in_a_gap() -> None:
    message = rich_text(section(text("select price "), text("qty", bold=True), text(" 2")))

    found = read_message(message | {"text": ""})

    assert (found.sql, found.notes) == ("select price ⟦qty⟧ 2", (Note.UNREAD,))


def test_a_text_that_says_something_else_is_not_passed_over() -> None:
    message = rich_text(preformatted(text("delete from stock")))

    found = read_message(message | {"text": "```delete from stock where sku = 1```"})
    assert (found.sql, found.notes) == ("delete from stock", (Note.DIFFERS,))
    found = read_message(message | {"text": "```select 1```"})
    assert (found.sql, found.notes) == ("delete from stock", (Note.DIFFERS,))
    found = read_message(message | {"text": "The report of today", "bot_id": "B1"})
    assert found.notes == ()


def test_an_element_that_slack_has_learnt_since_may_be_code() -> None:
    new = {"type": "rich_text_poem", "elements": [text("where sku = 'A-1'")]}
    message = rich_text(section(text("delete from stock", code=True)), new)

    assert read_message(message).sql == "delete from stock\n⟦where sku = 'A-1'⟧"
    assert Note.UNREAD in read_message(message).notes


@pytest.mark.parametrize(
    "block",
    [
        {"type": "section", "text": {"type": "mrkdwn", "text": "see ```where sku = 1```"}},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "see `where sku = 1`"}]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "see `where sku = 1`"}]},
        {"type": "markdown", "text": "see\n```\nwhere sku = 1\n```"},
        {
            "type": "container",
            "child_blocks": [
                {
                    "type": "rich_text",
                    "elements": [section(text("see")), preformatted(text("where sku = 1"))],
                }
            ],
        },
    ],
)
def test_code_in_other_blocks_is_not_left_out_unnoticed(block: dict[str, Any]) -> None:
    first = rich_text(section(text("delete from stock", code=True)))

    found = read_message(first | {"blocks": [*first["blocks"], block]})

    assert found.sql == "delete from stock\n⟦see⟧\nwhere sku = 1"


@pytest.mark.parametrize(
    "block",
    [
        {"type": "section", "text": {"type": "mrkdwn", "text": "Slow: ```select a &lt; 1```"}},
        {"type": "section", "fields": [None, {"type": "mrkdwn", "text": "`select a &lt; 1`"}]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "`select a &lt; 1`"}, None]},
        {"type": "markdown", "text": "**Slow**\n```sql\nselect a < 1\n```"},
        {"type": "section", "text": {"type": "plain_text", "text": "select a < 1"}},
        {"type": "context", "elements": [{"type": "plain_text", "text": "select a < 1"}]},
        {"type": "table", "rows": [[{"type": "raw_text", "text": "select a < 1"}]]},
        {"type": "container", "child_blocks": [{"type": "markdown", "text": "`select a < 1`"}]},
    ],
)
def test_sql_in_a_message_of_an_app_is_read(block: dict[str, Any]) -> None:
    header = {"type": "header", "text": {"type": "plain_text", "text": "Daily report"}}
    message = {"text": "Daily report is slow", "bot_id": "B1", "blocks": [header, None, block]}

    found = read_message(message)

    assert (found.sql, notes(found)) == ("select a < 1", set())


SAID = "select a from b"
FORWARDS = {
    "rich text": {
        "is_msg_unfurl": True,
        "is_share": True,
        "text": f"```{SAID}```",
        "fallback": "[today] ann: select",
        "message_blocks": [
            None,
            {"team": "T1", "message": {"blocks": rich_text(preformatted(text(SAID)))["blocks"]}},
        ],
    },
    "text": {"is_share": True, "text": f"```{SAID}```", "message_blocks": None},
    "sql without code": {"is_msg_unfurl": True, "text": SAID},
    "blocks of an app": {
        "is_msg_unfurl": True,
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": f"`{SAID}`"}}],
    },
    "forwarded twice": {
        "is_share": True,
        "text": "",
        "message_blocks": [
            {"message": {"text": "see", "attachments": [{"is_share": True, "text": f"`{SAID}`"}]}}
        ],
    },
}


@pytest.mark.parametrize("attachment", FORWARDS.values(), ids=list(FORWARDS))
@pytest.mark.parametrize("comment", ["", "update please", "Could you run this?", "show me this"])
def test_a_forwarded_message_is_read_and_not_the_comment_above(
    attachment: dict[str, Any], comment: str
) -> None:
    commented = rich_text(section(text(comment))) if comment else {"text": "", "blocks": None}

    found = read_message(commented | {"attachments": [None, attachment]})

    assert (found.sql, found.notes) == (SAID, (Note.FORWARDED,))


def test_code_above_a_forwarded_message_is_not_mixed_with_its_code() -> None:
    for said in ("`drop table t`", "drop table t"):
        found = read_message({"text": said, "attachments": [FORWARDS["text"]]})

        assert Note.MORE in found.notes
        assert {found.sql, *found.more} == {SAID, "drop table t"}


@pytest.mark.parametrize(
    "attachment",
    [
        {"text": f"`{SAID}`"},
        {"pretext": "It was slow", "title": "Query 7", "text": f"`{SAID}`", "fallback": "x"},
        {"title": "Query 7", "fields": [None, {"title": "SQL", "value": SAID, "short": True}]},
        {"fallback": f"```{SAID}```"},
        {"from_url": "https://x.y", "title": "A page", "text": f"```{SAID}```"},
    ],
)
def test_an_attachment_of_an_app_and_the_preview_of_a_link_are_read(
    attachment: dict[str, Any],
) -> None:
    found = read_message({"text": "<https://x.y>", "attachments": [attachment]})

    assert (found.sql, found.notes) == (SAID, (Note.ATTACHED,))


@pytest.mark.parametrize("nothing", [None, 1, "x", [], {}, [None], [[]], [{}], [1], ["x"]])
def test_what_slack_sends_in_a_shape_that_nobody_knows_is_read_all_the_same(nothing: Any) -> None:
    elements = {"type": "rich_text", "elements": nothing}
    parts = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": nothing}]}
    listed = {"type": "rich_text", "elements": [{"type": "rich_text_list", "elements": nothing}]}
    odd_text = section({"type": "text", "text": nothing, "style": nothing})
    styled = [{"type": "rich_text", "elements": [odd_text]}]
    for message in (
        {"text": nothing},
        {"blocks": nothing},
        {"attachments": nothing},
        {"blocks": [elements, parts, listed, *styled, {"type": "section", "text": nothing}]},
        {"attachments": [{"message_blocks": nothing, "fields": nothing, "text": nothing}]},
        {"attachments": [{"message_blocks": [{"message": nothing}], "blocks": nothing}]},
        {"attachments": [{"attachments": nothing, "fields": [{"value": nothing}]}]},
    ):
        assert isinstance(read_message(message).sql, str)


def test_what_an_app_says_twice_is_read_once() -> None:
    said = "```select 1```"
    section_of_app = {"type": "section", "text": {"type": "mrkdwn", "text": said}}

    assert read_message({"text": said, "blocks": [section_of_app]}).sql == "select 1"


@pytest.mark.parametrize("prose", ["hello", "thanks!", "1 + 1", "", "r42", "@odps run", "选择"])
def test_prose_does_not_look_like_sql(prose: str) -> None:
    assert not looks_like_sql(prose)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="`\r"), min_size=1))
def test_what_is_fenced_arrives_as_it_was_written(inside: str) -> None:
    statement = f"select '{inside.replace(chr(39), '').replace(chr(92), '')}'"

    assert read_message({"text": f"```{encode_entities(statement)}```"}).sql == statement


@given(st.text(alphabet="`'\"-/*<>&|@!#ab \n;"))
def test_any_text_is_read(sent: str) -> None:
    assert isinstance(read(sent).sql, str)
