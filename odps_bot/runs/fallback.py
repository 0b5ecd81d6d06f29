"""Why a statement that was to run interactively (MaxQA) runs as an ordinary job. Pure."""

from enum import StrEnum

import msgspec

from odps_bot.maxcompute import (
    ApiError,
    GatewayError,
    InvalidRequestError,
    MalformedResponseError,
    MaxComputeError,
    NoInteractiveQuotaError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
)
from odps_bot.operations.logs import hide_secrets
from odps_bot.sql.classification import Classification, RunsAs, StatementClass

#: So much is kept of what MaxCompute says.
DETAIL_CHARACTERS = 300

#: By this setting a statement says itself that it is none for MCQA.
#: https://www.alibabacloud.com/help/en/maxcompute/user-guide/odps-1850001
DISABLED = "odps.mcqa.disable"


class FallbackReason(StrEnum):
    """Why it does not run interactively."""

    STATEMENT = "statement"  #: interactive quotas take no such statement
    SETTING = "setting"  #: its own setting says no
    NO_QUOTA = "no_quota"  #: there is no such interactive quota, or not for this account
    BUSY = "busy"  #: the quota is full
    UNSUPPORTED = "unsupported"  #: MaxCompute says that it can't run this interactively
    UNAVAILABLE = "unavailable"  #: the service is being upgraded, or broken
    MOVED = "moved"  #: MaxCompute made an ordinary job of it by itself
    REFUSED = "refused"  #: for a reason in `Fallback.detail` that isn't known here

    @classmethod
    def _missing_(cls, value: object) -> "FallbackReason":
        """Return what a reason of a later version is to this one."""
        del value
        return cls.REFUSED


class Fallback(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That it does not run interactively."""

    reason: FallbackReason
    detail: str = ""  #: foreign words


#: Codes by their first characters, from `SQLExecutorConstants` of the Java SDK and `odps/errors.py`
#: of PyODPS, which have them of MCQA 1; those of MaxQA are not documented.
_BY_CODE = {
    "ODPS-182": FallbackReason.NO_QUOTA,
    "ODPS-183": FallbackReason.BUSY,
    "ODPS-185": FallbackReason.UNSUPPORTED,
    "ODPS-18": FallbackReason.UNAVAILABLE,
}

#: An ordinary job would be refused alike: the statement can't be parsed, the project is not there.
_FATAL_CODES = ("ParseError", "NoSuchProject", "ODPS-0130", "ODPS-0420111")

#: What else is a refusal to run it interactively. A broken connection, a key that isn't accepted,
#: or too many requests are everybody's trouble, and none.
_REFUSALS = (InvalidRequestError, MalformedResponseError, NotFoundError, PermissionDeniedError)


def fallback_of_statement(statement: Classification) -> Fallback | None:
    """Return why nothing interactive is tried for a statement; None: nothing speaks against it.

    Interactive quotas take queries, DML and DDL, and nothing else:
    https://www.alibabacloud.com/help/en/maxcompute/user-guide/query-acceleration-maxqa-operation-guide
    """
    if any(
        one.key.lower() == DISABLED and one.value.lower() == "true" for one in statement.settings
    ):
        return Fallback(reason=FallbackReason.SETTING)
    is_other = statement.statement_class is StatementClass.ADMIN
    if is_other or statement.runs_as is not RunsAs.SQL:
        return Fallback(reason=FallbackReason.STATEMENT)
    return None


def fallback_of_error(error: MaxComputeError) -> Fallback | None:
    """Return why the service does not run it interactively; None: an ordinary job would fail too.

    The error says for certain that nothing was submitted. What is not known to be fatal is a
    reason to fall back.
    """
    detail = hide_secrets(str(error))[:DETAIL_CHARACTERS]
    if isinstance(error, NoInteractiveQuotaError):
        return Fallback(reason=FallbackReason.NO_QUOTA, detail=detail)
    if isinstance(error, ApiError):
        codes = (error.code or "", error.odps_code or "")
        if any(code.startswith(_FATAL_CODES) for code in codes):
            return None
        for first, reason in _BY_CODE.items():
            if any(code.startswith(first) for code in codes):
                return Fallback(reason=reason, detail=detail)
    if isinstance(error, ServerError | GatewayError):
        return Fallback(reason=FallbackReason.UNAVAILABLE, detail=detail)
    if isinstance(error, NotFoundError):
        return Fallback(reason=FallbackReason.NO_QUOTA, detail=detail)
    is_refusal = isinstance(error, _REFUSALS)
    return Fallback(reason=FallbackReason.REFUSED, detail=detail) if is_refusal else None
