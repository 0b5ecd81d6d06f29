"""What goes wrong is told, privately, with what became of the job and what to do next."""

import pytest

RANDOM = "C0RANDOM01"


@pytest.mark.parametrize(
    ("typed", "answered"),
    [
        ("/odps", "These are the commands"),
        ("/odps help", "These are the commands"),
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


def test_an_unknown_instance_is_told_apart(team):
    team.type("/odps status 20200101000000000gabcdef")

    team.wait(
        lambda: any(
            "No instance 20200101000000000gabcdef in" in message for message in team.whispers()
        )
    )


def test_where_the_bot_may_not_speak_nothing_is_run(team):
    before = len(team.session.maxcompute.instances())
    team.type("/odps run select 1", channel=RANDOM)

    team.wait(lambda: any("/invite @odps" in message for message in team.whispers()))
    assert any("Nothing was submitted" in message for message in team.whispers())
    assert len(team.session.maxcompute.instances()) == before
