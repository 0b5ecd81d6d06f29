"""Submit a run to MaxCompute, once."""

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec

from odps_bot.maxcompute import (
    AmbiguousSubmitError,
    Instance,
    MalformedResponseError,
    MaxComputeError,
    NotFoundError,
)
from odps_bot.maxcompute.pai_command import parse_pai_command
from odps_bot.maxcompute_clients import Purpose
from odps_bot.policy.engine_settings import engine_guards
from odps_bot.runs import Run, RunState, holding, lifecycle
from odps_bot.services import Services
from odps_bot.slack.errors import SlackError
from odps_bot.sql.classification import RunsAs, classify, is_plainly_a_read
from odps_bot.sql.job_settings import QUOTA
from odps_bot.sql.statements import SqlText
from workers.delivery.cards import post_card
from workers.polling.ownership import (
    OUR_GUID,
    ownership_of,
    ownership_of_unreadable,
    with_age,
)
from workers.polling.poll import have_held
from workers.submission.admission import admit, engine_limit, expire
from workers.submission.authorization import carry_out
from workers.submission.claimed_run import (
    PAUSE,
    ClaimLostError,
    apply_claimed,
    not_submitted,
    record_sending,
    refuse_claimed,
)
from workers.submission.holding_back import NOT_NOW, is_held_back, pause_after
from workers.submission.interactive import (
    is_interactive_wanted,
    ordinary_hints,
    send_interactively,
)
from workers.submission.look_up import LookUp, look_up
from workers.submission.recheck_permissions import why_denied, why_not_followed
from workers.submission.tracked_facts import tracked_facts, what_was_submitted

log = logging.getLogger(__name__)

#: What MaxCompute may have taken is looked for after this; by then it is listed.
LOOK_UP_AFTER = timedelta(seconds=10)

#: Without its card a run is submitted only after so long: where we may not speak, nothing is run.
WAIT_FOR_CARD = timedelta(seconds=20)

#: A write that is not found is looked for so often before the requester is asked.
LOOK_UPS_OF_A_WRITE = 6

#: So often a look-up is tried again after a 404: one may come from a server that lags behind.
LOOK_UPS_AFTER_404 = 6

#: A look-up that had no time for all candidates goes on after this.
GO_ON_AFTER = timedelta(seconds=1)


def submit(run_id: str, services: Services) -> None:
    """Submit the run unless somebody else has, or does; then schedule the first poll.

    Safe to repeat: one worker at a time has the run in `submitting`, and whoever finds it there
    afterwards looks for the instance by its Guid before posting again.
    """
    run, now = services.stores.runs.get_or_discard_at(run_id, services.time)
    if run is None or now is None:
        return
    services = services.of_team(run.team_id)
    if run.state is RunState.AWAITING_DECISION:
        expire(run, services)
        services.jobs.deliver()
        return
    if run.state is RunState.QUEUED and not _is_admitted(run, now, services):
        return
    # Who finds it in `submitting` does not know what has become of a POST.
    is_outcome_unknown = run.state is RunState.SUBMITTING
    event = lifecycle.resume_submission if is_outcome_unknown else lifecycle.begin_submission
    claimed = services.stores.runs.apply(run_id, partial(event, now=services.clock()))
    if claimed is not None:
        _submit_claimed(claimed, services, is_outcome_unknown=is_outcome_unknown)
        services.jobs.deliver()


def _is_admitted(run: Run, now: datetime, services: Services) -> bool:
    """Return whether nothing but its submission is left to do for the run."""
    if not _is_card_settled(run, now, services) or is_held_back(run, services):
        return False
    return admit(run, services)


def _is_card_settled(run: Run, now: datetime, services: Services) -> bool:
    """Return whether the run may be submitted as far as its card goes."""
    try:
        return run.card_ts is not None or post_card(run, services, now=now)
    except SlackError as error:
        if services.clock() - run.requested_at >= WAIT_FOR_CARD:
            return True
        log.info("run %s is waiting for its card: %s", run.run_id, error)
        services.jobs.submit_run(run.run_id, after=min(PAUSE, error.retry_after))
        return False


def _submit_claimed(run: Run, services: Services, *, is_outcome_unknown: bool) -> None:
    if run.tracked_instance_id is not None:
        _track(run, run.tracked_instance_id, services)
        return
    instance: Instance | None = None
    is_in_doubt = is_outcome_unknown and not lifecycle.is_unsent(run)
    if classify(run.sql, run.hints).runs_as is RunsAs.AUTHORIZATION:
        carry_out(run, services, is_in_doubt=is_in_doubt)
        return
    if is_in_doubt:
        found = _look_up(run, services)
        if found is None:
            return
        instance = found.instance
    if instance is None and not _may_be_sent(run, services, is_in_doubt=is_in_doubt):
        return
    try:
        instance = instance or _send(run, services)
    except ClaimLostError:
        log.warning("run %s: another worker submits it", run.run_id)
    except AmbiguousSubmitError as error:
        _outcome_unknown(run, error, services)
    except MaxComputeError as error:
        not_submitted(run, error, services)
    else:
        _submitted(run, instance, services)


def _may_be_sent(run: Run, services: Services, *, is_in_doubt: bool) -> bool:
    """Return whether a run that has no instance is sent now; if not, what follows is recorded."""
    if is_in_doubt and not is_plainly_a_read(run.sql, run.hints):
        _write_was_not_found(run, services)
        return False
    if run.stop_requested_at:
        apply_claimed(run, partial(lifecycle.cancel_submission, now=services.clock()), services)
        return False
    if denial := why_denied(run, services):
        refuse_claimed(run, denial, services)
        return False
    return True


def _look_up(run: Run, services: Services) -> LookUp | None:
    """Return what a look-up has found once it has read all candidates; None: it goes on later."""
    try:
        found = look_up(run, services)
    except NOT_NOW as error:
        _look_on_later(run, services, pause=pause_after(error))
        return None
    except MaxComputeError as error:
        _outcome_unknown(run, error, services)
        return None
    if found.instance is not None or found.is_complete:
        return found
    _look_on_later(run, services, pause=GO_ON_AFTER if found.is_out_of_time else LOOK_UP_AFTER)
    return None


def _hints(run: Run, services: Services) -> dict[str, str]:
    """Return the settings to send beside the statement; what holds a run in goes over the rest."""
    return _usual_hints(run, services) | ordinary_hints(run) | _guards(run, services)


def _guards(run: Run, services: Services) -> dict[str, str]:
    guards = engine_guards(classify(run.sql, run.hints), services.rules.project(run.project))
    return engine_limit(run, services) | guards


def _usual_hints(run: Run, services: Services) -> dict[str, str]:
    """Return the project's quota, unless the text chooses another."""
    quota = services.rules.project(run.project).quota
    if not quota:
        return {}
    chosen = {key.lower() for key in (*SqlText(run.sql).settings, *ordinary_hints(run))}
    return {} if QUOTA in chosen else {QUOTA: quota}


def _send(run: Run, services: Services) -> Instance:
    """Submit the statement, or the merge task or XFlow that it stands for.

    That it is sent is recorded first. Raises ClaimLostError and MaxComputeError.
    """
    client = services.maxcompute.of(run.project, Purpose.SUBMISSION)
    pai = parse_pai_command(run.sql)

    def before_sending() -> None:
        if pai is not None:
            services.stores.owners.begin_flow(run)
        record_sending(run, services)

    run, instance = send_interactively(
        run,
        services,
        hints=run.hints | _guards(run, services),
        before_sending=before_sending,
    )
    if instance is not None:
        return instance
    if classify(run.sql, run.hints).runs_as is RunsAs.MERGE:
        return client.merges.run(
            run.sql,
            project=run.project,
            hints=_usual_hints(run, services) | ordinary_hints(run),
            priority=run.priority,
            guid=run.run_id,
            before_sending=before_sending,
        )
    if pai is None:
        return client.run_sql(
            run.sql,
            project=run.project,
            hints=_hints(run, services),
            priority=run.priority,
            guid=run.run_id,
            before_sending=before_sending,
        )
    return client.xflows.run(
        pai.xflow,
        xflow_project=pai.xflow_project,
        parameters=pai.parameters,
        project=run.project,
        hints=_usual_hints(run, services)
        | {**pai.hints, **ordinary_hints(run)}
        | engine_limit(run, services),
        priority=run.priority,
        guid=run.run_id,
        before_sending=before_sending,
    )


def _track(run: Run, instance_id: str, services: Services) -> None:
    """Follow an instance that exists: nothing is sent that changes anything."""
    if denial := why_denied(run, services):
        refuse_claimed(run, denial, services)
        return
    client = services.maxcompute.of(run.project, Purpose.LOOK_UP)
    try:
        instance = client.get_instance(instance_id, project=run.project)
        what = what_was_submitted(instance, services)
        found = (
            ownership_of(instance, what.guid, services, Purpose.LOOK_UP)
            if what.is_known
            else ownership_of_unreadable(instance.id, services)
        )
    except MaxComputeError as error:
        not_submitted(run, error, services)
        return
    if denial := why_not_followed(run, with_age(found, instance_id, services), services):
        refuse_claimed(run, denial, services)
        return
    is_ours = OUR_GUID.fullmatch(what.guid or "") is not None
    facts = tracked_facts(instance, what.source, is_foreign=not is_ours)
    _submitted(run, instance, services, sql=what.sql or run.sql, **facts)


def _submitted(claimed: Run, instance: Instance, services: Services, **facts: Any) -> None:
    # First, so that a worker that dies in between leaves no run that cannot be found.
    now = services.stores.runs.remember_instance(
        msgspec.structs.replace(claimed, instance_id=instance.id), services.time
    )
    run = services.stores.runs.apply(
        claimed.run_id,
        partial(
            lifecycle.submitted,
            instance_id=instance.id,
            now=now,
            is_interactive_wanted=claimed.tracked_instance_id is None
            and is_interactive_wanted(claimed, services),
            **facts,
        ),
    )
    if run is not None:
        log.info("run %s is instance %s", run.run_id, instance.id)
        services.jobs.poll_run(run.run_id, at=run.next_poll_at)
        if holding.is_wanted(run, now):
            have_held(run, services)


def _outcome_unknown(claimed: Run, error: MaxComputeError, services: Services) -> None:
    """Look for the instance later, or say that nobody can tell."""
    log.warning("run %s: unknown whether it was submitted: %s", claimed.run_id, error)
    is_passing = isinstance(error, AmbiguousSubmitError | MalformedResponseError)
    is_mishap = isinstance(error, NotFoundError) and claimed.submit_attempts <= LOOK_UPS_AFTER_404
    can_tell_later = error.is_retryable or is_passing or is_mishap
    if can_tell_later and _is_within_patience(claimed, services):
        _look_up_later(claimed, services)
    else:
        _lose(claimed, services)


def _is_within_patience(claimed: Run, services: Services) -> bool:
    since = claimed.submitting_since or claimed.began_at
    return services.clock() - since <= services.settings.patience


def _look_on_later(claimed: Run, services: Services, *, pause: timedelta) -> None:
    """Go on with a look-up that has not come to its end, and so is not counted."""
    if _is_within_patience(claimed, services):
        _look_up_later(claimed, services, pause=pause, is_counted=False)
    else:
        _lose(claimed, services)


def _look_up_later(
    claimed: Run,
    services: Services,
    *,
    pause: timedelta = LOOK_UP_AFTER,
    is_counted: bool = True,
) -> None:
    event = partial(
        lifecycle.look_up_later, now=services.clock(), pause=pause, is_counted=is_counted
    )
    if apply_claimed(claimed, event, services):
        services.jobs.submit_run(claimed.run_id, after=pause)


def _write_was_not_found(claimed: Run, services: Services) -> None:
    """Look a few times more; what may still arrive is never sent again, the requester is asked."""
    if claimed.submit_attempts > LOOK_UPS_OF_A_WRITE:
        _lose(claimed, services)
    else:
        _look_up_later(claimed, services)


def _lose(claimed: Run, services: Services) -> None:
    apply_claimed(claimed, partial(lifecycle.lose_submission, now=services.clock()), services)


def submission_timed_out(run_id: str, services: Services) -> None:
    """Record a submission that took longer than its job may: its outcome is unknown.

    Safe to repeat. A run that was not being sent is left to the reconciler.
    """
    run = services.stores.runs.get_or_discard(run_id)
    if run is None or run.state is not RunState.SUBMITTING:
        return
    error = AmbiguousSubmitError("the submission took longer than a job may", guid=run_id)
    _outcome_unknown(run, error, services)
