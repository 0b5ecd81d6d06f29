"""Error responses of the service: HTTP status, code and message.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/api-errors
"""

from datetime import datetime, timedelta

#: The maximum deviation of a client's clock.
MAX_CLOCK_SKEW = timedelta(minutes=15)


class ServiceError(Exception):
    """The request is not carried out; the response has `http_status`, `code` and `message`."""

    def __init__(self, http_status: int, code: str, message: str) -> None:
        super().__init__(f"{http_status} {code}: {message}")
        self.http_status = http_status
        self.code = code
        self.message = message
        #: Headers of the response.
        self.headers: dict[str, str] = {}


def invalid_parameter(message: str) -> ServiceError:
    """Return the error for an invalid request."""
    return ServiceError(
        400, "InvalidParameter", f"ODPS-0420061: Invalid parameter in HTTP request - {message}"
    )


def malformed_body(message: str) -> ServiceError:
    """Return the error for a body that is not the expected XML or JSON."""
    return ServiceError(400, "ODPS-0420041", f"ODPS-0420041: Malformed HTTP request - {message}")


def body_too_large(limit_bytes: int) -> ServiceError:
    """Return the error for a body above the size limit."""
    return ServiceError(
        413, "RequestEntityTooLarge", f"The body is larger than {limit_bytes} bytes."
    )


def missing_authorization() -> ServiceError:
    """Return the error for a request without authentication."""
    return ServiceError(
        401, "Unauthorized", "The request authorization header is invalid or missing."
    )


def bad_authorization() -> ServiceError:
    """Return the error for a malformed Authorization header."""
    return ServiceError(
        401,
        "InvalidAuthorization",
        "ODPS-0410021: Authorization header is malformed - "
        "the authorization header is invalid or missing",
    )


def unknown_access_key(access_key_id: str) -> ServiceError:
    """Return the error for an unknown access key."""
    return ServiceError(
        401,
        "ODPS-0410051",
        f"ODPS-0410051:Invalid credentials - accessKeyId not found, accessKeyId: {access_key_id}",
    )


def invalid_token(reason: str) -> ServiceError:
    """Return the error for an invalid STS or bearer token."""
    return ServiceError(401, "ODPS-0410051", f"ODPS-0410051:Invalid credentials - {reason}")


def wrong_signature() -> ServiceError:
    """Return the error for a wrong signature."""
    return ServiceError(
        401,
        "SignatureNotMatch",
        "ODPS-0410042:Invalid signature value - "
        "The request signature calculated does not match the signature provided.",
    )


def clock_skewed(sent_at: datetime, now: datetime) -> ServiceError:
    """Return the error for a Date too far from the service's clock."""
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
    """Return the error for a missing permission."""
    return ServiceError(
        403,
        "NoPermission",
        "ODPS-0420095: Access Denied - Authorization Failed [4019], "
        f"You have NO privilege '{action}' on {{acs:odps:*:{resource}}}.",
    )


def no_such_project(project: str) -> ServiceError:
    """Return the error for an unknown project."""
    return ServiceError(404, "NoSuchProject", f"ODPS-0420111: Project not found - '{project}'.")


def no_such_instance(instance_id: str) -> ServiceError:
    """Return the error for an unknown or expired instance."""
    return ServiceError(
        404, "NoSuchObject", f"The specified instance '{instance_id}' does not exist."
    )


def no_such_xflow(project: str, name: str) -> ServiceError:
    """Return the error for an unknown algorithm."""
    return ServiceError(404, "NoSuchObject", f"ODPS-1226011: Xflow not found - {project}/{name}")


def not_a_workflow(instance_id: str) -> ServiceError:
    """Return the error for an instance that is not a workflow."""
    message = f"ODPS-1226011: Xflow instance not found - {instance_id}"
    return ServiceError(404, "NoSuchObject", message)


def no_such_object(what: str) -> ServiceError:
    """Return the error for an unknown resource."""
    return ServiceError(404, "NoSuchObject", f"The specified {what} does not exist.")


def method_not_allowed(method: str) -> ServiceError:
    """Return the error for a method that the resource does not support."""
    return ServiceError(
        405, "MethodNotAllowed", f"The method '{method}' is not allowed on this resource."
    )


def no_session() -> ServiceError:
    """Return the error for joining a session of MCQA 1, which new customers don't have.

    The code is that of a project without a public service, after which clients fall back.
    """
    return ServiceError(
        400, "ODPS-1820002", "ODPS-1820002: Session access denied - there is no public service."
    )


def not_stoppable(status: str) -> ServiceError:
    """Return the error for stopping a terminated instance."""
    return ServiceError(
        409,
        "InvalidStateSetting",
        f"ODPS-0424151: Invalid state setting - Current status is {status}. "
        "It is not allowed to set status to Terminated.",
    )


def _iso(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"
