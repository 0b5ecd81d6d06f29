"""The link to MaxCompute's own page of an instance."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from odps_bot.maxcompute import NotFoundError
from tests.unit.in_memory import FakeInstance
from workers.queries.logview import answer_logview

INQUIRY = SimpleNamespace(project="ads", instance_id="i1", name="r7")


@pytest.fixture
def style(services):
    """Return a function that chooses which links are given."""

    def style(name):
        services.settings.logview_style = name
        services.settings.logview_life = timedelta(hours=2)
        services.maxcompute.get_logview_address = lambda _id, **options: (
            f"https://logview.example/{options['life']}"
        )
        services.maxcompute.get_job_insight_address = lambda _id, **_options: (
            "https://insight.example"
        )

    return style


def test_a_link_with_a_token_says_how_long_it_lives(services, style):
    style("token")
    instance = FakeInstance("i1")
    instance.get_status = lambda: None
    services.maxcompute.instances["i1"] = instance

    message = str(answer_logview(INQUIRY, services))
    assert "https://logview.example/2:00:00" in message
    assert "2 h" in message


def test_no_token_is_given_for_what_is_not_there(services, style):
    style("token")
    services.maxcompute.instances["i1"] = NotFoundError("no", http_status=404)

    with pytest.raises(NotFoundError):
        answer_logview(INQUIRY, services)


def test_a_link_that_asks_for_a_login_is_given_without_a_question(services, style):
    style("job-insight")
    services.maxcompute.instances["i1"] = NotFoundError("no", http_status=404)

    assert "https://insight.example" in str(answer_logview(INQUIRY, services))
