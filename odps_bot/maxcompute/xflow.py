"""XFlows: algorithms and workflows that run as instances with instances of their own."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from xml.etree.ElementTree import Element

from odps_bot.maxcompute.endpoints import Endpoints
from odps_bot.maxcompute.errors import MalformedResponseError, NotFoundError
from odps_bot.maxcompute.instance import Instance
from odps_bot.maxcompute.models.documents import XFlowJob, xflow_job_document
from odps_bot.maxcompute.models.instances import is_instance_id
from odps_bot.maxcompute.submission import submit
from odps_bot.maxcompute.wire import pairs_at, parse_xml, text_at, whole_number_or_none

#: Levels of nested flows; a deeper response is malformed.
_MAX_FLOW_DEPTH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class XFlowAction:
    """A step of a workflow."""

    name: str
    node_type: str  #: Instance, SubWorkflow, or Local for what has no instance
    instance_id: str  #: empty until the step has started
    result: str  #: the text that the step returned


@dataclass(frozen=True, slots=True, kw_only=True)
class XFlowSource:
    """What was submitted as an XFlow."""

    xflow: str
    xflow_project: str
    parameters: Mapping[str, str]
    properties: Mapping[str, str]
    priority: int | None
    guid: str | None = None


class XFlows:
    """Runs and inspects XFlows; see `Client.xflows`. Methods raise MaxComputeError."""

    def __init__(self, endpoints: Endpoints, *, project: str) -> None:
        self._endpoints = endpoints
        self._project = project

    def run(
        self,
        xflow: str,
        *,
        xflow_project: str,
        parameters: Mapping[str, object] | None = None,
        project: str | None = None,
        hints: Mapping[str, object] | None = None,
        priority: int | None = None,
        guid: str | None = None,
        before_sending: Callable[[], None] | None = None,
    ) -> Instance:
        """Submit an XFlow of `xflow_project` and return its instance without waiting for it.

        Tables and models without a project are looked up in the project it runs in: inputTableName
        and outputTableName without a dot, modelName without a slash.
        """
        project = project or self._project
        job = XFlowJob(
            xflow=xflow,
            xflow_project=xflow_project,
            parameters=_with_project(parameters or {}, project),
            hints=hints or {},
            priority=priority,
            guid=guid,
        )
        return submit(
            self._endpoints,
            xflow_job_document(job),
            guid=guid,
            project=project,
            before_sending=before_sending,
        )

    def get_actions(self, instance: Instance) -> tuple[XFlowAction, ...]:
        """Return the steps so far; a running flow adds more."""
        root = parse_xml(self._endpoints.rest.get(instance.path, {"xresult": ""}).body)
        return tuple(_action(action) for action in root.iterfind("Actions/Action"))

    def get_source(self, instance: Instance) -> XFlowSource | None:
        """Return what was submitted; None if the instance is not an XFlow."""
        try:
            root = parse_xml(self._endpoints.rest.get(instance.path, {"xsource": ""}).body)
        except NotFoundError:
            return None
        flow = root if root.tag == "XflowInstance" else root.find("XflowInstance")
        return None if flow is None else _source(flow)

    def get_sub_instances(self, instance: Instance) -> list[tuple[str, Instance]]:
        """Return the instances so far with their steps' names, including those of nested flows.

        Sends a request for each nested flow. Names may repeat. An XFlow has no Logview of its own:
        use those of these instances.
        """
        return list(self._sub_instances(instance, seen={instance.id}, depth=0))

    def iter_sub_instances(
        self, instance: Instance, *, interval: timedelta = timedelta(seconds=1)
    ) -> Iterator[tuple[str, Instance]]:
        """Yield its instances as they appear, until it has ended and all have been yielded."""
        known = set()
        while True:
            has_ended = instance.is_terminated()
            for name, sub_instance in self.get_sub_instances(instance):
                if sub_instance.id not in known:
                    known.add(sub_instance.id)
                    yield name, sub_instance
            if has_ended:
                return
            self._endpoints.rest.retries.sleep(interval.total_seconds())

    def _sub_instances(
        self, instance: Instance, *, seen: set[str], depth: int
    ) -> Iterator[tuple[str, Instance]]:
        if depth > _MAX_FLOW_DEPTH:
            raise MalformedResponseError(f"More than {_MAX_FLOW_DEPTH} levels of nested flows.")
        for action in self.get_actions(instance):
            if action.node_type not in {"Instance", "SubWorkflow"} or action.instance_id in seen:
                continue
            if not is_instance_id(action.instance_id):
                continue  # not started
            seen.add(action.instance_id)
            sub_instance = Instance(
                action.instance_id, project=instance.project, endpoints=self._endpoints
            )
            if action.node_type == "Instance":
                yield action.name, sub_instance
            else:
                yield from self._sub_instances(sub_instance, seen=seen, depth=depth + 1)


def _with_project(parameters: Mapping[str, object], project: str) -> dict[str, object]:
    completed = dict(parameters)
    for name in ("inputTableName", "outputTableName"):
        if name in completed and "." not in str(completed[name]):
            completed[name] = f"{project}.{completed[name]}"
    if "modelName" in completed and "/" not in str(completed["modelName"]):
        completed["modelName"] = f"{project}/offlinemodels/{completed['modelName']}"
    return completed


def _action(action: Element) -> XFlowAction:
    return XFlowAction(
        name=text_at(action, "Name") or "",
        node_type=action.get("NodeType", ""),
        instance_id=text_at(action, "InstanceId") or "",
        result=action.findtext("Result", ""),
    )


def _source(flow: Element) -> XFlowSource:
    priority = text_at(flow, "Priority")
    return XFlowSource(
        xflow=text_at(flow, "Xflow") or "",
        xflow_project=text_at(flow, "Project") or "",
        parameters=pairs_at(flow, "Parameters/Parameter", key="Key"),
        properties=pairs_at(flow, "Config/Property"),
        priority=whole_number_or_none(priority),
        guid=text_at(flow, "Guid"),
    )
