"""Whether MaxCompute knows the account, and allows what the bot needs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from odps_bot.maxcompute import (
    AuthenticationError,
    Client,
    ConnectionFailedError,
    CredentialsUnavailableError,
    MaxComputeError,
    NotFoundError,
    PermissionDeniedError,
)
from odps_bot.maxcompute.wire import pairs_at, parse_xml
from odps_bot.maxcompute_clients import Purpose
from odps_bot.operations.doctor.attempts import attempt
from odps_bot.operations.doctor.clocks import compare_clocks
from odps_bot.operations.doctor.finding import Finding, failed, ok, untried, warning
from odps_bot.services import Services

DEEP_TIMEOUT = timedelta(seconds=30)

#: Of a project: https://www.alibabacloud.com/help/en/maxcompute/schema-related-operations
_SCHEMAS = "odps.schema.model.enabled"


def check_maxcompute(project: str, services: Services, *, is_deep: bool) -> Iterator[Finding]:
    """Yield the findings about a project; only one if it can't be reached."""
    client = services.maxcompute.of(project, Purpose.DIAGNOSIS)
    subject = f"maxcompute {project}"
    try:
        response = client.transport.get(("projects", project))
    except PermissionDeniedError:
        date = ""
        remedy = f"USE {project}; GRANT READ ON PROJECT {project} TO USER …;"
        yield warning(subject, "the account can't read the project's description", remedy)
    except MaxComputeError as error:
        yield _unreachable(subject, client, error)
        return
    else:
        date = response.headers.get("Date", "")
        yield ok(subject, f"reachable at {client.transport.endpoint}; the account is accepted")
        has_schemas = services.rules.project(project).schemas
        yield attempt(
            f"{subject} schemas",
            lambda: schemas_finding(subject, response.body, has_schemas=has_schemas),
        )
    # The service tolerates 15 minutes; the client corrects for it, other tools don't.
    yield from compare_clocks(f"{subject} clock", date, now=datetime.now(UTC))
    yield attempt(f"{subject} signature", lambda: _signature(subject, client))
    yield attempt(f"{subject} list", lambda: _list(project, client))
    yield attempt(f"{subject} submit", lambda: _submit(project, client, is_deep=is_deep))
    yield untried(
        f"{subject} stop",
        "can't be checked without stopping a job",
        "run a slow statement from Slack and press Stop; if refused, GRANT WRITE ON INSTANCE",
    )
    yield attempt(f"{subject} logview", lambda: _logview(subject, client, services))
    if quota := services.rules.project(project).quota:
        says = f"runs use the quota {quota}, which only a run can check"
        yield untried(f"{subject} quota", says, "run `select 1` in this project from Slack")
    if interactive := services.rules.project(project).interactive:
        quota = interactive if isinstance(interactive, str) else None
        yield attempt(f"{subject} interactive", lambda: _interactive(project, client, quota=quota))


def _unreachable(subject: str, client: Client, error: MaxComputeError) -> Finding:
    says, remedy = f"refused: {error}", "see MaxCompute's message"
    if isinstance(error, AuthenticationError):
        says = f"the access key or its signature was rejected: {error}"
        remedy = "check ALIBABA_CLOUD_ACCESS_KEY_ID and …_SECRET, and this machine's clock"
        if client.region is not None:
            remedy += f"; and whether {client.region} is the region, or correct ODPS_REGION_NAME"
    elif isinstance(error, NotFoundError):
        says = f"no such project at {client.transport.endpoint}"
        remedy = "correct ODPS_PROJECTS, or ODPS_ENDPOINT (each region has its own)"
    elif isinstance(error, CredentialsUnavailableError):
        says, remedy = f"no credentials: {error}", "check ODPS_BOT_CREDENTIALS"
    elif isinstance(error, ConnectionFailedError):
        says = f"cannot reach {client.transport.endpoint}: {error}"
        remedy = "check ODPS_ENDPOINT, and this machine's network or proxy"
    elif error.is_retryable:
        remedy = "try again in a minute"
    return failed(subject, says, remedy)


def _signature(subject: str, client: Client) -> Finding:
    if client.region is None:
        return ok(
            f"{subject} signature", "version 2; the endpoint contains no region for version 4"
        )
    return ok(f"{subject} signature", f"version 4 for {client.region}, 2 where required")


def schemas_finding(subject: str, description: bytes, *, has_schemas: bool) -> Finding:
    """Return whether the rules and the project's description agree about schemas."""
    subject = f"{subject} schemas"
    properties = pairs_at(parse_xml(description), "Properties/Property")
    described = properties.get(_SCHEMAS)
    said = "schemas = true" if has_schemas else "no schemas"
    if described is None:
        return untried(subject, f"not described; the rules say: {said}", "see the console")
    if described == "true" and not has_schemas:
        says = "the project has schemas, but the rules don't say so: `schema.table` is refused"
        return warning(subject, says, "add schemas = true to its rules")
    if described != "true" and has_schemas:
        says = "the rules say schemas = true, but the project has none"
        return failed(subject, says, "remove the line, or enable schemas for the project")
    return ok(subject, f"the rules and the project agree: {said}")


def _interactive(project: str, client: Client, *, quota: str | None) -> Finding:
    subject = f"maxcompute {project} interactive"
    try:
        client.require_interactive_quota(quota, project=project)
    except MaxComputeError as error:
        says = f"all runs are ordinary jobs: {error}"
        remedy = "correct or remove `interactive` in its rules, or create the quota (MaxQA)"
        return warning(subject, says, remedy)
    return ok(subject, f"runs use {quota or 'the interactive quota of the project'}")


def _list(project: str, client: Client) -> Finding:
    subject = f"maxcompute {project} list"
    try:
        next(iter(client.list_instances(project=project, limit=1)), None)
    except PermissionDeniedError:
        remedy = f"GRANT LIST ON PROJECT {project} TO USER …;"
        says = "the account can't list instances, so runs are polled one by one, which is slower"
        return warning(subject, says, remedy)
    except MaxComputeError as error:
        return failed(subject, f"cannot list instances: {error}", "try again in a minute")
    return ok(subject, "the account can list instances, so sweeps watch them")


def _submit(project: str, client: Client, *, is_deep: bool) -> Finding:
    subject = f"maxcompute {project} submit"
    if not is_deep:
        says = "not checked"
        return untried(subject, says, "`odps-bot doctor --deep` estimates SELECT 1")
    try:
        client.execute_sql_cost("SELECT 1;", project=project, timeout=DEEP_TIMEOUT)
    except PermissionDeniedError as error:
        remedy = f"GRANT CREATEINSTANCE ON PROJECT {project} TO USER …;"
        return failed(subject, f"the account can't submit: {error}", remedy)
    except MaxComputeError as error:
        return failed(subject, f"the estimate failed: {error}", "see MaxCompute's message")
    return ok(subject, "SELECT 1 was estimated")


def _logview(subject: str, client: Client, services: Services) -> Finding:
    subject, host = f"{subject} logview", services.settings.logview_host
    if host:
        return ok(subject, f"links lead to {host}")
    if services.settings.logview_style == "job-insight" and client.region is None:
        remedy = "set ODPS_REGION_NAME"
        return failed(subject, "job-insight links need a region, which is unknown", remedy)
    try:
        client.transport.get(("logview", "host"))
    except MaxComputeError as error:
        says = f"MaxCompute doesn't report the host of links: {error}"
        return warning(subject, says, "if links don't work, set ODPS_LOGVIEW_HOST")
    return ok(subject, "MaxCompute reports the host of links")
