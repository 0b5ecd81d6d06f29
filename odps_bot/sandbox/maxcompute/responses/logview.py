"""The Logview page of a job, in plain HTML without scripts."""

from html import escape
from importlib import resources
from string import Template

from odps_bot.sandbox.maxcompute.access import check_readable
from odps_bot.sandbox.maxcompute.calls import Call, Response
from odps_bot.sandbox.maxcompute.csv_text import NULL, value_text
from odps_bot.sandbox.maxcompute.engine.outcomes import ResultSet
from odps_bot.sandbox.maxcompute.instances import Instance
from odps_bot.sandbox.maxcompute.lives.moment import Stage
from odps_bot.sandbox.maxcompute.progress import TaskStatus
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.responses.results import result_text
from odps_bot.sandbox.maxcompute.responses.status import stage_name
from odps_bot.sandbox.maxcompute.service_errors import ServiceError, missing_authorization
from odps_bot.sandbox.maxcompute.view import view_of

_PREVIEW_ROWS = 20
_REFRESH_SECONDS = 2
_HTML = "text/html; charset=utf-8"


async def logview(context: Context, call: Call) -> Response:
    """Show a job to the holder of a token for it."""
    token = call.query.get("token", "")
    if not token:
        raise missing_authorization()
    project, instance_id = call.query.get("p", ""), call.query.get("i", "")
    caller = context.access.read_bearer_token(token)
    check_readable(caller, method="GET", resource=f"{project}/instances/{instance_id}")
    return await _job_page(context, call)


async def job_insights(context: Context, call: Call) -> Response:
    """Show a job; users of the sandbox count as logged in to the console."""
    return await _job_page(context, call)


def error_page(error: ServiceError) -> Response:
    """Return a page with an error message."""
    body = f"<p class=failure>{escape(error.message)}</p>"
    return Response(error.http_status, _page("Logview", body).encode(), _HTML)


async def _job_page(context: Context, call: Call) -> Response:
    instance = context.instance(call.query.get("p", ""), call.query.get("i", ""))
    stages = [
        stage for one in instance.executions for stage in view_of(one, call.now).moment.stages
    ]
    parts = [_facts(instance), _sql(instance), _stages(stages)]
    rows = instance.outcome.rows
    if instance.task_status is TaskStatus.SUCCESS and rows and instance.are_rows_kept:
        parts.append(await context.lifecycles.run_in_thread(lambda: _preview(context, rows)))
    elif text := result_text(instance):
        parts.append(f"<h2>Result</h2><pre>{escape(text)}</pre>")
    refresh = "" if instance.is_terminated else _REFRESH
    return Response(body=_page(instance.id, "\n".join(parts), refresh).encode(), content_type=_HTML)


_REFRESH = f'<meta http-equiv="refresh" content="{_REFRESH_SECONDS}">'


def _page(title: str, body: str, head: str = "") -> str:
    page = resources.files(__package__).joinpath("logview.html").read_text(encoding="utf-8")
    return Template(page).substitute(title=escape(title), body=body, head=head)


def _facts(instance: Instance) -> str:
    tasks = instance.submission.tasks
    facts = {
        "Project": instance.project,
        "Owner": instance.owner,
        "Task": ", ".join(f"{task.name} ({task.kind})" for task in tasks),
        "Status": f"{instance.status}, {instance.task_status.value}",
        "Priority": str(instance.submission.priority),
        "Submitted": f"{instance.created_at:%Y-%m-%d %H:%M:%S} UTC",
        "Ended": f"{instance.ended_at:%Y-%m-%d %H:%M:%S} UTC" if instance.ended_at else "",
    }
    rows = "".join(f"<tr><th>{name}<td>{escape(value)}" for name, value in facts.items())
    return f'<table class="facts {instance.task_status.value.lower()}">{rows}</table>'


def _sql(instance: Instance) -> str:
    shown = "\n".join(task.sql or task.content for task in instance.submission.tasks)
    return f"<h2>SQL</h2><pre>{escape(shown)}</pre>"


def _stages(stages: list[Stage]) -> str:
    if not stages:
        return ""
    rows = "".join(
        f"<tr><td>{stage_name(stage)}<td>{stage.status}"
        f"<td>{stage.running}/{stage.ended}/{stage.total}"
        f"<td>{stage.input_records:,}<td>{stage.output_records:,}"
        f'<td><progress max=100 value="{stage.percentage}"></progress> {stage.percentage}%'
        for stage in stages
    )
    head = "<tr><th>Stage<th>Status<th>Running/done/all<th>Records in<th>Records out<th>Progress"
    return f"<h2>Stages</h2><table>{head}{rows}</table>"


def _preview(context: Context, rows: ResultSet) -> str:
    head = "".join(f"<th>{escape(column.name)}" for column in rows.columns)
    lines = []
    for row in context.engine.rows(rows, count=_PREVIEW_ROWS):
        shown = (
            NULL if value is None else value_text(value, column.type)
            for value, column in zip(row, rows.columns, strict=True)
        )
        lines.append("<tr>" + "".join(f"<td>{escape(text)}" for text in shown))
    count = f"{rows.row_count:,} row{'s' if rows.row_count != 1 else ''}"
    if rows.row_count > _PREVIEW_ROWS:
        count += f", the first {_PREVIEW_ROWS}"
    return f"<h2>Result: {count}</h2><table><tr>{head}{''.join(lines)}</table>"
