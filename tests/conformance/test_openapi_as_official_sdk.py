"""The OpenAPI of the sandbox, and our client of it, beside MaxCompute's own SDK of it."""

from datetime import UTC, datetime
from time import monotonic, sleep

import pytest
from alibabacloud_maxcompute20220104 import models
from alibabacloud_maxcompute20220104.client import Client as SdkClient
from alibabacloud_tea_openapi.exceptions import ClientException
from alibabacloud_tea_openapi.models import OpenApiRequest
from alibabacloud_tea_openapi.utils import Utils
from alibabacloud_tea_openapi.utils_models import Config

from odps_bot.maxcompute import (
    AccessKey,
    ApiError,
    Client,
    NotFoundError,
    PermissionDeniedError,
    StaticCredentials,
)
from odps_bot.openapi import OpenApiClient
from odps_bot.openapi.signing import signed_headers
from odps_bot.sandbox.maxcompute import ACCESS_KEY_ID, ACCESS_KEY_SECRET, MaxComputeSandbox, Timing

KEY = AccessKey(ACCESS_KEY_ID, ACCESS_KEY_SECRET)
STARVED = {"sandbox.life": "starved", "sandbox.life.from": "400"}


@pytest.fixture(scope="module")
def sandbox():
    with MaxComputeSandbox(timing=Timing.instant(), orders_rows=10) as sandbox:
        yield sandbox


@pytest.fixture
def rest(sandbox):
    client = Client(sandbox.endpoint, project="sandbox", credentials=StaticCredentials(KEY))
    yield client
    client.close()


@pytest.fixture
def ours(sandbox):
    client = OpenApiClient(sandbox.openapi_endpoint, credentials=StaticCredentials(KEY))
    yield client
    client.close()
    sandbox.openapi_refused.clear()


@pytest.fixture
def make_sdk(sandbox):
    def make_sdk(secret=ACCESS_KEY_SECRET):
        return SdkClient(
            Config(
                access_key_id=ACCESS_KEY_ID,
                access_key_secret=secret,
                endpoint=sandbox.openapi_endpoint.removeprefix("http://"),
                protocol="http",
            )
        )

    return make_sdk


@pytest.fixture
def starved(sandbox, rest):
    instance = rest.run_sql("select count(*) from customers", hints=STARVED)
    deadline = monotonic() + 30
    while not any(i.id == instance.id and i.started_at for i in sandbox.instances()):
        assert monotonic() < deadline
        sleep(0.01)
    yield instance
    instance.stop()


def test_the_official_sdk_reads_a_job_as_our_client_does(make_sdk, ours, starved):
    theirs = make_sdk().get_job_info(starved.id).body.data
    info = ours.get_job_info(starved.id)

    assert (theirs.instance_id, theirs.project) == (starved.id, "sandbox")
    assert (info.status, info.signature, info.quota_nickname) == (
        theirs.status,
        theirs.signature,
        theirs.quota_nickname,
    )
    assert [(one.code, one.description) for one in info.sub_statuses] == [
        (one.code, one.description) for one in theirs.job_sub_status_list
    ]
    assert info.sub_statuses[-1].code == 1042
    assert [(one.scene, one.tag, one.summary) for one in info.scenes] == [
        (one.scene, one.scene_tag, one.summary) for one in theirs.scene_results
    ]
    assert info.scenes[0].scene == "LackResource"


def test_the_official_sdk_reads_snapshots_as_our_client_does(make_sdk, ours, starved):
    now = datetime.now(UTC)
    wanted = models.ListJobSnapshotInfosRequest(
        to=int(now.timestamp()),
        project_list=["sandbox"],
        instance_id_list=[starved.id],
        page_number=1,
        page_size=10,
    )
    (theirs,) = make_sdk().list_job_snapshot_infos(wanted).body.data.job_info_list
    (snapshot,) = ours.list_job_snapshots(project="sandbox", instance_ids=(starved.id,), at=now)

    assert snapshot.instance_id == theirs.instance_id == starved.id
    assert snapshot.cpu_ratio == theirs.cpu_usage_to_request_ratio < 0.95
    assert abs((snapshot.at - now).total_seconds()) < 60


def test_an_ended_job_has_ended_for_both(make_sdk, ours, rest):
    ended = rest.execute_sql("select 1 as one")

    assert make_sdk().get_job_info(ended.id).body.data.status == "success"
    assert ours.get_job_info(ended.id).is_ended


def test_both_are_refused_alike(sandbox, make_sdk, ours, starved):
    sandbox.openapi_refused.add("GetJobInfo")

    with pytest.raises(ClientException) as theirs:
        make_sdk().get_job_info(starved.id)
    with pytest.raises(PermissionDeniedError) as refused:
        ours.get_job_info(starved.id)

    assert theirs.value.code == refused.value.code == "NoPermission"
    assert (theirs.value.status_code, refused.value.http_status) == (403, 403)


def test_nobody_finds_a_job_that_does_not_exist(make_sdk, ours):
    with pytest.raises(ClientException) as theirs:
        make_sdk().get_job_info("20260101000000000gnobody00")
    with pytest.raises(NotFoundError):
        ours.get_job_info("20260101000000000gnobody00")

    assert theirs.value.status_code == 404


def test_a_wrong_secret_opens_nothing(sandbox, make_sdk, starved):
    wrong = StaticCredentials(AccessKey(ACCESS_KEY_ID, "wrong"))
    client = OpenApiClient(sandbox.openapi_endpoint, credentials=wrong)

    with pytest.raises(ClientException) as theirs:
        make_sdk(secret="wrong").get_job_info(starved.id)
    with pytest.raises(ApiError) as refused:
        client.get_job_info(starved.id)
    client.close()

    assert theirs.value.code == refused.value.code == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    "query", [{}, {"pageNumber": "1", "pageSize": "10"}, {"a": "x/y~z*+&=ü", "A": ""}]
)
def test_requests_are_signed_as_the_official_sdk_signs_them(query):
    headers = {
        "host": "maxcompute.cn-hangzhou.aliyuncs.com",
        "accept": "application/json",
        "x-acs-action": "ListJobSnapshotInfos",
        "x-acs-version": "2022-01-04",
    }
    path, body = "/api/v1/jobs/snapshot", b'{"to": 1}'
    signed = signed_headers(
        KEY,
        method="POST",
        path=path,
        query=query,
        headers=headers,
        body=body,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        nonce="n",
    )
    unsigned = {name: value for name, value in signed.items() if name != "authorization"}
    request = OpenApiRequest()
    request.method, request.pathname, request.query, request.headers = (
        "POST",
        path,
        query,
        unsigned,
    )

    assert signed["authorization"] == Utils.get_authorization(
        request, "ACS3-HMAC-SHA256", signed["x-acs-content-sha256"], KEY.id, KEY.secret
    )
