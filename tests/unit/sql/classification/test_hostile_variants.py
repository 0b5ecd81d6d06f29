"""Code, files and computed names are no reads, wherever they stand and however they are written."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odps_bot.sql.classification import classify

#: Expressions that run code, or look at what they name by a value.
HOSTILE = {
    "runtime": "Runtime.getRuntime().exec('id')",
    "runtime with its package": "java.lang.Runtime.getRuntime().exec('id')",
    "environment": "System.getenv('X')",
    "property": "System.getProperty('x')",
    "class by name": "Class.forName('java.lang.Runtime')",
    "thread": "Thread.sleep(1000)",
    "static field": "System.out",
    "static field with its package": "java.io.File.separator",
    "static field of another package": "groovy.lang.Shell.X",
    "static field of an own class": "Tool.SECRET",
    "text": "'a'.getClass()",
    "text in double quotes": '"a".getClass()',
    "joined texts": "'a' 'b'.getBytes()",
    "number": "1.5.intValue()",
    "number in brackets": "(1).hashCode()",
    "brackets": "(a || b).getBytes()",
    "element": "a[0].f()",
    "element of a map": "m['k'].f()",
    "element of a class": "a[0].getClass().forName('x')",
    "field of an element": "a[0].b.c()",
    "field of a call": "f(a).b()",
    "call of a call": "f(a).b.c()",
    "cast": "cast(a as string).getBytes()",
    "case": "case when a then b end.getBytes()",
    "null": "null.f()",
    "date": "date '2026-01-01'.getTime()",
    "subquery": "(select max(a) from u).f()",
    "new": "new java.util.Date()",
    "new with type": "new java.util.ArrayList<String>()",
    "new array": "new String[] {'a'}",
    "variable": "@v.f()",
    "variable's field": "@v.a.f()",
    "loader": "Thread.currentThread().getContextClassLoader().loadClass('x')",
    "own class": "com.example.Tool.run(a)",
    "own class without package": "Tool.run(a)",
    "own class of one letter": "A.run(a)",
    "own class of one letter in a package": "pkg.A.run(a)",
    "own class in capitals in a package": "pkg.DAO.run(a)",
    "reflect": "reflect('java.lang.System', 'getenv', 'X')",
    "java_method": "java_method('java.lang.System', 'exit', 0)",
    "local file": "in_file('x', '/etc/passwd')",
    "signed link": "get_signed_url_from_oss('p.s.t', a, 60, null, 'PUT')",
    "max_pt of a column": "max_pt(a)",
    "max_pt of a call": "max_pt(concat('p', '.t'))",
    "max_pt of a sum": "max_pt('p' || '.t')",
    "max_pt of a variable": "max_pt(@v)",
    "max_pt of a cast": "max_pt(cast('p.t' as string))",
    "max_pt of brackets": "max_pt(('p.t'))",
    "max_pt of a subquery": "max_pt((select a from u))",
    "max_pt of a query": "max_pt(select a from u)",
    "max_pt of a case": "max_pt(case when 1 = 1 then 'p.t' end)",
    "max_pt of a substitution": "max_pt(${x})",
    "max_pt with a substitution": "max_pt('${x}.t')",
    "max_pt of nothing": "max_pt()",
    "max_pt of an escape": "max_pt('p\\u002et')",
    "max_pt of a raw text": "max_pt(R'(p.t)')",
    "max_pt of what is no name": "max_pt('p.t; x')",
    "max_pt of a dot beyond ASCII": "max_pt('p\u2024t')",
    "max_pt in back-ticks": "`max_pt`(a)",
    "built-in max_pt": "builtin.max_pt('p.t')",
    "built-in max_pt of a project": "builtin:max_pt('p.t')",
    "max_pt of a schema": "s.max_pt('p.t')",
    "partition_exists": "partition_exists(a, '1')",
    "table_exists": "table_exists(concat('p.', a))",
    "get_data_from_oss": "get_data_from_oss(a, b)",
    "greek question mark": "a\u037eb",
    "one dot leader": "a\u2024b",
    "fullwidth dot": "a\uff0eb",
    "middle dot": "a\u00b7b",
    "zero-width": "a\u200bb",
    "joiner": "a\u034fb",
    "filler": "\u3164",
    "Cyrillic letter": "m\u0430x_pt('p.t')",
    "Greek letter": "\u03bfpen_x",
    "long s": "partition_exi\u017fts('p.t', '1')",
    "Kelvin sign": "ma\u212a",
    "fullwidth letters": "\uff4d\uff41\uff58",
    "ligature": "\ufb01nance",
}

#: Where an expression may stand.
PLACES = (
    "select {} from t",
    "select a, {} as x from t",
    "select {}",
    "select f({}) from t",
    "select p:f(a, {}) from t",
    "select case when {} = 1 then 2 else 3 end from t",
    "select case {} when 1 then 2 end from t",
    "select cast({} as string) from t",
    "select array({})[0] from t",
    "select m[{}] from t",
    "select sum({}) over (partition by a order by b) from t",
    "select sum(a) over (partition by {} order by b) from t",
    "select sum(a) over (order by {}) from t",
    "select count(*) filter (where {} = 1) from t",
    "select transform(l, x -> {}) from t",
    "select * from t where {} = 1",
    "select * from t where a in (1, {})",
    "select * from t where a between 1 and {}",
    "select * from t where exists (select 1 from u where {} = 1)",
    "select * from t join u on t.a = {}",
    "select a from t group by {}",
    "select a from t group by a having {} > 1",
    "select a from t order by {}",
    "select a from t distribute by {} sort by a",
    "select a from t limit {}",
    "select * from t lateral view explode({}) v as c",
    "select * from (select {} as x from t) q",
    "select (select {} from t)",
    "select 1 union all select {} from t",
    "with q as (select {} as x from t) select * from q",
    "values (1, {})",
    "select * from values ({}) as v(x)",
    "from t select {}",
    "explain select {} from t",
    "cost sql select {} from t",
    "@x := select {} from t",
    "select 1; select {} from t",
    "set odps.stage.num=1; select {} from t",
)

NOT_THERE = {"max_pt of a query"}  # it is an argument of its own


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_runs_code_or_computes_a_name_is_no_read_anywhere(hostile):
    found = {place: classify(place.replace("{}", hostile)) for place in PLACES}

    assert not [place for place, each in found.items() if each.is_read]
    assert all(each.unproven for each in found.values())


def test_the_places_are_reads_with_a_column_in_them():
    assert not [place for place in PLACES if not classify(place.replace("{}", "a")).is_read]


@pytest.mark.parametrize(
    "harmless",
    [
        *("t.a", "t.a.b", "a[0].b", "m['k'].x.y", "f(a).b", "p.f(a)", "p:f(a)", "p.s.f(a)"),
        *("p:s.f(a)", "my_schema.my_udf(a)", "max_pt('p.t')", 'max_pt("t")', "max_pt('p.s.t')"),
        *("partition_exists('t', a)", "table_exists('p.t')", "get_data_from_oss('p.s.t', a)"),
        *("`名字`", "名字", "`销售额（元）`", "`a b`", "'a\u037eb'", "'\u200b'", '"a.getClass()"'),
        *("'Runtime.getRuntime()'", "date '2026-01-01'", "interval '1' day", "cast(a as bigint)"),
    ],
)
def test_columns_fields_functions_and_texts_are_reads(harmless):
    places = [place for place in PLACES if " from t" in place and "limit" not in place]

    assert not [place for place in places if not classify(place.replace("{}", harmless)).is_read]


SPACES = st.sampled_from([" ", "\n", "\t", "\r\n", "/* x */", "/**/", "-- x\n", "/* ' */"])
BREAKS = re.compile(r"(?<=[.()\[\],])|(?=[.()\[\],])")


def spaced(data, text):
    """Put spaces and comments around dots, brackets and commas outside of texts."""
    parts = re.split(r"('[^']*'|\"[^\"]*\"|`[^`]*`|[0-9.]+)", text)
    for at in range(0, len(parts), 2):
        pieces = BREAKS.split(parts[at])
        parts[at] = "".join(
            piece + (data.draw(SPACES) if data.draw(st.booleans()) else "") for piece in pieces
        )
    return "".join(parts)


def quoted(data, text):
    """Put some of the names between back-ticks."""
    parts = re.split(
        r"('[^']*'|\"[^\"]*\"|`[^`]*`|\bnew\b.*|\bcase\b.*|\bcast\b.*|\bselect\b.*)", text
    )
    for at in range(0, len(parts), 2):
        parts[at] = re.sub(
            r"(?<![@$\w])[A-Za-z_]\w*",
            lambda found: f"`{found[0]}`" if data.draw(st.booleans()) else found[0],
            parts[at],
        )
    return "".join(parts)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_spaces_back_ticks_brackets_or_place_make_a_read(data):
    hostile = data.draw(st.sampled_from(list(HOSTILE.values())))
    if data.draw(st.booleans()):
        hostile = spaced(data, hostile)
    elif data.draw(st.booleans()):
        hostile = quoted(data, hostile)
    if data.draw(st.booleans()):
        hostile = f"({hostile})"
    place = data.draw(st.sampled_from(PLACES))
    if data.draw(st.booleans()):
        place = place.upper().replace("ODPS.STAGE.NUM", "odps.stage.num")
    text = place.replace("{}", hostile)
    if data.draw(st.booleans()):
        text = f"select 1;\n{text}"

    assert not classify(text).is_read, text


#: Of Java only what needs no capitals: MaxCompute finds classes by their exact names.
NOT_JAVA = st.sampled_from(
    [text for name, text in HOSTILE.items() if re.search("pt|exist|file|link", name)]
)


@given(NOT_JAVA, st.data())
def test_no_case_of_letters_makes_a_read_of_a_computed_name(hostile, data):
    letters = [
        letter.upper() if letter.isascii() and data.draw(st.booleans()) else letter
        for letter in hostile
    ]
    if "'" not in hostile or "${" not in hostile:
        hostile = "".join(letters)

    assert not classify(f"select {hostile} from t").is_read


ODD = st.sampled_from(
    [
        *("\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u180e", "\u3164", "\u115f"),
        *("\u037e", "\u2024", "\uff0e", "\u00b7", "\u0589", "\u05c3", "\uff1b", "\u2028", "\u00a0"),
        *("\u0430", "\u03bf", "\u017f", "\u212a", "\u0131", "\uff41", "\u0660", "\ufe0f", "\u0307"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([*HOSTILE.values()]), st.data())
def test_no_odd_character_in_it_makes_a_read(hostile, data):
    outside = [at for at in range(len(hostile) + 1) if hostile[:at].count("'") % 2 == 0]
    at = data.draw(st.sampled_from(outside))

    changed = hostile[:at] + data.draw(ODD) + hostile[at:]

    assert not classify(f"select {changed} from t").is_read, changed
