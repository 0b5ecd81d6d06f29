"""What a waiting instance waits for: its place, its quota, and which jobs run meanwhile."""

from collections.abc import Sequence
from datetime import datetime

from odps_bot.diagnosis.snapshots import Quota, Snapshot
from odps_bot.maxcompute import QueueingInfo
from odps_bot.messages.replies.why import Fact, Holder, Queue
from odps_bot.policy.visibility import is_visible
from odps_bot.replies.inquiries import InstanceInquiry
from odps_bot.runs import Run
from odps_bot.services import Services
from workers.polling.ownership import recorded_ownership
from workers.queries.running_jobs import running_infos
from workers.queries.why.facts import Job

SHOWN_HOLDERS = 5


def queue_of(job: Job, snapshot: Snapshot, services: Services) -> Queue:
    """Return what a waiting instance waits for: one request for the project's running jobs."""
    inquiry = job.inquiry
    infos = job.questions.ask(Fact.JOBS, lambda: running_infos(inquiry.project, services))
    quota = snapshot.quota or Quota()
    running = [info for info in infos or () if _is_running(info, inquiry.instance_id)]
    return Queue(
        position=snapshot.queue_position,
        length=snapshot.queue_length,
        quota=quota.name,
        used_share=_used_share(quota),
        holders=_holders(running, inquiry, services),
        running=None if infos is None else len(running),
    )


def _is_running(info: QueueingInfo, waiting_id: str) -> bool:
    return not info.wait_position and info.instance_id != waiting_id


def _used_share(quota: Quota) -> float | None:
    if quota.used_cpu is None or not quota.usable_cpu:
        return None
    return min(1.0, quota.used_cpu / quota.usable_cpu)


def _holders(
    running: Sequence[QueueingInfo], inquiry: InstanceInquiry, services: Services
) -> list[Holder]:
    """Return those that use most of the CPU, named as far as the person may see them."""
    total = sum(info.cpu_usage or 0 for info in running)
    greediest = sorted(running, key=lambda info: -(info.cpu_usage or 0))[:SHOWN_HOLDERS]
    now = services.clock()
    return [_holder(info, total, now, inquiry, services) for info in greediest]


def _holder(
    info: QueueingInfo,
    total: float,
    now: datetime,
    inquiry: InstanceInquiry,
    services: Services,
) -> Holder:
    facts: dict[str, object] = {
        "share": (info.cpu_usage or 0) / total if total else None,
        "running_for": now - info.start_time if info.start_time else None,
    }
    found = recorded_ownership(info.instance_id, None, services)
    place = {
        "team_id": inquiry.team_id,
        "channel_id": inquiry.channel_id,
        "user_id": inquiry.user_id,
    }
    if not found.is_known or (found.owner and not is_visible(found.owner, **place)):
        facts["is_elsewhere"] = True
    elif isinstance(found.owner, Run):
        facts["run"] = found.owner
    else:
        facts |= {"instance_id": info.instance_id, "owner": info.owner or ""}
    return Holder(**facts)  # type: ignore[arg-type]  # made above
