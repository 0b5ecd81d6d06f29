"""The service around the instances: projects, hosts, tokens, accounts."""

import json

from odps_bot.sandbox.maxcompute.calls import Call, Response, text_response
from odps_bot.sandbox.maxcompute.documents import document, element, elements, http_date, text
from odps_bot.sandbox.maxcompute.engine.samples import CREATED_AT
from odps_bot.sandbox.maxcompute.instances import DEFAULT_QUOTA
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.service_errors import malformed_body

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
        "DefaultQuotaNickname": DEFAULT_QUOTA,
        "TenantId": "1",
    }
    properties = {"odps.schema.model.enabled": "false", **context.properties.get(name, {})}
    root = element(
        "Project",
        *(element(tag, text(value)) for tag, value in values.items()),
        element("Properties", *(_property(*pair) for pair in properties.items())),
    )
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
