"""Errors of failed tasks, as lines and as documents: read as PyODPS reads them."""

import pytest
from odps import errors

from odps_bot.maxcompute import InstanceFailedError
from odps_bot.maxcompute.error_documents import read_error_text
from odps_bot.maxcompute.errors import odps_code_in

IN_XML = {"sandbox.error.format": "xml"}
NOT_FOUND = "ODPS-0130131:[1,15] Table not found - table shop.nix cannot be resolved"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
REQUEST = "<RequestId>5583C0893F7EC2D353</RequestId><HostId>odps.aliyun.com</HostId>"


def document(code, message, rest=""):
    return f"{HEAD}<Error><Code>{code}</Code><Message>{message}</Message>{rest}</Error>"


DOCUMENTS = {
    "a word": document("NoSuchTable", NOT_FOUND),
    "CDATA": document("ParseError", "<![CDATA[ODPS-0130161:[1,1] Parse exception - 'a<b']]>"),
    "a code": document("ODPS-0130131", "[1,15] Table not found"),
    "a code that is in the message": document("ODPS-0130131", NOT_FOUND),
    "a code with words": document("ODPS-0420411: Invalid argument - ", "no such option"),
    "a code that PyODPS does not know": document("ODPS-0123091", "Illegal type cast"),
    "a request": document("NoPermission", "ODPS-0130013:Authorization exception", REQUEST),
}
TEXTS = {
    "a line": NOT_FOUND,
    "an inner error": "ODPS-0130071:[0,0] Semantic analysis exception - ODPS-0121095:Invalid",
    "no code": "something went wrong",
    "broken XML": "<Error><Code>ODPS-0130131</Code>",
    "other XML": "<a><b/></a>",
}


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_says_what_it_says_to_pyodps(text):
    theirs, ours = errors.parse_instance_error(text), read_error_text(text)

    assert ours.code == theirs.code.strip()
    assert ours.message in theirs.args[0]
    assert odps_code_in(ours.text) == odps_code_in(f"{theirs.code} {theirs.args[0]}")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_is_the_message_as_to_pyodps(text):
    theirs, ours = errors.parse_instance_error(text), read_error_text(text)

    assert ours.text == theirs.args[0]
    assert ours.code is None


@pytest.mark.parametrize("hints", [{}, IN_XML], ids=["text", "XML"])
@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("select * from no_such_table", errors.NoSuchTable),
        ("select 1 frm pyodps_iris", errors.ParseError),
        ("select 1/0", errors.ODPSError),
    ],
)
def test_a_task_that_fails_says_the_same_in_both_forms(pyodps, client, hints, sql, error):
    with pytest.raises(error) as theirs:
        pyodps.execute_sql(sql, hints=hints)
    with pytest.raises(InstanceFailedError) as ours:
        client.execute_sql(sql, hints=hints)

    assert ours.value.message == theirs.value.args[0]
    assert ours.value.odps_code == odps_code_in(theirs.value.args[0])
    if hints:
        assert ours.value.code == theirs.value.code
        # PyODPS takes an element without children for none, and so never has the request's id.
        assert theirs.value.request_id is None
        assert ours.value.request_id


@pytest.mark.parametrize("hints", [{}, IN_XML], ids=["text", "XML"])
@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("select * from no_such_table", errors.NoSuchTable),
        ("select no_such_column from pyodps_iris", errors.ODPSError),
        ("select 1 frm pyodps_iris", errors.ParseError),
        ("insert into no_such_table select 1", errors.NoSuchTable),
    ],
)
def test_an_estimate_of_what_cannot_run_fails_as_the_run_does(pyodps, client, hints, sql, error):
    with pytest.raises(error) as theirs:
        pyodps.execute_sql_cost(sql, hints=hints)
    with pytest.raises(InstanceFailedError) as ours:
        client.execute_sql_cost(sql, hints=hints)
    with pytest.raises(error) as of_the_run:
        pyodps.execute_sql(sql, hints=hints)

    assert ours.value.message == theirs.value.args[0] == of_the_run.value.args[0]
