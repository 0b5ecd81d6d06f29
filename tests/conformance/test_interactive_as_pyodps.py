"""MaxQA (MCQA 2.0): PyODPS as a client of the sandbox, and what we send beside what it sends."""

from datetime import timedelta

import pytest
from odps import errors as pyodps_errors

from odps_bot.maxcompute import InstanceStatus, InvalidRequestError, NoInteractiveQuotaError

IRIS = "select name, count(*) as n from pyodps_iris group by name order by name limit 10"


def of_instances(sandbox):
    return [r for r in sandbox.requests() if "/instances" in r.path]


def by_mcqa(request):
    """The parts of a request that make it one about an interactive instance."""
    names = ("x-odps-mcqa-conn", "x-odps-fallback-infos")
    return request.path, {name: request.headers.get(name) for name in names}


def test_pyodps_runs_sql_interactively(pyodps):
    instance = pyodps.execute_sql_interactive(IRIS, use_mcqa_v2=True)

    assert instance.id.endswith("_mcqa")
    assert instance.is_successful()
    with instance.open_reader(tunnel=False) as reader:
        assert [record[0] for record in reader] == [
            "Iris-setosa",
            "Iris-versicolor",
            "Iris-virginica",
        ]
    with instance.open_reader(tunnel=True) as reader:
        assert reader.count == 3


def test_pyodps_runs_a_statement_that_writes_interactively(pyodps):
    pyodps.execute_sql_interactive("create table made_here (n bigint)", use_mcqa_v2=True)
    pyodps.execute_sql_interactive("insert into made_here values (1), (2)", use_mcqa_v2=True)

    counted = pyodps.execute_sql_interactive("select count(*) from made_here", use_mcqa_v2=True)
    with counted.open_reader(tunnel=False) as reader:
        assert next(iter(reader))[0] in {2, "2"}


def test_pyodps_follows_and_stops_an_interactive_instance(pyodps):
    hints = {"sandbox.duration": "600"}
    instance = pyodps.run_sql_interactive("select 1", hints=hints, use_mcqa_v2=True)
    assert instance.status.value == "Running"
    assert instance.get_sql_query() == "select 1;"
    instance.get_task_progress(instance.get_task_names()[0])

    instance.stop()
    instance.wait_for_completion()
    assert not instance.is_successful()
    assert instance.id in instance.get_logview_address()

    again = pyodps.get_instance(instance.id, quota_name="interactive")
    assert again.is_terminated()


def test_pyodps_falls_back_to_an_ordinary_instance(pyodps):
    hints = {"sandbox.interactive": "full"}
    instance = pyodps.execute_sql_interactive("select 1", hints=hints, use_mcqa_v2=True)

    assert not instance.id.endswith("_mcqa")
    with pytest.raises(pyodps_errors.ODPSError, match="Resource not enough"):
        pyodps.run_sql_interactive("select 1", hints=hints, use_mcqa_v2=True)


def test_pyodps_names_a_quota(pyodps):
    instance = pyodps.execute_sql_interactive(
        "select 1", use_mcqa_v2=True, quota_name="interactive"
    )
    assert instance.id.endswith("_mcqa")
    with pytest.raises(pyodps_errors.NoSuchObject, match="nowhere"):
        pyodps.execute_sql_interactive("select 1", use_mcqa_v2=True, quota_name="nowhere")


def test_pyodps_falls_back_where_there_are_no_sessions_of_mcqa_1(pyodps, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))  # it keeps sessions there
    instance = pyodps.execute_sql_interactive("select 1")

    assert instance.is_successful()
    with pytest.raises(pyodps_errors.ODPSError, match="ODPS-1820002"):
        pyodps.run_sql_interactive("select 1")


@pytest.mark.parametrize("options", [{}, {"fallback": True}, {"quota_name": "interactive"}])
def test_a_submission_takes_the_same_way(sandbox, pyodps, client, meaning, options):
    pyodps.run_sql_interactive("select 1", use_mcqa_v2=True, **options)
    (theirs,) = of_instances(sandbox)
    sandbox.clear_requests()
    client.run_sql_interactive("select 1", use_mcqa_v2=True, **options)
    (ours,) = of_instances(sandbox)

    assert by_mcqa(ours) == by_mcqa(theirs)
    assert meaning(ours.body) == meaning(theirs.body)


def test_the_offline_quota_is_named_alike(sandbox, pyodps, client):
    options = {"fallback": True, "offline_quota_name": "batch"}
    pyodps.run_sql_interactive("select 1", use_mcqa_v2=True, **options)
    client.run_sql_interactive("select 1", **options)

    theirs, ours = of_instances(sandbox)
    assert by_mcqa(ours) == by_mcqa(theirs)


def test_our_client_runs_follows_and_reads_an_interactive_instance(sandbox, client):
    instance = client.execute_sql_interactive(IRIS, timeout=timedelta(seconds=20))

    assert instance.is_interactive
    assert instance.is_successful()
    sandbox.clear_requests()
    (result,) = instance.get_task_results().values()
    assert result.rows().rows[0] == ("Iris-setosa", "50")
    assert sandbox.requests() == []  # its last status brought the results
    assert instance.open_download().row_count == 3
    assert "_mcqa" in instance.get_logview_address()


def test_our_client_follows_and_stops_one_by_its_id(client):
    started = client.run_sql_interactive("select 1", hints={"sandbox.duration": "600"})

    instance = client.get_instance(started.id)
    assert instance.get_status() is InstanceStatus.RUNNING
    assert instance.get_source().guid == started.get_source().guid
    instance.stop()
    instance.wait_for_completion()
    assert not instance.is_successful()


def test_a_guid_makes_one_instance_whichever_way_it_takes(client):
    first = client.run_sql_interactive("select 1", guid="once")

    assert client.run_sql("select 1", guid="once").id == first.id
    assert client.run_sql_interactive("select 1", guid="once").id == first.id


def test_a_refusal_and_a_quota_that_does_not_exist(client):
    with pytest.raises(InvalidRequestError, match="ODPS-1830001"):
        client.run_sql_interactive("select 1", hints={"sandbox.interactive": "full"})
    with pytest.raises(NoInteractiveQuotaError, match="nowhere"):
        client.run_sql_interactive("select 1", quota_name="nowhere")
    with pytest.raises(NoInteractiveQuotaError, match="another kind"):
        client.run_sql_interactive("select 1", quota_name="sandbox_quota")


def test_the_service_falls_back_for_our_client(client):
    instance = client.execute_sql_interactive("select 1", hints={"sandbox.interactive": "full"})

    assert not instance.is_interactive
    assert instance.is_successful()
