"""The button *Worker log*: the end of a worker's log, for the person who clicks it."""

from odps_bot.authorization import require_permission
from odps_bot.errors import CommandError
from odps_bot.input import find_run
from odps_bot.input.links import instance_meant
from odps_bot.input.request import Answer, Request
from odps_bot.messages.replies.worker_log import log_is_coming
from odps_bot.messages.run.finding_buttons import read_worker_log
from odps_bot.policy.effective_role import Permission
from odps_bot.replies.inquiries import WorkerLogInquiry
from odps_bot.services import Services


def show_worker_log(value: str, request: Request, services: Services) -> Answer:
    """Open a modal at once, which a worker fills in with what MaxCompute has.

    A log may hold rows of the job's tables: whoever may not see its result is refused, here and,
    for what belongs to no run, by the worker.
    """
    log = read_worker_log(value)
    meant = instance_meant(log.instance_id, request, services, project=log.project) if log else None
    if log is None or meant is None:
        raise CommandError("This button no longer works. Nothing was changed.")
    project, instance_id = meant
    find_run.find_run(request, services, instance_id)
    require_permission(request, services, Permission.SEE, project=project)
    inquiry = WorkerLogInquiry(
        project=project,
        instance_id=instance_id,
        log_id=log.log_id,
        stage=log.stage,
        worker=log.worker,
        requested_at=services.clock(),
        **request.who,
        is_external=request.is_external,
        is_membership_unknown=request.is_membership_unknown,
    )
    replies = services.stores.ephemeral_replies
    replies.remember_address(request.interaction_id, request.address)
    replies.ask(request.interaction_id, inquiry)
    services.jobs.answer_inquiries()
    return log_is_coming(log, view_name=request.interaction_id)
