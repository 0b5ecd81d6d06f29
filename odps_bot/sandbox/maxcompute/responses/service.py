"""The service around the instances: projects, hosts, tokens, accounts."""

import json
from collections.abc import Iterable

from odps_bot.sandbox.maxcompute.calls import Call, Response, text_response
from odps_bot.sandbox.maxcompute.documents import document, element, elements, http_date, text
from odps_bot.sandbox.maxcompute.engine.catalog import Column
from odps_bot.sandbox.maxcompute.engine.samples import CREATED_AT
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.service_errors import malformed_body, no_such_object

_ADMINISTRATOR = "ALIYUN$sandbox@example.com"


async def project(context: Context, call: Call) -> Response:
    """Return a project."""
    name = context.project(call.names["project"])
    values = {
        "Name": name,
        "Type": "managed",
        "Comment": "a project of the sandbox",
        "State": "AVAILABLE",
        "ProjectGroupName": name,
        "Region": context.region,
        "DefaultQuotaNickname": "sandbox_quota",
        "TenantId": "1",
    }
    schemas = elements("Property", [("Name", "odps.schema.model.enabled"), ("Value", "false")])
    root = element(
        "Project",
        *(element(tag, text(value)) for tag, value in values.items()),
        element("Properties", schemas),
    )
    properties = context.properties.get(name, {})
    listed = element("Properties", *(_property(*pair) for pair in properties.items()))
    root = root.removesuffix("</Project>") + listed + "</Project>"
    return document(
        root,
        **{
            "x-odps-owner": _ADMINISTRATOR,
            "x-odps-creation-time": http_date(CREATED_AT),
            "Last-Modified": http_date(CREATED_AT),
        },
    )


def _property(name: str, value: str) -> str:
    return elements("Property", [("Name", name), ("Value", value)])


async def table(context: Context, call: Call) -> Response:
    """Return the columns of a table, which clients read before its rows."""
    found = context.engine.table(context.project(call.names["project"]), call.names["table"])
    if found is None:
        raise no_such_object(f"table '{call.names['table']}'")

    def listed(columns: Iterable[Column]) -> list[dict[str, object]]:
        return [
            {
                "name": c.name,
                "type": str(c.type),
                "comment": c.comment,
                "label": "",
                "isNullable": True,
            }
            for c in columns
        ]

    schema = {
        "tableName": found.name,
        "owner": found.owner,
        "comment": found.comment,
        "createTime": int(found.created_at.timestamp()),
        "columns": listed(found.columns),
        "partitionKeys": listed(found.partition_columns),
        "isVirtualView": False,
        "lifecycle": found.lifecycle or -1,
    }
    root = element(
        "Table",
        element("Name", text(found.name)),
        element("TableId", text(found.name)),
        element("Schema", text(json.dumps(schema)), attributes={"format": "Json"}),
    )
    headers = {"x-odps-owner": found.owner, "x-odps-creation-time": http_date(found.created_at)}
    return document(root, **headers)


async def sign_token(context: Context, call: Call) -> Response:
    """Return a bearer token for the policy in the body."""
    context.project(call.names["project"])
    try:
        body = json.loads(call.body)
        policy, hours = body["policy"], body["expires_in_hours"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise malformed_body("policy and expires_in_hours are expected as JSON") from error
    token = context.access.sign_token(call.caller, policy, hours)
    return document(element("Authorization", element("Result", text(token))))


async def tenants(context: Context, call: Call) -> Response:
    """Return the tenant that owns everything; schemas are off."""
    del call
    tenant = {
        "TenantId": "1",
        "Name": "sandbox",
        "OwnerId": "1",
        "TenantState": "NORMAL",
        "CreateTime": int(CREATED_AT.timestamp()),
        "UpdateTime": int(CREATED_AT.timestamp()),
        "Region": context.region,
        "Parameters": {"odps.namespace.schema": "false"},
    }
    return text_response(json.dumps({"Tenant": tenant}), content_type="application/json")


async def logview_host(context: Context, call: Call) -> Response:
    """Return this server's own address, as it also serves the pages."""
    del context
    return text_response(call.origin)


async def webconsole_host(context: Context, call: Call) -> Response:
    """Return this server's own address."""
    del context
    return text_response(call.origin)


async def logs(context: Context, call: Call) -> Response:
    """Accept the logs of clients and discard them."""
    context.project(call.names["project"])
    return Response()


async def tunnel_service(context: Context, call: Call) -> Response:
    """Return the tunnel's host: this server, outside of the endpoint's path."""
    context.project(call.names["project"])
    return text_response(call.origin.removeprefix("http://"))
