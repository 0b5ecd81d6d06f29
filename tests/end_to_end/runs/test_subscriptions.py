"""A channel hears of what was started elsewhere: subscribe, let PyODPS fail, read one message."""

import pytest
from odps import ODPS
from odps.errors import ODPSError

CHANNEL = "C0DATAENG1"


@pytest.fixture
def script(team):
    """A script of a colleague's, who has never heard of Slack."""
    settings = team.session.settings()
    return ODPS(
        settings["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        settings["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        project="sandbox",
        endpoint=settings["ODPS_ENDPOINT"],
    )


def lines(team):
    return team.session.slack.messages(CHANNEL, include_ephemeral=False)


def digests(team):
    return [m for m in lines(team) if ":x: *Failed" in m["text"] and "no_such_report" in m["text"]]


def test_three_failures_of_a_script_are_one_message(team, script):
    team.type("/odps subscribe sandbox failures")
    team.wait(lambda: any("subscribed this channel" in m["text"] for m in lines(team)))

    for _ in range(3):
        with pytest.raises(ODPSError):
            script.execute_sql("select * from no_such_report")
    team.wait(lambda: any("Failed 3 times" in m["text"] for m in digests(team)), 90)

    (notice,) = digests(team)
    assert "Table not found" in notice["text"]
    mute = team.session.slack.click("U0BOB", CHANNEL, notice["ts"], "mute_notice")
    assert mute.ok
    team.wait(lambda: "Muted by <@U0BOB>" in digests(team)[0]["text"])
    logview = team.session.slack.click("U0BOB", CHANNEL, notice["ts"], "show_instance_logview")
    assert logview.ok
    team.wait(lambda: any("/logview/" in message for message in team.whispers("U0BOB")))

    assert "no longer be notified of failures in `sandbox`" in team.type(
        "/odps unsubscribe sandbox"
    )
