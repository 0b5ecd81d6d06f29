"""What is said to whoever may not do something, held against a golden file that a person can read.

`UPDATE_GOLDEN=1 pytest tests/unit/messages` writes it anew; the difference is for a review.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import yaml

from odps_bot.config.rules import Channel, Role
from odps_bot.errors import Denial, DenialCode
from odps_bot.messages import denials
from odps_bot.policy.effective_role import EffectiveRole, Permission
from odps_bot.sql.classification import StatementClass
from odps_bot.store.project_locks import ProjectLock

GOLDEN = Path(__file__).parent / "golden_denials.yaml"
HOSTILE = "<!channel> `*x*` & \u202egnp.exe"

LOCK = ProjectLock(
    project="analytics",
    reason=f"month's end {HOSTILE}",
    user_id="U2",
    at=datetime(2026, 11, 22, 12, tzinfo=UTC),
)


def denial(
    personal: Role, channel: Channel, permission: Permission, project: str | None = None
) -> Denial:
    found = EffectiveRole(personal=personal, channel=channel).denial(permission, project=project)
    assert found is not None
    return found


def denied(
    personal: Role,
    permission: Permission,
    *,
    channel: Channel = Channel(),  # noqa: B008  -- frozen
    project: str | None = None,
    unproven: str = "",
    are_groups_known: bool = True,
) -> str:
    found = denial(personal, channel, permission, project)
    return denials.denied(
        found,
        channel=channel,
        contact="#data-<platform>",
        unproven=unproven,
        are_groups_known=are_groups_known,
    )


SAID = {
    "no role": denied(Role.NONE, Permission.READ),
    "a lower role": denied(Role.RUNNER, Permission.WRITE),
    "a lower role, groups not known": denied(Role.RUNNER, Permission.WRITE, are_groups_known=False),
    "a lower channel, groups not known": denied(
        Role.ADMIN,
        Permission.LOCK,
        channel=Channel(highest_role=Role.WRITER),
        are_groups_known=False,
    ),
    "not understood": denied(Role.WRITER, Permission.ADMINISTER, unproven=f"I stop at {HOSTILE}"),
    "a lower channel": denied(
        Role.ADMIN, Permission.LOCK, channel=Channel(highest_role=Role.WRITER)
    ),
    "a closed channel": denied(Role.ADMIN, Permission.SEE, channel=Channel(highest_role=Role.NONE)),
    "another project": denied(
        Role.ADMIN, Permission.READ, channel=Channel(projects=("ads", "ads_dev")), project=HOSTILE
    ),
    "locked": denials.locked(LOCK),
    "locked, but damaged": denials.locked(msgspec.structs.replace(LOCK, user_id="")),
    "needs approval there": denials.needs_approval_there("ads", "write"),
    "reads from a foreign project": denials.foreign_project(
        "finance_secret",
        StatementClass.READ,
        project="ads",
        may_be_schema=True,
        contact="#data-<platform>",
    ),
    "reads from a foreign project by three parts": denials.foreign_project(
        HOSTILE, StatementClass.READ, project="ads", may_be_schema=False, contact="Ann"
    ),
    "changes a foreign project": denials.foreign_project(
        "finance_secret",
        StatementClass.WRITE,
        project="ads",
        may_be_schema=True,
        contact="#data-<platform>",
    ),
    "changes a foreign project by three parts": denials.foreign_project(
        "finance_secret", StatementClass.UNKNOWN, project="ads", may_be_schema=False, contact="Ann"
    ),
    "lock line": denials.lock_line(LOCK),
    "was locked": denials.was_locked(LOCK),
    "was unlocked": denials.was_unlocked("analytics"),
    "not locked": denials.not_locked("analytics"),
    "forbidden setting": denials.forbidden_setting(
        "odps.sql.read.only", "it can turn off the guard"
    ),
}


def test_denials_are_what_the_golden_file_says() -> None:
    said = yaml.safe_dump(SAID, allow_unicode=True, sort_keys=False, width=100)
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(said, encoding="utf-8")

    assert GOLDEN.read_text(encoding="utf-8") == said


@pytest.mark.parametrize("name", SAID)
def test_nothing_foreign_works_in_a_denial(name: str) -> None:
    assert "<!channel>" not in SAID[name]
    assert "\u202e" not in SAID[name]
    assert len(SAID[name]) < 1_000


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            denial(Role.RUNNER, Channel(), Permission.WRITE),
            "needs writer to change rows; the person has runner",
        ),
        (
            denial(Role.ADMIN, Channel(highest_role=Role.VIEWER), Permission.READ),
            "needs runner to run read-only statements; the channel allows viewer",
        ),
        (
            denial(Role.ADMIN, Channel(projects=("ads",)), Permission.READ, "finance"),
            "project finance is not available in the channel",
        ),
    ],
)
def test_the_audit_trail_hears_it_in_plain_words(found: Denial, words: str) -> None:
    assert denials.denial_in_words(found) == words


@pytest.mark.parametrize("code", DenialCode)
def test_every_denial_has_words(code: DenialCode) -> None:
    assert denials.denial_in_words(Denial(code=code, needed="writer", has="viewer", detail="x"))


@pytest.mark.parametrize("code", DenialCode)
def test_no_denial_is_explained_by_another(code: DenialCode) -> None:
    denied_by = Denial(code=code, needed="writer", has="viewer", project="ads", detail="x")

    sentence = denials.what_is_missing(
        msgspec.structs.replace(denied_by, permission=Permission.WRITE), channel=Channel()
    )

    assert ("isn't available" in sentence) is (code is DenialCode.PROJECT)
