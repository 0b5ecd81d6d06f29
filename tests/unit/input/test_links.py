"""Links to jobs that people paste; their tokens go nowhere."""

import random
from urllib.parse import quote

import pytest

from odps_bot.errors import CommandError
from odps_bot.input.links import Link, read_link

ID = "20261122093000123g1a2b3c4"
ENDPOINT = "https://service.cn-hangzhou.maxcompute.aliyun.com/api"
TOKEN = "c2VjcmV0LXRva2Vu"
LOGVIEW = f"h={ENDPOINT}&p=sandbox&i={ID}&token={TOKEN}"
LOGVIEW_LINK = Link(project="sandbox", instance_id=ID, endpoint=ENDPOINT)
INSIGHT_LINK = Link(project="sandbox", instance_id=ID, endpoint=ENDPOINT, region="cn-hangzhou")


@pytest.mark.parametrize(
    "typed",
    [
        f"http://logview.aliyun.com/logview/?{LOGVIEW}",
        f"https://logview.aliyun.com/logview?{LOGVIEW}",
        f"https://logview.example.com:8080/logview/?{LOGVIEW}&subQuery=3",
        f"logview.aliyun.com/logview/?{LOGVIEW}",
        f"<https://logview.aliyun.com/logview/?{LOGVIEW}>",
        f"<https://logview.aliyun.com/logview/?{LOGVIEW}|logview.aliyun.com/logview/?h=…>",
        f"HTTPS://LOGVIEW.ALIYUN.COM/logview/?{LOGVIEW}#tab",
        f"https://logview.aliyun.com/logview/?h={quote(ENDPOINT, safe='')}&p=sandbox&i={ID}",
        f"http://127.0.0.1:8080/logview/?i={ID}&p=sandbox&h={ENDPOINT}",
    ],
)
def test_a_logview_link_leads_to_its_instance(typed):
    assert read_link(typed) == LOGVIEW_LINK


def test_a_link_leads_to_an_interactive_instance_too():
    link = read_link(f"https://logview.aliyun.com/logview/?h={ENDPOINT}&p=sandbox&i={ID}_mcqa")

    assert link.instance_id == f"{ID}_mcqa"


def test_a_link_with_more_than_twenty_parameters_is_none():
    more = "".join(f"&x{n}=1" for n in range(16))

    assert read_link(f"https://logview.aliyun.com/logview/?{LOGVIEW}{more}") == LOGVIEW_LINK
    with pytest.raises(CommandError, match="no instance in this link"):
        read_link(f"https://logview.aliyun.com/logview/?{LOGVIEW}{more}&one=more")


def test_a_job_insight_link_leads_to_its_instance():
    typed = (
        "https://maxcompute.console.aliyun.com/cn-hangzhou/job-insights"
        f"?h={quote(ENDPOINT, safe='')}&p=sandbox&i={ID}"
    )

    assert read_link(typed) == INSIGHT_LINK


@pytest.mark.parametrize("typed", ["", ID, "r42", "logview", "?", "a b", "http://", "http://x/y"])
def test_what_is_no_link_is_none(typed):
    assert read_link(typed) is None


@pytest.mark.parametrize(
    "typed",
    [
        f"https://logview.aliyun.com/?{LOGVIEW}",
        f"https://logview.aliyun.com/elsewhere/logview/?{LOGVIEW}",
        f"https://console.aliyun.com/CN/job-insights?{LOGVIEW}",
        f"https://user@logview.aliyun.com/logview/?{LOGVIEW}",
        f"https://logview.aliyun.com/logview/?p=sandbox&token={TOKEN}",
        f"https://logview.aliyun.com/logview/?i={ID}&token={TOKEN}",
        f"https://logview.aliyun.com/logview/?{LOGVIEW}&i={ID}",
        f"https://logview.aliyun.com/logview/?{LOGVIEW}&p=other",
        f"https://logview.aliyun.com/logview/?p=../x&i={ID}&token={TOKEN}",
        f"https://logview.aliyun.com/logview/?p=sandbox&i=1234&token={TOKEN}",
        f"https://logview.aliyun.com/logview/?p=sandbox&i={ID}%0A&token={TOKEN}",
        f"https://[/logview/?{LOGVIEW}",
        "https://logview.aliyun.com/logview/?" + "&".join(f"a{n}={TOKEN}" for n in range(50)),
    ],
)
def test_a_link_to_no_instance_is_refused_and_not_repeated(typed):
    with pytest.raises(CommandError) as refused:
        read_link(typed)

    assert TOKEN not in str(refused.value)
    assert "Nothing was changed" in str(refused.value)


def test_whatever_stands_in_a_link_its_token_is_not_in_what_is_read_or_said():
    chance = random.Random(20261122)
    pieces = ["h=", "p=sandbox", f"i={ID}", "&", "?", "/", "logview", "#", "%", ";", "|", "<", " "]
    for _ in range(3_000):
        typed = "https://logview.aliyun.com/logview/?" + "".join(
            chance.choice([*pieces, f"token={TOKEN}"]) for _ in range(chance.randrange(12))
        )
        try:
            said = repr(read_link(typed))
        except CommandError as error:
            said = str(error)

        assert TOKEN not in said.replace(f"h=token={TOKEN}", "")
