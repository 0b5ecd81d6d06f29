"""Every failure that the catalogue knows is recognised in a message as MaxCompute writes it."""

import re
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.messages.failure_catalogue import ALL_FAILURES, BY_CLASS, BY_WORDS, UNKNOWN
from odps_bot.messages.failures import Rerun, explain, own_words

READ = "select a from t where ds = '1'"
INTERNAL = "ODPS-0010000:System internal error - fuxi job failed, caused by: "
SEMANTIC = "ODPS-0130071:[0,0] Semantic analysis exception - "
DENIED = "ODPS-0130013:Authorization exception - Authorization Failed "

#: A message for each row: (said, title).
KNOWN = [
    (SEMANTIC + "invalid statement in readonly mode", "Only reads are allowed here"),
    (
        SEMANTIC + "Metering data exceed max value: 36.45, limit 10.0",
        "It would cost more than is allowed",
    ),
    (
        "ODPS-0130071:Semantic analysis exception - daily consumption of the project exceeds limit",
        "The daily spending limit is reached",
    ),
    (
        SEMANTIC + "physical plan generation failed: java.lang.RuntimeException:"
        " Table(shop,orders) is full scan with all partitions, please specify predicates.",
        "All partitions would be read",
    ),
    (
        DENIED + "[4002], You don't exist in project shop. Context ID:cafe0123-4567",
        "The account is no member of the project",
    ),
    (DENIED + "[4011], Explicitly denied by policy.", "A policy forbids it"),
    (DENIED + "[4021], project 'shop' is protected", "The project is protected"),
    (
        DENIED + "[4031], CheckLabelSecurity failed. The sensitive label of column 'phone' is 3",
        "A column is too confidential for the account",
    ),
    (DENIED + "[4093], Access Mode is AllDenied", "The service is frozen"),
    (
        "ODPS-0420095: Access Denied - current ip 10.1.2.3 is not in project ip white list",
        "The address is not on the project's list",
    ),
    (
        (
            "ODPS-0420095: Access Denied - Authorization Failed [4019], You have NO privilege"
            " 'odps:CreateInstance' on {acs:odps:*:projects/shop}."
        ),
        "The account may not start jobs here",
    ),
    (
        "ODPS-0420095: Access Denied - You cannot use quota 'adhoc' for SQL jobs",
        "The quota cannot be used",
    ),
    (
        "ODPS-0420095: Access Denied - the task is not in release range: CUPID",
        "Such jobs are not offered here",
    ),
    ("ODPS-0420095: Access Denied - Volumes is not allowed", "Volumes are switched off"),
    (
        DENIED + "[4009,4019], You have NO privilege 'odps:Select' on"
        " {acs:odps:*:projects/shop/tables/orders}.",
        "A right is missing",
    ),
    (
        "ODPS-0130161:[1,1] Parse exception - Parse fail, DFA count exceeds",
        "The statement is too large to parse",
    ),
    (SEMANTIC + "compile fail, AST node count exceeds", "The statement is too complex"),
    (SEMANTIC + "max depth of expression exceeds the limit 5000", "An expression is too deep"),
    (
        "ODPS-0010000:System internal error - The Size of Plan is too large, 1254235 bytes",
        "The plan is too large",
    ),
    (
        "ODPS-0010000:System internal error - Shortcut optimize failed",
        "The optimizer gave up",
    ),
    (
        "ODPS-0010000:System internal error - sqltask worker out of memory",
        "The compiler ran out of memory",
    ),
    (
        SEMANTIC + "physical plan generation failed: instance count exceeds limit 99999",
        "Too many workers would be needed",
    ),
    (
        "ODPS-0130111:Subquery exception - Subquery partition pruning exceeds 9999 partitions",
        "The subquery gives too many partitions",
    ),
    (
        SEMANTIC + "recursive-cte walk exceed max iterate number 10",
        "The recursion goes too deep",
    ),
    (
        SEMANTIC + "physical plan generation failed: ODPS-0121095:Invalid argument - in function"
        " cast, string datetime's format must be yyyy-mm-dd hh:mi:ss, input string is:20261122",
        "A date is not in the form that is expected",
    ),
    (
        SEMANTIC + "column rn cannot be resolved",
        "Column not found",
    ),
    (
        (SEMANTIC + "function or view 'ifnull' cannot be resolved"),
        "Function not found",
    ),
    (
        SEMANTIC + "column id is ambiguous",
        "A name is ambiguous",
    ),
    (
        SEMANTIC + "Partition not found: ds=20991231",
        "Partition not found",
    ),
    (
        SEMANTIC + "ORDER BY must be used with a LIMIT",
        "Sorting needs a limit",
    ),
    (
        (SEMANTIC + "column reference t.value should appear in GROUP BY key"),
        "A column is neither grouped nor aggregated",
    ),
    (
        (SEMANTIC + "aggregates are not allowed in WHERE clause"),
        "Aggregates and windows cannot stand there",
    ),
    (
        SEMANTIC + "SELECT DISTINCT and GROUP BY can not be in the same query",
        "DISTINCT and GROUP BY exclude each other",
    ),
    (
        (
            SEMANTIC + "expect equality expression (i.e., only"
            " use '=' and 'AND') for join condition without mapjoin hint"
        ),
        "The join needs an equality",
    ),
    (
        (
            SEMANTIC + "number of input partition columns (1)"
            " doesn't equal to table's partition columns (2)"
        ),
        "The PARTITION clause is incomplete",
    ),
    (
        SEMANTIC + "wrong columns count 3 in data source, requires 2 columns",
        "The columns do not fit the table",
    ),
    (
        SEMANTIC + "INSERT INTO HASH CLUSTERED table is not supported",
        "A clustered table takes no INSERT INTO",
    ),
    (
        SEMANTIC + "INT type is not enabled in current mode",
        "This type is not switched on",
    ),
    (
        (SEMANTIC + "function sum cannot match any overloaded functions with (BOOLEAN)"),
        "The function does not take these types",
    ),
    (
        "ODPS-0130111:Subquery exception - scalar subquery must return exactly one row",
        "The subquery gives more than one row",
    ),
    (
        "ODPS-0130161:[1,19] Parse exception - unexpected escape sequence: 01",
        "A backslash in a text is wrong",
    ),
    (
        (
            "ODPS-0130161:[1,11] Parse exception - multi-statement query is not supported -"
            ' Please add put { "odps.sql.submit.mode" : "script"} for multi-statement query'
        ),
        "Several statements need the script mode",
    ),
    (
        "ODPS-0123031:Partition exception - maximum 60000 partitions allowed for a single table",
        "The table is full of partitions",
    ),
    (
        (
            "ODPS-0123031:Partition exception - a single instance cannot output data to more than"
            " 2048 partitions"
        ),
        "One job writes too many partitions",
    ),
    (
        "ODPS-0123031:Partition exception - invalid dynamic partition value: \nregion",
        "A value cannot name a partition",
    ),
    (
        (
            "ODPS-0010000:System internal error - Merge into statement not support update or delete"
            " duplicate row"
        ),
        "Several source rows hit one target row",
    ),
    (
        "ODPS-0121145:Data overflow - Division by zero",
        "Something was divided by zero",
    ),
    (
        "ODPS-0121145:Data overflow - Div result is nan or inf, two params are 1 and 0",
        "Something was divided by zero",
    ),
    (
        SEMANTIC + "UPDATE is only supported on transactional tables",
        "Rows of this table cannot be changed",
    ),
    (
        "ODPS-0010000:System internal error - the sandbox's engine cannot run this statement",
        "The sandbox cannot run this",
    ),
    (INTERNAL + "Regex compile error", "A regular expression is wrong"),
    (
        INTERNAL + "Hash Join Cursor HashJoin4#0 small table exceeds, memory limit(MB) 640, fixed"
        " memory used 596533248",
        "The map join's table does not fit into memory",
    ),
    (
        (
            "ODPS-0123144: Fuxi job failed - kInstanceMonitorTimeout CRASH_EXIT, usually caused by"
            " bad udf performance"
        ),
        "A function took too long",
    ),
    (
        "ODPS-0123055:Script exception - ImportError: No module named pandas",
        "The function's code is not packed with it",
    ),
    (
        SEMANTIC + "class a.b.C cannot be loaded from any resources",
        "The function's class cannot be loaded",
    ),
    (
        SEMANTIC + "@Resolve of a.b.C does not match annotation",
        "The function's code does not fit its declaration",
    ),
    (
        SEMANTIC + "Wrong arguments UDTF a.b.C initialize returned failed",
        "The table function does not take these arguments",
    ),
    (INTERNAL + "kWorkerOutOfMemory", "A worker ran out of memory"),
    (INTERNAL + "alloc too large size 4294967296", "One value is too large for memory"),
    (
        (
            "ODPS-0123131:User defined function exception - Traceback: com.aliyun.odps.hive.wrapper"
            ".HiveInputFormatWrapper"
        ),
        "The table is Hive's, and Hive's mode is off",
    ),
    (
        "ODPS-0010000:System internal error - OSSRequestException: ErrorCode: AccessDenied",
        "The external storage does not let MaxCompute in",
    ),
    (
        "ODPS-0010000:System internal error - OSSRequestException: SocketTimeout",
        "The external storage answered badly",
    ),
    (
        "ODPS-0140171:Sandbox violation exception - permission denied to read archive resource",
        "Third-party code could not be loaded",
    ),
    (
        "ODPS-0140171:Sandbox violation exception - PanguPermission",
        "The volume may not be read",
    ),
    (INTERNAL + "AllOrNothingResourceWaitTimeout", "Not enough workers were free at once"),
    (INTERNAL + "resource revoke timeout", "Workers were taken back"),
    (INTERNAL + "Download resource failed", "MaxCompute's scheduler had trouble"),
    (INTERNAL + "table data changed while reading", "The table changed while it was read"),
    (
        "ODPS-0010000:System internal error - std::exception:Message: a timeout was reached",
        "Storage could not be written or read",
    ),
    (INTERNAL + "process killed by signal 11", "A process of MaxCompute crashed"),
    ("ODPS-0110999:Critical! breach of atomicity", "The commit failed half-way"),
    (
        (
            "ODPS-0110061: Failed to run ddltask - AlreadyExistsException(message:Partition already"
            " exists, existed values:[20261122])"
        ),
        "Two jobs changed the same thing at once",
    ),
    (
        "ODPS-0110061: Failed to run ddltask - the project is two-tier model",
        "The project has no schemas",
    ),
    (
        "ODPS-0110061: Failed to run ddltask - Your project is not allowed to install the package",
        "The package may not be installed here",
    ),
    ("FAILED: Job is cancelled by another user", "It was stopped"),
    (
        (
            "ODPS-0420061: Invalid parameter in HTTP request - Fetched data is larger than the"
            " rendering limitation"
        ),
        "The result is too large to be shown",
    ),
    ("ODPS-1850001: Non select query not supported", "Acceleration takes reads only"),
    (
        "ODPS-1850001: There are udf in the map task",
        "Acceleration cannot run this function",
    ),
    (
        "ODPS-1850001: set odps.sql.rcte.session.mode to run it",
        "Acceleration cannot do recursion",
    ),
    (
        "ODPS-1800001: Session exception - run out of free query quota",
        "Accelerated queries are used up for today",
    ),
    ("Wait for cache data timeout", "The accelerated query took too long"),
    (
        (
            "ODPS-0410031:Authentication request expired - the expire time of the request is too"
            " skewed,max_interval_date:900000"
        ),
        "The clock is off",
    ),
    ("RequestQuotaExceeded: The request quota is exceeded. (HTTP 429)", "Too many requests"),
    (
        "SlotExceeded: Your slot quota is exceeded. (HTTP 429)",
        "Too much is downloaded at once",
    ),
    (
        (
            "InvalidStateSetting: Current status is Terminated. It is not allowed to set status to"
            " Terminated."
        ),
        "The stop came too late",
    ),
    (
        "NoSuchObject: The specified instance '2026' does not exist. (HTTP 404)",
        "MaxCompute does not know this instance",
    ),
    ("ServiceUnavailable: Service is temporarily unavailable", "MaxCompute was not available"),
    ("ODPS-0130161:[1,1] Parse exception - invalid token 'SLEECT'", "This is not valid SQL"),
    (
        SEMANTIC + "Result of a union cannot be a map table",
        "The statement makes no sense to the compiler",
    ),
    (
        "ODPS-0130131:[1,15] Table not found - table shop.nix cannot be resolved",
        "Table not found",
    ),
    ("ODPS-0130201:View not found - shop.v", "The view is gone or broken"),
    ("ODPS-0130271:Invalid partition - ds=1", "The partition does not exist"),
    (
        "ODPS-0130211:[1,14] Table or view already exists - table shop.t already exists",
        "The name is taken",
    ),
    ("ODPS-0130191:Invalid column or partition key - a", "A partition column is wrong"),
    ("ODPS-0420111: Project not found - 'nix'.", "There is no such project"),
    ("ODPS-0130252:[1,20] Cartesian product is not allowed", "The join has no condition"),
    ("ODPS-0140081:Unsupported join type", "The map join cannot do this outer join"),
    ("ODPS-0130241:[1,1] Illegal union operation", "The sides of the union differ"),
    (
        (
            "ODPS-0130121:[1,16] Invalid argument type - invalid type STRING of argument 2 for"
            " function datediff, expect DATETIME"
        ),
        "An argument has the wrong type",
    ),
    (
        (
            "ODPS-0130221:[1,8] Invalid number of arguments - function concat needs 2 parameters,"
            " actually have 1"
        ),
        "The number of arguments is wrong",
    ),
    ("ODPS-0130141:[1,8] Illegal implicit type cast", "The types do not fit without a cast"),
    (
        "ODPS-0140011:[1,8] Illegal type cast - cannot cast from ARRAY to BIGINT",
        "This cast is not possible",
    ),
    ("ODPS-0130181:[1,8] Window function exception", "The window is wrong"),
    ("ODPS-0130081:Invalid UDF reference", "The function is not registered or does not fit"),
    ("ODPS-0140031:Invalid column", "The name means nothing here"),
    ("ODPS-0130051:Exception in sub query", "Something is wrong with a subquery"),
    ("ODPS-0110011:Authorization exception", "Not allowed"),
    (
        (
            "ODPS-0123091:Illegal type cast - in function cast, value '-' cannot be casted from"
            " String to Bigint"
        ),
        "A value could not be converted",
    ),
    ("ODPS-0121095:Invalid argument - in function substr", "A function refused a value"),
    (
        "ODPS-0123111:Format string does not match datetime string",
        "A text is no date of that format",
    ),
    ("ODPS-0121145:Data overflow", "A number does not fit its type"),
    ("ODPS-0121065:Argument value out of range", "An argument is out of range or empty"),
    ("ODPS-0121011:Invalid regular expression pattern", "A pattern is wrong"),
    ("ODPS-0123031:Partition exception", "A partition could not be written"),
    ("ODPS-0123065:Join exception", "A table of the join is too large for memory"),
    ("ODPS-0123049:Join buffer overflow", "One key has too many rows"),
    ("ODPS-0121135:Malloc memory failed", "Memory could not be had"),
    ("ODPS-0120021:delimitor must be the same", "The separator changes inside a group"),
    (
        "ODPS-0123055:Script exception - Traceback (most recent call last): ValueError",
        "A script or function of yours failed",
    ),
    (
        "ODPS-0123131:User defined function exception - Traceback: java.lang.NullPointerException",
        "A function of yours failed",
    ),
    ("ODPS-0123144: Fuxi job failed - bad", "The workers' job failed"),
    ("ODPS-0140171:Sandbox violation exception", "The code did what is forbidden"),
    ("ODPS-0010000:System internal error", "MaxCompute failed inside"),
    ("ODPS-0110999:Commit failed", "The commit failed"),
    ("ODPS-0110061: Failed to run ddltask - x", "The definition could not be changed"),
    ("ODPS-0110141:Data version exception", "The data is being moved"),
    ("ODPS-0123019:I/O exception", "Storage did not answer"),
    ("ODPS-0120031:Instance has been cancelled", "It was cancelled"),
    ("ODPS-0123105:Job got killed", "It was killed"),
    (
        "ODPS-0410042:Invalid signature value - The request signature does not match",
        "The access key is not accepted",
    ),
    (
        "ODPS-0420041: Malformed HTTP request",
        "MaxCompute does not understand the request",
    ),
    ("ODPS-0430055: InternalConnection error", "The service was busy"),
    ("ODPS-0119999:new", "MaxCompute's metadata refused it"),
    ("ODPS-0129999:new", "It failed while it ran"),
    ("ODPS-0139999:new", "MaxCompute could not compile it"),
    ("ODPS-0149999:new", "MaxCompute could not plan it"),
    ("ODPS-0029999:new", "A common part of MaxCompute refused it"),
    ("ODPS-0319999:new", "The tunnel refused it"),
    ("ODPS-0499999:new", "MaxCompute's API refused it"),
    ("ODPS-0729999:new", "A MapReduce job failed"),
    ("ODPS-1226011: Xflow not found - shop/nix", "An algorithm failed"),
    ("ODPS-1820002: no public service", "Query acceleration could not do it"),
    ("something went wrong", UNKNOWN.title),
]


@pytest.mark.parametrize(("said", "title"), KNOWN)
def test_a_message_is_known_for_what_it_is(said: str, title: str) -> None:
    assert explain(said, sql=READ).title == title


def test_every_row_of_the_catalogue_has_a_message_here() -> None:
    titles = [failure.title for failure in ALL_FAILURES]

    assert set(titles) == {title for _, title in KNOWN}
    assert [title for title, count in Counter(titles).items() if count > 1] == []


@pytest.mark.parametrize("failure", ALL_FAILURES, ids=lambda failure: failure.title)
def test_a_row_is_sound(failure) -> None:
    sentences = (failure.cause, failure.remedy)

    assert all(s.endswith(".") and s.count("`") % 2 == 0 for s in sentences)
    assert not set("".join((failure.title, *sentences))) & set("<>&")
    assert not set(re.sub("`[^`]*`", "", "".join(sentences))) & set("*~_")
    assert not failure.title.endswith(".")
    assert failure.source
    assert re.compile(failure.says)
    assert failure.says or failure.codes or failure is UNKNOWN
    if failure not in BY_CLASS.values():
        assert all(re.fullmatch(r"\d{7}", code) for code in failure.codes.split())
    assert all(f.says for f in BY_WORDS)


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

    assert explain(said, sql=READ).title == "A value could not be converted"


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
    "text",
    [
        "sqltask" * 200_000,
        "[" * 1_000_000,
        "ODPS-0130071:[1,1]" * 50_000,
        "\nODPS-0130071: " * 50_000,
        "column " * 100_000,
        "1.1.1." * 100_000,
        "request id" * 100_000,
        " \t" * 500_000,
    ],
    ids=lambda text: text[:9].strip(),
)
def test_a_long_text_is_explained_at_once(text) -> None:
    started = time.monotonic()
    explain(text, sql=text)
    own_words(text)

    assert time.monotonic() - started < 5


PIECES = st.one_of(
    st.sampled_from([said for said, _ in KNOWN]),
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
