"""Answer an inquiry that needs MaxCompute."""

from datetime import timedelta
from typing import TypeAlias

from odps_bot.errors import DeniedError
from odps_bot.maxcompute import MaxComputeError, NotFoundError
from odps_bot.messages import Message
from odps_bot.messages import text as t
from odps_bot.messages.replies import ephemeral
from odps_bot.messages.run.refusals import no_instance, why_maxcompute_refused
from odps_bot.replies.inquiries import CostInquiry, Inquiry, InstanceInquiry, ListInquiry
from odps_bot.services import Services
from workers.queries.cost import answer_cost
from workers.queries.list import answer_list
from workers.queries.logview import answer_logview
from workers.queries.status import answer_status
from workers.queries.visibility import require_visible
from workers.queries.xflow import answer_xflow

#: An answer's forms, best first; or when to ask again, because MaxCompute is not done yet.
AnswerOrPause: TypeAlias = list[Message] | timedelta


def answer_inquiry(interaction_id: str, inquiry: Inquiry, services: Services) -> AnswerOrPause:
    """Return the answer, or an explanation of MaxCompute's refusal. Safe to repeat."""
    try:
        match inquiry:
            case CostInquiry():
                return answer_cost(interaction_id, inquiry, services)
            case ListInquiry():
                return answer_list(inquiry, services)
            case InstanceInquiry():
                return _answer_about_instance(inquiry, services)
    except MaxComputeError as error:
        if isinstance(inquiry, InstanceInquiry) and isinstance(error, NotFoundError):
            missing = no_instance(inquiry.instance_id, project=inquiry.project)
            return [ephemeral.problem(t.escape(missing))]
        why = t.clip(t.escape(why_maxcompute_refused(error)), 2_000)
        return [ephemeral.problem(f"{_about(inquiry)}: {why}")]


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
        case "xflow":
            return [answer_xflow(inquiry, services)]


def _about(inquiry: Inquiry) -> str:
    match inquiry:
        case InstanceInquiry():
            return t.code(inquiry.name)
        case CostInquiry():
            return f"The estimate in {t.code(inquiry.project)}"
        case ListInquiry():
            return "The list of jobs"
