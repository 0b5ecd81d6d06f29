"""What stands beside files and charts: nothing foreign speaks in it, and every refusal helps."""

import pytest

from odps_bot.maxcompute.errors import MalformedResponseError, api_error
from odps_bot.messages.replies.result_files import (
    chart_message,
    file_name,
    picture_comment,
    why_no_rows,
    why_slack_refused_file,
)
from odps_bot.messages.results.charts import ChartPlan, chart_of
from odps_bot.runs import Table

ATTACK = "<!channel> & <@U2>"


def test_a_chart_pings_nobody(make_run):
    table = Table(
        columns=(ATTACK, "n"),
        types=("string", "bigint"),
        rows=((ATTACK, "1"), ("b", "2")),
        column_count=2,
        row_count=2,
    )
    message = chart_message(make_run(), chart_of(table))

    assert "<" not in message.text
    assert "&lt;!channel&gt; &amp;" in message.text


def test_a_legend_pings_nobody_and_is_not_endless(make_run):
    plan = ChartPlan("bar", ATTACK, (ATTACK,), (), left_out=(ATTACK,) * 9)
    legend = tuple((f"#{n}", ATTACK) for n in range(47))
    comment = picture_comment(make_run(), plan, legend)

    assert "<" not in comment
    assert "and 7 more" in comment
    assert len(comment) < 4_000


@pytest.mark.parametrize(
    ("project", "name"),
    [
        ("ads_prod", "r42-ads_prod.csv"),
        ("../../etc", "r42-.._.._etc.csv"),
        ('a"b\r\nc', "r42-a_b__c.csv"),
    ],
)
def test_a_file_is_named_for_run_and_project(make_run, project, name):
    assert file_name(make_run(project=project), suffix="csv") == name


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (
            api_error("NoSuchObject", http_status=404, code="NoSuchObject"),
            (
                "MaxCompute no longer has this result; it keeps results for a day."
                " Run the statement again."
            ),
        ),
        (api_error("no <right>", http_status=403, code="NoPermission"), "no &lt;right&gt;"),
        (MalformedResponseError("?"), "I can't read MaxCompute's response"),
    ],
)
def test_why_there_are_no_rows_is_told_with_what_to_do(error, why):
    assert why in why_no_rows(error)


@pytest.mark.parametrize(
    "code", ["file_uploads_disabled", "missing_scope", "not_in_channel", "is_archived", "`<x>`"]
)
def test_every_refusal_of_slack_is_a_sentence_without_its_markup(code):
    why = why_slack_refused_file(code)

    assert why.endswith(".")
    assert "<" not in why
