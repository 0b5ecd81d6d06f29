"""What stands out among the workers of a stage, whatever their service leaves out or writes."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odps_bot.maxcompute import MalformedResponseError
from odps_bot.maxcompute.models.stage_workers import parse_stage_workers
from odps_bot.maxcompute.models.workers import find_workers, place_of

JOB = "p_20260101000000123gabcdefgh2_SQL_0_0_0_job_0"
START = 1_767_225_670
NOW = datetime.fromtimestamp(START + 120, UTC)


def entry(index, *, stage="J2_1", attempt=0, status="Terminated", took=40, **fields):
    """Return a worker as `?detail` writes it; fields that are None are left out."""
    fields = {
        "id": f"Odps/{JOB}/{stage}#{index}_{attempt}",
        "logId": f"log-{index}-{attempt}",
        "status": status,
        "startTime": START,
        "endTime": START + took if status == "Terminated" else 0,
        "input_records": 2_000_000,
        "input_bytes": 200_000_000,
        "gblCounter": "",
    } | fields
    return {name: value for name, value in fields.items() if value is not None}


def detail(entries, *, name="J2_1"):
    jobs = [{"name": JOB, "tasks": [{"name": name, "instances": entries}]}]
    return json.dumps({"mapReduce": {"jobs": jobs, "jsonSummary": "{}"}}).encode()


def stage_of(*entries):
    (stage,) = parse_stage_workers(detail(list(entries)), now=NOW)
    return stage


def test_the_worker_with_most_of_the_data_stands_out():
    hot = entry(49, status="Running", input_records=6_000_000)
    stage = stage_of(*map(entry, range(49)), hot)

    assert (stage.stage, stage.ended, stage.running) == ("J2_1", 49, 1)
    assert (stage.ended_mean_s, stage.ended_mean_input_bytes) == (40, 200_000_000)
    assert stage.mean_input_records == 2_080_000
    assert (stage.max_input_records, stage.mean_input_records_without_oldest) == (
        6_000_000,
        2_000_000,
    )
    assert stage.oldest == stage.heaviest
    assert (stage.oldest.index, stage.oldest.attempt, stage.oldest.log_id) == (49, 0, "log-49-0")
    assert stage.age_s(stage.oldest) == stage.youngest_age_s == stage.running_s == 120
    assert stage.running_input_records == 6_000_000
    assert (stage.reruns, stage.rerun_workers, stage.most_rerun) == (0, 0, None)


def test_of_workers_that_began_together_the_one_with_the_most_records_is_the_oldest():
    records = [1_000_000, 7_000_000, 2_000_000]
    running = [entry(n, status="Running", input_records=r) for n, r in enumerate(records)]

    assert stage_of(*running).oldest.index == 1


def test_workers_that_have_not_begun_count_nowhere():
    ready = entry(2, status="Ready", startTime=0, input_records=0, input_bytes=0)
    stage = stage_of(entry(0), entry(1, status="Running"), ready)

    assert (stage.ended, stage.running) == (1, 1)
    assert stage.mean_input_records == 2_000_000


@pytest.mark.parametrize("name", ["input_records", "input_bytes"])
def test_records_that_nobody_tells_are_unknown_not_none_at_all(name):
    entries = [entry(0, **{name: None}), entry(1, status="Running", **{name: None})]
    stage = stage_of(*entries)

    found = {
        "input_records": (stage.mean_input_records, stage.max_input_records, stage.heaviest),
        "input_bytes": (stage.ended_mean_input_bytes,),
    }
    assert set(found[name]) == {None}
    assert stage.running_input_records == (None if name == "input_records" else 2_000_000)
    assert (stage.ended_mean_s, stage.age_s(stage.oldest)) == (40, 120)


@pytest.mark.parametrize("end", [0, None, "0", "", "-"])
def test_a_running_worker_has_no_end(end):
    stage = stage_of(entry(0, status="Running", endTime=end))

    assert stage.oldest.end_time is None
    assert stage.age_s(stage.oldest) == 120


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (START, START + 40),
        (START * 1000, (START + 40) * 1000),
        (str(START), str(START + 40)),
        ("2026-01-01 08:01:10.000 +0800", "2026-01-01 08:01:50 +0800"),
        ("2026-01-01T00:01:10Z", "Thu, 01 Jan 2026 00:01:50 GMT"),
    ],
)
def test_times_are_read_however_they_are_written(start, end):
    stage = stage_of(entry(0), entry(1, startTime=start, endTime=end))

    assert stage.ended_mean_s == 40


def test_an_end_before_the_start_is_no_negative_duration():
    assert stage_of(entry(0), entry(1, took=-20)).ended_mean_s == 20


@pytest.mark.parametrize(
    ("worker_id", "place"),
    [
        (f"Odps/{JOB}/R2_1#49_1", (49, 1)),
        ("Odps/p_2026_R2_1#49_1", (49, 1)),
        ("R2_1#49", (49, 0)),
        ("#0_0", (0, 0)),
        ("R2_1", (None, 0)),
        ("", (None, 0)),
        ("R2_1#x_1", (None, 0)),
        ("R2_1#" + "9" * 5_000, (None, 0)),
    ],
)
def test_the_end_of_an_id_tells_worker_and_attempt(worker_id, place):
    assert place_of(worker_id) == place


def test_a_worker_whose_id_tells_nothing_is_known_by_its_place_in_the_list():
    stage = stage_of(entry(0, id="w0"), entry(1, id=None, status="Running"))

    assert (stage.oldest.index, stage.oldest.attempt) == (1, 0)


def test_a_worker_that_was_started_anew_counts_once():
    attempts = [entry(20, attempt=n, status="Failed", endTime=START + 60) for n in range(2)]
    stage = stage_of(entry(0), *attempts, entry(20, attempt=2, status="Running", startTime=0))

    assert (stage.ended, stage.running) == (1, 1)
    assert (stage.reruns, stage.rerun_workers) == (2, 1)
    assert (stage.most_rerun.index, stage.most_rerun.attempt) == (20, 2)


def test_restarts_are_known_where_earlier_attempts_are_no_longer_listed():
    stage = stage_of(entry(0), entry(20, attempt=3, status="Running"), entry(21, attempt=1))

    assert (stage.ended, stage.running, stage.reruns, stage.rerun_workers) == (2, 1, 4, 2)
    assert stage.most_rerun.index == 20


def test_a_backup_is_no_restart_and_counts_nowhere():
    backup = entry(49, attempt=1, status="Running", startTime=START + 110, input_records=9)
    stage = stage_of(entry(0), entry(49, status="Running"), backup)

    assert (stage.running, stage.reruns, stage.most_rerun) == (1, 0, None)
    assert stage.oldest.attempt == 0
    assert stage.youngest_age_s == 120


def test_a_backup_that_ends_first_ends_its_worker():
    stage = stage_of(entry(0), entry(49, status="Running"), entry(49, attempt=1, took=10))

    assert (stage.ended, stage.running, stage.reruns) == (2, 0, 0)


@pytest.mark.parametrize(
    ("status", "ended", "running"),
    [("TERMINATED", 1, 0), (" running ", 0, 1), ("Interrupted", 0, 0), ("Failed", 0, 0)],
)
def test_status_words_are_read_in_any_case(status, ended, running):
    stage = stage_of(entry(0, status=status, endTime=START + 40))

    assert (stage.ended, stage.running) == (ended, running)


@pytest.mark.parametrize(
    ("times", "ended", "running"),
    [({"endTime": START + 40}, 1, 0), ({"endTime": 0}, 0, 1), ({"startTime": 0}, 0, 0)],
)
def test_the_times_tell_where_a_status_is_unknown(times, ended, running):
    stage = stage_of(entry(0, status="Sailing", **times))

    assert (stage.ended, stage.running) == (ended, running)


def test_stages_of_one_name_remain_apart():
    tasks = [{"name": "M1", "instances": [entry(0, stage="M1")]}]
    body = json.dumps({"mapReduce": {"jobs": [{"tasks": tasks}, {"tasks": tasks}]}}).encode()

    assert [stage.stage for stage in parse_stage_workers(body, now=NOW)] == ["M1", "M1"]


@pytest.mark.parametrize("body", [b"", b"{}", b'{"mapReduce": {}}', b"[]", b"null"])
def test_there_can_be_no_stages_yet(body):
    assert parse_stage_workers(body, now=NOW) == ()


def test_there_can_be_no_workers_yet():
    stage = stage_of()

    assert (stage.ended, stage.running, stage.oldest, stage.ended_mean_s) == (0, 0, None, None)


def test_workers_are_found_in_a_shape_of_another_service():
    body = json.dumps({"Jobs": {"a": [{"name": "M1", "instances": [entry(0), "-", None]}]}})

    (stage,) = parse_stage_workers(body.encode(), now=NOW)
    assert (stage.stage, stage.ended) == ("M1", 1)


@pytest.mark.parametrize("body", [b"<html>", b'{"mapReduce"', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_malformed(body):
    with pytest.raises(MalformedResponseError):
        parse_stage_workers(body, now=NOW)


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["Running", "Terminated", "-", "NaN", "1e999", "M1#3_1", "M1#3_0", START]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)
FIELDS = ("id", "logId", "status", "startTime", "endTime", "input_records", "input_bytes")


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), ODD), min_size=1, max_size=5))
def test_odd_fields_of_some_workers_leave_the_others_as_they_are(odd):
    sound = [entry(7, attempt=4), entry(8, status="Running")]
    stage = stage_of(*({"id": f"odd#{n}_0"} | fields for n, fields in enumerate(odd, 100)), *sound)

    assert stage.ended >= 1
    assert stage.running >= 1
    assert stage.ended + stage.running <= len(odd) + len(sound)
    assert stage.reruns >= 4
    for number in (stage.ended_mean_s, stage.mean_input_records, stage.youngest_age_s):
        assert number is None or number >= 0


@settings(max_examples=200)
@given(
    ODD
    | st.fixed_dictionaries(
        {"mapReduce": ODD | st.fixed_dictionaries({"jobs": ODD | st.lists(ODD)})}
    )
)
def test_any_json_is_read_or_malformed(value):
    body = json.dumps(value).encode()
    try:
        stages = parse_stage_workers(body, now=NOW)
    except MalformedResponseError:
        return
    assert isinstance(stages, tuple)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.booleans()), max_size=12))
def test_the_aggregate_agrees_with_the_workers_one_by_one(found):
    entries = [
        entry(n, attempt=attempt, status="Running" if runs else "Terminated", took=n + attempt)
        for n, attempt, runs in {(n, attempt): (n, attempt, r) for n, attempt, r in found}.values()
    ]
    stages = parse_stage_workers(detail(entries), now=NOW)
    workers = find_workers(json.loads(detail(entries)))

    assert sum(stage.ended + stage.running for stage in stages) == len({w.index for w in workers})


def test_an_age_is_never_negative():
    late = (NOW + timedelta(minutes=1)).timestamp()
    stage = stage_of(entry(0, status="Running", startTime=int(late)))

    assert (stage.youngest_age_s, stage.age_s(stage.oldest)) == (0, 0)


@pytest.mark.parametrize(
    "instances",
    [",".join(["{}"] * 1_000_000), '{"x":"' + "{" * 1_000_000 + '"}'],
)
def test_more_workers_than_any_job_has_are_not_read(instances):
    body = '{"mapReduce":{"jobs":[{"tasks":[{"name":"M1","instances":[' + instances + "]}]}]}}"

    with pytest.raises(MalformedResponseError):
        parse_stage_workers(body.encode(), now=NOW)


def test_more_stages_than_any_job_has_are_not_read():
    stages = ",".join(['{"instances":[{"status":"Running","startTime":5}]}'] * 60_000)
    body = '{"mapReduce":{"jobs":[{"tasks":[' + stages + "]}]}}"

    with pytest.raises(MalformedResponseError):
        parse_stage_workers(body.encode(), now=NOW)
