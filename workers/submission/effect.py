"""Ask MaxCompute how much a statement would destroy, before anybody is asked to say yes to it."""

import logging
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from odps_bot.config.rules import Project
from odps_bot.maxcompute import MaxComputeError, NotFoundError, TableContent
from odps_bot.maxcompute_clients import Purpose
from odps_bot.policy.destruction import needs_yes
from odps_bot.runs import Run
from odps_bot.runs.effect import MOST_HITS, Effect, Hit
from odps_bot.services import Services
from odps_bot.sql.classification import Classification, Destruction, DestructionKind
from odps_bot.sql.statements import SqlText
from workers.submission.queued_run import change_queued

log = logging.getLogger(__name__)

#: So many tables or partitions are asked about, by one request each, …
MOST_QUESTIONS = 3

#: … and none any more after so long.
PATIENCE = timedelta(seconds=5)

#: The schema of names without one.
DEFAULT_SCHEMA = "odps.default.schema"

#: What these destroy has no size, or MaxCompute would have to be asked for each part of it.
_UNSIZED = frozenset({DestructionKind.PURGE, DestructionKind.UNPROVEN})

_VALUE = r"""(\w+)=('[^']*'|"[^"]*"|\d+)"""
_ONE_PARTITION = re.compile(rf"{_VALUE}(?:, {_VALUE})*")


def needs_effect(run: Run, statement: Classification, project: Project) -> bool:
    """Return whether it must still be found out what the run would destroy."""
    # A second person may have decided before anybody was asked about that.
    is_open = run.decision is None or (run.question is not None and run.question.kind == "cost")
    return run.effect is None and is_open and needs_yes(statement, project)


def find_effect(run: Run, statement: Classification, services: Services) -> Run | None:
    """Return the run with what it destroys; None when it is over meanwhile. Safe to repeat.

    What MaxCompute does not say in time is not known.
    """
    until = services.clock() + PATIENCE
    known: dict[tuple[str, str], Hit] = {}
    hits: list[Hit] = []
    for destruction in statement.destroys[:MOST_HITS]:
        hit = Hit(
            kind=destruction.kind,
            name=destruction.name,
            noun=destruction.noun,
            partition=destruction.partition,
            is_sized=_is_sized(destruction),
        )
        about = (hit.name, hit.partition)
        if hit.is_sized and about not in known and len(known) < MOST_QUESTIONS:
            known[about] = _sized(hit, run, statement, services, until=until)
        hits.append(replace(known[about], kind=hit.kind) if about in known else hit)
    effect = Effect(hits=tuple(hits), total=len(statement.destroys))
    return change_queued(run, services, effect=effect)


def _is_sized(destruction: Destruction) -> bool:
    is_table = destruction.noun == "table" and bool(destruction.name)
    is_known = not destruction.partition or _ONE_PARTITION.fullmatch(destruction.partition)
    return is_table and bool(is_known) and destruction.kind not in _UNSIZED


def _sized(
    hit: Hit, run: Run, statement: Classification, services: Services, *, until: datetime
) -> Hit:
    if services.clock() >= until:
        return hit
    project, schema, table = _address(hit.name, run, statement, services)
    client = services.maxcompute.of(run.project, Purpose.EFFECT)
    try:
        content: TableContent = client.tables.get_content(
            table, project=project, schema=schema, partition=_values(hit.partition)
        )
    except NotFoundError:
        return replace(hit, is_missing=True)
    except MaxComputeError as error:
        log.info("run %s: not known how much it destroys: %s", run.run_id, error)
        return hit
    return replace(
        hit,
        rows=content.rows,
        size_bytes=content.size_bytes,
        is_partitioned=content.is_partitioned,
        is_sized=not content.is_view,
    )


def _values(partition: str) -> Mapping[str, str] | None:
    found = re.findall(_VALUE, partition)
    return {key: value.strip("'\"") for key, value in found} or None


def _address(
    name: str, run: Run, statement: Classification, services: Services
) -> tuple[str, str | None, str]:
    """Return project, schema and table that a name means; None: the project has no schemas."""
    has_schemas = services.rules.project(run.project).schemas and statement.keeps_schemas_on
    settings = SqlText(run.sql).settings | run.hints
    default = settings.get(DEFAULT_SCHEMA, "default") if has_schemas else None
    match name.split("."):
        case [table]:
            return run.project, default, table
        case [schema, table] if has_schemas:
            return run.project, schema, table
        case [project, table]:
            return project, None, table
        case [project, schema, *rest]:
            return project, schema, ".".join(rest)
        case _:
            return run.project, default, name
