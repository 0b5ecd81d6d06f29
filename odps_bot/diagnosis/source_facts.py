"""What an instance's task, text and settings tell about it. Pure."""

import functools
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

import msgspec

from odps_bot.sql.classification import StatementClass, classify
from odps_bot.sql.job_settings import QUOTA
from odps_bot.sql.query_shape import Block, QueryShape, query_shape
from odps_bot.sql.statements import SqlText

_NO_SETTINGS: Mapping[str, str] = MappingProxyType({})

#: Of longer texts only the settings are read: to read them through takes too long for a poll.
_LONGEST = 100_000
#: A finding names no more, and no longer ones.
_MOST_NAMES = 5
NAME_CHARACTERS = 128

_PLAIN_NAME = re.compile(r"[A-Za-z_]\w{0,127}", re.ASCII)


class OneWorker(StrEnum):
    """What in a statement lets only one worker run a stage."""

    ORDER_BY = "order_by"
    LIMIT = "limit"
    WINDOW = "window"  #: a window function without PARTITION BY
    AGGREGATE = "aggregate"  #: without GROUP BY
    DISTINCT_COUNT = "distinct_count"  #: COUNT(DISTINCT …) without GROUP BY
    JOIN = "join"  #: without a condition that compares two columns


class SourceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Facts about what an instance runs. The defaults hold where nobody knows its source."""

    is_sql: bool = True  #: only the stages of SQL tasks are judged, not those of accelerated mode
    is_ddl_only: bool = False  #: it only defines things, and needs no quota
    is_repeatable: bool = False  #: running it twice is proven to end as running it once
    has_join: bool = False
    has_group_by: bool = False
    functions: tuple[str, ...] = ()  #: called ones that are not built in; foreign text
    one_worker: tuple[OneWorker, ...] = ()
    sources: tuple[str, ...] = ()  #: tables that it reads; foreign text
    joined_tables: tuple[str, ...] = ()  #: names or aliases in joins; foreign text
    skew_join_hint: str = ""  #: such as ``skewjoin(a)``, where only one join is in question
    quota: str = ""  #: that its settings choose; foreign text


def source_facts(
    sql: str, settings: Mapping[str, str] = _NO_SETTINGS, *, task_type: str = "SQL"
) -> SourceFacts:
    """Return the facts; never raises. `settings` are those sent beside the text."""
    if task_type.upper() != "SQL":
        return SourceFacts(is_sql=False, quota=quota_of("", settings))
    if len(sql) > _LONGEST:
        return SourceFacts(quota=quota_of(sql, settings))
    return _source_facts(sql, tuple(settings.items()))


# The same instance is diagnosed at each poll.
@functools.lru_cache(maxsize=128)
def _source_facts(sql: str, settings: tuple[tuple[str, str], ...]) -> SourceFacts:
    classification = classify(sql, dict(settings))
    shape = query_shape(sql)
    defines_only = bool(classification.statements) and all(
        info.statement_class in {StatementClass.DDL, StatementClass.ADMIN}
        for info in classification.statements
    )
    sources = sorted({name for info in classification.statements for name in info.sources})
    return SourceFacts(
        is_ddl_only=defines_only and not shape.has_select,
        is_repeatable=classification.is_safe_to_repeat and bool(classification.statements),
        has_join=any(block.joins for block in shape.blocks),
        has_group_by=any(block.has_group_by for block in shape.blocks),
        functions=_short(shape.functions),
        one_worker=_one_worker(shape),
        sources=_short(sources),
        joined_tables=_short(_joined_tables(shape)),
        skew_join_hint=_skew_join_hint(shape),
        quota=quota_of(sql, dict(settings)),
    )


def quota_of(sql: str, settings: Mapping[str, str] = _NO_SETTINGS) -> str:
    """Return the quota that the settings of an instance choose; empty: they choose none."""
    chosen = {**SqlText(sql[:_LONGEST]).settings, **settings}
    found = next((value for key, value in chosen.items() if key.lower() == QUOTA), "")
    return found[:NAME_CHARACTERS]


def _short(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name[:NAME_CHARACTERS] for name in names[:_MOST_NAMES])


def _one_worker(shape: QueryShape) -> tuple[OneWorker, ...]:
    found = {fact for block in shape.blocks for fact in _limits(block)}
    return tuple(fact for fact in OneWorker if fact in found)


def _limits(block: Block) -> list[OneWorker]:
    told = {
        OneWorker.ORDER_BY: block.has_order_by,
        OneWorker.LIMIT: block.has_limit,
        OneWorker.WINDOW: block.has_window_without_partition,
        OneWorker.AGGREGATE: bool(block.aggregates) and not block.has_group_by,
        OneWorker.DISTINCT_COUNT: block.has_distinct_aggregate and not block.has_group_by,
        OneWorker.JOIN: any(not join.has_equality for join in block.joins),
    }
    return [fact for fact, holds in told.items() if holds]


def _joined_tables(shape: QueryShape) -> tuple[str, ...]:
    names = [
        name
        for block in shape.blocks
        if block.joins
        for name in (block.first_source, *(join.source for join in block.joins))
    ]
    return tuple(dict.fromkeys(filter(None, names)))


def _skew_join_hint(shape: QueryShape) -> str:
    """Return the hint for the only join that there is, if it can have one.

    The side that keeps its rows must be named, and full joins have none:
    https://www.alibabacloud.com/help/en/maxcompute/user-guide/skewjoin-hint
    """
    joined = [block for block in shape.blocks if block.joins]
    if len(joined) != 1 or len(joined[0].joins) != 1:
        return ""
    join = joined[0].joins[0]
    if join.kind in {"full", "cross"} or not join.has_equality:
        return ""
    name = join.source if join.kind == "right" else joined[0].first_source
    return f"skewjoin({name})" if _PLAIN_NAME.fullmatch(name) else ""
