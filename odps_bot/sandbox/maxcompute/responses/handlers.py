"""The table of operations and their handlers."""

from collections.abc import Awaitable, Callable

from odps_bot.sandbox.maxcompute.calls import Call, Response
from odps_bot.sandbox.maxcompute.responses import (
    authorization,
    details,
    listing,
    logview,
    results,
    service,
    status,
    submit,
    tunnel,
    workflows,
)
from odps_bot.sandbox.maxcompute.responses.context import Context

Handler = Callable[[Context, Call], Awaitable[Response]]
#: By operation.
HANDLERS: dict[str, Handler] = {
    "submit": submit.submit,
    "stop": submit.stop,
    "list": listing.list_instances,
    "cachedinstances": listing.cached_instances,
    "cached": listing.cached,
    "status": status.status,
    "instancestatus": status.blocking_status,
    "taskstatus": status.task_status,
    "progress": status.progress,
    "source": status.source,
    "result": results.result,
    "summary": details.summary,
    "detail": details.detail,
    "detail2": details.detail2,
    "log": details.log,
    "info": details.info,
    "put_info": details.put_info,
    "quota": details.quota,
    "authorization": service.sign_token,
    "authorization_query": authorization.run,
    "authorization_status": authorization.status,
    "project": service.project,
    "table": service.table,
    "logs": service.logs,
    "tunnel_service": service.tunnel_service,
    "tenants": service.tenants,
    "logview_host": service.logview_host,
    "webconsole_host": service.webconsole_host,
    "logview": logview.logview,
    "job_insights": logview.job_insights,
    "xresult": workflows.results,
    "xsource": workflows.source,
    "tunnel_create": tunnel.create,
    "tunnel_session": tunnel.session,
    "tunnel_data": tunnel.data,
}
