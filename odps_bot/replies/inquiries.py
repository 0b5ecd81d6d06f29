"""Questions that only MaxCompute can answer, as they wait for a worker. Pure values."""

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from odps_bot.messages.replies.list_choice import ListChoice
from odps_bot.runs.run import Estimate


class InstanceInquiry(msgspec.Struct, frozen=True, kw_only=True, tag="instance"):
    """A question about one instance."""

    wants: Literal["logview", "status", "xflow"]
    project: str
    instance_id: str
    name: str  #: what the person called it
    team_id: str = ""
    channel_id: str
    user_id: str
    is_external: bool = False  #: as `Request` says, like the next one
    is_membership_unknown: bool = False


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
    notify: tuple[str, ...] = ()  #: users to mention at its end
    requested_at: datetime
    instance_id: str | None = None  #: the estimate's own instance, once it is submitted
    estimate: Estimate | None = None


class ListInquiry(msgspec.Struct, frozen=True, kw_only=True, tag="list"):
    """Which jobs there are."""

    team_id: str
    channel_id: str
    user_id: str
    choice: ListChoice
    page: int = 0  #: from 0


Inquiry: TypeAlias = InstanceInquiry | CostInquiry | ListInquiry
