from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.config.rules import Channel, Role, Rules, parse_rules, read_rules
from odps_bot.errors import SettingsError


def rules(text):
    return parse_rules(dedent(text), file_name="odps-bot.toml")


def complaint(text):
    with pytest.raises(SettingsError) as refused:
        rules(text)
    return str(refused.value)


def test_an_empty_file_says_nothing():
    assert rules("") == Rules()


def test_people_groups_and_channels_are_read():
    read = rules(
        """
        contact = "@data-platform"
        [roles]
        default = "viewer"
        [roles.users]
        U0ALICE = "admin"
        [roles.groups]
        S0DATA = "writer"
        [channels.C0ADS]
        projects = ["ads"]
        highest_role = "writer"
        """
    )

    assert read.contact == "@data-platform"
    assert read.default_role is Role.VIEWER
    assert read.users == {"U0ALICE": Role.ADMIN}
    assert read.groups == {"S0DATA": Role.WRITER}
    assert read.channel("C0ADS") == Channel(projects=("ads",), highest_role=Role.WRITER)


def test_a_channel_that_is_not_named_takes_the_default():
    read = rules(
        """
        [defaults.channel]
        highest_role = "runner"
        [defaults.direct_messages]
        highest_role = "viewer"
        """
    )

    assert read.channel("C0ANY").highest_role is Role.RUNNER
    assert read.channel("D0ALICE").highest_role is Role.VIEWER
    assert read.channel("").highest_role is Role.VIEWER


def test_a_project_inherits_what_it_does_not_say():
    read = rules(
        """
        [defaults.project]
        price_per_gb = "0.3 CNY"
        estimates = true
        [projects.ads]
        automatic_limit = 5
        cap = 50.5
        above_cap = "approve"
        approve = ["write", "ddl"]
        approval_hours = 0.5
        """
    )
    ads = read.project("ads")

    assert ads.estimates
    assert str(ads.price_per_gb) == "0.30 CNY"
    assert (ads.automatic_limit, ads.cap) == (Decimal(5), Decimal("50.5"))
    assert ads.approve == ("write", "ddl")
    assert ads.approval_life == timedelta(minutes=30)
    assert read.project("other").automatic_limit is None


def test_schemas_and_projects_that_may_be_read_are_said_for_all_projects_or_one():
    read = rules(
        """
        [defaults.project]
        reads_from = ["shared_dim"]
        [projects.ads]
        schemas = true
        reads_from = ["*"]
        """
    )

    assert (read.project("ads").schemas, read.project("ads").reads_from) == (True, ("*",))
    assert (read.project("x").schemas, read.project("x").reads_from) == (False, ("shared_dim",))


@pytest.mark.parametrize(
    ("text", "line", "remedy"),
    [
        (
            '[projects.p]\nreads_from = ["a.t"]',
            2,
            "'a.t' is not the name of a project; write it without schema or table",
        ),
        ('[projects.p]\nschemas = "yes"', 2, "Expected `bool`"),
        ("\n\ncolour = 1", 3, "expected one of audit, budgets, channels"),
        ('[roles]\n\ndefault = "boss"', 3, "expected one of none, viewer, runner, writer"),
        ('[roles.users]\nalice = "admin"', 2, "'alice' is not a member ID"),
        ('[roles.groups]\nU0ALICE = "admin"', 2, "is not a user group's ID"),
        ('[channels.C0]\nprojets = ["a"]', 2, "expected one of projects, highest_role"),
        ('[channels."#general"]', 1, "'#general' is not a channel's ID"),
        ("[projects.p]\ncap = 3", 2, "price_per_gb is needed too"),
        ('[projects.p]\nprice_per_gb = "3"', 2, 'such as "0.3 CNY"'),
        (
            '[projects.p]\nprice_per_gb = "1 CNY"\nautomatic_limit = 2\ncap = 1',
            4,
            "cap must be at least automatic_limit",
        ),
        ('[projects.p]\nprice_per_gb = "1 CNY"\n\ncap = nan', 4, "at least 0"),
        (
            '[projects.p]\napprove = ["writes"]',
            2,
            "expected one of read, write, ddl, admin, unknown",
        ),
        ("[projects.p]\napproval_hours = 1000", 2, "up to 168"),
        ("[projects.p]\nestimates = 1", 2, "Expected `bool`"),
        ("[budgets]\nperson = -1", 2, "at least 0"),
        ('[audit]\nkeep = "many"', 2, "Expected `int`"),
        ("roles = 3", 1, "expected a table [roles]"),
        ("[roles\n", 1, "Expected ']'"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_the_remedy(text, line, remedy):
    told = complaint(text)

    assert f"line {line}" in told
    assert remedy in told


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"rules\.toml cannot be read: No such file"):
        read_rules(tmp_path / "rules.toml")


@given(st.text())
def test_any_text_is_rules_or_a_mistake(text):
    with suppress(SettingsError):
        assert isinstance(parse_rules(text, file_name="odps-bot.toml"), Rules)


def test_approvers_are_a_role_or_people_and_groups():
    rules = parse_rules(
        '[defaults.project]\napprovers = "admin"\n'
        '[projects.ads]\napprovers = ["S1", "U1"]\nstanding_approval_hours = 24\n',
        file_name="rules",
    )

    assert rules.default_project.approvers is Role.ADMIN
    assert rules.project("ads").approver_ids == ("S1", "U1")
    assert rules.project("ads").standing_approval_life == timedelta(hours=24)
    assert rules.default_project.standing_approval_life is None
    assert rules.group_ids == ("S1",)


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ('approvers = ["bob"]', "is not a role, or the ID"),
        ("approvers = []", "expected a role, or IDs"),
        ('approvers = "boss"', "expected one of none, viewer"),
        ('approver_ids = ["U1"]', "use approvers instead"),
        ("standing_approval_life = 24", "use standing_approval_hours instead"),
        ("standing_approval_hours = 200", "up to 168"),
    ],
)
def test_a_mistake_about_approvers_names_its_line_and_the_remedy(line, remedy):
    with pytest.raises(SettingsError, match=f"line 2.*{remedy}"):
        parse_rules(f"[projects.ads]\n{line}\n", file_name="rules")


@pytest.mark.parametrize(
    ("written", "interactive"), [("true", True), ("false", False), ('"adhoc"', "adhoc")]
)
def test_a_project_can_be_interactive(written, interactive):
    read = rules(f"[defaults.project]\ninteractive = {written}\n[projects.ads]\nquota = 'q'")

    assert read.project("ads").interactive == interactive


@pytest.mark.parametrize("written", ['""', '"a b"', '"a;b"'])
def test_what_is_no_quota_is_refused_with_its_line(written):
    said = complaint(f"[projects.ads]\ninteractive = {written}")

    assert "line 2" in said
    assert "the name of an interactive quota" in said
