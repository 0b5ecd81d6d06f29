"""Who belongs to a user group is asked of Slack now and then; what is not known is not believed."""

from dataclasses import replace
from typing import Any

import pytest

from odps_bot.authorization import ChannelMember, require_permission
from odps_bot.config.rules import Role, Rules
from odps_bot.errors import DeniedError
from odps_bot.policy.effective_role import Permission
from odps_bot.store import keys
from odps_bot.store.job_queue import REFRESH_MEMBERSHIPS
from workers.jobs.refresh_memberships import refresh
from workers.runtime.reconciler import reconcile_once

PLATFORM, ON_CALL = "S0DATAPLAT", "S0ONCALL01"
GROUPS = {PLATFORM: Role.WRITER, ON_CALL: Role.OPERATOR}


@pytest.fixture
def services(world: Any) -> Any:
    return replace(world.services, rules=Rules(groups=GROUPS))


def groups_of(services: Any, user_id: str) -> list[str]:
    found: list[str] = services.stores.memberships.groups_of(user_id, GROUPS)
    return found


def booked(services: Any) -> int:
    queues = services.redis.scan_iter("rq:queue:*")
    names = [job.decode() for key in queues for job in services.redis.lrange(key, 0, -1)]
    return sum(name.startswith("memberships-") for name in names)


def test_slack_tells_who_belongs_to_the_groups_that_have_roles(services: Any) -> None:
    assert groups_of(services, "U0BOB") == []

    refresh(services)

    assert groups_of(services, "U0BOB") == [PLATFORM]
    assert groups_of(services, "U0CAROL") == [ON_CALL]
    assert groups_of(services, "U0ERIN") == []


def test_a_group_that_is_gone_keeps_its_members_until_they_expire(services: Any) -> None:
    unknown = replace(services, rules=Rules(groups={"S0GONE": Role.ADMIN, **GROUPS}))
    services.stores.memberships.remember("S0GONE", ["U0BOB"])

    refresh(unknown)

    assert services.stores.memberships.groups_of("U0BOB", ["S0GONE", PLATFORM]) == [
        "S0GONE",
        PLATFORM,
    ]
    assert 0 < services.redis.ttl(keys.members("S0GONE")) <= 3_600


def test_a_denial_says_when_it_is_not_known_who_belongs_to_the_groups(services: Any) -> None:
    erin = ChannelMember(user_id="U0ERIN", channel_id="C0DATAENG1")
    with pytest.raises(DeniedError) as before:
        require_permission(erin, services, Permission.WRITE)

    refresh(services)

    with pytest.raises(DeniedError) as after:
        require_permission(erin, services, Permission.WRITE)
    assert "try again in a minute" in str(before.value)
    assert "try again" not in str(after.value)


def test_a_group_without_members_is_known(services: Any) -> None:
    for group in GROUPS:
        services.stores.memberships.remember(group, [])

    assert services.stores.memberships.are_known(GROUPS)
    assert groups_of(services, "U0BOB") == []


def test_whoever_has_left_a_group_has_its_role_no_more(services: Any) -> None:
    services.stores.memberships.remember(PLATFORM, ["U0ERIN"])

    refresh(services)

    assert groups_of(services, "U0ERIN") == []


def test_the_pulse_asks_once_in_a_while(services: Any) -> None:
    reconcile_once(services)
    services.redis.delete(keys.reconciler_turn())
    reconcile_once(services)

    assert booked(services) == 1


def test_without_groups_nobody_asks(world: Any) -> None:
    reconcile_once(world.services)

    assert booked(world.services) == 0


def test_the_job_is_found_by_its_name() -> None:
    assert f"{refresh.__module__}.refresh_memberships" == REFRESH_MEMBERSHIPS
