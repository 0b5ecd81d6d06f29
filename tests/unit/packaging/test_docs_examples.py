"""What the documentation shows exists: commands, options, settings, files, tasks, metrics."""

import contextlib
import importlib.util
import re
import shlex
import subprocess
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from odps_bot import __version__
from odps_bot.__main__ import _parser
from odps_bot.commands import COMMANDS, find_command
from odps_bot.commands.list import read_choice
from odps_bot.commands.subscribe import read_wish
from odps_bot.config.rules import Role, parse_rules
from odps_bot.config.variable import variables
from odps_bot.input.options import parse_options
from odps_bot.input.run_options import parse_run_options
from odps_bot.manifest import EVENTS, SCOPES
from odps_bot.messages.sentences import SENTENCES
from odps_bot.operations.metrics import Metrics
from odps_bot.operations.queue_statistics import QueueStatistics, gauges
from odps_bot.policy.effective_role import NEEDED, Permission

ROOT = Path(__file__).parents[3]
PAGES = {
    str(file.relative_to(ROOT)): file.read_text()
    for file in [*sorted(ROOT.glob("README*.md")), *sorted(ROOT.joinpath("docs").glob("*.md"))]
}
SOURCES = "\n".join(
    file.read_text()
    for folder in ("odps_bot", "workers", "tests", "benchmarks")
    for file in ROOT.joinpath(folder).rglob("*.py")
)

BLOCK = re.compile(r"^([ >]*)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")

#: Of people who type; `…` and words in capitals stand for something.
ODPS = re.compile(r"(?:/|@)odps(?: [^\n]*)?")
OURS = re.compile(r"(?:^|[ /])(?:odps-bot|python -m odps_bot) ((?:[a-z]+\b|--version)[^\n|&#>]*)")

VARIABLE = re.compile(r"\b(?:ODPS|SLACK|ALIBABA_CLOUD|REDIS)_[A-Z][A-Z_]*[A-Z]\b")
FOLDERS = "odps_bot|workers|tests|docs|deploy|benchmarks|requirements"
PATH = re.compile(rf"(?:{FOLDERS})/[\w./@-]*[\w/]|[\w.@-]+\.(?:md|toml|yml|service|example)")
LINK = re.compile(r"\]\(([^)\s]+)\)")
METRIC = re.compile(r"\bodps_bot_[a-z_]+[a-z]\b")
TASK = re.compile(r"\bmake ([a-z][a-z-]+)\b")
UNIT = re.compile(r"\bodps-bot(?:-worker)?(?:@[\d*{]\S*|\.service)")

#: Set by docker-compose.yml for its Redis; read by clients of MaxCompute, by Alibaba's package.
ELSEWHERE = {"REDIS_PASSWORD", "ODPS_PROJECT_NAME", "ALIBABA_CLOUD_CREDENTIALS_FILE"}
ELSEWHERE |= {"REDIS_MAXMEMORY", "REDIS_MEMORY_LIMIT"}

#: A secret can also come from a file.
SECRET_FILES = {f"{v.name}_FILE" for v in variables().values() if v.is_secret}

#: Files that people make, or that systems have.
MADE = {".env", "odps-bot.toml", "odps-bot.env", "docker-compose.override.yml"}


def blocks(page: str, *languages: str) -> list[str]:
    """Return the blocks of code in these languages, without their indentation."""
    return [
        re.sub(rf"^{re.escape(indent)}", "", text, flags=re.MULTILINE)
        for indent, language, text in BLOCK.findall(PAGES[page])
        if language in languages
    ]


def inline(page: str) -> list[str]:
    """Return what stands between single backticks."""
    return INLINE.findall(BLOCK.sub("", PAGES[page]).replace("\\|", "|"))


def code(page: str) -> list[str]:
    """Return every line of code, be it in a block or in a sentence."""
    in_blocks = [line for *_, text in BLOCK.findall(PAGES[page]) for line in text.splitlines()]
    return [*inline(page), *in_blocks]


def typed_commands(page: str) -> list[str]:
    """Return what people are shown to type; a prompt or a comment around it is not theirs."""
    found = [ODPS.fullmatch(line.strip()) for line in code(page)]
    return [match[0] for match in found if match]


@pytest.mark.parametrize("page", PAGES)
class TestEveryPage:
    def test_shows_commands_that_there_are(self, page: str) -> None:
        for typed in typed_commands(page):
            verb_and_rest = typed[len("/odps") :].strip()
            if not verb_and_rest.startswith(("…", "<")):
                find_command(verb_and_rest)

    def test_shows_options_that_there_are(self, page: str) -> None:
        for typed in typed_commands(page):
            rest = typed[len("/odps") :].strip()
            if rest and not is_a_pattern(rest):
                command, text = find_command(rest)
                read(command.name, text)

    def test_names_settings_that_are_read(self, page: str) -> None:
        ours = {variable.name for variable in variables().values()}
        ours |= ELSEWHERE | SECRET_FILES

        named = {name for line in code(page) for name in VARIABLE.findall(line)}
        assert not {name for name in named - ours if f'"{name}"' not in SOURCES}

    def test_names_files_that_exist(self, page: str) -> None:
        named = {path for text in inline(page) for path in [text] if PATH.fullmatch(path)}

        missing = {path for path in named if not exists(path) and Path(path).name not in MADE}
        assert not missing

    def test_links_to_what_exists(self, page: str) -> None:
        for target in LINK.findall(BLOCK.sub("", PAGES[page])):
            if "://" in target:
                continue
            path, _, anchor = target.partition("#")
            file = (ROOT / page).parent / path if path else ROOT / page
            assert file.exists(), target
            if anchor:
                assert anchor in anchors(file.read_text()), target

    def test_starts_commands_of_the_command_line(self, page: str) -> None:
        for line in code(page):
            # Redis' user is called like the command line.
            if (found := OURS.search(line)) and "ACL SETUSER" not in line:
                words = shlex.split(found[1])
                assert parsed(words) is not None, line

    def test_names_tasks_that_there_are(self, page: str) -> None:
        tasks = set(re.findall(r"^([a-z-]+):", ROOT.joinpath("Makefile").read_text(), re.MULTILINE))

        assert {task for line in code(page) for task in TASK.findall(line)} <= tasks

    def test_has_rules_that_are_accepted(self, page: str) -> None:
        for text in blocks(page, "toml"):
            parse_rules(text, file_name=page)

    def test_has_scripts_that_a_shell_understands(self, page: str) -> None:
        for text in blocks(page, "sh", "console", "bash"):
            script = re.sub(r"^\$ ", "", text, flags=re.MULTILINE)
            understood = subprocess.run(
                ["sh", "-n"], input=script, text=True, capture_output=True, check=False
            )
            assert (understood.returncode, understood.stderr) == (0, ""), text

    def test_names_metrics_that_are_counted(self, page: str) -> None:
        metrics = Metrics()
        metrics.watch_slack(lambda: True)
        metrics.watch_slack_connections(lambda: 2, wanted=2)
        metrics.watch_senders(lambda: 0, count=1)
        metrics.watch_held_requests(lambda: 0, places=1)
        counted = {metric.name for metric in metrics.registry.collect()}
        counted |= {gauge.name for gauge in gauges(QueueStatistics())}

        for line in code(page):
            for metric in METRIC.findall(line):
                bare = re.sub(r"_(total|bucket|count|sum)$", "", metric)
                is_module = ROOT.joinpath("odps_bot", metric.removeprefix("odps_bot_")).exists()
                assert bare in counted or is_module, metric

    def test_names_units_that_there_are(self, page: str) -> None:
        there = {file.name for file in ROOT.joinpath("deploy").glob("*.service")}

        for line in code(page):
            for unit in UNIT.findall(line):
                name = re.sub(r"@.*", "@", unit).removesuffix(".service")
                assert f"{name}.service" in there, unit


def is_a_pattern(typed: str) -> bool:
    """Return whether it shows what could be typed: usage, or something left out."""
    return bool(re.search(r"…|\[|\bPROJECT\b|\bINSTANCE\b|\bSQL\b|\bid\b| or ", typed))


def read(verb: str, text: str) -> None:
    """Read what stands behind a verb as the command does. Raises UsageError."""
    match verb:
        case "run":
            parse_run_options(text)
        case "list":
            read_choice(text)
        case "subscribe":
            read_wish(text, projects=("sandbox", "analytics", "ads"))
        case "cost" | "status" | "logview" | "watch" | "xflow":
            parse_options(text, {"project": "project", "p": "project"}, usage="")


def exists(path: str) -> bool:
    """Return whether a file exists, from the root or, named alone, in the folders for such."""
    return any(ROOT.joinpath(folder, path).exists() for folder in ("", "docs", "deploy"))


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", text), re.MULTILINE)
    bare = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.replace(" ", "-") for heading in bare}


def parsed(words: list[str]) -> Namespace | int | None:
    """Return what the command line makes of these words; None when it does not know them."""
    with contextlib.suppress(ValueError):
        words = words[: words.index("…")]
    try:
        return _parser().parse_args(words)
    except SystemExit as ended:
        return None if ended.code else 0


def test_every_command_is_shown_to_people_with_an_example() -> None:
    shown = typed_commands("docs/using.md")

    for name in COMMANDS:
        examples = [typed for typed in shown if re.match(rf"/odps {name}\b", typed)]
        assert examples, name


def test_people_are_told_what_each_role_may() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGES["docs/using.md"], re.MULTILINE))
    roles = {role: rows[role] for role in Role}

    for permission, role in NEEDED.items():
        assert SENTENCES.permissions[permission] in roles[role], permission
    assert sum(len(may.split("; ")) for may in roles.values()) == len(Permission) + 1


def test_people_are_told_of_the_buttons_that_a_card_can_have() -> None:
    section = PAGES["docs/using.md"].split("\n## The card's buttons\n")[1].split("\n## ")[0]
    shown = set(re.findall(r"^\| \*([^*]+)\* \|", section, re.MULTILINE))
    cards = ROOT.joinpath("tests/unit/messages").glob("golden*/card-*.yaml")
    labels = {label for card in cards for label in buttons_of(yaml.safe_load(card.read_text()))}

    assert shown <= labels
    page = PAGES["docs/using.md"]
    assert not [label for label in labels if f"*{re.sub('[0-9].*', '', label)}" not in page]


def buttons_of(value: Any) -> Iterator[str]:
    """Yield what stands on the buttons of a message."""
    if isinstance(value, dict):
        if value.get("type") == "button":
            yield value["text"]["text"]
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from buttons_of(part)


def test_operators_are_told_of_each_scope_and_event_of_the_app() -> None:
    wanted = (*SCOPES, *EVENTS)

    assert not [name for name in wanted if f"`{name}`" not in PAGES["docs/operating.md"]]


def test_operators_are_helped_with_what_the_bot_really_says() -> None:
    section = PAGES["docs/operating.md"].split("\n## What to do when …\n")[1]
    quoted = re.findall(r"^- \*([^*`]+?)(?: …)?\*", section, re.MULTILINE)
    said = re.sub(r'"\s+f?"', "", SOURCES).replace("{channel}", "this channel")

    assert len(quoted) >= 4
    assert not [words for words in quoted if words not in said]


def test_people_are_helped_with_refusals_that_the_bot_really_says() -> None:
    section = PAGES["docs/using.md"].split("\n## When something is refused\n")[1].split("\n## ")[0]
    [_, _, *rows] = re.findall(r"^\| (.+?) \| .+ \|$", section, re.MULTILINE)
    # A literal's end and the next one's begin are no words; what is filled in is an ellipsis here.
    sources = [*ROOT.joinpath("odps_bot").rglob("*.py"), *ROOT.joinpath("workers").rglob("*.py")]
    said = re.sub(r'"\s+f?"', "", "\n".join(file.read_text() for file in sources))
    said += ROOT.joinpath("odps_bot/messages/sentences.toml").read_text().replace("\\\n", "")

    assert len(rows) >= 31
    for row in rows:
        for words in re.split(r"`?…`?|`|(?<=[.]) ", row):
            assert words.strip(" (),.?") in said, row


def test_the_faq_answers_what_people_ask() -> None:
    faq = PAGES["docs/using.md"].split("\n## FAQ\n")[1].split("\n## ")[0]

    assert len(re.findall(r"^### .+[?]$", faq, re.MULTILINE)) >= 12


def test_the_command_that_contributors_are_shown_is_one(tmp_path: Path) -> None:
    [module] = [text for text in blocks("docs/contributing.md", "python") if "COMMAND" in text]
    file = tmp_path / "greet.py"
    file.write_text(module)
    spec = importlib.util.spec_from_file_location("greet", file)
    assert spec is not None
    assert spec.loader is not None
    greet = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(greet)

    assert greet.COMMAND.examples[0] == f"/odps {greet.COMMAND.name}"
    assert greet.COMMAND.usage.startswith(f"/odps {greet.COMMAND.name} ")


def test_contributors_are_shown_fixtures_that_there_are() -> None:
    section = PAGES["docs/contributing.md"].split("\n### Which fixture for what\n")[1]
    rows = re.findall(r"^\| .+? \| `(tests/\S+)` \| (.+) \|$", section, re.MULTILINE)

    assert len(rows) >= 20
    for folder, asked in rows:
        for words in INLINE.findall(asked):
            if not re.search(r"\.(py|txt)$", words):
                [name] = re.findall(r"^\w+", words)
                assert name in fixtures_in(folder), (folder, words)


def fixtures_in(folder: str) -> set[str]:
    """Return the names of the fixtures that a test in this folder can ask for."""
    here = ROOT / folder
    files = [place / "conftest.py" for place in (here, *here.parents)]
    text = "\n".join(file.read_text() for file in files if file.exists())
    return set(re.findall(r"^@pytest\.fixture.*\ndef (\w+)", text, re.MULTILINE))


def test_the_pages_that_people_are_led_to_are_there() -> None:
    assert {
        "docs/using.md",
        "docs/operating.md",
        "docs/contributing.md",
        "docs/architecture.md",
    } <= set(PAGES)


def test_operators_are_told_of_every_setting_that_they_must_give() -> None:
    for variable in variables().values():
        if variable.default is None:
            assert f"`{variable.name}`" in PAGES["docs/operating.md"]


def test_operators_are_shown_the_files_of_this_release() -> None:
    shown = re.findall(r"odps_bot-(\d+(?:\.\d+)*)[-.]", PAGES["docs/operating.md"])

    assert shown
    assert set(shown) == {__version__}
