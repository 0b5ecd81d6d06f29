"""`/odps cost`: estimate a statement; it is run only when the person confirms it."""

import hashlib
from collections.abc import Mapping

from odps_bot.authorization import refuse_settings, require_cross_project_access, require_permission
from odps_bot.commands.run import accept
from odps_bot.errors import CommandError, Denial, DenialCode, DeniedError, UsageError
from odps_bot.input.command import Command, Group
from odps_bot.input.options import parse_options
from odps_bot.input.projects import allowed_project
from odps_bot.input.request import Answer, Request
from odps_bot.input.run_options import RunOptions
from odps_bot.input.sql_file import check_length
from odps_bot.interactions.inquire import enqueue_inquiry
from odps_bot.interactions.runnable import require_estimable
from odps_bot.interactions.typed_statement import typed_statement
from odps_bot.messages import Message
from odps_bot.messages import text as t
from odps_bot.messages.run_link import run_link
from odps_bot.policy.cost_decision import without_own_limit
from odps_bot.policy.effective_role import PERMISSION_OF, Permission
from odps_bot.replies.inquiries import CostInquiry
from odps_bot.runs import lifecycle
from odps_bot.services import Services
from odps_bot.sql.beginnings import has_statement
from odps_bot.sql.classification import StatementClass, classify
from odps_bot.sql.statements import SqlText

USAGE = "/odps cost [--project P] SQL"

_OPTIONS = {"project": "project", "p": "project"}


def answer(request: Request, services: Services) -> Answer:
    """Enqueue an inquiry about the cost of the typed statement."""
    typed, rest = parse_options(request.text, _OPTIONS, usage=USAGE)
    named = typed.get("project", (None,))[-1]
    project = allowed_project(named, request, services)
    options = RunOptions(sql="", project=project)
    sql = typed_statement(rest, options, request, services, is_estimate=True)
    if not isinstance(sql, str):
        return sql
    return ask(request, services, sql=sql, project=project)


def ask(
    request: Request,
    services: Services,
    *,
    sql: str,
    project: str,
    hints: Mapping[str, str] | None = None,
    priority: int | None = None,
    interactive: bool | None = None,
    notify: tuple[str, ...] = (),
    edited_from: str | None = None,
    edited_from_url: str = "",
) -> Answer:
    """Enqueue an inquiry about the cost of `sql`; its reply offers to run it with these options."""
    require_permission(request, services, Permission.READ, project=project)
    sql, hints = without_own_limit(sql, hints or {}) or (sql, hints or {})
    require_estimable(sql, hints)
    statement = classify(sql, hints)
    refuse_settings(statement, project=project)
    # Nothing runs, whatever the statement is; but what compiles it may run code that stands in it,
    # and settings may bring more.
    is_unproven = statement.statement_class is StatementClass.UNKNOWN
    judged = statement.statement_class if is_unproven else statement.settings_class
    require_permission(
        request,
        services,
        PERMISSION_OF[judged],
        project=project,
        unproven=statement.unproven,
    )
    require_cross_project_access(request, services, statement, Permission.READ, project=project)
    inquiry = CostInquiry(
        **request.who,
        thread_ts=request.thread_ts,
        project=project,
        sql=_checked(sql),
        hints=dict(hints),
        priority=priority,
        interactive=interactive,
        notify=notify,
        edited_from=edited_from,
        edited_from_url=edited_from_url,
        requested_at=services.clock(),
    )
    note = (
        f"Still asking MaxCompute for a cost estimate in {t.code(project)} … Nothing will be run."
    )
    return enqueue_inquiry(request, services, inquiry, note=note)


def run_estimated(interaction_id: str, request: Request, services: Services) -> Answer:
    """Run the estimated statement, for its requester only; a second click does nothing."""
    inquiry = services.stores.ephemeral_replies.inquiry(interaction_id)
    if not isinstance(inquiry, CostInquiry) or inquiry.team_id != request.team_id:
        raise CommandError(
            "This estimate expired after 30 minutes. Nothing was submitted. Send the statement"
            " again with `/odps run`."
        )
    if inquiry.user_id != request.user_id:
        raise DeniedError(
            f"Only {t.mention(inquiry.user_id)}, who requested this estimate, can run it from here."
            " Nothing was submitted.",
            Denial(code=DenialCode.NOT_REQUESTER, project=inquiry.project, detail=inquiry.user_id),
        )
    if not inquiry.channel_id:
        raise CommandError(
            "I need a channel to post the card in. Nothing was submitted. Use `/odps run` in a"
            " channel."
        )
    run = lifecycle.accept(
        run_id=hashlib.sha256(f"run:{interaction_id}".encode()).hexdigest()[:24],
        team_id=inquiry.team_id,
        channel_id=inquiry.channel_id,
        user_id=inquiry.user_id,
        thread_ts=inquiry.thread_ts,
        project=allowed_project(inquiry.project, request, services),
        sql=inquiry.sql,
        hints=inquiry.hints,
        priority=inquiry.priority,
        interactive=inquiry.interactive,
        notify=tuple(user_id for user_id in inquiry.notify if user_id != request.user_id),
        edited_from=inquiry.edited_from,
        edited_from_url=inquiry.edited_from_url,
        requested_at=services.clock(),
        estimate=inquiry.estimate,
        is_cost_accepted=inquiry.estimate is not None,
    )
    kept = accept(run, request, services)
    return Message(f":arrow_forward: Started as run {run_link(kept)}; see the card.")


def _checked(sql: str) -> str:
    if not has_statement(sql):
        raise UsageError("There is no SQL to estimate. Nothing was run.", usage=USAGE)
    check_length(sql, end="Nothing was run.")
    if SqlText(sql).is_script:
        raise CommandError(
            "MaxCompute estimates one statement at a time. Send a single statement; `set` lines"
            " before it are fine. Nothing was run."
        )
    return sql


COMMAND = Command(
    usage=USAGE,
    summary="Estimate what a statement would cost, without running it",
    group=Group.RUN,
    examples=(
        "/odps cost select city, sum(amount) from orders where ds >= '20261101' group by city",
        "/odps cost --project analytics select count(*) from orders",
    ),
    answer=answer,
    permission=Permission.READ,
)
