"""The headers that our requests carry are those that PyODPS would put on them."""

from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from odps.accounts import BearerTokenAccount, CloudAccount, StsAccount
from requests.structures import CaseInsensitiveDict

from odps_bot.maxcompute import (
    AccessKey,
    BearerToken,
    Client,
    ConflictError,
    InstanceStatus,
    StaticCredentials,
)
from odps_bot.sandbox.maxcompute import MaxComputeSandbox, Timing

SECRETS = ("authorization", "authorization-sts-token", "x-odps-bearer-token")


@pytest.fixture(scope="module")
def server():
    keys = {"id": "secret", "sts-id": "sts-secret"}
    with MaxComputeSandbox(
        timing=Timing.instant(),
        orders_rows=10,
        access_keys=keys,
        region="cn-hangzhou",
        sts_tokens={"sts-id": "sts-token"},
    ) as sandbox:
        yield sandbox


@pytest.fixture
def connect(server):
    clients = []

    def make(credentials, region=None):
        credentials = StaticCredentials(credentials)
        client = Client(server.endpoint, project="sandbox", credentials=credentials, region=region)
        clients.append(client)
        server.clear_requests()
        return client

    yield make
    for client in clients:
        client.close()


def signed_by(account, request, *, endpoint, region):
    """What PyODPS makes of a request of ours, from its address and its other headers."""
    query = "&".join(f"{name}={quote(value)}" for name, value in request.query.items())
    headers = CaseInsensitiveDict(
        (name, value) for name, value in request.headers.items() if name not in SECRETS
    )
    is_tunnel = not request.path.startswith("/api/")
    base = endpoint.removesuffix("/api") if is_tunnel else endpoint
    origin = endpoint.removesuffix("/api")
    copy = SimpleNamespace(
        method=request.method, url=f"{origin}{request.path}?{query}", headers=headers
    )
    account.sign_request(copy, base, region_name=region)
    return {name.lower(): value for name, value in copy.headers.items() if name.lower() in SECRETS}


def secrets_of(request):
    return {name: value for name, value in request.headers.items() if name in SECRETS}


def use_everything(client):
    instance = client.execute_sql("select '中文' as a, 1 as b")
    list(client.list_instances(status=InstanceStatus.TERMINATED, job_name="a (b):中", limit=2))
    list(client.list_queueing_infos())
    list(instance.open_download().rows())
    instance.get_task().get_info("k/1:2 x")
    instance.get_task_progress()
    client.get_logview_address(instance.id, life=timedelta(hours=1))
    with suppress(ConflictError):
        instance.stop()


@pytest.mark.parametrize("region", [None, "cn-hangzhou"])
@pytest.mark.parametrize(
    ("credentials", "account"),
    [
        (AccessKey("id", "secret"), CloudAccount("id", "secret")),
        (
            AccessKey("sts-id", "sts-secret", "sts-token"),
            StsAccount("sts-id", "sts-secret", "sts-token", expired_hours=None),
        ),
    ],
    ids=["access key", "STS"],
)
def test_keys_sign_every_request_as_pyodps_does(server, connect, credentials, account, region):
    use_everything(connect(credentials, region))

    sent = server.requests()
    assert len({request.operation for request in sent}) >= 10
    for request in sent:
        theirs = signed_by(account, request, endpoint=server.endpoint, region=region)
        assert secrets_of(request) == theirs, request.operation
        assert ("aliyun_v4" in request.headers["authorization"]) is (region is not None)


def test_a_bearer_token_travels_as_pyodps_sends_it(server, connect):
    client = connect(AccessKey("id", "secret"))
    instance = client.execute_sql("select 1 as a")
    address = client.get_logview_address(instance.id)
    token = parse_qs(urlsplit(address).query)["token"][0]

    bearer = connect(BearerToken(token))
    bearer.get_instance(instance.id).is_successful()

    (request,) = server.requests()
    account = BearerTokenAccount(token, expired_hours=None)
    assert request.http_status == 200
    assert secrets_of(request) == signed_by(account, request, endpoint=server.endpoint, region=None)
