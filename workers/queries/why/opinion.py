"""What MaxCompute's OpenAPI says of a job, where the rules enable it."""

from datetime import datetime

from odps_bot.diagnosis.snapshots import Snapshot, SubStatus
from odps_bot.maxcompute import SubStatus as ToldSubStatus
from odps_bot.messages.replies.why import Fact
from odps_bot.openapi import SecondOpinion
from odps_bot.services import Services
from workers.queries.second_opinion import second_opinion
from workers.queries.why.facts import Job


def opinion_on(job: Job, services: Services) -> SecondOpinion | None:
    """Return the vendor's own view of the job; None where it has none, or is not asked."""
    return job.questions.ask(
        Fact.OPINION, lambda: second_opinion(job.inquiry.project, job.instance.id, services)
    )


def told_snapshot(opinion: SecondOpinion, at: datetime) -> Snapshot:
    """Return the sub-statuses that the OpenAPI remembers of a job that has ended."""
    *earlier, last = map(_sub_status, opinion.sub_statuses)
    return Snapshot(at=at, sub_status=last, sub_status_history=tuple(earlier))


def _sub_status(told: ToldSubStatus) -> SubStatus:
    return SubStatus(code=told.code, description=told.description or "", since=told.start_time)
