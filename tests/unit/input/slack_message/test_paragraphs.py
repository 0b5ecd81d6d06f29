"""A statement without code marks that an app has put into several blocks or fields."""

from typing import Any

import pytest

from odps_bot.input.slack_message.reader import Note, read_message


def sections(*texts: str) -> dict[str, Any]:
    return {
        "bot_id": "B9",
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}} for text in texts],
    }


def rich_texts(*texts: str) -> dict[str, Any]:
    return {
        "blocks": [
            {
                "type": "rich_text",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
                ],
            }
            for text in texts
        ]
    }


@pytest.mark.parametrize("message", [sections, rich_texts])
def test_a_clause_in_the_next_block_is_not_left_out(message: Any) -> None:
    found = read_message(message("delete from stock", "where sku = 'A-1'"))

    assert found.sql == "delete from stock\n⟦where sku = 'A-1'⟧"
    assert found.notes == (Note.WORDS,)


def test_a_clause_in_a_field_of_an_attachment_is_not_left_out() -> None:
    fields = [{"title": "where", "value": "sku = 1"}]
    found = read_message({"attachments": [{"text": "delete from stock", "fields": fields}]})

    assert found.sql == "delete from stock\n⟦where\nsku = 1⟧"
    assert found.has_gaps


def test_another_statement_in_the_next_block_is_announced() -> None:
    found = read_message(sections("delete from stock where sku = 1", "drop table stock"))

    assert (found.sql, found.more) == ("delete from stock where sku = 1", ("drop table stock",))
    assert not found.is_sure


def test_words_in_other_blocks_are_left_out_and_said_to_be() -> None:
    found = read_message(sections("Query of the night", "delete from stock", "Finished in 3 s"))

    assert (found.sql, found.notes) == ("delete from stock", ())
    assert found.leaves_out_what_matters
