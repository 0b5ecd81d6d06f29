import contextlib
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.maxcompute import InvalidArgumentError, MalformedResponseError
from odps_bot.maxcompute.wire import (
    cdata,
    escape,
    format_http_date,
    number,
    parse_http_date,
    parse_json,
    parse_json_object,
    parse_xml,
    text_at,
    whole_number,
)

XML_CHARACTERS = st.characters(
    exclude_categories=("Cs",), exclude_characters="\ufffe\uffff"
).filter(lambda c: c in "\t\n\r" or ord(c) >= 0x20)
XML_TEXT = st.text(XML_CHARACTERS)

ENTITY_BOMB = b"""<?xml version="1.0"?><!-- a > b --><!DOCTYPE lolz [
<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
]><Instance><Status>&b;</Status></Instance>"""


@given(XML_TEXT)
def test_any_text_survives_in_cdata(text):
    assert (ET.fromstring(f"<Query>{cdata(text)}</Query>").text or "") == text


@given(XML_TEXT)
def test_any_text_survives_as_content(text):
    assert (ET.fromstring(f"<Value>{escape(text)}</Value>").text or "") == text


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1b", "\ud800", "\ufffe"])
@pytest.mark.parametrize("write", [cdata, escape])
def test_characters_xml_cannot_contain_are_rejected_with_their_position(write, character):
    with pytest.raises(InvalidArgumentError, match=rf"U\+{ord(character):04X} at position 8"):
        write(f"select {character}")


@pytest.mark.parametrize(
    "body",
    [
        ENTITY_BOMB,
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<?x ?> \n<!DOCTYPE a><a/>",
        b"",
        b"<html><body>",
        b"<a><b></a>",
        b"<a>&undefined;</a>",
        b"\xff\xfe<\x00a\x00/\x00>\x00",
        '<?xml version="1.0" encoding="utf-16"?><a/>'.encode("utf-16"),
        b"\xe4\xf6",
        b"<a>\x00</a>",
    ],
)
def test_what_is_no_sound_xml_is_malformed(body):
    with pytest.raises(MalformedResponseError):
        parse_xml(body)


MANY = b"<a/>" * 1_100_000


@pytest.mark.parametrize(
    "body",
    [
        b"<a>" + MANY + b"</a>",
        b"<a><!-- <![CDATA[ -->" + MANY + b"<!-- ]]> --></a>",
        b"<a " + b" ".join(b"a%d=''" % number for number in range(1_100_000)) + b"/>",
    ],
    ids=["elements", "hidden elements", "attributes"],
)
def test_a_few_megabytes_do_not_fill_the_memory(body):
    with pytest.raises(MalformedResponseError, match="more elements"):
        parse_xml(body)


def test_a_long_result_can_have_any_number_of_markup_characters():
    text = "<a b='c'>" * 600_000

    assert parse_xml(f"<a><![CDATA[{text}]]></a>".encode()).text == text


def test_a_document_type_in_a_query_is_only_text():
    root = parse_xml(b"<Job><Query><![CDATA[select '<!DOCTYPE a>']]></Query></Job>")

    assert text_at(root, "Query") == "select '<!DOCTYPE a>'"


def test_a_byte_order_mark_is_no_obstacle():
    assert parse_xml(b"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?><a/>").tag == "a"


@given(st.binary(max_size=200))
def test_any_bytes_are_a_document_or_malformed(body):
    with contextlib.suppress(MalformedResponseError):
        parse_xml(body)


@pytest.mark.parametrize(
    "body", [b"{", b"[" * 100_000, b"NaN", b"1" * 5000, b"\xff", b"{'a': 1}", b"Infinity"]
)
def test_what_is_no_sound_json_is_malformed(body):
    with pytest.raises(MalformedResponseError):
        parse_json(body)


def test_a_few_megabytes_of_values_do_not_fill_the_memory():
    with pytest.raises(MalformedResponseError, match="more values"):
        parse_json(b"[" + b"[]," * 2_600_000 + b"0]")


def test_an_empty_body_is_an_empty_object():
    assert parse_json_object(b" \n") == {}


def test_json_that_is_no_object_is_malformed_where_one_is_needed():
    with pytest.raises(MalformedResponseError):
        parse_json_object(b"[1]")


@pytest.mark.parametrize(
    ("text", "expected"),
    [(None, 0), ("", 0), ("  ", 0), ("12", 12), (" 12\n", 12), (7, 7), ("33.9", 33), ("-1", -1)],
)
def test_numbers_are_read_leniently(text, expected):
    assert whole_number(text) == expected


@pytest.mark.parametrize("text", ["many", "nan", "inf", "1e999", "9" * 100_000, 10**60, [], "1 2"])
def test_what_is_no_number_is_malformed(text):
    with pytest.raises(MalformedResponseError):
        number(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thu, 01 Jan 2026 00:00:05 GMT", datetime(2026, 1, 1, 0, 0, 5, tzinfo=UTC)),
        ("Thu, 01 Jan 2026 08:00:05 +0800", datetime(2026, 1, 1, 0, 0, 5, tzinfo=UTC)),
        ("Thu, 01 Jan 2026 00:00:05 -0000", datetime(2026, 1, 1, 0, 0, 5, tzinfo=UTC)),
        ("Thu Jan  1 00:00:05 2026", datetime(2026, 1, 1, 0, 0, 5, tzinfo=UTC)),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_dates_are_aware_utc(text, expected):
    assert parse_http_date(text) == expected


@pytest.mark.parametrize(
    "text", ["today", "Thu, 01 Foo 2026 00:00:00 GMT", "Thu, 41 Jan 2026 00:00:00 GMT"]
)
def test_what_is_no_date_is_malformed(text):
    with pytest.raises(MalformedResponseError):
        parse_http_date(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_dates_survive_the_round_trip(instant):
    written = format_http_date(instant)

    assert parse_http_date(written) == instant - timedelta(microseconds=instant.microsecond)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rb'"\ud800"', "\ufffd"),
        (rb'"\uDC00\uD800x"', "\ufffd\ufffdx"),
        (rb'"\ud83d\ude00"', "\U0001f600"),
        (rb'"\\ud800"', r"\ud800"),
        (rb'"\\\ud800"', "\\\ufffd"),
        (rb'"\ud800\ud83d\ude00"', "\ufffd\U0001f600"),
        (rb'"\u00e4\ud7ff"', "\u00e4\ud7ff"),
    ],
)
def test_half_characters_do_not_reach_those_who_must_encode_them(body, expected):
    assert parse_json(body) == expected
