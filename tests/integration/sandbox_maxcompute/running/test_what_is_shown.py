"""What a running instance shows, as MaxCompute would: phases, workers, logs, quota, summary."""

import json
import re
from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from odps import errors

TASK = "AnonymousSQLTask"
#: What differs between two requests, however quickly one follows the other.
GROWING = {"instanceProgress", "totalCpuUsage", "totalMemUsage"}


@pytest.fixture
def running(submit, clock, eventually):
    """An instance that runs for a thousand seconds, once its first stage runs."""
    instance = submit(queue=10, duration=1_000)
    clock.turn(11)
    eventually(lambda: instance.get_task_progress(TASK).stages)
    return instance


def stages_of(instance):
    return {s.name.split("_job_")[0]: s for s in instance.get_task_progress(TASK).stages}


def test_a_queued_instance_passes_the_phases_of_real_ones(submit, ask, clock):
    instance = submit(life="wait_quota")
    first = ask(instance, "cached")
    clock.turn(60)
    later = ask(instance, "cached")

    assert (first["subStatus"]["code"], first["subStatus"]["description"]) == (
        1010,
        "Waiting for scheduling",
    )
    assert (later["subStatus"]["code"], later["subStatus"]["description"]) == (
        1041,
        "Offline Job Waiting for running",
    )
    assert [one["code"] for one in later["subStatusHistory"]] == [1010, 1210, 1230, 1240, 1250]


def test_the_times_of_phases_are_texts_with_a_zone(submit, ask, clock):
    instance = submit(life="wait_quota")
    clock.turn(60)
    info = ask(instance, "cached")
    phases = [*info["subStatusHistory"], info["subStatus"]]
    times = [datetime.strptime(one["start_time"], "%Y-%m-%d %H:%M:%S.%f %z") for one in phases]

    assert all(
        re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} \+0800", one["start_time"])
        for one in phases
    )
    assert times == sorted(times)
    assert timedelta(0) <= clock.now - times[0] - timedelta(seconds=60) < timedelta(seconds=5)


def test_a_place_in_the_queue_is_told_only_by_the_scheduler(submit, ask, clock, eventually):
    instance = submit(life="wait_quota")
    compiling = ask(instance, "cached")
    clock.turn(60)
    queued = ask(instance, "cached")
    clock.turn(390)
    eventually(lambda: ask(instance, "cached")["subStatus"]["code"] == 1042)
    runs = ask(instance, "cached")

    assert not {"waitPos", "queueLength"} & compiling.keys()
    assert queued["waitPos"] >= 1
    assert queued["queueLength"] >= queued["waitPos"]
    assert runs["waitPos"] == 0


def test_the_list_of_a_project_says_the_same_as_the_instance(odps, running, ask):
    listed = odps.rest.get(
        odps.get_project().resource() + "/cachedinstances", params={"status": "Running"}
    )
    content = json.loads(ET.fromstring(listed.text).findtext("Content"))

    listed, single = (
        {name: value for name, value in info.items() if name not in GROWING}
        for info in (
            next(one for one in content if one["instanceId"] == running.id),
            ask(running, "cached"),
        )
    )
    assert listed == single


def test_processor_time_adds_up(running, ask, clock):
    samples = []
    for _ in range(4):
        clock.turn(50)
        samples.append(ask(running, "cached")["totalCpuUsage"])

    assert samples == sorted(set(samples))
    assert samples[0] > 100 * 50


def test_a_stuck_instance_uses_no_processor_time(submit, ask, clock, eventually):
    instance = submit(stuck="true")
    clock.turn(60)
    eventually(lambda: ask(instance, "cached")["subStatus"]["code"] == 1042)
    clock.turn(60)
    before = ask(instance, "cached")["totalCpuUsage"]
    clock.turn(600)

    assert ask(instance, "cached")["totalCpuUsage"] == before > 0


def test_an_instance_that_has_ended_has_nothing_left_in_the_queue(odps, ask, clock):
    ended = odps.run_sql("select 1 as ended", hints={"sandbox.duration": "0"})
    clock.turn(5)
    ended.wait_for_success()

    assert ask(ended, "cached") == {}


def test_workers_have_ids_of_three_parts_and_numbers_of_their_own(running, clock):
    clock.turn(200)
    workers = [w for w in running.get_task_workers(TASK) if w.type == "M1"]
    stage = stages_of(running)["M1"]

    assert len(workers) == stage.total_workers > 3
    for number, worker in enumerate(workers):
        start, job, last = worker.id.split("/")
        assert (start, last) == ("Odps", f"M1#{number}_0")
        assert job == f"sandbox_{running.id}_SQL_0_0_0_job_0"
    assert {w.status for w in workers} == {"Running", "Terminated"}
    assert sum(w.status == "Terminated" for w in workers) == stage.terminated_workers
    assert 0 < sum(w.input_records for w in workers) <= stage.input_records
    assert all(w.input_bytes >= w.input_records for w in workers)
    assert all((w.end_time >= w.start_time) is (w.status == "Terminated") for w in workers)


def test_workers_that_have_not_begun_are_ready(running):
    waiting = [w for w in running.get_task_workers(TASK) if w.type == "R2_1"]

    assert {(w.status, w.start_time or 0, w.end_time or 0) for w in waiting} == {("Ready", 0, 0)}
    assert stages_of(running)["R2_1"].running_workers == 0


def test_an_instance_that_waits_has_no_jobs_yet(submit, ask):
    instance = submit(queue=100)

    assert not ask(instance, "detail", taskname=TASK)["mapReduce"].get("jobs")
    assert instance.get_task_workers(TASK) == []


def test_the_older_details_are_empty_until_the_end(running, ask):
    assert not ask(running, "instancedetail", taskname=TASK)
    assert running.get_task_detail(TASK)["mapReduce"]["jobs"]


def test_progress_counts_workers_that_run_besides(odps, running):
    xml = odps.rest.get(running.resource(), params={"instanceprogress": TASK}).text

    assert "<BackupWorkers>0</BackupWorkers>" in xml


def test_a_worker_logs_what_it_reads_and_its_log_is_cut_in_front(running, clock):
    clock.turn(200)
    worker = running.get_task_workers(TASK)[0]

    assert re.search(r"Read from 0 num:\d+ size:\d+", worker.get_log("stdout"))
    cut = worker.get_log("stdout", size=40)
    assert len(cut) == 40
    assert re.search(r"num:\d+ size:\d+\n\Z", cut)
    with pytest.raises(errors.NoSuchObject):
        running.get_worker_log("bm90aGluZw", "stdout")


def test_a_quota_is_told_once_in_half_a_minute(running, ask, clock):
    clock.turn(100)
    group = json.loads(ask(running, "instancequota", taskname=TASK)["quotaInfos"]["job0"])
    again = ask(running, "instancequota", taskname=TASK)
    clock.turn(30)

    assert group.keys() == {
        *("AmWaitingResInfo", "GroupAlias", "GroupId", "GroupMaxQuota"),
        *("GroupRequest", "RuntimeQuota", "UsedQuota"),
    }
    assert group["GroupMaxQuota"]["CPU"] >= group["RuntimeQuota"]["CPU"]
    assert group["RuntimeQuota"]["CPU"] >= group["UsedQuota"]["CPU"] > 0
    assert again == {}
    assert ask(running, "instancequota", taskname=TASK) != {}


def test_the_quota_of_one_instance_does_not_use_up_another_ones(submit, ask, clock, eventually):
    instances = [submit(f"select {n} as quota", duration=100) for n in range(2)]
    clock.turn(5)

    for instance in instances:
        eventually(lambda one=instance: one.get_task_progress(TASK).stages)
        assert ask(instance, "instancequota", taskname=TASK)["quotaInfos"]


def test_a_summary_comes_at_the_end_with_stages_and_what_each_worker_read(odps, ask, clock):
    instance = odps.run_sql("select name, count(*) from pyodps_iris group by name")
    clock.turn(30)
    instance.wait_for_success()
    summary = instance.get_task_summary(TASK, with_finalized=True)
    scan, reduce = summary["Stages"].values()

    assert summary.finalized is True
    assert list(summary["Stages"]) == [
        f"{name}_sandbox_{instance.id}_SQL_0_0_0_job_0" for name in ("M1", "R2_1")
    ]
    assert scan["WorkerCount"] == 1
    assert scan["InputRecordCounts"] == {"TableScan1": 150}
    assert scan["InputRecordCountStats"] == {"TableScan1": [150, 150, 150]}
    assert scan["OutputRecordCounts"] == {"StreamLineWrite1": {"StreamLineWrite1": 150}}
    assert reduce["InputRecordCounts"] == {"StreamLineRead1": 150}
    assert reduce["OutputRecordCounts"] == {"AdhocSink1": {"AdhocSink1": 3}}
    assert re.search(
        r"resource cost: cpu [\d.]+ Core \* Min, memory [\d.]+ GB \* Min", summary.summary_text
    )
    assert ask(instance, "summary", taskname=TASK)["mapReduce"]["summary"] == summary.summary_text


def test_a_summary_of_a_running_instance_is_empty_and_not_final(running):
    summary = running.get_task_summary(TASK, with_finalized=True)

    assert not summary
    assert summary.finalized is False


def test_a_merge_executes_without_stages(odps, ask, clock, eventually):
    body = (
        "<Instance><Job><Priority>9</Priority><Tasks><MERGE><Name>m</Name><Config><Property>"
        '<Name>settings</Name><Value>{"sandbox.duration": "50"}</Value></Property></Config>'
        "<TableName>sandbox.customers</TableName></MERGE></Tasks></Job></Instance>"
    )
    url = f"{odps.endpoint}/projects/sandbox/instances"
    response = odps.rest.post(url, body, headers={"Content-Type": "application/xml"})
    merge = odps.get_instance(response.headers["Location"].rpartition("/")[2])
    clock.turn(5)
    eventually(lambda: ask(merge, "cached")["subStatus"]["code"] == 1032)

    assert ask(merge, "cached")["subStatus"]["description"] == "Task is executing"
    merge.stop()
