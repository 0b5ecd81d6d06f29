"""Carry out a statement about permissions: one request, whose answer is the run's result.

There is no instance: nothing can be polled, stopped or looked up. So what may change permissions is
sent once, and never again when its answer was lost, whatever that costs the person.
"""

import json
import logging
from datetime import timedelta
from functools import partial

from odps_bot.maxcompute import (
    AmbiguousSubmitError,
    AuthenticationError,
    InvalidArgumentError,
    MaxComputeError,
    QueryResult,
    QueryStatus,
    ServerError,
)
from odps_bot.maxcompute.errors import ApiError
from odps_bot.maxcompute_clients import Purpose
from odps_bot.runs import Outcome, ReasonCode, Run, lifecycle, polling
from odps_bot.runs.outcome import DETAIL_CHARACTERS, kept_detail
from odps_bot.services import Services
from odps_bot.sql.classification import classify
from odps_bot.sql.statements import SqlText
from workers.submission.claimed_run import (
    ClaimLostError,
    apply_claimed,
    not_submitted,
    record_sending,
    refuse_claimed,
)
from workers.submission.holding_back import NOT_NOW, pause_after
from workers.submission.recheck_permissions import why_denied

log = logging.getLogger(__name__)

#: What takes a while, as installing a package does, is asked about after this at the earliest.
PAUSE = timedelta(seconds=3)

#: What `whoami` may show, as odpscmd does; the rest is none of a channel's business.
WHOAMI = {"DisplayName": "Name", "SourceIP": "Source IP", "VpcId": "VPC ID"}


def carry_out(run: Run, services: Services, *, is_in_doubt: bool) -> None:
    """Send the statement of a claimed run, or ask how it is doing. Safe to repeat.

    `is_in_doubt` says that it may have been sent before, and nobody knows what became of it.
    """
    if run.query_id is not None:
        _ask_again(run, run.query_id, services)
        return
    is_read = classify(run.sql, run.hints).is_read
    if is_in_doubt and not is_read:
        _lose(run, services)
    elif run.stop_requested_at:
        apply_claimed(run, partial(lifecycle.cancel_submission, now=services.clock()), services)
    elif denial := why_denied(run, services):
        refuse_claimed(run, denial, services)
    else:
        _send(run, services, is_read=is_read)


def _send(run: Run, services: Services, *, is_read: bool) -> None:
    text = SqlText(run.sql)
    client = services.maxcompute.of(run.project, Purpose.SUBMISSION)
    try:
        result = client.authorization.run(
            text.statements[0],
            project=run.project,
            hints=text.settings | run.hints,
            is_json=False,
            is_repeatable=is_read,
            before_sending=partial(record_sending, run, services),
        )
    except ClaimLostError:
        log.warning("run %s: another worker carries it out", run.run_id)
    except AmbiguousSubmitError as error:
        log.warning("run %s: unknown whether it was carried out: %s", run.run_id, error)
        _lose(run, services)
    except MaxComputeError as error:
        if _is_answer(error):
            _fail(run, str(error), services)
        else:
            not_submitted(run, error, services)
    else:
        _record(run, result, services)


def _is_answer(error: MaxComputeError) -> bool:
    """Return whether MaxCompute has judged the statement, and not only our request."""
    is_about_us = isinstance(error, (AuthenticationError, ServerError, InvalidArgumentError))
    return isinstance(error, ApiError) and not is_about_us and not isinstance(error, NOT_NOW)


def _record(run: Run, result: QueryResult, services: Services) -> None:
    if result.status is QueryStatus.RUNNING and result.query_id:
        _wait(run, result.query_id, services)
    elif result.status is QueryStatus.TERMINATED:
        event = partial(lifecycle.carried_out, text=_shown(run, result.text), now=services.clock())
        apply_claimed(run, event, services)
    elif result.status is QueryStatus.FAILED:
        _fail(run, result.text, services)
    else:
        _lose(run, services)


def _ask_again(run: Run, query_id: str, services: Services) -> None:
    """Ask how a statement is doing that takes a while; give up when it is out of reach."""
    client = services.maxcompute.of(run.project, Purpose.LOOK_UP)
    try:
        result = client.authorization.get(query_id, project=run.project)
    except MaxComputeError as error:
        log.warning("run %s: unknown how it is doing: %s", run.run_id, error)
        since = run.submitting_since or run.began_at
        is_within_patience = services.clock() - since <= services.settings.patience
        if is_within_patience and (error.is_retryable or isinstance(error, NOT_NOW)):
            _wait(run, query_id, services, at_least=pause_after(error))
        else:
            _lose(run, services)
        return
    _record(run, result, services)


def _wait(run: Run, query_id: str, services: Services, *, at_least: timedelta = PAUSE) -> None:
    """Ask again later: the more rarely, the longer it takes."""
    now = services.clock()
    pause = max(PAUSE, at_least, polling.interval_at(now - (run.submitting_since or now)))
    event = partial(lifecycle.await_answer, query_id=query_id, now=now, pause=pause)
    if apply_claimed(run, event, services):
        services.jobs.submit_run(run.run_id, after=pause)


def _fail(run: Run, said: str, services: Services) -> None:
    why = Outcome(reason=ReasonCode.TASK_FAILED, detail=kept_detail(said))
    if not why.detail.strip():
        why = Outcome(reason=ReasonCode.TASK_FAILED_SILENTLY)
    event = partial(lifecycle.not_carried_out, why=why, now=services.clock())
    apply_claimed(run, event, services)


def _lose(run: Run, services: Services) -> None:
    event = partial(
        lifecycle.lose_submission, now=services.clock(), reason=ReasonCode.CHANGE_UNKNOWN
    )
    apply_claimed(run, event, services)


def _shown(run: Run, text: str) -> str:
    """Return the result as people see it, without what looks like a secret."""
    is_whoami = SqlText(run.sql).statements[0].lower() == "whoami"
    shown = _whoami(text) if is_whoami else text
    return kept_detail(shown)[:DETAIL_CHARACTERS]


def _whoami(text: str) -> str:
    try:
        facts = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(facts, dict):
        return ""
    return "\n".join(f"{word}: {facts[key]}" for key, word in WHOAMI.items() if facts.get(key))
