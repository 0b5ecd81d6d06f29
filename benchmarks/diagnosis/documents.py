"""What MaxCompute would send at a second of a life: bytes for the client's own parsers. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import quoteattr

import msgspec

from odps_bot.sandbox.maxcompute.lives.life import Life
from odps_bot.sandbox.maxcompute.lives.moment import Moment, SubStatus

SUBMITTED = datetime(2026, 11, 30, 8, tzinfo=UTC)
_SUBMITTED_S = int(SUBMITTED.timestamp())
_ID = "20261130080000123gabcdefgh2"
_JOB = f"ads_{_ID}_SQL_0_0_0_job_0"


def instant(seconds: float) -> datetime:
    """Return the time of a second of a life."""
    return SUBMITTED + timedelta(seconds=seconds)


def cached(moment: Moment) -> bytes:
    """Return the response to `?cached`."""
    if moment.is_ended:
        return b"{}"
    info: dict[str, object] = {
        "instanceId": _ID,
        "projectName": "ads",
        "taskType": "SQL",
        "taskName": "AnonymousSQLTask",
        "status": "Running",
        "startTime": "2026-11-30 08:00:00 +0000",
        "cpuUsage": moment.cpu,
        "totalCpuUsage": moment.total_cpu,
        "subStatus": _sub_status(moment.sub_status),
        "subStatusHistory": [_sub_status(one) for one in moment.history],
    }
    if moment.queue_position is not None:
        info["waitPos"] = moment.queue_position
        info["queueLength"] = moment.queue_length
    return msgspec.json.encode(info)


def _sub_status(one: SubStatus) -> dict[str, object]:
    since = f"{instant(one.since_s):%Y-%m-%d %H:%M:%S.%f +0000}"
    return {"code": one.code, "description": one.description, "start_time": since}


def progress(moment: Moment) -> bytes:
    """Return the response to `?instanceprogress`."""
    stages = [
        f"<Stage ID={quoteattr(f'{stage.name}_job_0')}><Status>{stage.status}</Status>"
        f"<BackupWorkers>{stage.backups}</BackupWorkers>"
        f"<TerminatedWorkers>{stage.ended}</TerminatedWorkers>"
        f"<RunningWorkers>{stage.running}</RunningWorkers>"
        f"<TotalWorkers>{stage.total}</TotalWorkers>"
        f"<InputRecords>{stage.input_records}</InputRecords>"
        f"<OutputRecords>{stage.output_records}</OutputRecords>"
        f"<FinishedPercentage>{stage.percentage}</FinishedPercentage></Stage>"
        for stage in moment.stages
    ]
    return f"<Progress>{''.join(stages)}</Progress>".encode()


def detail(life: Life, seconds: float, *, tells_records: bool = True) -> bytes:
    """Return the response to `?detail`."""
    tasks = [
        {
            "name": stage.plan.name,
            "instances": list(
                _workers(life, stage.plan.name, seconds, tells_records=tells_records)
            ),
        }
        for stage in life.stages
    ]
    jobs = [{"name": _JOB, "tasks": tasks}]
    return msgspec.json.encode({"mapReduce": {"jobs": jobs, "jsonSummary": "{}"}})


def _workers(
    life: Life, stage: str, seconds: float, *, tells_records: bool
) -> Iterator[dict[str, object]]:
    head = f"Odps/{_JOB}/{stage}#"
    for worker in life.workers(stage, seconds):
        fields: dict[str, object] = {
            "id": f"{head}{worker.index}_{worker.attempt}",
            "logId": worker.log_id,
            "status": worker.status,
            "startTime": 0 if worker.starts_s is None else _SUBMITTED_S + int(worker.starts_s),
            "endTime": 0 if worker.ends_s is None else _SUBMITTED_S + int(worker.ends_s),
        }
        if tells_records:
            fields["input_records"] = worker.input_records
            fields["input_bytes"] = worker.input_bytes
            fields["output_records"] = worker.output_records
            fields["output_bytes"] = worker.output_bytes
        yield fields
