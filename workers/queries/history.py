"""Answer how long a job usually takes that was not started from Slack."""

from odps_bot.maxcompute_clients import Purpose
from odps_bot.messages import Message
from odps_bot.messages import text as t
from odps_bot.messages.replies.history import history_answer, no_statement
from odps_bot.replies.inquiries import InstanceInquiry
from odps_bot.services import Services
from workers.polling.past_runs import statement_of_source


def answer_history(inquiry: InstanceInquiry, services: Services) -> list[Message]:
    """Return its earlier runs; one request. Raises MaxComputeError if that is refused."""
    instance = services.maxcompute.of(inquiry.project, Purpose.QUERY).get_instance(
        inquiry.instance_id, project=inquiry.project
    )
    statement, name = statement_of_source(instance.get_source()), t.code(inquiry.name)
    if not statement:
        return [no_statement(name)]
    now = services.clock()
    runs = services.stores.history.runs(inquiry.project, statement, now=now)
    return list(history_answer(name, runs, now=now, zone=services.rules.time_zone))
