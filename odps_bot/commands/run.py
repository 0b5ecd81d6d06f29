"""`/odps run`: accept a statement; a worker submits it."""

import contextlib
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from redis.exceptions import RedisError

from odps_bot.authorization import Access, reading_access, require_run_permission
from odps_bot.errors import CommandError, UnconfirmedError, UsageError
from odps_bot.input.command import Command, Group
from odps_bot.input.projects import allowed_project
from odps_bot.input.request import Answer, Request
from odps_bot.input.run_options import USAGE, RunOptions, split_run_options
from odps_bot.input.sql_file import check_length
from odps_bot.interactions.default_project import lost_project_in_words
from odps_bot.interactions.open_run_modal import run_modal_view
from odps_bot.interactions.runnable import require_runnable
from odps_bot.interactions.sent_again import (
    SentAgainError,
    not_sent,
    refuse_repetition,
    sending,
    sent_again_answer,
)
from odps_bot.interactions.statement_notes import unknown_names, whom_to_notify
from odps_bot.interactions.typed_statement import typed_statement
from odps_bot.messages import Message
from odps_bot.messages.replies.redis_trouble import unconfirmed_in_words
from odps_bot.policy.cost_decision import without_own_limit
from odps_bot.policy.effective_role import Permission
from odps_bot.runs import Run, RunState, lifecycle
from odps_bot.services import Services
from odps_bot.sql.beginnings import has_statement
from odps_bot.store.pipelined import together
from odps_bot.store.preferences import Preferences
from odps_bot.store.redis_trouble import RedisTrouble, trouble_of
from odps_bot.store.sent_statements import Sent

log = logging.getLogger(__name__)

#: When the reconciler picks the run up if its job was lost.
SAFETY_NET = timedelta(seconds=10)


#: With these Redis answers that nothing was stored; after others that is not certain.
_STORES_NOTHING = frozenset({RedisTrouble.FULL, RedisTrouble.DISK, RedisTrouble.PERMISSION})


def answer(request: Request, services: Services) -> Answer:
    """Start the run; without a statement, open the modal to write one."""
    order, rest = split_run_options(request.text)
    facts = read_facts(request.interaction_id, request, services)
    project = allowed_project(order.project, request, services, facts.preferences)
    sql = typed_statement(rest, order, request, services)
    if not isinstance(sql, str):
        return sql
    order = replace(order, sql=sql)
    if order.unknown_people or not order.sql:
        return _ask_for_the_rest(order, request, services)
    is_named = order.project is not None
    moved = "" if is_named else lost_project_in_words(facts.preferences, request, services)
    repeated = start(replace(order, project=project), request, services, facts)
    return repeated or (Message(moved) if moved else None)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What Redis knows that a new run depends on."""

    now: datetime
    kept: Run | None  #: by an earlier delivery of the same request
    access: Access
    preferences: Preferences


def read_facts(run_id: str, request: Request, services: Services) -> Facts:
    """Return all of it, in one round trip."""
    return together(
        Facts,
        now=services.time,
        kept=services.stores.runs.reading(run_id),
        access=reading_access(request.user_id, services),
        preferences=services.stores.preferences.reading(request.team_id, request.user_id),
    ).run(services.redis)


def start(
    order: RunOptions, request: Request, services: Services, facts: Facts | None = None
) -> Answer:
    """Keep the run and enqueue its submission; both are in Redis before Slack is answered.

    What the same person has sent a moment ago is not run again: then that is the answer. Raises
    CommandError if there is nothing to run, DeniedError if it isn't allowed there.
    """
    facts = facts or read_facts(request.interaction_id, request, services)
    run = lifecycle.accept(
        run_id=request.interaction_id,
        **request.who,
        project=allowed_project(order.project, request, services, facts.preferences),
        sql=checked(order.sql),
        requested_at=facts.now,
        thread_ts=request.thread_ts,
        notify=tuple(user_id for user_id in order.notify if user_id != request.user_id),
        hints=order.all_hints,
        priority=order.priority,
        interactive=order.interactive,
        rerun_of=order.rerun_of,
        rerun_of_url=order.source_url if order.rerun_of else "",
        edited_from=order.edited_from,
        edited_from_url=order.source_url if order.edited_from else "",
    )
    try:
        accept(run, request, services, facts, is_typed=True)
    except SentAgainError as error:
        return sent_again_answer(error.first, request, now=facts.now)
    return None


def accept(
    run: Run,
    request: Request,
    services: Services,
    facts: Facts | None = None,
    *,
    is_typed: bool = False,
) -> Run:
    """Store `run` under a new name, or find the one that an earlier delivery has stored.

    Every run passes through here, wherever it was requested. Raises CommandError for what can't be
    sent to MaxCompute, DeniedError unless its requester is allowed to run it in the channel of its
    card, and UnconfirmedError for one that was stored and enqueued, but could be lost with a Redis
    server.
    """
    facts = facts or read_facts(run.run_id, request, services)
    kept, is_confirmed = facts.kept, True
    if kept is None:
        if run.tracked_instance_id is None:
            require_runnable(run.sql, run.hints)
        run = _without_own_limit(msgspec.structs.replace(run, is_external=request.is_external))
        require_run_permission(
            run, services, facts.access, is_membership_unknown=request.is_membership_unknown
        )
        name = _take_name(run, request, services, is_typed=is_typed)
        kept, is_confirmed = _create(msgspec.structs.replace(run, name=name), services)
    if kept.state is RunState.QUEUED:
        # The run is stored: the reconciler enqueues the job if that fails here.
        with contextlib.suppress(RedisError):
            services.jobs.submit_run(kept.run_id)
    if not is_confirmed:
        raise UnconfirmedError(unconfirmed_in_words(kept))
    return kept


def _take_name(run: Run, request: Request, services: Services, *, is_typed: bool) -> str:
    """Return the run's new name; the address for a refusal is stored as well.

    Raises SentAgainError for a typed statement that would only repeat another run.
    """
    address = services.stores.ephemeral_replies.remembering(run.run_id, request.address)
    naming = services.stores.runs.naming(run.team_id)
    if not is_typed:
        kept = together(dict[str, str], name=naming, address=address).run(services.redis)
        return kept["name"]
    both = together(dict[str, Any], sent=sending(run, services), address=address)
    sent: Sent = both.run(services.redis)["sent"]
    refuse_repetition(run, sent.first_id, services)
    return sent.name or naming.run(services.redis)


def _without_own_limit(run: Run) -> Run:
    """Remove the statement's own cost limit; the card says so."""
    kept = without_own_limit(run.sql, run.hints)
    if kept is None:
        return run
    sql, hints = kept
    return msgspec.structs.replace(run, sql=sql, hints=hints, is_limit_removed=True)


def _create(run: Run, services: Services) -> tuple[Run, bool]:
    try:
        return services.stores.runs.create_confirmed(run, overdue_in=SAFETY_NET)
    except RedisError as error:
        if trouble_of(error) in _STORES_NOTHING:
            with contextlib.suppress(RedisError):
                not_sent(run, services)
            raise
        log.warning("unknown whether run %s was stored: %s", run.run_id, error)
        raise CommandError(
            "I lost the connection to my database (Redis) while saving your statement. If it was"
            " saved, its card appears when Redis is back. Wait for that before you try again."
        ) from error


def checked(sql: str) -> str:
    """Return the text if it is something to run. Raises CommandError if it isn't."""
    if not has_statement(sql):
        hint = " Text after `--` is a comment." if sql.startswith("--") else ""
        raise UsageError(f"There is no SQL to run. Nothing was submitted.{hint}", usage=USAGE)
    check_length(sql)
    return sql


def _ask_for_the_rest(order: RunOptions, request: Request, services: Services) -> Answer:
    """Open the modal; Slack does not resolve all names in commands."""
    if not request.trigger_id:
        if not order.sql:
            raise UsageError(
                "There is no SQL to run. Nothing was submitted. For the form, use the shortcut *Run"
                " MaxCompute SQL*.",
                usage=USAGE,
            )
        checked(order.sql)
        names = unknown_names(order)
        raise UsageError(f"I don't know who {names} is. Nothing was submitted.", usage=USAGE)
    note = whom_to_notify(order)
    return run_modal_view(request, services, options=order, note=note)


COMMAND = Command(
    usage=USAGE,
    summary="Run SQL and follow it here; without SQL, open a form",
    group=Group.RUN,
    examples=(
        "/odps run select name, count(*) from pyodps_iris group by name",
        "/odps run --project analytics --priority 5 select 1",
        "/odps run --interactive select count(*) from pyodps_iris",
        "/odps run --hint odps.sql.mapper.split.size=64 select count(*) from pyodps_iris",
        "/odps run",
    ),
    answer=answer,
    permission=Permission.READ,
)
