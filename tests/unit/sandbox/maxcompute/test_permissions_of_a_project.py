"""Queries about permissions in the sandbox: what they change, and what they show afterwards."""

import pytest

from odps_bot.sandbox.maxcompute.permission_queries import carry_out
from odps_bot.sandbox.maxcompute.permissions import Permissions
from odps_bot.sandbox.maxcompute.service_errors import ServiceError

ALICE, BOB = "ALIYUN$alice@example.com", "RAM$p:bob"


@pytest.fixture
def ask():
    """Return a function that carries out queries in a project with two users."""
    permissions = Permissions("p", users=[ALICE, BOB])

    def ask(*queries):
        return [carry_out(query, permissions, caller=ALICE).lines for query in queries][-1]

    return ask


def test_users_come_and_go(ask):
    assert ask("ADD  USER\n`RAM$p:role/r`;", "list users") == (ALICE, BOB, "RAM$p:role/r")
    assert ask(f"remove user {BOB}", "list users") == (ALICE, "RAM$p:role/r")


def test_a_role_that_somebody_has_is_not_dropped(ask):
    ask("create role R", f"grant r to {BOB}")

    with pytest.raises(ServiceError, match="DeleteConflict"):
        ask("drop role r")
    assert ask(f"revoke r from {BOB}", "drop role r", "list roles") == (
        "admin",
        "super_administrator",
    )


def test_grants_are_shown_as_the_vendor_shows_them(ask):
    ask("create role dev", f"grant dev to {ALICE}", "grant select on table t to role dev")
    ask(f"grant createTable, List on project p to user {ALICE}")

    assert ask("show grants") == (
        "[roles]",
        "dev",
        "",
        "Authorization Type: ACL",
        "[role/dev]",
        "A       projects/p/tables/t: Select",
        f"[user/{ALICE}]",
        "A       projects/p: CreateTable | List",
    )
    assert ask("show grants for role dev")[1:] == (
        "[role/dev]",
        "A       projects/p/tables/t: Select",
    )
    assert ask("show acl for p.t on type table")[1] == "[role/dev]"


def test_what_is_revoked_is_gone(ask):
    ask(f"grant select, describe on table t to user {BOB}")

    assert ask(f"revoke select on table t from user {BOB}", f"show grants for {BOB}")[-1] == (
        "A       projects/p/tables/t: Describe"
    )


def test_packages_hold_objects_and_take_a_while_to_install(ask):
    ask("create package x", "add table t to package x", "allow project q to install package x")

    assert ask("desc package x") == ("[x]", "projects/p/tables/t", "[allowed projects]", "q")
    assert carry_out("install package q.y", Permissions("p"), caller=ALICE).is_slow


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("grant nobody to user x", "NoSuchObject"),
        (f"add user {ALICE}", "ObjectAlreadyExists"),
        ("create role admin", "ObjectAlreadyExists"),
        ("uninstall package a.b", "NoSuchObject"),
        ("grant everything", "ODPS-0130161"),
        ("select 1", "ODPS-0130161"),
    ],
)
def test_what_is_wrong_is_refused(ask, query, code):
    with pytest.raises(ServiceError) as refused:
        ask(query)

    assert refused.value.code == code
