"""What MaxCompute shows of a job one of whose workers has most of the data. Pure.

Forty-nine of fifty workers of `J2_1` end after forty seconds, with two million records each; the
last one reads on. It has three times as many as the mean eighty seconds after the others ended.
"""

import json

#: How long the others have run when the last one is left alone.
OTHERS_S = 40
RECORDS_PER_S = 50_000
WORKERS = 50

#: So long after that the rule for skew says so at the earliest.
RULE_S = 80

#: What the scheduler says of a job that runs.
RUNS = (
    ',"subStatus":{"code":1042,"description":"Offline Job is running",'
    '"start_time":"2026-01-01 08:00:31.717364 +0800"}'
)

_OTHERS = RECORDS_PER_S * OTHERS_S


def skewed_stages(left_alone_s: float) -> str:
    """Return the response to `?instanceprogress`."""
    read = _OTHERS * WORKERS + int(RECORDS_PER_S * left_alone_s)
    total = _OTHERS * WORKERS + RECORDS_PER_S * 3_600
    stages = (
        _stage("M1_job_0", workers=40, ended=40, read=total, written=total),
        _stage("J2_1_job_0", workers=WORKERS, ended=WORKERS - 1, read=read, written=0),
    )
    return f"<?xml version='1.0'?><Progress>{''.join(stages)}</Progress>"


def _stage(name: str, *, workers: int, ended: int, read: int, written: int) -> str:
    status = "Running" if ended < workers else "Terminated"
    return (
        f'<Stage ID="{name}"><Status>{status}</Status><BackupWorkers>0</BackupWorkers>'
        f"<TerminatedWorkers>{ended}</TerminatedWorkers>"
        f"<RunningWorkers>{workers - ended}</RunningWorkers><TotalWorkers>{workers}</TotalWorkers>"
        f"<InputRecords>{read}</InputRecords><OutputRecords>{written}</OutputRecords>"
        "<FinishedPercentage>98</FinishedPercentage></Stage>"
    )


def skewed_workers(now_s: float, left_alone_s: float) -> str:
    """Return the response to `?detail`; of one that is well, the last worker is like the others."""
    began = int(now_s - left_alone_s - OTHERS_S)
    workers = [
        {
            "id": f"Odps/bench/J2_1#{number}_0",
            "logId": f"log{number}",
            "status": "Terminated",
            "startTime": began,
            "endTime": began + OTHERS_S,
            "input_records": _OTHERS,
            "input_bytes": 100 * _OTHERS,
        }
        for number in range(WORKERS - 1)
    ]
    read = _OTHERS + int(RECORDS_PER_S * left_alone_s)
    last = {
        "id": f"Odps/bench/J2_1#{WORKERS - 1}_0",
        "logId": "last",
        "status": "Running",
        "startTime": began,
        "endTime": 0,
        "input_records": read,
        "input_bytes": 100 * read,
    }
    tasks = [{"name": "J2_1", "instances": [*workers, last]}]
    return json.dumps({"mapReduce": {"jobs": [{"name": "bench_job_0", "tasks": tasks}]}})
