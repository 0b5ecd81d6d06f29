"""The stages that a query would have in MaxCompute: mappers, joiners, reducers."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

_ROWS_PER_WORKER = 60_000
_MAX_WORKERS = 40
_MAX_STAGES = 24


@dataclass(frozen=True)
class Stage:
    """A stage: `R2_1` is reducer number 2, which reads the output of stage 1."""

    kind: str
    number: int
    inputs: tuple[int, ...]
    workers: int
    input_records: int

    @property
    def plain_name(self) -> str:
        """Return what all of its names begin with."""
        return "_".join([f"{self.kind}{self.number}", *map(str, self.inputs)])

    @property
    def name(self) -> str:
        """Return the name in Logview and in the progress."""
        return f"{self.plain_name}_job_0"


def plan_stages(tree: exp.Expr, rows_of: Callable[[exp.Table], int]) -> tuple[Stage, ...]:
    """Return the stages of a query; `rows_of` returns the number of rows of a table."""
    plan = _Plan(rows_of)
    plan.add_query(tree)
    return tuple(plan.stages[:_MAX_STAGES])


class _Plan:
    def __init__(self, rows_of: Callable[[exp.Table], int]) -> None:
        self.stages: list[Stage] = []
        self._rows_of = rows_of
        #: The last stage of each common table expression.
        self._common: dict[str, int] = {}

    def add_query(self, tree: exp.Expr) -> int:
        """Add the stages of a query; return the number of the last one."""
        if (common := tree.args.get("with_")) is not None:
            for cte in common.expressions:
                self._common[cte.alias.lower()] = self.add_query(cte.this)
        if isinstance(tree, exp.SetOperation):
            both = (self.add_query(tree.this), self.add_query(tree.expression))
            last = self._add("R", both) if tree.args.get("distinct") else max(both)
            return self._sorted(tree, last)
        if isinstance(tree, exp.Select):
            return self._sorted(tree, self._add_select(tree))
        return self._add("M", (), rows=1)

    def _add_select(self, select: exp.Select) -> int:
        source = select.args.get("from_")
        last = self._add_source(source.this) if source is not None else self._add("M", (), rows=1)
        for join in select.args.get("joins") or ():
            last = self._add("J", (last, self._add_source(join.this)))
        if select.args.get("group") or select.args.get("distinct") or _aggregates(select):
            last = self._add("R", (last,))
        if select.find(exp.Window):
            last = self._add("R", (last,))
        return last

    def _add_source(self, source: exp.Expr) -> int:
        if isinstance(source, exp.Subquery):
            return self.add_query(source.this)
        if isinstance(source, exp.Table):
            if not source.db and source.name.lower() in self._common:
                return self._common[source.name.lower()]
            return self._add("M", (), rows=self._rows_of(source))
        return self._add("M", (), rows=1)

    def _sorted(self, query: exp.Expr, last: int) -> int:
        return self._add("R", (last,), workers=1) if query.args.get("order") else last

    def _add(
        self,
        kind: str,
        inputs: tuple[int, ...],
        *,
        rows: int | None = None,
        workers: int | None = None,
    ) -> int:
        before = [self.stages[number - 1] for number in inputs]
        records = sum(stage.input_records for stage in before) if rows is None else rows
        if workers is None:
            needed = -(-records // _ROWS_PER_WORKER)
            workers = needed if kind == "M" else -(-needed // 3)
        number = len(self.stages) + 1
        workers = min(max(workers, 1), _MAX_WORKERS)
        self.stages.append(Stage(kind, number, tuple(sorted(set(inputs))), workers, records))
        return number


def _aggregates(select: exp.Select) -> bool:
    return any(
        projection.find(exp.AggFunc) is not None and projection.find(exp.Window) is None
        for projection in select.expressions
    )
