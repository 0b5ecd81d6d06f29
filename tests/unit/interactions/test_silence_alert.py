"""The button *Mute 1 h* silences one group in one channel."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from odps_bot.alerts.digests import Digest
from odps_bot.alerts.subscriptions import Subscription
from odps_bot.errors import CommandError
from odps_bot.input.request import Request
from odps_bot.interactions.silence_alert import silence_alert

KEY = "0123456789abcdef"


@pytest.fixture
def clicked(services, noon):
    """Return a function that clicks in a channel; returns the digest of its subscription."""
    here = Subscription(
        team_id="T1", channel_id="C1", project="sandbox", user_id="U9", created_at=noon
    )
    digests = {here.id: Digest()}

    def change(name, decide):
        digests[name] = decide(digests[name])

    def find(*place):
        return here if place == ("sandbox", "T1", "C1") else None

    services.stores.subscriptions = SimpleNamespace(find=find)
    services.stores.digests = SimpleNamespace(change=change)

    def clicked(value, channel_id="C1"):
        request = Request(team_id="T1", channel_id=channel_id, user_id="U1")
        silence_alert(value, request, services)
        return digests[here.id]

    return clicked


def test_repeats_are_silent_for_an_hour_and_the_message_says_so(clicked, services, noon):
    [silence] = clicked(f"sandbox {KEY}").silences

    assert (silence.key, silence.user_id) == (KEY, "U1")
    assert silence.until == noon + timedelta(hours=1)
    assert services.stores.outbox.names == ["alert:sandbox T1 C1"]


@pytest.mark.parametrize(
    "value", ["", "sandbox", f"sandbox {KEY}0", f"sandbox {KEY.upper()}", f"{'x' * 201} {KEY}"]
)
def test_an_invented_button_changes_nothing(clicked, value):
    with pytest.raises(CommandError, match="no longer works"):
        clicked(value)


def test_a_channel_that_has_unsubscribed_has_nothing_to_silence(clicked):
    with pytest.raises(CommandError, match="no longer subscribed"):
        clicked(f"sandbox {KEY}", channel_id="C2")
