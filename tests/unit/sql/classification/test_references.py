"""`Name.member` is a column only of what the statement declares."""

import pytest

from odps_bot.sql.classification import classify


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("select Foo.bar from t", False),
        ("select Foo.bar from foo", True),
        ("select Foo.bar from t as Foo", True),
        ("select Foo.bar from p.Foo", True),
        ("select p.Foo.bar from p.Foo", True),
        ("select t.Foo.bar from t", True),
        ("select Foo.bar from (select Foo from t) q", True),
        ("select Foo.bar from (select x as Foo from t) q", True),
        ("select Foo.bar from (select * from (select x as Foo from t) r) q", True),
        ("with q as (select x as Foo from t) select Foo.bar from q", True),
        ("with q as (select x as Foo from t) select Foo.bar from t", False),
        ("select Foo.bar, x as Foo from t", False),
        ("select Foo.bar, (select 1 as Foo) from t", False),
        ("select Foo.bar + 1, (select 1 as Foo) from t", False),
        ("select (select Foo.bar) from (select Foo from t) q", True),
        ("select 1 from (select Foo.bar x from t) q, (select 1 as Foo) r", False),
        ("select groovy.lang.Shell.x from t", False),
        ("select groovy.lang.Shell.x from t groovy", True),
        ("select a.b.C.d from t a", True),
        ("select UUID.x from t", False),
        ("select ADDR.CITY from T", True),
        ("select \u00dcber.x from t", False),
        ("select f(x).Foo.bar, a[0].Foo.bar, @v.Foo from t", True),
        ("update t set a = Foo.bar", False),
        ("select a from t order by Foo.bar", False),
    ],
)
def test_a_name_with_capitals_needs_a_source_or_a_subquerys_column(text, is_read):
    found = classify(text)

    assert found.is_read is is_read
    assert bool(found.unproven) is not is_read


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("select foo.bar", False),
        ("select 1, f(foo.bar.baz)", False),
        ("values (foo.bar)", False),
        ("select x from (select 1 as x) q where foo.bar = 1", False),
        ("@x := foo.bar", False),
        ("select foo.bar from t", True),
        ("select foo.bar from @t", True),
        ("select foo.bar from f(1)", True),
        ("select q.x from (select 1 as x) q", True),
        ("select x.f from (select named_struct('f', 1) as x) q", True),
        ("with q as (select 1 as x) select q.x from q", True),
        ("select transform(array(1), x -> x.f)", True),
        ("select reduce(array(1), 0, (a, b) -> a.x + b.y, a -> a.z)", True),
        ("select v.c from (select 1 as x) q lateral view explode(array(1)) v as c", True),
        ("select p.f(1), p:f(1), p.s.f(1)", True),
        ("select ai_generate(models.default.qwen, default_version, 'x')", True),
    ],
)
def test_a_member_of_nothing_in_the_statement_is_unproven(text, is_read):
    assert classify(text).is_read is is_read


def test_the_remedy_is_said():
    assert classify("select Foo.bar from t").unproven == (
        "`Foo.bar` may be a field of a Java class. If it is a column, put the name of its table"
        " before it."
    )
    assert classify("select foo.bar").unproven == (
        "`foo.bar` belongs to nothing in the statement: it may be Java."
    )
