"""Nothing that a person sees in the code of a message is missing from the statement unannounced."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from odps_bot.input.slack_message.reader import Note, read_message
from odps_bot.input.slack_message.written import read_written
from odps_bot.sandbox.slack.texts import encode_entities

MARKS = (("code", "`"), ("strike", "~"), ("italic", "_"), ("bold", "*"))
FENCE = "```"

#: Statements, parts of them, and words of people.
WORDS = st.sampled_from(
    [
        "delete from stock",
        "where sku = 'A-1'",
        "and ds > 1",
        "select qty * 2 from t",
        "select a < b",
        "set a.b = 1;",
        "insert into t",
        "explain",
        "drop table t",
        "-- daily",
        "x",
        "orders",
        "'",
        ",",
        "please",
        "but only",
        "limit 10",
        " ",
        "\n",
        "\u200b",
    ]
)
STYLES = st.fixed_dictionaries(
    {}, optional={name: st.just(True) for name in ("code", "bold", "italic", "strike")}
)


def part(kind: str, **facts: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda style, more: {"type": kind, **more, **({"style": style} if style else {})},
        STYLES,
        st.fixed_dictionaries(facts),
    )


TEXT = part("text", text=WORDS)
OTHER = st.one_of(
    part("color", value=st.just("#ff0000")),
    part("user", user_id=st.just("U1")),
    part("usergroup", usergroup_id=st.just("S1")),
    part("channel", channel_id=st.just("C1")),
    part("emoji", name=st.just("100")),
    part("broadcast", range=st.just("here")),
    part("date", timestamp=st.just(1), fallback=st.just("29 November")),
    part("link", url=st.just("http://ads.io"), text=st.just("ads.io")),
    part("link", url=st.just("https://x.y/z")),
    part("mood", text=st.just("calm")),
    st.none(),
)
PARTS = st.lists(st.one_of(TEXT, TEXT, TEXT, OTHER), max_size=7)
PLAIN = st.lists(st.builds(lambda words: {"type": "text", "text": words}, WORDS), max_size=4)
SECTION = st.builds(lambda p: {"type": "rich_text_section", "elements": p}, PARTS)
ELEMENT = st.one_of(
    SECTION,
    st.builds(lambda p: {"type": "rich_text_quote", "elements": p}, PARTS),
    st.builds(lambda p: {"type": "rich_text_preformatted", "elements": p}, PLAIN),
    st.builds(
        lambda items: {"type": "rich_text_list", "style": "bullet", "elements": items},
        st.lists(SECTION, max_size=3),
    ),
)
ELEMENTS = st.lists(ELEMENT, max_size=4)


def message_of(elements: list[Any]) -> dict[str, Any]:
    said = "\n".join(map(said_by, elements))
    return {"text": said, "blocks": [{"type": "rich_text", "elements": elements}]}


def said_by(element: dict[str, Any]) -> str:
    """Return an element as Slack writes it in the text of a message."""
    if element["type"] == "rich_text_list":
        return "\n".join("• " + said_by(item) for item in element["elements"])
    said = "".join(said_in(inner) for inner in element["elements"] if inner)
    if element["type"] == "rich_text_preformatted":
        return f"{FENCE}{said}{FENCE}"
    is_quote = element["type"] == "rich_text_quote"
    return "\n".join(f"&gt; {line}" for line in said.split("\n")) if is_quote else said


def said_in(inner: dict[str, Any]) -> str:
    address = f"<{inner.get('url')}>" if "text" not in inner else f"<{inner.get('url')}|ads.io>"
    said = {
        "text": lambda: encode_entities(inner["text"]),
        "color": lambda: inner["value"],
        "user": lambda: "<@U1>",
        "usergroup": lambda: "<!subteam^S1>",
        "channel": lambda: "<#C1>",
        "emoji": lambda: ":100:",
        "broadcast": lambda: "<!here>",
        "date": lambda: "<!date^1^{date}|29 November>",
        "link": lambda: address,
        "mood": lambda: "",
    }[inner["type"]]()
    for style, mark in MARKS:
        said = f"{mark}{said}{mark}" if inner.get("style", {}).get(style) else said
    return said


def code_seen_in(elements: list[Any]) -> Iterator[str]:
    """Yield what a person sees of each run of code."""
    for element in elements:
        inner = [found or {} for found in element["elements"]]
        if element["type"] == "rich_text_list":
            yield from code_seen_in(inner)
        is_block = element["type"] == "rich_text_preformatted"
        for found in inner:
            if is_block or found.get("style", {}).get("code"):
                yield seen(found)


def seen(found: dict[str, Any]) -> str:
    shown = {
        "user": "@someone",
        "usergroup": "@group",
        "channel": "#channel",
        "emoji": ":100:",
        "broadcast": "@here",
        "color": "#ff0000",
        "date": "29 November",
    }
    return str(shown.get(found.get("type", "")) or found.get("text") or found.get("url") or "")


def squashed(text: str) -> str:
    return "".join(text.replace("\u200b", "").split())


@given(ELEMENTS)
@example(
    [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "delete from stock", "style": {"code": True}},
                {"type": "text", "text": "\n"},
                {"type": "text", "text": "where sku = 'A-1'", "style": {"code": True}},
            ],
        }
    ]
)
def test_all_code_is_in_the_statement_or_announced(elements: list[Any]) -> None:
    found = read_message(message_of(elements))

    said = squashed("\0".join((found.sql, *found.more)))
    for code in code_seen_in(elements):
        assert squashed(code) in said


@given(ELEMENTS)
def test_what_blocks_and_text_say_alike_does_not_differ(elements: list[Any]) -> None:
    found = read_message(message_of(elements))

    assert Note.DIFFERS not in found.notes


@given(ELEMENTS)
def test_a_statement_without_a_note_has_all_of_the_code_in_its_order(elements: list[Any]) -> None:
    found = read_message(message_of(elements))

    if found.is_sure:
        left = squashed(found.sql)
        for code in map(squashed, code_seen_in(elements)):
            _, at, left = left.partition(code) if code else ("", "x", left)
            assert at


@given(ELEMENTS)
def test_the_text_alone_is_read_without_losing_code_either(elements: list[Any]) -> None:
    said = message_of(elements)["text"]
    found = read_message({"text": said})

    shown = squashed("\0".join((found.sql, *found.more))).replace("`", "")
    for element in elements:
        if element["type"] == "rich_text_preformatted" and "`" not in said.replace(FENCE, ""):
            for inner in element["elements"]:
                assert squashed(seen(inner)) in shown


@given(ELEMENTS, st.sampled_from(["forwarded", "attached"]))
def test_code_of_a_forwarded_message_is_not_lost(elements: list[Any], how: str) -> None:
    message = message_of(elements)
    attachment = {"fallback": "a message", "text": message["text"]}
    if how == "forwarded":
        attachment |= {"is_share": True, "message_blocks": [{"message": message}]}
    else:
        attachment |= {"blocks": message["blocks"]}
    found = read_message({"text": "select this please", "attachments": [attachment]})

    said = squashed("\0".join((found.sql, *found.more)))
    for code in code_seen_in(elements):
        assert squashed(code) in said


#: What blocks of apps hold: prose, and code between marks; a fence stands on lines of its own.
INLINE = st.builds(
    lambda words: ("`", words), WORDS.filter(lambda words: words.strip() and "\n" not in words)
)
FENCED = st.builds(lambda words: (FENCE, words), WORDS.filter(str.strip))
PROSE = st.builds(lambda words: ("", words), st.sampled_from(["see", "Slow:", "it says", "\n"]))
SAID = st.lists(st.one_of(PROSE, INLINE, FENCED), min_size=1, max_size=4)


def mrkdwn(said: list[tuple[str, str]]) -> dict[str, Any]:
    """Return the object of a text, as apps write it."""
    parts = [f"{mark}{encode_entities(words)}{mark}" for mark, words in said]
    return {"type": "mrkdwn", "text": " ".join(parts)}


def markdown(said: list[tuple[str, str]]) -> str:
    """Return the text of a Markdown block, in which nothing is encoded."""
    parts = [f"\n{m}sql\n{w}\n{m}\n" if m == FENCE else f"{m}{w}{m}" for m, w in said]
    return " ".join(parts)


BLOCKS_OF_APPS = st.lists(
    st.one_of(
        st.tuples(SAID, st.just("section")),
        st.tuples(SAID, st.just("fields")),
        st.tuples(SAID, st.just("context")),
        st.tuples(SAID, st.just("markdown")),
    ),
    min_size=1,
    max_size=3,
)


def block_of(said: list[tuple[str, str]], kind: str) -> dict[str, Any]:
    """Return a block of an app's message that says this."""
    return {
        "section": lambda: {"type": "section", "text": mrkdwn(said)},
        "fields": lambda: {"type": "section", "fields": [mrkdwn([one]) for one in said]},
        "context": lambda: {"type": "context", "elements": [mrkdwn([one]) for one in said]},
        "markdown": lambda: {"type": "markdown", "text": markdown(said)},
    }[kind]()


@given(BLOCKS_OF_APPS, st.sampled_from(["own", "attached"]))
def test_code_in_blocks_of_apps_is_in_the_statement_or_announced(
    found_in: list[tuple[list[tuple[str, str]], str]], where: str
) -> None:
    blocks = [block_of(said, kind) for said, kind in found_in]
    message: dict[str, Any] = {"text": "", "blocks": blocks}
    if where == "attached":
        message = {"text": "see", "attachments": [{"fallback": "x", "blocks": blocks}]}

    found = read_message(message)

    shown = squashed("\0".join((found.sql, *found.more)))
    for said, _ in found_in:
        for mark, words in said:
            assert not mark or squashed(words) in shown


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(["x", "`a`", ""])),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(
                st.sampled_from(
                    [
                        "type",
                        "text",
                        "elements",
                        "blocks",
                        "attachments",
                        "message_blocks",
                        "message",
                        "fields",
                        "value",
                        "style",
                        "url",
                        "files",
                    ]
                ),
                st.one_of(
                    inner,
                    st.sampled_from(
                        ["rich_text", "rich_text_section", "rich_text_list", "section", "text"]
                    ),
                ),
                max_size=5,
            ),
        ),
        max_leaves=25,
    )
)
def test_whatever_slack_sends_is_read(anything: Any) -> None:
    for message in (
        anything if isinstance(anything, dict) else {},
        {"blocks": anything, "text": "x"},
        {"attachments": anything},
        {"blocks": [{"type": "rich_text", "elements": anything}]},
        {"blocks": [{"type": "section", "text": anything, "fields": anything}]},
    ):
        json.dumps(read_message(message).sql)
        assert isinstance(read_written(message, own_id="U1").without_mentions("U1").text, str)


@pytest.mark.parametrize(
    "part",
    [
        {"type": "text", "text": None, "style": {"code": True}},
        {"type": "text", "style": {"code": True}},
        {"type": "text", "text": 7, "style": {"code": True}},
        {"type": "color", "value": None},
        {"type": "link", "url": None, "style": {"code": True}},
    ],
)
@pytest.mark.parametrize("kind", ["rich_text_section", "rich_text_preformatted"])
def test_a_part_of_code_without_its_text_is_a_gap(kind: str, part: dict[str, Any]) -> None:
    code = {"type": "text", "text": "delete from t where a = ", "style": {"code": True}}
    elements = [{"type": kind, "elements": [code, part]}]

    found = read_message({"blocks": [{"type": "rich_text", "elements": elements}]})

    assert found.sql == "delete from t where a = ⟦?⟧"
    assert found.has_gaps
