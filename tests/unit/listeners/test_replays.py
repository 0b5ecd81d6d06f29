from odps_bot.listeners import replays
from odps_bot.listeners.replays import WINDOW, Replays


class Clock:
    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def test_what_was_answered_is_known_as_long_as_its_signature_is_good() -> None:
    clock = Clock()
    known = Replays(monotonic_s=clock)
    known.remember("v0=1")
    clock.now_s += WINDOW.total_seconds()
    is_known = known.is_replay("v0=1")
    clock.now_s += 1

    assert is_known
    assert not known.is_replay("v0=1")
    assert not known.is_replay("v0=2")


def test_the_memory_is_bounded(monkeypatch) -> None:
    monkeypatch.setattr(replays, "MOST_REMEMBERED", 3)
    known = Replays()
    for number in range(5):
        known.remember(str(number))

    assert [known.is_replay(str(number)) for number in range(5)] == [False, False, True, True, True]
