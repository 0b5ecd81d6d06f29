"""What MaxCompute says of a failure is explained, and passed on without secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.messages.failures import Rerun, explain, own_words
from odps_bot.messages.failures.catalogue import load_catalogue

READ = "select a from t where ds = '1'"
INTERNAL = "ODPS-0010000:System internal error - fuxi job failed, caused by: "
SEMANTIC = "ODPS-0130071:[0,0] Semantic analysis exception - "
DENIED = "ODPS-0130013:Authorization exception - Authorization Failed "

KNOWN_MESSAGES = [
    sample
    for failure in (*load_catalogue().by_words, *load_catalogue().by_code.values())
    for sample in failure.samples
]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("ODPS-0130131:[1,15] Table not found", "ODPS-0130131"),
        ("ODPS-0130161: [1,1] Parse exception", "ODPS-0130161"),
        (SEMANTIC + "physical plan generation failed: ODPS-0121095:Invalid", "ODPS-0121095"),
        (
            (
                "ODPS-0130071: InstanceId: 20260319030518490g0776t6xmv1\n"
                "ODPS-0130131:[7,7] Table not found - table a.b cannot be resolved\n"
                "ODPS-0130071:[8,7] Semantic analysis exception - column c cannot be resolved"
            ),
            "ODPS-0130131",
        ),
        ("something went wrong", None),
    ],
)
def test_the_code_is_that_of_the_first_error_and_of_the_inner_one(said, code) -> None:
    assert explain(said, sql=READ).code == code


def test_of_several_errors_the_first_one_is_explained() -> None:
    said = (
        "FAILED: ODPS-0130131:[1,15] Table not found - table a.b cannot be resolved\n"
        "ODPS-0130071:[1,8] Semantic analysis exception - column c cannot be resolved"
    )

    assert explain(said, sql=READ).title == "Table not found"


def test_the_place_is_that_of_the_error_that_is_explained() -> None:
    said = f"{SEMANTIC}something\nODPS-0130071:[1,8] Semantic analysis exception - column a is bad"

    assert explain(said, sql=READ).position is None


def test_an_error_inside_another_one_may_stand_on_the_next_line() -> None:
    said = SEMANTIC + "physical plan generation failed:\nODPS-0123091:Illegal type cast"

    assert explain(said, sql=READ).title == "A value couldn't be converted"


COMPILING = "ODPS-0130131:[1,1] Table not found - table a.b cannot be resolved"
RUNNING = "ODPS-0123091:Illegal type cast - in function cast, value '-' cannot be casted"
PASSING = INTERNAL + "AllOrNothingResourceWaitTimeout"
TORN = "ODPS-0110999:Critical! breach of atomicity"
STOPPED = "ODPS-0120031:Instance has been cancelled"


@pytest.mark.parametrize(
    ("said", "sql", "rerun"),
    [
        (PASSING, READ, Rerun.CAN_HELP),
        (PASSING, "insert overwrite table t select * from u", Rerun.CAN_HELP),
        (PASSING, "with a as (select 1) insert overwrite table t select * from a", Rerun.CAN_HELP),
        (PASSING, "set a=b;\nselect if(a, 'insert into t', 1) from t;", Rerun.CAN_HELP),
        (PASSING, "insert into t select 1", Rerun.UNSAFE),
        (PASSING, "from u insert overwrite table t select a insert into v select b", Rerun.UNSAFE),
        (PASSING, "merge into t using u on t.a = u.a when matched then delete", Rerun.UNSAFE),
        (PASSING, "update t set a = 1", Rerun.UNSAFE),
        (PASSING, "delete from t where a = 1", Rerun.UNSAFE),
        (PASSING, "alter table t add partition (ds='1')", Rerun.UNSAFE),
        (PASSING, "pai -name x", Rerun.UNSAFE),
        (PASSING, "insert overwrite table t partition (ds) select a, ds from u", Rerun.UNSAFE),
        (PASSING, "select Runtime.getRuntime().exec('id')", Rerun.UNSAFE),
        (PASSING, "select x.exec('insert') from t", Rerun.UNSAFE),
        (PASSING, "explain insert into t select 1", Rerun.CAN_HELP),
        (PASSING, "select t.update from t", Rerun.CAN_HELP),
        (PASSING, "", Rerun.CAN_HELP),
        (RUNNING, READ, Rerun.AFTER_CHANGE),
        (RUNNING, "insert into t select cast(a as bigint) from u", Rerun.UNSAFE),
        (COMPILING, READ, Rerun.AFTER_CHANGE),
        (COMPILING, "insert into t select 1", Rerun.AFTER_CHANGE),
        (COMPILING, "insert into t select 1; select * from a.b", Rerun.UNSAFE),
        (
            "ODPS-0010000: The Size of Plan is too large",
            "insert into t select 1",
            Rerun.AFTER_CHANGE,
        ),
        (TORN, READ, Rerun.UNSAFE),
        (STOPPED, READ, Rerun.CANNOT_HELP),
        ("no word of a code", READ, Rerun.MAY_HELP),
        ("ODPS-0010000:System internal error", READ, Rerun.MAY_HELP),
        ("no word of a code", "insert into t select 1", Rerun.UNSAFE),
    ],
)
def test_running_it_again_depends_on_the_failure_and_on_the_statement(said, sql, rerun) -> None:
    assert explain(said, sql=sql).rerun is rerun


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            (
                "ODPS-0130013:Authorization exception - You don't exist in project p."
                " Context ID:0a1b2c3d-1111. --->Tips: Pricipal:RAM$a:b;"
            ),
            (
                "ODPS-0130013:Authorization exception - You don't exist in project p."
                " --->Tips: Pricipal:RAM$a:b;"
            ),
        ),
        ("NoPermission: no (HTTP 403, request 5583C0893F7EC2D353)", "NoPermission: no (HTTP 403)"),
        ("bad, RequestId: 5583C0893F7EC2D353 see https://x.y/z?token=1", "bad see (address)"),
        ("cannot reach 10.1.2.3:8080 from v1.2.3", "cannot reach (address) from v1.2.3"),
        (
            "ODPS-0130071: InstanceId: 20260319030518490g0776t6xmv1\nODPS-0130071:[7,7] x",
            "ODPS-0130071:[7,7] x",
        ),
        ("\n\n a \n\n b \n", "a\n b"),
    ],
)
def test_ids_of_requests_and_addresses_are_left_out_of_the_message(said, shown) -> None:
    assert own_words(said) == shown


def test_a_long_traceback_is_cut() -> None:
    shown = own_words("ODPS-0123131:User defined function exception\n" + "\tat a.b.C\n" * 900)

    assert len(shown.splitlines()) == 12
    assert shown.endswith("…")


@pytest.mark.parametrize(
    "piece",
    [
        "sqltask",
        "[",
        "ODPS-0130071:[1,1]",
        "\nODPS-0130071: ",
        "column ",
        "OSSException ",
        "1.1.1.",
        "request id",
        "<Error>",
        " \t",
    ],
    ids=lambda piece: piece[:9].strip(),
)
def test_the_time_to_explain_a_text_grows_with_its_length_alone(piece, is_linear) -> None:
    def read(text):
        explain(text, sql=text)
        own_words(text)

    assert is_linear(read, lambda length: piece * (length // len(piece)), longest=1_000_000)


PIECES = st.one_of(
    st.sampled_from(KNOWN_MESSAGES),
    st.sampled_from(
        ["ODPS-", "[1,2]", "ODPS-0130071:[3,9]", "[99999999,1]", "\n", ":", "FAILED: "]
    ),
    st.text(max_size=30),
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)


@given(said=TEXTS, sql=TEXTS)
def test_any_text_is_explained_in_full(said: str, sql: str) -> None:
    explanation = explain(said, sql=sql)

    assert explanation.title
    assert explanation.likely_cause
    assert explanation.what_to_try
    assert explanation.rerun_in_words
    assert len(own_words(said)) <= 1_500
    if explanation.position is not None:
        assert 1 <= explanation.position.line <= sql.count("\n") + 1


def test_what_looks_like_a_secret_is_not_passed_on():
    said = own_words("FAILED: see logview token=QUJD.def%3D, Authorization: ODPS id:c2ln, xoxb-1-2")

    assert "see logview token=***" in said
    for secret in ("QUJD", "c2ln", "xoxb"):
        assert secret not in said
