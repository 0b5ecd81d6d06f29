"""A message as Slack's Web API takes it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, overload

from odps_bot.messages.blocks import Block


@dataclass(frozen=True)
class Message:
    """A message: `text` means the same as `blocks`, for notifications and screen readers."""

    text: str
    blocks: list[Block] = field(default_factory=list)

    def as_arguments(self) -> dict[str, Any]:
        """Return the arguments of a Web API call, an ack or a response_url."""
        if not self.blocks:
            return {"text": self.text}
        return {"text": self.text, "blocks": self.blocks}

    def as_replacement(self) -> dict[str, Any]:
        """Return the arguments of a call that updates a message.

        Slack retains the blocks of a message unless the call names others, or an empty array.
        https://docs.slack.dev/reference/methods/chat.update
        """
        return {"text": self.text, "blocks": self.blocks}

    def plain(self) -> "Message":
        """Return what `text` says of it, for where Slack refuses the blocks."""
        return Message(self.text)


class Fallbacks(Sequence[Message]):
    """One message in several renderings, best first; each is built when it is first used."""

    def __init__(self, *makers: Callable[[], Message]) -> None:
        self._makers = [cache(make) for make in makers]

    @overload
    def __getitem__(self, index: int) -> Message: ...

    @overload
    def __getitem__(self, index: slice) -> list[Message]: ...

    def __getitem__(self, index: int | slice) -> Message | list[Message]:
        """Return a rendering, or several."""
        found = self._makers[index]
        return [make() for make in found] if isinstance(found, list) else found()

    def __iter__(self) -> Iterator[Message]:
        """Yield the renderings. Sequence's own would take a renderer's IndexError for the end."""
        return (make() for make in self._makers)

    def __len__(self) -> int:
        return len(self._makers)


@dataclass(frozen=True)
class Modal:
    """A modal that is opened for the person who has just acted.

    https://docs.slack.dev/surfaces/modals
    """

    view: dict[str, Any]
    #: Makes the same of what every Slack knows, for where the view is refused.
    make_plainer: Callable[[], dict[str, Any]] | None = None
