"""Show the end of a worker's log in the modal that its button has opened."""

import re
from collections.abc import Sequence
from datetime import timedelta

from odps_bot.errors import DeniedError
from odps_bot.maxcompute import Instance, MaxComputeError, NotFoundError, PermissionDeniedError
from odps_bot.maxcompute_clients import Purpose
from odps_bot.messages import Modal
from odps_bot.messages import text as t
from odps_bot.messages.replies.worker_log import (
    LINES,
    ShownLog,
    log_expired,
    log_forbidden,
    log_modal,
    log_problem,
)
from odps_bot.messages.run.finding_buttons import WorkerLog
from odps_bot.messages.run.refusals import why_maxcompute_refused
from odps_bot.operations.logs import hide_secrets
from odps_bot.replies.inquiries import WorkerLogInquiry
from odps_bot.services import Services
from odps_bot.slack.errors import PlaceError
from workers.queries.visibility import require_visible

#: A log may be there before Slack has opened the modal for it.
OPENS_WITHIN = timedelta(seconds=10)
LOOK_AGAIN = timedelta(seconds=1)

LOGS = ("stdout", "stderr")

#: Of an instance that has tasks of other kinds as well.
MOST_TASKS = 3


def answer_worker_log(
    interaction_id: str, inquiry: WorkerLogInquiry, services: Services
) -> timedelta | None:
    """Put the end of the log into the modal; return when to look again whether there is one yet.

    Whoever has closed it meanwhile wants no log any more. Raises SlackError.
    """
    modal = _modal(interaction_id, inquiry, services)
    try:
        services.slack.gateway.update_modal(modal)
    except PlaceError:
        is_fresh = services.clock() - inquiry.requested_at < OPENS_WITHIN
        return LOOK_AGAIN if is_fresh else None
    return None


def _modal(interaction_id: str, inquiry: WorkerLogInquiry, services: Services) -> Modal:
    """Return what the modal shows: the log, or why there is none."""
    log = WorkerLog(
        project=inquiry.project,
        instance_id=inquiry.instance_id,
        log_id=inquiry.log_id,
        stage=inquiry.stage,
        worker=inquiry.worker,
    )
    client = services.maxcompute.of(inquiry.project, Purpose.QUERY)
    instance = client.get_instance(inquiry.instance_id, project=inquiry.project)
    try:
        require_visible(inquiry, services)
        return log_modal(log, _read(instance, inquiry.log_id), view_name=interaction_id)
    except DeniedError as error:
        return log_problem(log, str(error), view_name=interaction_id)
    except NotFoundError:
        return log_expired(log, view_name=interaction_id)
    except PermissionDeniedError:
        return log_forbidden(log, view_name=interaction_id)
    except MaxComputeError as error:
        why = t.clip(t.escape(why_maxcompute_refused(error)), 2_000)
        return log_problem(log, why, view_name=interaction_id)


def _read(instance: Instance, log_id: str) -> list[ShownLog]:
    """Return the logs of the task that knows the worker. Raises the last task's error."""
    names = instance.get_task_names()[:MOST_TASKS]
    for name in names[:-1]:
        try:
            return _logs_of(instance, name, log_id)
        except NotFoundError:
            continue
    return _logs_of(instance, names[-1], log_id) if names else []


def _logs_of(instance: Instance, task_name: str, log_id: str) -> list[ShownLog]:
    task = instance.get_task(task_name)
    tails = [(name, task.get_worker_log_tail(log_id, log=name, lines=LINES)) for name in LOGS]
    return [
        ShownLog(name=name, lines=without_secrets(tail.lines), is_cut=tail.is_cut)
        for name, tail in tails
    ]


#: What `hide_secrets` leaves, because it is no secret of ours: keys of programs in their logs.
_KEYS = re.compile(
    r"((?:access[-_.]?key(?:[-_.]?(?:id|secret))?|secret[-_.]?(?:access[-_.]?)?key|api[-_.]?key"
    r"|private[-_.]?key|passwd|password|passphrase|pwd|secret|token|credentials?|signature|cookie)"
    r"(?:['\"]?\s*[:=]\s*['\"]?|(?:(?<=password)|(?<=key[-_.]secret)|(?<=keysecret))\s))"
    # In quotes a password may have any character, a cookie anywhere.
    r"(?:(?<=[:=\s]')[^'\n]+|(?<=[:=\s]\")[^\"\n]+|(?<=cookie: )[^\n]+|[^\s'\",;&]+)"
    # A JSON Web Token, a token of STS or GitHub, and a private key with all its lines.
    r"|\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?|\bSTS\.\w{12,}|\bgh[pousr]_\w{12,}|\bgithub_pat_\w{12,}"
    r"|(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----).*?(?=-----END|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_HIDDEN = "***"
_EDGE_OF_KEY = re.compile(r"-----(BEGIN|END) [A-Z ]{0,30}PRIVATE KEY-----", re.IGNORECASE)


def without_secrets(lines: Sequence[str]) -> list[str]:
    """Return the lines without what looks like a token, a key or a password."""
    # As one text: a secret may begin on one line and end on the next.
    hidden = hide_secrets("\n".join(_without_end_of_key(lines)))
    return _KEYS.sub(lambda found: f"{found[1] or found[2] or ''}{_HIDDEN}", hidden).split("\n")


def _without_end_of_key(lines: Sequence[str]) -> Sequence[str]:
    """Return the lines without the rest of a private key that began before the first of them."""
    edges = ((number, _EDGE_OF_KEY.search(line)) for number, line in enumerate(lines))
    number, edge = next(((at, found) for at, found in edges if found), (0, None))
    if edge is None or edge[1].upper() == "BEGIN":
        return lines
    return [_HIDDEN, lines[number][edge.start() :], *lines[number + 1 :]]
