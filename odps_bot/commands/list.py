"""`/odps list`: the team's jobs, a page at a time."""

from dataclasses import replace
from typing import get_args

from odps_bot.authorization import require_permission
from odps_bot.errors import CommandError, UsageError
from odps_bot.input.command import Command, Group
from odps_bot.input.did_you_mean import unknown_word
from odps_bot.input.projects import allowed_project
from odps_bot.input.request import Answer, Request
from odps_bot.interactions.inquire import enqueue_inquiry
from odps_bot.messages import text as t
from odps_bot.messages.replies.list_choice import ListChoice, Which, Whose, read_page_value
from odps_bot.policy.effective_role import Permission
from odps_bot.replies.inquiries import ListInquiry
from odps_bot.services import Services

USAGE = "/odps list [mine / all / project P] [running / failed / today]"

#: Filler words that are ignored.
_FILLERS = frozenset({"in", "of", "the", "jobs", "runs"})
_PROJECT_WORDS = frozenset({"project", "--project", "-p", "\u2014project"})
_WORDS = (*get_args(Which), *(word for word in get_args(Whose) if word != "here"), "project")
_ALIASES = {
    "me": "mine",
    "my": "mine",
    "everything": "all",
    "everybody": "all",
    "failures": "failed",
}


def answer(request: Request, services: Services) -> Answer:
    """Enqueue an inquiry for a list of jobs; the words can come in any order."""
    choice = read_choice(request.text)
    return _enqueue(choice, 0, request, services)


def show_page(value: str, request: Request, services: Services) -> Answer:
    """Enqueue an inquiry for another page, which replaces the one that was clicked."""
    found = read_page_value(value)
    if found is None:
        raise CommandError("This button no longer works. Type `/odps list` again.")
    return _enqueue(*found, request, services)


def read_choice(text: str) -> ListChoice:
    """Return the list that was asked for. Raises UsageError for unknown words."""
    options: dict[str, str] = {}
    words = iter(text.replace("=", " ").split())
    for word in words:
        name = word.lower().strip("`,;")
        name = _ALIASES.get(name, name)
        if name in _PROJECT_WORDS:
            _set_option(options, "project", next(words, "").strip("`'\",;"))
        elif name in get_args(Whose):
            _set_option(options, "whose", name)
        elif name in get_args(Which):
            _set_option(options, "which", name)
        elif name not in _FILLERS:
            raise unknown_word(word, {*_WORDS, "failures"}, usage=USAGE)
    # For a project, list everybody's jobs unless told otherwise.
    whose = options.get("whose", "all" if "project" in options else "here")
    which = options.get("which", "running")
    return ListChoice(whose=whose, which=which, project=options.get("project"))  # type: ignore[arg-type]  # checked above


def _set_option(options: dict[str, str], what: str, word: str) -> None:
    if not word:
        raise UsageError("The name of the project is missing.", usage=USAGE)
    if options.setdefault(what, word) != word:
        raise UsageError(
            f"Use either {t.code(options[what][:40])} or {t.code(word[:40])}.", usage=USAGE
        )


def _enqueue(choice: ListChoice, page: int, request: Request, services: Services) -> Answer:
    project = choice.project
    if project is not None or (choice.whose, choice.which) == ("all", "running"):
        project = allowed_project(project, request, services)
        choice = replace(choice, project=project)
    require_permission(request, services, Permission.SEE, project=project)
    inquiry = ListInquiry(
        **request.who,
        choice=choice,
        page=page,
        is_external=request.is_external,
    )
    return enqueue_inquiry(
        request, services, inquiry, note="Still asking MaxCompute for its jobs …"
    )


COMMAND = Command(
    usage=USAGE,
    summary="List jobs with owner, progress and queue position: yours and this channel's, or all",
    group=Group.FOLLOW,
    examples=(
        "/odps list",
        "/odps list all",
        "/odps list project analytics",
        "/odps list mine failed",
        "/odps list today",
    ),
    answer=answer,
)
