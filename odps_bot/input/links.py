"""Which instance a person means: its id, or a pasted link to its Logview or job insight page.

A link may carry a token that opens the job to whoever has it: only the project, the instance and
where they are is read, and no error repeats what was pasted.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from odps_bot.config.parsers import PROJECT_NAME
from odps_bot.config.settings import Settings
from odps_bot.errors import CommandError
from odps_bot.input import find_run
from odps_bot.input.projects import allowed_project
from odps_bot.input.request import Request
from odps_bot.maxcompute.http.signing import region_of
from odps_bot.messages import text as t
from odps_bot.runs import Run
from odps_bot.services import Services

#: A Logview link has four parameters; one with many more is not read.
MOST_PARAMETERS = 20

_LINK = re.compile(r"(?:https?://|[\w.-]+(?::\d+)?/)\S*[?&]", re.IGNORECASE | re.ASCII)
_JOB_INSIGHT_PATH = re.compile(r"/(?P<region>[a-z]{2,}(?:-[a-z0-9]+)+)/job-insights")

_NO_INSTANCE = (
    "I found no instance in this link. I read links to Logview (`…/logview/?h=…&p=…&i=…`) and to"
    " job insight. Nothing was changed."
)


@dataclass(frozen=True, kw_only=True)
class Link:
    """Where a link leads."""

    project: str
    instance_id: str
    endpoint: str | None = None
    region: str | None = None


def instance_meant(
    typed: str, request: Request, services: Services, *, project: str | None
) -> tuple[str, str] | None:
    """Return project and id of the instance in `typed`, or None when it is neither id nor link.

    `project` is what an option named. Raises CommandError for a link to somewhere else, and for
    projects that may not be used.
    """
    link = read_link(typed)
    if link is None:
        is_id = find_run.INSTANCE_ID.fullmatch(typed)
        return (allowed_project(project, request, services), typed) if is_id else None
    _check_is_ours(link, services.settings)
    if project not in {None, link.project}:
        raise CommandError(
            f"This link leads to project {t.code(link.project)}, not {t.code(project or '')}."
            " Nothing was changed."
        )
    return allowed_project(link.project, request, services), link.instance_id


def job_meant(
    wanted: str, request: Request, services: Services, *, project: str | None
) -> Run | tuple[str, str]:
    """Return the run that an id or a link leads to, or project and id of an instance of no run.

    Raises CommandError where there is neither, DeniedError for another channel's run.
    """
    if run := find_run.find_run(request, services, wanted):
        return run
    meant = instance_meant(wanted, request, services, project=project)
    if meant is None:
        raise find_run.unknown_run(request, services, wanted)
    # A link can lead to a run: one of another channel is refused here.
    return find_run.find_run(request, services, meant[1]) or meant


def read_link(typed: str) -> Link | None:
    """Return where a pasted link leads, or None if `typed` isn't a link.

    Raises CommandError for a link that leads to no instance.
    """
    # Slack writes `<address|label>`.
    address = typed.strip().removeprefix("<").partition("|")[0].partition(">")[0]
    if not _LINK.match(address):
        return None
    if not address.lower().startswith(("http://", "https://")):
        address = f"https://{address}"
    try:
        parts = urlsplit(address)
        parameters = parse_qs(parts.query, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise CommandError(_NO_INSTANCE) from None
    path = parts.path.rstrip("/")
    insight = _JOB_INSIGHT_PATH.fullmatch(path)
    project, instance_id = _one(parameters, "p"), _one(parameters, "i")
    is_known = (path == "/logview" or insight) and parts.hostname and "@" not in parts.netloc
    if not (
        is_known and PROJECT_NAME.fullmatch(project) and find_run.INSTANCE_ID.fullmatch(instance_id)
    ):
        raise CommandError(_NO_INSTANCE)
    return Link(
        project=project,
        instance_id=instance_id,
        endpoint=_one(parameters, "h") if "h" in parameters else None,
        region=insight["region"] if insight else None,
    )


def _one(parameters: dict[str, list[str]], name: str) -> str:
    """Return the value of a parameter that occurs once, or an empty string."""
    values = parameters.get(name, [])
    return values[0] if len(values) == 1 else ""


def _check_is_ours(link: Link, settings: Settings) -> None:
    """Raise CommandError for a link to another MaxCompute endpoint than ours."""
    region = settings.region or region_of(settings.endpoint)
    if link.endpoint is not None and (host := _host(link.endpoint)) != _host(settings.endpoint):
        # One region has several addresses: public, VPC, internal.
        theirs = region_of(f"//{host}")
        if theirs is None or theirs != region:
            raise _elsewhere(host, settings)
    if link.region is not None and region is not None and link.region != region:
        raise _elsewhere(link.region, settings)


def _elsewhere(where: str, settings: Settings) -> CommandError:
    return CommandError(
        f"This job is at another MaxCompute endpoint ({t.code(where, limit=100)}). I only have"
        f" access to {t.code(_host(settings.endpoint))}. Nothing was changed."
    )


def _host(endpoint: str) -> str:
    try:
        return urlsplit(endpoint).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""
