"""The kinds of what Slack must be told; the outbox has a queue for each."""

from enum import StrEnum


class NotificationKind(StrEnum):
    """What is told; in order of importance."""

    EPHEMERAL = "answer"  #: a private answer
    REFUSAL = "refusal"  #: a private answer: the run never ran
    COMPLETION = "completion"  #: the one reply at the end of a run
    FINAL = "final"  #: the card, for the last time
    QUESTION = "question"  #: what must be decided, and the statement as a file if it is long
    DECISION = "decision"  #: who has approved
    INQUIRY = "inquiry"  #: a private answer that MaxCompute must be asked for, who may be slow
    ALERT = "notice"  #: what a channel has subscribed to
    CSV = "csv"  #: all rows of a result, as a file in the thread
    CHART = "chart"  #: a result as a chart in the thread
    HOME = "home"  #: a person's App Home
    CARD = "card"  #: the card, because the run's state has changed
    PROGRESS = "progress"  #: the milestones in the thread
    CARD_REFRESH = "moved"  #: the card, because its progress has changed
