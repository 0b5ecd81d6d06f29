"""Stop several runs: a preview that fixes which ones, one confirmation, and a worker stops them.

What begins after the preview is not stopped. Permissions are checked for each run, in the preview
and again when it is stopped.
"""

from collections import Counter
from dataclasses import replace
from datetime import datetime

from odps_bot.authorization import effective_role, require_permission
from odps_bot.errors import CommandError
from odps_bot.input.projects import allowed_project
from odps_bot.input.request import Answer, Request
from odps_bot.input.stop_choice import NOTHING_STOPPED, read_stop_choice, with_owner
from odps_bot.interactions.inquire import NOTE_AFTER
from odps_bot.messages import text as t
from odps_bot.messages.replies import bulk_stop
from odps_bot.policy.bulk_stop import Sorted, StopChoice, Stopper, is_chosen, sort_runs
from odps_bot.policy.effective_role import Permission
from odps_bot.policy.visibility import is_their_job
from odps_bot.replies.inquiries import StopInquiry
from odps_bot.runs import Run
from odps_bot.runs.account_names import account_names
from odps_bot.services import Services
from odps_bot.store.stop_questions import StopQuestion

#: So many of the team's newest active runs are looked through.
SEARCHED = 2_000

#: So many people are offered where it isn't clear who is meant.
OFFERED_OWNERS = 10

EXPIRED = (
    "This question was already answered or has expired. Nothing was stopped. Type `/odps stop …`"
    " again to see what is active now."
)


def preview(text: str, request: Request, services: Services) -> Answer:
    """Return which runs would be stopped, with a button that stops exactly these."""
    choice = read_stop_choice(text, user_id=request.user_id)
    if choice.project is not None:
        project = allowed_project(choice.project, request, services, undone=NOTHING_STOPPED)
        require_permission(request, services, Permission.SEE, project=project)
    if choice.is_channel and not request.channel_id:
        raise CommandError("Use `/odps stop channel` in a channel. Nothing was stopped.")
    now = services.clock()
    who = _stopper(request, services)
    active = services.stores.runs.open_runs(request.team_id, limit=SEARCHED)
    if question := _who_is_meant(text, choice, active, who, now):
        return question
    found = sort_runs([run for run in active if is_chosen(run, choice, who, now=now)], who)
    notes = _notes(choice, len(active))
    if not found.stoppable:
        return bulk_stop.nothing_to_stop(found, choice, notes=notes)
    question_id = _ask(found, text, request, services, now)
    return bulk_stop.stop_preview(found, choice, question_id=question_id, now=now, notes=notes)


def confirm(question_id: str, request: Request, services: Services) -> Answer:
    """Let a worker stop the runs of the question; once, however often that is clicked."""
    question = _own_question(question_id, request, services)
    services.stores.stop_questions.confirm(question_id, services.clock())
    once = replace(request, deduplication_key=f"stop:{question_id}").interaction_id
    inquiry = StopInquiry(
        **request.who,
        is_external=request.is_external,
        is_membership_unknown=request.is_membership_unknown,
        question_id=question_id,
    )
    replies = services.stores.ephemeral_replies
    replies.remember_address(once, request.address)
    note = bulk_stop.still_stopping(len(question.run_ids))
    replies.give_unless_answered(once, note, within=NOTE_AFTER)
    replies.ask(once, inquiry)
    services.jobs.answer_inquiries()
    # The reply replaces the question.
    return None


def leave(question_id: str, request: Request, services: Services) -> Answer:
    """Close the question; what was confirmed already is stopped all the same."""
    question = _own_question(question_id, request, services)
    if question.confirmed_at is not None:
        raise CommandError("You confirmed this already: the runs are being stopped.")
    services.stores.stop_questions.close(question_id)
    return bulk_stop.runs_left(len(question.run_ids))


def _own_question(question_id: str, request: Request, services: Services) -> StopQuestion:
    question = services.stores.stop_questions.get(question_id)
    if question is None or question.user_id != request.user_id:
        raise CommandError(EXPIRED)
    return question


def _stopper(request: Request, services: Services) -> Stopper:
    role = effective_role(request, services)
    return Stopper(**request.who, role=role)


def _ask(found: Sorted, text: str, request: Request, services: Services, now: datetime) -> str:
    question = StopQuestion(
        **request.who,
        run_ids=tuple(run.run_id for run in found.stoppable),
        asked_for=" ".join(text.split()),
        asked_at=now,
    )
    return services.stores.stop_questions.ask(question)


def _notes(choice: StopChoice, searched: int) -> list[str]:
    notes = []
    if choice.project is not None and not choice.is_mine:
        listing = t.code(f"/odps list project {choice.project}")
        notes.append(f"Jobs that I don't follow are not included: {listing} shows them.")
    if searched >= SEARCHED:
        notes.append(f"Only the newest {SEARCHED:,} active runs were looked through.")
    return notes


def _who_is_meant(
    text: str, choice: StopChoice, active: list[Run], who: Stopper, now: datetime
) -> Answer:
    """Return the question who is meant by a name that is no account's, if there is one.

    Slack gives no ids with slash commands, and tells nobody whose a name is.
    """
    names = {name for run in active for name in account_names(run.owner) if run.owner}
    unknown = next((name for name in choice.accounts if name not in names), None)
    if unknown is None:
        return None
    anybody = replace(choice, owners=(), accounts=())
    chosen = [run for run in active if is_chosen(run, anybody, who, now=now)]
    offered = sort_runs(chosen, who).stoppable
    counts = Counter(run.user_id for run in offered if is_their_job(run, user_id=run.user_id))
    if not counts:
        return None
    owners = dict(counts.most_common(OFFERED_OWNERS))
    values = {user_id: with_owner(text, unknown, user_id=user_id) for user_id in owners}
    return bulk_stop.ask_whose(owners, name=f"@{unknown}", values=values)
