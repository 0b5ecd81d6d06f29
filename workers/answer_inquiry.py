"""Answer a question that only MaxCompute can answer."""

from datetime import timedelta

from odps_bot.maxcompute import InstanceStatus, MaxComputeError
from odps_bot.messages import Message, answers
from odps_bot.messages import text as t
from odps_bot.messages.refusals import why_maxcompute_refused
from odps_bot.outbox import Inquiry
from odps_bot.services import Services


def answer_inquiry(inquiry: Inquiry, services: Services) -> Message:
    """Return the answer; what MaxCompute refuses is explained in it."""
    try:
        if inquiry.wants == "logview":
            return _logview(inquiry, services)
        return _status(inquiry, services)
    except MaxComputeError as error:
        return answers.problem(
            f"{t.code(inquiry.name)}: {t.clip(t.escape(why_maxcompute_refused(error)), 2_000)}"
        )


def _logview(inquiry: Inquiry, services: Services) -> Message:
    client, settings = services.maxcompute, services.settings
    if settings.logview_style == "job-insight":
        address = client.get_job_insight_address(inquiry.instance_id, project=inquiry.project)
        return answers.logview_link(address, name=inquiry.name, life_in_words=None)
    # A token is given for any id: ask first whether there is such an instance.
    client.get_instance(inquiry.instance_id, project=inquiry.project).get_status()
    address = client.get_logview_address(
        inquiry.instance_id, project=inquiry.project, life=settings.logview_life
    )
    life = f"{settings.logview_life / timedelta(hours=1):g} h"
    return answers.logview_link(address, name=inquiry.name, life_in_words=life)


def _status(inquiry: Inquiry, services: Services) -> Message:
    instance = services.maxcompute.get_instance(inquiry.instance_id, project=inquiry.project)
    statuses = instance.get_task_statuses()
    if statuses.instance_status is InstanceStatus.TERMINATED:
        outcome = ", ".join(f"{task.name} {task.status.value}" for task in statuses.tasks.values())
        return answers.instance_status(inquiry.instance_id, inquiry.project, "ended", outcome)
    progress = instance.get_task_progress(next(iter(statuses.tasks), "AnonymousSQLTask"))
    percentage = f"{progress.finished_percentage} % of the work is done"
    word = statuses.instance_status.value.lower()
    return answers.instance_status(inquiry.instance_id, inquiry.project, word, percentage)
