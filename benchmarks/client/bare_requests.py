"""The minimum with `requests`: the same GET of the same response, read and discarded."""

from collections.abc import Callable

import requests

from benchmarks.client.recorded_responses import Ids


class BareClient:
    """A session and its endpoint."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.session = requests.Session()

    def get(self, path: str) -> bytes:
        """Return the body of a response."""
        return self.session.get(f"{self.endpoint}/projects/{path}").content


def connect(endpoint: str) -> BareClient:
    """Make a session."""
    return BareClient(endpoint)


def poll_status(client: BareClient) -> Callable[[], object]:
    """Return a function that requests a running instance."""
    return lambda: client.get(f"p/instances/{Ids().running}")


def poll_tasks(client: BareClient) -> Callable[[], object]:
    """Return a function that requests the tasks of a running instance."""
    return lambda: client.get(f"p/instances/{Ids().running}?taskstatus")


def poll_progress(client: BareClient) -> Callable[[], object]:
    """Return a function that requests the stages of a running instance."""
    return lambda: client.get(f"p/instances/{Ids().running}?instanceprogress")


def list_all(client: BareClient, project: str) -> int:
    """Read as many pages as the project has and return how many bytes they had."""
    pages = int(project.removeprefix("pages"))
    return sum(len(client.get(f"{project}/instances?marker={page + 1}")) for page in range(pages))
