"""The bodies that we send mean what those of PyODPS mean."""

import json
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

ALL = {
    "priority": 5,
    "running_cluster": "AY1",
    "hints": {"odps.sql.submit.mode": "script", "a.b": True, "n": 3},
    "aliases": {"r1": "r2"},
    "default_schema": "sch",
}


def submitted(sandbox):
    return [
        request.body
        for request in sandbox.requests()
        if (request.method, request.operation) == ("POST", "submit")
    ]


@pytest.mark.parametrize(
    ("sql", "options"),
    [
        ("select 1", {}),
        ("  select 1 ;\n", {}),
        ("select '<a>&', '中文', \"x\ty\"", {"hints": {"k": '<v>&"'}}),
        ("set odps.sql.a=1;\nset b=true; select 1;", {"hints": {"b": "c"}}),
        ("select 1", ALL),
        ("select 1", {"priority": 0}),
    ],
)
def test_a_submission_means_the_same(sandbox, pyodps, client, meaning, *, sql, options):
    pyodps.run_sql(sql, **options)
    client.run_sql(sql, **options)

    theirs, ours = map(meaning, submitted(sandbox))
    assert ours == theirs


def test_a_guid_a_quota_and_a_task_name_are_sent_alike(sandbox, pyodps, client, meaning):
    pyodps.run_sql("select 1", unique_identifier_id="guid-1", quota_name="q", name="MyTask")
    client.run_sql("select 1", guid="guid-2", quota="q", task_name="MyTask")

    theirs, ours = submitted(sandbox)
    assert meaning(ours) == meaning(theirs)
    assert ET.fromstring(ours).findtext("Job/Guid") == "guid-2"
    assert ET.fromstring(theirs).findtext("Job/Guid") == "guid-1"


def test_a_stop_is_sent_alike(sandbox, pyodps, client, ended):
    for stop in (pyodps.stop_instance, client.stop_instance):
        with pytest.raises(Exception, match="Invalid state setting"):
            stop(ended)

    theirs, ours = sandbox.requests()
    assert (ours.method, ours.path, ours.query) == (theirs.method, theirs.path, theirs.query)
    assert ET.canonicalize(ours.body) == ET.canonicalize(theirs.body)


def test_a_logview_token_is_requested_alike(sandbox, pyodps, client, ended):
    theirs = pyodps.get_logview_address(ended, 12)
    ours = client.get_logview_address(ended, life=timedelta(hours=12))

    sent = [r for r in sandbox.requests() if r.method == "POST"]
    assert json.loads(sent[0].body) == json.loads(sent[1].body)
    assert sent[0].query == sent[1].query
    assert (
        ours.split("&token=")[0].replace("%3A", ":").replace("%2F", "/")
        == (theirs.split("&token=")[0])
    )
