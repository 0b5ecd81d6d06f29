"""What Slack's composer makes of what is typed: rich text, and the text derived from it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from odps_bot.sandbox.slack.block_kit import check_blocks
from odps_bot.sandbox.slack.composer import Names, compose, compose_blocks, derive_text
from odps_bot.sandbox.slack.errors import SlackError

NAMES = Names(
    people={"odps": "U0ODPSBOT", "alice": "U0ALICE"},
    groups={"data-platform": "S1"},
    channels={"data-eng": "C1"},
)
Elements = list[dict[str, Any]]


def elements_of(typed: str) -> Elements:
    """Return the parts of the only block."""
    (block,) = compose(typed, NAMES)["blocks"]
    assert block["type"] == "rich_text"
    elements: Elements = block["elements"]
    return elements


def runs_of(typed: str) -> Elements:
    """Return the runs of the only section."""
    (section,) = elements_of(typed)
    assert section["type"] == "rich_text_section"
    runs: Elements = section["elements"]
    return runs


def text(content: str, *styles: str) -> dict[str, Any]:
    styled = {"style": dict.fromkeys(styles, True)} if styles else {}
    return {"type": "text", "text": content} | styled


def section(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(runs)}


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("@odps stop", "<@U0ODPSBOT> stop"),
        ("hey @odps, stop", "hey <@U0ODPSBOT>, stop"),
        ("<@U0ODPSBOT> stop", "<@U0ODPSBOT> stop"),
        ("mail a@odps and @nobody", "mail a@odps and @nobody"),
        ("<script> & 1 < 2", "&lt;script&gt; &amp; 1 &lt; 2"),
        ("`@odps` in code, ```t.id @odps```", "`@odps` in code, ```t.id @odps```"),
        ("see https://a.example/x?y=1&z=2.", "see <https://a.example/x?y=1&amp;z=2>."),
        ("(https://a.example) <https://b>", "(<https://a.example>) &lt;<https://b>&gt;"),
        ("select t.id from t", "select <http://t.id|t.id> from t"),
        ("where a.id=b.id", "where <http://a.id|a.id>=<http://b.id|b.id>"),
        ("select t.name, id.x, f.io(1)", "select t.name, id.x, f.io(1)"),
        ("ask a.b@c.example", "ask <mailto:a.b@c.example|a.b@c.example>"),
        ("https://medium.example/@odps", "<https://medium.example/@odps>"),
        ("<https://a.example/?q=1|the page>", "<https://a.example/?q=1|the page>"),
        ("ask @data-platform", "ask <!subteam^S1>"),
        ("look at #data-eng, not #nowhere", "look at <#C1|data-eng>, not #nowhere"),
        ("@here and @channel", "<!here> and <!channel>"),
        ("done :tada: at 10:20:30", "done :tada: at 10:20:30"),
        ("where color = '#ff8800'", "where color = '#ff8800'"),
        ("@odps run ```\nselect 1\n```\nthanks", "<@U0ODPSBOT> run ```select 1```\nthanks"),
        ("``` select 1", "``` select 1"),
        ("``````", "``````"),
        ("a ```x``` b", "a ```x```\nb"),
        ("```a```\n```b```", "```a```\n```b```"),
        ("a\n- x\n- y\n    - z\nend", "a\n• x\n• y\n    ◦ z\nend"),
        ("3. c\n4. d", "3. c\n4. d"),
        ("1. a\n    1. b\n        1. c", "1. a\n    a. b\n        i. c"),
        ("-- no list\n-1", "-- no list\n-1"),
        ("> q\n> r\nafter", "&gt; q\n&gt; r\nafter"),
        (">>> all\nof it", "&gt; all\n&gt; of it"),
        ("_*both*_", "*_both_*"),
    ],
)
def test_the_text_has_entities_mentions_and_marks(typed: str, sent: str) -> None:
    assert compose(typed, NAMES)["text"] == sent


def test_stars_in_sql_are_a_bold_run_in_blocks_and_stars_in_text() -> None:
    typed = "select *qty*, count(*) from stock"

    assert compose(typed, NAMES)["text"] == typed
    assert runs_of(typed) == [
        text("select "),
        text("qty", "bold"),
        text(", count(*) from stock"),
    ]


@pytest.mark.parametrize(
    ("typed", "run"),
    [
        ("*b*", text("b", "bold")),
        ("_i_", text("i", "italic")),
        ("~s~", text("s", "strike")),
        ("`c *x*`", text("c *x*", "code")),
        ("*_b_*", text("b", "bold", "italic")),
        ("*`b`*", text("b", "bold", "code")),
        ("<https://a.example|a>", {"type": "link", "url": "https://a.example", "text": "a"}),
        ("https://a.example", {"type": "link", "url": "https://a.example"}),
        ("t.id", {"type": "link", "url": "http://t.id", "text": "t.id"}),
        ("@alice", {"type": "user", "user_id": "U0ALICE"}),
        ("<@U0ALICE|alice>", {"type": "user", "user_id": "U0ALICE"}),
        ("@data-platform", {"type": "usergroup", "usergroup_id": "S1"}),
        ("#data-eng", {"type": "channel", "channel_id": "C1"}),
        ("<#C1|data-eng>", {"type": "channel", "channel_id": "C1"}),
        ("@here", {"type": "broadcast", "range": "here"}),
        (":tada:", {"type": "emoji", "name": "tada", "unicode": "1f389"}),
        ("#ff8800", {"type": "color", "value": "#ff8800"}),
    ],
)
def test_each_mark_becomes_an_element_of_its_kind(typed: str, run: dict[str, Any]) -> None:
    assert runs_of(typed) == [run]


@pytest.mark.parametrize(
    "typed",
    [
        "select a*b*c, snake_case_name, x ~ y",
        "select count(*), sum(*), t.*",
        "/*+ mapjoin(b) */ select * from t",
        "a * b * c",
        "where a_ = 1 and _b = 2\nor c",
        "a::bigint:b",
        "*a\nb*",
    ],
)
def test_what_is_no_markup_stays_plain(typed: str) -> None:
    assert runs_of(typed) == [text(typed)]


def test_parts_are_lists_quotes_and_code_in_their_order() -> None:
    preformatted = {"type": "rich_text_preformatted", "elements": [text("select 1")], "border": 0}
    items = [section(text("a")), section(text("b", "bold"))]
    numbered = {
        "type": "rich_text_list",
        "style": "ordered",
        "indent": 0,
        "elements": [section(text("x"))],
        "offset": 1,
        "border": 0,
    }
    assert elements_of("first\n- a\n- *b*\n2. x\n> said\n```select 1```\nlast") == [
        section(text("first\n")),
        {
            "type": "rich_text_list",
            "style": "bullet",
            "indent": 0,
            "elements": items,
            "border": 0,
        },
        numbered,
        {"type": "rich_text_quote", "elements": [text("said")]},
        preformatted,
        section(text("last")),
    ]


def test_given_rich_text_keeps_its_blocks_and_gets_the_text_that_slack_derives() -> None:
    code = [text("delete from stock", "code"), text("\n"), text("where sku = ", "code")]
    colored = {"type": "color", "value": "#ff8800", "style": {"code": True}}
    block = {"type": "rich_text", "elements": [section(*code, colored)]}

    made = compose_blocks([block], NAMES)

    assert made["text"] == "`delete from stock`\n`where sku = #ff8800`"
    assert made["blocks"][0]["elements"] == block["elements"]
    assert made["blocks"][0]["block_id"]


@pytest.mark.parametrize(
    "blocks",
    [
        [{"type": "section", "text": {"type": "mrkdwn", "text": "a"}}],
        [{"type": "rich_text", "elements": [{"type": "unknown"}]}],
        [],
        "text",
    ],
)
def test_a_person_cannot_send_other_blocks(blocks: Any) -> None:
    with pytest.raises(SlackError, match="invalid_blocks"):
        compose_blocks(blocks, NAMES)


PIECES = st.lists(
    st.sampled_from([*"ab*_~`<>&#@:|- \n.1", "```", "- ", "1. ", "> ", "t.id", "@odps", "#ff8800"]),
    max_size=30,
)


@given(PIECES.map("".join))
def test_whatever_is_typed_is_valid_and_derives_to_the_same_again(typed: str) -> None:
    made = compose(typed, NAMES)

    blocks = made.get("blocks", [])
    assert not check_blocks(blocks, surface="message")
    assert (
        "".join(derive_text(block, channels={"C1": "data-eng"}) for block in blocks)
        == (made["text"])
    )
    assert all(typed.count(letter) <= made["text"].count(letter) for letter in "ab")


@given(PIECES.map("".join))
def test_the_sdk_reads_and_writes_the_same_blocks(typed: str) -> None:
    for block in compose(typed, NAMES).get("blocks", []):
        parsed = Block.parse(block)
        assert parsed is not None
        assert parsed.to_dict() == block
