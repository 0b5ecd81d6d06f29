"""What a job does, as the list of jobs tells, whatever services leave out."""

import pytest

from odps_bot.maxcompute import InstanceStatus, QueueingInfo
from workers.polling.listed_phases import Phase, phase_of


@pytest.mark.parametrize(
    ("facts", "phase"),
    [
        ({"sub_status_code": 1010}, Phase.WAITING),
        ({"sub_status_code": 1041}, Phase.WAITING),
        ({"sub_status_code": 1240}, Phase.WAITING),
        ({"sub_status": "Offline Job Waiting for running"}, Phase.WAITING),
        ({"sub_status_code": 1042, "wait_position": 3}, Phase.WAITING),
        ({"sub_status_code": 1042, "wait_position": 0}, Phase.RUNNING),
        ({"sub_status_code": 1052}, Phase.RUNNING),
        ({"sub_status": "SQLTask is updating meta information"}, Phase.RUNNING),
        # Neither one nor the other, or another service's.
        ({"sub_status_code": 1040}, Phase.UNKNOWN),
        ({"sub_status_code": 9999, "sub_status": "?"}, Phase.UNKNOWN),
        ({"progress": 0.1}, Phase.RUNNING),
        ({"progress": 0.0}, Phase.UNKNOWN),
    ],
)
def test_a_phase_is_known_by_code_words_or_progress(facts, phase):
    info = QueueingInfo(instance_id="i", status=InstanceStatus.RUNNING, **facts)

    assert phase_of(info) is phase


def test_what_is_not_listed_is_not_known():
    assert phase_of(None) is Phase.UNKNOWN
