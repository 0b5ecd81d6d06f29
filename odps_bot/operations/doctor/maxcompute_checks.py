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
from odps_bot.maxcompute.http.exchange import Request
from odps_bot.operations.doctor.attempts import attempt
from odps_bot.operations.doctor.clocks import compare_clocks
from odps_bot.operations.doctor.finding import Finding, failed, ok, untried, warning
from odps_bot.services import Services

DEEP_TIMEOUT = timedelta(seconds=30)


def check_maxcompute(project: str, services: Services, *, is_deep: bool) -> Iterator[Finding]:
    """Yield what there is to say of a project; one finding only when it cannot be asked."""
    client = services.maxcompute.of(project)
    subject = f"maxcompute {project}"
    try:
        response = client.transport.send(Request(method="GET", path=("projects", project)))
    except PermissionDeniedError:
        date = ""
        remedy = f"USE {project}; GRANT READ ON PROJECT {project} TO USER …;"
        yield warning(subject, "the account may not read the project's description", remedy)
    except MaxComputeError as error:
        yield _unreachable(subject, client, error)
        return
    else:
        date = response.headers.get("Date", "")
        yield ok(subject, f"answers at {client.transport.endpoint}, and knows the account")
    # The service forgives 15 minutes; the client corrects itself, other tools do not.
    yield from compare_clocks(f"{subject} clock", date, now=datetime.now(UTC))
    yield attempt(f"{subject} signature", lambda: _signature(subject, client))
    yield attempt(f"{subject} list", lambda: _list(project, client))
    yield attempt(f"{subject} submit", lambda: _submit(project, client, is_deep=is_deep))
    yield untried(
        f"{subject} stop",
        "cannot be proven without stopping a job",
        "run something slow from Slack and press Stop; GRANT WRITE ON INSTANCE if it is refused",
    )
    yield attempt(f"{subject} logview", lambda: _logview(subject, client, services))
    if quota := services.rules.project(project).quota:
        says = f"runs are sent with the quota {quota}, which only a run can prove"
        yield untried(f"{subject} quota", says, "run `select 1` in it from Slack")


def _unreachable(subject: str, client: Client, error: MaxComputeError) -> Finding:
    says, remedy = f"refuses: {error}", "see MaxCompute's words"
    if isinstance(error, AuthenticationError):
        says = f"does not accept the access key, or its signature: {error}"
        remedy = "correct ALIBABA_CLOUD_ACCESS_KEY_ID and …_SECRET, and is the clock right?"
    elif isinstance(error, NotFoundError):
        says = f"there is no such project at {client.transport.endpoint}"
        remedy = "correct ODPS_PROJECTS, or ODPS_ENDPOINT: each region has its own"
    elif isinstance(error, CredentialsUnavailableError):
        says, remedy = f"there is nothing to sign with: {error}", "see ODPS_BOT_CREDENTIALS"
    elif isinstance(error, ConnectionFailedError):
        says = f"{client.transport.endpoint} cannot be reached: {error}"
        remedy = "correct ODPS_ENDPOINT; may this machine reach it, by a proxy if need be?"
    elif error.is_retryable:
        remedy = "try again in a minute"
    return failed(subject, says, remedy)


def _signature(subject: str, client: Client) -> Finding:
    if client.region is None:
        return ok(f"{subject} signature", "version 2; the endpoint tells no region for version 4")
    return ok(f"{subject} signature", f"version 4 for {client.region}, or 2 where it must be")


def _list(project: str, client: Client) -> Finding:
    subject = f"maxcompute {project} list"
    try:
        next(iter(client.list_instances(project=project, limit=1)), None)
    except PermissionDeniedError:
        remedy = f"GRANT LIST ON PROJECT {project} TO USER …;"
        says = "the account may not list instances: each run is asked about singly, and slower"
        return warning(subject, says, remedy)
    except MaxComputeError as error:
        return failed(subject, f"instances cannot be listed: {error}", "try again in a minute")
    return ok(subject, "instances can be listed, so that sweeps watch them")


def _submit(project: str, client: Client, *, is_deep: bool) -> Finding:
    subject = f"maxcompute {project} submit"
    if not is_deep:
        says = "nothing was submitted"
        return untried(subject, says, "`odps-bot doctor --deep` asks what SELECT 1 would cost")
    try:
        client.execute_sql_cost("SELECT 1;", project=project, timeout=DEEP_TIMEOUT)
    except PermissionDeniedError as error:
        remedy = f"GRANT CREATEINSTANCE ON PROJECT {project} TO USER …;"
        return failed(subject, f"the account may not submit: {error}", remedy)
    except MaxComputeError as error:
        return failed(subject, f"an estimate failed: {error}", "see MaxCompute's words")
    return ok(subject, "the cost of SELECT 1 was estimated")


def _logview(subject: str, client: Client, services: Services) -> Finding:
    subject, host = f"{subject} logview", services.settings.logview_host
    if host:
        return ok(subject, f"links lead to {host}")
    if services.settings.logview_style == "job-insight" and client.region is None:
        remedy = "set ODPS_REGION_NAME"
        return failed(subject, "job-insight links need a region, which is not known", remedy)
    try:
        client.transport.send(Request(method="GET", path=("logview", "host")))
    except MaxComputeError as error:
        says = f"the host of links is not told: {error}"
        return warning(subject, says, "set ODPS_LOGVIEW_HOST if links lead nowhere")
    return ok(subject, "MaxCompute tells the host of links")
