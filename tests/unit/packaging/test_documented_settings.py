"""README.md, .env.example and the code name the same variables."""

import re
from pathlib import Path

from odps_bot.settings import Settings, variables

ROOT = Path(__file__).parents[3]
README = ROOT.joinpath("README.md").read_text()
ENV_EXAMPLE = ROOT.joinpath(".env.example").read_text()

VARIABLES = {variable.name: variable for variable in variables().values()}

#: Of docker-compose.yml: the password of the Redis that it starts, and what is left to defaults.
COMPOSE_ONLY = {"REDIS_PASSWORD"}
NOT_OURS = {"REDIS_MAXMEMORY", "REDIS_MEMORY_LIMIT", "COMPOSE_FILE"}
NOT_OURS |= {"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"}

ASSIGNMENT = re.compile(r"^(?P<off>#?)(?P<name>[A-Z][A-Z0-9_]+)=(?P<value>.*)$", re.MULTILINE)
ASSIGNMENTS = {found["name"]: found for found in ASSIGNMENT.finditer(ENV_EXAMPLE)}


def settings_table() -> dict[str, tuple[str, str]]:
    """Return meaning and default by variable, as the README's table has them."""
    section = README.split("\n## Settings\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([A-Z0-9_]+)` \| (.*) \| (.*) \|$", section, re.MULTILINE)
    return {name: (meaning, default) for name, meaning, default in rows}


def test_the_readme_explains_every_variable_in_the_codes_words_and_order() -> None:
    meanings = [(name, meaning) for name, (meaning, _) in settings_table().items()]

    assert meanings == [(name, variable.meaning) for name, variable in VARIABLES.items()]


def test_the_readme_tells_every_default() -> None:
    for name, (_, shown) in settings_table().items():
        default = VARIABLES[name].default
        expected = {None: "**required**", "": "empty"}.get(default, f"`{default}`")
        assert (name, shown) == (name, expected)


def test_the_example_has_every_variable_and_no_other() -> None:
    assert set(ASSIGNMENTS) == set(VARIABLES) | COMPOSE_ONLY | NOT_OURS


def test_the_example_has_the_required_ones_to_be_filled_in() -> None:
    to_fill_in = {name for name, found in ASSIGNMENTS.items() if not found["off"]}
    required = {name for name, variable in VARIABLES.items() if variable.default is None}

    # Socket Mode, which is the default, needs its token.
    usual = {
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    }
    assert to_fill_in == required | usual | COMPOSE_ONLY


def test_what_the_example_has_commented_out_is_the_default() -> None:
    shown = {name: found["value"] for name, found in ASSIGNMENTS.items() if found["off"]}
    assert set(shown) >= NOT_OURS
    shown = {name: value for name, value in shown.items() if name not in NOT_OURS}

    assert shown == {name: VARIABLES[name].default for name in shown}


def test_the_example_is_accepted_once_its_gaps_are_filled() -> None:
    environ = {name: found["value"] or "filled-in" for name, found in ASSIGNMENTS.items()}
    for name, found in ASSIGNMENTS.items():
        if found["off"]:
            environ[name] = found["value"]

    Settings.from_environ(environ).check_listening()


def test_the_example_holds_no_secret() -> None:
    for name, found in ASSIGNMENTS.items():
        if name in VARIABLES and VARIABLES[name].is_secret:
            assert found["value"] in {"", "xoxb-…", "xapp-…", "redis://:password@localhost:6379/0"}
