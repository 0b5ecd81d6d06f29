"""What Slack made of what people wrote is undone, once and exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.input.slack_text import command_text, decode_entities, message_text
from odps_bot.sandbox.slack.texts import encode_entities


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("a &lt; b and c &gt; d", "a < b and c > d"),
        ("a &amp; b", "a & b"),
        ("'&amp;lt;'", "'&lt;'"),
        ("&amp;amp;", "&amp;"),
        ("&copy; &quot; &#60; &nbsp;", "&copy; &quot; &#60; &nbsp;"),
        ("a && b & c", "a && b & c"),
        ("&lt", "&lt"),
    ],
)
def test_slacks_three_entities_are_decoded_once_and_no_others(typed: str, meant: str) -> None:
    assert decode_entities(typed) == meant
    assert command_text(typed) == meant
    assert message_text(typed) == meant


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("select * from <http://ads.io|ads.io>", "select * from ads.io"),
        ("from <http://ads.io/|ads.io> t", "from ads.io t"),
        ("from <https://ads.io/t|https://ads.io/t>", "from https://ads.io/t"),
        ("where m = <mailto:a@b.cn|a@b.cn>", "where m = a@b.cn"),
        ("where m = <mailto:a@b.cn>", "where m = a@b.cn"),
        ("where a <b and c> d", "where a <b and c> d"),
        ("where a<http://x.y|z>", "where a<http://x.y|z>"),
        ("select '<http://a.b|a.b>'", "select '<http://a.b|a.b>'"),
        ("-- <http://a.b|a.b>\nfrom <http://a.b|a.b>", "-- <http://a.b|a.b>\nfrom a.b"),
        ("--notify <@U1> select 1", "--notify <@U1> select 1"),
    ],
)
def test_in_commands_only_what_is_certainly_a_link_of_slacks_is_undone(
    sent: str, typed: str
) -> None:
    assert command_text(sent) == typed


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("select * from <http://ads.io|ads.io>", "select * from ads.io"),
        ("select '<http://a.b|a.b>'", "select 'a.b'"),
        ("see <https://x.y/z?a=1&amp;b=2>", "see https://x.y/z?a=1&b=2"),
        ("<https://x.y|this> &lt; that", "this < that"),
        ("<mailto:a@b.cn|a@b.cn> <mailto:c@d.cn>", "a@b.cn c@d.cn"),
        ("<@U1> <@U2|ann> <@U3|@bob>", "<@U1> @ann @bob"),
        ("<#C1> <#C2|general> <#C3|>", "<#C1> #general <#C3>"),
        ("'<!here|here>' <!everyone|everyone>", "'@here' @everyone"),
        ("<!here> <!channel|@channel> <!subteam^S1|@data>", "@here @channel @data"),
        ("<!date^1732276800^{date}|22 November> on", "22 November on"),
        ("where a &lt; b and '&lt;@U1&gt;' = c", "where a < b and '<@U1>' = c"),
    ],
)
def test_in_messages_every_bracket_that_is_not_escaped_is_slacks(sent: str, seen: str) -> None:
    assert message_text(sent) == seen


TEXTS = st.text(alphabet=st.characters(codec="utf-8"))


@given(TEXTS)
def test_what_slack_escapes_comes_back_as_it_was(typed: str) -> None:
    assert message_text(encode_entities(typed)) == typed
    assert command_text(encode_entities(typed)) == typed


@given(TEXTS.map(lambda text: text.replace("&", "").replace("<http", "").replace("<mailto", "")))
def test_a_command_that_slack_does_not_escape_stays_as_it_is(typed: str) -> None:
    assert command_text(typed) == typed


@given(before=st.text(alphabet="ab =(,\n"), inside=TEXTS, quote=st.sampled_from("'\"`"))
def test_what_is_quoted_in_a_command_is_only_decoded(before: str, inside: str, quote: str) -> None:
    literal = quote + inside.translate(dict.fromkeys(map(ord, "'\"`\\&"))) + quote

    assert command_text(before + literal) == before + literal
