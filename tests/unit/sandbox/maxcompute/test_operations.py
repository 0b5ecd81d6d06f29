import pytest

from odps_bot.sandbox.maxcompute.operations import (
    OPERATIONS,
    check_parameters,
    find_operation,
)
from odps_bot.sandbox.maxcompute.responses.handlers import HANDLERS
from odps_bot.sandbox.maxcompute.service_errors import ServiceError

INSTANCE = "/api/projects/p/instances/20260101000000123gabc"


@pytest.mark.parametrize(
    ("method", "path", "query", "name"),
    [
        ("POST", "/api/projects/p/instances", {"curr_project": "p"}, "submit"),
        ("GET", "/api/projects/p/instances", {"status": "Running"}, "list"),
        ("GET", INSTANCE, {"curr_project": "p"}, "status"),
        ("GET", INSTANCE, {"taskstatus": ""}, "taskstatus"),
        ("GET", INSTANCE, {"instanceprogress": "t", "taskname": "t"}, "progress"),
        ("GET", INSTANCE, {"log": "", "id": "x"}, "log"),
        ("PUT", INSTANCE, {}, "stop"),
        ("POST", "/api/projects/p/authorization", {"sign_bearer_token": ""}, "authorization"),
        ("POST", "/api/projects/p/authorization", {}, "authorization_query"),
        ("GET", "/logview/", {"i": "x"}, "logview"),
        ("GET", "/api/logview/host", {}, "logview_host"),
        ("POST", INSTANCE.removeprefix("/api"), {"downloads": ""}, "tunnel_create"),
        ("GET", INSTANCE.removeprefix("/api"), {"downloadid": "d", "data": ""}, "tunnel_data"),
    ],
)
def test_requests_map_to_operations(method, path, query, name):
    operation, _ = find_operation(method, path, query)

    assert operation.name == name


def test_path_parameters_are_returned():
    _, names = find_operation("GET", INSTANCE, {})

    assert names == {"project": "p", "instance_id": "20260101000000123gabc"}


@pytest.mark.parametrize(
    ("method", "path", "http_status"),
    [
        ("DELETE", INSTANCE, 405),
        ("GET", "/api/nope", 404),
        ("GET", "/", 404),
        ("POST", "/api/", 404),
    ],
)
def test_unknown_operations_are_refused(method, path, http_status):
    with pytest.raises(ServiceError) as refused:
        find_operation(method, path, {})

    assert refused.value.http_status == http_status


def test_every_operation_has_its_handler():
    assert {operation.name for operation in OPERATIONS} == set(HANDLERS)


TABLE = "/projects/p/tables/t"
TUNNEL = INSTANCE.removeprefix("/api")
#: As PyODPS and the Java and Go SDKs send them.
OF_CLIENTS = [
    ("POST", TABLE, "downloads partition quotaName asyncmode shard"),
    ("GET", TABLE, "downloadid partition quotaName curr_project"),
    ("GET", TABLE, "downloadid rowrange columns data arrow raw_size partition quotaName"),
    ("GET", TABLE, "downloadid rowrange sizelimit data x-odps-tunnel-version"),
    ("POST", TABLE, "uploads reload create_partition overwrite partition quotaName"),
    ("PUT", TABLE, "uploadid blockid block_version arrow partition curr_schema"),
    ("GET", TABLE, "uploadid reload getblockid partition"),
    ("POST", TABLE, "uploadid partition"),
    ("POST", TUNNEL, "downloads instance_tunnel_limit_enabled cached taskname queryid quotaName"),
    ("GET", TUNNEL, "downloadid quotaName"),
    ("GET", TUNNEL, "downloadid rowrange data arrow columns raw_size sizelimit quotaName"),
    ("GET", TUNNEL, "cached taskname queryid data schema_in_stream"),
]


@pytest.mark.parametrize(("method", "path", "names"), OF_CLIENTS)
def test_the_tunnel_takes_what_clients_send(method, path, names):
    query = dict.fromkeys(names.split(), "")

    check_parameters(find_operation(method, path, query)[0], query)


@pytest.mark.parametrize(("method", "path", "names"), OF_CLIENTS)
def test_the_tunnel_refuses_other_parameters(method, path, names):
    query = dict.fromkeys(names.split(), "")
    operation, _ = find_operation(method, path, query)

    with pytest.raises(ServiceError, match="unknown parameter 'rowrnage'"):
        check_parameters(operation, {**query, "rowrnage": "(0,1)"})


def test_a_page_for_browsers_takes_any_parameter():
    query = {"i": "x", "utm_source": "chat"}

    check_parameters(find_operation("GET", "/logview/", query)[0], query)
