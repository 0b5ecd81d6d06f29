"""The lives of the sandbox as a worker sees them: through the client's own reading."""

from datetime import UTC, datetime, timedelta

import msgspec

from odps_bot.config.thresholds import Thresholds
from odps_bot.diagnosis.diagnose import diagnose
from odps_bot.diagnosis.snapshots import Quota, Snapshot, Stage, SubStatus
from odps_bot.diagnosis.source_facts import source_facts
from odps_bot.history.baseline import Baseline, Spread
from odps_bot.maxcompute import StageProgress, TaskProgress
from odps_bot.maxcompute.models.stage_workers import parse_stage_workers
from odps_bot.sandbox.maxcompute.lives.catalog import LIVES
from odps_bot.sandbox.maxcompute.lives.life import Life
from workers.polling.diagnosis_snapshot import snapshot_from

SUBMITTED = datetime(2026, 1, 1, tzinfo=UTC)

#: How often a poll comes, and how long its snapshot is kept.
STEP_S = 5
MEMORY_S = 900


def at(seconds):
    """Return the instant so many seconds after the submission."""
    return SUBMITTED + timedelta(seconds=seconds)


class Seen:
    """A life, what its source says, and what is usual for it."""

    def __init__(self, name, *, tells_records=True, thresholds=None):
        plan = LIVES[name].plan()
        self.life = Life(plan)
        self.source = source_facts(plan.sql)
        self.thresholds = thresholds or Thresholds()
        self.baseline = None
        self._tells_records = tells_records
        if usual := plan.usual_input_records:
            spread = Spread(count=20, low=0.9 * usual, median=usual, high=1.1 * usual)
            self.baseline = Baseline(input_records=spread)

    def snapshot(self, seconds, *, with_workers=True, with_codes=True):
        """Return what it looks like in that second."""
        moment = self.life.at(seconds)
        seen = snapshot_from(
            at=at(seconds),
            progress=TaskProgress(
                stages=tuple(
                    StageProgress(
                        name=f"{stage.name}_job_0",
                        status=stage.status,
                        total_workers=stage.total,
                        running_workers=stage.running,
                        terminated_workers=stage.ended,
                        backup_workers=stage.backups,
                        input_records=stage.input_records,
                        output_records=stage.output_records,
                        finished_percentage=stage.percentage,
                    )
                    for stage in moment.stages
                )
            ),
            workers=self._workers(seconds) if with_workers else None,
        )
        group = moment.group
        statuses = [
            SubStatus(code=one.code, description=one.description, since=at(one.since_s))
            for one in (*moment.history, moment.sub_status)
        ]
        return msgspec.structs.replace(
            seen,
            sub_status=statuses[-1] if with_codes else None,
            sub_status_history=tuple(statuses[:-1]) if with_codes else (),
            queue_position=moment.queue_position,
            queue_length=moment.queue_length,
            total_cpu=moment.total_cpu,
            quota=Quota(
                name=group.name,
                max_cpu=group.max_cpu,
                requested_cpu=group.requested_cpu,
                usable_cpu=group.usable_cpu,
                used_cpu=group.used_cpu,
            ),
        )

    def _workers(self, seconds):
        stages = [
            {"name": stage.plan.name, "instances": self._listed(stage.plan.name, seconds)}
            for stage in self.life.stages
        ]
        body = msgspec.json.encode({"mapReduce": {"jobs": [{"tasks": stages}]}})
        return parse_stage_workers(body, now=at(seconds))

    def _listed(self, stage, seconds):
        return [
            {
                "id": f"Odps/j/{stage}#{one.index}_{one.attempt}",
                "logId": one.log_id,
                "status": one.status,
                "startTime": at(one.starts_s).timestamp() if one.starts_s is not None else 0,
                "endTime": at(one.ends_s).timestamp() if one.ends_s is not None else 0,
                **(
                    {"input_records": one.input_records, "input_bytes": one.input_bytes}
                    if self._tells_records
                    else {}
                ),
            }
            for one in self.life.workers(stage, seconds)
        ]

    def diagnoses(self, *, until=None, step=STEP_S, missing=(), workers_every=STEP_S):
        """Yield each second of a poll with the diagnosis."""
        kept = []
        end = min(self.life.ends_s, until or 1_200)
        for seconds in range(0, int(end), step):
            if seconds in missing:
                continue
            new = self.snapshot(seconds, with_workers=seconds % workers_every == 0)
            kept = [one for one in kept if one.at >= at(seconds - MEMORY_S)] + [new]
            yield seconds, self.diagnose(kept)

    def diagnose(self, snapshots):
        """Return the diagnosis at the newest snapshot."""
        now = snapshots[-1].at
        return diagnose(snapshots, self.source, self.baseline, self.thresholds, now)

    def first(self, **how):
        """Return the second of the first finding, and the finding."""
        found = ((t, one.finding) for t, one in self.diagnoses(**how) if one.finding)
        return next(found, (None, None))


def stage(name="R2_1", **numbers):
    """Return a stage."""
    return Stage(name=name, **numbers)


def snapshots(*stages_of_each, step=10, code=1042, **same):
    """Return snapshots that are so far apart, each with its stages."""
    return [
        Snapshot(at=at(n * step), sub_status=SubStatus(code=code), stages=tuple(stages), **same)
        for n, stages in enumerate(stages_of_each)
    ]
