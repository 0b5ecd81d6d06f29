import pytest

from odps_bot.config.openapi import OpenApi
from odps_bot.config.rules import parse_rules
from odps_bot.errors import SettingsError


def openapi(text):
    return parse_rules(text, file_name="odps-bot.toml").openapi


def test_the_openapi_is_asked_only_where_somebody_says_so():
    assert openapi("") == OpenApi(enabled=False, endpoint="")
    assert openapi("[openapi]\nenabled = true") == OpenApi(enabled=True)


def test_its_endpoint_can_be_given():
    text = '[openapi]\nenabled = true\nendpoint = "https://maxcompute.cn-hangzhou.aliyuncs.com"'

    assert openapi(text).endpoint == "https://maxcompute.cn-hangzhou.aliyuncs.com"


def test_only_a_double_on_the_same_host_is_asked_in_the_clear():
    assert openapi('[openapi]\nendpoint = "http://127.0.0.1:8080"').endpoint


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('endpoint = "maxcompute.cn-hangzhou.aliyuncs.com"', "expected an address such as"),
        ('endpoint = "https://h/api"', "expected an address such as"),
        ('endpoint = "http://maxcompute.cn-hangzhou.aliyuncs.com"', "expected an address such as"),
        ('endpoint = "https://key@h"', "expected an address such as"),
        ('enabled = "yes"', "enabled"),
        ("enable = true", "enable"),
    ],
)
def test_a_mistake_names_its_line(line, complaint):
    with pytest.raises(SettingsError) as refused:
        openapi(f"[openapi]\n{line}")

    assert complaint in str(refused.value)
    assert "line 2" in str(refused.value)
