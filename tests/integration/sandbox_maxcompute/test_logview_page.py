import requests


def get(url):
    return requests.get(url, timeout=10)


def test_a_logview_address_opens_a_page_with_the_job(odps):
    instance = odps.execute_sql("select name, '<b>' x from pyodps_iris limit 30")

    page = get(instance.get_logview_address())

    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert instance.id in page.text
    assert "M1_job_0" in page.text
    assert "30 rows, the first 20" in page.text
    assert "&lt;b&gt;" in page.text
    assert "<b>" not in page.text


def test_a_failure_is_shown_with_its_reason(odps):
    instance = odps.run_sql("select nope from pyodps_iris")
    instance.wait_for_completion()

    page = get(instance.get_logview_address())

    assert "column nope cannot be resolved" in page.text


def test_a_page_without_its_token_is_refused(odps):
    mine, other = odps.execute_sql("select 1"), odps.execute_sql("select 2")
    address = mine.get_logview_address()

    refused = {
        "without": get(address.partition("&token=")[0]),
        "spoilt": get(address[:-8]),
        "of another": get(address.replace(mine.id, other.id)),
    }

    assert {why: page.status_code for why, page in refused.items()} == {
        "without": 401,
        "spoilt": 401,
        "of another": 403,
    }
    assert all("SQL" not in page.text for page in refused.values())


def test_job_insights_show_the_same_without_a_token(odps, sandbox):
    instance = odps.execute_sql("select 1")
    host = sandbox.endpoint.removesuffix("/api")

    page = get(f"{host}/sandbox/job-insights?h={sandbox.endpoint}&p=sandbox&i={instance.id}")

    assert page.status_code == 200
    assert instance.id in page.text


def test_the_page_of_a_running_job_refreshes_itself(odps):
    instance = odps.run_sql("select 1", hints={"sandbox.stuck": "true"})

    page = get(instance.get_logview_address())

    assert 'http-equiv="refresh"' in page.text
    instance.stop()
