"""Composition objects: texts, confirmations, options, images.

https://docs.slack.dev/reference/block-kit/composition-objects
"""

from collections.abc import Iterator
from typing import Any

from odps_bot.sandbox.slack.block_kit import limits
from odps_bot.sandbox.slack.block_kit.schema import (
    Boolean,
    ListOf,
    Object,
    Problem,
    Shape,
    String,
    one_of,
    typed,
)

ACTION_ID = String(minimum=1, maximum=limits.ACTION_ID_MAX_LENGTH)


def plain_text(maximum: int = limits.TEXT_MAX_LENGTH) -> Object:
    """Return a plain text object."""
    text = String(minimum=limits.TEXT_MIN_LENGTH, maximum=maximum)
    return typed("plain_text", {"text": text, "emoji": Boolean()}, required=("text",))


def any_text(maximum: int = limits.TEXT_MAX_LENGTH) -> Shape:
    """Return a text object, plain or mrkdwn."""
    return one_of({"plain_text": plain_text(maximum), "mrkdwn": mrkdwn(maximum)}, tries_all=True)


def mrkdwn(maximum: int = limits.TEXT_MAX_LENGTH) -> Object:
    """Return a mrkdwn text object, which has no `emoji`."""
    text = String(minimum=limits.TEXT_MIN_LENGTH, maximum=maximum)
    return typed("mrkdwn", {"text": text, "verbatim": Boolean()}, required=("text",))


CONFIRM = Object(
    fields={
        "title": plain_text(limits.CONFIRMATION_TITLE_MAX_LENGTH),
        "text": any_text(limits.CONFIRMATION_TEXT_MAX_LENGTH),
        "confirm": plain_text(limits.CONFIRMATION_CONFIRM_MAX_LENGTH),
        "deny": plain_text(limits.CONFIRMATION_DENY_MAX_LENGTH),
        "style": String(choices=("primary", "danger")),
    },
    required=("title", "text", "confirm", "deny"),
)

#: Options of menus are plain; those of checkboxes and radio buttons can be mrkdwn.
_OPTION_FIELDS: dict[str, Shape] = {
    "text": plain_text(limits.OPTION_TEXT_MAX_LENGTH),
    "value": String(minimum=1, maximum=limits.OPTION_VALUE_MAX_LENGTH),
    "description": plain_text(limits.OPTION_DESCRIPTION_MAX_LENGTH),
}
OPTION = Object(fields=_OPTION_FIELDS, required=("text", "value"))
OVERFLOW_OPTION = Object(
    fields={**_OPTION_FIELDS, "url": String(minimum=1, maximum=limits.OPTION_URL_MAX_LENGTH)},
    required=("text", "value"),
)
CHOICE = Object(
    fields={
        **_OPTION_FIELDS,
        "text": any_text(limits.OPTION_TEXT_MAX_LENGTH),
        "description": any_text(limits.OPTION_DESCRIPTION_MAX_LENGTH),
    },
    required=("text", "value"),
)
OPTION_GROUP = Object(
    fields={
        "label": plain_text(limits.OPTION_GROUP_LABEL_MAX_LENGTH),
        "options": ListOf(
            item=OPTION,
            minimum=limits.OPTION_GROUP_OPTIONS_MIN_ITEMS,
            maximum=limits.OPTION_GROUP_OPTIONS_MAX_ITEMS,
        ),
    },
    required=("label", "options"),
)
DISPATCH_ACTION_CONFIG = Object(
    fields={
        "trigger_actions_on": ListOf(
            item=String(choices=("on_enter_pressed", "on_character_entered")),
            minimum=limits.DISPATCH_ACTION_CONFIGURATION_TRIGGER_ACTIONS_ON_MIN_ITEMS,
            maximum=limits.DISPATCH_ACTION_CONFIGURATION_TRIGGER_ACTIONS_ON_MAX_ITEMS,
        )
    }
)
CONVERSATION_FILTER = Object(
    fields={
        "include": ListOf(
            item=String(choices=("im", "mpim", "private", "public")),
            minimum=limits.CONVERSATION_FILTER_INCLUDE_MIN_ITEMS,
        ),
        "exclude_external_shared_channels": Boolean(),
        "exclude_bot_users": Boolean(),
    }
)
SLACK_FILE = Object(fields={"id": String(minimum=1), "url": String(minimum=1)})


def either(*names: str) -> "_Either":
    """Return the rule that exactly one of these fields must be present."""
    return _Either(names)


class _Either:
    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def __call__(self, value: Any, at: str) -> Iterator[Problem]:
        present = [name for name in self._names if name in value]
        if len(present) != 1:
            names = " or ".join(f"`{name}`" for name in self._names)
            yield Problem(f"must define either {names}", at)


IMAGE_ELEMENT = typed(
    "image",
    {
        "image_url": String(minimum=1, maximum=limits.IMAGE_ELEMENT_IMAGE_URL_MAX_LENGTH),
        "slack_file": SLACK_FILE,
        "alt_text": String(minimum=1, maximum=limits.IMAGE_ELEMENT_ALT_TEXT_MAX_LENGTH),
    },
    required=("alt_text",),
    rules=(either("image_url", "slack_file"),),
)
#: The response of an app to a request for the options of a menu.
OPTIONS_RESPONSE = Object(
    fields={
        "options": ListOf(item=OPTION, maximum=limits.SELECT_OPTIONS_MAX_ITEMS),
        "option_groups": ListOf(item=OPTION_GROUP, maximum=limits.SELECT_OPTION_GROUPS_MAX_ITEMS),
    },
    rules=(either("options", "option_groups"),),
)
