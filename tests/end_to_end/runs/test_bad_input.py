"""What goes wrong is told, privately, with what became of the job and what to do next."""

import pytest

RANDOM = "C0RANDOM01"


@pytest.mark.parametrize(
    ("typed", "answered"),
    [
        ("/odps", "MaxCompute jobs in Slack"),
        ("/odps help", "What you can do in <#"),
        ("/odps help run", "--project"),
        ("/odps staus", "Did you mean `/odps status`?"),
        ("/odps frobnicate", "There is no command `frobnicate`"),
        ("/odps run --projct sandbox select 1", "Did you mean `--project`?"),
        ("/odps kill r1", "Did you mean `/odps stop`?"),
        ("/odps run ;", "There is no SQL to run. Nothing was submitted."),
        ("/odps run --project nowhere select 1", "I don't have access to project `nowhere`"),
        ("/odps stop r99999", "There is no run `r99999`"),
        ("/odps status nonsense", "There is no run `nonsense`"),
        ("/odps stop r1 r2", "Name one ID at a time"),
        ("/odps logview <!channel>", "`&lt;!channel&gt;`"),
        ("/odps stop 20200101000000000gabcdef", "starts following it"),
    ],
)
def test_it_is_explained_at_once(team, typed, answered):
    before = len(team.session.maxcompute.instances())
    text = team.type(typed)

    assert answered in text
    assert len(team.session.maxcompute.instances()) == before


@pytest.mark.parametrize("verb", ["status", "logview", "xflow", "watch"])
def test_a_mistyped_instance_is_answered_in_one_line_and_leaves_no_card(team, verb):
    unknown = f"20200101000000000g{verb}"
    before = len(team.cards())
    team.type(f"/odps {verb} {unknown}")

    answer = f"No instance `{unknown}` in `sandbox`. Check the ID, or add `--project`."
    team.wait(lambda: any(answer in message for message in team.whispers()))
    assert len(team.cards()) == before


def test_where_the_bot_may_not_speak_nothing_is_run(team):
    before = len(team.session.maxcompute.instances())
    team.type("/odps run select 1", channel=RANDOM)

    team.wait(lambda: any("/invite @odps" in message for message in team.whispers()))
    assert any("Nothing was submitted" in message for message in team.whispers())
    assert len(team.session.maxcompute.instances()) == before
