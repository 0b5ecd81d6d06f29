"""Texts as they are generated: each of one shape, as long as is wanted. Pure."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A text that repeats one piece."""

    name: str
    head: str
    piece: Callable[[int], str]  #: by its number
    tail: str = ""

    def text(self, length: int) -> str:
        """Return a text of at most so many characters, and nearly as many."""
        pieces = [self.head]
        size = len(self.head) + len(self.tail)
        number = 0
        while size + len(piece := self.piece(number)) <= length:
            pieces.append(piece)
            size += len(piece)
            number += 1
        return "".join([*pieces, self.tail])


SHAPES = (
    Shape(
        name="a list of numbers",
        head="select * from ads.t where id in (0",
        piece=lambda n: f", {100_000 + n}",
        tail=")",
    ),
    Shape(
        name="a list of strings",
        head="select * from ads.t where name in ('a'",
        piece=lambda n: f", 'user{n}'",
        tail=")",
    ),
    Shape(
        name="rows of VALUES",
        head="insert into ads.t values (0, 'a', 1.5)",
        piece=lambda n: f", ({n}, 'name{n}', 1.5)",
    ),
    Shape(
        name="unions",
        head="select a, b from ads.t",
        piece=lambda n: f"\nunion all select a, b + {n} from ads.t{n} where ds = '20261130'",
    ),
    Shape(
        name="unions of newest partitions",
        head="select a, b from ads.t",
        piece=lambda n: f"\nunion all select a, b from ads.t{n} where ds = max_pt('ads.t{n}')",
    ),
    Shape(
        name="statements",
        head="select 1;",
        piece=lambda n: f"\ninsert into ads.t{n} select a, b from logs.u where c = {n} and d > 1;",
    ),
    Shape(
        name="a sum",
        head="select a",
        piece=lambda n: f" + b{n} * {n}",
        tail=" from ads.t",
    ),
    Shape(
        name="conditions",
        head="select a from ads.t where a = 1",
        piece=lambda n: f" and (b{n} = {n} or c like 'x%')",
    ),
    Shape(
        name="columns with functions",
        head="select a",
        piece=lambda n: f", if(a{n} > {n}, sum(b{n}), concat('a', cast(c as string))) as c{n}",
        tail=" from ads.t",
    ),
    Shape(
        name="CASE",
        head="select case",
        piece=lambda n: f" when a = {n} then 'x{n}'",
        tail=" else 0 end from ads.t",
    ),
    Shape(
        name="common table expressions",
        head="with a as (select 1)",
        piece=lambda n: f", a{n} as (select x, count(*) as n from ads.t{n} group by x)",
        tail=" select * from a",
    ),
    Shape(
        name="joins",
        head="select 1 from ads.t as a",
        piece=lambda n: f" left join ads.t{n} as b{n} on a.id = b{n}.id",
    ),
    Shape(
        name="brackets in each other",
        head="select ",
        piece=lambda n: f"({n} + ",
        tail="1",  # never closed: read to the end, and then unproven
    ),
    Shape(
        name="a PAI command",
        head="pai -name logistic -project algo_public -DinputTableName=ads.t",
        piece=lambda n: f' -Dcolumns{n}="a{n},b{n}" -Dtable{n}=ads.t{n}',
    ),
    Shape(
        name="comments in lines",
        head="select 1",
        piece=lambda n: f" -- comment {n}; and more of it\n",
    ),
    Shape(
        name="a comment",
        head="select 1 /*",
        piece=lambda n: f" words of a comment; {n} and more of them\n",
        tail="*/",
    ),
)
