"""What a run destroys, in words: on its card, in its thread, and on the button that says yes."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, button
from odps_bot.messages.run.resource_usage import money
from odps_bot.policy.cost_decision import Reason
from odps_bot.runs.effect import Effect, Hit
from odps_bot.runs.pricing import expected_fee
from odps_bot.runs.run import Question, Run
from odps_bot.sql.classification import DestructionKind

CONFIRM_DESTRUCTION = "confirm_destruction"
DECLINE_DESTRUCTION = "decline_destruction"

#: So many things of a kind are named, and so much of each name.
SHOWN_NAMES = 5
NAME_CHARACTERS = 80
PARTITION_CHARACTERS = 120

CANNOT_UNDO = "I can't undo that."

#: What stands before and behind the names, and the label of the button; several: "them".
_WORDS: Mapping[DestructionKind, tuple[str, str, str]] = MappingProxyType(
    {
        DestructionKind.DROP: ("drops", "", "Drop {it}"),
        DestructionKind.DROP_PARTITION: ("drops", "", "Drop {it}"),
        DestructionKind.DROP_COLUMN: ("drops columns of", "", "Drop {it}"),
        DestructionKind.TRUNCATE: ("empties", "", "Empty {it}"),
        DestructionKind.OVERWRITE: ("overwrites all of", "", "Overwrite {it}"),
        DestructionKind.OVERWRITE_PARTITIONS: (
            "overwrites every partition that the query returns in",
            "",
            "Overwrite {it}",
        ),
        DestructionKind.REPLACE: ("drops and replaces", "", "Replace {it}"),
        DestructionKind.RESTORE: ("puts back an earlier version of", "", "Restore {it}"),
        DestructionKind.DELETE: ("deletes *every* row of", "", "Delete all rows"),
        DestructionKind.UPDATE: ("changes *every* row of", "", "Update all rows"),
        DestructionKind.DELETE_UNMATCHED: (
            "deletes from",
            " *every* row that the source lacks",
            "Delete the rows",
        ),
        DestructionKind.PURGE: ("purges", "", "Purge {it}"),
    }
)


#: These do not hit all that the table has.
_PARTLY = frozenset(
    {
        DestructionKind.DROP_COLUMN,
        DestructionKind.OVERWRITE_PARTITIONS,
        DestructionKind.RESTORE,
        DestructionKind.DELETE_UNMATCHED,
    }
)


def effect_in_words(run: Run) -> str:
    """Return what the run destroys, as a clause: "drops table `orders` in `ads`: 12 rows, 2 KB"."""
    effect = run.effect
    if effect is None or not effect.hits:
        return "destroys data"
    if all(hit.kind is DestructionKind.UNPROVEN for hit in effect.hits):
        said = t.code(effect.hits[0].noun.upper())
        return f"may destroy data: I can't tell what it does, but it says {said}"
    groups = [list(group) for _, group in groupby(_in_order(effect.hits), key=_group_of)]
    clauses = [_clause(group, effect) for group in groups]
    done = " and ".join(filter(None, (", ".join(clauses[:-1]), clauses[-1])))
    return f"{done}{_place(run, effect)}{_amount(effect)}"


def destruction_in_words(run: Run, question: Question, *, cost: str, until: str) -> str:
    """Return the question for the requester; `cost` says why its cost is a question, too."""
    second = (
        "A second person must approve it afterwards."
        if Reason.SECOND_PERSON in question.reasons
        else ""
    )
    parts = [
        f"{t.mention(run.user_id)}, this {effect_in_words(run)}.",
        CANNOT_UNDO,
        cost[:1].upper() + cost[1:],
        second,
        f"Run it? This question expires {until}.",
    ]
    return " ".join(filter(None, parts))


def destruction_buttons(run: Run, question: Question, *, value: str) -> list[Block]:
    """Return the buttons of the question: the one that destroys says what it does."""
    expected = expected_fee(run) if Reason.ABOVE_LIMIT in question.reasons else None
    label = _label(run.effect) + (f" for ≈ {money(expected)}" if expected else "")
    return [
        button(label, action_id=CONFIRM_DESTRUCTION, value=value) | {"style": "danger"},
        button("Don't", action_id=DECLINE_DESTRUCTION, value=value),
    ]


def consent_in_words(run: Run) -> str:
    """Return that the requester has said yes, where a second person decides afterwards."""
    if run.consent is None or (run.question and run.question.kind == "destruction"):
        return ""
    return f"{t.mention(run.consent.user_id)} confirmed it at {t.clock_time(run.consent.at)}"


def _label(effect: Effect | None) -> str:
    if effect is None or len({hit.kind for hit in effect.hits}) != 1:
        return "Run it"
    kind = effect.hits[0].kind
    words = _WORDS.get(kind)
    if words is None:
        return "Run it"
    return words[2].format(it="them" if effect.total > 1 else "it")


def _group_of(hit: Hit) -> tuple[str, str, bool]:
    return hit.kind, hit.noun, bool(hit.partition)


def _in_order(hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits with those of one kind together, otherwise as the statement has them."""
    first = {_group_of(hit): at for at, hit in reversed(list(enumerate(hits)))}
    return sorted(hits, key=lambda hit: first[_group_of(hit)])


def _clause(group: Sequence[Hit], effect: Effect) -> str:
    kind = group[0].kind
    if kind is DestructionKind.UNPROVEN:
        return "may destroy more that I can't tell"
    before, behind, _ = _WORDS[kind]
    # Only of one kind is it known how many are not named.
    is_only_kind = len({_group_of(hit) for hit in effect.hits}) == 1
    count = effect.total if is_only_kind else len(group)
    return f"{before} {_things(group, count)}{behind}"


def _things(group: Sequence[Hit], count: int) -> str:
    hit = group[0]
    if hit.kind is DestructionKind.PURGE:
        return _purged(hit)
    if count == 1:
        name = t.code(hit.name, limit=NAME_CHARACTERS) if hit.name else ""
        thing = f"{hit.noun} {name}".rstrip()
        if not hit.partition:
            return thing
        # A condition may hit several.
        which = "partition" if hit.is_sized or hit.is_missing else "partitions"
        return f"{which} {t.code(hit.partition, limit=PARTITION_CHARACTERS)} of {thing}"
    names = [t.code(each.name, limit=NAME_CHARACTERS) for each in group[:SHOWN_NAMES]]
    more = f" and {count - len(names):,} more" if count > len(names) else ""
    of = "partitions of " if hit.partition else ""
    return f"{of}{count:,} {_plural(hit.noun)} ({', '.join(names)}{more})"


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("cy") else f"{noun}s"


def _purged(hit: Hit) -> str:
    if hit.noun == "table":
        return f"the backups of table {t.code(hit.name, limit=NAME_CHARACTERS)}"
    return f"the {hit.noun}" if hit.noun != "privileges" else "leftover privileges"


def _place(run: Run, effect: Effect) -> str:
    is_named = any("." in hit.name for hit in effect.hits)
    return "" if is_named else f" in {t.code(run.project)}"


def _amount(effect: Effect) -> str:
    """Return how much it is, as far as MaxCompute tells; empty for what has no size."""
    hits = [hit for hit in effect.hits if hit.is_sized]
    if not hits:
        return ""
    if all(hit.is_missing for hit in hits):
        what = "partition" if hits[0].partition else "table"
        return f" (MaxCompute finds no such {what})" if len(hits) == 1 else ""
    parts = []
    rows = [hit.rows for hit in hits if not hit.is_missing]
    sizes = [hit.size_bytes for hit in hits if not hit.is_missing]
    least = "at least " if effect.total > len(hits) or None in rows or None in sizes else ""
    if known_rows := [count for count in rows if count is not None]:
        total = sum(known_rows)
        parts.append("1 row" if total == 1 else f"{total:,} rows")
    if known_sizes := [size for size in sizes if size is not None]:
        parts.append(t.data_size(sum(known_sizes)))
    if not parts:
        return " (MaxCompute doesn't say how much that is)"
    if len(hits) == 1:
        parts += ["in all its partitions"] if hits[0].is_partitioned else []
        least = ""
    has = "the table has " if hits[0].kind in _PARTLY and len(hits) == 1 else ""
    return f": {has}{least}{', '.join(parts)}"
