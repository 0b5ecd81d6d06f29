"""The statement is found in a message, however it is written there."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.commands.sql_in_message import looks_like_sql, sql_in
from odps_bot.sandbox.slack.texts import encode_entities


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
        ("first ```x = 1``` then ```select 1```", "select 1"),
        ("```x = 1``` and ```y = 2```", "x = 1"),
        ("```select a &lt; b from <http://ads.io|ads.io>```", "select a < b from ads.io"),
        ("```select '&amp;lt;' as x```", "select '&lt;' as x"),
        ("what does `select 1` say?", "select 1"),
        ("is `orders` in `select * from orders`?", "select * from orders"),
        ("select count(*) from orders", "select count(*) from orders"),
        ("SELECT ‘x’ — why\nfrom t", "SELECT 'x' -- why\nfrom t"),
        ("-- daily\nset a=1; with t as (select 1) select * from t", None),
        ("(select 1) union all (select 2)", None),
        ("from t insert overwrite table a select 1", None),
        ("/odps run select 1", "select 1"),
        ("/odps run x", "x"),
        ("<@U0ODPSBOT> hello", "<@U0ODPSBOT> hello"),
        ("good morning", "good morning"),
        ("", ""),
        ("``````", ""),
    ],
)
def test_it_is_found_in_the_text_of_a_message(sent: str, sql: str | None) -> None:
    assert sql_in({"text": sent}) == (sent if sql is None else sql)


@pytest.mark.parametrize(
    ("message", "sql"),
    [
        (rich_text(preformatted(text("select a < b &amp; 'x'"))), "select a < b &amp; 'x'"),
        (rich_text(section(text("run")), preformatted(text("select 1"))), "select 1"),
        (
            rich_text(preformatted(text("x = 1")), preformatted(text("select 2"))),
            "select 2",
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
            rich_text(section(text("select "), {"type": "user", "user_id": "U1"})),
            "select <@U1>",
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
    assert sql_in(message) == sql


@pytest.mark.parametrize("prose", ["hello", "thanks!", "1 + 1", "", "r42", "@odps run", "选择"])
def test_prose_does_not_look_like_sql(prose: str) -> None:
    assert not looks_like_sql(prose)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="`\r"), min_size=1))
def test_what_is_fenced_arrives_as_it_was_written(inside: str) -> None:
    statement = f"select '{inside.replace(chr(39), '').replace(chr(92), '')}'"

    assert sql_in({"text": f"```{encode_entities(statement)}```"}) == statement


@given(st.text(alphabet="`'\"-/*<>&|@!#ab \n;"))
def test_any_text_is_read(sent: str) -> None:
    assert isinstance(sql_in({"text": sent}), str)
