"""What a worker answers, because it needs MaxCompute or takes too long. Pure values."""

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from odps_bot.messages.replies.list_choice import ListChoice
from odps_bot.runs.run import Estimate
from odps_bot.store.codec import Instant


class InstanceInquiry(msgspec.Struct, frozen=True, kw_only=True, tag="instance"):
    """A question about one instance."""

    wants: Literal["logview", "status", "why", "history", "xflow"]
    project: str
    instance_id: str
    name: str  #: what the person called it
    team_id: str = ""
    channel_id: str
    user_id: str
    is_external: bool = False  #: as `Request` says, like the next one
    is_membership_unknown: bool = False


class WorkerLogInquiry(msgspec.Struct, frozen=True, kw_only=True, tag="worker_log"):
    """What a worker of an instance has written last; a modal that is open by then shows it."""

    project: str
    instance_id: str
    log_id: str
    stage: str = ""
    worker: int | None = None
    requested_at: Instant
    team_id: str = ""
    channel_id: str
    user_id: str
    is_external: bool = False  #: as `Request` says, like the next one
    is_membership_unknown: bool = False

    @property
    def wants(self) -> str:
        """What is wanted of the instance."""
        return "worker_log"


class CostInquiry(
    msgspec.Struct, frozen=True, kw_only=True, rename={"requested_at": "asked_at"}, tag="cost"
):
    """What a statement would cost; kept, so that a click can run what was estimated."""

    team_id: str
    channel_id: str
    user_id: str  #: the only one who may run it from here
    thread_ts: str | None = None
    project: str
    sql: str
    hints: dict[str, str] = {}
    priority: int | None = None  #: of the run that may come of it
    interactive: bool | None = None  #: likewise
    notify: tuple[str, ...] = ()  #: users to mention at its end
    edited_from: str | None = None  #: the name of a run of which it is a changed version
    edited_from_url: str = ""  #: the address of its card; empty: not known
    requested_at: datetime
    instance_id: str | None = None  #: the estimate's own instance, once it is submitted
    estimate: Estimate | None = None


class WatchInquiry(msgspec.Struct, frozen=True, kw_only=True, tag="watch"):
    """Whether an instance is there that somebody wants to follow; if so, a run does."""

    run_id: str  #: of that run
    team_id: str
    channel_id: str
    user_id: str
    is_external: bool = False  #: as `Request` says
    thread_ts: str | None = None
    project: str
    instance_id: str
    requested_at: Instant


class ListInquiry(msgspec.Struct, frozen=True, kw_only=True, tag="list"):
    """Which jobs there are."""

    team_id: str
    channel_id: str
    user_id: str
    choice: ListChoice
    page: int = 0  #: from 0
    is_external: bool = False  #: as `Request` says


class FindingsInquiry(msgspec.Struct, frozen=True, kw_only=True, tag="findings"):
    """Which jobs of a project, and of the channel, are slow or queued for a known cause."""

    team_id: str
    channel_id: str
    user_id: str
    project: str
    is_external: bool = False  #: as `Request` says, like the next one
    is_membership_unknown: bool = False


class RefreshInquiry(msgspec.Struct, frozen=True, kw_only=True, tag="refresh"):
    """How a run is doing now; the answer takes the place of the card that was clicked."""

    team_id: str
    channel_id: str
    user_id: str
    run_id: str
    is_private: bool = False  #: what was clicked shows the card to one person


class StopInquiry(msgspec.Struct, frozen=True, kw_only=True, tag="stop"):
    """The runs of a question that was answered with yes are to be stopped."""

    team_id: str
    channel_id: str
    user_id: str
    is_external: bool = False  #: as `Request` says, like the next one
    is_membership_unknown: bool = False
    question_id: str


Inquiry: TypeAlias = (
    InstanceInquiry
    | WorkerLogInquiry
    | CostInquiry
    | ListInquiry
    | FindingsInquiry
    | WatchInquiry
    | RefreshInquiry
    | StopInquiry
)
