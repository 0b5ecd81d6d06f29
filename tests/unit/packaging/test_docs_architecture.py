"""docs/architecture.md draws what the code is.

`UPDATE_DOCS=1` writes its layers, the life of a run, its keys and their users anew; what a new
layer is for is written by hand.
"""

import os
import re
import textwrap
import tomllib
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from odps_bot.runs import RunState
from odps_bot.runs.lifecycle import TRANSITIONS
from odps_bot.store import keys
from odps_bot.store.job_queue import JOBS
from odps_bot.store.notification_kind import NotificationKind
from workers.runtime.lanes import LANES

ROOT = Path(__file__).parents[3]
FILE = ROOT / "docs/architecture.md"

CONTRACT = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text())["tool"]["importlinter"]
LAYERS: list[str] = next(c for c in CONTRACT["contracts"] if c["type"] == "layers")["layers"]

#: What our modules say, by their names.
SOURCES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts): file.read_text()
    for folder in ("odps_bot", "workers")
    for file in ROOT.joinpath(folder).rglob("*.py")
    if "sandbox" not in file.relative_to(ROOT).parts
}


def section(title: str) -> str:
    """Return what stands under a heading."""
    return FILE.read_text().split(f"\n## {title}\n")[1].split("\n## ")[0]


def block(title: str, language: str) -> str:
    """Return the first block of code under a heading."""
    return section(title).split(f"\n```{language}\n")[1].split("\n```")[0]


def is_written(old: str, new: str) -> bool:
    """Write `new` in place of `old` if that is wanted, and return whether it was."""
    if os.environ.get("UPDATE_DOCS"):
        FILE.write_text(FILE.read_text().replace(old, new))
        return True
    return False


#: Where in a line of the drawing the meaning of a layer begins.
MEANING = 58


def drawn_layers() -> dict[str, str]:
    """Return what each drawn layer is for."""
    lines = re.sub(r"\n +(?=\S)", lambda gap: " " * (3 if len(gap[0]) > 3 else 1), drawing())
    return dict(re.split(r" {2,}", line, maxsplit=1) for line in lines.splitlines())


def drawing() -> str:
    """Return the layers as they are drawn."""
    return block("Layers", "text")


def drawn_layer(layer: str, meaning: str) -> str:
    """Return a layer and what it is for; behind a long one the meaning gets a line of its own."""
    names = "\n".join(textwrap.wrap(layer, 110, subsequent_indent="  ", break_on_hyphens=False))
    gap = "\n" + " " * MEANING if len(layer) > MEANING - 2 else " " * (MEANING - len(layer))
    return f"{names}{gap}{meaning}"


def test_the_layers_are_those_that_imports_are_held_to() -> None:
    drawn = drawn_layers()
    by_first = {layer.split(" |")[0]: meaning for layer, meaning in drawn.items()}
    meanings = {layer: by_first.get(layer.split(" |")[0], "?") for layer in LAYERS}
    right = "\n".join(drawn_layer(layer, meaning) for layer, meaning in meanings.items())
    if is_written(drawing(), right):
        pytest.skip("docs/architecture.md was written")

    assert list(drawn) == LAYERS
    assert "?" not in drawn.values()


def test_every_module_stands_in_a_layer() -> None:
    placed = {".".join(name.split(".")[:2]) for layer in LAYERS for name in layer.split(" | ")}
    modules = {f"odps_bot.{file.stem}" for file in ROOT.joinpath("odps_bot").glob("*.py")}
    packages = {
        f"odps_bot.{file.parent.name}" for file in ROOT.joinpath("odps_bot").glob("*/__init__.py")
    }

    assert placed == (modules | packages | {"workers"}) - {"odps_bot.__init__"}


def test_the_layout_names_every_package() -> None:
    drawn = re.findall(r"^  ([a-z_]+)(?:/|\.py) {2,}", block("Layout", "text"), re.MULTILINE)
    here = [
        path.stem
        for folder in ("odps_bot", "workers")
        for path in ROOT.joinpath(folder).glob("[_a-z]*")
        if (path.suffix == ".py" or path.joinpath("__init__.py").exists())
        and path.name != "__init__.py"
    ]

    assert sorted(drawn) == sorted(here)


def test_every_module_of_operations_stands_in_a_layer() -> None:
    # Some of its modules are used everywhere, others by nobody but the processes.
    placed = {name for layer in LAYERS for name in layer.split(" | ") if ".operations." in name}
    modules = {
        f"odps_bot.operations.{path.stem}" for path in ROOT.glob("odps_bot/operations/[a-z]*")
    }

    assert placed == modules


def transitions_as_mermaid() -> str:
    """Return the table as a Mermaid state diagram."""
    arrows = (
        f"    {before or '[*]'} --> {after}: {event}"
        for before, following in TRANSITIONS.items()
        for after, event in following.items()
    )
    return "\n".join(("stateDiagram-v2", *arrows))


def test_the_life_of_a_run_is_drawn_as_its_table_of_transitions() -> None:
    drawn, right = block("The life of a run", "mermaid"), transitions_as_mermaid()
    if is_written(drawn, right):
        pytest.skip("docs/architecture.md was written")

    assert drawn == right


def test_every_state_says_what_it_means() -> None:
    for state in RunState:
        assert f"\n| `{state}` | " in section("The life of a run")


def test_the_jobs_are_those_that_workers_take() -> None:
    [table, *_] = tables("Jobs")
    named = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)

    assert named == [job.rpartition(".")[2] for job in JOBS]


def tables(title: str) -> list[str]:
    """Return the tables under a heading."""
    return re.findall(r"(?:^\|.+\n)+", section(title), re.MULTILINE)


def test_the_lanes_are_those_of_a_worker() -> None:
    rows = [
        f"| `{lane.name}` | {', '.join(f'`{queue}`' for queue in lane.queues)} | {lane.threads} |"
        f" {lane.meaning}{', in a process of its own' if lane.is_apart else ''} |\n"
        for lane in LANES
    ]
    right = "".join(("| lane | takes from | threads | does |\n", "|---|---|---|---|\n", *rows))
    drawn = tables("Jobs")[1]
    if is_written(drawn, right):
        pytest.skip("docs/architecture.md was written")

    assert drawn == right


def test_the_notifications_are_in_order_of_importance() -> None:
    named = re.findall(r"^\| `(\w+)` \|", section("Notifications"), re.MULTILINE)

    assert named == [str(kind) for kind in NotificationKind]


@cache
def users(name: str) -> list[str]:
    """Return the modules that read or write a key, by its name in the code."""
    named = re.compile(rf"\bkeys\.{name}\b")
    using = {module for module, source in SOURCES.items() if named.search(source)}
    return sorted(module.removeprefix("odps_bot.") for module in using - {keys.__name__})


def life(expires: timedelta | keys.Expiry) -> str:
    """Return when a key expires, in words."""
    if not isinstance(expires, timedelta):
        return expires
    for unit in ("day", "hour", "minute", "second"):
        count, rest = divmod(expires, timedelta(**{f"{unit}s": 1}))
        if count and not rest:
            return f"after {count} {unit}{'s' * (count > 1)}"
    raise ValueError(expires)


def table_of_keys() -> str:
    rows = [
        f"| `{keys.PREFIX}{key.pattern}` | {key.type} | {key.meaning} | {life(key.expires)} |"
        for key in keys.DECLARED.values()
    ]
    return "\n".join(["| key | type | holds | expires |", "|---|---|---|---|", *rows])


def list_of_users() -> str:
    """Return the modules that use keys, each with the names of its keys behind the prefix."""
    used: dict[str, list[str]] = {}
    for name, key in keys.DECLARED.items():
        for user in users(name):
            used.setdefault(user, []).append(f"`{key.pattern.partition(':')[0]}`")
    return "\n".join(
        textwrap.fill(
            f"- `{user}`: {', '.join(names)}",
            width=120,
            subsequent_indent="  ",
            break_on_hyphens=False,
        )
        for user, names in sorted(used.items())
    )


@pytest.mark.parametrize(
    ("first", "right"), [("| key |", table_of_keys), ("- `", list_of_users)], ids=["keys", "users"]
)
def test_the_keys_are_those_of_the_code(first: str, right: Callable[[], str]) -> None:
    pattern = rf"^{re.escape(first)}(?:.*\n)+?(?=\n)"
    written = re.search(pattern, section("Redis"), re.MULTILINE)
    assert written
    if is_written(written[0].rstrip("\n"), right()):
        pytest.skip("docs/architecture.md was written")

    assert written[0].rstrip("\n") == right()


def test_every_key_is_used_by_somebody() -> None:
    assert not [name for name in keys.DECLARED if not users(name)]
