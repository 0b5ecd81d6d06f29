"""A private reply goes to whoever asked, wherever they asked."""

from odps_bot.messages import Message
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.runs import Outcome, ReasonCode, RunState
from workers.delivery.ephemeral import deliver_refusal, deliver_reply

HERE = Address(user_id="U1", channel_id="C1", response_url="https://hooks.example/1")


def test_a_reply_is_sent_with_its_fallbacks(services):
    replies = services.stores.ephemeral_replies
    replies.remember_address("i1", HERE)
    replies.give("i1", Message("best"), plainer=[Message("plain")])

    assert deliver_reply("i1", services) is None
    assert services.slack.gateway.replies == [(HERE, [Message("best"), Message("plain")])]


def test_what_has_expired_is_told_to_nobody(services):
    services.stores.ephemeral_replies.give("without an address", Message("x"))
    services.stores.ephemeral_replies.remember_address("without a reply", HERE)

    assert deliver_reply("without an address", services) is None
    assert deliver_reply("without a reply", services) is None
    assert services.slack.gateway.replies == []


def test_a_refusal_goes_where_the_run_was_requested_or_to_the_channel(services, make_run):
    why = Outcome(reason=ReasonCode.CARD_REFUSED, detail="not_in_channel")
    services.stores.runs.add(make_run(state=RunState.REFUSED, outcome=why, thread_ts="5.0"))
    deliver_refusal("0a1b2c", services)
    services.stores.ephemeral_replies.remember_address("0a1b2c", HERE)
    deliver_refusal("0a1b2c", services)

    (first, _), (second, _) = services.slack.gateway.replies
    assert first == Address(user_id="U1", channel_id="C1", thread_ts="5.0", team_id="T1")
    assert second == HERE
