"""What Slack's error codes mean for a message: whether a plainer rendering of it may be accepted.

Listed are the codes for which blocks are certainly not to blame. Slack has many codes for content
(`invalid_blocks`, `invalid_attachments`, `invalid_arguments`, `block_mismatch` …) and adds new
ones: whatever is not listed here degrades the message and never loses it.

https://docs.slack.dev/reference/methods/chat.postMessage#errors
"""

#: Nothing can be said in this place, or not to this person.
PLACE_CODES = frozenset(
    {"app_home_disabled", "cannot_dm_bot", "cannot_reply_to_message", "channel_is_archived"}
    | {"channel_is_limited_access", "channel_not_found", "channel_type_not_supported"}
    | {"ekm_access_denied", "external_channel_migrating", "invalid_channel", "invalid_channel_id"}
    | {"invalid_thread_ts", "invalid_ts", "invalid_user", "invalid_user_id", "is_archived"}
    | {"is_bot", "messages_tab_disabled", "method_not_supported_for_channel_type", "no_channel"}
    | {"not_enabled", "not_in_channel", "posting_to_channel_denied", "team_not_found"}
    | {"thread_locked", "thread_not_found", "user_disabled", "user_is_bot", "user_is_restricted"}
    | {"user_is_ultra_restricted", "user_not_found", "user_not_in_channel", "user_not_visible"}
)

#: Codes that begin like this are about the place, too: `restricted_action_read_only_channel` …
RESTRICTED = "restricted_action"

#: The message that was to be updated is gone, or may not be updated any more.
GONE_CODES = frozenset(
    {"cant_update_message", "edit_window_closed", "is_inactive", "message_not_found"}
)

#: The address for answers was used up or has expired, or the moment for a modal has passed.
MOMENT_CODES = frozenset(
    {"exchanged_trigger_id", "expired_trigger_id", "expired_url", "hash_conflict"}
    | {"invalid_trigger_id", "no_service", "not_found", "trigger_expired", "used_url"}
)

#: The app or its installation may not do this, whatever the message says.
ACCESS_CODES = frozenset(
    {"access_denied", "accesslimited", "app_missing_action_url", "deprecated_endpoint"}
    | {"enterprise_is_restricted", "forbidden_team", "method_deprecated", "missing_scope"}
    | {"no_permission", "two_factor_setup_required", "unknown_method"}
)

#: Slack does not accept our token: nothing was done, and what waits is told by the next one.
TOKEN_CODES = frozenset(
    {"account_inactive", "invalid_auth", "not_allowed_token_type", "not_authed"}
    | {"org_login_required", "team_access_not_granted", "team_added_to_org", "team_disabled"}
    | {"token_expired", "token_revoked", "user_removed_from_team"}
)

#: Too much was said in a while.
PACE_CODES = frozenset({"ratelimited", "rate_limited"})
LIMIT_CODES = frozenset({"message_limit_exceeded"})  #: of a free workspace: no pause helps

#: The label by which a message is found again: every rendering carries the same.
METADATA_CODES = frozenset({"invalid_metadata_format", "invalid_metadata_schema"})
METADATA = "metadata_"  #: codes that begin like this: `metadata_too_large` …

#: Our own words where an answer holds no code: `http_410`, and one that cannot be read.
HTTP_CODE = "http_"
UNREADABLE = "unreadable"

_NOT_CONTENT = (
    PLACE_CODES
    | GONE_CODES
    | MOMENT_CODES
    | ACCESS_CODES
    | TOKEN_CODES
    | PACE_CODES
    | LIMIT_CODES
    | METADATA_CODES
    | frozenset({UNREADABLE})
)
_BEGINNINGS = (RESTRICTED, METADATA, HTTP_CODE)


def is_about_content(code: str) -> bool:
    """Return whether a plainer rendering of the same message may be accepted; unknown codes may."""
    return code not in _NOT_CONTENT and not code.startswith(_BEGINNINGS)
