"""What came of it all, by the sandbox's own account rather than by the bot's."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from redis import Redis
from rq.registry import ScheduledJobRegistry, StartedJobRegistry

from odps_bot.sandbox.maxcompute.instances import InstanceRecord
from odps_bot.sandbox.session import PROJECTS, Session
from odps_bot.store import keys
from odps_bot.store.job_queue import QUEUES
from odps_bot.store.notification_kind import NotificationKind

from .cards import Message, marker_in, run_name, shown
from .people import Answer, Interaction

CHANNELS = (
    *("C0DATAENG1", "C0ANALYTIC", "C0RANDOM01", "C0FINANCE1"),
    *("D0ALICEODPS", "D0BOBODPS", "D0CAROLODPS"),
)
#: How a card and MaxCompute say the same.
ENDS = {"Succeeded": "Success", "Failed": "Failed", "Stopped": "Cancelled"}

#: What stays in Redis for ever, and is bounded: one a team, and RQ's own names.
LASTING_KEYS = (
    keys.redis_id(),
    keys.audit(),
    keys.last_run_number(""),
    keys.server(),
    keys.owners_since(),
    "rq:queues",
    "rq:workers",
    "rq:wip:",
)


class Truth:
    """The state of the sandbox's servers at one moment."""

    def __init__(self, session: Session) -> None:
        self.ends: Counter[str] = Counter()
        self._posts: dict[tuple[str, str], list[Message]] = defaultdict(list)
        self._cards: dict[str, list[Message]] = defaultdict(list)
        for channel in CHANNELS:
            for message in session.slack.messages(channel, include_ephemeral=False):
                self._sort(message)
        self._whispers = {
            user: "".join(shown(message) for message in session.slack.ephemerals(user))
            for user in ("U0ALICE", "U0BOB", "U0CAROL")
        }
        self._executions: dict[str, list[InstanceRecord]] = defaultdict(list)
        for instance in session.maxcompute.instances():
            self._executions[marker_in(instance.sql)].append(instance)

    def complaints(self, everything: list[Interaction]) -> list[str]:
        """Return what is wrong with any of the runs; count how they ended."""
        self.ends = Counter()
        return [f"{asked}: {what}" for asked in everything for what in self._wrongs(asked)]

    def _sort(self, message: Message) -> None:
        label = (message.get("metadata") or {}).get("event_payload") or {}
        if label.get("kind") == "card":
            self._cards[marker_in(message["text"])].append(message)
        self._posts[label.get("run_id", ""), label.get("kind", "")].append(message)

    def _wrongs(self, asked: Interaction) -> Iterator[str]:
        executions, cards = self._executions[asked.marker], self._cards[asked.marker]
        if asked.answer is Answer.DENIED:
            self.ends[asked.answer.value] += 1
            if executions or cards:
                yield "but it was submitted"
            return
        if asked.answer is Answer.OPEN and not cards and not executions:
            self.ends[f"left in the dark, and never kept ({asked.said:.40})"] += 1
            return
        if len(cards) != 1:
            yield f"{len(cards)} cards, {len(executions)} executions"
            return
        word = cards[0]["text"].partition(":")[0]
        self.ends[word] += 1
        yield from _wrong_end(asked, word, executions)
        yield from self._wrong_replies(asked, word, cards[0])

    def _wrong_replies(self, asked: Interaction, word: str, card: Message) -> Iterator[str]:
        run_id = card["metadata"]["event_payload"]["run_id"]
        completions = self._posts[run_id, "completion"]
        if len(self._posts[run_id, "progress"]) > 1:
            yield "two progress replies"
        if word == "Refused":
            if f"*{run_name(card)}*" not in self._whispers[asked.user]:
                yield "refused, and nobody was told"
        elif len(completions) != 1:
            yield f"{len(completions)} completion replies; its card says {word}"
        elif f"<@{asked.user}>" not in shown(completions[0]):
            yield "the reply at the end does not mention who asked"
        elif word == "Succeeded" and asked.marker not in shown(completions[0]):
            yield "the reply at the end shows another result"


def _wrong_end(asked: Interaction, word: str, executions: list[InstanceRecord]) -> Iterator[str]:
    if len(executions) > 1:
        yield f"{len(executions)} executions"
    elif not executions:
        is_stopped_in_time = word == asked.kind.end == "Stopped"
        if word not in {"Refused", "Unknown"} and not is_stopped_in_time:
            yield f"no execution; its card says {word}"
    elif executions[0].status != "Terminated":
        yield f"still runs; its card says {word}"
    elif word != asked.kind.end or executions[0].task_status != ENDS[word]:
        yield f"its card says {word}, and MaxCompute {executions[0].task_status}"


def leftovers(redis: Redis) -> list[str]:
    """Return what should not be in Redis when all runs are over."""
    left = []
    waiting = [keys.outbox(kind) for kind in NotificationKind] + [keys.watched(p) for p in PROJECTS]
    for key in (keys.deadlines(), *waiting):
        left += [f"{key}: {member.decode()}" for member in redis.zrange(key, 0, 4)]
    if marks := redis.hlen(keys.outbox_versions()):
        left.append(f"{marks} marks of the outbox")
    for queue in QUEUES:
        if jobs := redis.llen(f"rq:queue:{queue}"):
            left.append(f"{jobs} jobs wait in {queue}")
        parked = ScheduledJobRegistry(queue, connection=redis).get_job_ids(cleanup=False)
        left += [f"{job} is parked in {queue}" for job in parked]
    return left


def immortals(redis: Redis) -> list[str]:
    """Return the keys that never expire and are not known to be bounded."""
    found = {key.decode() for key in redis.scan_iter() if redis.ttl(key) == -1}
    # RQ sets aside what a dead worker had in hand, some minutes after its time is over.
    for queue in QUEUES:
        held = StartedJobRegistry(queue, connection=redis).get_job_ids(cleanup=False)
        found -= {f"rq:job:{job_id}" for job_id in held}
    return sorted(key for key in found if not key.startswith(LASTING_KEYS))
