"""One message in several renderings: the best one that Slack accepts, at worst text alone."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from odps_bot.messages import Message
from odps_bot.slack.errors import ContentError

T = TypeVar("T")
R = TypeVar("R")


def send_first_accepted(send: Callable[[R], T], renderings: Iterable[R]) -> tuple[T, list[R]]:
    """Send the first of `renderings` that Slack accepts; a later one is made when it is needed.

    Returns what `send` returned, and the renderings that were refused. Raises SlackError: the last
    refusal when nothing plainer is left, and at once what is not about the content.
    """
    refused: list[R] = []
    refusal: ContentError | None = None
    for rendering in renderings:
        try:
            return send(rendering), refused
        except ContentError as error:
            refused.append(rendering)
            refusal = error
    if refusal is None:
        raise ValueError("there is nothing to send")
    raise refusal


def down_to_text(renderings: Iterable[Message]) -> Iterator[Message]:
    """Yield the renderings of a message, and behind the last blocks their text alone."""
    message = None
    for message in renderings:
        yield message
        if not message.blocks:
            return
    if message is not None:
        yield message.plain()
