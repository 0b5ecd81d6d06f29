"""A refusal of blocks degrades a message; one of the place, the app or the pace does not."""

import pytest

from odps_bot.messages import Message
from odps_bot.slack.api.calls import SlackRefusedError
from odps_bot.slack.error_codes import is_about_content
from odps_bot.slack.fallbacks import send_first_accepted


@pytest.mark.parametrize(
    "code",
    [
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_attachments",
        "invalid_arguments",
        "block_mismatch",
        "msg_blocks_too_long",
        "msg_blocks_too_many",
        "msg_too_long",
        "too_many_attachments",
        "markdown_text_conflict",
        "view_too_large",
        "only_one_table_allowed",
        "a_code_of_next_year",
        "unknown",
        "",
    ],
)
def test_a_plainer_rendering_may_be_accepted(code: str) -> None:
    assert is_about_content(code)


@pytest.mark.parametrize(
    "code",
    [
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "restricted_action_of_next_year",
        "messages_tab_disabled",
        "thread_not_found",
        "user_not_found",
        "message_not_found",
        "cant_update_message",
        "edit_window_closed",
        "missing_scope",
        "invalid_auth",
        "account_inactive",
        "token_revoked",
        "ratelimited",
        "message_limit_exceeded",
        "expired_url",
        "used_url",
        "expired_trigger_id",
        "hash_conflict",
        "not_enabled",
        "is_bot",
        "cannot_dm_bot",
        "channel_is_limited_access",
        "user_is_restricted",
        "user_is_bot",
        "thread_locked",
        "invalid_channel",
        "invalid_user",
        "invalid_thread_ts",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "metadata_must_be_sent_from_app",
        "metadata_too_large",
        "metadata_of_next_year",
        "unreadable",
        "http_403",
        "http_410",
    ],
)
def test_blocks_are_not_to_blame(code: str) -> None:
    assert not is_about_content(code)


BEST = Message("words", [{"type": "data_table"}])
PLAINER = Message("words", [{"type": "section"}])


class Slack:
    """Refuses messages by the type of their first block; text alone is `None`."""

    def __init__(self, **codes: str) -> None:
        self.codes = codes
        self.tried: list[str] = []

    def say(self, form: Message) -> str:
        kind = form.blocks[0]["type"] if form.blocks else "text"
        self.tried.append(kind)
        if code := self.codes.get(kind):
            raise SlackRefusedError("chat.postMessage", code)
        return kind


def test_the_best_rendering_is_said() -> None:
    assert send_first_accepted(Slack().say, [BEST, PLAINER]) == ("data_table", 0)


def test_each_refusal_of_blocks_leads_to_a_plainer_rendering() -> None:
    slack = Slack(data_table="invalid_attachments")
    assert send_first_accepted(slack.say, [BEST, PLAINER]) == ("section", 1)

    slack = Slack(data_table="invalid_attachments", section="no_such_code")
    assert send_first_accepted(slack.say, [BEST, PLAINER]) == ("text", 2)
    assert slack.tried == ["data_table", "section", "text"]


def test_a_refusal_of_the_place_is_not_tried_again() -> None:
    slack = Slack(data_table="is_archived")

    with pytest.raises(SlackRefusedError, match="is_archived"):
        send_first_accepted(slack.say, [BEST, PLAINER])
    assert slack.tried == ["data_table"]


def test_text_that_is_refused_is_not_repeated() -> None:
    slack = Slack(text="msg_too_long")

    with pytest.raises(SlackRefusedError, match="msg_too_long"):
        send_first_accepted(slack.say, [Message("words")])
    assert slack.tried == ["text"]
