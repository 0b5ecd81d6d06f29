from urllib.parse import parse_qs, urlsplit

from odps_bot.maxcompute.logview import job_insight_address, logview_address


def test_every_part_of_the_address_is_encoded():
    address = logview_address(
        "http://logview.example/",
        endpoint="https://service.example/api?x=1",
        project="p",
        instance_id="i",
        token="a+b/c==&q",
    )

    assert address.startswith("http://logview.example/logview/?")
    assert parse_qs(urlsplit(address).query) == {
        "h": ["https://service.example/api?x=1"],
        "p": ["p"],
        "i": ["i"],
        "token": ["a+b/c==&q"],
    }


def test_job_insight_needs_no_token():
    address = job_insight_address(
        "https://console.example",
        region="cn-hangzhou",
        endpoint="https://service.example/api",
        project="p",
        instance_id="i",
    )

    assert address == (
        "https://console.example/cn-hangzhou/job-insights"
        "?h=https%3A%2F%2Fservice.example%2Fapi&p=p&i=i"
    )
