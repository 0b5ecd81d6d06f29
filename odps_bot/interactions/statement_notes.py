"""What a person has to know about a statement that was read from a message, in words. Pure."""

from collections.abc import Sequence

from odps_bot.input.run_options import RunOptions
from odps_bot.input.slack_message.reader import Note, Reading
from odps_bot.messages import text as t
from odps_bot.messages.sentences import SENTENCES

NOTES = SENTENCES.message_notes

#: How many further pieces of code are quoted, and how much of each.
QUOTED = 5
QUOTED_CHARACTERS = 60


def notes_in_words(reading: Reading) -> str:
    """Return the notes as mrkdwn, one a line; empty where there is nothing to be said."""
    notes = [_in_words(note, reading.more) for note in reading.notes]
    if reading.leaves_out_what_matters:
        notes.append(NOTES["left_out"])
    return "\n".join(notes)


def whom_to_notify(options: RunOptions) -> str:
    """Return that Slack gave no ids for people to notify (mrkdwn); empty where it did."""
    names = unknown_names(options)
    if not names:
        return ""
    return f":bell: Slack doesn't tell me who {names} is. Choose below whom to notify."


def unknown_names(options: RunOptions) -> str:
    """Return the names to notify that Slack gave no ids for, as mrkdwn."""
    return ", ".join(t.code(name, limit=40) for name in options.unknown_people[:5])


def _in_words(note: Note, more: Sequence[str]) -> str:
    if note is not Note.MORE:
        return NOTES[note]
    count = "1 piece" if len(more) == 1 else f"{len(more)} pieces"
    count = count.replace(" ", " more ", 1)
    quoted = [t.code(code, limit=QUOTED_CHARACTERS) for code in more[:QUOTED]]
    left = ["\u2026"] if len(more) > QUOTED else []
    return NOTES[note].format(count=count, pieces=", ".join([*quoted, *left]))
