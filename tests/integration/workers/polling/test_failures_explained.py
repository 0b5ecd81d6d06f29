"""A statement that MaxCompute fails is explained in the thread, with its place marked."""

import pytest

from odps_bot.messages.run.outcomes import outcome_in_words
from odps_bot.runs import RunState
from odps_bot.sandbox.maxcompute.faults import http_error

SETTINGS = "set sandbox.duration=0;\nset odps.sql.type.system.odps2=true;\n"
FAIL = "set sandbox.fail="

#: (SQL, title, what is marked: the excerpt's last lines).
AT_A_PLACE = {
    "a table": (
        "select *\nfrom pyodps_iris a\njoin no_such_table b on a.name = b.name",
        "Table not found",
        "3 | join no_such_table b on a.name = b.name\n  |      ^^^^^^^^^^^^^",
    ),
    "a table behind settings": (
        f"{SETTINGS}select *\nfrom no_such_table",
        "Table not found",
        "4 | from no_such_table\n  |      ^^^^^^^^^^^^^",
    ),
    "a table behind a setting on the line": (
        "set sandbox.duration=0; select * from no_such_table",
        "Table not found",
        (
            "1 | set sandbox.duration=0; select * from no_such_table\n"
            "  |                                       ^^^^^^^^^^^^^"
        ),
    ),
    "a column": (
        "select name,\n\tno_such_column\nfrom pyodps_iris",
        "Column not found",
        "2 |     no_such_column\n  |     ^^^^^^^^^^^^^^\n3 | from pyodps_iris",
    ),
    "a function": (
        "select ifnull(name, 'x') from pyodps_iris",
        "Function not found",
        "1 | select ifnull(name, 'x') from pyodps_iris\n  |        ^^^^^^",
    ),
    "a word": (
        "select 1 frm pyodps_iris",
        "SQL syntax error",
        "1 | select 1 frm pyodps_iris\n  |              ^^^^^^^^^^^",
    ),
    "a partition": (
        "select count(*) from orders where ds = '19990101'",
        "Partition not found",
        (
            "1 | select count(*) from orders where ds = '19990101'\n"
            "  |                                   ^^"
        ),
    ),
}

WITHOUT_A_PLACE = {
    "all partitions": ("select count(*) from orders", "All partitions would be read"),
    "a cast": (
        "select cast(name as bigint) from pyodps_iris",
        "A value couldn't be converted",
    ),
    "a division": ("select 1/(1-1)", "Division by zero"),
    "a date": (
        "select cast('2026-99-99' as datetime)",
        "Unexpected date format",
    ),
    "memory": (
        (
            f"{FAIL}ODPS-0010000:System internal error - fuxi job failed, caused by:"
            " kWorkerOutOfMemory; select 1"
        ),
        "A worker ran out of memory",
    ),
    "a time-out": (
        f"{FAIL}ODPS-0123144: Fuxi job failed - kInstanceMonitorTimeout; select 1",
        "A UDF took too long",
    ),
    "a right": (
        (
            f"{FAIL}ODPS-0130013:Authorization exception - Authorization Failed [4009,4019], You"
            " have NO privilege 'odps:Select' on {acs:odps:*:projects/sandbox/tables/t}.; select 1"
        ),
        "A permission is missing",
    ),
}


def literal_texts(reply):
    """Return what stands in fixed width in a reply: MaxCompute's words, then the excerpt."""
    return [
        block["elements"][0]["elements"][0]["text"]
        for block in reply["blocks"]
        if block["type"] == "rich_text"
    ]


@pytest.mark.parametrize(("sql", "title", "excerpt"), AT_A_PLACE.values(), ids=AT_A_PLACE)
def test_the_place_of_a_mistake_is_marked(world, sql, title, excerpt):
    run = world.finish(world.ask(f"run {sql}"))
    (reply,) = world.replies(run)
    said, marked = literal_texts(reply)

    assert run.state is RunState.FAILED
    assert f"*{title}.*" in reply["text"]
    assert said == outcome_in_words(run)
    assert excerpt in marked
    assert "*Run again?* Only after a change" in reply["text"]


@pytest.mark.parametrize(("sql", "title"), WITHOUT_A_PLACE.values(), ids=WITHOUT_A_PLACE)
def test_a_failure_without_a_place_is_explained(world, sql, title):
    run = world.finish(world.ask(f"run {sql}"))
    (reply,) = world.replies(run)

    assert run.state is RunState.FAILED
    assert f"*{title}.*" in reply["text"]
    assert literal_texts(reply) == [outcome_in_words(run)]
    assert "*Likely cause:*" in reply["text"]
    assert "*Try:*" in reply["text"]


def test_a_write_that_failed_half_way_is_not_to_be_repeated_blindly(world):
    failure = "ODPS-0010000:System internal error - x"
    sql = f"{FAIL}{failure}; insert into customers select * from customers"
    run = world.finish(world.ask(f"run {sql}"))
    (reply,) = world.replies(run)

    assert "*Run again?* Not without checking" in reply["text"]


def test_what_is_refused_at_once_is_explained_and_was_not_submitted(world):
    body = (
        "<Error><Code>ParseError</Code><Message>ODPS-0130161:[1,1] Parse exception - invalid token"
        " 'frm'</Message><RequestId>5583C0893F7EC2D353</RequestId></Error>"
    )
    world.maxcompute.faults.add(http_error(400, body), operation="submit")
    run = world.submit(world.ask("run select 1 frm"))

    assert run.state is RunState.REFUSED
    assert "invalid token 'frm'" in outcome_in_words(run)
    assert "Likely cause: A typo" in outcome_in_words(run)
    assert outcome_in_words(run).endswith("Nothing was submitted.")
    assert "5583C0893F7EC2D353" not in outcome_in_words(run)


def test_an_error_in_xml_is_explained_as_any_other(world):
    sql = "set sandbox.error.format=xml;\nselect *\nfrom no_such_table"
    run = world.finish(world.ask(f"run {sql}"))
    (reply,) = world.replies(run)
    said, marked = literal_texts(reply)

    assert (
        "<Error>"
        in world.services.maxcompute.default.get_instance(run.instance_id)
        .get_task_results()["AnonymousSQLTask"]
        .text
    )
    assert said == (
        "ODPS-0130131:[3,6] Table not found - table sandbox.no_such_table cannot be resolved"
    )
    assert "3 | from no_such_table\n  |      ^^^^^^^^^^^^^" in marked
    assert "*Table not found.*" in reply["text"]


@pytest.mark.parametrize(
    "said",
    [
        "<Error><Code>x</Code><Message>never closed",
        "<Error><Message>a & b is no XML</Message></Error>",
    ],
)
def test_xml_that_is_broken_is_shown_as_text(world, said):
    run = world.finish(world.ask(f"run {FAIL}{said}; select 1"))
    (reply,) = world.replies(run)

    assert run.state is RunState.FAILED
    assert literal_texts(reply) == [said]
    assert "*Unknown error.*" in reply["text"]
