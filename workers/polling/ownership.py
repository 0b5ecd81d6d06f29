"""Whose an instance is, by our records and by what MaxCompute says of it.

An instance belongs to a run by its id, by its Guid (also before anybody knows its id), as its
estimate, or as a step of its XFlow. What nobody can tell is not therefore nobody's.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from odps_bot.maxcompute import Instance, MaxComputeError
from odps_bot.maxcompute.guids import read_guid
from odps_bot.maxcompute_clients import Purpose
from odps_bot.runs import Owner, Run, RunState, requester_of
from odps_bot.services import Services
from odps_bot.store.codec import CorruptRecordError

log = logging.getLogger(__name__)

#: Ids of runs and of inquiries, which travel as Guids, look like this.
OUR_GUID = re.compile("[0-9a-f]{24}")

#: So many flows, with those inside of them, are asked for their steps to find out whose one is.
MOST_FLOWS = 50

#: An XFlow that may have been submitted has begun its steps by then.
LONGEST_FLOW = timedelta(days=1)

#: States without an instance in which MaxCompute may have taken the flow all the same.
_MAY_BE_SENT = frozenset({RunState.SUBMITTING, RunState.UNKNOWN})

#: MaxCompute's clock and ours may differ by so much.
CLOCK_MARGIN = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Ownership:
    """Whose an instance is."""

    owner: Owner | None = None  #: None: none of ours
    is_known: bool = True  #: False: it may be part of a run of ours, and nobody can tell of which


UNKNOWN = Ownership(is_known=False)


def recorded_ownership(instance_id: str, guid: str | None, services: Services) -> Ownership:
    """Return what our records say; nobody is asked. A step of an XFlow may not be recorded yet."""
    owners = services.stores.owners
    try:
        owner = owners.find(instance_id) or (owners.find_by_guid(guid) if guid else None)
    except CorruptRecordError as error:
        log.warning("nobody can tell whose instance %s is: %s", instance_id, error)
        return UNKNOWN
    is_ours = owner is not None or OUR_GUID.fullmatch(guid or "") is not None
    return Ownership(owner=owner, is_known=owner is not None or not is_ours)


def ownership_of(
    instance: Instance, guid: str | None, services: Services, purpose: Purpose
) -> Ownership:
    """Return whose an instance with this Guid is. Raises MaxComputeError to ask again.

    While an XFlow goes on, takes a request for its steps and for each flow inside of it.
    """
    found = recorded_ownership(instance.id, guid, services)
    if found.owner is not None or not found.is_known:
        return found
    try:
        return _of_open_flows(instance, services, purpose)
    except CorruptRecordError as error:
        log.warning("nobody can tell whose instance %s is: %s", instance.id, error)
        return UNKNOWN
    except MaxComputeError as error:
        if error.is_retryable:
            raise
        log.warning("nobody can tell whose instance %s is: %s", instance.id, error)
        return UNKNOWN


def read_ownership(instance: Instance, services: Services, purpose: Purpose) -> Ownership:
    """Return the same, and read the Guid if need be. Raises MaxComputeError."""
    found = recorded_ownership(instance.id, None, services)
    if found.owner is not None or not found.is_known:
        return found
    reading = read_guid(instance, services.maxcompute.of(instance.project, purpose).xflows)
    if reading.error is not None and reading.error.is_retryable:
        raise reading.error
    if reading.error is not None:
        # Only its own status says whether there is such an instance.
        instance.get_status()
        return UNKNOWN
    return ownership_of(instance, reading.guid, services, purpose)


def ownership_of_unreadable(instance_id: str, services: Services) -> Ownership:
    """Return whose an instance is of which nothing can be read: by our records, or not known."""
    found = recorded_ownership(instance_id, None, services)
    return found if found.owner is not None else UNKNOWN


def with_age(found: Ownership, instance_id: str, services: Services) -> Ownership:
    """Return what remains of it where our records are younger than the instance.

    A step carries no mark of its run: of what began before them, nobody can tell whose it is.
    """
    if found.owner is not None or not found.is_known:
        return found
    began = began_at(instance_id)
    is_recorded = began is not None and began >= services.stores.owners.since(services.clock())
    return found if is_recorded else UNKNOWN


def began_at(instance_id: str) -> datetime | None:
    """Return when an instance was submitted, as its id says; None where it does not."""
    try:
        return datetime.strptime(instance_id[:17], "%Y%m%d%H%M%S%f").replace(tzinfo=UTC)
    except ValueError:
        return None


def remember_steps(run: Run, flow: Instance, services: Services, purpose: Purpose) -> bool:
    """Record all steps that an XFlow of ours has begun; return whether these are all.

    Raises MaxComputeError.
    """
    client = services.maxcompute.of(run.project, purpose)
    ids: set[str] = set()
    flows = [flow]
    for _ in range(MOST_FLOWS):
        if not flows:
            break
        for action in client.xflows.get_actions(flows.pop()):
            if action.instance_id and action.instance_id not in ids:
                ids.add(action.instance_id)
                if action.node_type == "SubWorkflow":
                    flows.append(client.get_instance(action.instance_id, project=run.project))
    services.stores.owners.remember(requester_of(run), *sorted(ids))
    return not flows


def _of_open_flows(instance: Instance, services: Services, purpose: Purpose) -> Ownership:
    """Return whose step it is, by the XFlows whose steps may not all be recorded."""
    began = began_at(instance.id)
    runs = list(_flows_of_then(instance.project, began, services))
    for run in runs:
        if run.instance_id is None:
            # It may go on, under an id that nobody knows.
            return UNKNOWN
        client = services.maxcompute.of(run.project, purpose)
        flow = client.get_instance(run.instance_id, project=run.project)
        if not remember_steps(run, flow, services, purpose):
            return UNKNOWN
        if run.is_final:
            services.stores.owners.end_flow(run.project, run.run_id)
    return recorded_ownership(instance.id, None, services) if runs else Ownership()


def _flows_of_then(project: str, at: datetime | None, services: Services) -> Iterator[Run]:
    """Yield the XFlows of which an instance that began then can be a step."""
    for run in services.stores.owners.open_flows(project):
        since = (run.last_sent_at or run.began_at) - CLOCK_MARGIN
        until = _last_step_at(run)
        is_sent = run.instance_id is not None or run.state in _MAY_BE_SENT
        is_too_late = until is not None and at is not None and at > until
        if run.is_final and not is_sent:
            services.stores.owners.end_flow(project, run.run_id)
        elif is_sent and not is_too_late and (at is None or at >= since):
            yield run


def _last_step_at(run: Run) -> datetime | None:
    """Return when the last step of an XFlow may have begun; None while it goes on."""
    if not run.is_final:
        return None
    if run.instance_id is None:
        return (run.last_sent_at or run.requested_at) + LONGEST_FLOW
    ended_at = run.ended_at or run.requested_at
    # One that got out of reach may go on.
    return ended_at + (LONGEST_FLOW if run.state is RunState.UNKNOWN else CLOCK_MARGIN)
