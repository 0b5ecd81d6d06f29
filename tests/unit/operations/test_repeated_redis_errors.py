"""A Redis that is away is no reason to fill the log."""

import logging

from redis.exceptions import ConnectionError as RedisConnectionError

from odps_bot.operations.logs import RepeatedRedisErrors

AWAY = RedisConnectionError("refused")


class Log:
    """What passes, with a clock that is moved."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.lines: list[str] = []
        self._filter = RepeatedRedisErrors(clock=lambda: self.now_s)

    def say(self, message: str, *arguments: object, by: str = "workers") -> None:
        record = logging.LogRecord(by, logging.WARNING, "", 0, message, arguments, None)
        if self._filter.filter(record):
            self.lines.append(record.getMessage())


def test_the_first_line_passes_and_then_one_a_minute_with_a_count() -> None:
    log = Log()
    for _ in range(130):
        log.say("cannot reach Redis: %s", AWAY)
        log.now_s += 1

    assert log.lines == [
        "cannot reach Redis: refused",
        "cannot reach Redis: refused (and 59 times since this was last logged)",
        "cannot reach Redis: refused (and 59 times since this was last logged)",
    ]


def test_each_place_speaks_for_itself_and_other_lines_always_pass() -> None:
    log = Log()
    for _ in range(2):
        log.say("cannot reach Redis: %s", AWAY, by="reconciler")
        log.say("cannot reach Redis: %s", AWAY, by="scheduler")
        log.say("run %s is late", "r1")

    assert len(log.lines) == 4


def test_the_same_trouble_an_hour_later_is_news() -> None:
    log = Log()
    log.say("cannot reach Redis: %s", AWAY)
    log.now_s += 3_600
    log.say("cannot reach Redis: %s", AWAY)

    assert log.lines == ["cannot reach Redis: refused"] * 2
