"""Answer an inquiry that needs MaxCompute."""

from datetime import timedelta
from typing import TypeAlias

from odps_bot.errors import DeniedError
from odps_bot.maxcompute import MaxComputeError, NotFoundError
from odps_bot.messages import Message
from odps_bot.messages import text as t
from odps_bot.messages.replies import ephemeral
from odps_bot.messages.run.refusals import why_maxcompute_refused
from odps_bot.replies.inquiries import (
    CostInquiry,
    FindingsInquiry,
    Inquiry,
    InstanceInquiry,
    ListInquiry,
    RefreshInquiry,
    StopInquiry,
    WatchInquiry,
    WorkerLogInquiry,
)
from odps_bot.services import Services
from workers.queries.cost import answer_cost
from workers.queries.history import answer_history
from workers.queries.list import answer_list
from workers.queries.logview import answer_logview
from workers.queries.refresh import answer_refresh
from workers.queries.status import answer_status
from workers.queries.stop_runs import answer_stops
from workers.queries.visibility import require_visible
from workers.queries.watch import answer_watch
from workers.queries.why.answer import answer_why
from workers.queries.why.findings import answer_findings
from workers.queries.worker_log import answer_worker_log
from workers.queries.xflow import answer_xflow

#: An answer's forms, best first, none where it is shown already; or when to ask again, because
#: MaxCompute or Slack is not done yet.
AnswerOrPause: TypeAlias = list[Message] | timedelta


def answer_inquiry(interaction_id: str, inquiry: Inquiry, services: Services) -> AnswerOrPause:
    """Return the answer, or an explanation of MaxCompute's refusal. Safe to repeat."""
    try:
        return _answer(interaction_id, inquiry, services)
    except MaxComputeError as error:
        if isinstance(inquiry, InstanceInquiry | WatchInquiry) and isinstance(error, NotFoundError):
            return [_no_instance(inquiry.instance_id, inquiry.project)]
        why = t.clip(t.escape(why_maxcompute_refused(error)), 2_000)
        return [ephemeral.problem(f"{_about(inquiry)}: {why}")]


def _answer(interaction_id: str, inquiry: Inquiry, services: Services) -> AnswerOrPause:
    answer: AnswerOrPause
    match inquiry:
        case CostInquiry():
            answer = answer_cost(interaction_id, inquiry, services)
        case ListInquiry():
            answer = answer_list(inquiry, services)
        case FindingsInquiry():
            answer = [answer_findings(inquiry, services)]
        case RefreshInquiry():
            answer = answer_refresh(inquiry, services)
        case WatchInquiry():
            answer = [answer_watch(interaction_id, inquiry, services)]
        case StopInquiry():
            answer = answer_stops(inquiry, services)
        case WorkerLogInquiry():
            answer = answer_worker_log(interaction_id, inquiry, services) or []
        case InstanceInquiry():
            answer = _answer_about_instance(inquiry, services)
    return answer


def _no_instance(instance_id: str, project: str) -> Message:
    where = f"No instance {t.code(instance_id)} in {t.code(project)}"
    return ephemeral.problem(f"{where}. Check the ID, or add `--project`.")


def _answer_about_instance(inquiry: InstanceInquiry, services: Services) -> list[Message]:
    try:
        require_visible(inquiry, services)
    except DeniedError as error:
        return [ephemeral.problem(str(error))]
    match inquiry.wants:
        case "logview":
            return [answer_logview(inquiry, services)]
        case "status":
            return [answer_status(inquiry, services)]
        case "history":
            return answer_history(inquiry, services)
        case "xflow":
            return [answer_xflow(inquiry, services)]
        case "why":
            return answer_why(inquiry, services)


def _about(inquiry: Inquiry) -> str:
    match inquiry:
        case InstanceInquiry():
            return t.code(inquiry.name)
        case CostInquiry():
            return f"The estimate in {t.code(inquiry.project)}"
        case ListInquiry() | FindingsInquiry():
            return "The list of jobs"
        case RefreshInquiry():
            return "The state of the run"
        case WatchInquiry() | WorkerLogInquiry():
            return t.code(inquiry.instance_id)
        case StopInquiry():
            return "Stopping the runs"
