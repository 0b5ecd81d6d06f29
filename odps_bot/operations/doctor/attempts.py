"""A check that raises an error is a finding, and never ends the examination."""

from collections.abc import Callable, Iterator

from redis.exceptions import NoPermissionError, RedisError

from odps_bot.errors import OdpsBotError
from odps_bot.operations.doctor.finding import Finding, failed
from odps_bot.store.redis_trouble import RedisTrouble

SEE_ACL = RedisTrouble.PERMISSION.remedy


def attempt(subject: str, check: Callable[[], Finding]) -> Finding:
    """Return what a check finds, or that it failed, and why."""
    try:
        return check()
    except Exception as error:  # noqa: BLE001  -- whatever it is, people must read of it
        return failure(subject, error)


def attempt_all(subject: str, checks: Iterator[Finding]) -> Iterator[Finding]:
    """Yield what checks find; where they fail, yield why, as the last finding."""
    try:
        yield from checks
    except Exception as error:  # noqa: BLE001  -- likewise
        yield failure(subject, error)


def failure(subject: str, error: Exception) -> Finding:
    """Return the finding of a check that has raised an error."""
    message = " ".join(str(error).split())
    if isinstance(error, NoPermissionError):
        return failed(
            subject, f"not checked, the Redis user lacks a permission: {message}", SEE_ACL
        )
    if isinstance(error, RedisError):
        return failed(subject, f"not checked without Redis: {message}", "fix Redis first")
    if isinstance(error, OdpsBotError):
        return failed(subject, message, "correct the settings, or the service that they name")
    remedy = "if no finding above explains it, report it with this line and `odps-bot --version`"
    return failed(subject, f"the check failed: {type(error).__name__}: {message}", remedy)
