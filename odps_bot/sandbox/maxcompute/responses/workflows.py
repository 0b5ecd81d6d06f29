"""Workflows: the steps that have started, and the submission."""

from odps_bot.sandbox.maxcompute.calls import Call, Response
from odps_bot.sandbox.maxcompute.documents import cdata, document, element, text
from odps_bot.sandbox.maxcompute.instances import Action, Instance
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.responses.results import result_text
from odps_bot.sandbox.maxcompute.service_errors import not_a_workflow


async def results(context: Context, call: Call) -> Response:
    """Return the steps so far; more are added while the workflow runs."""
    instance = _workflow(context, call)
    actions = (_action(context, instance, action) for action in instance.actions)
    return document(element("Xinstance", element("Actions", *actions)))


async def source(context: Context, call: Call) -> Response:
    """Return the workflow as it was submitted."""
    return Response(body=_workflow(context, call).submission.document)


def _workflow(context: Context, call: Call) -> Instance:
    instance = context.instance(call.names["project"], call.names["instance_id"])
    if instance.submission.task.kind != "XFlow":
        raise not_a_workflow(instance.id)
    return instance


def _action(context: Context, instance: Instance, action: Action) -> str:
    step = context.instance(instance.project, action.instance_id)
    return element(
        "Action",
        element("InstanceId", text(action.instance_id)),
        element("Name", text(action.name)),
        element("Result", cdata(result_text(step)), attributes={"Format": "text"}),
        attributes={"NodeType": "SubWorkflow" if action.is_workflow else "Instance"},
    )
