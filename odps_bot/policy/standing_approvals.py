"""For which statements an approval can hold beyond one run, and what ends it. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from odps_bot.config.rules import Rules
from odps_bot.policy.cost_decision import needs_approval
from odps_bot.runs.run import Run
from odps_bot.sql.classification import RunsAs, StatementClass, classify
from odps_bot.sql.literal_free import LiteralFree, literal_free

#: Rows that others have written are at stake where a literal chooses what is updated or deleted,
#: and names, definitions and permissions wherever one is changed.
_VERBS = frozenset({"INSERT INTO", "INSERT OVERWRITE"})

#: What is the same for two statements may change with the code that finds it out.
_VERSION = 2

#: A longer statement is approved by itself: to read it through takes longer than a click may.
LONGEST = 100_000

SHOWN_CHARACTERS = 300


@dataclass(frozen=True, kw_only=True)
class StatementShape:
    """What a standing approval is for: a statement, whatever its literals are."""

    digest: str  #: of all but the literals: names, settings, hints, priority
    text: str  #: its beginning, without the literals, for people


def shape_of(run: Run, rules: Rules) -> StatementShape | None:
    """Return for which statements an approval of this run can hold; None: for this run alone.

    It can for one INSERT, not too long, in a project whose rules allow it. It replaces partitions
    that it names at most, never all of a table.
    """
    project = rules.project(run.project)
    if project.standing_approval_life is None or len(run.sql) > LONGEST:
        return None
    statement = classify(run.sql, run.hints)
    if not needs_approval(statement, project):
        return None
    is_insert = len(statement.statements) == 1 and statement.statements[0].verb in _VERBS
    is_write = statement.statement_class is StatementClass.WRITE and not statement.destroys
    if not (is_insert and is_write and statement.runs_as is RunsAs.SQL):
        return None
    found = literal_free(run.sql)
    if found is None:
        return None
    return StatementShape(
        digest=_digest(found, run.hints, run.priority), text=found.text[:SHOWN_CHARACTERS]
    )


def rules_digest(rules: Rules, project: str) -> str:
    """Return a digest of the rules that an approval in the project hangs on."""
    relevant = [
        rules.project(project),
        rules.users,
        rules.groups,
        rules.default_role,
        rules.channels,
        rules.default_channel,
        rules.direct_messages,
    ]
    return hashlib.sha256(msgspec.json.encode(relevant)).hexdigest()[:16]


def _digest(found: LiteralFree, hints: Mapping[str, str], priority: int | None) -> str:
    parts = [_VERSION, found.tokens, sorted(hints.items()), priority]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
