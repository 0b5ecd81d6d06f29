"""Whether MaxCompute's OpenAPI gives a second opinion on jobs; everything works without it."""

from collections.abc import Iterator
from datetime import datetime

from odps_bot.maxcompute import (
    AuthenticationError,
    ConnectionFailedError,
    MaxComputeError,
    NotFoundError,
    PermissionDeniedError,
)
from odps_bot.openapi import OpenApiClient
from odps_bot.operations.doctor.finding import Finding, ok, warning
from odps_bot.services import Services

#: No job has this id.
_NO_JOB = "20260101000000000gdoctor00"


def check_openapi(services: Services) -> Iterator[Finding]:
    """Yield nothing where it is not enabled, and one warning for whatever is missing."""
    if not services.rules.openapi.enabled:
        return
    found = (_problem(project, services) for project in services.settings.projects)
    problems = [problem for problem in found if problem is not None]
    if not problems:
        yield ok("openapi", "MaxCompute's own findings are part of `/odps why`")
        return
    says, remedy = problems[0]
    more = f"; likewise {len(problems) - 1} more" if len(problems) > 1 else ""
    yield warning("openapi", f"no second opinion on jobs of {says}{more}", remedy)


def _problem(project: str, services: Services) -> tuple[str, str] | None:
    client = services.maxcompute.openapi(project)
    if client is None:
        return f"{project}: its region is unknown", "add `endpoint` to [openapi] of odps-bot.toml"
    try:
        _ask(client, project, services.clock())
    except (PermissionDeniedError, AuthenticationError) as error:
        remedy = "allow odps:GetJobInfo and odps:ListJobSnapshotInfos in RAM"
        return f"{project}: refused: {error}", remedy
    except ConnectionFailedError as error:
        return f"{project}: {error}", "correct `endpoint` of [openapi], or check the network"
    except MaxComputeError as error:
        return f"{project}: {error}", "see MaxCompute's message; nothing else depends on it"
    return None


def _ask(client: OpenApiClient, project: str, now: datetime) -> None:
    """Raise what refuses one of the two requests, which have permissions of their own."""
    client.list_job_snapshots(project=project, at=now, limit=1)
    try:
        client.get_job_info(_NO_JOB)
    except MaxComputeError as error:
        if isinstance(error, PermissionDeniedError | AuthenticationError | ConnectionFailedError):
            raise
        if error.is_retryable and not isinstance(error, NotFoundError):
            raise
