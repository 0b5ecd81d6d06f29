"""Maps requests to operations by method, path and the action in the query."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from odps_bot.sandbox.maxcompute.service_errors import (
    ServiceError,
    invalid_parameter,
    method_not_allowed,
    no_such_object,
)

Form = Literal["xml", "json", "html"]
#: Which project and schema a client works in.
_OF_EVERY_REQUEST = ("curr_project", "curr_schema")
#: The endpoint's own path; the tunnel has none.
BASE_PATH = "/api"
#: Before the paths of interactive instances, and of nothing else.
_INTERACTIVE = f"{BASE_PATH}/mcqa"


@dataclass(frozen=True)
class Operation:
    """A row of the table below."""

    name: str
    method: str
    path: str
    #: Query parameters, of which one must be present; none for the plain resource.
    actions: tuple[str, ...] = ()
    #: Query parameters that it has besides; what is in neither list is refused.
    parameters: tuple[str, ...] = ()
    #: The format of errors: XML at the endpoint, JSON at the tunnel, HTML for pages in browsers,
    #: which sign nothing. The last two are served outside of `BASE_PATH`.
    form: Form = "xml"


_INSTANCE = "/projects/{project}/instances/{instance_id}"
_INSTANCES = "/projects/{project}/instances"
_XFLOWS = "/projects/{project}/xflows"
_TABLE = "/projects/{project}/tables/{table}"
_TABLE_IN_SCHEMA = "/projects/{project}/schemas/{schema}/tables/{table}"
_PAGE = ("status", "onlyowner", "maxitems", "marker", "quotaIndex", "quotaindex")
_TASK = ("taskname",)
_PARTITIONS = ("partition", "reverse", "expectmarker", "marker", "maxitems")
_TABLES = ("name", "owner", "type", "extended", "expectmarker", "marker", "maxitems")
_HEAD = ("linenum", "partition", "cols", "schema_name")
#: What PyODPS and the Java and Go SDKs send to the tunnel; some of it has no effect here.
_TUNNEL = ("quotaName", "sharingQuotaToken")
_ROWS = ("downloadid", "rowrange", "columns", "data", "raw_size", "sizelimit", "schema_in_stream")
_OF_TABLE = (*_TUNNEL, "partition")
_DOWNLOAD = (*_OF_TABLE, "asyncmode", "shard")
_TABLE_ROWS = (*_OF_TABLE, *_ROWS, "disable_modified_check")
_UPLOAD = (*_OF_TABLE, "reload", "create_partition", "overwrite")
_BLOCK = (*_OF_TABLE, "blockid", "block_version", "arrow", "resume")
#: Of interactive sessions.
_SUBQUERY = (*_TUNNEL, "cached", "taskname", "queryid")
_INSTANCE_ROWS = (*_SUBQUERY, *_ROWS)
OPERATIONS = (
    Operation("submit", "POST", _INSTANCES, parameters=("tryWait",)),
    Operation("list", "GET", _INSTANCES, parameters=(*_PAGE, "daterange", "jobname")),
    Operation("cachedinstances", "GET", "/projects/{project}/cachedinstances", parameters=_PAGE),
    Operation("instancestatus", "GET", _INSTANCE, ("instancestatus",)),
    Operation("taskstatus", "GET", _INSTANCE, ("taskstatus",)),
    Operation("result", "GET", _INSTANCE, ("result",)),
    Operation("progress", "GET", _INSTANCE, ("instanceprogress",), _TASK),
    Operation("summary", "GET", _INSTANCE, ("instancesummary",), _TASK),
    Operation("summary_text", "GET", _INSTANCE, ("summary",), _TASK),
    Operation("detail", "GET", _INSTANCE, ("instancedetail",), _TASK),
    Operation("detail2", "GET", _INSTANCE, ("detail",), (*_TASK, "subquery_id")),
    Operation("log", "GET", _INSTANCE, ("log",), (*_TASK, "id", "logtype", "size")),
    Operation("info", "GET", _INSTANCE, ("info",), (*_TASK, "key")),
    Operation("put_info", "PUT", _INSTANCE, ("info",), _TASK),
    Operation("quota", "GET", _INSTANCE, ("instancequota",), _TASK),
    Operation("cached", "GET", _INSTANCE, ("cached",), ("subquery_id",)),
    Operation("source", "GET", _INSTANCE, ("source",)),
    Operation("xresult", "GET", _INSTANCE, ("xresult",)),
    Operation("xsource", "GET", _INSTANCE, ("xsource",)),
    Operation("status", "GET", _INSTANCE),
    Operation("stop", "PUT", _INSTANCE),
    Operation("authorization", "POST", "/projects/{project}/authorization", ("sign_bearer_token",)),
    Operation("authorization_query", "POST", "/projects/{project}/authorization"),
    Operation("authorization_status", "GET", "/projects/{project}/authorization/{query_id}"),
    Operation("project", "GET", "/projects/{project}", parameters=("properties",)),
    Operation("xflows", "GET", _XFLOWS, parameters=("owner", "maxitems", "marker")),
    Operation("xflow", "GET", f"{_XFLOWS}/{{xflow}}"),
    Operation("tables", "GET", "/projects/{project}/tables", parameters=_TABLES),
    *(
        operation
        for path in (_TABLE, _TABLE_IN_SCHEMA)
        for operation in (
            Operation("partitions", "GET", path, ("partitions",), _PARTITIONS),
            Operation("table_data", "GET", path, ("data",), _HEAD),
            Operation("partition", "GET", path, ("partition",), ("extended",)),
            Operation("table", "GET", path, parameters=("extended",)),
            Operation("table_upload_create", "POST", path, ("uploads",), _UPLOAD, form="json"),
            Operation("table_upload_block", "PUT", path, ("uploadid",), _BLOCK, form="json"),
            Operation("table_upload_commit", "POST", path, ("uploadid",), _OF_TABLE, form="json"),
            Operation(
                "table_upload_session",
                "GET",
                path,
                ("uploadid",),
                (*_UPLOAD, "getblockid"),
                form="json",
            ),
            Operation("table_tunnel_create", "POST", path, ("downloads",), _DOWNLOAD, form="json"),
            Operation("table_tunnel_arrow", "GET", path, ("arrow",), _TABLE_ROWS, form="json"),
            Operation("table_tunnel_data", "GET", path, ("data",), _TABLE_ROWS, form="json"),
            Operation("table_tunnel_session", "GET", path, ("downloadid",), _DOWNLOAD, form="json"),
        )
    ),
    Operation("logs", "PUT", "/projects/{project}/logs"),
    Operation("tunnel_service", "GET", "/projects/{project}/tunnel", ("service",), ("quotaName",)),
    Operation("tenants", "GET", "/tenants"),
    Operation("connection", "GET", "/connection/mcqa", parameters=("project", "quota")),
    Operation(
        "quota_group",
        "GET",
        "/quotas/{quota}",
        parameters=("project", "version", "region", "tenant"),
    ),
    Operation("logview_host", "GET", "/logview/host"),
    Operation("webconsole_host", "GET", "/webconsole/host"),
    Operation("logview", "GET", "/logview", form="html"),
    Operation("job_insights", "GET", "/{region}/job-insights", form="html"),
    Operation(
        "tunnel_create",
        "POST",
        _INSTANCE,
        ("downloads",),
        (*_SUBQUERY, "instance_tunnel_limit_enabled"),
        form="json",
    ),
    Operation("tunnel_arrow", "GET", _INSTANCE, ("arrow",), _INSTANCE_ROWS, form="json"),
    Operation("tunnel_data", "GET", _INSTANCE, ("data",), _INSTANCE_ROWS, form="json"),
    Operation("tunnel_session", "GET", _INSTANCE, ("downloadid",), _SUBQUERY, form="json"),
)
OPERATION_NAMES = frozenset(operation.name for operation in OPERATIONS)


def split_interactive(path: str) -> tuple[str, bool]:
    """Return the path without what marks requests about interactive instances, and whether it did.

    What is not about instances has no such path, and is left as it is.
    """
    resource = path.removeprefix(_INTERACTIVE)
    is_of_instances = _OF_INSTANCES.match(resource) is not None
    return (BASE_PATH + resource, True) if resource != path and is_of_instances else (path, False)


def find_operation(
    method: str, path: str, query: Mapping[str, str]
) -> tuple[Operation, dict[str, str]]:
    """Return the operation and its path parameters; raises `ServiceError`. The path is decoded."""
    is_outside = not path.startswith(BASE_PATH + "/")
    resource = path if is_outside else path[len(BASE_PATH) :]
    error: ServiceError = no_such_object(f"resource '{path}'")
    for operation, pattern in _PATTERNS:
        names = pattern.fullmatch(resource)
        if (operation.form != "xml") is not is_outside or names is None:
            continue
        if operation.method != method:
            error = method_not_allowed(method)
        elif not operation.actions or any(action in query for action in operation.actions):
            return operation, names.groupdict()
    raise error


def check_parameters(operation: Operation, query: Mapping[str, str]) -> None:
    """Raise `ServiceError` for a parameter that an operation does not have; pages take any."""
    if operation.form == "html":
        return
    known = {*_OF_EVERY_REQUEST, *operation.actions, *operation.parameters}
    for name in query:
        # Those with this prefix count as headers.
        if name not in known and not name.startswith("x-odps-"):
            raise invalid_parameter(f"unknown parameter '{name}'")


_OF_INSTANCES = re.compile(r"/projects/[^/]+/instances(?:/|\Z)")
_PATTERNS = [
    (operation, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.path) + "/?"))
    for operation in OPERATIONS
]
