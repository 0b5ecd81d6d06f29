"""The errors of the client.

```
MaxComputeError                    .is_retryable .retry_after
├── InvalidArgumentError           nothing was sent (also a ValueError)
│   ├── InvalidArgumentTypeError   (also a TypeError)
│   └── InvalidInstanceIdError
├── HeldBackError                  nothing was sent for now                (retryable)
├── CredentialsUnavailableError    no credentials to sign with             (retryable)
├── ConnectionFailedError          no response                             (retryable)
├── MalformedResponseError         a response we can't read
│   └── ResponseTooLargeError      it has more bytes than the call accepts
├── NoInteractiveQuotaError        nothing was submitted
├── AmbiguousSubmitError           was it submitted? look .guid up
├── WaitTimeoutError               the instance continues
├── InstanceFailedError            a task failed or was cancelled
└── ApiError                       a response that says no
    │   .http_status .code .odps_code .message .request_id
    ├── AuthenticationError        credentials, signature or clock not accepted
    ├── PermissionDeniedError      the account has no permission
    ├── NotFoundError              it does not exist, or no longer
    ├── ConflictError              not possible in the current state
    │   └── AlreadyTerminatedError a stop came after the end
    ├── InvalidRequestError        the service does not understand the request
    ├── ThrottledError             too many requests                       (retryable)
    ├── ServerError                the service is busy, down or broken     (retryable)
    └── GatewayError               not the service's own response          (retryable)
```

Codes: https://www.alibabacloud.com/help/en/maxcompute/user-guide/api-errors
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

#: Error codes of SQL, API, tunnel and others, as they appear in messages.
ODPS_CODE = re.compile(r"ODPS-\d{7}")


class MaxComputeError(Exception):
    """The base class of all errors of the client."""

    #: Whether the same call can succeed later.
    is_retryable: ClassVar[bool] = False

    #: How long to wait before; None: nobody says.
    retry_after: timedelta | None = None


class InvalidArgumentError(MaxComputeError, ValueError):
    """An argument is invalid. Nothing was sent."""


class InvalidArgumentTypeError(InvalidArgumentError, TypeError):
    """An argument has a type that can't be meant. Nothing was sent."""


class InvalidInstanceIdError(InvalidArgumentError):
    """The text can't be the id of an instance. Nothing was sent."""


class HeldBackError(MaxComputeError):
    """Nothing was sent: the endpoint is in trouble or busy, or there is no time left to wait."""

    is_retryable = True

    def __init__(
        self, message: str, *, retry_after: timedelta, is_out_of_reach: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.is_out_of_reach = is_out_of_reach  #: others have asked, and got no response


class CredentialsUnavailableError(MaxComputeError):
    """The provider has no credentials at the moment. Nothing was sent."""

    is_retryable = True


class ConnectionFailedError(MaxComputeError):
    """There was no response: no connection, a timeout, a reset."""

    is_retryable = True

    def __init__(self, message: str, *, was_sent: bool) -> None:
        super().__init__(message)
        #: False: the service has certainly not received the request.
        self.was_sent = was_sent


class MalformedResponseError(MaxComputeError):
    """The response can't be read, or is larger than the client accepts."""


class ResponseTooLargeError(MalformedResponseError):
    """The response is larger than the client accepts; the rest of it was not read."""


class NoInteractiveQuotaError(MaxComputeError):
    """There is no such interactive quota, or not for this account. Nothing was submitted."""


class AmbiguousSubmitError(MaxComputeError):
    """It is unknown whether the submission arrived; `__cause__` is what happened.

    Do not submit again unless `Client.find_instance_by_guid(error.guid, …)` finds nothing. A SQL
    job always has a Guid; an XFlow only if its submitter gave one.
    """

    def __init__(self, message: str, *, guid: str | None) -> None:
        super().__init__(message)
        self.guid = guid


class WaitTimeoutError(MaxComputeError):
    """The instance did not end in time. It continues."""

    def __init__(self, message: str, *, instance_id: str) -> None:
        super().__init__(message)
        self.instance_id = instance_id


class InstanceFailedError(MaxComputeError):
    """A task of the instance did not succeed."""

    def __init__(
        self,
        message: str,
        *,
        instance_id: str,
        task_name: str,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message  #: the task's message, word for word; with the code of a document
        self.instance_id = instance_id
        self.task_name = task_name
        self.code = code  #: the service's error code, if the message came in a document
        self.odps_code = odps_code_in(message)
        self.request_id = request_id  #: likewise

    def __str__(self) -> str:
        request = f", request {self.request_id}" if self.request_id else ""
        return f"{self.message} (instance {self.instance_id}, task {self.task_name}{request})"


class ApiError(MaxComputeError):
    """The service responded with an error."""

    def __init__(
        self,
        message: str,
        *,
        http_status: int,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: timedelta | None = None,
        location: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.http_status = http_status
        self.code = code  #: the service's error code, such as NoSuchObject
        self.odps_code = odps_code_in(f"{code} {message}")
        self.request_id = request_id  #: what Alibaba's support asks for
        self.retry_after = retry_after  #: how long the service asks us to wait
        self.location = location  #: the Location header

    def __str__(self) -> str:
        shown = self.message
        if self.code and self.code not in shown:
            shown = f"{self.code}: {shown}"
        request = f", request {self.request_id}" if self.request_id else ""
        return f"{shown} (HTTP {self.http_status}{request})"


class AuthenticationError(ApiError):
    """The service does not accept the credentials, the signature or our clock."""


class PermissionDeniedError(ApiError):
    """The account does not have the permission."""


class NotFoundError(ApiError):
    """The instance, project or other object does not exist, or no longer: the service says so."""


class ConflictError(ApiError):
    """The operation is not possible in the current state."""


class AlreadyTerminatedError(ConflictError):
    """The instance had already ended when the stop arrived."""


class InvalidRequestError(ApiError):
    """The service does not understand the request."""


class ThrottledError(ApiError):
    """Too many requests; `retry_after` is how long to wait, if the service said so."""

    is_retryable = True


class ServerError(ApiError):
    """The service is busy, down or broken."""

    is_retryable = True


class GatewayError(ApiError):
    """A refusal without an error code of the service: from a proxy, or a gateway that restarts.

    It says nothing about what was asked for.
    """

    is_retryable = True


def odps_code_in(text: str) -> str | None:
    """Return the first code like ODPS-1234567 in the text."""
    found = ODPS_CODE.search(text)
    return found.group() if found else None


def api_error(
    message: str, *, http_status: int, code: str | None = None, **details: Any
) -> ApiError:
    """Return an error of the class that the code stands for, or else the HTTP status.

    Without any code of the service, a refusal is a GatewayError.
    """
    error_class = _class_of(message, http_status=http_status, code=code)
    return error_class(message, http_status=http_status, code=code, **details)


def _class_of(message: str, *, http_status: int, code: str | None) -> type[ApiError]:
    if _TOO_LATE_TO_STOP.search(message):
        return AlreadyTerminatedError
    # Newer services send "ODPS-0420411: Invalid argument - " as the code.
    word = (code or "").partition(":")[0].strip()
    odps_code = odps_code_in(f"{word} {message}") or ""
    for known in (word, odps_code):
        if known in _CLASS_BY_CODE:
            return _CLASS_BY_CODE[known]
    if word.startswith("NoSuch"):
        return NotFoundError
    if not (word or odps_code) and _is_refusal(http_status):
        return GatewayError
    if http_status in _CLASS_BY_HTTP_STATUS:
        return _CLASS_BY_HTTP_STATUS[http_status]
    return ServerError if http_status >= 500 else InvalidRequestError  # noqa: PLR2004  -- 5xx


def _is_refusal(http_status: int) -> bool:
    """Return whether a response of this status needs an error code to be the service's own.

    408 and 429 mean the same whoever says so, and 409 may come with a Location alone.
    """
    return http_status < 500 and http_status not in {408, 409, 429}  # noqa: PLR2004  -- 5xx


#: The documented message; the code that comes with it differs between services.
_TOO_LATE_TO_STOP = re.compile(r"not allowed to set status|invalid state setting", re.IGNORECASE)

_CODES: Mapping[type[ApiError], str] = {
    AuthenticationError: (
        "Unauthorized AuthorizationRequired MissingAuthorization InvalidAuthorization"
        " InvalidCredentials SignatureNotMatch AuthenticationRequestExpired"
        " RequestTimeTooSkewd RequestTimeTooSkewed"
        " ODPS-0410001 ODPS-0410011 ODPS-0410021 ODPS-0410031 ODPS-0410042 ODPS-0410051"
    ),
    PermissionDeniedError: "NoPermission AccessDenied ODPS-0130013 ODPS-0420095",
    NotFoundError: "ODPS-0420111 ODPS-0130131 ODPS-1226011",
    AlreadyTerminatedError: "InvalidStateSetting InvalidStatusSetting",
    ConflictError: "ObjectAlreadyExists DeleteConflict StatusConflict DataVersionConflict",
    InvalidRequestError: (
        "InvalidParameter InvalidArgument ParseError MethodNotAllowed MissingContentType"
        " InvalidContentType MissingContentLength InstanceTypeNotSupported ODPS-0420411"
    ),
    ThrottledError: "RequestQuotaExceeded QPSExceeded SlotExceeded FlowExceeded",
    ServerError: "InternalServerError ServiceUnavailable BadGateway ODPS-0420153 ODPS-0430055",
}

_CLASS_BY_CODE: Mapping[str, type[ApiError]] = {
    code: error_class for error_class, codes in _CODES.items() for code in codes.split()
}

_CLASS_BY_HTTP_STATUS: Mapping[int, type[ApiError]] = {
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    408: ServerError,  # the request did not arrive in time: send it again
    409: ConflictError,
    429: ThrottledError,
}
