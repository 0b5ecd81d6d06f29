"""How often the classifier is right, on all statements that we know of."""

import re

import pytest

from odps_bot.sql.classification import RunsAs, StatementClass, classify

MOST_FALSE_ALARMS = 0.03
SOURCE = re.compile(r"https://\S+|[\w-]+/[\w.-]+: \S.*|own: \S.*")


def share_of(label, entries):
    return [entry for entry in entries if entry.label == label]


def shown(entries):
    """Return what a failed test should list."""
    return [f"{entry.place}: {entry.text}" for entry in entries]


def test_nothing_but_a_read_is_called_a_read(entries):
    missed = [entry for entry in entries if entry.label != "read" and classify(entry.text).is_read]

    assert not shown(missed)


def test_few_reads_raise_a_false_alarm(entries):
    reads = share_of("read", entries)

    alarms = [entry for entry in reads if not classify(entry.text).is_read]

    assert len(alarms) <= len(reads) * MOST_FALSE_ALARMS, shown(alarms)


def test_a_false_alarm_is_known(entries):
    reads = share_of("read", entries)

    alarms = [entry for entry in reads if not classify(entry.text).is_read]

    assert not shown(entry for entry in alarms if not entry.is_accepted_as_unproven)


def test_what_is_accepted_as_unproven_is_not_proven_yet(entries):
    accepted = [entry for entry in entries if entry.is_accepted_as_unproven]

    proven = [
        entry
        for entry in accepted
        if classify(entry.text).statement_class is not StatementClass.UNKNOWN
    ]

    assert not shown(proven), "Take the question marks off these."


def test_the_corpus_is_large(entries):
    assert len({entry.text for entry in entries}) >= 1500
    for kind in StatementClass:
        assert len(share_of(kind.label, entries)) >= 100
    for way in RunsAs:
        assert len([entry for entry in entries if entry.runs_as is way]) >= 10


def test_the_corpus_tells_where_each_statement_is_from(entries):
    assert not shown(entry for entry in entries if not SOURCE.fullmatch(entry.source))


def test_no_statement_stands_in_the_corpus_twice(entries):
    places = {}
    for entry in entries:
        places.setdefault(entry.text, []).append(entry.place)

    assert not [where for where in places.values() if len(where) > 1]


def test_each_class_of_the_corpus_exists(entries):
    assert {entry.label for entry in entries} == {kind.label for kind in StatementClass}
    assert not shown(
        entry
        for entry in entries
        if entry.is_accepted_as_unproven and entry.label == StatementClass.UNKNOWN.label
    )


def test_a_statement_of_the_corpus_runs_as_it_says(entry):
    found = classify(entry.text)
    if found.statement_class is StatementClass.UNKNOWN or not found.statements:
        pytest.skip("nothing is said of how it runs")

    ways = {info.runs_as for info in found.statements}

    assert (ways - {RunsAs.SQL} or {RunsAs.SQL}) == {entry.runs_as}
