"""Replies by response_urls: each is tried twice, and none while none of them responds.

All lead to one service of Slack. Where it hangs, the reply of somebody whose response_url would
work must not wait behind those that do not: it takes the next way.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

from odps_bot.messages import Message
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.slack.api.messages import SlackMessages
from odps_bot.slack.api.response_urls import FOREIGN, METHOD
from odps_bot.slack.errors import (
    NO_RESPONSE,
    TIMED_OUT,
    PlaceError,
    SlackError,
    UnreachableError,
)
from odps_bot.slack.pace import Pace
from odps_bot.store.endpoint_health import Admitted, EndpointHealth
from odps_bot.store.rate_limits import response_url_limit
from odps_bot.store.receivers import Receivers

#: After so many without a response a person is replied to by another way.
TRIES_OF_A_RESPONSE_URL = 2

#: The breaker of all response_urls, among those of MaxCompute's endpoints.
BREAKER = ("slack response_url",)

#: What a call is made in, so that it is known whether anything was sent.
Sending: TypeAlias = Callable[[], AbstractContextManager[None]]


class ResponseUrls:
    """Sends replies. Methods raise SlackError, and redis.RedisError."""

    def __init__(self, messages: SlackMessages, pace: Pace, receivers: Receivers) -> None:
        self._messages = messages
        self._pace = pace
        self._receivers = receivers
        self._health: EndpointHealth = receivers.response_urls

    def respond(
        self, address: Address, sending: Sending, message: Message, *, is_redis_there: bool
    ) -> None:
        """Reply by the response_url; PlaceError when it did not respond, for the second time.

        Each time it may have shown the reply all the same: it is not tried a third time. While
        no response_url responds nothing is sent: PlaceError.
        """
        if not is_redis_there:
            self._send(address, sending, message)
            return
        limit, most = response_url_limit(address.response_url), TRIES_OF_A_RESPONSE_URL
        try:
            with self._pace.call(limit, METHOD, most_failures=most), self._observed():
                self._send(address, sending, message)
        except UnreachableError as error:
            error.retry_after, failures = self._receivers.failed(limit.receiver)
            if failures < most:
                raise
            raise PlaceError(METHOD, error.code) from error

    def _send(self, address: Address, sending: Sending, message: Message) -> None:
        with sending():
            self._messages.respond(address.response_url, message, replaces=address.replaces)

    @contextmanager
    def _observed(self) -> Iterator[None]:
        """Send within this unless none responds, and record whether this one did."""
        admitted = self._health.admit(BREAKER)
        if not isinstance(admitted, Admitted):
            raise PlaceError(METHOD, NO_RESPONSE)
        try:
            yield
        except SlackError as error:
            self._failed(error, admitted)
            raise
        self._responded(admitted)

    def _failed(self, error: SlackError, admitted: Admitted) -> None:
        if error.code == TIMED_OUT:
            self._health.failed(BREAKER, is_probe=admitted.is_probe)
        elif error.code not in {NO_RESPONSE, FOREIGN}:
            # A refusal is a response.
            self._responded(admitted)
        elif admitted.is_probe:
            self._health.withdraw(BREAKER)

    def _responded(self, admitted: Admitted) -> None:
        if admitted.is_trouble_known:
            self._health.succeeded(BREAKER)
