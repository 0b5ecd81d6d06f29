"""Answer which jobs of a channel and a project are slow or queued for a known cause."""

from collections.abc import Iterator
from dataclasses import dataclass

from odps_bot.authorization import ChannelMember, effective_role
from odps_bot.diagnosis.finding import Finding
from odps_bot.diagnosis.recent_snapshots import added
from odps_bot.diagnosis.source_facts import source_facts
from odps_bot.maxcompute import QueueingInfo
from odps_bot.maxcompute_clients import Purpose
from odps_bot.messages import Message
from odps_bot.messages.replies.findings_list import FindingsPage, FoundJob, findings_list
from odps_bot.messages.replies.why import Fact
from odps_bot.policy.effective_role import Permission
from odps_bot.policy.visibility import is_visible
from odps_bot.replies.inquiries import FindingsInquiry
from odps_bot.runs import Run
from odps_bot.services import Services
from workers.polling.diagnosis_snapshot import snapshot_from
from workers.polling.ownership import UNKNOWN, read_ownership, with_age
from workers.queries.running_jobs import running_infos
from workers.queries.why.diagnosis import diagnosed
from workers.queries.why.facts import SQL
from workers.queries.why.questions import Questions

#: As many of the team's active runs are looked through.
MOST_OPEN_RUNS = 500

#: Of so many jobs that were not started here it is asked whose they are: a request each.
MOST_FOREIGN = 10


@dataclass(frozen=True, kw_only=True)
class _Foreign:
    """A job that is on record of no run."""

    info: QueueingInfo
    finding: Finding


def answer_findings(inquiry: FindingsInquiry, services: Services) -> Message:
    """Return the list: one request for the project's jobs, and one for each that is shown of them.

    Runs of other channels, and jobs of which nobody can tell whose they are, are only counted.
    """
    questions = Questions(inquiry.project)
    infos = questions.ask(Fact.JOBS, lambda: running_infos(inquiry.project, services))
    runs = services.stores.runs.open_runs(inquiry.team_id, limit=MOST_OPEN_RUNS)
    found = [run for run in runs if _has_finding(run)]
    seen = [run for run in found if _is_seen(run, inquiry)]
    jobs = [FoundJob(run=run, finding=run.finding) for run in seen if run.finding]
    hidden = sum(run.project == inquiry.project for run in found if run not in seen)
    foreign = list(_foreign(infos or [], inquiry, services))
    for one in foreign[:MOST_FOREIGN]:
        if _may_see(one.info.instance_id, inquiry, questions, services):
            jobs.append(_job(one, inquiry))
        else:
            hidden += 1
    silence = questions.unknown.get(Fact.JOBS)
    page = FindingsPage(
        project=inquiry.project,
        jobs=jobs,
        hidden=hidden + len(foreign[MOST_FOREIGN:]),
        active=None if infos is None else len(infos),
        why_unknown=str(silence) if silence else "",
        at=services.clock(),
    )
    return findings_list(page)


def _has_finding(run: Run) -> bool:
    return run.finding is not None and run.finding_over_at is None


def _is_seen(run: Run, inquiry: FindingsInquiry) -> bool:
    return is_visible(
        run, team_id=inquiry.team_id, channel_id=inquiry.channel_id, user_id=inquiry.user_id
    )


def _foreign(
    infos: list[QueueingInfo], inquiry: FindingsInquiry, services: Services
) -> Iterator[_Foreign]:
    """Yield the jobs with a finding that are no runs, by what was seen of them lately."""
    watched = services.stores.runs.watched(inquiry.project)
    others = [info for info in infos if info.instance_id not in watched]
    recent = services.stores.recent_snapshots.of_all([info.instance_id for info in others])
    now, thresholds = services.clock(), services.rules.diagnosis
    for info in others:
        snapshots = added(recent.get(info.instance_id, ()), snapshot_from(at=now, queueing=info))
        facts = source_facts("", task_type=info.task_type or SQL)
        finding = diagnosed(snapshots, facts, None, thresholds, now).finding
        if finding is not None:
            yield _Foreign(info=info, finding=finding)


def _may_see(
    instance_id: str, inquiry: FindingsInquiry, questions: Questions, services: Services
) -> bool:
    """Return whether the person may see a job that is no run, as `/odps status` of it says."""
    client = services.maxcompute.of(inquiry.project, Purpose.QUERY)
    instance = client.get_instance(instance_id, project=inquiry.project)
    read = questions.ask(Fact.OWNER, lambda: read_ownership(instance, services, Purpose.QUERY))
    found = with_age(read or UNKNOWN, instance_id, services)
    if found.owner is not None:
        return is_visible(
            found.owner,
            team_id=inquiry.team_id,
            channel_id=inquiry.channel_id,
            user_id=inquiry.user_id,
        )
    if found.is_known:
        return True
    member = ChannelMember(
        user_id=inquiry.user_id,
        channel_id=inquiry.channel_id,
        is_external=inquiry.is_external,
        is_membership_unknown=inquiry.is_membership_unknown,
    )
    role = effective_role(member, services)
    return role.allows(Permission.SEE_UNATTRIBUTED, project=inquiry.project)


def _job(found: _Foreign, inquiry: FindingsInquiry) -> FoundJob:
    return FoundJob(
        finding=found.finding,
        project=inquiry.project,
        instance_id=found.info.instance_id,
        owner=found.info.owner or "",
    )
