"""The documented example, and the sandbox's own rules, are rules; the example shows every key."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from odps_bot.config.rules import Audit, Budgets, Channel, Project, Role, Rules, read_rules
from odps_bot.sandbox.session import RULES as SANDBOX
from odps_bot.sandbox.slack.fixtures import EDGE_CASE_PEOPLE, PEOPLE, USER_GROUPS, initial_channels

EXAMPLE = Path(__file__).parents[3] / "odps-bot.example.toml"


@pytest.fixture
def uncommented(tmp_path):
    """Return the example with the keys that are commented out."""
    path = tmp_path / "odps-bot.toml"
    path.write_text(re.sub(r"(?m)^# (\w+ = )", r"\1", EXAMPLE.read_text()))
    return path


def keys_in(*tables):
    return {key for table in tables for key in table}


def fields(kind):
    return {field.name for field in msgspec.structs.fields(kind)}


def test_a_copy_of_the_example_needs_no_access_key_but_the_usual_one():
    rules = read_rules(EXAMPLE)

    assert {project.credentials for project in rules.projects.values()} == {None}
    assert rules.default_project.credentials is None


def test_the_example_shows_every_key_there_is(uncommented):
    example = tomllib.loads(uncommented.read_text())
    projects = keys_in(example["defaults"]["project"], *example["projects"].values())

    assert read_rules(uncommented).projects["ads_dev"].credentials == "dev"
    assert keys_in(*example["channels"].values()) == fields(Channel)
    lives = {"approval_life": "approval_hours", "standing_approval_life": "standing_approval_hours"}
    ours = fields(Project) - {"approver_ids"}
    assert projects == {lives.get(name, name) for name in ours}
    assert keys_in(example["budgets"]) == fields(Budgets)
    assert keys_in(example["audit"]) == fields(Audit)
    assert set(example["roles"]) == {"default", "users", "groups"}
    spread = {field for field in fields(Rules) if field.startswith("default_")}
    in_tables = spread | {"users", "groups", "direct_messages"}
    assert set(example) == fields(Rules) - in_tables | {"roles", "defaults"}


@pytest.mark.parametrize("role", list(Role))
def test_the_example_explains_every_role(role):
    assert any(line.startswith(f"#   {role} ") for line in EXAMPLE.read_text().splitlines())


def test_the_sandboxs_rules_name_only_who_is_there():
    rules = read_rules(SANDBOX)

    assert set(rules.users) <= {person.id for person in (*PEOPLE, *EDGE_CASE_PEOPLE)}
    assert set(rules.groups) <= {group.id for group in USER_GROUPS}
    assert set(rules.channels) <= {channel.id for channel in initial_channels("odps")}


def test_the_sandbox_has_somebody_of_each_kind():
    rules = read_rules(SANDBOX)

    assert {*rules.users.values(), *rules.groups.values(), rules.default_role} == {
        Role.ADMIN,
        Role.WRITER,
        Role.RUNNER,
        Role.VIEWER,
    }
    assert any(not c.highest_role.includes(Role.WRITER) for c in rules.channels.values())
    assert not any(p.is_external and p.id in rules.users for p in EDGE_CASE_PEOPLE)
