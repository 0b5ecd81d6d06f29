"""Whoever mentions the bot is told how to mention it, not of a slash command."""

from odps_bot.messages import Message
from odps_bot.messages.blocks import actions, button, context, preformatted, section
from odps_bot.messages.notation import by_mention


def test_hints_in_code_name_the_mention() -> None:
    said = "Did you mean `/odps stop`? Usage: `/odps stop [ID]`, or `/odps`."
    message = Message(said, [section(said), context(said)])

    changed = by_mention(message)

    meant = "Did you mean `@odps stop`? Usage: `@odps stop [ID]`, or `@odps`."
    assert changed == Message(meant, [section(meant), context(meant)])


def test_nothing_but_hints_is_changed() -> None:
    kept = "see /odps/docs, `/odpsx y`, `/invite @odps` and `a /odps b`"
    blocks = [
        section(kept),
        preformatted("select '`/odps run`'"),
        actions([button("Run", action_id="a", value="`/odps run`")], block_id="b"),
    ]

    assert by_mention(Message(kept, blocks)) == Message(kept, blocks)
