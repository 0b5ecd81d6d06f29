"""Every operation that both clients offer, side by side; what is counted are their requests."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.client import ours, pyodps
from benchmarks.client.recorded_responses import ENDS_IMMEDIATELY, Ids
from odps_bot.maxcompute import Client

_TASK = "AnonymousSQLTask"


@dataclass(frozen=True)
class Operation:
    """An operation, written for either client."""

    name: str
    ours: Callable[[Client, Ids], object]
    pyodps: Callable[[Any, Ids], object]


#: The flows that end with rows; PyODPS uses the tunnel by default.
EXECUTE_TO_ROWS = (
    Operation(
        "execute to rows, by result call",
        lambda client, _: ours.select(client, "select 1"),
        lambda odps, _: pyodps.select(odps, "select 1"),
    ),
    Operation(
        "execute to rows, each its usual way",
        lambda client, _: ours.select(client, "select 1"),
        lambda odps, _: pyodps.select_by_tunnel(odps, "select 1"),
    ),
    Operation(
        "execute to rows, by tunnel",
        lambda client, _: ours.select_by_tunnel(client, "select 1"),
        lambda odps, _: pyodps.select_by_tunnel(odps, "select 1"),
    ),
)

OPERATIONS = (
    Operation("make a client", lambda client, _: client, lambda odps, _: odps),
    Operation(
        "get an instance",
        lambda client, ids: client.get_instance(ids.running),
        lambda odps, ids: odps.get_instance(ids.running),
    ),
    Operation(
        "status, running",
        lambda client, ids: client.get_instance(ids.running).get_status(),
        lambda odps, ids: odps.get_instance(ids.running).status,
    ),
    Operation(
        "status, ended",
        lambda client, ids: client.get_instance(ids.ended).get_status(),
        lambda odps, ids: odps.get_instance(ids.ended).status,
    ),
    Operation(
        "is terminated, running",
        lambda client, ids: client.get_instance(ids.running).is_terminated(),
        lambda odps, ids: odps.get_instance(ids.running).is_terminated(),
    ),
    Operation(
        "is successful, running",
        lambda client, ids: client.get_instance(ids.running).is_successful(),
        lambda odps, ids: odps.get_instance(ids.running).is_successful(),
    ),
    Operation(
        "is successful, ended",
        lambda client, ids: client.get_instance(ids.ended).is_successful(),
        lambda odps, ids: odps.get_instance(ids.ended).is_successful(),
    ),
    Operation(
        "is successful, failed",
        lambda client, ids: client.get_instance(ids.failed).is_successful(),
        lambda odps, ids: odps.get_instance(ids.failed).is_successful(),
    ),
    Operation(
        "owner, start and end",
        lambda client, ids: ours.times(client.get_instance(ids.ended)),
        lambda odps, ids: pyodps.times(odps.get_instance(ids.ended)),
    ),
    Operation(
        "exists, known",
        lambda client, ids: client.exists_instance(ids.ended),
        lambda odps, ids: odps.exist_instance(ids.ended),
    ),
    Operation(
        "exists, unknown",
        lambda client, ids: client.exists_instance(ids.unknown),
        lambda odps, ids: odps.exist_instance(ids.unknown),
    ),
    Operation(
        "submit",
        lambda client, _: client.run_sql("select 1"),
        lambda odps, _: odps.run_sql("select 1"),
    ),
    Operation(
        "submit a job that ends immediately, to success",
        lambda client, _: ours.wait(client.run_sql(ENDS_IMMEDIATELY)),
        lambda odps, _: pyodps.wait(odps.run_sql(ENDS_IMMEDIATELY)),
    ),
    Operation(
        "submit and wait for success",
        lambda client, _: ours.wait(client.run_sql("select 1")),
        lambda odps, _: pyodps.wait(odps.run_sql("select 1")),
    ),
    Operation(
        "wait for completion, ended",
        lambda client, ids: client.get_instance(ids.ended).wait_for_completion(),
        lambda odps, ids: odps.get_instance(ids.ended).wait_for_completion(),
    ),
    Operation(
        "wait for success, failed",
        lambda client, ids: ours.wait_for_failure(client.get_instance(ids.failed)),
        lambda odps, ids: pyodps.wait_for_failure(odps.get_instance(ids.failed)),
    ),
    *EXECUTE_TO_ROWS,
    Operation(
        "list, 1 page",
        lambda client, _: ours.list_all(client, "pages1"),
        lambda odps, _: pyodps.list_all(odps, "pages1"),
    ),
    Operation(
        "list, 3 pages",
        lambda client, _: ours.list_all(client, "pages3"),
        lambda odps, _: pyodps.list_all(odps, "pages3"),
    ),
    Operation(
        "stop",
        lambda client, ids: client.stop_instance(ids.running),
        lambda odps, ids: odps.stop_instance(ids.running),
    ),
    Operation(
        "task names",
        lambda client, ids: client.get_instance(ids.ended).get_task_names(),
        lambda odps, ids: odps.get_instance(ids.ended).get_task_names(),
    ),
    Operation(
        "task statuses",
        lambda client, ids: client.get_instance(ids.ended).get_task_statuses(),
        lambda odps, ids: odps.get_instance(ids.ended).get_task_statuses(),
    ),
    Operation(
        "task results",
        lambda client, ids: client.get_instance(ids.ended).get_task_results(),
        lambda odps, ids: odps.get_instance(ids.ended).get_task_results(),
    ),
    Operation(
        "progress",
        lambda client, ids: client.get_instance(ids.running).get_task_progress(_TASK),
        lambda odps, ids: odps.get_instance(ids.running).get_task_progress(_TASK),
    ),
    Operation(
        "documented progress loop, a round",
        lambda client, ids: ours.progress_round(client.get_instance(ids.running)),
        lambda odps, ids: pyodps.progress_round(odps.get_instance(ids.running)),
    ),
    Operation(
        "summary",
        lambda client, ids: client.get_instance(ids.ended).get_task().get_summary(),
        lambda odps, ids: odps.get_instance(ids.ended).get_task_summary(_TASK),
    ),
    Operation(
        "cost of a task",
        lambda client, ids: client.get_instance(ids.ended).get_task().get_cost(),
        lambda odps, ids: odps.get_instance(ids.ended).get_task_cost(_TASK),
    ),
    Operation(
        "detail",
        lambda client, ids: client.get_instance(ids.ended).get_task().get_detail(),
        lambda odps, ids: odps.get_instance(ids.ended).get_task_detail(_TASK),
    ),
    Operation(
        "workers",
        lambda client, ids: client.get_instance(ids.ended).get_task().get_workers(),
        lambda odps, ids: odps.get_instance(ids.ended).get_task_workers(_TASK),
    ),
    Operation(
        "log of a worker",
        lambda client, ids: client.get_instance(ids.ended).get_task().get_worker_log("log-0"),
        lambda odps, ids: odps.get_instance(ids.ended).get_worker_log("log-0", "stdout"),
    ),
    Operation(
        "warnings",
        lambda client, ids: client.get_instance(ids.ended).get_task().get_warnings(),
        lambda odps, ids: odps.get_instance(ids.ended).get_task_info(_TASK, "warnings"),
    ),
    Operation(
        "quota",
        lambda client, ids: client.get_instance(ids.running).get_task().get_quota(),
        lambda odps, ids: odps.get_instance(ids.running).get_task_quota(_TASK),
    ),
    Operation(
        "queueing of one",
        lambda client, ids: client.get_instance(ids.running).get_queueing_info(),
        lambda odps, ids: odps.get_instance(ids.running).get_queueing_info(),
    ),
    Operation(
        "queueing of all",
        lambda client, _: list(client.list_queueing_infos()),
        lambda odps, _: list(odps.list_instance_queueing_infos()),
    ),
    Operation(
        "SQL text, priority and Guid",
        lambda client, ids: client.get_instance(ids.running).get_source(),
        lambda odps, ids: pyodps.source(odps.get_instance(ids.running)),
    ),
    Operation(
        "logview address",
        lambda client, ids: client.get_logview_address(ids.running),
        lambda odps, ids: odps.get_logview_address(ids.running),
    ),
    Operation(
        "estimate of a cost",
        lambda client, _: client.execute_sql_cost("select 1"),
        lambda odps, _: odps.execute_sql_cost("select 1"),
    ),
    Operation(
        "run an XFlow",
        lambda client, _: client.xflows.run("AppendID", xflow_project="algo_public"),
        lambda odps, _: odps.run_xflow("AppendID", "algo_public"),
    ),
    Operation(
        "sub-instances of an XFlow",
        lambda client, ids: client.xflows.get_sub_instances(client.get_instance(ids.workflow)),
        lambda odps, ids: odps.get_xflow_sub_instances(odps.get_instance(ids.workflow)),
    ),
)
