"""A refusal of blocks degrades a message; one of the place, the app or the pace does not."""

from datetime import timedelta

import pytest

from odps_bot.slack.errors import (
    BEGINNINGS,
    MEANINGS,
    AppError,
    ContentError,
    MessageGoneError,
    PlaceError,
    RateLimitedError,
    RefusedError,
    SuspendedError,
    TokenError,
    UnreachableError,
    meaning_of,
)


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
    assert meaning_of(code) is ContentError


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
    assert meaning_of(code) is not ContentError


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("restricted_action_of_next_year", PlaceError),
        ("expired_url", PlaceError),
        ("http_410", PlaceError),
        ("message_not_found", MessageGoneError),
        ("missing_scope", AppError),
        ("not_installed", AppError),
        ("metadata_too_large", AppError),
        ("token_revoked", TokenError),
        ("rate_limited", RateLimitedError),
        ("internal_error", UnreachableError),
    ],
)
def test_a_code_has_one_meaning(code: str, meaning: type) -> None:
    assert meaning_of(code) is meaning


def test_no_code_is_listed_twice() -> None:
    listed = [code for codes in MEANINGS.values() for code in codes]

    assert len(listed) == len(set(listed))
    assert not [code for code in listed if code.startswith(tuple(BEGINNINGS))]


def test_what_slack_will_refuse_again_is_told_apart_from_what_passes() -> None:
    passing = {meaning for meaning in MEANINGS if not issubclass(meaning, RefusedError)}

    assert passing == {TokenError, SuspendedError, RateLimitedError, UnreachableError}


@pytest.mark.parametrize(
    "code",
    [
        "accesslimited",
        "ekm_access_denied",
        "external_channel_migrating",
        "org_login_required",
        "team_access_not_granted",
        "team_added_to_org",
        "team_disabled",
        "two_factor_setup_required",
        "token_expired",
        "token_revoked",
        "invalid_auth",
        "fatal_error",
        "internal_error",
        "service_unavailable",
        "request_timeout",
        "ratelimited",
    ],
)
def test_what_token_network_or_organization_cause_passes_and_is_waited_for(code: str) -> None:
    assert not issubclass(meaning_of(code), RefusedError)


def test_a_token_is_not_tried_every_few_seconds() -> None:
    assert TokenError("chat.update", "invalid_auth").retry_after == timedelta(minutes=2)
    assert UnreachableError("chat.update", "internal_error").retry_after == timedelta(seconds=5)
