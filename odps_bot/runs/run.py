"""A run: what a person asked for, from the command to its end. Pure values."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

import msgspec

from odps_bot.config.rules import Money, Role
from odps_bot.diagnosis.finding import Finding
from odps_bot.history.usual import Comparison, Usual
from odps_bot.maxcompute.models.instances import is_interactive_id
from odps_bot.runs.effect import Effect
from odps_bot.runs.fallback import Fallback
from odps_bot.runs.origin import Origin
from odps_bot.runs.outcome import BudgetUse, Milestone, Outcome, Refusal
from odps_bot.store.codec import Instant


class RunState(StrEnum):
    """How far a run has got."""

    QUEUED = "queued"  #: accepted: record and job are in Redis
    AWAITING_DECISION = "awaiting_decision"  #: a person must say first whether it may run
    SUBMITTING = "submitting"  #: a POST may be under way
    RUNNING = "running"  #: the instance is known; queued counts as running
    STOPPING = "stopping"  #: a stop was asked for
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUSED = "refused"  #: it never ran
    REJECTED = "rejected"  #: somebody who might have approved it said no; it never ran
    EXPIRED = "expired"  #: nobody has decided in time; it never ran
    UNKNOWN = "unknown"  #: how it ended, or whether it ran, can no longer be known

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to the run."""
        return self in FINAL_STATES

    @classmethod
    def _missing_(cls, value: object) -> "RunState | None":
        """Return the state that a record of version 0.2 or older calls `value`."""
        return _FORMER_STATES.get(str(value))


_FORMER_STATES = {
    "asked": RunState.QUEUED,
    "undecided": RunState.AWAITING_DECISION,
    "lost": RunState.UNKNOWN,
}

FINAL_STATES = frozenset(
    {
        RunState.SUCCEEDED,
        RunState.FAILED,
        RunState.CANCELLED,
        RunState.REFUSED,
        RunState.REJECTED,
        RunState.EXPIRED,
        RunState.UNKNOWN,
    }
)


class Stage(
    msgspec.Struct, frozen=True, kw_only=True, rename={"progress_percent": "finished_percentage"}
):
    """A stage of the instance's task, as last seen."""

    name: str
    status: str
    terminated_workers: int
    running_workers: int
    total_workers: int
    progress_percent: int


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """The first rows of a result. A cell is text, or None for NULL."""

    columns: tuple[str, ...]  #: the first of ``column_count``
    rows: tuple[tuple[str | None, ...], ...]
    column_count: int
    row_count: int  #: rows of the result, of which ``rows`` may be the first few
    is_truncated: bool = False  #: there are more than ``row_count`` rows, or may be
    types: tuple[str, ...] = ()  #: of ``columns``: ``bigint``, ``array``, …; empty: not known


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What MaxCompute expects a statement to cost; it ran nothing to tell."""

    input_bytes: int
    complexity: float
    udf_count: int = 0


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What the instance has used, as MaxCompute tells at its end; None: it does not tell."""

    input_bytes: int | None = None
    cpu_core_s: float | None = None  #: core seconds
    memory_gb_s: float | None = None  #: gigabyte seconds


class Question(msgspec.Struct, frozen=True, kw_only=True, rename={"requested_at": "asked_at"}):
    """What must be decided before a run is submitted, and by whom."""

    #: The requester says yes to the cost, or to what is destroyed; or a second person approves.
    kind: Literal["cost", "destruction", "approval"]
    reasons: tuple[str, ...]  #: of `odps_bot.policy.cost_decision.Reason`
    requested_at: Instant
    expires_at: Instant
    digest: str  #: of all that is decided on, see `odps_bot.policy.cost_decision.digest_of`
    is_shown: bool  #: the whole statement can be read in Slack; before that nobody can decide
    limit: Money | None = None  #: that it is expected to exceed
    approvers: Role | None = None  #: who may approve, when it was asked; None: only those named
    named_approvers: tuple[str, ...] = ()  #: the first of the people and groups who may
    more_approvers: int = 0  #: so many more may
    standing_hours: float = 0  #: an approval may hold for other values for so long; 0: it may not
    reminded_at: Instant | None = None  #: when people were reminded of it
    is_self_approval: bool = False  #: the requester may, too
    file_key: str = ""  #: part of the file's name that nobody can guess, and so forestall

    @property
    def is_for_requester(self) -> bool:
        """Whether it is the requester who decides, rather than a second person."""
        return self.kind != "approval"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a person has decided on a question."""

    user_id: str
    at: Instant
    is_approval: bool
    digest: str  #: the question's
    standing_until: Instant | None = None  #: it holds for other values too, until then
    reason: str = ""  #: of a rejection; typed by a person


class Cover(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier approval that covers a run, because only values differ."""

    approver_id: str
    run: str  #: the short name of the run that was approved
    until: Instant


class ApprovalMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A direct message that asks an approver."""

    user_id: str
    channel_id: str
    ts: str  #: empty: Slack has refused it
    is_closed: bool = False  #: it shows what was decided


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """MaxCompute says that it does not know the instance: believed once it was repeated."""

    since: Instant
    polls: int  #: that said so, one after the other


class UnreadEnd(msgspec.Struct, frozen=True, kw_only=True):
    """How the instance has ended, while its result cannot be read."""

    state: RunState
    ended_at: Instant | None
    since: Instant  #: when a poll first saw the end
    polls: int  #: that could not read the result, one after the other


class SubInstance(msgspec.Struct, frozen=True, kw_only=True):
    """An instance that an XFlow has started, as last seen."""

    name: str  #: of the node in the flow
    instance_id: str
    status: str  #: in one word for people: ``Running``, ``Success``, ``Failed``, …


#: A run gets so many cards, if they can't be updated any more one after the other.
MOST_CARDS = 3

#: Records of version 0.2 carry no number.
VERSION = 3

#: What a record calls these fields, as it did in version 0.2; but for the last two, in which that
#: version kept sentences.
_STORED_NAMES = {
    "requested_at": "asked_at",
    "is_external": "is_stranger",
    "tracked_instance_id": "adopts",
    "estimate_requested_at": "estimate_since",
    "next_poll_at": "next_look_at",
    "polls": "looks",
    "polled_at": "looked_at",
    "is_outage_announced": "is_silence_told",
    "progress_percent": "finished_percentage",
    "queue_status": "waiting_for",
    "milestones": "coded_milestones",
    "no_estimate": "estimate_failure",
}


class Run(msgspec.Struct, frozen=True, kw_only=True, rename=_STORED_NAMES):
    """What is known of a run. Instants are aware UTC."""

    version: int = 0  #: of the record it was read from
    run_id: str
    name: str  #: short, for people: ``r42``
    team_id: str
    channel_id: str
    user_id: str
    project: str
    sql: str
    state: RunState
    requested_at: Instant

    is_external: bool = False  #: the requester belongs to another workspace
    tracked_instance_id: str | None = None  #: an instance to follow, rather than to submit ``sql``
    is_foreign: bool = False  #: the instance was not started by us
    owner: str | None = None  #: of a foreign instance: the MaxCompute account that submitted it
    origin: Origin | None = None  #: of a foreign instance; None: it does not tell
    thread_ts: str | None = None  #: the thread in which it was asked for; its card is a reply there
    notify: tuple[str, ...] = ()  #: users whom the completion mentions besides the requester
    hints: dict[str, str] = {}  #: settings for MaxCompute besides those in ``sql``
    priority: int | None = None  #: of the instance; None: the project's default
    interactive: bool | None = None  #: whether it was to run so; None: as the project's rules say
    fallback: Fallback | None = None  #: why it runs as an ordinary job, which was not wanted
    rerun_of: str | None = None  #: the name of the run that this one repeats
    rerun_of_url: str = ""  #: the address of that one's card; empty: not known
    edited_from: str | None = None  #: the name of the run whose statement was changed to this one
    edited_from_url: str = ""  #: like `rerun_of_url`

    estimate: Estimate | None = None
    estimate_id: str | None = None  #: the estimate's own instance, once MaxCompute has taken it
    estimate_requested_at: Instant | None = None  #: when MaxCompute was first asked
    no_estimate: Outcome | None = None  #: why there is none
    is_cost_accepted: bool = False  #: the requester saw the estimate before it was asked for
    statement_class: str | None = None  #: its label, as it was judged
    is_limit_removed: bool = False  #: the person's own limit of what it may cost was taken out
    price_per_gb: Money | None = None  #: in its project, when it was judged
    effect: Effect | None = None  #: what it destroys, as far as it was asked
    question: Question | None = None
    decision: Decision | None = None
    covered_by: Cover | None = None  #: in place of a decision
    consent: Decision | None = None  #: the requester's, to the effect, before a second person's
    charged_on: date | None = None  #: the day to whose budgets it counts, in the rules' time zone
    budget_warnings: tuple[BudgetUse, ...] = ()  #: of budgets that are nearly used up

    submit_attempts: int = 0
    submitting_until: Instant | None = None  #: until then one worker has the submission to itself
    submitting_since: Instant | None = None  #: when a worker first began with it
    last_sent_at: Instant | None = None  #: a POST may have left then or later; None: none has
    held_back_since: Instant | None = None  #: MaxCompute takes nothing for now, so the run waits
    query_id: str | None = None  #: of a statement about permissions that takes MaxCompute a while
    instance_id: str | None = None
    started_at: Instant | None = None  #: when MaxCompute accepted the instance, or when it says so
    ended_at: Instant | None = None

    stop_requested_by: str | None = None
    stop_requested_at: Instant | None = None
    is_stop_sent: bool = False
    stop_retry_at: Instant | None = None  #: MaxCompute asked not to be sent the stop before

    next_poll_at: Instant | None = None
    polls: int = 0
    polled_at: Instant | None = None
    unreachable_since: Instant | None = None  #: no poll has succeeded since then
    failed_polls: int = 0  #: that got no answer since then, one after the other
    refusal: Refusal | None = None  #: what polls get in place of a status; None: nothing, or one
    missing: Missing | None = None
    unread_end: UnreadEnd | None = None
    is_outage_announced: bool = False  #: the thread says that MaxCompute does not answer
    stages: tuple[Stage, ...] = ()
    progress_percent: int = 0
    queue_position: int | None = None  #: from 1; None: it does not wait, or nobody tells
    queue_status: str | None = None  #: why nothing runs yet, in MaxCompute's words
    is_executing: bool = False  #: it has left the queue, although MaxCompute tells no stages
    milestones: tuple[Milestone, ...] = ()

    usual: Usual | None = None  #: as of its first poll; None: before that, or nobody knows its SQL
    execution_began_at: Instant | None = None  #: when a poll first saw something of it run
    comparison: Comparison | None = None  #: of one that has succeeded, with what is usual

    finding: Finding | None = None  #: what holds the instance up now; kept when it has ended
    told_finding: Finding | None = None  #: what Slack was last asked to show; kept when it is over
    finding_over_at: Instant | None = None  #: since when `told_finding` holds no more
    is_finding_wrong: bool = False  #: the summary of the ended instance says otherwise: `finding`

    sub_instances: tuple[SubInstance, ...] = ()  #: of an XFlow
    cost: Cost | None = None
    outcome: Outcome | None = None  #: why it ended so, where its state does not say it all
    table: Table | None = None  #: the result of a query that succeeded
    result_text: str | None = None  #: a result that is no table

    workspace_url: str = ""  #: in which its card is, ``https://acme.slack.com``; empty: not known
    card_ts: str | None = None
    is_card_refused: bool = False  #: Slack lets us say nothing where the run was asked for
    gone_cards: tuple[str, ...] = ()  #: former cards that can't be updated any more
    card_closed_since: Instant | None = None  #: Slack takes no update in the card's channel
    question_ts: str | None = None  #: the reply that says what must be decided
    approval_messages: tuple[ApprovalMessage, ...] = ()  #: that ask approvers directly
    decision_ts: str | None = None  #: the reply that says who has approved
    card_updated_at: Instant | None = None  #: when its instance last earned the card an update
    is_card_behind: bool = False  #: the card shows less than is on record, and waits for its turn
    progress_told_at: Instant | None = None  #: when its milestones were last worth a reply
    progress_ts: str | None = None
    is_progress_gone: bool = False  #: the reply with the milestones can't be updated any more
    finding_replies: int = 0  #: about findings that were asked for
    finding_ts: str | None = None  #: the last of them
    is_finding_gone: bool = False  #: it can't be updated any more
    completion_ts: str | None = None
    csv_ts: str | None = None  #: the message with all rows as a file
    chart_ts: str | None = None  #: the message with the result as a chart

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to the run."""
        return self.state.is_final

    @property
    def is_interactive(self) -> bool:
        """Whether MaxQA runs it, as the id of its instance says."""
        return is_interactive_id(self.instance_id or self.tracked_instance_id or "")

    @property
    def began_at(self) -> datetime:
        """From when its time counts: when it was asked for, or when people said yes to it.

        The time of an instance that existed before somebody asked us to follow it is its own.
        """
        if self.tracked_instance_id is not None and self.started_at is not None:
            return self.started_at
        decision = self.decision
        return decision.at if decision and decision.is_approval else self.requested_at

    @property
    def card_url(self) -> str:
        """The address (permalink) of its card; empty where it has none, or that is not known.

        https://docs.slack.dev/reference/methods/chat.getPermalink
        """
        # A post to a person is in a channel whose id is not ours to know.
        if not self.workspace_url or not self.card_ts or self.channel_id.startswith(("U", "W")):
            return ""
        place = f"{self.workspace_url}/archives/{self.channel_id}/p{self.card_ts.replace('.', '')}"
        is_reply = self.thread_ts is not None
        return f"{place}?thread_ts={self.thread_ts}&cid={self.channel_id}" if is_reply else place

    @property
    def reply_to(self) -> str | None:
        """The thread in which the run's replies stand: the card's, or the one it stands in."""
        former = self.gone_cards[-1] if self.gone_cards else None
        return self.thread_ts or self.card_ts or former

    @property
    def has_lost_too_many_cards(self) -> bool:
        """Whether it gets no card any more: something keeps deleting them."""
        return len(self.gone_cards) >= MOST_CARDS

    @property
    def awaits_card(self) -> bool:
        """Whether a card is still to be posted; a run that has ended gets none in place of one."""
        is_given_up = self.gone_cards and (self.is_final or self.has_lost_too_many_cards)
        return self.card_ts is None and not self.is_card_refused and not is_given_up
