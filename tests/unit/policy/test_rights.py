"""Who may see a run, and who may stop it."""

from collections.abc import Callable

import pytest

from odps_bot.policy.rights import is_visible, may_stop
from odps_bot.runs import Run

MakeRun = Callable[..., Run]


@pytest.mark.parametrize("question", [is_visible, may_stop])
@pytest.mark.parametrize(
    ("person", "expected"),
    [
        pytest.param(("T1", "C1", "U1"), True, id="the requester where it was asked for"),
        pytest.param(("T1", "C2", "U1"), True, id="the requester anywhere else"),
        pytest.param(("T1", "C1", "U2"), True, id="anybody where its card stands"),
        pytest.param(("T1", "C2", "U2"), False, id="others elsewhere"),
        pytest.param(("T2", "C2", "U2"), False, id="others of another team"),
        pytest.param(("T2", "C1", "U1"), False, id="the same ids in another team"),
    ],
)
def test_a_run_belongs_to_its_requester_and_to_its_channel(
    make_run: MakeRun,
    question: Callable[..., bool],
    person: tuple[str, str, str],
    expected: bool,
) -> None:
    run = make_run(team_id="T1", channel_id="C1", user_id="U1")
    team_id, channel_id, user_id = person

    answer = question(run, team_id=team_id, channel_id=channel_id, user_id=user_id)

    assert answer is expected
