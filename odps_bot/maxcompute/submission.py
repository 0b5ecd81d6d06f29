"""Submitting a job, so that the caller knows whether it arrived."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypedDict

from odps_bot.maxcompute import errors
from odps_bot.maxcompute.endpoints import Endpoints
from odps_bot.maxcompute.http.exchange import Request, Response
from odps_bot.maxcompute.instance import Instance
from odps_bot.maxcompute.models.responses import parse_task_results
from odps_bot.maxcompute.models.results import TaskResult

#: Internal errors after which the job may exist, according to InstanceRunner of odpscmd.
_AMBIGUOUS_CODES = ("ODPS-0430055", "ODPS_0410077", "ODPS_0410065")


class SqlOptions(TypedDict, total=False):
    """The options of `Client.run_sql`, see there."""

    project: str | None
    hints: Mapping[str, object] | None
    aliases: Mapping[str, object] | None
    priority: int | None
    quota: str | None
    default_schema: str | None
    running_cluster: str | None
    guid: str | None
    task_name: str
    before_sending: Callable[[], None] | None


def submit(
    endpoints: Endpoints,
    body: bytes,
    *,
    guid: str | None,
    project: str,
    headers: Mapping[str, str] = MappingProxyType({}),
    before_sending: Callable[[], None] | None = None,
) -> Instance:
    """Post a job, whose document has `guid` if that is given, and return its instance.

    `before_sending` is called right before anything is sent. Raises what that raises, and
    AmbiguousSubmitError when the job may exist but its id is unknown.
    """
    request = Request(
        method="POST",
        path=("projects", project, "instances"),
        body=body,
        content_type="application/xml",
        headers=headers,
        before_sending=before_sending,
    )
    results = None
    try:
        response = endpoints.rest.send(request)
        location, results = response.headers.get("Location"), _immediate_results(response)
    except errors.ConflictError as error:
        # The response to a Guid that exists already: Location points to its instance.
        location = error.location
        if guid is None:
            raise
        if location is None:
            raise _ambiguous(error, guid=guid) from error
    except (errors.ApiError, errors.ConnectionFailedError, errors.MalformedResponseError) as error:
        if may_have_arrived(error):
            raise _ambiguous(error, guid=guid) from error
        raise
    instance_id = (location or "").rstrip("/").rpartition("/")[2]
    try:
        return Instance(instance_id, project=project, endpoints=endpoints, results=results)
    except errors.InvalidInstanceIdError as error:
        raise _ambiguous(error, guid=guid) from error


def may_have_arrived(error: Exception) -> bool:
    """Return whether the service may have carried out what was sent, in spite of the error."""
    if isinstance(error, errors.ConnectionFailedError):
        return error.was_sent
    if isinstance(error, errors.MalformedResponseError | errors.ServerError):
        return True
    return any(code in str(error) for code in _AMBIGUOUS_CODES)


def _ambiguous(error: Exception, *, guid: str | None) -> errors.AmbiguousSubmitError:
    return errors.AmbiguousSubmitError(
        f"It is unknown whether the job was submitted: {error}", guid=guid
    )


def _immediate_results(response: Response) -> dict[str, TaskResult] | None:
    """Return the results of a job that has already ended; None for one that is still running."""
    try:
        return (parse_task_results(response.body) or None) if response.body.strip() else None
    except errors.MalformedResponseError:
        return None  # the id is enough: the results can be requested later
