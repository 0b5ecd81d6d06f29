"""The declared keys of Redis: their names, and what else the documentation says of them."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from odps_bot.store import keys

OPERATING = Path(__file__).parents[3].joinpath("docs/operating.md").read_text()


def test_a_key_is_named_by_its_parts() -> None:
    assert keys.run_card("C1", "1.5") == "odps-bot:run-card:C1:1.5"
    assert keys.deadlines() == "odps-bot:due"


@pytest.mark.parametrize("key", keys.DECLARED.values(), ids=list(keys.DECLARED))
def test_every_key_asks_for_its_parts(key: keys.Key[*tuple[str, ...]]) -> None:
    parts = [f"<{name}>" for name in key.part_names]

    name = key(*parts)
    assert name.startswith("odps-bot:")
    assert re.findall(r"<\w+>", name) == parts
    assert not set("{}") & set(name)
    with pytest.raises(ValueError, match="parts"):
        key(*parts, "one more")
    if parts:
        with pytest.raises(ValueError, match="parts"):
            key(*parts[1:])


def test_no_two_keys_have_the_same_name() -> None:
    names = [key.pattern.partition(":")[0] for key in keys.DECLARED.values()]

    assert len(set(names)) == len(names)


def test_only_a_key_that_expires_by_a_clock_has_a_life() -> None:
    assert (keys.draft.life, keys.draft.life_s) == (timedelta(hours=1), 3_600)
    for key in (keys.run, keys.locks, keys.outbox, keys.rate_limit):
        with pytest.raises(TypeError, match=re.escape(key.pattern)):
            _ = key.life


def test_the_documented_user_of_redis_may_use_our_keys() -> None:
    assert re.findall(r"ACL SETUSER .* (~\S+) ~rq:\*", OPERATING) == [f"~{keys.PREFIX}*"]


def test_a_restored_backup_forgets_what_was_still_to_be_done() -> None:
    patterns = re.findall(r"'odps-bot:([^']+)'", OPERATING)
    forgotten = {
        name
        for name, key in keys.DECLARED.items()
        if any(re.match(pattern.replace("*", ".*") + "$", key.pattern) for pattern in patterns)
    }

    assert forgotten >= {name for name, key in keys.DECLARED.items() if key.expires == "when empty"}
    assert forgotten - {n for n, key in keys.DECLARED.items() if key.expires == "when empty"} == {
        "pending_events",
        "scanned_until",
        "scan_cursor",
        "running_instances",
        "processed_instances",
    }
