"""Channels hear of what fails in a project, wherever it was started; each thing once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from odps_bot.alerts import grouping
from odps_bot.config.rules import Channel, Role, Rules
from odps_bot.history.past_run import PastRun, statement_of
from odps_bot.maxcompute import AccessKey, Client, Page, StaticCredentials
from odps_bot.sandbox.maxcompute.faults import http_error, reset_before
from odps_bot.store import keys
from odps_bot.store.notification_kind import NotificationKind
from workers.polling import project_activity
from workers.polling.sweep import sweep

PROJECT, CHANNEL, OTHER_CHANNEL, ALICE = "sandbox", "C0DATAENG1", "C0ANALYTIC", "U0ALICE"
TEAM = "T0SANDBOX1"
ABOUT = f"{PROJECT} {TEAM} {CHANNEL}"
FAILS = "select * from no_such_table"
STUCK = "set sandbox.stuck=true; select count(*) from customers"


@pytest.fixture
def colleague(world):
    """A client of somebody who knows nothing of Slack."""
    client = Client(
        world.maxcompute.endpoint,
        project=PROJECT,
        credentials=StaticCredentials(AccessKey("key", "secret")),
    )
    yield client
    client.close()


@pytest.fixture
def subscribed(world):
    """A world in which a channel has subscribed to failures, and knows it."""
    subscribe(world, "subscribe sandbox")
    return world


def subscribe(world, text):
    world.say(text)
    tell(world)


def tell(world):
    """Tell everything that may be told by now."""
    for _ in range(10):
        world.make_all_due()
        world.deliver()


def hear(world):
    sweep(PROJECT, world.services)
    tell(world)


def shown(world, channel=CHANNEL):
    """Return what everybody sees in the channel, oldest first."""
    return [m["text"] for m in world.slack.messages(channel, include_ephemeral=False)]


def digests(world, channel=CHANNEL):
    return [text for text in shown(world, channel) if text.startswith((":x:", ":bell: *", ":sn"))]


def run_to_its_end(client, sql):
    instance = client.run_sql(sql)
    instance.wait_for_completion(interval=timedelta(milliseconds=20), blocking=False)
    return instance


def test_the_channel_is_told_who_subscribed_it(subscribed):
    assert f":bell: <@{ALICE}> subscribed this channel to failures in `sandbox`." in shown(
        subscribed
    )


def test_a_failure_of_somebody_elses_is_told_with_its_reason(subscribed, colleague):
    instance = run_to_its_end(colleague, FAILS)
    hear(subscribed)

    (notice,) = digests(subscribed)
    assert "Failed" in notice
    assert "no_such_table" in notice
    assert instance.id in notice
    assert FAILS in notice


def test_a_failure_in_xml_is_told_in_words(subscribed, colleague):
    run_to_its_end(colleague, f"set sandbox.error.format=xml; {FAILS}")
    hear(subscribed)

    (notice,) = digests(subscribed)
    assert "Table not found - table sandbox.no_such_table cannot be resolved" in notice
    assert "Error" not in notice
    assert "*Try:* Use its full name" in notice


def test_repeats_of_a_failure_edit_one_message(subscribed, colleague):
    for _ in range(3):
        run_to_its_end(colleague, FAILS)
        hear(subscribed)
        subscribed.clock.push(seconds=20)
    tell(subscribed)

    (notice,) = digests(subscribed)
    assert "Failed 3 times" in notice


def test_a_notice_whose_new_blocks_are_refused_does_not_keep_the_old_ones(subscribed, colleague):
    run_to_its_end(colleague, FAILS)
    hear(subscribed)
    subscribed.clock.push(seconds=20)
    subscribed.slack.faults.add(method="chat.update", kind="error", code="invalid_blocks", times=1)
    run_to_its_end(colleague, FAILS)
    hear(subscribed)
    tell(subscribed)

    (notice,) = [m for m in subscribed.slack.messages(CHANNEL) if "Failed" in m["text"]]
    assert "Failed 2 times" in notice["text"]
    assert "blocks" not in notice


def test_sweeping_again_tells_nothing_again(subscribed, colleague):
    run_to_its_end(colleague, FAILS)
    for _ in range(4):
        hear(subscribed)
        subscribed.clock.push(minutes=2)

    (notice,) = digests(subscribed)
    assert "times" not in notice


def test_what_had_failed_before_the_subscription_is_history(world, colleague):
    run_to_its_end(colleague, FAILS)
    world.clock.push(minutes=1)
    subscribe(world, "subscribe sandbox")
    world.clock.push(minutes=-1)
    hear(world)

    assert digests(world) == []


def test_a_burst_of_failures_becomes_one_digest(subscribed, colleague):
    for letter in "abcdefgh":
        run_to_its_end(colleague, f"select * from no_table_{letter}")
    hear(subscribed)

    (notice,) = digests(subscribed)
    assert "*8 jobs* in `sandbox`: 8 failed" in notice


def test_a_hundred_failures_at_once_are_one_message(subscribed, colleague):
    for number in range(100):
        name = f"{'abcdefghij'[number // 10]}{'klmnopqrst'[number % 10]}"
        colleague.run_sql(f"select * from no_table_{name}")
    for _ in range(4):
        hear(subscribed)
        subscribed.clock.push(seconds=11)
    tell(subscribed)

    (notice,) = digests(subscribed)
    assert "*100 jobs* in `sandbox`" in notice


def test_more_than_a_sweep_can_look_at_is_looked_at_by_the_next(subscribed, colleague, monkeypatch):
    monkeypatch.setattr(project_activity, "POLLS", 2)
    for _ in range(5):
        run_to_its_end(colleague, FAILS)
    for _ in range(3):
        hear(subscribed)
        subscribed.clock.push(minutes=1)
    tell(subscribed)

    assert "Failed 5 times" in digests(subscribed)[0]
    assert subscribed.services.redis.zcard(keys.ended_instances(PROJECT)) == 0


def test_what_was_seen_running_is_told_when_it_is_gone(world, colleague):
    subscribe(world, "subscribe sandbox all")
    instance = colleague.run_sql(STUCK)
    hear(world)
    # As if it had started long ago: no list of what started lately shows it.
    later = world.clock() + timedelta(hours=1)
    world.services.stores.observations.mark_scanned(PROJECT, later, forget_before=later)
    instance.stop()
    hear(world)
    hear(world)

    (notice,) = [text for text in shown(world) if ":octagonal_sign:" in text]
    assert instance.id in notice


def test_a_success_is_nobodys_business(subscribed, colleague):
    run_to_its_end(colleague, "select 1")
    hear(subscribed)

    assert digests(subscribed) == []


def test_who_wants_all_hears_of_successes_by_number(world, colleague):
    subscribe(world, "subscribe sandbox all")
    for _ in range(3):
        run_to_its_end(colleague, "select 1")
    hear(world)

    (notice,) = [text for text in shown(world) if ":white_check_mark:" in text]
    assert "Succeeded 3 times" in notice


def test_only_the_named_owners_jobs_are_told(world, colleague):
    subscribe(world, "subscribe sandbox owner nobody")
    run_to_its_end(colleague, FAILS)
    world.maxcompute.clear_requests()
    hear(world)

    assert digests(world) == []
    operations = {request.operation for request in world.maxcompute.requests()}
    assert "taskstatus" not in operations


def test_a_run_of_the_channel_is_told_by_its_card_alone(subscribed):
    run = subscribed.finish(subscribed.ask(f"run {FAILS}"))
    hear(subscribed)

    assert run.is_final
    assert digests(subscribed) == []


def test_a_run_of_another_channel_is_told_by_code_and_title_only(subscribed):
    run = subscribed.ask(f"run {FAILS}")
    subscription = subscribed.services.stores.subscriptions.find(PROJECT, TEAM, CHANNEL)
    assert subscription is not None
    subscribed.services.stores.runs.note(run.run_id, channel_id=OTHER_CHANNEL)
    subscribed.finish(run)
    hear(subscribed)

    (notice,) = digests(subscribed)
    assert "Table not found" in notice
    assert "`ODPS-0130131`. Error text and SQL are hidden" in notice
    assert "no_such_table" not in notice
    assert "select" not in notice


def test_a_job_that_another_channel_follows_is_told_with_its_reason(subscribed, colleague):
    subscribed.services.stores.owners.since(subscribed.clock())
    instance = run_to_its_end(colleague, FAILS)
    followed = subscribed.ask(f"watch {instance.id}")
    subscribed.services.stores.runs.note(followed.run_id, channel_id=OTHER_CHANNEL)
    assert subscribed.finish(followed).is_foreign
    hear(subscribed)

    (notice,) = digests(subscribed)
    assert "no_such_table" in notice
    assert "hidden" not in notice


@pytest.mark.parametrize(
    "channel", [Channel(projects=("analytics",)), Channel(highest_role=Role.VIEWER)]
)
def test_a_channel_that_may_no_longer_subscribe_hears_nothing_more(subscribed, colleague, channel):
    before = subscribed.services
    subscribed.services = replace(before, rules=Rules(channels={CHANNEL: channel}))
    run_to_its_end(colleague, FAILS)
    hear(subscribed)
    subscribed.services = before
    tell(subscribed)

    assert digests(subscribed) == []


def test_a_sweep_that_dies_before_it_has_told_loses_nothing(subscribed, colleague, monkeypatch):
    run_to_its_end(colleague, FAILS)
    with monkeypatch.context() as dying:
        dying.setattr(subscribed.services.stores.outbox, "enqueue_all", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sweep(PROJECT, subscribed.services)
    hear(subscribed)
    hear(subscribed)

    (notice,) = digests(subscribed)
    assert "times" not in notice


def test_maxcompute_in_trouble_delays_a_notice_and_loses_none(subscribed, colleague):
    run_to_its_end(colleague, FAILS)
    subscribed.maxcompute.faults.add(reset_before(), operation="taskstatus", times=9)
    hear(subscribed)
    assert digests(subscribed) == []

    subscribed.maxcompute.faults.clear()
    subscribed.clock.push(minutes=2)
    hear(subscribed)
    assert len(digests(subscribed)) == 1


def test_a_list_that_fails_loses_nothing(subscribed, colleague):
    run_to_its_end(colleague, FAILS)
    subscribed.maxcompute.faults.add(http_error(502), operation="list", times=9)
    hear(subscribed)
    subscribed.maxcompute.faults.clear()
    hear(subscribed)

    assert len(digests(subscribed)) == 1


def test_a_list_that_lacks_a_running_instance_costs_one_look(subscribed, colleague, monkeypatch):
    instance = colleague.run_sql(STUCK)
    hear(subscribed)
    # As if it had started long ago: no list of what started lately shows it.
    later = subscribed.clock() + timedelta(hours=1)
    subscribed.services.stores.observations.mark_scanned(PROJECT, later, forget_before=later)
    with monkeypatch.context() as flaky:
        lacking = lambda *_args, **_names: iter([Page([], None)])  # noqa: E731  -- short
        flaky.setattr(Client, "list_instance_pages", lacking)
        hear(subscribed)
    subscribed.maxcompute.clear_requests()
    for _ in range(3):
        subscribed.clock.push(minutes=2)
        hear(subscribed)

    polls = [r for r in subscribed.maxcompute.requests() if r.operation == "taskstatus"]
    assert polls == []
    assert instance.id in subscribed.services.stores.observations.running(PROJECT)
    instance.stop()
    hear(subscribed)
    assert instance.id not in subscribed.services.stores.observations.running(PROJECT)


def test_the_statements_of_others_are_not_read(world, colleague):
    subscribe(world, "subscribe sandbox slow owner nobody")
    instance = colleague.run_sql(STUCK)
    world.clock.push(hours=2)
    world.maxcompute.clear_requests()
    hear(world)

    assert [request.operation for request in world.maxcompute.requests()] == [
        "list",
        "cachedinstances",
        "list",
    ]
    instance.stop()


def test_what_may_not_be_read_is_said_to_who_asks(subscribed, colleague):
    run_to_its_end(colleague, FAILS)
    refusal = http_error(403, "<Error><Code>NoPermission</Code><Message>no</Message></Error>")
    subscribed.maxcompute.faults.add(refusal, operation="taskstatus", times=9)
    hear(subscribed)

    assert digests(subscribed) == []
    assert "no" in subscribed.services.stores.observations.refusal(PROJECT)
    assert subscribed.services.redis.zcard(keys.ended_instances(PROJECT)) == 0


def test_a_sweep_of_what_only_runs_costs_two_lists(subscribed, colleague):
    instances = [colleague.run_sql(STUCK) for _ in range(3)]
    hear(subscribed)
    subscribed.maxcompute.clear_requests()
    hear(subscribed)

    assert [request.operation for request in subscribed.maxcompute.requests()] == ["list", "list"]
    for instance in instances:
        instance.stop()


def test_a_slow_job_is_told_once(world, colleague):
    subscribe(world, "subscribe sandbox slow 45m")
    instance = colleague.run_sql(STUCK)
    hear(world)
    assert digests(world) == []

    world.clock.push(minutes=50)
    for _ in range(3):
        hear(world)
    (notice,) = digests(world)
    assert "Slow" in notice
    assert instance.id in notice
    instance.stop()


def test_slow_is_far_longer_than_the_last_runs_of_the_statement(world, colleague):
    subscribe(world, "subscribe sandbox slow")
    instance = colleague.run_sql(STUCK)
    statement = statement_of(instance.get_source().tasks[0].query)
    for n in range(8):
        past = PastRun(f"i{n}", int(world.clock().timestamp()) - n, 240)
        world.services.stores.history.add(PROJECT, statement, past, now=world.clock())
    world.clock.push(minutes=5)
    hear(world)
    assert digests(world) == []

    world.clock.push(minutes=3)
    hear(world)
    assert "usually 4 m (8 runs)" in digests(world)[0]
    instance.stop()


def test_a_muted_failure_is_not_told_for_an_hour(subscribed, colleague):
    run_to_its_end(colleague, FAILS)
    hear(subscribed)
    digest = subscribed.services.stores.digests.get(ABOUT)
    key = digest.posts[0].groups[0].key
    subscribed.services.stores.digests.change(
        ABOUT,
        lambda digest: grouping.silence_group(digest, key, user_id=ALICE, now=subscribed.clock()),
    )
    run_to_its_end(colleague, FAILS)
    hear(subscribed)

    (notice,) = digests(subscribed)
    assert "times" not in notice


def test_a_post_whose_answer_was_lost_is_found_again(subscribed, colleague):
    run_to_its_end(colleague, FAILS)
    sweep(PROJECT, subscribed.services)
    world = subscribed
    world.make_all_due()
    world.deliver()
    # The worker died between Slack's answer and its own note of it.
    world.services.stores.digests.change(
        ABOUT,
        lambda digest: type(digest)(
            posts=tuple(
                type(post)(post_id=post.post_id, groups=post.groups) for post in digest.posts
            )
        ),
    )
    posting = world.services.redis.keys(keys.post_lease(NotificationKind.ALERT.stored_name, "*"))
    for key in posting:
        world.services.redis.set(key, 0)
    world.services.stores.outbox.enqueue(NotificationKind.ALERT, ABOUT)
    tell(world)

    assert len(digests(world)) == 1
    assert world.services.stores.digests.get(ABOUT).posts[0].ts is not None


def test_an_estimate_is_no_job(subscribed, colleague):
    instance = colleague.run_sql_cost("select * from no_such_table")
    instance.wait_for_completion(interval=timedelta(milliseconds=20), blocking=False)
    hear(subscribed)

    assert digests(subscribed) == []
