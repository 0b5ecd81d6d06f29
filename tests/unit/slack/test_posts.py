"""By what a post is found again, and how far back it is searched for."""

from datetime import timedelta

from odps_bot.input.sql_file import PATIENCE
from odps_bot.slack.api import histories
from odps_bot.slack.errors import RETRY_AFTER
from odps_bot.slack.posts import PostId
from odps_bot.store.notification_kind import NotificationKind as Kind


def test_a_post_is_labelled_with_what_it_is_about_and_its_stored_kind():
    of_run = PostId(kind=Kind.CARD, subject_id="0a1b2c")
    of_alert = PostId(kind=Kind.ALERT, subject_id="n1", field="notice_id")

    assert of_run.label == {"run_id": "0a1b2c", "kind": Kind.CARD.stored_name}
    assert (of_run.run_id, of_alert.run_id) == ("0a1b2c", "")
    assert of_alert.label["notice_id"] == "n1"


def test_slack_is_searched_and_waited_for_within_its_limits():
    # Slack recommends at most 200 messages a page; modals open within 3 s.
    assert histories.PAGE_MESSAGES == 200
    assert timedelta(seconds=5) == RETRY_AFTER
    assert timedelta(seconds=1.5) == PATIENCE
