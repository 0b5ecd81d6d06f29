"""The bodies that we send mean what those of PyODPS mean."""

import json
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from odps import ODPS

from odps_bot.maxcompute import AccessKey, Client, StaticCredentials
from odps_bot.sandbox.maxcompute import ACCESS_KEY_ID, ACCESS_KEY_SECRET

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


def test_the_schema_of_a_client_goes_where_theirs_goes(sandbox, meaning):
    theirs = ODPS(
        ACCESS_KEY_ID,
        ACCESS_KEY_SECRET,
        project="sandbox",
        schema="sch",
        endpoint=sandbox.endpoint,
        overwrite_global=False,
    )
    credentials = StaticCredentials(AccessKey(ACCESS_KEY_ID, ACCESS_KEY_SECRET))
    ours = Client(sandbox.endpoint, project="sandbox", credentials=credentials, schema="sch")
    flow = {"inputTableName": "pyodps_iris", "outputTableName": "o", "selectedColNames": "name"}

    theirs.run_sql("select 1")
    theirs.run_xflow("AppendID", "algo_public", flow)
    theirs.run_security_query("whoami")
    ours.run_sql("select 1")
    ours.xflows.run("AppendID", xflow_project="algo_public", parameters=flow)
    ours.authorization.run("whoami")
    ours.close()

    posts = [request for request in sandbox.requests() if request.method == "POST"]
    (their_sql, their_flow, their_query), (our_sql, our_flow, our_query) = posts[:3], posts[3:]
    assert meaning(our_sql.body) == meaning(their_sql.body)
    assert ET.canonicalize(our_flow.body, strip_text=True) == ET.canonicalize(
        their_flow.body, strip_text=True
    )
    for their, our in ((their_sql, our_sql), (their_flow, our_flow), (their_query, our_query)):
        assert our.query["curr_schema"] == their.query["curr_schema"] == "sch"
    settings = [
        json.loads(ET.fromstring(query.body).findtext("Settings"))
        for query in (their_query, our_query)
    ]
    assert settings[0] == settings[1]


@pytest.mark.parametrize("status", ["running", "TERMINATED", "Suspended"])
@pytest.mark.parametrize(
    "since", [1_767_225_600, 1_767_225_600.0, datetime(2026, 1, 1, tzinfo=UTC)]
)
def test_a_listing_is_filtered_alike(sandbox, pyodps, client, status, since):
    list(pyodps.list_instances(start_time=since, status=status, only_owner=True))
    list(client.list_instances(since=since, status=status, only_own=True))

    theirs, ours = [request.query for request in sandbox.requests()]
    assert {name: value for name, value in ours.items() if name != "maxitems"} == theirs


def test_whoami_is_alike(pyodps, client):
    theirs = pyodps.run_security_query("whoami")

    ours = client.authorization.whoami()

    assert (ours.id, ours.display_name) == (theirs["ID"], theirs["DisplayName"])


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
