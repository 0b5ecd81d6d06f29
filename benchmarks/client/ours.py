"""What is measured, written for our client as its documentation does."""

from collections.abc import Callable
from datetime import timedelta

from benchmarks.client.recorded_responses import Ids, id_with_rows
from odps_bot.maxcompute import AccessKey, Client, Instance, InstanceFailedError, StaticCredentials

_SOON = timedelta(milliseconds=10)


def connect(endpoint: str, *, project: str = "p") -> Client:
    """Make a client."""
    credentials = StaticCredentials(AccessKey("sandbox-id", "sandbox-secret"))
    return Client(endpoint, project=project, credentials=credentials)


def poll_status(client: Client) -> Callable[[], object]:
    """Return a function that polls the status of a running instance."""
    return client.get_instance(Ids().running).get_status


def poll_tasks(client: Client) -> Callable[[], object]:
    """Return a function that polls the tasks of a running instance."""
    return client.get_instance(Ids().running).get_task_statuses


def poll_progress(client: Client) -> Callable[[], object]:
    """Return a function that polls the progress of a running instance."""
    return client.get_instance(Ids().running).get_task_progress


def list_all(client: Client, project: str) -> int:
    """Read what a list shows of all instances of a project and return how many there were."""
    listed = client.list_instances(project=project)
    return sum(bool((one.id, one.status, one.start_time, one.end_time)) for one in listed)


def read_rows(client: Client, rows: int) -> int:
    """Read rows through the tunnel, keep none, and return how many there were."""
    download = client.get_instance(id_with_rows(rows)).open_download()
    return sum(bool(row) for row in download.rows())


def wait(instance: Instance) -> Instance:
    """Wait for success with short pauses."""
    instance.wait_for_success(interval=_SOON)
    return instance


def wait_for_failure(instance: Instance) -> str:
    """Wait for an instance that fails and return why."""
    try:
        instance.wait_for_success(interval=_SOON)
    except InstanceFailedError as error:
        return str(error)
    raise AssertionError("It has not failed.")


def select(client: Client, sql: str) -> list[object]:
    """Run a statement and return its rows, by one call for all of them."""
    results = wait(client.run_sql(sql)).get_task_results()
    return list(results["AnonymousSQLTask"].rows().rows)


def select_by_tunnel(client: Client, sql: str) -> list[object]:
    """Run a statement and return its rows, whatever their number."""
    return list(wait(client.run_sql(sql)).open_download().rows())


def progress_round(instance: Instance) -> list[str]:
    """Go once round the documented loop that prints progress."""
    return [
        instance.get_task_progress(name).get_stage_progress_formatted_string()
        for name in instance.get_task_names()
    ]


def times(instance: Instance) -> tuple[object, ...]:
    """Return whose it is, and from when to when it ran."""
    instance.get_status()
    return instance.owner, instance.start_time, instance.end_time
