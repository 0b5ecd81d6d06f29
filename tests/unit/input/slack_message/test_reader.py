"""The statement is found in a message, however it is written there."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.input.slack_message.reader import Trouble, sql_in
from odps_bot.sandbox.slack.texts import encode_entities
from odps_bot.sql.beginnings import looks_like_sql


def rich_text(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"text": "not this", "blocks": [{"type": "rich_text", "elements": list(elements)}]}


def section(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(parts)}


def preformatted(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_preformatted", "elements": list(parts)}


def text(words: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": words} | ({"style": style} if style else {})


@pytest.mark.parametrize(
    ("sent", "sql"),
    [
        ("```select 1```", "select 1"),
        ("```\nselect a\nfrom t\n```", "select a\nfrom t"),
        ("```sql\nselect 1\n```", "select 1"),
        ("please run ```select 1``` today", "select 1"),
        ("first ```x = 1``` then `-- nothing`", "x = 1"),
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
        ("/odps run select 1", "select 1"),
        ("/odps run x", "x"),
        ("good morning", "good morning"),
        ("", ""),
        ("``````", ""),
    ],
)
def test_it_is_found_in_the_text_of_a_message(sent: str, sql: str | None) -> None:
    found = sql_in({"text": sent})

    assert (found.sql, found.trouble) == (sent if sql is None else sql, None)


@pytest.mark.parametrize(
    ("sent", "count"),
    [
        ("first ```x = 1``` then ```select 1```", 2),
        ("```x = 1``` and ```y = 2```", 2),
        ("is `orders` in `select * from orders`?", 2),
        ("`delete from stock` but only `where sku = 'A-1'`", 2),
        ("`set a=1;` and `select 1`", 2),
        ("```select 1```\n```drop table t```", 2),
        ("`select 1` `select 2`\n`select 3`", 3),
        ("`select 1`\n`set a=1`", 2),
        ("```select 1```\n```drop table t``` or `select 2`", 3),
    ],
)
def test_a_part_of_the_code_is_not_taken_for_the_whole(sent: str, count: int) -> None:
    found = sql_in({"text": sent})

    assert (found.sql, found.trouble) == ("", Trouble.SEVERAL)
    assert found.code_count == count


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
        "set odps.sql.x=1; `delete from t`",
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
def test_code_with_prose_beside_it_that_could_be_sql_is_not_taken(sent: str) -> None:
    found = sql_in({"text": sent})

    assert (found.sql, found.trouble) == ("", Trouble.BESIDE)


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
    found = sql_in({"text": sent})

    assert (found.sql, found.trouble) == ("select 1", None)


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
    in_text = sql_in({"text": f"{prose}\n```select 1 from t```"})
    in_rich_text = sql_in(rich_text(section(text(typed)), preformatted(text("select 1 from t"))))

    for found in (in_text, in_rich_text):
        assert (found.sql, found.trouble) == ("select 1 from t", None)


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
    in_text = sql_in({"text": f"```select 1 from t```\n{prose}"})
    in_rich_text = sql_in(rich_text(preformatted(text("select 1 from t")), section(text(prose))))

    for found in (in_text, in_rich_text):
        assert (found.sql, found.trouble) == ("select 1 from t", None)


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
    found = sql_in({"text": sent})

    assert (found.sql, found.trouble) == ("select 1", None)


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
        "set odps.sql.x=1;\n```delete from t```",
        "~```drop table t```~",
    ],
)
def test_a_clause_beside_a_block_is_known_by_its_shape(sent: str) -> None:
    found = sql_in({"text": sent})

    assert (found.sql, found.trouble) == ("", Trouble.BESIDE)


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
        found = sql_in(message)
        assert (found.sql, found.trouble) == (sql, None)


def test_a_clause_behind_a_block_of_code_is_not_lost() -> None:
    where = section(text("wh", bold=True), text("ere ds='1'"))

    found = sql_in(rich_text(preformatted(text("delete from t")), where))

    assert (found.sql, found.trouble) == ("", Trouble.BESIDE)


@pytest.mark.parametrize("gap", ["\u200b", "\u2060\ufeff", "\u00ad", "\u200d", "\u2800"])
def test_invisible_characters_do_not_fuse_words(gap: str) -> None:
    parts = (text("delete from t", code=True), text(gap), text("where a = 1", code=True))

    for message in (rich_text(section(*parts)), {"text": f"`delete from t`{gap}`where a = 1`"}):
        found = sql_in(message)
        assert (found.sql, found.trouble) == ("", Trouble.UNREADABLE)


def test_struck_through_code_is_not_taken() -> None:
    struck = text("drop table t", code=True, strike=True)

    for message in (
        rich_text(section(struck)),
        rich_text(section(text("select 1 ", code=True), struck)),
        rich_text(preformatted(text("select 1; "), struck)),
    ):
        found = sql_in(message)
        assert (found.sql, found.trouble) == ("", Trouble.UNREADABLE)


@pytest.mark.parametrize(
    "attachment",
    [
        {"text": "`where sku = 1`"},
        {"fallback": "```where sku = 1```"},
        {"blocks": [{"type": "rich_text", "elements": [preformatted(text("where sku = 1"))]}]},
        {
            "is_msg_unfurl": True,
            "message_blocks": [
                {"message": {"blocks": rich_text(section(text("x", code=True)))["blocks"]}}
            ],
        },
    ],
)
def test_code_in_a_forwarded_message_is_not_left_out_unnoticed(attachment: dict[str, Any]) -> None:
    for message in ({"text": "`delete from stock`"}, {"text": ""}, {"text": "select 1"}):
        found = sql_in(message | {"attachments": [attachment]})
        assert (found.sql, found.trouble) == ("", Trouble.ELSEWHERE)


def test_an_attachment_without_code_hides_nothing() -> None:
    message = {"text": "`select 1`", "attachments": [{"text": "a page", "title": "A page"}]}

    assert sql_in(message).sql == "select 1"


@pytest.mark.parametrize(
    "sent",
    [
        "`delete from stock where buyer = '<@U1>'`",
        "```delete from stock where day = '<!date^1795982400^{date}|yesterday>'```",
        "```select * from t where g = '<!subteam^S1>'```",
        "delete from stock where place = '<#C1>'",
        "`delete from stock` and ` where sku = 'A-1'",
        "```delete from stock``` ```where sku = 'A-1'",
        "<@U0ODPSBOT> hello",
    ],
)
def test_what_was_typed_somewhere_in_the_code_may_not_be_known(sent: str) -> None:
    found = sql_in({"text": sent})

    assert found.sql == ""
    assert found.trouble in {Trouble.UNREADABLE, Trouble.BESIDE}


@pytest.mark.parametrize(
    ("message", "sql"),
    [
        (rich_text(preformatted(text("select a < b &amp; 'x'"))), "select a < b &amp; 'x'"),
        (rich_text(section(text("run")), preformatted(text("select 1"))), "select 1"),
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
    found = sql_in(message)

    assert (found.sql, found.trouble) == (sql, None)


USER = {"type": "user", "user_id": "U1"}
GROUP = {"type": "usergroup", "usergroup_id": "S1"}
COLOUR = {"type": "color", "value": "#F405B3"}
DATE = {"type": "date", "timestamp": 1795982400, "format": "{date}", "fallback": "29 November"}
EMOJI = {"type": "emoji", "name": "100", "unicode": "1f4af"}
NEW = {"type": "mood", "text": "calm"}

#: Parts of a message that are not what was typed.
unreadable = pytest.mark.parametrize(
    "part",
    [USER, GROUP, COLOUR, DATE, EMOJI, NEW, {"type": "channel", "channel_id": "C1"}, {}],
    ids=lambda part: part.get("type", "none"),
)


@unreadable
def test_a_block_of_code_with_something_unreadable_is_not_filled_in(part: dict[str, Any]) -> None:
    message = rich_text(preformatted(text("delete from stock where a = '"), part, text("'")))

    assert sql_in(message).sql == ""
    assert sql_in(message).trouble is Trouble.UNREADABLE


@unreadable
@pytest.mark.parametrize("style", [{}, {"style": {"code": True}}])
def test_code_in_a_line_with_something_unreadable_is_not_filled_in(
    part: dict[str, Any], style: dict[str, Any]
) -> None:
    start, end = text("delete from stock where a = '", code=True), text("'", code=True)

    for parts in ((start, part | style, end), (start, part | style), (part | style, start)):
        found = sql_in(rich_text(section(*parts)))
        assert found.sql == ""
        assert found.trouble is not None


@unreadable
def test_sql_outside_of_code_with_something_unreadable_is_not_filled_in(
    part: dict[str, Any],
) -> None:
    message = rich_text(section(text("delete from stock where a = '"), part, text("'")))

    assert sql_in(message).sql == ""
    assert sql_in(message).trouble is Trouble.UNREADABLE


@pytest.mark.parametrize("style", ["bold", "italic", "strike"])
def test_stars_and_lines_that_became_a_style_are_not_lost_unnoticed(style: str) -> None:
    message = rich_text(section(text("select price "), text("qty", **{style: True}), text(" 2")))

    assert sql_in(message).sql == ""
    assert sql_in(message).trouble is Trouble.UNREADABLE


def test_an_element_that_slack_has_learnt_since_may_be_code() -> None:
    new = {"type": "rich_text_poem", "elements": [text("where sku = 'A-1'")]}
    message = rich_text(section(text("delete from stock", code=True)), new)

    assert sql_in(message).sql == ""
    assert sql_in(message).trouble is not None


@pytest.mark.parametrize(
    "block",
    [
        {"type": "section", "text": {"type": "mrkdwn", "text": "```where sku = 1```"}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "`where sku = 1`"}]},
        {"type": "markdown", "text": "```\nwhere sku = 1\n```"},
        {
            "type": "container",
            "child_blocks": [
                {"type": "rich_text", "elements": [preformatted(text("where sku = 1"))]}
            ],
        },
    ],
)
def test_code_in_other_blocks_is_not_left_out_unnoticed(block: dict[str, Any]) -> None:
    by_a_person = rich_text(section(text("delete from stock", code=True)))
    by_an_app = {"text": "`delete from stock`", "blocks": [block]}

    for message in (by_a_person | {"blocks": [*by_a_person["blocks"], block]}, by_an_app):
        assert sql_in(message).sql == ""
        assert sql_in(message).trouble is Trouble.ELSEWHERE


def test_what_an_app_says_twice_is_read_once() -> None:
    said = "```select 1```"
    section_of_app = {"type": "section", "text": {"type": "mrkdwn", "text": said}}

    assert sql_in({"text": said, "blocks": [section_of_app]}).sql == "select 1"


@pytest.mark.parametrize("prose", ["hello", "thanks!", "1 + 1", "", "r42", "@odps run", "选择"])
def test_prose_does_not_look_like_sql(prose: str) -> None:
    assert not looks_like_sql(prose)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="`\r"), min_size=1))
def test_what_is_fenced_arrives_as_it_was_written(inside: str) -> None:
    statement = f"select '{inside.replace(chr(39), '').replace(chr(92), '')}'"

    assert sql_in({"text": f"```{encode_entities(statement)}```"}).sql == statement


@given(
    st.lists(st.text(alphabet="abc =1'\n", min_size=1).filter(str.strip), min_size=1, max_size=5),
    st.data(),
)
def test_no_code_is_left_out_however_it_is_styled_and_parted(
    runs: list[str], data: st.DataObject
) -> None:
    styles = st.fixed_dictionaries({}, optional={"bold": st.just(True), "italic": st.just(True)})
    parts: list[dict[str, Any]] = []
    for run in runs:
        parts += [text(run, code=True, **data.draw(styles)), text(data.draw(st.text(" \n")))]

    found = sql_in(rich_text(section(*parts)))

    if found.sql:
        assert "".join(found.sql.split()) == "".join("".join(runs).split())


@given(st.text(alphabet="`'\"-/*<>&|@!#ab \n;"))
def test_any_text_is_read(sent: str) -> None:
    assert isinstance(sql_in({"text": sent}).sql, str)
