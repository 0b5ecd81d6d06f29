"""What people read who use a button or form that another version of the app has shown."""

from odps_bot.messages.blocks import Block, plain_text, section
from odps_bot.messages.message import Message
from odps_bot.messages.replies import ephemeral

#: Fits below a field of a form.
UNKNOWN_FORM = (
    "This form is from another version of me, which I can't read. Nothing was submitted. Copy what"
    " you need from it, close it, and open the form again."
)


def unknown_button() -> Message:
    """Return the answer to a click on something that this version does not offer."""
    return ephemeral.problem(
        "This button is from another version of me and does nothing any more. Nothing was changed."
        " `/odps status` lists your runs."
    )


def unknown_form() -> Block:
    """Return what replaces a form without fields that this version does not offer."""
    return {
        "type": "modal",
        "title": plain_text("Another version"),
        "close": plain_text("Close"),
        "blocks": [section(UNKNOWN_FORM)],
    }
