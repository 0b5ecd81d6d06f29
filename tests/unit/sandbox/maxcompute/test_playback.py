from datetime import timedelta
from pathlib import Path

import pytest

from odps_bot.sandbox.maxcompute.lives.catalog import LIVES
from odps_bot.sandbox.maxcompute.playback import UnknownLifeError, playback
from odps_bot.sandbox.maxcompute.timing import Timing


def played(**settings):
    return playback(
        {f"sandbox.{name.replace('_', '.', 1)}": text for name, text in settings.items()}
    )


def test_without_a_name_nothing_is_played():
    assert playback({}) is None
    assert playback({"sandbox.life.speed": "20"}) is None


@pytest.mark.parametrize("name", ["slow_worker", " Slow-Worker ", "'slow_worker'"])
def test_a_name_may_be_written_as_people_write(name):
    assert played(life=name) is not None


def test_a_life_is_played_from_a_second_on_and_so_many_times_as_quick():
    skew = played(life="skew", life_from="100", life_speed="20")

    assert skew.seconds(0) == 100
    assert skew.seconds(10) == 300
    assert (skew.waits_s, skew.takes_s) == (0, (1_270 - 100) / 20)


@pytest.mark.parametrize("text", ["", "soon", "-1", "nan", "inf", "0"])
def test_other_wrong_hints_are_ignored(text):
    assert played(life="skew", life_speed=text).speed == 1
    assert played(life="skew", life_from=text).from_s == 0


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("skow", "did you mean skew?"), ("slowworker", "did you mean slow_worker?")],
)
def test_a_wrong_name_is_answered_with_a_close_one_and_with_all(wrong, meant):
    with pytest.raises(UnknownLifeError, match="There are: complex_plan, ") as error:
        played(life=wrong)

    assert meant in str(error.value)


@pytest.mark.parametrize(
    ("sql", "is_skewed"),
    [
        ("select * from a join b", True),
        ("select /*+ skewjoin(a) */ * from a join b", False),
        ("select /*+ MAPJOIN(b) */ * from a join b", False),
        ("select * from skewjoin(a)", True),
    ],
)
def test_a_statement_with_the_hint_that_helps_is_not_skewed(sql, is_skewed):
    assert (playback({"sandbox.life": "skew"}, sql=sql) is not None) is is_skewed
    assert playback({"sandbox.life": "slow_worker"}, sql=sql) is not None


@pytest.mark.parametrize("page", ["using.md", "using.zh-CN.md"])
def test_every_life_is_in_the_documentation(page):
    shown = (Path(__file__).parents[4] / "docs" / page).read_text(encoding="utf-8")

    assert {name for name in LIVES if f"`{name}`" not in shown} == set()


def test_an_instance_waits_and_runs_as_long_as_its_life():
    timing = Timing.instant()
    life = timing.lifecycle(stages=2, settings={"sandbox.life": "skew", "sandbox.duration": "1"})
    endless = timing.lifecycle(stages=2, settings={"sandbox.life": "no_movement"})

    assert (life.queued, life.running) == (timedelta(seconds=30), timedelta(seconds=1_240))
    assert not life.is_stuck
    assert endless.is_stuck
