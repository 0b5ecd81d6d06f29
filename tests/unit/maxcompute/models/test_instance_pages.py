"""Pages read as events say what a tree says, whatever is on them."""

import time
import tracemalloc
from datetime import UTC, datetime
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.maxcompute import InstanceStatus, InstanceSummary, MalformedResponseError
from odps_bot.maxcompute.models import instance_pages
from odps_bot.maxcompute.models.instance_pages import parse_brief_instances, parse_instances
from odps_bot.maxcompute.wire import parse_xml

DATE = "Thu, 01 Jan 2026 08:09:10 GMT"
RECORD = (
    "<Instance><Name>2026g1</Name><Owner>ALIYUN$me</Owner><Status>Running</Status>"
    f"<StartTime>{DATE}</StartTime><EndTime/></Instance>"
)
FOUND = InstanceSummary(
    id="2026g1",
    status=InstanceStatus.RUNNING,
    owner="ALIYUN$me",
    start_time=datetime(2026, 1, 1, 8, 9, 10, tzinfo=UTC),
)


def by_tree(body):
    return instance_pages._read_tree(parse_xml(body), "Instance", instance_pages._summary)


def page(*records, marker="<Marker/>"):
    return f"<Instances>{marker}{''.join(records)}</Instances>".encode()


SAME = [
    page(RECORD, RECORD),
    b"\xef\xbb\xbf" + page(RECORD),
    b'<?xml version="1.0" encoding="gbk"?>' + page(RECORD.replace("me", "北京")),
    b"<!-- a --><?pi b?>" + page(RECORD) + b"<!-- <Instance/> -->",
    page(RECORD.replace("<Owner>", "\n  <Owner>\n ").replace("me", "me ")),
    page(RECORD.replace("ALIYUN$me", "a<!-- b -->c<![CDATA[<Name>d</Name>]]>&amp;&#65;")),
    page(RECORD.replace("Owner>", "Name>", 1).replace("</Owner", "</Name")),
    page(RECORD.replace("ALIYUN$me", "a<b>c</b>d")),
    page(RECORD, "<Instance><Name>in<x/>side</Name></Instance>"),
    page("<Other><Name>x</Name></Other>", RECORD, "text"),
    page(RECORD, marker="<Marker>a</Marker><Marker>b</Marker>"),
    page(RECORD, marker="<Marker>a<b>c</b></Marker>"),
    page(RECORD, marker="<Marker> </Marker><Marker>b</Marker>"),
    page(RECORD, "<Marker>last</Marker>", marker=""),
    b"<Instances xmlns='u'>" + RECORD.encode() + b"</Instances>",
    b"<Instances xmlns:a='u'><a:Instance/>" + RECORD.encode() + b"</Instances>",
    page(RECORD.replace("$me", "\x01\ufffe")),
    page(RECORD.replace("ALIYUN$me", "x" * 100_000)),
    page(RECORD.replace(DATE, "Thu, 32 Jan 2026 00:00:00 GMT")),
    page(RECORD.replace(DATE, "Thu, 01 Jan 2026 24:00:00 GMT")),
    page(RECORD.replace(DATE, "Thu, 01 Jan 0026 00:00:00 GMT")),
    page(RECORD.replace(DATE, "Thu, 01 Jan 2026 00:00:00 CET")),
    page(RECORD.replace(DATE, "Mon, 01 Jan 2026 0a:00:00 GMT")),
    page(RECORD.replace(DATE, "2026-01-01 08:09:10")),
    page(RECORD.replace("Running", "running"), RECORD.replace("Running", "New")),
    page(RECORD.replace("2026g1", "../x"), RECORD),
    page("<Instance>" * 200, "</Instance>" * 200),
    b"<Instance><Name>i</Name></Instance>",
]

REFUSED = [
    b"",
    b"<html",
    b"\x00",
    page(RECORD)[:-9],
    page(RECORD) + b"<more/>",
    page(RECORD.replace("ALIYUN$me", "&undefined;")),
    page(RECORD.replace("<Owner>", "<Owner a='1' a='2'>")),
    page("<a:Instance/>"),
    page(RECORD).replace(b"$me", b"\xff\xfe"),
    page(RECORD).decode().encode("utf-16"),
    b"<!DOCTYPE Instances>" + page(RECORD),
    (
        b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
        b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>' + page(RECORD.replace("ALIYUN$me", "&c;"))
    ),
    b'<!DOCTYPE x SYSTEM "file:///etc/passwd">' + page(RECORD),
    page("<Instance>" * 50_000),
    page("<Instance a=''/>" * 600_000),
]


@pytest.mark.parametrize("body", SAME)
def test_events_say_what_a_tree_says(body):
    assert parse_instances(body) == by_tree(body)


@pytest.mark.parametrize("body", REFUSED, ids=range(len(REFUSED)))
def test_what_a_tree_refuses_is_refused(body):
    with pytest.raises(MalformedResponseError):
        parse_instances(body)
    with pytest.raises(MalformedResponseError):
        by_tree(body)


FIELDS = st.sampled_from(["Name", "Owner", "Status", "StartTime", "EndTime", "Other", "Marker"])
TEXTS = st.text(max_size=20) | st.sampled_from([DATE, "Running", "2026g1", "", " "])
MARKUP = st.sampled_from(["<!-- c -->", "<a/>", "<?p q?>", "<![CDATA[<x>]]>", "&lt;", "&#10;", ""])


@st.composite
def records(draw):
    fields = "".join(
        f"<{name}>{escape(draw(TEXTS))}{draw(MARKUP)}{escape(draw(TEXTS))}</{name}>"
        for name in draw(st.lists(FIELDS, max_size=6))
    )
    return draw(MARKUP) + f"<Instance>{fields}</Instance>"


@given(st.lists(records(), max_size=4), st.integers(0, 200) | st.none())
def test_any_page_is_read_as_by_a_tree_or_refused_as_by_it(found, cut):
    body = page(*found)[:cut]
    try:
        expected = by_tree(body)
    except MalformedResponseError:
        with pytest.raises(MalformedResponseError):
            parse_instances(body)
    else:
        assert parse_instances(body) == expected


def test_a_brief_page_has_ids_and_states():
    body = page(RECORD, RECORD.replace("2026g1", "../x"), marker="<Marker>m</Marker>")

    brief = InstanceSummary(id="2026g1", status=InstanceStatus.RUNNING)
    assert parse_brief_instances(body) == ([brief], "m")


def test_a_summary_is_a_value():
    (first,), _ = parse_instances(page(RECORD))

    assert first == FOUND
    assert len({first, FOUND}) == 1
    with pytest.raises(AttributeError):
        first.owner = "other"


@pytest.mark.parametrize(
    "body",
    [
        page(RECORD.replace("<Owner>", f"<Owner a='{'x' * 8_000_000}'>")),
        page(RECORD.replace("ALIYUN$me", "x" * 8_000_000)),
        page(*["<x/>"] * 900_000),
    ],
    ids=["attribute", "text", "elements"],
)
def test_huge_pages_take_time_and_memory_by_their_size(body):
    tracemalloc.start()
    began = time.process_time()
    try:
        parse_instances(body)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert time.process_time() - began < 20
    assert most < 60 * 1024 * 1024
