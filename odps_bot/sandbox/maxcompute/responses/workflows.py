"""Workflows: the steps that have begun, and what was submitted."""

from odps_bot.sandbox.maxcompute.calls import Answer, Call
from odps_bot.sandbox.maxcompute.documents import cdata, document, element, text
from odps_bot.sandbox.maxcompute.instances import Action, Instance
from odps_bot.sandbox.maxcompute.responses.context import World
from odps_bot.sandbox.maxcompute.responses.results import result_text
from odps_bot.sandbox.maxcompute.service_errors import not_a_workflow


async def results(world: World, call: Call) -> Answer:
    """Answer with the steps so far; there are more while the workflow runs."""
    instance = _workflow(world, call)
    actions = (_action(world, instance, action) for action in instance.actions)
    return document(element("Xinstance", element("Actions", *actions)))


async def source(world: World, call: Call) -> Answer:
    """Answer with the workflow as it was submitted."""
    return Answer(body=_workflow(world, call).submission.document)


def _workflow(world: World, call: Call) -> Instance:
    instance = world.instance(call.names["project"], call.names["instance_id"])
    if instance.submission.task.kind != "XFlow":
        raise not_a_workflow(instance.id)
    return instance


def _action(world: World, instance: Instance, action: Action) -> str:
    step = world.instance(instance.project, action.instance_id)
    return element(
        "Action",
        element("InstanceId", text(action.instance_id)),
        element("Name", text(action.name)),
        element("Result", cdata(result_text(step)), attributes={"Format": "text"}),
        attributes={"NodeType": "SubWorkflow" if action.is_workflow else "Instance"},
    )
