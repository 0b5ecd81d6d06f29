"""Values of input elements as payloads carry them, validated as Slack's client does.

https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any

from odps_bot.sandbox.slack.errors import SlackError

Element = dict[str, Any]
InputValue = dict[str, Any]

MAX_INPUT_LENGTH = 3_000
MAX_FILES = 10

#: The field of a payload that carries an element's value, by element type.
_NAMES: Mapping[str, str] = {
    "plain_text_input": "value",
    "number_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "rich_text_input": "rich_text_value",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "overflow": "selected_option",
    "radio_buttons": "selected_option",
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "checkboxes": "selected_options",
    "multi_users_select": "selected_users",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
    "file_input": "files",
}
_WITHOUT_STATE = frozenset({"overflow"})
_INITIAL = {
    "value": "initial_value",
    "rich_text_value": "initial_value",
    "selected_date_time": "initial_date_time",
}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"https?://\S+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{2}:\d{2}")


def has_state(element: Element) -> bool:
    """Return whether a view keeps the value of this element; it keeps none for buttons."""
    return element["type"] in _NAMES and element["type"] not in _WITHOUT_STATE


def read_input(element: Element, value: Any) -> InputValue:
    """Return the value that was chosen or entered in an element, as payloads carry it.

    Raises SlackError with a `message` for the person: `invalid_option`, `too_many_selected`,
    `input_too_long`, `input_too_short`, `invalid_number`, `invalid_date`, `invalid_email`,
    `invalid_url`, `invalid_file`.
    """
    kind = element["type"]
    name = _NAMES.get(kind)
    if name is None:
        return _read_button(element, value)
    if _is_many(name):
        chosen = value if isinstance(value, list) else [value] if value else []
        return {name: _choose_many(element, chosen)}
    if value is None or value == "":
        return {name: None}
    return {name: _choose(element, value)}


def initial_value(element: Element) -> InputValue:
    """Return the initial value of an element, possibly empty."""
    name = _NAMES[element["type"]]
    initial = element.get(_INITIAL.get(name, name.replace("selected", "initial", 1)))
    return {name: [] if initial is None and _is_many(name) else initial}


def is_empty(entry: InputValue) -> bool:
    """Return whether the value is empty."""
    return not any(value for name, value in entry.items() if name != "type")


def _is_many(name: str) -> bool:
    return name.endswith("s")


def _read_button(element: Element, value: Any) -> InputValue:
    if element["type"] == "feedback_buttons":
        for button in (element["positive_button"], element["negative_button"]):
            if button["value"] == value:
                return {"value": value, "text": button["text"]}
        raise _input_error("invalid_option", "Choose one of the buttons.")
    return {"value": element["value"]} if "value" in element else {}


def _choose_many(element: Element, values: list[Any]) -> list[Any]:
    kind = element["type"]
    maximum = element.get("max_files", MAX_FILES) if kind == "file_input" else None
    maximum = element.get("max_selected_items", maximum)
    if maximum is not None and len(values) > maximum:
        raise _input_error("too_many_selected", f"Choose at most {maximum}.")
    return [_choose(element, value) for value in values]


def _choose(element: Element, value: Any) -> Any:
    check = _CHECKS.get(element["type"])
    return value if check is None else check(element, value)


def _find_option(element: Element, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        value = value.get("value")
    groups = element.get("option_groups", [])
    options = [*element.get("options", []), *(o for group in groups for o in group["options"])]
    for option in options:
        if option.get("value") == value:
            return dict(option)
    raise _input_error("invalid_option", "Choose one of the options.")


def _check_length(element: Element, value: Any) -> str:
    text = str(value)
    maximum = element.get("max_length", MAX_INPUT_LENGTH)
    minimum = element.get("min_length", 0)
    if len(text) > maximum:
        raise _input_error("input_too_long", f"Enter at most {_characters(maximum)}.")
    if len(text) < minimum:
        raise _input_error("input_too_short", f"Enter at least {_characters(minimum)}.")
    return text


def _characters(number: int) -> str:
    return f"{number:,} character{'s' if number != 1 else ''}"


def _check_number(element: Element, value: Any) -> str:
    text = str(value)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _input_error("invalid_number", "Enter a number.") from None
    if not number.is_finite():
        raise _input_error("invalid_number", "Enter a number.")
    if not element["is_decimal_allowed"] and number != number.to_integral_value():
        raise _input_error("invalid_number", "Enter a whole number.")
    if "min_value" in element and number < Decimal(element["min_value"]):
        raise _input_error("invalid_number", f"Enter {element['min_value']} or more.")
    if "max_value" in element and number > Decimal(element["max_value"]):
        raise _input_error("invalid_number", f"Enter {element['max_value']} or less.")
    return text


def _check_pattern(form: re.Pattern[str], value: Any, code: str, message: str) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise _input_error(code, message)
    return value


def _check_email(_element: Element, value: Any) -> str:
    return _check_pattern(_EMAIL, value, "invalid_email", "Enter a valid email address.")


def _check_url(_element: Element, value: Any) -> str:
    return _check_pattern(_URL, value, "invalid_url", "Enter a valid link, with https://.")


def _check_date(_element: Element, value: Any) -> str:
    text = _check_pattern(_DATE, value, "invalid_date", "Enter a date like 2026-01-31.")
    try:
        date.fromisoformat(text)
    except ValueError:
        raise _input_error("invalid_date", "There is no such date.") from None
    return text


def _check_time(_element: Element, value: Any) -> str:
    text = _check_pattern(_TIME, value, "invalid_date", "Enter a time like 14:05.")
    try:
        time.fromisoformat(text)
    except ValueError:
        raise _input_error("invalid_date", "There is no such time.") from None
    return text


def _check_instant(_element: Element, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _input_error("invalid_date", "Enter a date and a time.")
    return value


def _as_rich_text(_element: Element, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": str(value)}]}
    return {"type": "rich_text", "elements": [section]}


def _check_file(element: Element, file: dict[str, Any]) -> dict[str, Any]:
    wanted = element.get("filetypes", [])
    if wanted and file["filetype"] not in wanted:
        raise _input_error("invalid_file", f"Choose a file of these kinds: {', '.join(wanted)}.")
    return file


def _input_error(code: str, message: str) -> SlackError:
    return SlackError(code, message=message)


_CHECKS: Mapping[str, Callable[[Element, Any], Any]] = {
    "static_select": _find_option,
    "multi_static_select": _find_option,
    "overflow": _find_option,
    "radio_buttons": _find_option,
    "checkboxes": _find_option,
    "plain_text_input": _check_length,
    "number_input": _check_number,
    "email_text_input": _check_email,
    "url_text_input": _check_url,
    "datepicker": _check_date,
    "timepicker": _check_time,
    "datetimepicker": _check_instant,
    "rich_text_input": _as_rich_text,
    "file_input": _check_file,
}
