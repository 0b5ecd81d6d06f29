"""What can be done with a job where it is listed: the most likely step, beside its row.

Everything else is one click further, on the card that the run's name leads to.
"""

from odps_bot.messages.blocks import Block, plain_text
from odps_bot.messages.replies.instances import instance_value
from odps_bot.messages.run import buttons
from odps_bot.runs.run import Run, RunState

#: Prefix of the `block_id` of a row. What is done there leaves the list as it is.
ROW = "job:"

#: The menu of an instance that belongs to no run; its values are one of these and the instance.
INSTANCE_MENU = "instance_menu"
FOLLOW = "watch"
LOGVIEW = "logview"
WHY = "why"

#: It did not do what it was asked for, and somebody may want it all the same.
_TO_REPEAT = frozenset({RunState.FAILED, RunState.REFUSED})

#: https://docs.slack.dev/reference/block-kit/composition-objects/option-object
VALUE_CHARACTERS = 150


def run_row_action(run: Run, *, may_stop: bool = False, may_repeat: bool = False) -> Block | None:
    """Return the button beside a run that the person may see: its next step by its state."""
    is_stoppable = not run.is_final and run.stop_requested_at is None and run.query_id is None
    if may_stop and is_stoppable:
        button = buttons.stop_button(run)
    elif run.state is RunState.SUCCEEDED and run.table:
        button = buttons.result_button(run)
    elif run.state in _TO_REPEAT and may_repeat and buttons.is_sql_known(run):
        # As it is where that can help, else changed.
        button = buttons.repeat_buttons(run)[0]
    elif run.instance_id:
        button = buttons.logview_button(run)
    else:
        return None
    label = button["text"]["text"]
    return button | {"accessibility_label": f"{label}: run {run.name}"[:75]}


def instance_row_action(project: str, instance_id: str) -> Block | None:
    """Return the menu beside an instance that belongs to no run."""
    value = instance_value(project, instance_id)
    if len(value) + len(LOGVIEW) + 1 > VALUE_CHARACTERS:
        return None
    options = {FOLLOW: "Follow it here", WHY: "Why is it slow?", LOGVIEW: "Logview"}
    return {
        "type": "overflow",
        "action_id": INSTANCE_MENU,
        "options": [
            {"text": plain_text(label), "value": f"{what} {value}"}
            for what, label in options.items()
        ],
    }


def read_menu_value(value: str) -> tuple[str, str]:
    """Return what was chosen in the menu of an instance, and the value that names the instance."""
    what, _, instance = value.partition(" ")
    return what, instance
