"""Queries about permissions, and merge tasks, are sent as PyODPS sends them."""

import json
from xml.etree import ElementTree as ET

import pytest

from odps_bot.maxcompute import QueryStatus

#: odpscmd sets it for merges of small files, PyODPS does not.
CROSS_PATHS = "odps.merge.cross.paths"


def sent(sandbox, operation):
    return [request for request in sandbox.requests() if request.operation == operation]


@pytest.mark.parametrize(
    ("query", "hints"),
    [
        ("whoami", None),
        ("show grants", {"odps.namespace.schema": "false"}),
        ("show acl for orders on type table", {}),
        ("set label 2 to user `a<b>&`", None),
    ],
)
def test_a_query_about_permissions_is_sent_alike(sandbox, pyodps, client, query, hints):
    theirs = pyodps.execute_security_query(query, hints=dict(hints) if hints else hints)
    ours = client.authorization.run(query, hints=hints)

    first, second = sent(sandbox, "authorization_query")
    assert ET.canonicalize(second.body, strip_text=True) == ET.canonicalize(
        first.body, strip_text=True
    )
    assert (second.method, second.path, second.query) == (first.method, first.path, first.query)
    assert second.headers["content-type"] == first.headers["content-type"]
    assert json.loads(ours.text) == theirs


def test_a_package_takes_a_while_to_install_for_both(sandbox, pyodps, client):
    theirs = pyodps.execute_security_query("install package p.x")
    ours = client.authorization.run("uninstall package p.x")

    assert ours.status is QueryStatus.RUNNING
    assert client.authorization.get(ours.query_id).status is QueryStatus.RUNNING
    ended = client.authorization.get(ours.query_id)
    assert (ended.status, json.loads(ended.text)) == (QueryStatus.TERMINATED, theirs)
    paths = {request.path.rpartition("/")[0] for request in sent(sandbox, "authorization_status")}
    assert paths == {"/api/projects/sandbox/authorization"}


@pytest.mark.parametrize(
    "statement",
    [
        "alter table orders merge smallfiles",
        "alter table `sandbox`.orders partition(ds=20261101) merge smallfiles",
        "alter table orders partition(ds='20261101') archive",
        "alter table orders compact major",
        "alter table orders compact minor",
        "alter table orders compact minor -h 5 -f",
        "alter table orders freeze",
        "alter table orders restore",
    ],
)
def test_a_merge_task_means_the_same(sandbox, pyodps, client, meaning, statement):
    hints = {"odps.merge.max.filenumber.per.job": "500"}
    pyodps.run_sql(statement, hints=dict(hints), priority=3)
    client.merges.run(statement, hints=hints, priority=3)

    theirs, ours = (meaning(request.body) for request in sent(sandbox, "submit"))
    for one in (theirs, ours):  # behind the kind stands what differs
        tag, name = one["task"]
        one["task"] = (tag, name.split("_")[0])
    is_merge = "merge smallfiles" in statement
    assert ours["settings"].pop(CROSS_PATHS, None) == ("true" if is_merge else None)
    assert ours == theirs
