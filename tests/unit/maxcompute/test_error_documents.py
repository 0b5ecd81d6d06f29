"""An error is read out of the document that a service puts it into, or is text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.maxcompute.error_documents import (
    ErrorDocument,
    read_error_document,
    read_error_text,
)

NOT_FOUND = "ODPS-0130131:[1,15] Table not found - table shop.nix cannot be resolved"
DOCUMENT = f"<Error><Code>NoSuchTable</Code><Message>{NOT_FOUND}</Message></Error>"
ENTITIES = '<!DOCTYPE a [<!ENTITY b "c">]><Error><Code>A</Code><Message>&b;</Message></Error>'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (NOT_FOUND, NOT_FOUND),
        (f"\n {NOT_FOUND} \n", NOT_FOUND),
        (DOCUMENT, NOT_FOUND),
        (f'\ufeff<?xml version="1.0" encoding="UTF-8"?>\n{DOCUMENT}\n', NOT_FOUND),
        (f"<Result>{DOCUMENT}</Result>", NOT_FOUND),
        (DOCUMENT.replace("<Error>", '<Error xmlns="http://aliyun.com/odps">'), NOT_FOUND),
        (DOCUMENT.replace(NOT_FOUND, f"<![CDATA[\n{NOT_FOUND}\n]]>"), NOT_FOUND),
        (DOCUMENT.replace(NOT_FOUND, f"<b>ODPS-0130131:</b>{NOT_FOUND[13:]}"), NOT_FOUND),
        (DOCUMENT.replace("shop", "\x01"), NOT_FOUND.replace("shop", "\ufffd")),
        (f'{{"Code": "NoSuchTable", "Message": "{NOT_FOUND}"}}', NOT_FOUND),
        ("<Error><Message>no code</Message></Error>", "no code"),
        ("<Error><Code>ODPS-0010000</Code></Error>", "ODPS-0010000"),
    ],
    ids=lambda text: text[:30].strip(),
)
def test_the_message_is_what_people_read(text, said):
    assert read_error_text(text).text == said


@pytest.mark.parametrize(
    ("code", "message", "said"),
    [
        ("ODPS-0130131", "[1,15] Table not found", "ODPS-0130131: [1,15] Table not found"),
        ("ODPS-0420411: Invalid argument - ", "a", "ODPS-0420411: Invalid argument - a"),
        ("ODPS-0010000", "caused by: ODPS-0123031:x", "ODPS-0010000: caused by: ODPS-0123031:x"),
        ("ParseError", "ODPS-0130161:[1,1] Parse exception", "ODPS-0130161:[1,1] Parse exception"),
        ("NoPermission", "not yours", "NoPermission: not yours"),
        ("NoPermission", "NoPermission: not yours", "NoPermission: not yours"),
    ],
)
def test_code_and_message_are_said_once(code, message, said):
    text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"

    assert read_error_text(text).text == said


def test_the_id_of_the_request_is_kept_and_other_fields_are_ignored():
    text = DOCUMENT.replace(
        "</Error>", "<RequestId>5583C0893F7EC2D353</RequestId><HostId>h</HostId><X/></Error>"
    )

    assert read_error_text(text) == ErrorDocument(
        code="NoSuchTable", message=NOT_FOUND, request_id="5583C0893F7EC2D353"
    )


@pytest.mark.parametrize(
    "text",
    [
        "<",
        "{",
        "{}",
        '{"a": 1}',
        "[1]",
        "<a/>",
        "<Error/>",
        "<Error><Code/><Message> </Message></Error>",
        DOCUMENT[:-8],
        DOCUMENT.replace("shop", "a & b < c"),
        ENTITIES,
        "<html><head><title>502</title></head></html>",
        "<a>" * 50_000 + "</a>" * 50_000,
        f"<Error><Message>{'x' * 300_000}</Message></Error>",
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_document_is_text(text):
    assert read_error_text(text) == ErrorDocument(message=text.strip())


def test_an_empty_result_says_nothing():
    assert read_error_text(" \n") == ErrorDocument()
    assert read_error_text(" \n").text == ""


def test_a_body_that_is_no_document_says_nothing():
    assert read_error_document(b"\xff<Error>") == ErrorDocument()
    assert read_error_document(b"") == ErrorDocument()


PIECES = st.sampled_from(["<Error>", "</Error>", "<Code>", "</Code>", "<Message>", "</Message>"])
TEXTS = st.lists(PIECES | st.text(max_size=9), max_size=12).map("".join)


@given(TEXTS)
def test_any_text_of_a_failed_task_is_kept_or_read(text):
    document = read_error_text(text)

    assert document.text in {"", text.strip()} or "<Error>" in text or text.strip()[0] in "<{"
