"""How often the classifier is right, on all statements that we know of."""

import re
from collections import Counter

from odps_bot.sql.classification import RunsAs, StatementClass

MOST_FALSE_ALARMS = 0.03
SOURCE = re.compile(r"https://\S+|[\w-]+/[\w.-]+: \S.*|own: \S.*")


def false_alarms(judged):
    return [entry for entry, found in judged if entry.label == "read" and not found.is_read]


def shown(entries):
    """Return what a failed test should list."""
    return [str(entry) for entry in entries]


def test_nothing_but_a_read_is_called_a_read(judged):
    missed = [entry for entry, found in judged if found.is_read and entry.label != "read"]

    assert not shown(missed)


def test_few_reads_raise_a_false_alarm(judged):
    reads = sum(entry.label == "read" for entry, _ in judged)

    alarms = false_alarms(judged)

    assert len(alarms) <= reads * MOST_FALSE_ALARMS, shown(alarms)


def test_a_false_alarm_is_marked(judged):
    unmarked = [entry for entry in false_alarms(judged) if not entry.is_accepted_as_unproven]

    assert not shown(unmarked), "Put a question mark behind the class of these."


def test_what_is_marked_as_unproven_is_unproven(judged):
    proven = [
        entry
        for entry, found in judged
        if entry.is_accepted_as_unproven and found.statement_class is not StatementClass.UNKNOWN
    ]

    assert not shown(proven), "Take the question marks off these."


def test_a_statement_of_the_corpus_runs_as_it_says(judged):
    wrong = []
    for entry, found in judged:
        ways = {info.runs_as for info in found.statements}
        # Of what is unknown, the words may not be those of a statement at all.
        is_known = found.statement_class is not StatementClass.UNKNOWN and ways
        if is_known and (ways - {RunsAs.SQL} or {RunsAs.SQL}) != {entry.runs_as}:
            wrong.append(f"{entry} ({', '.join(sorted(ways))})")

    assert not wrong


def test_the_corpus_is_large(judged):
    labels = Counter(entry.label for entry, _ in judged)
    ways = Counter(entry.runs_as for entry, _ in judged)

    assert len(judged) >= 1500
    assert {kind.label: labels[kind.label] >= 100 for kind in StatementClass} == {
        kind.label: True for kind in StatementClass
    }
    assert {way: ways[way] >= 10 for way in RunsAs} == dict.fromkeys(RunsAs, True)


def test_the_corpus_tells_where_each_statement_is_from(judged):
    assert not shown(entry for entry, _ in judged if not SOURCE.fullmatch(entry.source))


def test_no_statement_stands_in_the_corpus_twice(judged):
    times = Counter(entry.text for entry, _ in judged)

    assert not [text for text, number in times.items() if number > 1]


def test_each_class_in_the_corpus_is_one(judged):
    labels = {kind.label for kind in StatementClass}

    assert not shown(entry for entry, _ in judged if entry.label not in labels)
    assert not shown(
        entry for entry, _ in judged if entry.label == "unknown" and entry.is_accepted_as_unproven
    )
