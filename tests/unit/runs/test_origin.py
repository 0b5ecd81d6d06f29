"""Where a job came from is known from its settings first, then from the names of its tasks."""

import pytest

from odps_bot.runs.origin import Origin, Program, origin_of

CONSOLE = "console_query_task_1589731320000"
#: From a row of TASKS_HISTORY on MaxCompute's page about priorities of jobs.
ODPSCMD_AGENT = (
    "JavaSDK Revision:33acd11 Version:0.30.9 JavaVersion:1.8.0_112 CLT(0.30.2 : 9da012b); Linux(/)"
)


@pytest.mark.parametrize(
    ("names", "settings", "origin"),
    [
        ([CONSOLE], {}, Origin(program=Program.ODPSCMD)),
        (["console_sqlplan_task_1"], {}, Origin(program=Program.ODPSCMD)),
        (["jdbc_sql_task"], {}, Origin(program=Program.JDBC)),
        (["sqlrt_fallback_task"], {}, Origin(program=Program.JDBC)),
        (["AnonymousSQLTask"], {"PYODPS_VERSION": "0.12.2"}, Origin(program=Program.PYODPS)),
        (["AnonymousSQLTask"], {"user_agent": ODPSCMD_AGENT}, Origin(program=Program.ODPSCMD)),
        (
            ["t"],
            {"odps.idata.userenv": "JavaSDK Revision:,Version:0.48.2-public,JavaVersion:1.8.0"},
            Origin(program=Program.JAVA_SDK),
        ),
        (
            [CONSOLE],
            {"SKYNET_ID": "210000416174", "SKYNET_NODENAME": "daily", "user_agent": ODPSCMD_AGENT},
            Origin(program=Program.DATAWORKS, node="daily", node_id="210000416174"),
        ),
        (
            [CONSOLE],
            {"SKYNET_ID": "210000416174", "SKYNET_NODENAME": " "},
            Origin(program=Program.DATAWORKS, node="210000416174", node_id="210000416174"),
        ),
        # An ad-hoc query in DataWorks belongs to no node.
        ([CONSOLE], {"SKYNET_ID": "", "SKYNET_ONDUTY": "1"}, Origin(program=Program.DATAWORKS)),
        ([CONSOLE], {"SKYNET_ID": ""}, Origin(program=Program.ODPSCMD)),
    ],
)
def test_a_job_tells_where_it_came_from(names, settings, origin):
    assert origin_of(names, settings) == origin


@pytest.mark.parametrize("names", [[], ["AnonymousSQLTask"], ["merge_task", "x" * 9_000]])
def test_a_job_that_tells_nothing_has_no_origin(names):
    assert origin_of(names, {"odps.sql.timezone": "UTC", "user_agent": "curl"}) is None


def test_a_long_name_of_a_node_is_cut():
    origin = origin_of([], {"SKYNET_NODENAME": "n" * 9_000})

    assert origin is not None
    assert origin.node == "n" * 200
