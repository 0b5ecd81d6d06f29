"""XFlows: algorithms and workflows that run as instances with instances of their own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict, Unpack
from xml.etree.ElementTree import Element

from odps_bot.maxcompute import arguments
from odps_bot.maxcompute.arguments import Duration, InstanceOrId
from odps_bot.maxcompute.endpoints import Endpoints
from odps_bot.maxcompute.errors import MalformedResponseError, NotFoundError
from odps_bot.maxcompute.http.exchange import Response
from odps_bot.maxcompute.instance import Instance
from odps_bot.maxcompute.listing import list_items
from odps_bot.maxcompute.models.documents import XFlowJob, xflow_job_document
from odps_bot.maxcompute.models.instances import is_instance_id
from odps_bot.maxcompute.submission import submit
from odps_bot.maxcompute.wire import (
    decode,
    pairs_at,
    parse_xml,
    text_at,
    time_or_none,
    whole_number_or_none,
)

#: Levels of nested flows; a deeper response is malformed.
_MAX_FLOW_DEPTH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class XFlow:
    """An algorithm or workflow that a project offers."""

    name: str
    owner: str | None = None
    creation_time: datetime | None = None
    last_modified_time: datetime | None = None
    definition: str | None = None  #: XML; None in a list


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


class XFlowOptions(TypedDict, total=False):
    """The options of `XFlows.run`, see there."""

    xflow_project: str | None
    parameters: Mapping[str, object] | None
    project: str | None
    hints: Mapping[str, object] | None
    priority: int | None
    guid: str | None
    before_sending: Callable[[], None] | None


class XFlows:
    """Runs and inspects XFlows; see `Client.xflows`. Methods raise MaxComputeError."""

    def __init__(self, endpoints: Endpoints, *, project: str) -> None:
        self._endpoints = endpoints
        self._project = project

    def run(
        self,
        xflow: str,
        *,
        xflow_project: str | None = None,
        parameters: Mapping[str, object] | None = None,
        project: str | None = None,
        hints: Mapping[str, object] | None = None,
        priority: int | None = None,
        guid: str | None = None,
        before_sending: Callable[[], None] | None = None,
    ) -> Instance:
        """Submit an XFlow of `xflow_project` and return its instance without waiting for it.

        Without `xflow_project` it is one of the project that it runs in. Tables and models without
        a project are looked up in the project it runs in: inputTableName and outputTableName
        without a dot, modelName without a slash.
        """
        project = arguments.project(project, default=self._project)
        guid = arguments.optional_text("guid", guid)
        given = arguments.mapping("parameters", parameters)
        job = XFlowJob(
            xflow=arguments.text("xflow", xflow),
            xflow_project=arguments.optional_text("xflow_project", xflow_project) or project,
            parameters=_with_project(given, project),
            hints=arguments.mapping("hints", hints),
            priority=arguments.optional_whole_number("priority", priority),
            guid=guid,
        )
        return submit(
            self._endpoints,
            xflow_job_document(job),
            guid=guid,
            project=project,
            before_sending=before_sending,
        )

    def execute(
        self, xflow: str, *, timeout: Duration | None = None, **options: Unpack[XFlowOptions]
    ) -> Instance:
        """Submit an XFlow with the options of `run` and return once it has succeeded.

        Raises what `run` and `Instance.wait_for_success` raise.
        """
        timeout = arguments.optional_duration("timeout", timeout)
        instance = self.run(xflow, **options)
        instance.wait_for_success(timeout=timeout)
        return instance

    def list(
        self, *, project: str | None = None, owner: str | None = None, limit: int | None = None
    ) -> Iterator[XFlow]:
        """Yield up to `limit` XFlows that a project has, those of an owner if that is given."""
        owner = arguments.optional_text("owner", owner)
        return list_items(
            self._endpoints.rest,
            ("projects", arguments.project(project, default=self._project), "xflows"),
            {"owner": owner} if owner else {},
            parse=parse_xflows,
            limit=limit,
            page_size=None,
        )

    def get(self, name: str, *, project: str | None = None) -> XFlow:
        """Return an XFlow with its definition. Raises NotFoundError if there is none."""
        name = arguments.segment("name", name)
        project = arguments.project(project, default=self._project)
        return _xflow_of(name, self._endpoints.rest.get(("projects", project, "xflows", name)))

    def exists(self, name: str, *, project: str | None = None) -> bool:
        """Return whether a project has such an XFlow."""
        try:
            self.get(name, project=project)
        except NotFoundError:
            return False
        return True

    def get_actions(self, instance: InstanceOrId) -> tuple[XFlowAction, ...]:
        """Return the steps so far; a running flow adds more."""
        path = self._instance(instance).path
        root = parse_xml(self._endpoints.rest.get(path, {"xresult": ""}).body)
        return tuple(_action(action) for action in root.iterfind("Actions/Action"))

    def get_source(self, instance: InstanceOrId) -> XFlowSource | None:
        """Return what was submitted; None if the instance is not an XFlow."""
        path = self._instance(instance).path
        try:
            root = parse_xml(self._endpoints.rest.get(path, {"xsource": ""}).body)
        except NotFoundError:
            return None
        flow = root if root.tag == "XflowInstance" else root.find("XflowInstance")
        return None if flow is None else _source(flow)

    def get_sub_instances(self, instance: InstanceOrId) -> Sequence[tuple[str, Instance]]:
        """Return the instances so far with their steps' names, including those of nested flows.

        Sends a request for each nested flow. Names may repeat. An XFlow has no Logview of its own:
        use those of these instances.
        """
        flow = self._instance(instance)
        return [*self._sub_instances(flow, seen={flow.id}, depth=0)]

    def iter_sub_instances(
        self, instance: InstanceOrId, *, interval: Duration = timedelta(seconds=1)
    ) -> Iterator[tuple[str, Instance]]:
        """Yield its instances as they appear, until it has ended and all have been yielded."""
        pause = arguments.duration("interval", interval)
        return self._new_sub_instances(self._instance(instance), interval=pause)

    def _new_sub_instances(
        self, instance: Instance, *, interval: timedelta
    ) -> Iterator[tuple[str, Instance]]:
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

    def _instance(self, instance: InstanceOrId) -> Instance:
        if isinstance(instance, Instance):
            return instance
        return Instance(
            arguments.instance_id(instance),
            project=arguments.project_of(instance, None, default=self._project),
            endpoints=self._endpoints,
        )

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


def parse_xflows(body: bytes) -> tuple[list[XFlow], str | None]:
    """Parse a page of a list and the next page's marker; None on the last page."""
    root = parse_xml(body)
    listed = (
        XFlow(
            name=text_at(flow, "Name") or "",
            owner=text_at(flow, "Owner"),
            creation_time=time_or_none(flow.findtext("CreationTime")),
            last_modified_time=time_or_none(flow.findtext("LastModifiedTime")),
        )
        for flow in root
    )
    return [flow for flow in listed if flow.name], text_at(root, "Marker")


def _xflow_of(name: str, response: Response) -> XFlow:
    headers = response.headers
    return XFlow(
        name=name,
        owner=headers.get("x-odps-owner"),
        creation_time=time_or_none(headers.get("x-odps-creation-time")),
        last_modified_time=time_or_none(headers.get("Last-Modified")),
        definition=decode(response.body),
    )


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
