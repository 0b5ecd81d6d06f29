"""A Logview link, which carries a token: made when it is sent, and never kept."""

import json

import pytest

from odps_bot.replies.ephemeral_replies import Address
from odps_bot.replies.inquiries import InstanceInquiry
from odps_bot.store.notification_kind import NotificationKind
from workers.queries.answer_due import answer_due

ALICE, CHANNEL = "U0ALICE", "C0DATAENG1"


@pytest.fixture
def asked(world):
    """The id of a question for the Logview of a run."""
    run = world.submit(world.ask("run select 1 as one"))
    world.deliver()
    inquiry = InstanceInquiry(
        wants="logview",
        project="sandbox",
        instance_id=run.instance_id,
        name=run.name,
        channel_id=CHANNEL,
        user_id=ALICE,
    )
    replies = world.services.stores.ephemeral_replies
    replies.remember_address("asked", Address(user_id=ALICE, channel_id=CHANNEL))
    replies.ask("asked", inquiry)
    return "asked"


def test_a_logview_link_is_sent_and_never_kept(world, asked):
    answer_due(world.services)

    assert "token=" in json.dumps(world.slack.ephemerals(ALICE))
    assert world.services.stores.ephemeral_replies.answer(asked) == []
    assert world.services.stores.outbox.waiting()[NotificationKind.EPHEMERAL] == 0


def test_a_logview_link_that_slack_does_not_take_is_made_anew_and_sent_once(world, asked):
    world.slack.faults.add(method="chat.postEphemeral", kind="http_500", times=9)
    answer_due(world.services)
    assert "token=" not in json.dumps(world.slack.ephemerals(ALICE))
    world.slack.faults.clear()
    world.make_all_due()
    answer_due(world.services)

    assert json.dumps(world.slack.ephemerals(ALICE)).count("token=") == 1
    assert world.services.stores.ephemeral_replies.answer(asked) == []
