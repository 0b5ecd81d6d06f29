"""What is measured, written for PyODPS as its documentation does."""

from collections.abc import Callable
from typing import Any

from odps import ODPS  # type: ignore[import-untyped]
from odps.errors import ODPSError  # type: ignore[import-untyped]

from benchmarks.client.recorded_responses import Ids, id_with_rows

_SOON = 0.01  # seconds


def connect(endpoint: str, *, project: str = "p") -> Any:
    """Create a client that does not inherit what another one has cached."""
    return ODPS(
        "sandbox-id",
        "sandbox-secret",
        project=project,
        endpoint=endpoint,
        overwrite_global=False,
    )


def poll_status(client: Any) -> Callable[[], object]:
    """Return a function that polls the status of a running instance; `status` would poll twice."""
    reload: Callable[[], object] = client.get_instance(Ids().running).reload
    return reload


def poll_tasks(client: Any) -> Callable[[], object]:
    """Return a function that polls the tasks of a running instance."""
    get_task_statuses: Callable[[], object] = client.get_instance(Ids().running).get_task_statuses
    return get_task_statuses


def poll_progress(client: Any) -> Callable[[], object]:
    """Return a function that polls the progress of a running instance."""
    instance = client.get_instance(Ids().running)
    return lambda: instance.get_task_progress("AnonymousSQLTask")


def list_all(client: Any, project: str) -> int:
    """Read what a list shows of all instances of a project and return how many there were."""
    listed = client.list_instances(project=project)
    return sum(bool((one.id, one.status, one.start_time, one.end_time)) for one in listed)


def read_rows(client: Any, rows: int) -> int:
    """Read rows through the tunnel, keep none, and return how many there were."""
    with client.get_instance(id_with_rows(rows)).open_reader(tunnel=True) as reader:
        return sum(bool(record.values) for record in reader)


def wait(instance: Any) -> Any:
    """Wait for success, impatiently."""
    instance.wait_for_success(interval=_SOON)
    return instance


def wait_for_failure(instance: Any) -> str:
    """Wait for what does not succeed and return why."""
    try:
        instance.wait_for_success(interval=_SOON)
    except ODPSError as error:
        return str(error)
    raise AssertionError("It has not failed.")


def select(client: Any, sql: str) -> list[object]:
    """Run a statement and return its rows, by one call for all of them."""
    with wait(client.run_sql(sql)).open_reader(tunnel=False) as reader:
        return [record.values for record in reader]


def select_by_tunnel(client: Any, sql: str) -> list[object]:
    """Run a statement and return its rows, whatever their number; its usual way."""
    with wait(client.run_sql(sql)).open_reader() as reader:
        return [record.values for record in reader]


def progress_round(instance: Any) -> list[str]:
    """Go once round the documented loop that prints progress."""
    return [
        instance.get_task_progress(name).get_stage_progress_formatted_string()
        for name in instance.get_task_names()
    ]


def times(instance: Any) -> tuple[object, ...]:
    """Return whose it is, and from when to when it ran."""
    return instance.owner, instance.start_time, instance.end_time


def source(instance: Any) -> tuple[object, ...]:
    """Return what was submitted."""
    return instance.get_sql_query(), instance.priority, instance.get_unique_identifier_id()
