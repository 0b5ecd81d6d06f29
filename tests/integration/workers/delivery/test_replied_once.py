"""What one person sees alone cannot be searched for: each way sends it twice at most."""

import pytest
from slack_sdk.webhook import WebhookClient

from odps_bot.messages import Message
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.slack.api.messages import SlackMessages
from odps_bot.slack.errors import TIMED_OUT, UnreachableError
from odps_bot.store import keys
from odps_bot.store.notification_kind import NotificationKind

CHANNEL, ALICE = "C0DATAENG1", "U0ALICE"

#: By which an ephemeral reply gets to a person.
WAYS = {"response_url", "chat.postEphemeral", "chat.postMessage"}


@pytest.fixture
def give(world):
    """Return a function that gives Alice a reply, in the channel or by a response_url."""

    def give(text="hello", **address):
        replies = world.services.stores.ephemeral_replies
        where = Address(user_id=ALICE, channel_id=CHANNEL, **address)
        replies.remember_address("asked", where)
        replies.give("asked", Message(text))

    return give


def told(world):
    return [message["text"] for message in world.slack.ephemerals(ALICE)]


def deliver_often(world):
    for _ in range(6):
        world.deliver()
        world.make_all_due()


def deliver_through_pauses(world, *, times):
    for _ in range(times):
        world.deliver()
        for receiver in world.services.redis.scan_iter(keys.receiver("*")):
            world.services.redis.hdel(receiver, "until")
        world.make_all_due()


@pytest.mark.parametrize("fault", ["http_500", "drop_before"])
def test_a_reply_of_unknown_fate_is_sent_again(world, give, fault):
    give()
    world.slack.faults.add(method="chat.postEphemeral", kind=fault, times=1)
    deliver_often(world)

    assert told(world) == ["hello"]
    assert world.waiting() == 0


def test_a_reply_that_came_although_slack_never_says_so_comes_twice_at_most(world, give):
    give()
    world.slack.faults.add(method="chat.postEphemeral", kind="drop_after", times=None)
    deliver_often(world)

    assert told(world) == ["hello"] * 2
    assert world.waiting() == 0


def test_a_reply_that_must_wait_is_not_given_up(world, give):
    give()
    world.slack.faults.add(method="chat.postEphemeral", kind="ratelimited", times=5)
    deliver_often(world)

    assert told(world) == ["hello"]


def test_a_response_url_that_never_says_it_took_the_reply_gets_it_twice_at_most(
    world, give, monkeypatch
):
    taken = []

    def respond(_self, _response_url, message, **_options):
        taken.append(message.text)
        raise UnreachableError("response_url", TIMED_OUT, may_have_happened=True)

    monkeypatch.setattr(SlackMessages, "respond", respond)
    give(response_url="https://hooks.slack.com/response/1")
    world.slack.faults.add(method="chat.postEphemeral", kind="ratelimited", times=3)
    deliver_through_pauses(world, times=7)

    assert taken == ["hello"] * 2
    assert told(world) == ["hello"]
    assert world.waiting() == 0


def test_a_reply_that_was_sent_is_not_sent_again_by_an_entry_that_comes_back(world, give):
    give()
    world.deliver()
    world.services.stores.outbox.enqueue(NotificationKind.EPHEMERAL, "asked")
    deliver_often(world)

    assert told(world) == ["hello"]


def test_another_reply_to_the_same_interaction_is_sent(world, give):
    give("asking …")
    world.deliver()
    give("the answer")
    world.deliver()

    assert told(world) == ["asking …", "the answer"]


def test_the_same_reply_given_by_another_worker_is_not_sent_again(world, give):
    for _ in range(2):
        give("the answer")
        world.deliver()

    assert told(world) == ["the answer"]


def test_who_clicks_again_for_a_file_is_told_again_why_there_is_none(world):
    replies = world.services.stores.ephemeral_replies
    address = Address(user_id=ALICE, channel_id=CHANNEL)
    for _ in range(2):
        replies.request_file(NotificationKind.CSV, "run1", address)
        replies.give("csv-run1", Message("no rows"))
        world.deliver()

    assert told(world) == ["no rows"] * 2


def test_where_nothing_ephemeral_is_possible_one_direct_message_comes(world, give, short_leases):
    give()
    world.slack.kick(CHANNEL)
    world.slack.faults.add(method="chat.postEphemeral", kind="error", code="not_in_channel")
    world.slack.faults.add(method="chat.postMessage", kind="drop_after", times=1)
    deliver_often(world)

    assert [m["text"] for m in world.slack.messages("D0ALICEODPS") if m.get("bot_id")] == [
        "In <#C0DATAENG1>: hello"
    ]
    assert world.waiting() == 0


def test_a_refusal_of_unknown_fate_comes_twice_at_most(world):
    run = world.ask("run --project sandbox select 1")
    world.slack.faults.add(method="chat.postMessage", kind="error", code="is_archived", times=None)
    world.slack.faults.add(method="chat.postEphemeral", kind="drop_after", times=None)
    world.submit(run)
    deliver_often(world)

    assert world.run(run.run_id).is_final
    assert len(told(world)) == 2
    assert world.waiting() == 0


@pytest.mark.parametrize(
    ("fault", "calls"),
    [
        ({"kind": "http_500", "times": None}, 2),
        ({"kind": "error", "code": "internal_error", "times": None}, 2),
        ({"kind": "error", "code": "used_url", "times": None}, 1),
        ({"kind": "error", "code": "a_code_of_next_year", "times": None}, 1),
    ],
)
def test_a_response_url_that_refuses_for_good_gives_way_to_an_ephemeral_message(
    world, give, fault, calls
):
    url = world.slack._workspace.response_urls.issue(
        "commands", user_id=ALICE, channel_id=CHANNEL, message_ts=None
    )
    give(response_url=world.slack.url + url)
    world.slack.faults.add(method="response_url", **fault)
    deliver_through_pauses(world, times=8)

    assert len([e for e in world.slack.traffic() if e["method"] == "response_url"]) == calls
    assert told(world) == ["hello"]
    assert world.waiting() == 0


def test_a_reply_that_slack_takes_by_no_way_is_given_up_with_one_line(world, give, caplog):
    url = world.slack._workspace.response_urls.issue(
        "commands", user_id=ALICE, channel_id=CHANNEL, message_ts=None
    )
    give(response_url=world.slack.url + url)
    for method in ("response_url", "chat.postEphemeral", "chat.postMessage"):
        world.slack.faults.add(method=method, kind="http_500", times=None)
    deliver_through_pauses(world, times=12)

    assert world.waiting() == 0
    assert len([line for line in caplog.records if "gave up" in line.getMessage()]) == 1
    assert len([e for e in world.slack.traffic() if e["method"] in WAYS]) <= 4


def test_an_address_that_is_not_slacks_is_never_replied_to(world, give, caplog, monkeypatch):
    monkeypatch.setattr(WebhookClient, "send_dict", lambda *_: pytest.fail("it was posted to"))
    give(response_url="https://example.com/response/1")
    deliver_often(world)

    assert told(world) == ["hello"]
    assert len([line for line in caplog.records if "not Slack's" in line.getMessage()]) == 1


def test_a_reply_whose_every_response_is_lost_comes_three_times_at_most(world, give, monkeypatch):
    taken = []

    def respond(_self, _response_url, message, **_options):
        taken.append(message.text)
        raise UnreachableError("response_url", TIMED_OUT, may_have_happened=True)

    monkeypatch.setattr(SlackMessages, "respond", respond)
    give(response_url="https://hooks.slack.com/response/1")
    world.slack.faults.add(method="chat.postEphemeral", kind="drop_after", times=None)
    deliver_through_pauses(world, times=7)

    assert len(taken) + len(told(world)) == 3
    assert world.waiting() == 0
