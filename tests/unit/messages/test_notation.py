"""Hints in an answer to a mention name the mention; what is quoted stays as it is."""

from odps_bot.messages import Message
from odps_bot.messages.notation import by_mention


def test_commands_in_code_spans_become_mentions() -> None:
    assert by_mention(Message("Try `/odps run` or `/odps`.")).text == "Try `@odps run` or `@odps`."


def test_preformatted_text_stays_as_it_is() -> None:
    assert by_mention(Message("```/odps run x```")).text == "```/odps run x```"
