from odps_bot.listeners import replay_protection
from odps_bot.listeners.replay_protection import Replays


class Clock:
    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def test_what_was_answered_is_known_as_long_as_its_signature_is_good() -> None:
    clock = Clock()
    known = Replays(monotonic_s=clock)
    known.remember("v0=1")
    clock.now_s += 600
    is_known = known.is_replay("v0=1")
    clock.now_s += 1

    assert is_known
    assert not known.is_replay("v0=1")
    assert not known.is_replay("v0=2")


def test_a_hundred_thousand_requests_are_remembered() -> None:
    known = Replays(monotonic_s=Clock())
    for number in range(100_001):
        known.remember(str(number))

    assert [known.is_replay(str(number)) for number in (0, 1, 100_000)] == [False, True, True]


def test_the_memory_is_bounded(monkeypatch) -> None:
    monkeypatch.setattr(replay_protection, "MOST_REMEMBERED", 3)
    known = Replays()
    for number in range(5):
        known.remember(str(number))

    assert [known.is_replay(str(number)) for number in range(5)] == [False, False, True, True, True]
