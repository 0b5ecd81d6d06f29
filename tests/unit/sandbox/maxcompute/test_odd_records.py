"""The sandbox plays records of which some fields are odd."""

import pytest

from odps_bot.sandbox.maxcompute.calls import Response
from odps_bot.sandbox.maxcompute.odd_records import with_odd_fields

LIST = "<I><Instance><Name>a</Name><Owner>o</Owner></Instance><Instance><Owner/></Instance></I>"


def odd(body, fields, *, number=0, **headers):
    return with_odd_fields(Response(body=body.encode(), headers=headers), fields, number=number)


@pytest.mark.parametrize(
    ("body", "fields", "number", "changed"),
    [
        (LIST, {"Owner": "-"}, 0, LIST.replace(">o<", ">-<")),
        (LIST, {"Owner": "-"}, 1, LIST.replace("<Owner/>", "<Owner>-</Owner>")),
        (LIST, {"Owner": None}, 0, LIST.replace("<Owner>o</Owner>", "")),
        (LIST, {"Owner": "-"}, 2, LIST),
        (LIST, {"StartTime": "-"}, 0, LIST),
        ('[{"a": 1, "b": 2}]', {"a": "NaN"}, 0, '[{"a": NaN, "b": 2}]'),
        ('[{"a": 1, "b": 2}]', {"a": None}, 0, '[{"b": 2}]'),
        ('[{"a": 1}, {"a": "x, y"}]', {"a": '"-"'}, 1, '[{"a": 1}, {"a": "-"}]'),
        ('{"a": {"b": [1]}}', {"b": "{}"}, 0, '{"a": {"b": {}}}'),
        (r'{"s": "{\"a\": 1}"}', {"a": '"-"'}, 0, r'{"s": "{\"a\": \"-\"}"}'),
    ],
)
def test_the_fields_of_one_record_are_replaced(body, fields, number, changed):
    response = odd(body, fields, number=number)

    assert response.body.decode().replace("{ ", "{") == changed.replace("{ ", "{")


def test_headers_are_fields_too():
    response = odd("<I/>", {"x-odps-start-time": "yesterday"}, **{"x-odps-start-time": "today"})

    assert response.headers == {"x-odps-start-time": "yesterday"}
