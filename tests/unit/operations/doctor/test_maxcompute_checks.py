"""Where rules and project disagree about schemas, names of two parts are refused or misread."""

import pytest

from odps_bot.operations.doctor.finding import Verdict
from odps_bot.operations.doctor.maxcompute_checks import schemas_finding

DESCRIPTION = (
    "<Project><Properties><Property><Name>odps.schema.model.enabled</Name><Value>{}</Value>"
    "</Property></Properties></Project>"
)


@pytest.mark.parametrize(
    ("described", "has_schemas", "verdict", "says"),
    [
        ("true", True, Verdict.OK, "agree: schemas = true"),
        ("false", False, Verdict.OK, "agree: no schemas"),
        ("true", False, Verdict.WARNING, "`schema.table` is refused"),
        ("false", True, Verdict.FAILED, "the project has none"),
    ],
)
def test_rules_and_project_are_compared(described, has_schemas, verdict, says):
    body = DESCRIPTION.format(described).encode()

    found = schemas_finding("maxcompute p", body, has_schemas=has_schemas)

    assert found.verdict is verdict
    assert found.subject == "maxcompute p schemas"
    assert says in found.says


def test_a_project_that_does_not_describe_it_is_not_judged():
    found = schemas_finding("maxcompute p", b"<Project/>", has_schemas=True)

    assert found.verdict is Verdict.UNTRIED
