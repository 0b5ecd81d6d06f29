"""Escaping, mentions, splitting, timestamps, and redaction in the traffic log."""

from datetime import UTC, datetime

import pytest
from slack_sdk.signature import Clock, SignatureVerifier

from odps_bot.sandbox.slack.signing import signature_headers
from odps_bot.sandbox.slack.texts import encode_entities, escape_names, split_text
from odps_bot.sandbox.slack.timestamps import TimestampSource, is_ts
from odps_bot.sandbox.slack.traffic import redact, summarize

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PEOPLE = {"odps": "U0ODPSBOT", "alice": "U0ALICE"}


def test_only_three_characters_are_escaped() -> None:
    assert encode_entities("a < b && c > 'd'") == "a &lt; b &amp;&amp; c &gt; 'd'"


def test_names_in_commands_have_ids_with_should_escape() -> None:
    text = escape_names("tell @alice in #data-eng", people=PEOPLE, channels={"data-eng": "C1"})

    assert text == "tell <@U0ALICE|alice> in <#C1|data-eng>"


@pytest.mark.parametrize(
    ("length", "lengths"),
    [(4_040, [4_040]), (4_041, [4_000, 41]), (8_000, [4_000, 4_000]), (40_000, [4_000] * 10)],
)
def test_a_long_text_becomes_several_messages(length: int, lengths: list[int]) -> None:
    pieces = split_text("x" * length)

    assert [len(piece) for piece in pieces] == lengths


def test_timestamps_are_unique_and_increase_while_the_clock_stands_still() -> None:
    source = TimestampSource(clock=lambda: NOON)

    stamps = [source.next_ts() for _ in range(3)]

    assert stamps == ["1795348800.000000", "1795348800.000001", "1795348800.000002"]
    assert all(is_ts(stamp) for stamp in stamps)
    assert not is_ts("1795348800")


def test_the_sdk_accepts_our_signature() -> None:
    body = "text=run+select+1&payload=%E6%95%B0"

    class Then(Clock):
        def now(self) -> float:
            return NOON.timestamp()

    verifier = SignatureVerifier("secret", clock=Then())
    headers = signature_headers(body.encode(), signing_secret="secret", at=NOON)

    assert verifier.is_valid_request(body, headers)
    assert not verifier.is_valid_request(body + "x", headers)


def test_the_traffic_log_shows_no_secrets() -> None:
    line = "xoxb-12-ab xapp-1-cd http://127.0.0.1/commands/T0/12/secret?x"

    assert redact(line) == "[removed] [removed] http://127.0.0.1/[removed]"


def test_a_call_is_summarized_in_one_short_line() -> None:
    line = summarize({"channel": "C1", "text": "a\nb", "blocks": [{}, {}], "token": "xoxb-1"})

    assert line == "channel=C1 text=a b blocks=2"
    assert len(summarize({"text": "x" * 900})) == 200
