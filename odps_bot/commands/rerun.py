"""`/odps rerun`: run the same statement again; ask first if it may change data.

What destroys something is asked about on the new run's card, with what it hits: once is enough.
"""

from dataclasses import replace

from odps_bot.authorization import require_statement_permission
from odps_bot.commands.run import accept
from odps_bot.errors import CommandError, Denial, DenialCode, DeniedError
from odps_bot.input import find_run
from odps_bot.input.command import Command, Group
from odps_bot.input.projects import allowed_project
from odps_bot.input.request import Answer, Request, Surface
from odps_bot.messages import Message
from odps_bot.messages import text as t
from odps_bot.messages.replies import ephemeral
from odps_bot.messages.replies.rerun_question import rerun_question
from odps_bot.messages.run.buttons import is_sql_known
from odps_bot.messages.run_link import name_link, run_link
from odps_bot.policy.destruction import needs_yes
from odps_bot.policy.effective_role import Permission
from odps_bot.runs import Run, lifecycle
from odps_bot.services import Services
from odps_bot.sql.classification import Classification, classify
from odps_bot.store import keys

USAGE = "/odps rerun [ID]"

#: A click so soon after the statement was re-run counts as the same click.
DOUBLE_CLICK = keys.rerun_click.life


def answer(request: Request, services: Services) -> Answer:
    """Run the named run's statement again, or offer the runs that have ended."""
    wanted = find_run.identifier(request, services, usage=USAGE)
    if wanted is None:
        return _offer(request, services)
    hint = (
        "I don't know the statement of instance {}. Nothing was submitted. {} starts following it."
    )
    run = find_run.known_run(request, services, wanted, if_instance=hint)
    return rerun(run, request, services)


def rerun(run: Run, request: Request, services: Services) -> Answer:
    """Run the statement again if it only reads or its card asks; otherwise ask first."""
    statement = _check(run, request, services)
    if statement.is_read or needs_yes(statement, services.rules.project(run.project)):
        first = services.stores.rerun_questions.first_click(
            run.run_id, request.user_id, request.interaction_id
        )
        return _repeat(run, request, services, run_id=first)
    if earlier := _just_repeated(run, request, services):
        return _runs_as(earlier)
    if request.surface is Surface.HOME:
        # The reply to a click in the App Home is a direct message, which has no buttons.
        raise CommandError(
            f"Run {run_link(run)} may change data, so I can't re-run it from here. Nothing was"
            f" submitted. Use the button on its card in <#{run.channel_id}>."
        )
    services.stores.rerun_questions.ask(run.run_id, request.user_id, request.interaction_id)
    return rerun_question(run, ends_alike=statement.is_safe_to_repeat)


def confirm(run: Run, request: Request, services: Services) -> Answer:
    """Run the statement again after confirmation; once, however often it is confirmed."""
    question = services.stores.rerun_questions.asked(run.run_id, request.user_id)
    if question is None:
        raise CommandError(
            "This question was already answered or has expired. Nothing was submitted."
            f" Start again with {t.code(f'/odps rerun {run.name}')}."
        )
    _check(run, request, services)
    once = replace(request, deduplication_key=f"rerun:{question}")
    return _repeat(run, once, services, run_id=once.interaction_id)


def run_anyway(value: str, request: Request, services: Services) -> Answer:
    """Run a statement again that was sent twice; once, however often that is clicked.

    `value` names the run that came of the first one, and the question. Raises DeniedError for
    anybody but the person who sent it, and where they aren't allowed to run it any more.
    """
    run_id, _, question_id = value.partition(":")
    run = find_run.visible_run(run_id, request, services)
    if request.user_id != run.user_id:
        raise DeniedError(
            f"Only {t.mention(run.user_id)}, who sent this statement, can run it again from here."
            " Nothing was submitted.",
            Denial(code=DenialCode.NOT_REQUESTER, project=run.project, detail=run.user_id),
        )
    allowed_project(run.project, request, services)
    once = replace(request, deduplication_key=f"anyway:{question_id}")
    return _repeat(run, once, services, run_id=once.interaction_id, notify=run.notify)


def leave_it(run: Run, request: Request, services: Services) -> Answer:
    """Close the question."""
    services.stores.rerun_questions.close(run.run_id, request.user_id)
    return Message(f"OK, run {run_link(run)} is not re-run. Nothing was submitted.")


def _check(run: Run, request: Request, services: Services) -> Classification:
    """Return what the statement does. Raises DeniedError if it can't be run where its card goes."""
    if not run.is_final:
        raise CommandError(
            f"Run {run_link(run)} hasn't ended yet; see {t.code(f'/odps status {run.name}')}."
            " Nothing was submitted."
        )
    if not is_sql_known(run):
        raise CommandError(
            f"MaxCompute doesn't give me the statement of run {run_link(run)}. Nothing was"
            " submitted."
        )
    allowed_project(run.project, request, services)
    statement = classify(run.sql, run.hints)
    place = replace(request, channel_id=request.channel_id or run.channel_id)
    require_statement_permission(place, services, statement, project=run.project)
    return statement


def _just_repeated(run: Run, request: Request, services: Services) -> Run | None:
    since = services.clock() - DOUBLE_CLICK
    mine = services.stores.runs.recent(
        request.team_id, request.user_id, limit=find_run.SEARCHED_RUNS
    )
    return next((r for r in mine if r.rerun_of == run.name and r.requested_at > since), None)


def _repeat(
    run: Run, request: Request, services: Services, *, run_id: str, notify: tuple[str, ...] = ()
) -> Answer:
    has_place = bool(request.channel_id)
    again = lifecycle.accept(
        run_id=run_id,
        team_id=run.team_id,
        channel_id=request.channel_id if has_place else run.channel_id,
        thread_ts=request.thread_ts if has_place else run.thread_ts,
        user_id=request.user_id,
        project=run.project,
        sql=run.sql,
        hints=run.hints,
        priority=run.priority,
        interactive=run.interactive,
        notify=notify,
        rerun_of=run.name,
        rerun_of_url=run.card_url,
        requested_at=services.clock(),
    )
    kept = accept(again, request, services)
    is_second_click = run_id != request.interaction_id
    is_card_enough = has_place and not request.answers_question and not is_second_click
    return None if is_card_enough else _runs_as(kept)


def _runs_as(kept: Run) -> Answer:
    return Message(
        f":repeat: Run {name_link(kept.rerun_of or '', kept.rerun_of_url)} is re-run as"
        f" {run_link(kept)}; its card is in <#{kept.channel_id}>."
    )


def _offer(request: Request, services: Services) -> Answer:
    ended = [r for r in find_run.my_runs(request, services) if r.is_final and is_sql_known(r)]
    return ephemeral.offer(ephemeral.RERUN, ended, now=services.clock())


COMMAND = Command(
    usage=USAGE,
    summary="Run the same statement again; I ask first if it may change data",
    group=Group.RUN,
    examples=("/odps rerun", "/odps rerun r42"),
    answer=answer,
    permission=Permission.READ,
)
