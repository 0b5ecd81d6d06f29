import pytest

from odps_bot.sandbox.maxcompute.phases import usual_phases


def codes(
    elapsed_s, *, kind="SQL", queued_s=10.0, started_s=None, has_stages=True, compiling_s=2.0
):
    phases = usual_phases(
        kind=kind,
        has_stages=has_stages,
        elapsed_s=elapsed_s,
        compiling_s=min(compiling_s, queued_s),
        queued_s=queued_s,
        started_s=started_s,
    )
    return [phase.code for phase in phases]


def test_a_statement_is_compiled_before_it_queues():
    assert codes(0) == [1010]
    assert codes(1) == [1010, 1210, 1230]
    assert codes(9) == [1010, 1210, 1230, 1240, 1250, 1041]


def test_a_statement_that_runs_says_when_it_began_to():
    phases = usual_phases(
        kind="SQL", has_stages=True, elapsed_s=60, compiling_s=2, queued_s=10, started_s=12.5
    )

    assert [(one.code, one.description, one.since_s) for one in phases[-2:]] == [
        (1041, "Offline Job Waiting for running", 2.0),
        (1042, "Offline Job is running", 12.5),
    ]


@pytest.mark.parametrize(
    ("kind", "has_stages", "waits", "runs"),
    [
        ("SQL", True, 1041, 1042),
        ("SQL", False, 1041, 1032),
        ("SQLRT", True, 1051, 1052),
        ("CUPID", False, 1041, 1032),
    ],
)
def test_each_kind_of_task_has_its_codes(kind, has_stages, waits, runs):
    assert codes(9, kind=kind, has_stages=has_stages)[-1] == waits
    assert codes(9, kind=kind, has_stages=has_stages, started_s=9)[-1] == runs


def test_what_does_not_queue_has_never_waited_for_resources():
    assert codes(5, queued_s=0, started_s=0) == [1010, 1210, 1230, 1240, 1250, 1042]
