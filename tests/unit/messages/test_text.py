"""Escaping, cutting, and the few shapes of numbers and times."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.messages import text as t

FOREIGN = st.text(alphabet=st.one_of(st.sampled_from("&<>;`ampltg\u0301"), st.characters()))
LONG = st.integers(min_value=1, max_value=600)
HALF_AN_ENTITY = re.compile("&(?!(?:amp|lt|gt);)")


@pytest.mark.parametrize(
    ("foreign", "escaped"),
    [
        ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"),
        ("<!channel> <@U1> <http://x|y>", "&lt;!channel&gt; &lt;@U1&gt; &lt;http://x|y&gt;"),
        ("&lt;!here&gt;", "&amp;lt;!here&amp;gt;"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\x00b\x07", "a\ufffdb\ufffd"),
        ("user\u202etxt.exe", "usertxt.exe"),
        ("\u2066a\u2069 \u200bb\ufeff \u200fc", "a b c"),
        ("\u061cmark", "mark"),
        ("花より団子 naïve 😀", "花より団子 naïve 😀"),
    ],
)
def test_foreign_text_is_shown_as_it_is_and_hides_nothing(foreign: str, escaped: str) -> None:
    assert t.escape(foreign) == escaped


def test_half_of_a_surrogate_pair_can_be_sent() -> None:
    assert t.escape("a\ud83db").encode() == "a\ufffdb".encode()


@given(FOREIGN)
def test_escaping_loses_nothing_but_what_is_invisible(foreign: str) -> None:
    escaped = t.escape(foreign)

    shown = escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert shown == t.clean(foreign)


@given(foreign=FOREIGN, limit=st.integers(min_value=2, max_value=60))
def test_a_cut_keeps_the_limit_and_never_splits_an_entity(foreign: str, limit: int) -> None:
    cut = t.clip(t.escape(foreign), limit)

    assert len(cut) <= limit
    assert not HALF_AN_ENTITY.search(cut)


PADDED = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from([" ", "\n", "\x0c", "\u200b", "\u200b ", "&", "a", "\u0301"]), LONG
        ),
        st.tuples(st.text(max_size=5), st.just(1)),
    ),
    max_size=8,
).map(lambda parts: "".join(text * count for text, count in parts))


@given(foreign=PADDED, limit=st.integers(min_value=2, max_value=60))
def test_a_line_of_a_long_text_is_the_same_as_if_all_of_it_were_read(
    foreign: str, limit: int
) -> None:
    line = " ".join(foreign.split())

    assert t.one_line(foreign, limit=limit) == t.clip(t.escape(line), limit)
    assert t.code(foreign, limit=limit) == t.code(
        line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
    )


@pytest.mark.parametrize("blank", ["\x0b", "\x0c", "\x1c", "\x1f", "\u200b", " "])
def test_nothing_that_is_behind_many_blanks_is_dropped_without_a_word(blank: str) -> None:
    statement = "select 1" + blank * 300 + "; drop table users"

    assert "drop table users" in t.one_line(statement, limit=40)
    assert re.search("drop table users|…", t.code(statement, limit=40))


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("abc &amp; def", 6, "abc…"),
        ("abc &amp; def", 10, "abc &amp;…"),
        ("abc def", 5, "abc…"),
        ("ae\u0301o", 3, "a…"),
    ],
)
def test_a_cut_text_ends_with_an_ellipsis_and_a_whole_letter(
    text: str, limit: int, cut: str
) -> None:
    assert t.clip(text, limit) == cut


@pytest.mark.parametrize(
    ("foreign", "span"),
    [
        ("select 1", "`select 1`"),
        ("select\n  1", "`select 1`"),
        ("a `b` <c>", "`a ˋbˋ &lt;c&gt;`"),
    ],
)
def test_a_code_span_stays_one_line_and_one_span(foreign: str, span: str) -> None:
    assert t.code(foreign) == span


@given(FOREIGN)
def test_nothing_gets_out_of_a_code_span(foreign: str) -> None:
    span = t.code(foreign)

    assert span.startswith("`")
    assert span.endswith("`")
    assert span.count("`") == 2
    assert not set(span) & set("<>\n")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=-3), "0 s"),
        (timedelta(milliseconds=400), "0 s"),
        (timedelta(seconds=59.4), "59 s"),
        (timedelta(seconds=59.6), "1 m"),
        (timedelta(minutes=6, seconds=10), "6 m 10 s"),
        (timedelta(hours=2, minutes=5, seconds=59), "2 h 5 m"),
        (timedelta(hours=24), "1 d"),
        (timedelta(days=1, minutes=5), "1 d"),
        (timedelta(days=3, hours=4), "3 d 4 h"),
    ],
)
def test_a_span_has_two_units_at_most(span: timedelta, words: str) -> None:
    assert t.duration(span) == words


def test_times_are_shown_in_the_readers_zone_and_without_slack_in_utc() -> None:
    instant = datetime(2026, 11, 22, 9, 5, 7, tzinfo=UTC)

    assert t.clock_time(instant) == "<!date^1795338307^{time_secs}|09:05:07 UTC>"
    assert t.as_of(instant) == "as of <!date^1795338307^{time_secs}|09:05:07 UTC>"
    assert (
        t.day_and_time(instant)
        == "<!date^1795338307^{date_short_pretty} at {time}|2026-11-22 09:05 UTC>"
    )


@pytest.mark.parametrize(
    ("percentage", "filled"),
    [(-1, 0), (0, 0), (8, 0), (9, 1), (50, 6), (99, 11), (100, 12), (250, 12)],
)
def test_a_bar_is_full_only_at_the_end(percentage: int, filled: int) -> None:
    assert t.bar(percentage) == "█" * filled + "░" * (12 - filled)


@pytest.mark.parametrize(
    ("number", "rank"),
    [
        *[(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (21, "21st"), (102, "102nd")],
        *[(11, "11th"), (12, "12th"), (13, "13th"), (111, "111th"), (1013, "1013th")],
    ],
)
def test_ranks_are_said_as_people_say_them(number: int, rank: str) -> None:
    assert t.ordinal(number) == rank


@pytest.mark.parametrize(
    ("size_bytes", "shown"),
    [
        (0, "0 B"),
        (1_023, "1,023 B"),
        (1_024, "1.0 KB"),
        (1_048_575, "1.0 MB"),
        (41 * 2**30, "41.0 GB"),
        (2**60, "1,024.0 PB"),
    ],
)
def test_amounts_of_data_count_in_1024s(size_bytes, shown):
    assert t.data_size(size_bytes) == shown
