"""Answers that say no: HTTP status, code and text as the service gives them.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/api-errors
"""

from datetime import datetime, timedelta

#: How far a client's clock may be off.
MAX_CLOCK_SKEW = timedelta(minutes=15)


class ServiceError(Exception):
    """The request is not carried out; `http_status`, `code` and `message` become the answer."""

    def __init__(self, http_status: int, code: str, message: str) -> None:
        super().__init__(f"{http_status} {code}: {message}")
        self.http_status = http_status
        self.code = code
        self.message = message
        #: Headers that go with the answer.
        self.headers: dict[str, str] = {}


def invalid_parameter(message: str) -> ServiceError:
    """Refuse what is no valid request."""
    return ServiceError(
        400, "InvalidParameter", f"ODPS-0420061: Invalid parameter in HTTP request - {message}"
    )


def malformed_body(message: str) -> ServiceError:
    """Refuse a body that is not the XML or JSON that the operation takes."""
    return ServiceError(400, "ODPS-0420041", f"ODPS-0420041: Malformed HTTP request - {message}")


def body_too_large(limit_bytes: int) -> ServiceError:
    """Refuse a body that is larger than anything the service takes."""
    return ServiceError(
        413, "RequestEntityTooLarge", f"The body is larger than {limit_bytes} bytes."
    )


def missing_authorization() -> ServiceError:
    """Refuse a request that does not say who sends it."""
    return ServiceError(
        401, "Unauthorized", "The request authorization header is invalid or missing."
    )


def bad_authorization() -> ServiceError:
    """Refuse an Authorization header that is not of a known form."""
    return ServiceError(
        401,
        "InvalidAuthorization",
        "ODPS-0410021: Authorization header is malformed - "
        "the authorization header is invalid or missing",
    )


def unknown_access_key(access_key_id: str) -> ServiceError:
    """Refuse an access key that the service does not know."""
    return ServiceError(
        401,
        "ODPS-0410051",
        f"ODPS-0410051:Invalid credentials - accessKeyId not found, accessKeyId: {access_key_id}",
    )


def invalid_token(reason: str) -> ServiceError:
    """Refuse an STS or bearer token."""
    return ServiceError(401, "ODPS-0410051", f"ODPS-0410051:Invalid credentials - {reason}")


def wrong_signature() -> ServiceError:
    """Refuse a signature that another secret or another request made."""
    return ServiceError(
        401,
        "SignatureNotMatch",
        "ODPS-0410042:Invalid signature value - "
        "The request signature calculated does not match the signature provided.",
    )


def clock_skewed(sent_at: datetime, now: datetime) -> ServiceError:
    """Refuse a request whose Date is too far from the service's clock."""
    milliseconds = MAX_CLOCK_SKEW // timedelta(milliseconds=1)
    expires = sent_at + MAX_CLOCK_SKEW
    return ServiceError(
        400,
        "RequestTimeTooSkewd",
        "ODPS-0410031:Authentication request expired - "
        "the expire time of the request is too skewed,"
        f"max_interval_date:{milliseconds},expire_date:{_iso(expires)},now_date:{_iso(now)}",
    )


def no_permission(action: str, resource: str) -> ServiceError:
    """Refuse what the caller holds no right for."""
    return ServiceError(
        403,
        "NoPermission",
        "ODPS-0420095: Access Denied - Authorization Failed [4019], "
        f"You have NO privilege '{action}' on {{acs:odps:*:{resource}}}.",
    )


def no_such_project(project: str) -> ServiceError:
    """Refuse a project that is not there."""
    return ServiceError(404, "NoSuchProject", f"ODPS-0420111: Project not found - '{project}'.")


def no_such_instance(instance_id: str) -> ServiceError:
    """Refuse an instance that never was, or is too old to be known."""
    return ServiceError(
        404, "NoSuchObject", f"The specified instance '{instance_id}' does not exist."
    )


def no_such_xflow(project: str, name: str) -> ServiceError:
    """Refuse an algorithm that the sandbox does not have."""
    return ServiceError(404, "NoSuchObject", f"ODPS-1226011: Xflow not found - {project}/{name}")


def not_a_workflow(instance_id: str) -> ServiceError:
    """Refuse to show the steps of what has none."""
    message = f"ODPS-1226011: Xflow instance not found - {instance_id}"
    return ServiceError(404, "NoSuchObject", message)


def no_such_object(what: str) -> ServiceError:
    """Refuse a path that leads nowhere."""
    return ServiceError(404, "NoSuchObject", f"The specified {what} does not exist.")


def method_not_allowed(method: str) -> ServiceError:
    """Refuse a method that the resource does not take."""
    return ServiceError(
        405, "MethodNotAllowed", f"The method '{method}' is not allowed on this resource."
    )


def not_stoppable(status: str) -> ServiceError:
    """Refuse to stop what is over."""
    return ServiceError(
        409,
        "InvalidStateSetting",
        f"ODPS-0424151: Invalid state setting - Current status is {status}. "
        "It is not allowed to set status to Terminated.",
    )


def _iso(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"
