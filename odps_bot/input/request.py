"""What a command gets: who asks, where, how, and what they typed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from odps_bot.input.slack_message.written import Written
from odps_bot.messages import Message, Modal
from odps_bot.policy import visibility
from odps_bot.replies.ephemeral_replies import Address
from odps_bot.runs import Run


class Surface(StrEnum):
    """Where in Slack a person acts."""

    COMMAND = "command"  #: `/odps …`
    ACTION = "action"  #: a button of a message
    MODAL = "modal"  #: a modal that was submitted
    SHORTCUT = "shortcut"  #: of a message, or a global one
    MENTION = "mention"  #: `@odps …`, or a direct message
    HOME = "home"  #: an element of the App Home


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request of a person; `text` is what follows the verb."""

    team_id: str
    channel_id: str  #: empty where there is none: in the App Home and with a global shortcut
    user_id: str
    trigger_id: str = ""  #: empty: no modal can be opened
    response_url: str = ""
    text: str = ""
    surface: Surface = Surface.COMMAND
    thread_ts: str | None = None  #: the thread in which they act
    is_in_modal: bool = False  #: a modal that opens now is pushed onto the one they act in
    answers_question: bool = False  #: they clicked on a private question, which is now settled
    is_ephemeral: bool = False  #: what they clicked on is a private message, which nobody updates
    is_external: bool = False  #: they are not known to belong to the workspace or organization
    is_membership_unknown: bool = False  #: Slack has not said to whom they belong
    written: Written | None = None  #: the message of which `text` is a part
    files: tuple[Mapping[str, Any], ...] = ()  #: Slack's objects of the files that came with it
    forwarded_files: tuple[Mapping[str, Any], ...] = ()  #: those of messages that it forwards
    app_id: str = ""  #: Slack's id of the app; empty where the payload doesn't name it
    deduplication_key: str = ""  #: what a repeated delivery has in common, if not the trigger

    def __post_init__(self) -> None:
        """Raise ValueError for ids that Slack cannot have sent: they have no form in UTF-8."""
        f"{self.team_id} {self.channel_id} {self.user_id} {self.thread_ts}".encode()
        f"{self.trigger_id} {self.response_url} {self.deduplication_key}".encode()

    @property
    def who(self) -> dict[str, Any]:
        """Who asks and where, as records name it."""
        return {"team_id": self.team_id, "channel_id": self.channel_id, "user_id": self.user_id}

    @property
    def interaction_id(self) -> str:
        """An id that a repeated delivery of the same request has too; fit for keys and jobs."""
        secret = f"{self.team_id}:{self.deduplication_key or self.trigger_id}".encode()
        return hashlib.sha256(secret).hexdigest()[:24]

    @property
    def is_click(self) -> bool:
        """Whether what was clicked shows the effect itself: a card, or the App Home."""
        return self.surface in {Surface.ACTION, Surface.HOME} and not self.answers_question

    def owns(self, run: Run) -> bool:
        """Return whether the person has started the job, rather than started following it."""
        return visibility.is_their_job(run, user_id=self.user_id)

    def sees(self, run: visibility.Placed) -> bool:
        """Return whether the run is the person's own, or one of the channel."""
        return visibility.is_visible(
            run, team_id=self.team_id, channel_id=self.channel_id, user_id=self.user_id
        )

    @property
    def address(self) -> Address:
        """The address of the ephemeral reply."""
        return Address(
            user_id=self.user_id,
            channel_id=self.channel_id,
            thread_ts=self.thread_ts,
            team_id=self.team_id,
            response_url=self.response_url,
            is_mention=self.surface is Surface.MENTION and not self.channel_id.startswith("D"),
            replaces=self.answers_question,
        )


#: What the person sees at once and alone: a message, or a modal to fill in. None: nothing, because
#: a card follows, or an answer by the outbox.
Answer = Message | Modal | None
