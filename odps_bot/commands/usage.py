"""`/odps usage`: spending, budgets, and the runs that cost most."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from odps_bot.authorization import require_permission
from odps_bot.errors import CommandError, UsageError
from odps_bot.input.command import Command, Group
from odps_bot.input.did_you_mean import unknown_word
from odps_bot.input.projects import projects_here
from odps_bot.input.request import Answer, Request
from odps_bot.messages import text as t
from odps_bot.messages.replies.spending import TOP, usage_answer
from odps_bot.policy.cost_decision import budgets_of
from odps_bot.policy.effective_role import Permission
from odps_bot.services import Services
from odps_bot.spelling import close_words
from odps_bot.store.spending import Scope

USAGE = "/odps usage [me / channel / project P] [today / week]"

WEEK_DAYS = 7

_WORDS = ("me", "channel", "project", "today", "week")


@dataclass(frozen=True, kw_only=True)
class _Choice:
    scope: Scope = "person"
    project: str = ""
    days: int = 1


def answer(request: Request, services: Services) -> Answer:
    """Sum up spending: by default one's own today."""
    choice = _choice(request.text)
    if choice.project:
        _refuse_mistyped(choice.project, request, services)
    require_permission(request, services, Permission.SEE, project=choice.project or None)
    who = _who(choice, request)
    today = services.rules.today(services.clock())
    usage = services.stores.spending.usage(
        request.team_id,
        _days(choice, today),
        (choice.scope, who),
        viewer=(request.user_id, request.channel_id),
        limit=TOP,
    )
    dearest = services.stores.runs.get_all_readable(charge.run_id for charge in usage.dearest)
    return usage_answer(
        usage,
        card_urls={run.run_id: run.card_url for run in dearest},
        whose=_whose(choice, request),
        when="today" if choice.days == 1 else f"in the last {choice.days} days",
        budget=_budget(choice, services),
        time_zone=services.rules.time_zone,
    )


def _choice(typed: str) -> _Choice:
    words = typed.split()
    scope: Scope | None = None
    project, days = "", None
    while words:
        word = words.pop(0).lower()
        if word in {"today", "week"} and days is None:
            days = 1 if word == "today" else WEEK_DAYS
        elif word in {"me", "channel"} and scope is None:
            scope = "person" if word == "me" else "channel"
        elif word == "project" and scope is None and words:
            scope, project = "project", words.pop(0).strip("`'\"")
        else:
            raise _not_understood(word)
    return _Choice(scope=scope or "person", project=project, days=days or 1)


def _not_understood(word: str) -> UsageError:
    if word == "project":
        return UsageError("Which project? Name it behind `project`.", usage=USAGE)
    if word in _WORDS:
        return UsageError(
            f"Name one person, channel or project, and one span: {t.code(word)} is one too many.",
            usage=USAGE,
        )
    return unknown_word(word, _WORDS, usage=USAGE)


def _refuse_mistyped(project: str, request: Request, services: Services) -> None:
    """Raise UsageError for what is nearly a project; one that is gone may have spent something."""
    near = close_words(project, projects_here(request, services))
    if project not in services.settings.projects and near:
        raise unknown_word(project, near, usage=USAGE)


def _who(choice: _Choice, request: Request) -> str:
    if choice.scope == "channel" and not request.channel_id:
        raise CommandError("Use `/odps usage channel` in a channel.")
    return {
        "person": request.user_id,
        "channel": request.channel_id,
        "project": choice.project,
    }[choice.scope]


def _whose(choice: _Choice, request: Request) -> str:
    return {
        "person": "Your usage",
        "channel": f"Usage of <#{request.channel_id}>",
        "project": f"Usage of {t.code(choice.project)}",
    }[choice.scope]


def _days(choice: _Choice, today: date) -> list[date]:
    return [today - timedelta(days=ago) for ago in range(choice.days)]


def _budget(choice: _Choice, services: Services) -> Decimal | None:
    """Return the budget of a day; a week has none."""
    if choice.days != 1:
        return None
    rules = services.rules
    return budgets_of(rules.project(choice.project), rules.budgets).get(choice.scope)


COMMAND = Command(
    usage=USAGE,
    summary="Show what was spent, against which budget, and by which runs",
    group=Group.COSTS,
    examples=("/odps usage", "/odps usage channel week", "/odps usage project analytics"),
    answer=answer,
)
