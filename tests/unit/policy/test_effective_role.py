import pytest

from odps_bot.config.rules import Role, parse_rules
from odps_bot.policy.effective_role import DEED_OF, NEEDED, Deed, standing_of
from odps_bot.sql.classification import StatementClass

RULES = parse_rules(
    """
    [roles]
    default = "runner"
    [roles.users]
    U0ALICE = "admin"
    U0MALLORY = "none"
    [roles.groups]
    S0DATA = "writer"
    S0OPS = "operator"
    [channels.C0ADS]
    projects = ["ads"]
    highest_role = "writer"
    """,
    file_name="odps-bot.toml",
)


def stand(user_id="U0BOB", *, channel_id="C0ANY", groups=(), is_stranger=False):
    return standing_of(
        user_id, channel_id=channel_id, groups=groups, is_stranger=is_stranger, rules=RULES
    )


def test_without_a_file_everybody_reads_and_nobody_writes():
    rules = parse_rules("", file_name="odps-bot.toml")
    anybody = standing_of("U1", channel_id="C1", groups=(), is_stranger=False, rules=rules)

    assert anybody.may(Deed.READ, project="any")
    assert not anybody.may(Deed.WRITE, project="any")


def test_a_channel_keeps_an_admin_below_its_highest_role():
    alice = stand("U0ALICE", channel_id="C0ADS")

    assert alice.role is Role.WRITER
    assert alice.denial(Deed.DEFINE).lacks == "channel"


def test_a_channel_gives_nobody_more_than_their_own_role():
    bob = stand(channel_id="C0ADS")

    assert bob.role is Role.RUNNER
    assert bob.denial(Deed.WRITE).lacks == "role"


def test_a_channel_allows_its_projects_only():
    alice = stand("U0ALICE", channel_id="C0ADS")

    assert alice.may(Deed.READ, project="ads")
    assert alice.denial(Deed.READ, project="finance").lacks == "project"


def test_the_highest_of_somebodys_groups_counts():
    assert stand(groups=("S0DATA", "S0OPS", "S0UNKNOWN")).personal is Role.OPERATOR


def test_who_is_named_has_that_role_whatever_their_groups():
    assert stand("U0MALLORY", groups=("S0OPS",)).personal is Role.NONE


def test_people_of_another_workspace_have_no_right_unless_named():
    assert stand(is_stranger=True).personal is Role.NONE
    assert stand("U0ALICE", is_stranger=True).personal is Role.ADMIN


@pytest.mark.parametrize("role", list(Role))
def test_a_higher_role_may_whatever_a_lower_one_may(role):
    may = {deed for deed in Deed if role.includes(NEEDED[deed])}
    lower = [other for other in Role if role.includes(other)]

    for other in lower:
        assert {deed for deed in Deed if other.includes(NEEDED[deed])} <= may


def test_what_is_not_understood_needs_the_highest_role():
    assert NEEDED[DEED_OF[StatementClass.UNKNOWN]] is Role.ADMIN
    assert set(DEED_OF) == set(StatementClass)
