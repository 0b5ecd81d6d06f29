import pytest

from odps_bot.sandbox.maxcompute.service_errors import ServiceError
from odps_bot.sandbox.maxcompute.submission import read_submission

JOB = """<?xml version="1.0" encoding="utf-8"?>
<Instance><Job><Name>daily</Name><Priority>5</Priority><Guid>g-1</Guid><Tasks><SQL><Name>MyTask</Name>
<Config><Property><Name>settings</Name><Value>{"a.b": "&lt;v&gt;"}</Value></Property>
<Property><Name>uuid</Name><Value>u</Value></Property></Config>
<Query><![CDATA[select '<a>', ']]]]><![CDATA[>';]]></Query></SQL></Tasks>
<DAG><RunMode>Sequence</RunMode></DAG></Job></Instance>"""


def test_a_job_is_read_with_all_fields():
    submission = read_submission(JOB.encode())

    assert submission.task.sql == "select '<a>', ']]>';"
    assert submission.task.settings == {"a.b": "<v>"}
    assert submission.task.properties[1] == ("uuid", "u")
    assert (submission.priority, submission.guid, submission.job_name) == (5, "g-1", "daily")


def test_a_job_without_the_optional_parts_is_fine():
    body = "<Instance><Job><Tasks><SQL><Query>select 1</Query></SQL></Tasks></Job></Instance>"

    submission = read_submission(body.encode())

    assert submission.task.name == "AnonymousSQLTask"
    assert (submission.priority, submission.guid) == (9, "")


def test_an_xflow_is_read_with_its_parameters():
    body = (
        "<Instance><XflowInstance><Project>algo_public</Project><Xflow>AppendID</Xflow><Parameters>"
        "<Parameter><Key>inputTableName</Key><Value>p.t</Value></Parameter></Parameters>"
        "</XflowInstance></Instance>"
    )

    xflow = read_submission(body.encode()).xflow

    assert xflow is not None
    assert (xflow.project, xflow.name) == ("algo_public", "AppendID")
    assert xflow.parameters == {"inputTableName": "p.t"}


BOMB = (
    '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><Instance><Job><Tasks><SQL>'
    "<Query>&b;</Query></SQL></Tasks></Job></Instance>"
)


@pytest.mark.parametrize(
    ("body", "http_status"),
    [
        ("", 400),
        ("no xml", 400),
        ("<Instance/>", 400),
        ("<Instance><Job><Tasks/></Job></Instance>", 400),
        (JOB.replace("5</Pri", "x</Pri"), 400),
        (JOB.replace("5</Pri", "-1</Pri"), 400),
        (JOB.replace('{"a.b"', '{"a.b'), 400),
        (JOB.replace('"&lt;v&gt;"', "1"), 400),
        (JOB.replace("select '<a>', ']]]]><![CDATA[>';", "  "), 400),
        (JOB.replace("SQL>", "MERGE>"), 400),
        (JOB.replace("select", "select" + " " * 2**21), 400),
        (BOMB, 400),
    ],
)
def test_invalid_submissions_are_refused(body, http_status):
    with pytest.raises(ServiceError) as refused:
        read_submission(body.encode())

    assert refused.value.http_status == http_status
