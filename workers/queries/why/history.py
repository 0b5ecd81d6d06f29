"""What is usual for a job's statement, by its earlier successes."""

from odps_bot.history.past_run import statement_of
from odps_bot.history.usual import Usual, usual_of
from odps_bot.messages.replies.why import Fact, Silence
from odps_bot.services import Services
from workers.queries.why.facts import Job
from workers.queries.why.source import Source


def usual_of_job(job: Job, source: Source, services: Services) -> Usual | None:
    """Return what is usual for the job; None where nobody tells its statement."""
    statement = statement_of(source.sql, node_id=source.node_id)
    if not statement:
        return None
    past = services.stores.history.runs(job.inquiry.project, statement, now=job.now)
    others = [one for one in past if one.instance_id != job.instance.id]
    if not others:
        job.questions.note(Fact.HISTORY, Silence.NEVER_SUCCEEDED)
    return usual_of(others, at=job.began_at or job.now)
