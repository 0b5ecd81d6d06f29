import pytest

from odps_bot.config.rules import Role, parse_rules
from odps_bot.errors import DenialCode
from odps_bot.policy.effective_role import NEEDED, PERMISSION_OF, Permission, effective_role_of
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


def stand(user_id="U0BOB", *, channel_id="C0ANY", groups=(), is_external=False):
    return effective_role_of(
        user_id, channel_id=channel_id, groups=groups, is_external=is_external, rules=RULES
    )


def test_without_a_file_everybody_reads_and_nobody_writes():
    rules = parse_rules("", file_name="odps-bot.toml")
    anybody = effective_role_of("U1", channel_id="C1", groups=(), is_external=False, rules=rules)

    assert anybody.allows(Permission.READ, project="any")
    assert not anybody.allows(Permission.WRITE, project="any")


def test_a_channel_keeps_an_admin_below_its_highest_role():
    alice = stand("U0ALICE", channel_id="C0ADS")

    assert alice.role is Role.WRITER
    assert alice.denial(Permission.DEFINE).code is DenialCode.CHANNEL


def test_a_channel_gives_nobody_more_than_their_own_role():
    bob = stand(channel_id="C0ADS")

    assert bob.role is Role.RUNNER
    assert bob.denial(Permission.WRITE).code is DenialCode.ROLE


def test_a_channel_allows_its_projects_only():
    alice = stand("U0ALICE", channel_id="C0ADS")

    assert alice.allows(Permission.READ, project="ads")
    assert alice.denial(Permission.READ, project="finance").code is DenialCode.PROJECT


def test_the_highest_of_somebodys_groups_counts():
    assert stand(groups=("S0DATA", "S0OPS", "S0UNKNOWN")).personal is Role.OPERATOR


def test_who_is_named_has_that_role_whatever_their_groups():
    assert stand("U0MALLORY", groups=("S0OPS",)).personal is Role.NONE


def test_people_of_another_workspace_have_no_right_unless_named():
    assert stand(is_external=True).personal is Role.NONE
    assert stand("U0ALICE", is_external=True).personal is Role.ADMIN


@pytest.mark.parametrize("role", list(Role))
def test_a_higher_role_may_whatever_a_lower_one_may(role):
    may = {permission for permission in Permission if role.includes(NEEDED[permission])}
    lower = [other for other in Role if role.includes(other)]

    for other in lower:
        assert {
            permission for permission in Permission if other.includes(NEEDED[permission])
        } <= may


def test_what_is_not_understood_needs_the_highest_role():
    assert NEEDED[PERMISSION_OF[StatementClass.UNKNOWN]] is Role.ADMIN
    assert set(PERMISSION_OF) == set(StatementClass)
