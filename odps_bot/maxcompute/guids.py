"""The Guid of an instance, which its submitter gave it."""

from collections.abc import Iterable
from dataclasses import dataclass

from odps_bot.maxcompute.errors import (
    AuthenticationError,
    ConnectionFailedError,
    CredentialsUnavailableError,
    HeldBackError,
    MaxComputeError,
    NotFoundError,
    ThrottledError,
)
from odps_bot.maxcompute.instance import Instance
from odps_bot.maxcompute.xflow import XFlows

#: What would fail for any other instance alike.
_OF_THE_ENDPOINT = (
    AuthenticationError,
    ConnectionFailedError,
    CredentialsUnavailableError,
    HeldBackError,
    ThrottledError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidReading:
    """An instance and its Guid."""

    instance: Instance
    guid: str | None = None  #: None: it has none, or it could not be read
    error: MaxComputeError | None = None  #: why it could not be read


def read_guid(instance: Instance, xflows: XFlows) -> GuidReading:
    """Read the Guid from the source. Raises MaxComputeError where the endpoint is in trouble."""
    try:
        try:
            guid = instance.get_source().guid
        except NotFoundError as error:
            flow = xflows.get_source(instance)
            if flow is None:
                # It was listed: what was just created may not be readable yet.
                return GuidReading(instance=instance, error=error)
            guid = flow.guid
    except _OF_THE_ENDPOINT:
        raise
    except MaxComputeError as error:
        return GuidReading(instance=instance, error=error)
    return GuidReading(instance=instance, guid=guid)


def find_guid(guid: str, readings: Iterable[GuidReading]) -> Instance | None:
    """Return the instance with this Guid, or None.

    Raises the error of the first one that could not be read, if the others are not it.
    """
    unread: MaxComputeError | None = None
    for reading in readings:
        if reading.guid == guid:
            return reading.instance
        unread = unread or reading.error
    if unread is not None:
        raise unread
    return None
