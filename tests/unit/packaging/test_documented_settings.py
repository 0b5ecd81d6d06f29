"""docs/operating.md, .env.example and the code name the same variables.

`UPDATE_DOCS=1` writes the list of docs/operating.md anew.
"""

import os
import re
import textwrap
from pathlib import Path

import pytest
import yaml

from odps_bot.config.settings import Settings
from odps_bot.config.variable import Variable, variables
from odps_bot.errors import SettingsError

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/operating.md"
OPERATING = PAGE.read_text()
ENV_EXAMPLE = ROOT.joinpath(".env.example").read_text()

VARIABLES = {variable.name: variable for variable in variables().values()}

#: Of docker-compose.yml: the password of the Redis that it starts, and what is left to defaults.
COMPOSE_ONLY = {"REDIS_PASSWORD"}
NOT_OURS = {"REDIS_MAXMEMORY", "REDIS_MEMORY_LIMIT", "COMPOSE_FILE"}
NOT_OURS |= {"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"}

ASSIGNMENT = re.compile(r"^(?P<off>#?)(?P<name>[A-Z][A-Z0-9_]+)=(?P<value>.*)$", re.MULTILINE)
ASSIGNMENTS = {found["name"]: found for found in ASSIGNMENT.finditer(ENV_EXAMPLE)}


def listed() -> str:
    """Return the list of settings as docs/operating.md has to have it."""
    return "\n".join(map(item, VARIABLES.values()))


def item(variable: Variable) -> str:
    shown = {None: "**required**", "": "empty"}.get(variable.default, f"`{variable.default}`")
    text = f"`{variable.name}` ({shown}): {variable.meaning}"
    return textwrap.fill(
        text,
        width=120,
        initial_indent="- ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def test_operators_are_told_of_every_variable_its_meaning_and_default() -> None:
    before, after = "\n## All settings\n", "\n## "
    section = PAGE.read_text().split(before)[1].split(after)[0]
    written = section[section.index("\n- ") :].strip()

    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(PAGE.read_text().replace(written, listed()))
        return

    assert written == listed()


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
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1-2-abc", "SLACK_APP_TOKEN": "xapp-1-A1-2-abc"}

    Settings.from_environ({**environ, **tokens}, is_bot=True)


def test_what_the_example_has_in_place_of_a_value_is_known_as_a_placeholder() -> None:
    filled = {name: found["value"] for name, found in ASSIGNMENTS.items() if not found["off"]}
    placeholders = {name: variable.placeholder for name, variable in VARIABLES.items()}

    for name, value in filled.items():
        # The endpoint may be the right one.
        if name in placeholders and name != "ODPS_ENDPOINT":
            assert (name, value) == (name, placeholders[name])


def test_the_example_as_it_is_is_refused_for_each_gap_in_it() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ({name: found["value"] for name, found in ASSIGNMENTS.items()})

    named = [re.split("[: ]", problem)[0] for problem in caught.value.problems]
    assert named == [
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    ]


def test_operators_are_told_which_settings_can_come_from_files() -> None:
    section = OPERATING.split("\n### Secrets in files\n")[1].split("\n## ")[0]
    listed = " ".join(section.split()).split("Secret settings are ")[1].split(". The file")[0]

    secrets = [name for name, variable in VARIABLES.items() if variable.is_secret]
    assert sorted(re.findall(r"`([A-Z_]+)`", listed)) == sorted(secrets)
    assert "SLACK_BOT_TOKEN_FILE" in ENV_EXAMPLE


def test_the_override_for_compose_names_files_that_the_settings_read() -> None:
    section = OPERATING.split("\n### Secrets in files\n")[1].split("\n## ")[0]
    [text] = re.findall(r"^```yaml\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    override = yaml.safe_load(text)
    files = {f"{name}_FILE" for name, variable in VARIABLES.items() if variable.is_secret}

    compose = yaml.safe_load(ROOT.joinpath("docker-compose.yml").read_text())
    for name, service in override["services"].items():
        assert name in compose["services"]
        given = {setting for setting, value in service["environment"].items() if value}
        assert given <= files
        # What the file of compose sets otherwise must be emptied.
        emptied = set(service["environment"]) - given
        assert emptied == {"REDIS_URL"}
        assert {f"{setting}_FILE" for setting in emptied} <= given
        mounted = {f"/run/secrets/{secret}" for secret in service["secrets"]}
        assert mounted == {service["environment"][setting] for setting in given}
        assert set(service["secrets"]) == set(override["secrets"])
        # Compose hands on an empty one, which does not count as given.
        for setting in {file.removesuffix("_FILE") for file in given} - emptied:
            assert compose["services"][name]["environment"][setting].endswith(":-}")


def test_the_example_holds_no_secret() -> None:
    for name, found in ASSIGNMENTS.items():
        if name in VARIABLES and VARIABLES[name].is_secret:
            assert found["value"] in {"", "xoxb-…", "xapp-…", "redis://:password@localhost:6379/0"}
