import json
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.maxcompute import InvalidArgumentError
from odps_bot.maxcompute.models.documents import SqlJob, logview_policy_document, sql_job_document

SQL = st.text(
    st.characters(min_codepoint=0x20, exclude_categories=("Cs", "Cn")) | st.sampled_from("\t\n\r")
)


def job(sql="select 1", **options):
    return SqlJob(sql=sql, task_name="AnonymousSQLTask", guid="g1", **options)


def document(*args, **options):
    return ET.fromstring(sql_job_document(job(*args, **options)))


def sent_settings(root):
    properties = {p.findtext("Name"): p.findtext("Value") for p in root.iter("Property")}
    return json.loads(properties["settings"])


@given(SQL)
def test_any_sql_arrives_as_it_was_written(sql):
    query = document(sql).findtext("Job/Tasks/SQL/Query")

    assert query.startswith(sql.strip(" \t\r\n"))


def test_a_job_says_everything_about_itself():
    root = document(
        hints={"a.b": True, "n": 3},
        aliases={"r1": "r2"},
        priority=5,
        quota="q",
        default_schema="s",
        running_cluster="AY1",
    )

    assert root.findtext("Job/Priority") == "5"
    assert root.findtext("Job/RunningCluster") == "AY1"
    assert root.findtext("Job/Guid") == "g1"
    assert root.findtext("Job/DAG/RunMode") == "Sequence"
    assert [child.tag for child in root[0]] == [
        "Priority",
        "RunningCluster",
        "Guid",
        "Tasks",
        "DAG",
    ]
    assert sent_settings(root) == {
        "a.b": "true",
        "n": "3",
        "odps.sql.allow.namespace.schema": "true",
        "odps.namespace.schema": "true",
        "odps.default.schema": "s",
        "odps.task.wlm.quota": "q",
    }


def test_the_default_priority_is_the_lowest():
    assert document().findtext("Job/Priority") == "9"


def test_set_lines_are_hints_that_explicit_ones_overrule_and_stay_in_the_query():
    root = document("set a=1; set b=2; select 1", hints={"b": 3})

    assert sent_settings(root) == {"a": "1", "b": "3"}
    assert root.findtext("Job/Tasks/SQL/Query") == "set a=1; set b=2; select 1;"


def test_several_statements_make_a_script_unless_the_hints_say_otherwise():
    mode = "odps.sql.submit.mode"

    assert sent_settings(document("set a=1; select 1; select 2"))[mode] == "script"
    assert sent_settings(document("select 1; select 2", hints={mode: ""}))[mode] == ""
    assert mode not in sent_settings(document("set a=1; select 1;"))


def test_a_negative_priority_is_rejected():
    with pytest.raises(InvalidArgumentError):
        document(priority=-1)


def test_control_characters_are_rejected_with_their_position():
    with pytest.raises(InvalidArgumentError, match="U\\+0007"):
        document("select '\x07'")


@pytest.mark.parametrize(
    ("life", "hours"),
    [
        (timedelta(hours=24), 24),
        (timedelta(minutes=61), 2),
        (timedelta(seconds=1), 1),
        (timedelta(days=30), 720),
    ],
)
def test_a_token_lives_for_whole_hours(life, hours):
    body = json.loads(logview_policy_document(project="p", instance_id="i", life=life))

    assert body["expires_in_hours"] == hours
    assert body["policy"]["Statement"] == [
        {
            "Action": ["odps:Read"],
            "Effect": "Allow",
            "Resource": "acs:odps:*:projects/p/instances/i",
        }
    ]


def test_a_token_without_a_lifetime_is_rejected():
    with pytest.raises(InvalidArgumentError):
        logview_policy_document(project="p", instance_id="i", life=timedelta())
