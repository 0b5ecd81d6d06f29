"""The least that `requests` can do: the same GET of the same answer, read and thrown away."""

from collections.abc import Callable

import requests

from benchmarks.client.recorded_responses import Ids


class BareClient:
    """A session and where to ask."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.session = requests.Session()

    def get(self, path: str) -> bytes:
        """Return the body of an answer."""
        return self.session.get(f"{self.endpoint}/projects/{path}").content


def connect(endpoint: str) -> BareClient:
    """Make a session."""
    return BareClient(endpoint)


def look(client: BareClient) -> Callable[[], object]:
    """Return what asks once for a running instance."""
    return lambda: client.get(f"p/instances/{Ids().running}")


def look_at_tasks(client: BareClient) -> Callable[[], object]:
    """Return what asks once for the tasks of a running instance."""
    return lambda: client.get(f"p/instances/{Ids().running}?taskstatus")


def look_at_progress(client: BareClient) -> Callable[[], object]:
    """Return what asks once for the stages of a running instance."""
    return lambda: client.get(f"p/instances/{Ids().running}?instanceprogress")


def list_all(client: BareClient, project: str) -> int:
    """Read as many pages as the project has and return how many bytes they had."""
    pages = int(project.removeprefix("pages"))
    return sum(len(client.get(f"{project}/instances?marker={page + 1}")) for page in range(pages))
