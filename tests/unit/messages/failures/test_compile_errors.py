"""Which errors of an estimate are the failure itself, and which only mean that there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.messages import failures
from odps_bot.messages.failures.catalogue import load_catalogue

CATALOGUE = load_catalogue()
PROJECTS = {"shop", "ads"}
QUERY = "select city, sum(amount) from orders group by city"
SEMANTIC = "Semantic analysis exception"
MISSING = "ODPS-0130131:[1,15] Table not found"
DENIED = "ODPS-0130013:Authorization exception - Authorization Failed"


def is_compile_error(said: str, *, sql: str, hints: dict[str, str]) -> bool:
    return failures.is_compile_error(said, sql=sql, hints=hints, projects=PROJECTS)


FATAL = {
    "a typing error": ("ODPS-0130161:[1,1] Parse exception - invalid token 'selct'", "selct 1"),
    "a typing error further on": (
        "ODPS-0130161:[1,10] Parse exception - invalid token 'frm'",
        "select 1 frm t",
    ),
    "a typing error in a definition": (
        "ODPS-0130161:[1,14] Parse exception - invalid token '('",
        "create table (a bigint)",
    ),
    "a table": (f"{MISSING} - table shop.nix cannot be resolved", QUERY),
    "a table of another project": (f"{MISSING} - table ADS.nix cannot be resolved", QUERY),
    "a table without its project": (f"{MISSING} - table `nix` cannot be resolved", QUERY),
    "a table in a schema": (
        f"{MISSING} - table shop.raw.nix cannot be resolved",
        f"set odps.namespace.schema=true; {QUERY}",
    ),
    "a column": (f"ODPS-0130071:[1,8] {SEMANTIC} - column citi cannot be resolved", QUERY),
    "a function": (
        f"ODPS-0130071:[1,8] {SEMANTIC} - function or view 'f' cannot be resolved",
        QUERY,
    ),
    "a partition": (f"ODPS-0130071:[1,8] {SEMANTIC} - partition not found:ds=1", QUERY),
    "all partitions": (f"ODPS-0130071:[0,0] {SEMANTIC} - full scan with all partitions", QUERY),
    "a group": (f"ODPS-0130071:[1,8] {SEMANTIC} - a should appear in GROUP BY key", QUERY),
    "types": ("ODPS-0130141:[1,8] Illegal implicit type cast", QUERY),
    "a permission on a table": (
        (
            f"{DENIED} [4009,4019], You have NO privilege 'odps:Select' on"
            " {acs:odps:*:projects/shop/tables/orders}."
        ),
        QUERY,
    ),
    "a sensitive column": (f"{DENIED} [4031], CheckLabelSecurity failed.", QUERY),
    "another semantic error with its place": (f"ODPS-0130071:[3,7] {SEMANTIC} - nonsense", QUERY),
    "an error in the words of older estimates": (
        "ODPS-0140181:Sql plan exception - sql cost error:ODPS-0130131:[1,15] Table not found",
        QUERY,
    ),
    "an error in a document": (
        "<Error><Code>NoSuchTable</Code><Message>ODPS-0130131:[1,15] not found</Message></Error>",
        QUERY,
    ),
    "a refused submission": (
        "ParseError: ODPS-0130161:[1,10] Parse exception (HTTP 400, request 5583C0893F7EC2D353)",
        QUERY,
    ),
    "the first of several": (
        f"FAILED: ODPS-0130131:[1,15] Table not found\nODPS-0130071:[1,8] {SEMANTIC} - x",
        QUERY,
    ),
}

NO_ESTIMATE = {
    "a table that may be in a schema": (f"{MISSING} - table raw.nix cannot be resolved", QUERY),
    "a table in a schema": (f"{MISSING} - table shop.raw.nix cannot be resolved", QUERY),
    "nothing": ("", QUERY),
    "words": ("cost estimation does not support external tables", QUERY),
    "a code that nobody knows": ("ODPS-0139999:[1,1] new", QUERY),
    "an internal error": ("ODPS-0010000:System internal error", QUERY),
    "a planner that gives up": ("ODPS-0140181:Sql plan exception - sql cost error", QUERY),
    "a type that the project may allow": (
        (
            "ODPS-0140181:Sql plan exception - sql cost error:ODPS-0130151:Illegal data type -"
            " Column 'ti' type 'tinyint' is not allowed."
        ),
        QUERY,
    ),
    "a type that a setting turns on": (
        f"ODPS-0130071:[1,8] {SEMANTIC} - TIMESTAMP type is not enabled in current mode.",
        QUERY,
    ),
    "what is not supported": (
        f"ODPS-0130071:[1,8] {SEMANTIC} - external table is not supported in cost sql",
        QUERY,
    ),
    "a semantic error without a place": (f"ODPS-0130071:[0,0] {SEMANTIC} - nonsense", QUERY),
    "a kind of statement that has no estimate": (
        "ODPS-0130161:[2,1] Parse exception - invalid token 'create'",
        "set a.b=c;\ncreate table t (a bigint)",
    ),
    "several statements": (
        "ODPS-0130161:[1,11] Parse exception - multi-statement query is not supported",
        QUERY,
    ),
    "a plan that is too large": ("ODPS-0010000:System internal error - Size of Plan", QUERY),
    "a data error": ("ODPS-0123091:Illegal type cast", QUERY),
    "a right that only the estimate needs": (
        (
            "NoPermission: ODPS-0420095: Access Denied - Authorization Failed [4019], You have NO"
            " privilege 'odps:Read' on {acs:odps:*:projects/shop/instances/2026}. (HTTP 403)"
        ),
        QUERY,
    ),
    "a project that is not found": ("NoSuchProject: ODPS-0420111: Project not found", QUERY),
    "a limit of the price": (
        f"ODPS-0130071:[0,0] {SEMANTIC} - Metering data exceed max value",
        QUERY,
    ),
}


@pytest.mark.parametrize(("said", "sql"), FATAL.values(), ids=FATAL)
def test_what_can_never_run_is_told_as_the_failure(said: str, sql: str) -> None:
    assert is_compile_error(said, sql=sql, hints={})


@pytest.mark.parametrize(("said", "sql"), NO_ESTIMATE.values(), ids=NO_ESTIMATE)
def test_what_may_run_all_the_same_has_no_estimate(said: str, sql: str) -> None:
    assert not is_compile_error(said, sql=sql, hints={})


LIFTED = [
    (failure.samples[0], setting)
    for failure in (*CATALOGUE.by_words, *dict.fromkeys(CATALOGUE.by_code.values()))
    for setting in sorted(failure.lifted_by)
]


@pytest.mark.parametrize(("said", "setting"), LIFTED)
def test_an_estimate_that_ignores_a_setting_is_not_believed(said: str, setting: str) -> None:
    sql = "SLEECT 1"

    assert is_compile_error(said, sql=sql, hints={})
    assert not is_compile_error(said, sql=f"SET {setting.upper()}=true;\n{sql}", hints={})
    assert not is_compile_error(said, sql=sql, hints={setting: "true"})
    assert is_compile_error(said, sql=sql, hints={"odps.sql.mapper.split.size": "1"})


@pytest.mark.parametrize(
    "failure",
    [
        one
        for one in (*CATALOGUE.by_words, *dict.fromkeys(CATALOGUE.by_code.values()))
        if one.lifted_by or one.is_compile_error
    ],
    ids=lambda failure: failure.name,
)
def test_only_compile_errors_are_lifted_and_only_codes_of_the_compiler_count(failure) -> None:
    assert failure.is_compile_error
    assert any("ODPS-013" in sample or "ODPS-014" in sample for sample in failure.samples)


SAMPLES = st.sampled_from([s for one in CATALOGUE.by_words for s in one.samples])


@given(st.one_of(SAMPLES, st.text(max_size=80)), st.text(max_size=40))
def test_any_error_of_an_estimate_is_one_or_the_other(said: str, sql: str) -> None:
    assert is_compile_error(said, sql=sql, hints={}) in {True, False}
