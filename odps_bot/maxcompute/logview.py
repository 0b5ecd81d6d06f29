"""Addresses of a job's page on MaxCompute's own site. Pure."""

from urllib.parse import quote

DEFAULT_LOGVIEW_HOST = "http://logview.aliyun.com"
DEFAULT_JOB_INSIGHT_HOST = "https://maxcompute.console.aliyun.com"


def logview_address(host: str, *, endpoint: str, project: str, instance_id: str, token: str) -> str:
    """Return the address of the token style: whoever has it may read the job."""
    return (
        f"{host.rstrip('/')}/logview/?h={_quoted(endpoint)}&p={_quoted(project)}"
        f"&i={_quoted(instance_id)}&token={_quoted(token)}"
    )


def job_insight_address(
    host: str, *, region: str, endpoint: str, project: str, instance_id: str
) -> str:
    """Return the address without a token: it asks for a login."""
    return (
        f"{host.rstrip('/')}/{_quoted(region)}/job-insights?h={_quoted(endpoint)}"
        f"&p={_quoted(project)}&i={_quoted(instance_id)}"
    )


def _quoted(text: str) -> str:
    return quote(text, safe="")
