"""The modal for writing a statement and choosing its options.

https://docs.slack.dev/surfaces/modals
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec

from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, actions, context, preformatted, section
from odps_bot.messages.message import Modal

RUN_MODAL = "run_form"

#: The limit of a field: longer statements come as a file or from a message.
FIELD_CHARACTERS = 3_000

#: How much of a statement is shown that is too long for a field.
EXCERPT_CHARACTERS = 1_500
EXCERPT_LINES = 12

#: Slack's limit of options in a menu.
MENU_CHOICES = 100

MOST_NOTIFIED = 20
QUOTA_CHARACTERS = 100

#: MaxCompute's; the lower, the earlier: https://www.alibabacloud.com/help/en/maxcompute/user-guide/priority-of-jobs
PRIORITIES = range(10)

#: Block and action ids of the fields; Slack returns the input under them.
PROJECT = "project"
SQL = "sql"
FILE = "file"
OLD_TEXT = "old_text"
NEW_TEXT = "new_text"
EVERYWHERE = "everywhere"
ESTIMATE = "estimate"
PRIORITY = "priority"
QUOTA = "quota"
INTERACTIVE = "interactive"
HINTS = "hints"
NOTIFY = "notify"
PLACE = "place"

OLD_HINT = "Leave empty to run the statement as it is."
NEW_HINT = "Leave empty to delete the text."

#: The block id of the button that gets a person the statement as a file.
GET_FILE = "get_file"

#: https://docs.slack.dev/reference/views/modal-views
TITLE_CHARACTERS = 24


class ModalContext(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """State of the modal between opening and submission; Slack keeps it in `private_metadata`."""

    channel_id: str = ""  #: where the card is posted; empty: the modal has a field for it
    thread_ts: str = ""
    draft_id: str = ""  #: of a statement that is too long for a field
    has_gaps: bool = False  #: the statement was filled in with gaps, which must not be submitted
    priority: int | None = None  #: where the modal has no field for it, like the next two
    interactive: bool | None = None
    notify: tuple[str, ...] = ()  #: user ids
    edited_run_id: str = ""  #: of the run that the modal was filled in with
    place_id: str = ""  #: the channel that was filled in; `thread_ts` is one of it


@dataclass(frozen=True, kw_only=True)
class RunModal:
    """The initial content of the modal."""

    projects: Sequence[str]
    project: str
    sql: str = ""
    priority: int | None = None
    quota: str = ""
    interactive: bool | None = None  #: None: as the project's rules say
    hints: str = ""  #: one ``key=value`` per line
    notify: Sequence[str] = ()  #: user ids
    note: str = ""  #: mrkdwn, above the fields
    is_estimate: bool = False
    source: str = ""  #: origin of a statement that is too long for a field: ``the message``
    excerpt: str = ""  #: what is shown of such a statement, if not its beginning
    edited: str = ""  #: the name of the run that it is filled in with
    file_button: Block | None = None  #: gets a person the statement that is too long for a field
    focus: str = ""  #: the block id of the text field to begin with; empty: Slack's choice
    context: ModalContext = field(default_factory=ModalContext)


def run_modal_view(form: RunModal) -> Modal:
    """Return the modal."""
    where = form.context
    blocks = [
        *([context(form.note)] if form.note else []),
        *_statement(form),
        _project(form),
        *([] if where.channel_id else [_place(where.place_id)]),
        _estimate(form),
        _notify(form),
        _interactive(form),
        _priority(form),
        _quota(form),
        _hints(form),
        *([context(_card_goes_to(where))] if where.channel_id else []),
    ]
    blocks = [_focused(block) if block.get("block_id") == form.focus else block for block in blocks]
    return Modal(_view(form, where, blocks), make_plainer=partial(_plainer_view, form))


def _focused(block: Block) -> Block:
    return block | {"element": block["element"] | {"focus_on_load": True}}


def _view(form: RunModal, context: ModalContext, blocks: list[Block]) -> dict[str, Any]:
    title = f"Edit & run {form.edited}" if form.edited else "Run MaxCompute SQL"
    return {
        "type": "modal",
        "callback_id": RUN_MODAL,
        "title": _plain(title[:TITLE_CHARACTERS]),
        "submit": _plain("Run"),
        "close": _plain("Cancel"),
        "private_metadata": msgspec.json.encode(context).decode(),
        "blocks": blocks,
    }


def _plainer_view(form: RunModal) -> dict[str, Any]:
    """Return the modal without the fields that Slack may refuse; what they hold is kept."""
    notify = tuple(form.notify)[:MOST_NOTIFIED]
    where = msgspec.structs.replace(
        form.context, priority=form.priority, interactive=form.interactive, notify=notify
    )
    is_more_set = notify or form.priority is not None or form.interactive is not None
    blocks = [
        *([section(form.note)] if form.note else []),
        *_plainer_statement(form),
        _project(form),
        *([] if where.channel_id else [_place()]),
        _quota(form),
        _hints(form),
        *([section(_kept_in_words(where))] if is_more_set else []),
    ]
    return _view(form, where, blocks)


def _kept_in_words(where: ModalContext) -> str:
    kept = [f"priority {where.priority}"] if where.priority is not None else []
    if where.interactive is not None:
        kept.append("interactive" if where.interactive else "not interactive")
    if where.notify:
        kept.append(f"notify {', '.join(map(t.mention, where.notify))}")
    return f"Slack can't show all fields here. Also set: {', '.join(kept)}."


def _statement(form: RunModal) -> list[Block]:
    if form.context.draft_id:
        return [
            section(f"{_kept_statement(form)}, unless you change it below:"),
            preformatted(form.excerpt or _excerpt(form.sql)),
            *([actions([form.file_button], block_id=GET_FILE)] if form.file_button else []),
            _text_field(OLD_TEXT, "Replace this text", "", limit=FIELD_CHARACTERS, hint=OLD_HINT),
            _text_field(NEW_TEXT, "… with", "", limit=FIELD_CHARACTERS, hint=NEW_HINT),
            _checkbox(EVERYWHERE, "Replace", "Wherever it is in the statement"),
            _file("… or a SQL file in place of the statement"),
        ]
    return [_sql(form), _file("… or a SQL file")]


def _plainer_statement(form: RunModal) -> list[Block]:
    return [section(f"{_kept_statement(form)}.") if form.context.draft_id else _sql(form)]


def _kept_statement(form: RunModal) -> str:
    size = f"{len(form.sql):,} characters"
    return f"*Statement* from {t.escape(form.source)} ({size}). It runs as it is"


def _sql(form: RunModal) -> Block:
    return _text_field(
        SQL,
        "SQL",
        form.sql,
        limit=FIELD_CHARACTERS,
        hint="Up to 3,000 characters. Attach longer statements as a file.",
        placeholder="SELECT …",
        is_multiline=True,
    )


def _file(label: str) -> Block:
    element = {"type": "file_input", "filetypes": ["sql", "txt"], "max_files": 1}
    return _input(FILE, label, element)


def _excerpt(sql: str) -> str:
    lines = sql[: EXCERPT_CHARACTERS + 1].splitlines()
    excerpt = "\n".join(lines[:EXCERPT_LINES])[:EXCERPT_CHARACTERS]
    return excerpt if excerpt == sql else f"{excerpt.rstrip()}\n{t.ELLIPSIS}"


def _project(form: RunModal) -> Block:
    # The selected one must be among the options, however many projects there are.
    names = dict.fromkeys([form.project, *form.projects])
    shown = sorted(list(names)[:MENU_CHOICES], key=[*form.projects, form.project].index)
    select = {
        "type": "static_select",
        "options": [_option(name, name) for name in shown],
        "initial_option": _option(form.project, form.project),
    }
    return _input(PROJECT, "Project", select, is_optional=False)


def _place(chosen: str = "") -> Block:
    here: Block = {"default_to_current_conversation": True}
    select = {
        "type": "conversations_select",
        **({"initial_conversation": chosen} if chosen else here),
        "filter": {"include": ["public", "private", "im"], "exclude_bot_users": False},
    }
    hint = "Where the card is posted. I must be a member."
    return _input(PLACE, "Channel", select, hint=hint, is_optional=False)


def _estimate(form: RunModal) -> Block:
    what = "Only estimate the cost, don't run the statement"
    return _checkbox(ESTIMATE, "Cost", what, is_checked=form.is_estimate)


def _notify(form: RunModal) -> Block:
    chosen = {"initial_users": list(form.notify)[:MOST_NOTIFIED]} if form.notify else {}
    select = {"type": "multi_users_select", "max_selected_items": MOST_NOTIFIED, **chosen}
    hint = "People to mention at the end, in addition to you."
    return _input(NOTIFY, "Notify", select, hint=hint)


def _priority(form: RunModal) -> Block:
    options = {number: _option(_priority_in_words(number), str(number)) for number in PRIORITIES}
    chosen = {} if form.priority is None else {"initial_option": options[form.priority]}
    select = {"type": "static_select", "options": list(options.values()), **chosen}
    return _input(PRIORITY, "Priority", select, hint="Leave empty for the project's default.")


def _interactive(form: RunModal) -> Block:
    options = {True: _option("Interactive (MaxQA)", "yes"), False: _option("Ordinary job", "no")}
    chosen = {} if form.interactive is None else {"initial_option": options[form.interactive]}
    select = {"type": "static_select", "options": list(options.values()), **chosen}
    hint = "Interactive: small statements end within a second. Empty: the project's default."
    return _input(INTERACTIVE, "How to run it", select, hint=hint)


def _quota(form: RunModal) -> Block:
    limit = QUOTA_CHARACTERS
    return _text_field(QUOTA, "Quota", form.quota, limit=limit, placeholder="os_quota")


def _hints(form: RunModal) -> Block:
    return _text_field(
        HINTS,
        "Settings",
        form.hints,
        limit=FIELD_CHARACTERS,
        hint="One key=value per line, as in SET key=value.",
        placeholder="odps.sql.type.system.odps2=true",
        is_multiline=True,
    )


def _priority_in_words(number: int) -> str:
    ends = {PRIORITIES[0]: " (highest)", PRIORITIES[-1]: " (lowest)"}
    return f"{number}{ends.get(number, '')}"


def _card_goes_to(where: ModalContext) -> str:
    thread = "this thread of " if where.thread_ts else ""
    return f"The card will be posted in {thread}<#{where.channel_id}>."


def _text_field(
    name: str,
    label: str,
    value: str,
    *,
    limit: int,
    hint: str = "",
    placeholder: str = "",
    is_multiline: bool = False,
) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "multiline": is_multiline,
        "max_length": limit,
        **({"placeholder": _plain(placeholder)} if placeholder else {}),
    }
    if value:
        element["initial_value"] = value[:limit]
    return _input(name, label, element, hint=hint)


def _checkbox(name: str, label: str, what: str, *, is_checked: bool = False) -> Block:
    box = _option(what, "yes")
    chosen = {"initial_options": [box]} if is_checked else {}
    return _input(name, label, {"type": "checkboxes", "options": [box], **chosen})


def _input(
    name: str, label: str, element: Block, *, hint: str = "", is_optional: bool = True
) -> Block:
    return {
        "type": "input",
        "block_id": name,
        "optional": is_optional,
        "label": _plain(label),
        "element": element | {"action_id": name},
        **({"hint": _plain(hint)} if hint else {}),
    }


def _option(label: str, value: str) -> Block:
    return {"text": _plain(label), "value": value}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}
