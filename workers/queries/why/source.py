"""What a job runs: by our record of it, or as MaxCompute tells."""

from dataclasses import dataclass

from odps_bot.diagnosis.source_facts import SourceFacts, source_facts
from odps_bot.messages.replies.why import Fact
from odps_bot.messages.run.buttons import is_sql_known
from odps_bot.runs.origin import origin_of
from workers.queries.why.facts import SQL, Job


@dataclass(frozen=True, kw_only=True)
class Source:
    """A statement and what follows from it; empty where nobody tells it."""

    sql: str
    node_id: str  #: of the DataWorks node that it belongs to
    facts: SourceFacts


def source_of(job: Job) -> Source:
    """Return what the job runs; a request, unless its statement is on record."""
    run, task_type = job.run, job.task.type if job.task and job.task.type else SQL
    if run is not None and is_sql_known(run):
        facts = source_facts(run.sql, run.hints, task_type=task_type)
        node_id = run.origin.node_id if run.origin else ""
        return Source(sql=run.sql, node_id=node_id, facts=facts)
    found = job.questions.ask(Fact.SOURCE, job.instance.get_source)
    tasks = found.tasks if found else ()
    sql = ";\n".join(task.query for task in tasks if task.query)
    settings = {name: value for task in tasks for name, value in task.settings.items()}
    origin = origin_of([task.name for task in tasks], settings)
    return Source(
        sql=sql,
        node_id=origin.node_id if origin else "",
        facts=source_facts(sql, settings, task_type=task_type),
    )
