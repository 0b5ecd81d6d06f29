"""Answers that only the person who asked sees, and where they go."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic

import pytest
from redis import Redis

from odps_bot.messages import Message
from odps_bot.replies.ephemeral_replies import Address, EphemeralReplies
from odps_bot.replies.inquiries import InstanceInquiry
from odps_bot.store import keys
from odps_bot.store.codec import CorruptRecordError
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.outbox import Outbox

HALF_AN_HOUR_S = 1_800
LEASE = timedelta(seconds=60)

INQUIRY = InstanceInquiry(
    wants="logview",
    project="sandbox",
    instance_id="20261122120001123gabcde",
    name="r42",
    channel_id="C1",
    user_id="U1",
)
ANSWER = Message("Hello *you*", [{"type": "section", "text": {"type": "mrkdwn", "text": "😀"}}])


@pytest.fixture
def outbox(redis: Redis) -> Outbox:
    return Outbox(redis)


@pytest.fixture
def ephemeral_replies(redis: Redis, outbox: Outbox) -> EphemeralReplies:
    return EphemeralReplies(redis, outbox)


def test_an_answer_waits_to_be_given_and_comes_back_whole(
    ephemeral_replies: EphemeralReplies, outbox: Outbox
) -> None:
    ephemeral_replies.give("ask1", ANSWER)

    [entry] = outbox.claim(limit=10, lease=LEASE)
    assert (entry.kind, entry.subject_id) == (NotificationKind.EPHEMERAL, "ask1")
    assert ephemeral_replies.answer("ask1") == [ANSWER]


def test_a_question_waits_for_a_worker_and_comes_back_whole(
    ephemeral_replies: EphemeralReplies, outbox: Outbox
) -> None:
    ephemeral_replies.ask("ask1", INQUIRY)

    [entry] = outbox.claim(limit=10, lease=LEASE)
    assert (entry.kind, entry.subject_id) == (NotificationKind.INQUIRY, "ask1")
    assert ephemeral_replies.inquiry("ask1") == INQUIRY


NOTE = Message("Still asking …")
SOON = timedelta(seconds=0.05)


def test_a_note_is_sent_where_no_answer_comes_in_time(
    ephemeral_replies: EphemeralReplies, outbox: Outbox
) -> None:
    ephemeral_replies.give_unless_answered("ask1", NOTE, within=SOON)
    assert outbox.claim(limit=10, lease=LEASE) == []

    wait_until(outbox.is_due)
    [entry] = outbox.claim(limit=10, lease=LEASE)
    assert entry.subject_id == "ask1"
    assert ephemeral_replies.answer("ask1") == [NOTE]
    assert outbox.ack(entry) is False


def test_an_answer_that_comes_in_time_takes_the_place_of_the_note(
    ephemeral_replies: EphemeralReplies, outbox: Outbox
) -> None:
    ephemeral_replies.give_unless_answered("ask1", NOTE, within=timedelta(minutes=1))
    ephemeral_replies.give("ask1", ANSWER)
    # The command is delivered once more.
    ephemeral_replies.give_unless_answered("ask1", NOTE, within=timedelta(minutes=1))

    assert [entry.subject_id for entry in outbox.claim(limit=10, lease=LEASE)] == ["ask1"]
    assert ephemeral_replies.answer("ask1") == [ANSWER]


def test_a_note_is_withdrawn_where_the_answer_was_sent_another_way(
    ephemeral_replies: EphemeralReplies, outbox: Outbox
) -> None:
    ephemeral_replies.give_unless_answered("ask1", NOTE, within=timedelta(minutes=1))
    ephemeral_replies.withdraw("ask1")

    assert ephemeral_replies.answer("ask1") == []
    assert outbox.waiting()[NotificationKind.EPHEMERAL] == 0


def wait_until(is_true: Callable[[], bool]) -> None:
    deadline = monotonic() + 10
    while not is_true():
        assert monotonic() < deadline


def test_an_address_is_kept_as_long_as_slack_honours_it(
    ephemeral_replies: EphemeralReplies, redis: Redis
) -> None:
    ephemeral_replies.remember_address(
        "ask1", Address(user_id="U1", response_url="https://hooks.slack.com/commands/1/2/3")
    )
    ephemeral_replies.ask("ask1", INQUIRY)
    ephemeral_replies.give("ask1", ANSWER)

    assert (
        ephemeral_replies.address("ask1").response_url == "https://hooks.slack.com/commands/1/2/3"
    )
    for key in (keys.reply_address("ask1"), keys.inquiry("ask1"), keys.ephemeral_reply("ask1")):
        assert redis.ttl(key) == pytest.approx(HALF_AN_HOUR_S, abs=5)


def test_what_has_expired_is_none(ephemeral_replies: EphemeralReplies) -> None:
    assert ephemeral_replies.address("ask1") is None
    assert ephemeral_replies.inquiry("ask1") is None
    assert ephemeral_replies.answer("ask1") == []


@pytest.mark.parametrize("damaged", [b"", b"{", b"[]", b'{"wants": "everything"}'])
def test_what_is_damaged_says_so(
    ephemeral_replies: EphemeralReplies, redis: Redis, damaged: bytes
) -> None:
    redis.set(keys.inquiry("ask1"), damaged)
    redis.set(keys.ephemeral_reply("ask1"), damaged)

    with pytest.raises(CorruptRecordError):
        ephemeral_replies.inquiry("ask1")
    with pytest.raises(CorruptRecordError):
        ephemeral_replies.answer("ask1")
