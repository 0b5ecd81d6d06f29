"""What can come back from Slack, by what it means for whoever has called.

```
SlackError
├── RefusedError               Slack refuses it, and will refuse it again
│   ├── PlaceError             not in this place, or not any more: another one may do
│   │   └── MessageGoneError   the message that was to be updated
│   ├── AppError               the app, or what it was granted, does not allow it
│   ├── UnsearchableError      it may be posted already, and nobody may look
│   └── ContentError           anything else: a plainer rendering may be accepted
├── TokenError                 the token is not accepted: a new one is awaited
│   └── SuspendedError         the network or the organization does not let the app in for now
├── RateLimitedError           too much in a while
├── UnreachableError           no readable response
└── PostInProgressError        another process is posting this very message
```

Slack has many codes for content (`invalid_blocks`, `invalid_attachments`, `block_mismatch` …) and
adds new ones, so `MEANINGS` lists all others: an unknown code degrades a message, never loses it.

https://docs.slack.dev/reference/methods/chat.postMessage#errors
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import ClassVar

#: Slack gives no time with some of its refusals.
RETRY_AFTER = timedelta(seconds=5)

#: A token has to be replaced first.
TOKEN_RETRY_AFTER = timedelta(minutes=2)


class SlackError(Exception):
    """Slack did not do what it was asked for; `code` is its word for it.

    What is not a RefusedError passes: it is tried again after `retry_after`.
    """

    usual_wait: ClassVar[timedelta] = RETRY_AFTER

    def __init__(
        self,
        method: str,
        code: str,
        *,
        reason: str = "",
        retry_after: timedelta | None = None,
        may_have_happened: bool = False,
    ) -> None:
        super().__init__(f"{method}: {reason or code}")
        self.method = method
        self.code = code
        self.retry_after = self.usual_wait if retry_after is None else retry_after
        self.may_have_happened = may_have_happened


class RefusedError(SlackError):
    """Slack refuses it, and will refuse it again."""


class PlaceError(RefusedError):
    """Nothing can be posted in this place, to this person, or any more."""


class MessageGoneError(PlaceError):
    """The message was deleted, or may not be updated any more."""


class AppError(RefusedError):
    """The app or its installation may not do this, whatever the message says."""


class ContentError(RefusedError):
    """Slack does not accept the blocks: a plainer rendering of it may be accepted."""


class UnsearchableError(RefusedError):
    """It may have been posted more than once already, and Slack does not let us look."""


class TokenError(SlackError):
    """Slack does not accept our token: what waits is sent with the next one."""

    usual_wait = TOKEN_RETRY_AFTER


class SuspendedError(TokenError):
    """The network, the organization or a migration does not let the app in for now."""


class RateLimitedError(SlackError):
    """Too many calls in a while; `retry_after` says when to go on."""


class UnreachableError(SlackError):
    """No readable response came."""


class PostInProgressError(SlackError):
    """Another process is posting this very message, or died while it did."""


#: Our own words where Slack has none: its response holds no code, or none came, or not in time.
UNREADABLE = "unreadable"
NO_RESPONSE = "no_response"
TIMED_OUT = "timed_out"

#: Every code of Slack's that is not about content.
MEANINGS: Mapping[type[SlackError], frozenset[str]] = MappingProxyType(
    {
        PlaceError: frozenset(
            {"app_home_disabled", "cannot_dm_bot", "cannot_reply_to_message", "channel_is_archived"}
            | {"channel_is_limited_access", "channel_not_found", "channel_type_not_supported"}
            | {"invalid_channel"}
            | {"invalid_channel_id", "invalid_thread_ts", "invalid_ts", "invalid_user"}
            | {"invalid_user_id", "is_archived", "is_bot", "is_inactive", "messages_tab_disabled"}
            | {"no_channel"}
            | {"method_not_supported_for_channel_type", "not_enabled", "not_in_channel"}
            | {"posting_to_channel_denied", "team_not_found", "thread_locked", "thread_not_found"}
            | {"user_disabled", "user_is_bot", "user_is_restricted", "user_is_ultra_restricted"}
            | {"user_not_found", "user_not_in_channel", "user_not_visible"}
            # A response_url that was used up or has expired, and the moment for a modal.
            | {"exchanged_trigger_id", "expired_trigger_id", "expired_url", "hash_conflict"}
            | {"invalid_trigger_id", "no_service", "not_found", "trigger_expired", "used_url"}
            | {UNREADABLE}
        ),
        MessageGoneError: frozenset(
            {"cant_update_message", "edit_window_closed", "message_not_found"}
        ),
        AppError: frozenset(
            {"access_denied", "app_missing_action_url", "deprecated_endpoint"}
            | {"enterprise_is_restricted", "forbidden_team", "method_deprecated", "missing_scope"}
            | {"no_permission", "not_installed", "unknown_method"}
            # Of a free workspace: no pause helps.
            | {"message_limit_exceeded"}
            # The label by which a message is found again: every rendering carries the same.
            | {"invalid_metadata_format", "invalid_metadata_schema"}
        ),
        TokenError: frozenset(
            {"account_inactive", "invalid_auth", "not_allowed_token_type", "not_authed"}
            | {"token_expired", "token_revoked", "user_removed_from_team"}
        ),
        SuspendedError: frozenset(
            {"accesslimited", "ekm_access_denied", "external_channel_migrating"}
            | {"org_login_required", "team_access_not_granted", "team_added_to_org"}
            | {"team_disabled", "two_factor_setup_required"}
        ),
        RateLimitedError: frozenset({"ratelimited", "rate_limited"}),
        UnreachableError: frozenset(
            {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}
        ),
    }
)

#: Codes that begin like this: `restricted_action_read_only_channel`, `metadata_too_large` …, and
#: `http_410`, our own word for a response without a code.
BEGINNINGS: Mapping[str, type[SlackError]] = MappingProxyType(
    {"restricted_action": PlaceError, "metadata_": AppError, "http_": PlaceError}
)


def meaning_of(code: str) -> type[SlackError]:
    """Return the class of errors with this code; unknown codes are taken to be about content."""
    for meaning, codes in MEANINGS.items():
        if code in codes:
            return meaning
    return next((BEGINNINGS[start] for start in BEGINNINGS if code.startswith(start)), ContentError)
