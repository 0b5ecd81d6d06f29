"""What has happened to a run, as codes and values; `odps_bot.messages` has the words. Pure."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec

from odps_bot.config.rules import Money
from odps_bot.errors import Denial
from odps_bot.maxcompute import (
    ApiError,
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    CredentialsUnavailableError,
    GatewayError,
    HeldBackError,
    InstanceFailedError,
    InvalidArgumentError,
    InvalidRequestError,
    MaxComputeError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    ThrottledError,
)
from odps_bot.operations.logs import hide_secrets
from odps_bot.store.codec import Instant

#: So much of a foreign text is kept.
DETAIL_CHARACTERS = 8_000

#: So much is kept of what MaxCompute says to a poll.
REFUSAL_CHARACTERS = 1_000


class ReasonCode(StrEnum):
    """Why a run ended as it did, why it never ran, or why something of it is missing."""

    EXPIRED = "expired"  #: nobody has decided in time
    DENIED = "denied"  #: `Outcome.denial` says what is missing
    ABOVE_CAP = "above_cap"  #: its cost is expected to be above `Outcome.limit`
    BUDGET_USED_UP = "budget_used_up"  #: `Outcome.budget` has no room for `Outcome.cost`
    NOT_DISPLAYABLE = "not_displayable"  #: it needs approval, and Slack would not show all of it
    NO_APPROVER = "no_approver"  #: nobody but the requester can approve it: see `Outcome.denial`
    FILE_REFUSED = "file_refused"  #: it needs approval, and Slack takes no file with it
    CARD_REFUSED = "card_refused"  #: `Outcome.detail` is Slack's error code

    SUBMISSION_UNKNOWN = "submission_unknown"  #: nobody can tell whether MaxCompute took it
    CHANGE_UNKNOWN = "change_unknown"  #: the same of a change of permissions that was sent
    CLIENT_COMMAND = "client_command"  #: there is nothing to send for it, or not all at once
    INSTANCE_GONE = "instance_gone"  #: MaxCompute no longer knows the instance
    OUT_OF_REACH = "out_of_reach"  #: MaxCompute could not be asked for too long
    NO_OUTCOME = "no_outcome"  #: the instance has ended, and MaxCompute does not say how

    #: Its estimate shows that it can never run, as MaxCompute says in `Outcome.detail`.
    COMPILE_ERROR = "compile_error"
    TASK_FAILED = "task_failed"  #: `Outcome.detail` is what MaxCompute says
    TASK_FAILED_SILENTLY = "task_failed_silently"  #: MaxCompute does not say why, or illegibly
    #: It succeeded, but the result can't be read: `Outcome.detail` is why, where it is forbidden.
    RESULT_UNREADABLE = "result_unreadable"

    SEVERAL_STATEMENTS = "several_statements"  #: only one at a time is estimated
    NO_SQL = "no_sql"  #: only SQL is estimated
    ESTIMATE_TOO_SLOW = "estimate_too_slow"
    ESTIMATE_FAILED = "estimate_failed"  #: `Outcome.detail` is what MaxCompute says, if anything

    # Errors of the client by their kind; `Outcome.detail` is the error's own text.
    UNREACHABLE = "unreachable"
    NO_CREDENTIALS = "no_credentials"
    UNSENDABLE = "unsendable"
    NOT_AUTHENTICATED = "not_authenticated"
    NO_PERMISSION = "no_permission"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    THROTTLED = "throttled"
    SERVER_ERROR = "server_error"
    INSTANCE_FAILED = "instance_failed"
    INVALID_REQUEST = "invalid_request"
    UNUSABLE_RESPONSE = "unusable_response"


#: The first class that fits says what an error means.
_BY_ERROR: tuple[tuple[type[MaxComputeError], ReasonCode], ...] = (
    (ConnectionFailedError, ReasonCode.UNREACHABLE),
    (HeldBackError, ReasonCode.UNREACHABLE),
    (CredentialsUnavailableError, ReasonCode.NO_CREDENTIALS),
    (InvalidArgumentError, ReasonCode.UNSENDABLE),
    (AuthenticationError, ReasonCode.NOT_AUTHENTICATED),
    (PermissionDeniedError, ReasonCode.NO_PERMISSION),
    (NotFoundError, ReasonCode.NOT_FOUND),
    (ConflictError, ReasonCode.CONFLICT),
    (ThrottledError, ReasonCode.THROTTLED),
    (ServerError, ReasonCode.SERVER_ERROR),
    (InstanceFailedError, ReasonCode.INSTANCE_FAILED),
    (InvalidRequestError, ReasonCode.INVALID_REQUEST),
    (MaxComputeError, ReasonCode.UNUSABLE_RESPONSE),
)


class BudgetUse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a day's budget is used up."""

    scope: Literal["person", "channel", "project"]
    spent: Money  #: what is reserved for running jobs counts
    budget: Money
    time_zone: str = "UTC"  #: at whose midnight it resets


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why something is as it is."""

    reason: ReasonCode
    detail: str = ""  #: foreign words, see `kept_detail`
    denial: Denial | None = None
    contact: str = ""  #: who can help
    limit: Money | None = None
    budget: BudgetUse | None = None
    cost: Money | None = None  #: expected


def outcome_of(error: MaxComputeError) -> Outcome:
    """Return what an error of the client means, with its own words."""
    reason = next(code for kind, code in _BY_ERROR if isinstance(error, kind))
    return Outcome(reason=reason, detail=kept_detail(str(error)))


class Refusal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What polls got in place of a status: an answer, where there was not even silence."""

    reason: ReasonCode  #: one of the errors of the client
    since: Instant  #: when a poll first got it
    code: str = ""  #: MaxCompute's error code, such as ``NoPermission``
    message: str = ""  #: foreign words
    polls: int = 1  #: that got it, one after the other

    @property
    def is_definite(self) -> bool:
        """Whether it stays until somebody changes something: a key, a permission, a project."""
        return self.reason in _DEFINITE

    def is_like(self, other: "Refusal | None") -> bool:
        """Return whether the other one says the same."""
        return other is not None and (self.reason, self.code) == (other.reason, other.code)

    def as_outcome(self) -> Outcome:
        """Return it as what a request came to."""
        said = self.message if self.code in self.message else f"{self.code}: {self.message}"
        return Outcome(reason=self.reason, detail=said)


_DEFINITE = frozenset(
    {
        ReasonCode.NOT_AUTHENTICATED,
        ReasonCode.NO_PERMISSION,
        ReasonCode.INVALID_REQUEST,
        ReasonCode.UNSENDABLE,
    }
)


def refusal_of(error: MaxComputeError, *, now: datetime) -> Refusal | None:
    """Return what a poll that failed by this error was told; None: nothing, not even a refusal.

    What has no code of MaxCompute's is no answer of it: the page of a proxy or gateway, or our own
    rate limit, which sends nothing.
    """
    if isinstance(error, ConnectionFailedError | HeldBackError | GatewayError):
        return None
    if isinstance(error, ServerError | ThrottledError) and not error.code:
        return None
    code, message = "", str(error)
    if isinstance(error, ApiError):
        code, message = error.code or "", error.message
    return Refusal(
        reason=outcome_of(error).reason,
        since=now,
        code=kept_detail(code)[:REFUSAL_CHARACTERS],
        message=kept_detail(message)[:REFUSAL_CHARACTERS],
    )


def kept_detail(text: str) -> str:
    """Return as much of a foreign text as a record keeps, without what looks like a secret."""
    return hide_secrets(text)[:DETAIL_CHARACTERS]


class MilestoneCode(StrEnum):
    """What is worth a line in the thread."""

    SUBMITTED = "submitted"  #: as the instance in `Milestone.detail`
    TRACKED = "tracked"  #: the same, of an instance that was there before
    IN_QUEUE = "in_queue"  #: at the place `Milestone.count`, or as `Milestone.detail` says
    STAGE_STARTED = (
        "stage_started"  #: the one in `Milestone.detail`, with `Milestone.count` workers
    )
    STAGE_FINISHED = "stage_finished"
    STAGE_FAILED = "stage_failed"
    UNREACHABLE = "unreachable"  #: MaxCompute does not respond, or as `Milestone.outcome` says
    REACHABLE = "reachable"  #: MaxCompute responds again, or no longer as `Milestone.outcome` says
    STOP_REFUSED = "stop_refused"  #: for `Milestone.outcome`
    ENDED = "ended"  #: `Milestone.detail` is the state


class Milestone(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something worth a line in the thread."""

    at: Instant
    code: MilestoneCode
    detail: str = ""
    count: int | None = None
    outcome: Outcome | None = None
