"""Any input gets a result or an error of the service."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.sandbox.maxcompute.documents import cdata, element, text
from odps_bot.sandbox.maxcompute.engine.engine import Engine
from odps_bot.sandbox.maxcompute.engine.errors import SqlError
from odps_bot.sandbox.maxcompute.engine.script import split_script
from odps_bot.sandbox.maxcompute.service_errors import ServiceError
from odps_bot.sandbox.maxcompute.signing import parse_authorization
from odps_bot.sandbox.maxcompute.submission import read_submission, read_xml

WORDS = """
    select from where and or group by order limit with join on insert into overwrite table
    partition create drop alter desc show as pyodps_iris orders name ds 'x' 1 1.5
    = ( ) , * " ` -- /* */ ; @ :=
"""
STATEMENTS = st.lists(st.sampled_from(WORDS.split()), max_size=12).map(" ".join)


@pytest.fixture(scope="module")
def engine():
    engine = Engine(("sandbox",), orders_rows=30)
    yield engine
    engine.close()


@given(STATEMENTS | st.text(max_size=40))
def test_any_statement_runs_or_fails_with_a_code(engine, sql):
    execution = engine.execution(
        sql,
        project="sandbox",
        owner="me",
        settings={"odps.sql.read.only": "true"},
        instance_id="any",
        now=datetime(2026, 11, 1, tzinfo=UTC),
    )

    failure = ""
    try:
        execution.analyze()
        execution.run()
    except SqlError as error:
        failure = str(error)

    assert not failure or failure.startswith("ODPS-")


@given(st.text())
def test_any_text_is_split_or_refused(sql):
    failure = ""
    try:
        script = split_script(sql)
    except SqlError as error:
        failure = str(error)

    if failure:
        assert failure.startswith("ODPS-0130161:[")
    else:
        assert all(statement.tokens for statement in script.statements)


@given(st.binary() | st.text().map(str.encode))
def test_any_body_is_read_or_refused(body):
    with pytest.raises(ServiceError) as refused:
        read_submission(body)

    assert refused.value.http_status == 400


SOUND = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\r\n]>&<")
)


@given(SOUND)
def test_any_valid_text_survives_in_a_document(value):
    root = read_xml(element("A", element("B", text(value)), element("C", cdata(value))).encode())

    assert [child.text or "" for child in root] == [value, value]


@given(st.text())
def test_any_text_fits_in_a_document(value):
    root = read_xml(element("A", element("B", text(value)), element("C", cdata(value))).encode())

    assert len(root) == 2


@given(st.text())
def test_any_authorization_header_is_parsed_or_rejected(header):
    parsed = parse_authorization(header)

    assert parsed is None or parsed.access_key_id
