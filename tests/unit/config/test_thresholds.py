"""The thresholds of a diagnosis: each can be set, is explained, and refuses what makes no sense.

`UPDATE_DOCS=1` writes the list of docs/operating.md anew.
"""

import os
import re
import textwrap
import tomllib
from pathlib import Path

import pytest

from odps_bot.config import thresholds
from odps_bot.config.rules import parse_rules
from odps_bot.config.thresholds import SOURCES, Thresholds
from odps_bot.errors import SettingsError

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/operating.md"
EXAMPLE = ROOT / "odps-bot.example.toml"
LINE = re.compile(r"^    (\w+): \w+ = .*?  #: (.*)$", re.MULTILINE)
MEANINGS = dict(LINE.findall(Path(thresholds.__file__).read_text()))


def read(text):
    return parse_rules(text, file_name="odps-bot.toml").diagnosis


def test_each_has_a_meaning_and_a_source():
    assert list(MEANINGS) == list(Thresholds.__struct_fields__)
    sources = {re.split(r"[ ;]", meaning)[0] for meaning in MEANINGS.values()}
    assert sources == {"ours", "documented"}


def test_without_the_section_the_defaults_hold():
    assert read("") == Thresholds()
    assert read("[diagnosis]\nskew_ratio = 5").skew_ratio == 5


def test_the_example_shows_the_defaults():
    section = tomllib.loads(EXAMPLE.read_text())["diagnosis"]

    assert read(EXAMPLE.read_text()) == Thresholds()
    assert list(section) == list(Thresholds.__struct_fields__)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("skew_ratio = 0.5", ">= 1"),
        ("starved_ratio = 1.2", "<= 1"),
        ("planning_s = -1", ">= 0"),
        ("planning_s = inf", "<="),
        ("planning_s = nan", ">= 0"),
        ("skew_least_records = 1.5", "Expected `int`"),
        ("enabled = 1", "Expected `bool`"),
        ("skew_rato = 3", "unknown field `skew_rato`"),
    ],
)
def test_a_threshold_that_makes_no_sense_is_refused_with_its_line(line, reason):
    with pytest.raises(SettingsError) as refused:
        read(f"[diagnosis]\n\n{line}\n")

    assert str(refused.value).startswith("odps-bot.toml, line 3 (diagnosis.")
    assert reason in str(refused.value)


def listed():
    """Return the list as docs/operating.md has to have it."""
    defaults = Thresholds()
    return "\n".join(
        textwrap.fill(
            f"`{name}` (`{shown(getattr(defaults, name))}`): {meaning}",
            width=120,
            initial_indent="- ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for name, meaning in MEANINGS.items()
    )


def shown(value):
    return str(value).lower() if isinstance(value, bool) else f"{value:_}"


def test_operators_are_told_of_every_threshold_and_its_source():
    before, after = "\n### When a job is called slow\n", "\n### "
    section = PAGE.read_text().split(before)[1].split(after)[0]
    written = section[section.index("\n- ") :].strip()

    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(PAGE.read_text().replace(written, listed()))
        return

    assert written == listed()
    assert all(source in section for source in SOURCES)
