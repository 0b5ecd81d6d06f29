"""Answer why a job is slow or queued: MaxCompute is asked now, beside what was seen before."""

from functools import partial

from odps_bot.diagnosis.phases import PhaseKind
from odps_bot.maxcompute_clients import Purpose
from odps_bot.messages import Message
from odps_bot.messages.replies.why import Explanation, Fact, explanation
from odps_bot.replies.inquiries import InstanceInquiry
from odps_bot.services import Services
from workers.polling.instance_snapshot import task_statuses_of
from workers.queries.ends import end_of
from workers.queries.why.ended import ended_facts
from workers.queries.why.facts import Facts, Job
from workers.queries.why.questions import Questions
from workers.queries.why.running import running_facts

#: What is called running otherwise.
_STATES = {
    PhaseKind.COMPILING: "compiling",
    PhaseKind.PLANNING: "compiling",
    PhaseKind.FINISHING: "finishing",
}


def answer_why(inquiry: InstanceInquiry, services: Services) -> list[Message]:
    """Return the answer in its forms: a handful of requests, each with a deadline, all optional.

    Raises MaxComputeError where the status of an instance of no run is refused.
    """
    run = services.stores.runs.find(inquiry.team_id, inquiry.instance_id)
    client = services.maxcompute.of(inquiry.project, Purpose.QUERY)
    instance = client.get_instance(inquiry.instance_id, project=inquiry.project)
    questions = Questions(instance.id)
    ask_status = partial(task_statuses_of, instance)
    # Of a run enough is on record to answer something.
    statuses = questions.ask(Fact.STATUS, ask_status) if run else ask_status()
    job = Job(
        inquiry=inquiry,
        run=run,
        instance=instance,
        statuses=statuses,
        now=services.clock(),
        questions=questions,
    )
    facts = (ended_facts if job.is_over else running_facts)(job, services)
    return explanation(_explained(job, facts))


def _explained(job: Job, facts: Facts) -> Explanation:
    is_over = job.is_over
    # The scheduler's own time goes before that of the instance's first line.
    begins = [job.began_at, *(phase.began for phase in facts.phases[:1])]
    began = min((at for at in begins if at is not None), default=None)
    until = (job.ended_at if is_over else job.now) or job.now
    return Explanation(
        project=job.inquiry.project,
        instance_id=job.instance.id,
        run=job.run,
        owner=facts.owner,
        state=_state_word(job, facts),
        is_over=is_over,
        is_queued=facts.queue is not None,
        took=until - began if began else None,
        phases=facts.phases,
        finding=facts.finding,
        hints=facts.hints,
        usual=facts.usual,
        queue=facts.queue,
        scenes=facts.opinion.scenes if facts.opinion else (),
        cpu_ratio=facts.opinion.cpu_usage_to_request_ratio if facts.opinion else None,
        unknown=job.questions.unknown,
        at=job.now,
    )


def _state_word(job: Job, facts: Facts) -> str:
    """Return in a word how the job is doing, or how it ended."""
    if not job.is_over:
        phase = facts.phases[-1].kind if facts.phases else PhaseKind.RUNNING
        return "queued" if facts.queue is not None else _STATES.get(phase, "running")
    return end_of(job.statuses)
