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
    number_or_none,
    parse_http_date,
    parse_json,
    parse_json_object,
    parse_xml,
    text_at,
    time_or_none,
    whole_number,
)

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)

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
        b"<a>\x00<b></a>",
        b"<a>&#0;</a>",
    ],
)
def test_what_is_no_sound_xml_is_malformed(body):
    with pytest.raises(MalformedResponseError):
        parse_xml(body)


def test_a_character_that_xml_cannot_contain_is_replaced():
    assert parse_xml(b"<a>x\x00\x1by</a>").text == "x\ufffd\ufffdy"


@pytest.mark.parametrize("odd", ["NaN", "-Infinity", "1" * 5_000])
def test_what_is_no_number_is_none_among_values_that_are_sound(odd):
    assert parse_json(f'{{"a": {odd}, "b": 5}}'.encode()) == {"a": None, "b": 5}


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("Thu, 01 Jan 2026 00:00:00 GMT", NEW_YEAR),
        ("Thu, 01 Jan 2026 08:00:00 +0800", NEW_YEAR),
        ("2026-01-01 00:00:00 +0000", NEW_YEAR),
        ("2026-01-01 00:00:00.000000Z", NEW_YEAR),
        ("2026-01-01T08:00:00+08:00", NEW_YEAR),
        ("2026-01-01 00:00:00", NEW_YEAR),
        ("1767225600", NEW_YEAR),
        (1767225600, NEW_YEAR),
        (1767225600000, NEW_YEAR),
        *((odd, None) for odd in (
            "", " ", "-", "--", "NaN", "N/A", "null", "0", 0, -1, 10**30, "2026年1月1日",
            "1/2/2026", "0000-00-00 00:00:00", "0001-01-01 00:00:00 +0800",
            "9999-12-31 23:59:59 -0800",
            "yesterday", "9" * 5_000, None, True, [], {}, float("nan"), float("inf"),
        )),
    ],
)  # fmt: skip
def test_a_time_in_any_known_form_is_read_and_anything_else_is_none(text, time):
    assert time_or_none(text) == time


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (5, 5),
        (0.5, 0.5),
        ("5", 5),
        (" 0.5 ", 0.5),
        *((odd, None) for odd in (
            "", "-", "NaN", "inf", "5%", "1,000", None, True, [], {}, float("nan"), "9" * 99, 10**60
        )),
    ],
)  # fmt: skip
def test_a_number_is_read_and_anything_else_is_none(value, number):
    assert number_or_none(value) == number


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


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b"\xff", b"{'a': 1}", b"Nothing"])
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
