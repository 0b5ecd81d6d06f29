"""Submitting and stopping instances."""

import asyncio

from odps_bot.sandbox.maxcompute.calls import Call, Response
from odps_bot.sandbox.maxcompute.instances import Instance
from odps_bot.sandbox.maxcompute.operations import BASE_PATH
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.responses.interactive import ORDINARY, Way, admission
from odps_bot.sandbox.maxcompute.responses.results import result_document
from odps_bot.sandbox.maxcompute.service_errors import (
    ServiceError,
    invalid_parameter,
    no_such_xflow,
    not_stoppable,
)
from odps_bot.sandbox.maxcompute.submission import Submission, read_submission, read_xml
from odps_bot.sandbox.maxcompute.xflow import is_known

#: How long `?tryWait` waits.
_TRY_WAIT_SECONDS = 3.0
_RETRY_AFTER_SECONDS = 5


async def submit(context: Context, call: Call) -> Response:
    """Create an instance of a job, unless its Guid is already known: then return that instance.

    As long as the first submission of a Guid is not answered, others are refused.
    """
    project = context.project(call.names["project"])
    submission = read_submission(call.body)
    if submission.xflow is not None and not is_known(submission.xflow):
        raise no_such_xflow(submission.xflow.project, submission.xflow.name)
    known = context.instances.with_guid(project, submission.guid)
    if context.instances.is_being_created(project, submission.guid):
        raise _conflict(submission.guid, known, call)
    if known is not None:
        return Response(201, headers={"Location": _location(known, call)})
    way = admission(call, submission) if call.is_interactive else ORDINARY
    with context.instances.creating(project, submission.guid):
        return await _create(context, call, submission, project=project, way=way)


async def _create(
    context: Context, call: Call, submission: Submission, *, project: str, way: Way
) -> Response:
    expired = context.instances.drop_expired(call.now)
    if expired:
        await context.lifecycles.run_in_thread(lambda: _drop_rows(context, expired))
    instance = context.instances.add(
        submission,
        project=project,
        owner=call.caller.owner,
        now=call.now,
        is_interactive=way.is_interactive,
    )
    context.lifecycles.start(instance)
    headers = {"Location": _location(instance, call), **way.headers}
    if "tryWait" in call.query:
        await asyncio.wait(
            [asyncio.ensure_future(instance.ended.wait())], timeout=_TRY_WAIT_SECONDS
        )
        if instance.is_terminated:
            finished = await result_document(context, instance)
            return Response(200, finished.body, headers=headers)
    return Response(201, headers=headers)


async def stop(context: Context, call: Call) -> Response:
    """Request that an instance stops, which happens a little later."""
    instance = context.instance(call.names["project"], call.names["instance_id"])
    root = read_xml(call.body)
    if root.tag != "Instance" or (root.findtext("Status") or "").strip() != "Terminated":
        raise invalid_parameter("the only status that can be set is Terminated")
    if instance.is_terminated:
        raise not_stoppable(instance.status)
    instance.stop_requested.set()
    return Response()


def _conflict(guid: str, known: Instance | None, call: Call) -> ServiceError:
    error = ServiceError(
        409, "ObjectAlreadyExists", f"An instance with guid '{guid}' is being created"
    )
    error.headers = {"Retry-After": str(_RETRY_AFTER_SECONDS)}
    if known is not None:
        error.headers["Location"] = _location(known, call)
    return error


def _location(instance: Instance, call: Call) -> str:
    return f"{call.origin}{BASE_PATH}/projects/{instance.project}/instances/{instance.id}"


def _drop_rows(context: Context, instances: list[Instance]) -> None:
    for instance in instances:
        if instance.outcome.rows is not None and not instance.parts:
            context.engine.forget(instance.outcome.rows)
