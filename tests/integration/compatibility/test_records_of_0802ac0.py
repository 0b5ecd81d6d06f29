"""Whatever 0802ac0 has left in Redis is still read, and what waits in the outbox is delivered."""

import json
import logging
import re
from datetime import UTC, datetime, timedelta
from time import sleep

import msgspec

from odps_bot.alerts.subscriptions import Wanted
from odps_bot.messages import Message
from odps_bot.replies.inquiries import CostInquiry, InstanceInquiry, ListInquiry
from odps_bot.runs import RunState
from odps_bot.slack.installations import Installations, TokenCipher
from odps_bot.store import keys
from odps_bot.store.homes import HomeList
from odps_bot.store.preferences import NotifyStyle

TEAM, CHANNEL, OTHER_CHANNEL = "T0SANDBOX1", "C0DATAENG1", "C0ANALYTIC"
ALICE, BOB = "U0ALICE", "U0BOB"
ABOUT, ABOUT_OTHER = f"analytics {TEAM} {CHANNEL}", f"analytics {TEAM} {OTHER_CHANNEL}"
FAR = datetime(2100, 1, 1, tzinfo=UTC)

#: What the states of 0802ac0 are today.
STATES = {
    "asked": RunState.QUEUED,
    "undecided": RunState.AWAITING_DECISION,
    "submitting": RunState.SUBMITTING,
    "running": RunState.RUNNING,
    "stopping": RunState.STOPPING,
    "succeeded": RunState.SUCCEEDED,
    "failed": RunState.FAILED,
    "cancelled": RunState.CANCELLED,
    "refused": RunState.REFUSED,
    "rejected": RunState.REJECTED,
    "expired": RunState.EXPIRED,
    "lost": RunState.UNKNOWN,
}

#: Facts of a run that have the same name and form today.
SAME_FACTS = (
    *("run_id", "name", "team_id", "channel_id", "user_id", "project", "sql", "thread_ts"),
    *("notify", "hints", "priority", "rerun_of", "is_foreign", "estimate", "estimate_id"),
    *("price_per_gb", "question", "decision", "charged_on", "instance_id", "started_at"),
    *("ended_at", "stop_requested_by", "stop_requested_at", "sub_instances", "cost", "table"),
    *("card_ts", "question_ts", "decision_ts", "progress_ts", "completion_ts", "csv_ts"),
    "chart_ts",
)


def declared_type(name):
    """Return the type that a key should have, or None for one that is unknown."""
    for key in keys.DECLARED.values():
        if re.fullmatch(key(*[".+" for _ in key.part_names]), name):
            return key.type
    return None


def as_far_as_recorded(today, recorded):
    """Return `today` without the fields that 0802ac0 did not know, at any depth."""
    if not (isinstance(today, dict) and isinstance(recorded, dict)):
        return today
    return {
        name: as_far_as_recorded(today[name], before)
        for name, before in recorded.items()
        if name in today
    }


def test_every_run_is_read_with_its_state_and_its_facts(unchanged):
    for story, about in unchanged.recording["stories"].items():
        run, recorded = unchanged.run(story), unchanged.recorded(story)
        facts = json.loads(msgspec.json.encode(run))
        assert run.state is STATES[about["state"]]
        assert run.is_final is (about["state"] not in list(STATES)[:5])
        same = {name: recorded[name] for name in SAME_FACTS}
        assert as_far_as_recorded(facts, same) == same


def test_every_run_is_found_by_its_name_its_instance_and_its_card(unchanged):
    runs = unchanged.services.stores.runs
    for story in unchanged.recording["stories"]:
        run = unchanged.run(story)
        assert runs.find(TEAM, run.name) == run
        assert runs.find(TEAM, run.run_id) == run
        if run.instance_id:
            assert runs.find(TEAM, run.instance_id).instance_id == run.instance_id
        if run.card_ts:
            assert runs.at_message(TEAM, run.channel_id, run.card_ts) == run


def test_lists_of_runs_hold_those_that_go_on(unchanged):
    going_on = {s for s in unchanged.recording["stories"] if not unchanged.run(s).is_final}

    found = unchanged.services.stores.runs.open_runs(TEAM, limit=99)
    assert {run.run_id for run in found} == {unchanged.run_id(story) for story in going_on}
    assert unchanged.services.stores.runs.waiting()[0] == len(going_on)
    assert len(unchanged.services.stores.runs.recent(TEAM, ALICE, limit=99)) > len(going_on)
    instances = {unchanged.run(story).instance_id for story in going_on} - {None}
    runs = unchanged.services.stores.runs
    assert instances == {*runs.watched("sandbox"), *runs.watched("analytics")}


def test_every_key_is_declared_with_its_type(unchanged):
    for key, recorded in unchanged.recording["redis"].items():
        if not key.startswith("rq:"):
            assert declared_type(key) == recorded["type"], key


def test_subscriptions_and_their_digests_are_read(unchanged):
    stores = unchanged.services.stores
    by_channel = {one.channel_id: one for one in stores.subscriptions.to("analytics")}
    [unannounced] = stores.subscriptions.to("sandbox")
    here, paused = by_channel[CHANNEL], by_channel[OTHER_CHANNEL]

    assert here.wants == (Wanted.FAILURES,)
    assert here.is_announced
    assert here.paused_since is None
    assert (paused.paused_by, paused.slow_after) == ("not_in_channel", timedelta(minutes=45))
    assert paused.wants == (Wanted.ALL,)
    assert (unannounced.owners, unannounced.is_announced) == (("ann",), False)
    digest = stores.digests.get(ABOUT)
    groups = [group for post in digest.posts for group in post.groups]
    assert all(post.ts for post in digest.posts)
    assert {group.count for group in groups} == {1, 2}
    [silence] = digest.silences
    assert silence.key in {group.key for group in groups}
    assert len(stores.digests.get(ABOUT_OTHER).posts) > 0


def test_what_sweeps_have_seen_is_read(unchanged):
    observations, sweeps = unchanged.services.stores.observations, unchanged.services.stores.sweeps
    running = observations.running("analytics").values()

    notified = [one for one in running if one.notified]
    assert any("as forever" in one.sql for one in notified)
    assert {one.notified for one in notified} == {(ABOUT_OTHER,)}
    waiting = observations.ended("analytics", now=FAR, limit=9)
    assert {one.owner for one in waiting} == {"ALIYUN$other@example.com"}
    assert observations.scanned_until("analytics") is not None
    assert "NO privilege" in observations.refusal("analytics")
    assert observations.durations("analytics", "0a1b2c3d4e5f6a7b") == [timedelta(seconds=12.5)]
    watched = unchanged.services.stores.runs.watched("analytics")
    assert sweeps.last_seen("analytics", list(watched))
    assert sweeps.are_trusted("analytics")


def test_questions_and_answers_are_read(unchanged):
    asked, replies = unchanged.recording["asked"], unchanged.services.stores.ephemeral_replies
    kinds = {
        "status": InstanceInquiry,
        "logview": InstanceInquiry,
        "list": ListInquiry,
        "cost": CostInquiry,
        "cost under way": CostInquiry,
    }
    for name, kind in kinds.items():
        assert isinstance(replies.inquiry(asked[name]), kind)
        assert replies.address(asked[name]).user_id == ALICE
    under_way = replies.inquiry(asked["cost under way"])
    assert under_way.instance_id in {one.id for one in unchanged.maxcompute.instances()}
    for name in ("succeeded_with_table", "failed"):
        run = unchanged.run(name)
        given = asked[f"answer about {run.name}"]
        assert "in the words of the recording" in replies.answer(given)[0].text
        assert replies.address(given).thread_ts == run.card_ts


def test_what_people_have_chosen_is_read(unchanged):
    stores, redis = unchanged.services.stores, unchanged.redis
    asked = unchanged.recording["asked"]
    preferences = stores.preferences.get(TEAM, BOB)
    drafts = [key.decode() for key in redis.scan_iter(keys.draft("*"))]

    assert preferences.project == "analytics"
    assert preferences.notify is NotifyStyle.DIRECT
    assert stores.homes.get(TEAM, BOB).pages == {HomeList.RECENT: 1}
    assert stores.homes.is_open(TEAM, ALICE)
    assert stores.locks.get("archive").reason == "the year's books are closed"
    assert stores.memberships.groups_of(ALICE, unchanged.services.rules.groups) == ["S0DATAPLAT"]
    [draft_id] = [key.rpartition(":")[2] for key in drafts]
    assert "x" * 4_000 in stores.drafts.get(draft_id, team_id=TEAM, user_id=ALICE).sql
    question = stores.rerun_questions.asked(unchanged.run_id("succeeded_without_table"), BOB)
    assert question == asked["rerun"]
    assert stores.deduplication.is_done(asked["rerun"])
    forms = [Message("a card", [{"type": "plan"}]), Message("a card")]
    assert list(stores.unsupported_blocks.worth_a_try(forms)) == forms[1:]


def test_what_was_spent_is_read(unchanged):
    days = [unchanged.clock().date() - timedelta(days=n) for n in range(5)]
    usage = unchanged.services.stores.spending.usage(
        TEAM, days, ("project", "sandbox"), viewer=(ALICE, CHANNEL), limit=99
    )
    charges = {one.run_id: one for one in usage.dearest}

    over = charges[unchanged.run_id("succeeded_although_dear")]
    reserved = charges[unchanged.run_id("running_with_progress")]
    assert (over.is_over, reserved.is_over) == (True, False)
    assert f"{over.amount.amount:.2f} {over.amount.currency}" == "26.08 CNY"


def test_installations_are_read(unchanged):
    cipher = TokenCipher([unchanged.recording["encryption_key"]])
    installations = Installations(unchanged.redis, cipher, allowed=["E0ACME"])

    found = installations.of_workspace("T0ACMECORP", enterprise_id="E0ACME")
    assert found.bot_token == "xoxb-no-token"
    assert installations.of_workspace("T0ACMECORP").bot_token == found.bot_token


def test_every_line_of_the_audit_trail_is_read(unchanged):
    lines = list(unchanged.services.stores.audit.read())
    recorded = unchanged.recording["redis"][keys.audit()]["value"]

    assert len(lines) == len(recorded)
    kinds = set()
    for line, (_, fields) in zip(lines, recorded, strict=True):
        before = json.loads(fields["line"])
        assert (line.run_id, line.user_id) == (before.get("run_id", ""), before.get("user_id", ""))
        kinds.add((before["kind"], line.kind))
    # A kind may have another name today, but the same for all its lines.
    assert len(kinds) == len({kind for kind, _ in kinds}) == len({kind for _, kind in kinds})
    assert {"transition", "post", "decision"} <= {kind for kind, _ in kinds}


def test_every_entry_is_delivered_or_rightly_dropped(world, caplog):
    kinds = {entry.partition(":")[0] for entry in world.entries()}
    with caplog.at_level(logging.WARNING):
        world.deliver()
        # A paused subscription is tried again after a while, and a file is shown after a moment.
        world.clock.push(minutes=61)
        for _ in range(10):
            world.work()
            world.deliver()
            if not world.entries():
                break
            sleep(0.5)

    assert len(kinds) == 14
    assert world.entries() == set()
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []
    seen_by = {who: [m["text"] for m in world.slack.ephemerals(who)] for who in (ALICE, BOB)}
    given = [text for text in seen_by[BOB] if "in the words of the recording" in text]
    assert len(given) == 2
    assert any(world.run("refused_untold").name in text for text in seen_by[ALICE])
    assert world.slack.home(ALICE) is not None
    assert world.slack.home(BOB) is not None
    assert len(world.posts("asked_and_approved", "decision")) == 1
    assert len(world.posts("undecided_unshown", "question")) <= 1
    assert world.run("undecided_unshown").question.is_shown
    assert world.run("succeeded_in_a_thread").csv_ts
    assert world.run("succeeded_in_a_thread").chart_ts


def test_every_completion_is_posted_once(world):
    for _ in range(2):
        world.deliver()
        world.work()

    for story in world.recording["stories"]:
        run = world.run(story)
        # Who says no to the cost sees on the card what came of it.
        is_told = run.is_final and run.state is not RunState.REFUSED and story != "declined"
        assert len(world.posts(story, "completion")) == is_told, story
        assert (run.completion_ts is not None) is is_told, story
