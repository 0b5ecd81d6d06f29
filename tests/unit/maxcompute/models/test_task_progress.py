from datetime import UTC, datetime

import pytest

from odps_bot.maxcompute import StageProgress, TaskProgress
from odps_bot.maxcompute.models.responses import parse_progress

RECORDED = b"""<?xml version="1.0" encoding="UTF-8"?>
<Progress>
  <Stage ID="M1_Stg1_job0">
    <Status>Running</Status><BackupWorkers>0</BackupWorkers>
    <TerminatedWorkers>1</TerminatedWorkers><RunningWorkers>0</RunningWorkers>
    <TotalWorkers>1</TotalWorkers><InputRecords>500</InputRecords>
    <OutputRecords>1000</OutputRecords><FinishedPercentage>100</FinishedPercentage>
  </Stage>
  <Stage ID="R2_1_Stg1_job0">
    <Status>Running</Status><BackupWorkers>2</BackupWorkers>
    <TerminatedWorkers>3</TerminatedWorkers><RunningWorkers>5</RunningWorkers>
    <TotalWorkers>10</TotalWorkers><InputRecords>1000</InputRecords>
    <OutputRecords>0</OutputRecords><FinishedPercentage>30</FinishedPercentage>
  </Stage>
</Progress>"""

NOON = datetime(2026, 1, 1, 12, 0, 5, tzinfo=UTC)


def stage(terminated, total, **more):
    return StageProgress(
        name="M1", status="RUNNING", terminated_workers=terminated, total_workers=total, **more
    )


def test_the_line_is_that_of_the_worked_example():
    line = parse_progress(RECORDED).get_stage_progress_formatted_string(NOON)

    assert line == (
        f"{NOON.astimezone():%Y-%m-%d %H:%M:%S}"
        " M1_Stg1_job0:0/1/1[100%]\tR2_1_Stg1_job0:5/3/10(+2 backups)[30%]\t"
    )


def test_records_and_states_are_parsed():
    first, second = parse_progress(RECORDED).stages

    assert (first.input_records, first.output_records, first.status) == (500, 1000, "RUNNING")
    assert second.backup_workers == 2


def test_a_job_in_the_queue_has_only_a_date():
    line = TaskProgress(stages=()).get_stage_progress_formatted_string(NOON)

    assert line == f"{NOON.astimezone():%Y-%m-%d %H:%M:%S} "


def test_a_stage_without_numbers_counts_as_nothing():
    progress = parse_progress(b"<Progress><Stage ID='M1_Stg1'/></Progress>")

    assert progress.get_stage_progress_formatted_string(NOON).endswith(" M1_Stg1:0/0/0[0%]\t")
    assert progress.finished_percentage == 0


@pytest.mark.parametrize(
    ("stages", "percentage"),
    [
        ([], 0),
        ([stage(0, 0)], 0),
        ([stage(1, 1), stage(0, 3)], 25),
        ([stage(2, 3)], 66),
        ([stage(4, 4)], 100),
        ([stage(5, 4)], 100),
    ],
)
def test_overall_progress_counts_finished_workers(stages, percentage):
    assert TaskProgress(stages=tuple(stages)).finished_percentage == percentage
