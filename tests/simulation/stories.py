"""What people do: each story is a person or two, who act on what they see, in their own time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from odps_bot.commands import Request
from odps_bot.runs.run import Run
from tests.simulation import people
from tests.simulation.maxcompute import Execution
from tests.simulation.slack import Posted
from tests.simulation.world import Acknowledged, World

#: What the id of an interaction is, also while somebody plants another one.
_ID_OF = Request.__dict__["interaction_id"]

#: How long people wait for what should be there, and how rarely they look at last.
PATIENCE_S, LONGEST_PAUSE_S = 240, 8.0

#: This share of what is read and written is to run interactively.
INTERACTIVE = 0.3


@dataclass
class Asked:
    """A statement that somebody has asked for, and what they did about it."""

    run_id: str
    user: str
    channel: str
    project: str
    sql: str
    mark: str
    ack: Acknowledged = field(default_factory=Acknowledged)


@dataclass
class Actor:
    """A person in a channel."""

    world: World
    user: str
    channel: str
    chance: Random
    story: int
    acts: dict[int, int]  #: how much was done in each story

    def types(self, text: str, *, asks: Callable[[str], None] | None = None) -> Acknowledged:
        """Type behind `/odps`; return what came back. `asks` is told the id of the interaction."""
        trigger, url = self._trigger()
        if asks is not None:
            asks(_interaction_id(trigger))
        body = {
            "command": "/odps",
            "text": text,
            "team_id": people.TEAM,
            "channel_id": self.channel,
            "user_id": self.user,
            "trigger_id": trigger,
            "response_url": url,
        }
        return self.world.send(body)

    def clicks(self, post: Posted, action: str) -> bool:
        """Click a button of a message, if it has one that does this."""
        found = _button(post.blocks, action)
        if found is None:
            return False
        block_id, element = found
        trigger, url = self._trigger()
        self.world.slack.clicked[url] = post
        self.world.send(
            {
                "type": "block_actions",
                "team": {"id": people.TEAM},
                "user": {"id": self.user, "team_id": people.TEAM},
                "channel": {"id": self.channel},
                "container": {
                    "type": "message",
                    "message_ts": post.ts,
                    "channel_id": post.channel,
                    "thread_ts": post.thread_ts,
                    "is_ephemeral": False,
                },
                "trigger_id": trigger,
                "response_url": url,
                "actions": [{**element, "block_id": block_id}],
            }
        )
        return True

    def submits_modal(self, opened: dict[str, Any], values: dict[str, Any]) -> None:
        """Submit a modal that was opened."""
        trigger, _ = self._trigger()
        self.world.send(
            {
                "type": "view_submission",
                "team": {"id": people.TEAM},
                "user": {"id": self.user, "team_id": people.TEAM},
                "trigger_id": trigger,
                "view": {**opened, "state": {"values": values}, "team_id": people.TEAM},
            }
        )

    def waits(self, least_s: float, most_s: float) -> None:
        """Do nothing for a while."""
        self.world.loop.sleep(self.chance.uniform(least_s, most_s))

    def waits_for(self, seen: Callable[[], Any]) -> Any:
        """Look again and again until something is there; return it, or None after a long time."""
        until_us = self.world.loop.now_us + PATIENCE_S * 1_000_000
        pause_s = 1.0
        while not (found := seen()):
            if self.world.loop.now_us >= until_us:
                return None
            self.world.loop.sleep(pause_s)
            pause_s = min(pause_s * 1.3, LONGEST_PAUSE_S)
        return found

    def card_of(self, run_id: str) -> Posted | None:
        """Return the card of a run, if it is there."""
        return self.world.slack.cards.get((self.channel, run_id))

    def _trigger(self) -> tuple[str, str]:
        self.acts[self.story] = self.acts.get(self.story, 0) + 1
        trigger = f"{self.story}.{self.acts[self.story]}.{self.world.seed}"
        url = f"https://hooks.slack.example/{trigger}"
        self.world.slack.response_urls[url] = (self.user, self.channel)
        return trigger, url


def _interaction_id(trigger: str) -> str:
    request = Request(team_id=people.TEAM, channel_id="", user_id="", trigger_id=trigger)
    return str(_ID_OF.__get__(request))


def _button(blocks: list[Any], action: str) -> tuple[str, dict[str, Any]] | None:
    for block in blocks:
        for element in block.get("elements") or [block.get("accessory") or {}]:
            if str(element.get("action_id", "")).partition(":")[0] == action:
                return block.get("block_id", ""), element
    return None


class Stories:
    """Begins stories, and knows what was asked for."""

    def __init__(self, world: World, *, count: int, first: int = 0) -> None:
        self._world = world
        self._numbers = range(first, first + count)
        self._chance = Random(f"stories {world.seed} {first}")
        self.asked: dict[str, Asked] = {}  #: by mark
        self.open = 0
        self._acts: dict[int, int] = {}
        self.skipped: frozenset[int] = frozenset()

    def begin(self, *, span_s: float) -> None:
        """Let all stories begin within the span."""
        for number in self._numbers:
            after_s = self._chance.uniform(2, span_s)
            tell = self._chance.choices(list(STORIES), weights=list(STORIES.values()))[0]
            chance = Random(f"story {self._world.seed} {number}")
            if number in self.skipped:
                continue
            self.open += 1

            def live(tell: Story = tell, chance: Random = chance, number: int = number) -> None:
                try:
                    tell(self, number, chance)
                finally:
                    self.open -= 1

            self._world.loop.spawn(live, self._world.people, after_s=after_s)

    def meanwhile(self, act: Callable[[], None], *, after_s: float) -> None:
        """Let somebody else in a story act beside the others."""
        self._world.loop.spawn(act, self._world.people, after_s=after_s)

    def actor(
        self, number: int, chance: Random, users: tuple[str, ...], channel: str = ""
    ) -> Actor:
        """Return somebody in some channel, who appears in this story."""
        return Actor(
            world=self._world,
            user=chance.choice(users),
            channel=channel or chance.choice(people.CHANNELS),
            chance=chance,
            story=number,
            acts=self._acts,
        )

    def ask(
        self, actor: Actor, number: int, project: str, sql: str, *, is_interactive: bool = False
    ) -> Asked:
        """Ask for a statement; its mark says where it belongs."""
        options = f"--project {project}{' --interactive' * is_interactive}"
        mark = f"mark-{actor.channel}-{number}"
        text = sql.replace("MARK", f"'{mark}'")

        def remember(run_id: str) -> None:
            asked = Asked(run_id, actor.user, actor.channel, project, text, mark)
            self.asked[mark] = asked

        ack = actor.types(f"run {options} {text}", asks=remember)
        self.asked[mark].ack = ack
        return self.asked[mark]

    def start_elsewhere(self, number: int, *, lasts_s: float) -> Execution:
        """Begin an instance that is none of ours."""
        return self._world.maxcompute.start_elsewhere(
            people.FREE, f"elsewhere {number}", f"select {number}", lasts_s=lasts_s
        )

    def run_of(self, asked: Asked) -> Run | None:
        """Return the run as it is now."""
        return self._world.run_of(asked.run_id)


Story = Callable[[Stories, int, Random], None]


def reads(stories: Stories, number: int, chance: Random) -> None:
    """Somebody reads, and may stop it, share it or run it again."""
    actor = stories.actor(number, chance, (*people.RUNNERS, *people.WRITERS, people.NOBODY))
    is_interactive = chance.random() < INTERACTIVE
    asked = stories.ask(
        actor, number, people.FREE, "select MARK, 1 from t_1", is_interactive=is_interactive
    )
    match chance.choice(("nothing", "nothing", "stop", "type stop", "again", "status", "result")):
        case "stop":
            actor.waits(0, 20)
            _click_card(actor, asked, "stop_run")
        case "type stop":
            actor.waits(0, 20)
            if run := stories.run_of(asked):
                actor.types(f"stop {run.name}")
        case "again":
            card = _ended_card(actor, asked)
            # What fails the same way again is offered to be changed only.
            if card and _button(card.blocks, "run_again"):
                actor.clicks(card, "run_again")
        case "status":
            actor.types("status")
        case "result":
            if (card := _ended_card(actor, asked)) and (run := stories.run_of(asked)):
                actor.types(f"result {run.name}")
        case _:
            _click_card(actor, asked, "refresh_run")


def _click_card(actor: Actor, asked: Asked, action: str) -> None:
    if card := actor.waits_for(lambda: actor.card_of(asked.run_id)):
        actor.clicks(card, action)


def _ended_card(actor: Actor, asked: Asked) -> Posted | None:
    def seen() -> Posted | None:
        card = actor.card_of(asked.run_id)
        ways = ("run_again", "edit_run")
        return card if card and any(_button(card.blocks, way) for way in ways) else None

    found: Posted | None = actor.waits_for(seen)
    return found


def writes(stories: Stories, number: int, chance: Random) -> None:
    """Somebody writes, and others decide about it."""
    actor = stories.actor(number, chance, (*people.WRITERS * 6, *people.RUNNERS))
    sql = "insert into t_2 select MARK, 1 from t_1"
    is_interactive = chance.random() < INTERACTIVE
    asked = stories.ask(actor, number, people.GUARDED, sql, is_interactive=is_interactive)
    other = stories.actor(number, chance, (*people.ADMINS * 4, *people.RUNNERS), actor.channel)
    card = actor.waits_for(lambda: _card_with(actor, asked, "approve_run"))
    if card is None:
        return
    actor.waits(0, 60)
    match chance.choice(("approve", "approve", "approve", "own", "reject", "withdraw", "expire")):
        case "approve":
            if chance.random() < 0.25:
                admin = stories.actor(number, chance, people.ADMINS)
                stories.meanwhile(partial(_lock, admin, number), after_s=chance.uniform(0, 0.6))
            other.clicks(card, "approve_run")
            if chance.random() < 0.3:
                other.clicks(card, "approve_run")
        case "own":
            actor.clicks(card, "approve_run")
        case "reject":
            if run := stories.run_of(asked):
                other.types(f"reject {run.name} because")
        case "withdraw":
            if run := stories.run_of(asked):
                actor.types(f"stop {run.name}")


def _card_with(actor: Actor, asked: Asked, action: str) -> Posted | None:
    card = actor.card_of(asked.run_id)
    return card if card and _button(card.blocks, action) else None


def pays(stories: Stories, number: int, chance: Random) -> None:
    """Somebody runs what costs; above a limit they are asked, and budgets end."""
    actor = stories.actor(number, chance, (*people.RUNNERS, *people.WRITERS))
    size = chance.choice((2, 5, 20, 40, 90, 120))
    asked = stories.ask(actor, number, people.PRICED, f"select MARK, 1 from t_{size}")
    if size <= people.AUTOMATIC_LIMIT or size > people.CAP:
        return
    card = actor.waits_for(lambda: _card_with(actor, asked, "confirm_cost"))
    if card is None:
        return
    actor.waits(0, 30)
    match chance.choice(("yes", "yes", "yes", "no", "expire", "stranger")):
        case "yes":
            actor.clicks(card, "confirm_cost")
        case "no":
            actor.clicks(card, "decline_cost")
        case "stranger":
            stories.actor(number, chance, people.ADMINS, actor.channel).clicks(card, "confirm_cost")


def locks(stories: Stories, number: int, chance: Random) -> None:
    """An admin locks a project for a while."""
    _lock(stories.actor(number, chance, people.ADMINS), number)


def _lock(actor: Actor, number: int) -> None:
    actor.types(f"lock {people.GUARDED} maintenance {number}")
    actor.waits(2, 20)
    actor.types(f"unlock {people.GUARDED}")


def looks(stories: Stories, number: int, chance: Random) -> None:
    """Somebody asks what only they shall read."""
    actor = stories.actor(number, chance, (*people.RUNNERS, *people.ADMINS))
    text = chance.choice(
        (
            "list",
            "status",
            "usage",
            f"cost --project {people.FREE} select {number} from t_3",
            "help",
        )
    )
    actor.types(text)


def peeks(stories: Stories, number: int, chance: Random) -> None:
    """Somebody asks for what belongs to another channel."""
    actor = stories.actor(number, chance, (*people.RUNNERS, *people.ADMINS))
    others = [
        one
        for one in stories.asked.values()
        # What is one's own may be run again anywhere.
        if one.channel != actor.channel and one.user != actor.user
    ]
    if others and (run := stories.run_of(chance.choice(others))):
        verb = chance.choice(("result", "status", "rerun", "stop"))
        actor.types(f"{verb} {run.name}")


def follows(stories: Stories, number: int, chance: Random) -> None:
    """Somebody follows an instance that was submitted elsewhere."""
    actor = stories.actor(number, chance, (*people.WRITERS, *people.ADMINS))
    instance = stories.start_elsewhere(number, lasts_s=chance.uniform(5, 60))
    actor.waits(0, 5)
    actor.types(f"watch {instance.id}")


def subscribes(stories: Stories, number: int, chance: Random) -> None:
    """A channel hears of what fails in a project, for a while."""
    actor = stories.actor(number, chance, people.ADMINS)
    actor.types(f"subscribe {people.FREE}")
    actor.waits(30, 120)
    if chance.random() < 0.5:
        actor.types(f"unsubscribe {people.FREE}")


STORIES: dict[Story, int] = {
    reads: 20,
    writes: 14,
    pays: 12,
    locks: 2,
    looks: 3,
    peeks: 2,
    follows: 1,
    subscribes: 1,
}
