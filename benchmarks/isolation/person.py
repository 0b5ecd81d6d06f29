"""A person who types statements at a steady pace, whether or not anything comes of them."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.isolation.office import HEALTHY, PEOPLE, Office, number_in


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A statement that was typed."""

    number: int
    channel: str
    at_s: float  #: since the epoch


@dataclass(frozen=True, kw_only=True)
class Waited:
    """How long people have waited, in seconds."""

    card_s: list[float]  #: from the command until Slack had the card
    told_s: list[float]  #: from the end of the instance until Slack had the reply
    no_card: int  #: cards that had not come; `card_s` has how long they had not
    not_told: int  #: likewise, of ends


def type_statements(
    office: Office, channels: Sequence[str], *, first: int, every_s: float, span_s: float
) -> list[Typed]:
    """Type one statement after the other, each in the next channel; return them."""
    typed = []
    with ThreadPoolExecutor(8) as hands:
        start_s = time.monotonic()
        for count in range(round(span_s / every_s)):
            time.sleep(max(0.0, start_s + count * every_s - time.monotonic()))
            one = Typed(
                number=first + count, channel=channels[count % len(channels)], at_s=time.time()
            )
            typed.append(one)
            person, text = PEOPLE[count % len(PEOPLE)], f"/odps run select {one.number} as n"
            hands.submit(office.slack.say, person, one.channel, text)
        time.sleep(max(0.0, start_s + span_s - time.monotonic()))
    return typed


def await_all(office: Office, typed: Sequence[Typed], *, patience_s: float) -> Waited:
    """Return how long each has taken, as soon as all is told or patience is at its end."""
    deadline_s = time.monotonic() + patience_s
    while True:
        waited = _read(office, typed)
        if (waited.no_card, waited.not_told) == (0, 0) or time.monotonic() > deadline_s:
            return waited
        time.sleep(1)


def _read(office: Office, typed: Sequence[Typed]) -> Waited:
    now_s = time.time()
    cards = {
        number: card
        for channel in _channels(typed)
        for number, card in office.cards(channel).items()
    }
    ended_at_s = {
        number_in(one.sql): one.ended_at.timestamp()
        for one in office.session.maxcompute.instances()
        if one.ended_at is not None and one.project == HEALTHY
    }
    card_s, told_s, no_card, not_told = [], [], 0, 0
    for one in typed:
        card = cards.get(one.number)
        card_s.append((float(card["ts"]) if card else now_s) - one.at_s)
        no_card += card is None
        ended_s = ended_at_s.get(one.number)
        reply = office.completion(one.channel, card) if card and ended_s else None
        not_told += reply is None
        if ended_s is not None:
            told_s.append((float(reply["ts"]) if reply else now_s) - ended_s)
    return Waited(card_s=card_s, told_s=told_s, no_card=no_card, not_told=not_told)


def _channels(typed: Sequence[Typed]) -> set[str]:
    return {one.channel for one in typed}
