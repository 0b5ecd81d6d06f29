"""Everything that subscriptions say, held against golden files; foreign text in it is harmless.

`UPDATE_GOLDEN=1 pytest tests/unit/messages` writes them anew; the difference is for a review.
"""

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.alerts import grouping
from odps_bot.alerts.digests import Digest, InstanceEvent, Outcome, Post, Silence
from odps_bot.alerts.subscriptions import Subscription, Wanted
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.messages import Message
from odps_bot.messages.alerts import alert
from odps_bot.messages.alerts import subscriptions as words
from odps_bot.sandbox.slack.block_kit import check_blocks

GOLDEN = Path(__file__).parent / "golden_notices"

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOT_FOUND = "ODPS-0130131:[1,15] Table not found - table ads.orders_tmp cannot be resolved"
MEMORY = "ODPS-0123144: Fuxi job failed - kInstanceMonitorTimeout CRASH_EXIT, usually by OOM"

#: The only markup of Slack in notices: people, channels, times.
OUR_MARKUP = re.compile(r"<@U[0-9]>|<#C[0-9]>|<!date\^\d+\^[^<>|]+\|[^<>|]+>")


def a_subscription(*wants: Wanted, **facts: Any) -> Subscription:
    usual = {"team_id": "T1", "channel_id": "C1", "project": "ads", "user_id": "U1"}
    usual |= {"created_at": NOON, "is_announced": True}
    return Subscription(**{**usual, "wants": wants or (Wanted.FAILURES,), **facts})


def an_event(outcome: Outcome = Outcome.FAILED, number: int = 1, **facts: Any) -> InstanceEvent:
    usual = {
        "outcome": outcome,
        "instance_id": f"20261122120{number:03}123gabcde",
        "at": NOON + timedelta(minutes=number),
        "took": timedelta(seconds=125),
        "owner": "ALIYUN$ann@example.com",
        "fingerprint": "f",
    }
    if outcome is Outcome.FAILED:
        usual |= {"error": NOT_FOUND, "sql": "select * from ads.orders_tmp"}
    return InstanceEvent(**{**usual, **facts})


SKEW = Finding(
    kind=Kind.SKEW,
    since=NOON,
    confidence=Confidence.SURE,
    remedy=Remedy.MAP_JOIN,
    stage="J2_1",
    worker=49,
    numbers={
        "ended": 49,
        "total": 50,
        "ended_mean_s": 40,
        "ratio": 30,
        "records": 60_000_000,
        "mean_records": 2_000_000,
        "rest_s": 1_080,
    },
)
WAITING = Finding(
    kind=Kind.WAIT_QUOTA,
    since=NOON,
    confidence=Confidence.SURE,
    remedy=Remedy.OTHER_QUOTA,
    numbers={"wait_s": 240, "position": 3, "ahead": 2},
    code=1041,
)


def a_sick_event(finding: Finding = SKEW, number: int = 1) -> InstanceEvent:
    return an_event(
        Outcome.SICK,
        number,
        finding=finding,
        took=timedelta(minutes=5),
        sql="select count(*) from orders",
        fingerprint=grouping.finding_fingerprint(finding, "f"),
    )


def a_post(*events: InstanceEvent) -> Post:
    digest = grouping.apply_events(Digest(), events, now=NOON)
    found = grouping.next_post(digest, now=NOON)
    assert found is not None
    return found[0]


def a_notice(*events: InstanceEvent, silences: tuple[Silence, ...] = ()) -> Message:
    return alert.alert_message(a_post(*events), project="ads", silences=silences)


def a_digest(count: int) -> Message:
    return a_notice(
        *(
            an_event(number=number, fingerprint=f"f{number}", owner=f"RAM$co:p{number}")
            for number in range(count)
        ),
        an_event(Outcome.SLOW, 7, took=timedelta(minutes=40), usual=timedelta(minutes=9)),
    )


MESSAGES: dict[str, Callable[[], Message]] = {
    "announcement": lambda: words.announcement(a_subscription()),
    "announcement-of-a-change": lambda: words.announcement(
        a_subscription(
            Wanted.FAILURES, Wanted.SLOW, owners=("ann", "bob"), replaces=a_subscription()
        )
    ),
    "subscribed-to-failures": lambda: words.subscribed(a_subscription()),
    "subscribed-to-all": lambda: words.subscribed(
        a_subscription(Wanted.ALL, slow_after=timedelta(minutes=45), replaces=a_subscription())
    ),
    "subscribed-to-slow": lambda: words.subscribed(a_subscription(Wanted.SLOW)),
    "subscribed-to-sick-and-failures": lambda: words.subscribed(
        a_subscription(Wanted.FAILURES, Wanted.SLOW, Wanted.SICK)
    ),
    "subscribed-to-all-and-sick": lambda: words.subscribed(a_subscription(Wanted.SICK, Wanted.ALL)),
    "not-subscribed": lambda: words.not_subscribed(a_subscription(), "not_in_channel"),
    "not-subscribed-oddly": lambda: words.not_subscribed(
        a_subscription(replaces=a_subscription(Wanted.SLOW)), "odd_code"
    ),
    "paused": lambda: words.paused(a_subscription(paused_by="is_archived")),
    "resumed": lambda: words.resumed(a_subscription(paused_by="not_in_channel", paused_since=NOON)),
    "removed": lambda: words.removed(a_subscription(paused_by="is_archived")),
    "unsubscribed": lambda: words.unsubscribed(a_subscription()),
    "subscriptions": lambda: words.subscription_list(
        [
            a_subscription(),
            a_subscription(Wanted.SLOW, project="bi", slow_after=timedelta(hours=2)),
            a_subscription(project="etl", paused_since=NOON, paused_by="not_in_channel"),
            a_subscription(project="new", is_announced=False),
        ]
    ),
    "subscriptions-that-are-not-heard": lambda: words.subscription_list(
        [a_subscription()],
        problems={
            "ads": words.WatchProblems(
                scanned_until=NOON,
                refusal="ODPS-0420095: You have NO privilege 'odps:Read' (HTTP 403)",
            )
        },
    ),
    "subscriptions-none": lambda: words.subscription_list([]),
    "failure": lambda: a_notice(an_event()),
    "failure-of-unknown-owner-without-a-reason": lambda: a_notice(
        an_event(error=None, sql=None, owner=None, took=None)
    ),
    "failure-of-another-channel": lambda: a_notice(an_event(error=MEMORY, sql=None)),
    "failures-repeated": lambda: a_notice(*(an_event(number=n) for n in range(8))),
    "failure-muted": lambda: a_notice(
        an_event(),
        silences=(Silence(key=grouping.group_key(an_event()), until=NOON, user_id="U2"),),
    ),
    "slow": lambda: a_notice(
        an_event(
            Outcome.SLOW,
            took=timedelta(minutes=40),
            usual=timedelta(minutes=9),
            runs=20,
            sql="select count(*) from orders",
        )
    ),
    "slow-to-begin": lambda: a_notice(
        an_event(
            Outcome.SLOW,
            took=timedelta(minutes=12),
            usual=timedelta(seconds=40),
            runs=9,
            is_waiting=True,
        )
    ),
    "sick": lambda: a_notice(a_sick_event()),
    "sick-and-more": lambda: a_notice(
        a_sick_event(), a_sick_event(number=2), an_event(number=3), a_sick_event(WAITING, 4)
    ),
    "slow-without-history": lambda: a_notice(an_event(Outcome.SLOW, took=timedelta(minutes=31))),
    "successes": lambda: a_notice(*(an_event(Outcome.SUCCEEDED, n) for n in range(3))),
    "cancelled": lambda: a_notice(an_event(Outcome.CANCELLED)),
    "digest": lambda: a_digest(3),
    "digest-of-many": lambda: a_digest(40),
    "muted": lambda: alert.silence_noted(timedelta(hours=1), NOON),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_what_is_said_is_what_its_golden_file_says(name: str) -> None:
    # As JSON it has no parts in common, which YAML would write as references.
    shown = json.loads(json.dumps(MESSAGES[name]().as_arguments()))
    said = yaml.safe_dump(shown, allow_unicode=True, sort_keys=False, width=100)
    file = GOLDEN / f"{name}.yaml"
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(said)

    assert said == file.read_text()


def test_every_golden_file_is_of_something_that_is_said() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == set(MESSAGES)


@pytest.mark.parametrize("name", MESSAGES)
def test_slack_takes_it(name: str) -> None:
    message = MESSAGES[name]()

    assert check_blocks(message.blocks, surface="message") == []
    assert len(message.text) <= 4_000


FOREIGN = st.lists(
    st.one_of(
        st.sampled_from(
            ["<!channel>", "<@U2|boss>", "<http://evil|x>", "&lt;", "`", "\n", "\u202e"]
        ),
        st.text(max_size=30),
        st.integers(1, 4_000).map("&".__mul__),
    ),
    max_size=10,
).map("".join)


@given(FOREIGN, FOREIGN, FOREIGN, st.integers(1, 3))
def test_foreign_text_neither_speaks_for_us_nor_breaks_a_notice(
    error: str, sql: str, owner: str, groups: int
) -> None:
    message = a_notice(
        *(
            an_event(error=error or "x", sql=sql, owner=owner, fingerprint=f"f{n}", number=n)
            for n in range(groups)
        )
    )

    assert check_blocks(message.blocks, surface="message") == []
    assert len(message.text) <= 4_000
    for said in (message.text, *mrkdwn_in(message.blocks)):
        assert "<" not in OUR_MARKUP.sub("", said)


@given(FOREIGN, FOREIGN)
def test_what_people_name_neither_speaks_for_us_nor_breaks_a_word(owner: str, code: str) -> None:
    subscription = a_subscription(owners=(owner,), paused_by=code, paused_since=NOON)
    told = [
        words.announcement(subscription),
        words.subscribed(subscription),
        words.not_subscribed(subscription, code),
        words.paused(subscription),
        words.resumed(subscription),
        words.removed(subscription),
        words.unsubscribed(subscription),
        words.subscription_list(
            [subscription], problems={"ads": words.WatchProblems(scanned_until=NOON, refusal=code)}
        ),
    ]

    for message in told:
        assert "<" not in OUR_MARKUP.sub("", message.text)


def mrkdwn_in(blocks: Any) -> list[str]:
    """Return the texts in which markup works."""
    if isinstance(blocks, list):
        return [text for block in blocks for text in mrkdwn_in(block)]
    if not isinstance(blocks, dict):
        return []
    if blocks.get("type") == "mrkdwn":
        return [blocks["text"]]
    return [text for value in blocks.values() for text in mrkdwn_in(value)]
