"""No operation takes more requests than PyODPS needs for it."""

from contextlib import suppress

import pytest

from odps_bot.maxcompute import ConflictError

SQL = "select name, count(*) as n from pyodps_iris group by name"
FLOW = {"inputTableName": "pyodps_iris", "selectedColNames": "name"}


def their_flow(pyodps):
    parameters = {**FLOW, "outputTableName": "counted_by_pyodps"}
    flow = pyodps.run_xflow("AppendID", "algo_public", parameters)
    flow.wait_for_success()
    return list(pyodps.get_xflow_sub_instances(flow))


def our_flow(client):
    parameters = {**FLOW, "outputTableName": "counted_by_ours"}
    flow = client.xflows.run("AppendID", xflow_project="algo_public", parameters=parameters)
    flow.wait_for_success()
    return [name for name, _ in client.xflows.get_sub_instances(flow)]


def their_stop(pyodps, instance_id):
    with suppress(Exception):
        pyodps.stop_instance(instance_id)


def our_stop(client, instance_id):
    with suppress(ConflictError):
        client.stop_instance(instance_id)


def their_rows(pyodps, sql):
    with pyodps.execute_sql(sql).open_reader(tunnel=True) as reader:
        return len(list(reader))


def our_rows(client, sql):
    return len(list(client.execute_sql(sql).open_download().rows()))


def a_round(instance):
    """One round of the documented loop over the progress of an instance."""
    is_over = instance.is_terminated()
    for name in instance.get_task_names():
        instance.get_task_progress(name).get_stage_progress_formatted_string()
    return is_over


OPERATIONS = {
    "run": (lambda o, i: bool(o.run_sql(SQL).id), lambda c, i: bool(c.run_sql(SQL).id)),
    "execute": (
        lambda o, i: o.execute_sql(SQL).is_successful(),
        lambda c, i: c.execute_sql(SQL).is_successful(),
    ),
    "rows": (lambda o, i: their_rows(o, SQL), lambda c, i: our_rows(c, SQL)),
    "loop": (lambda o, i: a_round(o.get_instance(i)), lambda c, i: a_round(c.get_instance(i))),
    "stop": (their_stop, our_stop),
    "logview": (
        lambda o, i: o.get_logview_address(i, 1).startswith("http"),
        lambda c, i: c.get_logview_address(i).startswith("http"),
    ),
    "list": (
        lambda o, i: i in {found.id for found in o.list_instances()},
        lambda c, i: i in {found.id for found in c.list_instances()},
    ),
    "flow": (lambda o, i: their_flow(o), lambda c, i: our_flow(c)),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_takes_no_more_requests(sandbox, pyodps, client, ended, operation):
    call_pyodps, call_us = OPERATIONS[operation]

    theirs = call_pyodps(pyodps, ended)
    their_requests = len(sandbox.requests())
    sandbox.clear_requests()
    ours = call_us(client, ended)

    assert ours == theirs
    assert len(sandbox.requests()) <= their_requests
