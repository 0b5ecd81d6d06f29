"""What the simulated MaxCompute shows of long instances: some wait, some are skewed. Pure."""

import json
import zlib
from enum import Enum, auto
from typing import Any

#: Instances that run so long are sick.
SICK_FROM_S = 60

#: One that waits does so for this part of its time.
WAITS_S = 72

#: When the other workers of a stage have ended, and what they have read.
OTHERS_END_S = 15
RECORDS_PER_S = 200_000
WORKERS = 20

QUOTA = json.dumps(
    {
        "quotaInfos": {
            "job0": json.dumps(
                {
                    "GroupAlias": "etl",
                    "GroupMaxQuota": {"CPU": 67_200},
                    "GroupRequest": {"CPU": 190_000},
                    "RuntimeQuota": {"CPU": 64_000},
                    "UsedQuota": {"CPU": 64_000},
                }
            )
        }
    }
)


class Sickness(Enum):
    """What holds an instance up."""

    WAITS = auto()
    SKEWED = auto()


def sickness_of(instance_id: str, *, lasts_s: float) -> Sickness | None:
    """Return what the instance has, for good."""
    if lasts_s < SICK_FROM_S:
        return None
    return list(Sickness)[zlib.crc32(instance_id.encode()) % len(Sickness)]


def queueing(sickness: Sickness | None, age_s: float, began_s: int) -> dict[str, Any]:
    """Return what the scheduler says besides."""
    if sickness is None:
        return {}
    is_waiting = sickness is Sickness.WAITS and age_s < WAITS_S
    code = 1041 if is_waiting else 1042
    told = {
        "code": code,
        "description": f"Offline Job {'Waiting for running' if is_waiting else 'is running'}",
        "start_time": began_s if is_waiting or sickness is Sickness.SKEWED else began_s + WAITS_S,
    }
    return {"subStatus": told, "waitPos": 3 if is_waiting else 0, "queueLength": 9}


def stages(sickness: Sickness, age_s: float) -> str:
    """Return the response to `?instanceprogress`."""
    if sickness is Sickness.WAITS and age_s < WAITS_S:
        return "<Progress/>"
    ended = WORKERS - 1 if age_s >= OTHERS_END_S else 0
    read = int(RECORDS_PER_S * (age_s + (WORKERS - 1) * min(age_s, OTHERS_END_S)))
    return (
        '<Progress><Stage ID="M1"><Status>TERMINATED</Status><TotalWorkers>4</TotalWorkers>'
        "<TerminatedWorkers>4</TerminatedWorkers><RunningWorkers>0</RunningWorkers>"
        f"<OutputRecords>{10**10}</OutputRecords><FinishedPercentage>100</FinishedPercentage>"
        f'</Stage><Stage ID="J2_1"><Status>RUNNING</Status><TotalWorkers>{WORKERS}</TotalWorkers>'
        f"<TerminatedWorkers>{ended}</TerminatedWorkers>"
        f"<RunningWorkers>{WORKERS - ended}</RunningWorkers><InputRecords>{read}</InputRecords>"
        "<FinishedPercentage>50</FinishedPercentage></Stage></Progress>"
    )


def workers(instance_id: str, age_s: float, *, now_s: int) -> str:
    """Return the response to `?detail`."""
    began = int(now_s - age_s)
    is_tail = age_s >= OTHERS_END_S
    found = [
        {
            "id": f"Odps/{instance_id}/J2_1#{number}_0",
            "logId": f"log{number}",
            "status": "Terminated" if is_tail and number else "Running",
            "startTime": began,
            "endTime": began + OTHERS_END_S if is_tail and number else 0,
            "input_records": int(RECORDS_PER_S * (min(age_s, OTHERS_END_S) if number else age_s)),
        }
        for number in range(WORKERS)
    ]
    tasks = [{"name": "J2_1", "instances": found}]
    return json.dumps({"mapReduce": {"jobs": [{"name": "job_0", "tasks": tasks}]}})
