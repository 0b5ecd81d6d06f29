from datetime import UTC, datetime, timedelta

import pytest
import requests
from odps import ODPS, errors
from odps.accounts import BearerTokenAccount, StsAccount

from odps_bot.sandbox.maxcompute import MaxComputeSandbox, Timing

FAILURES = {
    "SLEECT 1": (errors.ParseError, "ODPS-0130161:[1,1] Parse exception - invalid token 'SLEECT'"),
    "select nope from pyodps_iris": (
        errors.ODPSError,
        "ODPS-0130071:[1,8] Semantic analysis exception - column nope cannot be resolved",
    ),
    "select *\n  from nope": (
        errors.NoSuchTable,
        "ODPS-0130131:[2,8] Table not found - table sandbox.nope cannot be resolved",
    ),
    "select cast(name as bigint) from pyodps_iris": (
        errors.ODPSError,
        (
            "ODPS-0123091:Illegal type cast - in function cast, value 'Iris-setosa' "
            "cannot be casted from String to Bigint."
        ),
    ),
}


@pytest.mark.parametrize("sql", FAILURES)
def test_pyodps_raises_the_error_of_a_failed_statement(odps, sql):
    kind, text = FAILURES[sql]

    with pytest.raises(errors.ODPSError) as failed:
        odps.execute_sql(sql)

    assert type(failed.value) is kind
    assert failed.value.args[0] == text
    assert failed.value.instance_id


def test_a_wrong_secret_is_refused(sandbox):
    stranger = ODPS("sandbox-id", "guess", project="sandbox", endpoint=sandbox.endpoint)

    with pytest.raises(errors.SignatureNotMatch, match="ODPS-0410042"):
        stranger.run_sql("select 1")


def test_an_unknown_key_is_refused(sandbox):
    stranger = ODPS("nobody", "guess", project="sandbox", endpoint=sandbox.endpoint)

    with pytest.raises(errors.ODPSError, match="ODPS-0410051") as refused:
        stranger.run_sql("select 1")
    assert refused.value.status_code == 401


def test_a_request_without_a_signature_is_refused(sandbox):
    response = requests.get(f"{sandbox.endpoint}/tenants", timeout=10)

    assert response.status_code == 401
    assert response.headers["x-odps-request-id"] in response.text
    assert "invalid or missing" in response.text


def test_a_skewed_clock_is_refused_with_the_current_time():
    def tomorrow() -> datetime:
        return datetime.now(UTC) + timedelta(days=1)

    with MaxComputeSandbox(timing=Timing.instant(), orders_rows=10, clock=tomorrow) as late:
        odps = ODPS("sandbox-id", "sandbox-secret", project="sandbox", endpoint=late.endpoint)
        with pytest.raises(errors.RequestTimeTooSkewed) as refused:
            odps.run_sql("select 1")

    assert refused.value.max_interval_date == 900_000
    assert refused.value.now_date - refused.value.expire_date > timedelta(hours=23)


def test_a_wrong_security_token_is_refused():
    tokens = {"sandbox-id": "sts"}
    with MaxComputeSandbox(timing=Timing.instant(), orders_rows=10, sts_tokens=tokens) as server:

        def session(token: str) -> ODPS:
            account = StsAccount("sandbox-id", "sandbox-secret", token)
            return ODPS(account=account, project="sandbox", endpoint=server.endpoint)

        assert session("sts").execute_sql("select 1").is_successful()
        with pytest.raises(errors.ODPSError, match="ODPS-0410051"):
            session("old").run_sql("select 1")


def test_a_bearer_token_reads_its_instance_and_nothing_else(odps, sandbox):
    mine, other = odps.execute_sql("select 1"), odps.execute_sql("select 2")
    token = mine.get_logview_address().partition("token=")[2]
    guest = ODPS(account=BearerTokenAccount(token), project="sandbox", endpoint=sandbox.endpoint)

    assert guest.get_instance(mine.id).is_terminated()
    with pytest.raises(errors.NoPermission):
        guest.get_instance(other.id).reload()
    with pytest.raises(errors.NoPermission):
        guest.get_instance(mine.id).stop()


def test_an_unknown_project_is_refused(sandbox):
    odps = ODPS("sandbox-id", "sandbox-secret", project="nope", endpoint=sandbox.endpoint)

    with pytest.raises(errors.NoSuchProject):
        odps.run_sql("select 1")


def test_unknown_and_malformed_ids_are_refused(odps):
    with pytest.raises(errors.NoSuchObject):
        odps.get_instance("20260101000000000gnothere").reload()
    with pytest.raises(errors.InvalidParameter):
        odps.get_instance("no id").reload()


def test_an_instance_of_another_project_is_unknown(odps, sandbox):
    instance = odps.execute_sql("select 1")
    elsewhere = ODPS("sandbox-id", "sandbox-secret", project="analytics", endpoint=sandbox.endpoint)

    assert not elsewhere.exist_instance(instance.id)


def test_a_read_only_session_refuses_writes(odps):
    with pytest.raises(errors.ODPSError, match="invalid statement in readonly mode"):
        odps.execute_sql("drop table orders", hints={"odps.sql.read.only": "true"})


def test_a_body_that_is_too_large_is_refused(odps, sandbox):
    with pytest.raises(errors.ODPSError):
        odps.run_sql("select 1 --" + "x" * 9 * 2**20)

    assert sandbox.requests()[-1].http_status == 413


def test_rows_before_the_end_and_of_failures_are_refused_by_the_tunnel(odps):
    running = odps.run_sql("select 1", hints={"sandbox.stuck": "true"})
    described = odps.execute_sql("desc orders")

    with pytest.raises(errors.ODPSError, match="not terminated"):
        running.open_reader(tunnel=True)
    with pytest.raises(errors.InstanceTypeNotSupported):
        described.open_reader(tunnel=True)
    running.stop()
