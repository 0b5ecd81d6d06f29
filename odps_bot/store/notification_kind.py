"""The kinds of notifications; the outbox has a queue for each."""

from collections.abc import Mapping
from enum import StrEnum


class NotificationKind(StrEnum):
    """What is sent to Slack, in order of importance."""

    EPHEMERAL = "ephemeral"  #: an ephemeral message: visible to one person
    REFUSAL = "refusal"  #: an ephemeral message: the run never ran
    COMPLETION = "completion"  #: the one reply at the end of a run
    FINAL = "final"  #: the card, for the last time
    QUESTION_CARD = "question_card"  #: the card, because its run awaits a decision, or has got one
    QUESTION = "question"  #: what must be decided, and the statement as a file if it is long
    DECISION = "decision"  #: who has approved
    REMINDER = "reminder"  #: that a question expires soon
    APPROVERS = "approvers"  #: what approvers see of a question elsewhere: Homes, direct messages
    INQUIRY = "inquiry"  #: an ephemeral message that MaxCompute must be asked for: it may be slow
    ALERT = "alert"  #: what a channel has subscribed to
    CSV = "csv"  #: all rows of a result, as a file in the thread
    CHART = "chart"  #: a result as a chart in the thread
    STATEMENT = "statement"  #: a run's statement as a file, to one person
    HOME = "home"  #: a person's App Home
    BOARD = "board"  #: the list of a channel's active runs, where it has a board
    CARD = "card"  #: the card, because the run's state has changed
    FINDING = "finding"  #: what holds a run up, in its thread
    PROGRESS = "progress"  #: the milestones in the thread
    CARD_REFRESH = "card_refresh"  #: the card, because its progress has changed

    @property
    def stored_name(self) -> str:
        """What keys, entries and labels of messages call it, as they did in version 0.2."""
        return _STORED_NAMES.get(self, self.value)

    @classmethod
    def of_stored_name(cls, name: str) -> "NotificationKind":
        """Return the kind that is stored under this name. Raises ValueError."""
        return next((kind for kind in cls if kind.stored_name == name), None) or cls(name)


_STORED_NAMES: Mapping[NotificationKind, str] = {
    NotificationKind.EPHEMERAL: "answer",
    NotificationKind.ALERT: "notice",
    NotificationKind.CARD_REFRESH: "moved",
}
