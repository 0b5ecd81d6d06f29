"""Our client's usual sessions with the sandbox's MaxCompute, and its trouble."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odps_bot.maxcompute import (
    AccessKey,
    AlreadyTerminatedError,
    AmbiguousSubmitError,
    AuthenticationError,
    Client,
    InstanceFailedError,
    InstanceStatus,
    NotFoundError,
    StaticCredentials,
    TaskState,
    WaitTimeoutError,
)
from odps_bot.sandbox.maxcompute import (
    ACCESS_KEY_ID,
    ACCESS_KEY_SECRET,
    MaxComputeSandbox,
    Timing,
    http_error,
    reset_after,
    reset_before,
    slow_bytes,
    throttle,
)

KEY = AccessKey(ACCESS_KEY_ID, ACCESS_KEY_SECRET)
TASK = "AnonymousSQLTask"
IRIS = "select name, count(*) as n from pyodps_iris group by name order by name limit 10"
SLOW = {"sandbox.duration": "60"}
SOON = {"interval": timedelta(seconds=0.05), "timeout": timedelta(seconds=30)}


@pytest.fixture(scope="module")
def sandbox_server():
    sts = {"sts-id": "sts-token"}
    keys = {ACCESS_KEY_ID: ACCESS_KEY_SECRET, "sts-id": "sts-secret"}
    with MaxComputeSandbox(
        timing=Timing.instant(), orders_rows=1_000, access_keys=keys, sts_tokens=sts
    ) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_server):
    sandbox_server.faults.clear()
    sandbox_server.clear_requests()
    return sandbox_server


@pytest.fixture
def connect(sandbox):
    """Make clients that are closed in the end."""
    clients = []

    def make(key=KEY, **options):
        client = Client(
            sandbox.endpoint, project="sandbox", credentials=StaticCredentials(key), **options
        )
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(connect):
    return connect()


@pytest.mark.parametrize("region", [None, "sandbox"])
def test_a_query_goes_from_its_text_to_its_rows(connect, region):
    instance = connect(region=region).execute_sql(IRIS)

    table = instance.get_task_results()[TASK].rows()

    assert table.columns == ("name", "n")
    assert table.rows == (
        ("Iris-setosa", "50"),
        ("Iris-versicolor", "50"),
        ("Iris-virginica", "50"),
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff")
        | st.sampled_from("\t\r\n'\"`\\;-/*]>&<"),
        max_size=20,
    )
)
def test_any_text_survives_the_way_to_the_service_and_back(client, text):
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    sql = f"select '{escaped}' as a"

    instance = client.execute_sql(sql)

    assert instance.get_source().tasks[0].query == f"{sql};"
    assert list(instance.get_task_results()[TASK].typed_rows()) == [(text,)]
    assert list(instance.open_download().rows()) == [(text,)]


def test_a_temporary_key_is_good_with_its_token_only(connect):
    good = connect(AccessKey("sts-id", "sts-secret", security_token="sts-token"))
    bad = connect(AccessKey("sts-id", "sts-secret"))

    assert good.execute_sql("select 1 as a").is_successful()
    with pytest.raises(AuthenticationError):
        bad.run_sql("select 1 as a")


def test_a_wrong_secret_is_an_authentication_error(connect, sandbox):
    before = sandbox.instances()

    with pytest.raises(AuthenticationError):
        connect(AccessKey(ACCESS_KEY_ID, "wrong")).run_sql("select 1 as a")

    assert len(sandbox.instances()) == len(before)


def test_a_clock_that_is_off_is_corrected(connect, sandbox):
    client = connect(clock=lambda: datetime.now(UTC) - timedelta(hours=3))

    instance = client.run_sql("select 1 as a")
    instance.get_status()

    assert [request.http_status for request in sandbox.requests()][1:] == [201, 200]


def test_a_stopped_query_is_cancelled_and_cannot_be_stopped_again(client):
    instance = client.run_sql(IRIS, hints=SLOW)

    instance.stop()
    instance.wait_for_completion(**SOON)

    assert instance.get_task_statuses().tasks[TASK].status is TaskState.CANCELLED
    assert not instance.is_successful()
    with pytest.raises(InstanceFailedError, match="Cancelled"):
        instance.wait_for_success(**SOON)
    with pytest.raises(AlreadyTerminatedError):
        client.stop_instance(instance.id)


def test_a_wait_ends_after_its_timeout_and_the_query_goes_on(client):
    instance = client.run_sql(IRIS, hints=SLOW)

    with pytest.raises(WaitTimeoutError):
        instance.wait_for_completion(timeout=timedelta(seconds=0.2), blocking=False)

    assert instance.is_running()
    instance.stop()


def test_an_unknown_instance_is_not_found(client):
    unknown = client.get_instance("20200101000000000gnobody")

    assert not client.exists_instance(unknown.id)
    with pytest.raises(NotFoundError):
        unknown.get_task_statuses()


@pytest.mark.parametrize("fault", [reset_after(), http_error(502)])
def test_nothing_runs_twice_when_the_response_to_a_submission_is_lost(client, sandbox, fault):
    since = datetime.now(UTC) - timedelta(minutes=1)
    guid = f"guid-of-{fault.kind}"
    sandbox.faults.add(fault, operation="submit")

    with pytest.raises(AmbiguousSubmitError) as raised:
        client.run_sql(IRIS, guid=guid)
    found = client.find_instance_by_guid(raised.value.guid, since=since)
    instance = found or client.run_sql(IRIS, guid=guid)

    assert (found is not None) is (fault.kind == "reset_after")
    instance.wait_for_success(**SOON)
    running = [i for i in client.list_instances(since=since) if _guid(client, i.id) == guid]
    assert len(running) == 1


def _guid(client, instance_id):
    return client.get_instance(instance_id).get_source().guid


def test_the_same_guid_creates_one_instance(client):
    first = client.run_sql(IRIS, guid="the-same")
    second = client.run_sql(IRIS, guid="the-same")

    assert first.id == second.id


@pytest.mark.parametrize(
    "fault",
    [
        reset_before(),
        reset_after(),
        http_error(500),
        throttle(timedelta(seconds=1)),
        slow_bytes(timedelta(milliseconds=1)),
    ],
)
def test_a_question_survives_trouble(client, sandbox, fault):
    instance = client.execute_sql(IRIS)
    sandbox.faults.add(fault, operation="taskstatus", times=2)

    assert instance.get_task_statuses().is_successful


def test_all_rows_come_by_the_tunnel(client):
    instance = client.execute_sql("select * from pyodps_iris")

    rows = list(instance.open_download().rows())

    assert len(rows) == 150
    assert rows[0] == (5.1, 3.5, 1.4, 0.2, "Iris-setosa")


def test_threads_share_a_client(client):
    results = []

    def run(number):
        instance = client.execute_sql(f"select {number} as n")
        results.append((str(number), instance.get_task_results()[TASK].rows().rows[0][0]))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(results) == 8
    assert all(sent == received for sent, received in results)


def test_running_instances_are_listed(client):
    instance = client.run_sql(IRIS, hints=SLOW)

    running = {found.id for found in client.list_instances(status=InstanceStatus.RUNNING)}
    queue = {info.instance_id for info in client.list_queueing_infos()}
    instance.stop()

    assert instance.id in running
    assert instance.id in queue
