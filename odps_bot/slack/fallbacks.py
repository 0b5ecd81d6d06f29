"""One message in several renderings: the best one that Slack accepts, at worst text alone."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from odps_bot.messages import Message
from odps_bot.slack.api.calls import SlackRefusedError

T = TypeVar("T")


def send_first_accepted(say: Callable[[Message], T], forms: Sequence[Message]) -> tuple[T, int]:
    """Say the first of `forms` that Slack accepts, at last the text of the plainest one.

    Returns what `say` returned and how many of `forms` were refused before. Raises SlackError: the
    refusal when it is not about the content or nothing plainer is left.
    """
    for refused, form in enumerate(forms):
        try:
            return say(form), refused
        except SlackRefusedError as error:
            if not (form.blocks and error.is_about_content):
                raise
    return say(forms[-1].plain()), len(forms)
