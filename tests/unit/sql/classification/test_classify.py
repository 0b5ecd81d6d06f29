"""What is not proven to read is not a read."""

import re
import tomllib
from importlib import resources

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp
from sqlglot.errors import SqlglotError

from odps_bot.sql.classification import StatementClass, classifier, classify, is_plainly_a_read
from odps_bot.sql.settings import Setting
from odps_bot.sql.statements import SqlText

STARTS = ("select", "with", "from", "values")
CHANGING = (
    exp.Insert,
    exp.Update,
    exp.Delete,
    exp.Merge,
    exp.Create,
    exp.Drop,
    exp.Alter,
    exp.Into,
)


def test_a_statement_of_the_corpus_has_its_class(judged):
    wrong = [
        f"{entry} ({found.statement_class.label}: {found.unproven})"
        for entry, found in judged
        if found.statement_class.label not in {entry.label, entry.expected}
    ]

    assert not wrong


def test_what_is_unknown_says_why(judged):
    for entry, found in judged:
        is_unknown = found.statement_class is StatementClass.UNKNOWN
        assert bool(found.unproven) is is_unknown, entry


def test_an_independent_parser_finds_queries_in_what_reads(corpus):
    queries = [
        text
        for label, text in corpus
        if label == "read" and text.lstrip("( ").lower().startswith(STARTS)
    ]
    known = [trees for text in queries if (trees := parsed_by_sqlglot(text))]

    assert len(known) > len(queries) * 0.8
    for trees in known:
        assert all(isinstance(tree, exp.Query | exp.Values) for tree in trees if tree), trees
        assert not any(tree.find(*CHANGING) for tree in trees if tree), trees


def parsed_by_sqlglot(text):
    """Return the trees of a text; None where it does not know MaxCompute's dialect."""
    try:
        return sqlglot.parse(text, dialect="hive")
    except SqlglotError:
        return None


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("select 1", True),
        ("set odps.sql.allow.fullscan=true; select 1", True),
        ("explain insert into t select 1", True),
        ("select 1; select 2", False),
        ("set odps.sql.read.only=false; select 1", False),
        ("set odps.sql.allow.fullscan=true", False),
        ("insert into t select 1", False),
        ("", False),
    ],
)
def test_a_single_read_may_be_sent_twice(text, is_read):
    assert is_plainly_a_read(text) is is_read


def test_a_read_with_settings_beside_it_that_are_not_proven_is_not_sent_twice():
    assert is_plainly_a_read("select 1", {"odps.sql.mapper.split.size": "64"})
    assert not is_plainly_a_read("select 1", {"odps.sql.session.resources": "a.jar"})


def test_what_is_judged_is_what_is_sent(corpus):
    for _, text in corpus:
        found, sent = classify(text), SqlText(text)
        if found.statements or found.settings:
            # The statements of a function's body are parts of one.
            of_bodies = re.findall(r"(?is)create[^;]* function[^;]*\bas begin.*?;\s*end\b", text)
            in_bodies = sum(body.count(";") for body in of_bodies)
            assert len(found.statements) == len(sent.statements) - in_bodies
            assert {setting.key: setting.value for setting in found.settings} == sent.settings


@pytest.mark.parametrize(
    ("text", "is_safe"),
    [
        ("select 1; select 2", True),
        ("insert overwrite table t select * from u", True),
        ("insert overwrite table t partition (ds = '1', hh = 2) select * from u", True),
        ("insert overwrite table t partition (ds = '1') if not exists select * from u", True),
        ("from u insert overwrite table t select a insert overwrite table v select b", True),
        ("explain insert into t select 1", True),
        ("insert overwrite table t partition (ds) select * from u", False),
        ("insert overwrite table t partition (ds = '1', hh) select * from u", False),
        ("insert overwrite table t partition (ds = f()) select * from u", False),
        ("insert overwrite table t partition (ds = '1' + 1) select * from u", False),
        ("insert overwrite table t select a + 1 from t", False),
        ("insert overwrite table p.t select a from `T` where a > 1", False),
        ("insert overwrite table t select * from u where a in (select a from t)", False),
        ("insert overwrite table t select 1; insert overwrite table u select * from t", False),
        ("from u insert overwrite table t select a insert into v select b", False),
        ("insert into t select 1", False),
        ("update t set a = 1", False),
        ("delete from t", False),
        ("merge into t using u on t.a = u.a when matched then delete", False),
        ("load overwrite table t from location 'oss://b/'", False),
        ("drop table if exists t", False),
        ("kill x", False),
        ("set odps.sql.read.only=false; select 1", False),
        ("nonsense", False),
        ("", False),
    ],
)
def test_what_ends_the_same_when_run_twice_is_safe_to_repeat(text, is_safe):
    assert classify(text).is_safe_to_repeat is is_safe


@pytest.mark.parametrize(
    ("text", "verb", "targets"),
    [
        ("select 1", "SELECT", ()),
        ("insert into p.t select 1", "INSERT INTO", ("p.t",)),
        ("insert overwrite table `p`.`t u` select 1", "INSERT OVERWRITE", ("p.t u",)),
        ("with a as (select 1) insert into t select * from a", "INSERT INTO", ("t",)),
        (
            "from t insert into u select a insert overwrite table v select b",
            "INSERT INTO",
            ("u", "v"),
        ),
        ("update p.s.t set a = 1", "UPDATE", ("p.s.t",)),
        ("delete from t where a = 1", "DELETE", ("t",)),
        ("merge into t using u on t.a = u.a when matched then delete", "MERGE", ("t",)),
        ("load overwrite table t from location 'x'", "LOAD", ("t",)),
        ("unload from t into location 'x'", "UNLOAD", ()),
        ("explain insert into t select 1", "EXPLAIN", ()),
        ("create table if not exists p.t (a bigint)", "CREATE TABLE", ("p.t",)),
        ("create or replace view v as select 1", "CREATE VIEW", ("v",)),
        ("drop table if exists t", "DROP TABLE", ("t",)),
        ("alter table t drop partition (ds = '1')", "ALTER TABLE", ("t",)),
        ("truncate table t", "TRUNCATE TABLE", ("t",)),
        ("clone table t partition (ds = '1') to u", "CLONE TABLE", ("u",)),
        ("msck repair table t", "MSCK", ("t",)),
        ("drop role r", "DROP ROLE", ()),
        ("grant select on table t to x", "GRANT", ()),
    ],
)
def test_a_statement_tells_its_verb_and_what_it_changes(text, verb, targets):
    (info,) = classify(text).statements

    assert (info.verb, info.targets) == (verb, targets)


def test_each_statement_has_its_own_class():
    found = classify("set odps.stage.num=1;\nselect 1; -- x\n drop table t;insert into t select 1")

    assert [info.statement_class for info in found.statements] == [
        StatementClass.READ,
        StatementClass.DDL,
        StatementClass.WRITE,
    ]
    assert found.settings == (Setting("odps.stage.num", "1"),)
    assert found.statement_class is StatementClass.DDL


def test_a_statement_that_is_repeated_is_judged_with_its_own_comments():
    assert len(classify("select 1; select 1; select 1 ; select /* 1 */ 1").statements) == 4
    assert not classify("select  1; select /* ; drop table t */ 1").is_read
    assert not classify("select 1; select 1 -- \u2028; drop table t").is_read


@pytest.mark.parametrize(
    ("text", "reach"),
    [
        ("select ads.x from t ads where s = 'ads.t'", {}),
        ("select * from Ads.t join `logs`.s.u", {"ads": "read", "logs": "read"}),
        ("explain insert into ads.t select 1", {"ads": "read"}),
        ("insert into ads.t select * from logs.t", {"ads": "write", "logs": "read"}),
        ("insert into `ads.t` select * from `ads.s`", {"ads": "write"}),
        ("from logs.t insert into ads.a select 1", {"ads": "write", "logs": "read"}),
        (
            "merge into ads.t using logs.s on a = b when matched then delete",
            {"ads": "write", "logs": "read"},
        ),
        ("export table logs.t to location 'oss://b/p'", {"logs": "read"}),
        ("select * from ads.t; delete from ads.t where a = 1", {"ads": "write"}),
        ("create table t like ads.s", {"ads": "ddl"}),
        ("alter table t exchange partition (d=1) with table `ads` . u", {"ads": "ddl"}),
        ("drop schema ads", {"drop": "ddl", "schema": "ddl", "ads": "ddl"}),
        ("use ads", {"use": "admin", "ads": "admin"}),
        ("desc ads.t", {"desc": "read", "ads": "read"}),
        ("frobnicate Ads", {"frobnicate": "unknown", "ads": "unknown"}),
        ("select ' from Ads.t", {"select": "unknown", "from": "unknown", "ads": "unknown"}),
    ],
)
def test_names_tell_which_projects_a_text_may_reach(text, reach):
    found = classify(text).reach

    assert {name: done.label for name, done in found.items() if name != "t"} == reach


def test_settings_that_weaken_guards_are_named_with_the_reason():
    found = classify(
        "set odps.sql.allow.fullscan=true; set LabelSecurity=false;"
        " set odps.sql.metering.value.max = 9; select 1"
    )

    assert [(setting.key, setting.reason) for setting in found.forbidden_settings] == [
        ("LabelSecurity", "it changes how the project protects its data"),
        ("odps.sql.metering.value.max", "it changes the cost limit of statements"),
    ]
    assert len(found.settings) == 3


@pytest.mark.parametrize(
    ("hints", "statement_class"),
    [
        ({"odps.sql.mapper.split.size": "64"}, StatementClass.READ),
        ({"odps.sql.read.only": "false"}, StatementClass.ADMIN),
        ({"ODPS.SQL.Metering.Value.Max": "9"}, StatementClass.ADMIN),
        ({"ProjectProtection": "false"}, StatementClass.ADMIN),
        ({"odps.sql.session.resources": "a.jar"}, StatementClass.UNKNOWN),
        ({"odps.sql.\u017fplit.size": "64"}, StatementClass.UNKNOWN),
        ({"odps.sql.split.size": "64; drop table t"}, StatementClass.UNKNOWN),
        ({"split": "64"}, StatementClass.UNKNOWN),
    ],
)
def test_settings_beside_the_text_count_as_those_in_it(hints, statement_class):
    assert classify("select 1", hints).statement_class is statement_class


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (
            "odps.session.networklink",
            "`odps.session.networklink` gives code in the query network access.",
        ),
        (
            "odps.Session.Image",
            "`odps.Session.Image` runs custom code in the query.",
        ),
        ("odps.x.y", "`odps.x.y` isn't known to affect only the speed of a job."),
        ("x", "`x` isn't a known setting."),
    ],
)
def test_a_setting_that_is_not_known_to_tune_is_unproven_with_the_reason(key, why):
    for found in (classify(f"set {key}=1; select 1"), classify("select 1", {key: "1"})):
        assert (found.statement_class, found.unproven) == (StatementClass.UNKNOWN, why)


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("select Integer.MAX_VALUE", False),
        ("select System.out", False),
        ("select Process.name from Process", True),
        ("select Process.name from p.jobs Process", True),
        ("select process.name from t", True),
        ("select integer.max_value from t", True),
        ("select Foo.bar(1)", False),
        ("select p.Foo.bar(1)", False),
        ("select ADS.F(1), ads.F(1)", True),
        ("select URL.of('x')", False),
        ("select JVM.exit(0)", False),
        ("select IO.println('x')", False),
        ("select url.of('x'), jvm.exit(0)", True),
        ("select Analytics.normalize(x) from t", False),
        ("select analytics.normalize(x) from t", True),
        ("select My_Schema.My_Udf(x) from t", True),
        ("select p.exec(x) from t", False),
        ("select x.exec('id') from t", False),
        ("select p:`exec`(x) from t", True),
        ("select my_project:myUdf(x) from t", True),
        ("select sun.rise.time from t sun", True),
        ("select sun.rise.time from t", False),
        ("select p.getName(x) from t", False),
        ("select p.get_name(x) from t", True),
        ("select cn.addr.city, org.address.city from t", True),
        ("select org.Address.CITY from t", False),
        ("select Record.name from t", True),
        ("select Record.class from t", False),
        ("create table t (a int default Integer.MAX_VALUE)", False),
    ],
)
def test_a_class_is_told_from_a_column_by_its_letters(text, is_read):
    assert classify(text).is_read is is_read


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("select System.out System", False),
        ("select Integer.TYPE k, 1 as Integer", False),
        ("select o.println(x) from (select System.out o, 1 as System) q", False),
        ("select k from (select Integer.TYPE k, 1 as Integer) q", False),
        ("select `System.out` from t", False),
        ("select System.out x from (select 1 from t System) q", False),
        ("select System.out from t union all select 1 from System", False),
        ("select 1 from (select System.out o) q, System", False),
        ("with a as (select System.out o) select 1 from a, System", False),
        ("select System.out from System s", False),
        ("select System.out from System.out", False),
        ("select System.out from t where a in (select 1 from System)", False),
        ("values (System.out)", False),
        ("select System.a from System", True),
        ("select System.a from p.System", True),
        ("select System.t.a from System.t", True),
        ("select System.a from t System", True),
        ("select System.a from (select 1 a) System", True),
        ("select 1 from System where exists (select 1 from u where u.a = System.a)", True),
        ("select System.a from t lateral view explode(b) System as c", True),
        ("select System.a from t lateral view explode(b) v as System", True),
        ("from System select System.a", True),
    ],
)
def test_only_a_source_of_the_same_query_makes_a_column_of_a_classs_field(text, is_read):
    assert classify(text).is_read is is_read


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("select System.out from t", "`System.out` may be a field of a Java class."),
        (
            "select Analytics.normalize(x) from t",
            (
                "`Analytics.normalize` may be a method of a Java class. If it is a function,"
                " write `project:function(…)`."
            ),
        ),
        (
            "select c.toLowerCase() from t",
            (
                "`c.toLowerCase` may be a Java method called on column `c`."
                " If it is a function, write `project:function(…)`."
            ),
        ),
        (
            "select t.f(1) from t",
            "`t.f` may be a Java method. If it is a function, write `project:function(…)`.",
        ),
        (
            "select p.exec(1) from t",
            "`p.exec` may be a Java method. If it is a function, write `project:function(…)`.",
        ),
        (
            "set odps.sql.bigquery.compatible=true; select 1",
            "`odps.sql.bigquery.compatible` changes how MaxCompute parses the statement.",
        ),
    ],
)
def test_what_may_be_java_is_unproven_with_the_reason(text, why):
    assert classify(text).unproven == why


def test_what_we_advise_people_to_set_needs_no_higher_role():
    file = resources.files("odps_bot.messages.failures").joinpath("failures.toml")
    failures = str(tomllib.loads(file.read_text("utf-8")))
    advised = set(re.findall(r"set (\w+\.[\w.]+)=(\w+)", failures))

    assert len(advised) >= 5
    for key, value in advised:
        assert classify(f"set {key}={value}; select 1").is_read, key


def test_a_method_that_is_called_is_named():
    assert classify("select 'a'.getClass()").unproven == "It calls a Java method (`getClass`)."
    assert classify("select Runtime.getRuntime()").unproven == "It uses Java classes."


def test_settings_beside_nothing_are_no_statement():
    assert classify("", {"odps.sql.split.size": "64"}).unproven == "There is no statement."


def test_an_unproven_text_is_quoted_where_reading_stopped():
    assert (
        classify("select a from t frob nicate u").unproven == "I can't parse it from `nicate` on."
    )
    assert classify("select transform(a) using 'x' from t").unproven == (
        "It runs custom code (USING '…')."
    )


def test_an_unproven_text_is_quoted_with_24_letters():
    found = classify("select a from t frob " + "x" * 100)

    assert found.unproven == f"I can't parse it from `{'x' * 24}…` on."


@pytest.mark.parametrize(("columns", "is_read"), [(46, True), (47, False)])
def test_a_question_has_a_hundred_words_at_most(columns, is_read):
    names = ", ".join(f"c{n}" for n in range(columns))

    assert classify(f"show statistic a.b columns ({names})").is_read is is_read


def test_a_text_that_maxcompute_does_not_take_is_unknown():
    head, longest = "select 1 --", 2 * 1024 * 1024
    found = classify(head + "x" * (longest + 1 - len(head)))

    assert classify(head + "x" * (longest - len(head))).is_read
    assert found.statement_class is StatementClass.UNKNOWN
    assert found.unproven == "It has more than 2,097,152 characters."


NESTING = {
    "brackets": "(",
    "queries": "(select ",
    "calls": "f(",
    "cases": "case ",
    "types": "cast(a as x<",
    "intervals": "interval - ",
    "sources": "select * from (",
    "indexes": "a[",
    "CTEs": "with a as (",
    "negations": "not ",
    "minus": "- ",
    "unions": "select 1 union ",
    "joins": "select 1 from a join ",
    "strings": "'",
    "names": "`",
    "comments": "/*",
    "hints": "/*+",
    "raw": 'R"(',
    "dots": "a.",
    "settings": "set a.b=1;",
    "substitutions": "set a=1;${a}",
    "words": "a ",
    "digits": "1",
    "statements": "select 1;",
    "classes": "System + System.a + ",
    "methods": "a.f() + ",
    "subqueries": "(select System.a from ",
    "dots in back-ticks": "`a.b.c`.",
    "capitals": "Aa.",
    "grants": "show grants for a.",
    "dollars": "$",
    "blanks": " ",
    "wide": "\u3000",
    "create or": "create or ",
    "as": "create table t as ",
    "at": "@",
    "zero": "\0",
}


def classified_anew(text):
    classifier._classify.cache_clear()
    return classify(text)


@pytest.mark.parametrize("piece", NESTING.values(), ids=NESTING.keys())
@pytest.mark.parametrize("start", ["", "select ", "create table t as "])
def test_the_time_for_a_hostile_text_grows_with_its_length_alone(piece, start, is_linear):
    def make(length):
        return start + piece * (length // len(piece))

    assert is_linear(classified_anew, make, longest=50_000)


SHAPES = {
    "numbers": ("select a from t where b in (0", ", 12345", ")"),
    "strings": ("select a from t where b in ('a'", ", 'text'", ")"),
    "unions": ("select a from t", " union all select b + 1 as a from p.t where ds = '1'", ""),
    "newest": ("select a from t", " union all select a from p.t where ds = max_pt('p.t')", ""),
    "PAI": ("pai -name x -project p", ' -Dcolumns="a,b" -Dtable=p.t', ""),
    "repetition": ("select 1", "; select 1", ""),
    "statements": ("select 1", "; insert into p.t select a from u where b = 1", ""),
    "sums": ("select a", " + b * 2", " from t"),
    "conditions": ("select a from t where a = 1", " and (b = 2 or c like 'x%')", ""),
    "columns": ("select a", ", coalesce(t.b, if(c > 1, 2, 3)) as d", " from t"),
    "cases": ("select case", " when a = 1 then 'x'", " end from t"),
    "brackets": ("select ", "(1 + ", "1"),
    "calls": ("select ", "f(a, ", "1"),
    "values": ("insert into t values (1)", ", (2)", ""),
    "CTEs": ("with a as (select 1)", ", b as (select a, count(*) from t group by a)", " select 1"),
    "joins": ("select a from t", " left join p.u on t.a = u.a", ""),
    "comments": ("select 1", " -- a comment; and more\n", ""),
    "comment": ("select 1 /*", " a word;", "*/"),
    "names": ("select 1", ", `a;b`", " from t"),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_the_time_for_generated_sql_grows_with_its_length_alone(shape, is_linear):
    head, piece, tail = shape

    def make(length):
        return head + piece * (length // len(piece)) + tail

    assert is_linear(classified_anew, make, longest=150_000)


def _chain(length):
    """Return common tables, each with all columns of the one before, and one more."""
    count = length // 40
    tables = (f"a{i} as (select *, 1 as c{i} from a{i - 1})" for i in range(1, count))
    return f"with {', '.join(tables)} select 1 from a{count - 1}"


def test_the_time_for_a_chain_of_common_tables_grows_with_its_length_alone(is_linear):
    assert is_linear(classified_anew, _chain, longest=200_000)


def test_a_chain_of_common_tables_as_people_write_them_passes_its_columns_on():
    chain = ", ".join(f"a{i} as (select *, 1 as c{i} from a{i - 1})" for i in range(1, 300))

    statement = f"with a0 as (select 1 as Tool), {chain} select Tool.field from a299"

    assert classify(statement).is_read


def test_the_time_for_brackets_grows_with_their_number_alone(is_linear):
    assert classify("(" * 1_000_000).statement_class is StatementClass.UNKNOWN
    assert is_linear(classified_anew, lambda length: "(" * length, longest=1_000_000)


@pytest.mark.parametrize(
    ("head", "opening", "inside", "closing"),
    [
        ("select ", "(", "1", ")"),
        ("select ", "f(", "1", ")"),
        ("select ", "(1 + ", "1", ")"),
        ("select a from t where ", "(", "a = 1", " or b = 2)"),
        ("select ", "a[", "1", "]"),
        ("select ", "cast(", "1", " as bigint)"),
        ("select ", "case when a then ", "1", " end"),
        ("", "(", "select 1", ")"),
        ("", "(", "select 1", " union all select 2)"),
        ("select * from ", "(", "t", ")"),
        ("select * from ", "(", "select 1", ")"),
        ("select * from ", "(", "t", " join u on a = b)"),
        ("select a from t where a in ", "(", "select b from u", ")"),
    ],
)
@pytest.mark.parametrize("levels", [20, 200])
def test_brackets_may_be_as_deep_as_in_generated_sql(head, opening, inside, closing, levels):
    found = classify(f"{head}{opening * levels}{inside}{closing * levels}")

    assert found.is_read, found.unproven


@pytest.mark.parametrize(
    "text",
    [
        "select * from (((select 1 as x) a join u b on a.x = b.x) join v c on c.x = a.x)",
        "select * from (((select 1) union all (select 2)) union all select 3) q join b on 1 = 1",
        "select * from ((a join b on a.x = b.x) c join d on c.x = d.x)",
        "(((select 1) union all (select 2)) order by 1 limit 5) intersect select 3",
    ],
)
def test_brackets_may_hold_queries_and_sources_alike(text):
    assert classify(text).is_read


@pytest.mark.parametrize(
    "comment",
    [
        f"/* {'x' * 30_000} */",
        "/*\n" + " * words, (brackets), 50% and more\n" * 900 + "*/",
        f"-- {'y ' * 15_000}\n",
        "-- words; and more\r\n" * 1_600,
        f"/* {'word; ' * 5_000}*/",
        f"-- {'字' * 10_000}\u2028{'字' * 10_000}\n",
    ],
)
def test_comments_may_be_long(comment):
    assert classify(f"select 1 {comment} from t").is_read
    assert not classify(f"{comment} drop table t").is_read


@given(st.text(), st.sampled_from(["insert into t select 1", "drop table t", "delete from t"]))
def test_what_stands_before_a_write_makes_no_read_of_it(noise, write):
    assert not classify(f"{noise};\n{write}").is_read


SOUP = """
select from where insert into overwrite table t u ( ) , . ; ' " ` -- /* */ /*+ = := @x 1 1.5 with as
union all case when then end cast interval using begin explain set a.b =1 ${x} R"( )" \\ values
update delete drop partition over \u200b \uff1b
"""


@given(
    st.lists(st.sampled_from([*SOUP.split(), "\n", "\r", "\u3000"]), max_size=30).map(" ".join)
    | st.text(max_size=60)
)
def test_any_text_has_a_class(text):
    found = classify(text)

    assert found.is_read <= all(info.statement_class == 1 for info in found.statements)
    assert found.is_safe_to_repeat <= (found.statement_class <= StatementClass.WRITE)


@given(st.data())
def test_a_text_in_disorder_has_a_class(corpus, data):
    texts = st.sampled_from([text for _, text in corpus])
    words = f"{data.draw(texts)} {data.draw(texts)}".split(" ")

    text = " ".join(data.draw(st.lists(st.sampled_from(words), max_size=2 * len(words))))

    assert classify(text).statement_class in StatementClass


DOT = re.compile(r"[\w`]\s*\.\s*[\w`]")
HARMLESS = st.sampled_from([" ", "\n", "\t", "/* x */", "-- x\n", "/* don't */", "\r\n"])
ODD = st.sampled_from(
    ["\u200b", "\u00a0", "\u3000", "\ufeff", "\u2028", "\u202e", "\u00ad", "\x0b", "\x0c", "\0"]
)
LOOK_ALIKES = str.maketrans(
    "aceiopsxyk", "\u0430\u0441\u0435\u0131\u043e\u0440\u017f\u0445\u0443\u212a"
)
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def a_non_read(data, corpus):
    """Draw a text that is proven to be no read."""
    return data.draw(
        st.sampled_from([text for label, text in corpus if label in {"write", "ddl", "admin"}])
    )


def at_some_places(data, text, inserted):
    """Insert a few pieces anywhere in the text."""
    places = data.draw(st.lists(st.integers(0, len(text)), min_size=1, max_size=4))
    for place in sorted(places, reverse=True):
        text = text[:place] + data.draw(inserted) + text[place:]
    return text


@given(st.data())
def test_no_comment_blank_or_odd_character_makes_a_read(corpus, data):
    text = a_non_read(data, corpus)

    changed = at_some_places(data, text, HARMLESS | ODD)

    assert not classify(changed).is_read


@given(st.data())
def test_no_look_alike_makes_a_read(corpus, data):
    text = a_non_read(data, corpus)
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    table = data.draw(st.sampled_from([LOOK_ALIKES, WIDE]))

    changed = text[:start] + text[start:end].translate(table) + text[end:]

    assert not classify(changed).is_read


@given(st.data())
def test_no_quote_makes_a_read(corpus, data):
    text = a_non_read(data, corpus)
    mark = data.draw(st.sampled_from(["'", '"', "`", "R'(", "\\", "\\'", "''"]))

    changed = at_some_places(data, text, st.just(mark))

    assert not classify(changed).is_read


@given(st.data())
def test_letters_case_changes_nothing(corpus, data):
    # Behind a dot it may: classes of Java are told from columns by their letters.
    _, text = data.draw(st.sampled_from([pair for pair in corpus if not DOT.search(pair[1])]))
    upper = data.draw(st.lists(st.booleans(), min_size=len(text), max_size=len(text)))

    changed = "".join(
        letter.upper() if is_upper and letter.isascii() else letter
        for letter, is_upper in zip(text, upper, strict=True)
    )

    assert classify(changed).statement_class == classify(text).statement_class


@given(st.data())
def test_what_stands_between_words_changes_nothing(corpus, data):
    # Of a setting's value, comments and line ends are a part.
    texts = [text for _, text in corpus if not text.lower().startswith("set")]
    text = data.draw(st.sampled_from([text for text in texts if not set("'\"`/-\0") & set(text)]))
    parts = text.split(" ")

    changed = "".join(part + data.draw(HARMLESS) for part in parts[:-1]) + parts[-1]

    assert classify(changed).statement_class == classify(text).statement_class


@pytest.mark.parametrize("function", ["ADS.F", "ADS.DW.F", "ADS.DW.f", "ads.dw.f", "ADS.dw.f"])
def test_functions_of_projects_and_schemas_in_capitals_stay_functions(function):
    assert classify(f"select {function}(a) from t").is_read
