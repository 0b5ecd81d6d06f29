"""The keys of Redis that belong to this package; RQ's own begin with ``rq:``.

``keys.run(run_id)`` is the name of one. The table of docs/architecture.md and the doctor's check
are made from these declarations, and tests hold a Redis that was used against them. Names in Redis
are older than ours: they stay, so that what was written is still found.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Generic, Literal, TypeAlias, TypeVarTuple

from odps_bot.store.notification_kind import NotificationKind

PREFIX = "odps-bot:"

#: As Redis' command TYPE names them.
KeyType: TypeAlias = Literal["string", "hash", "list", "set", "zset", "stream"]

#: KEEP_DAYS stands for the setting ODPS_BOT_KEEP_DAYS; Redis removes what is empty.
Expiry: TypeAlias = Literal["KEEP_DAYS", "when empty", "when full", "never"]

Parts = TypeVarTuple("Parts")


@dataclass(frozen=True)
class Key(Generic[*Parts]):
    """A kind of key. Called with its parts it returns the name of one."""

    pattern: str  #: behind the prefix, with its parts in braces
    type: KeyType
    meaning: str
    expires: timedelta | Expiry  #: counted from the last change

    def __call__(self, *parts: *Parts) -> str:
        """Return the name in Redis. Raises ValueError for a wrong number of parts.

        A kind of notifications has there the name under which it is stored.
        """
        all_parts: tuple[object, ...] = parts
        texts = [one.stored_name if isinstance(one, NotificationKind) else one for one in all_parts]
        return PREFIX + self.pattern.format_map(dict(zip(self.part_names, texts, strict=True)))

    @property
    def part_names(self) -> list[str]:
        """What a name is made of besides what is fixed."""
        return re.findall(r"{(\w+)}", self.pattern)

    @property
    def life(self) -> timedelta:
        """How long it is kept after its last change, where that is fixed."""
        if isinstance(self.expires, timedelta):
            return self.expires
        raise TypeError(f"{self.pattern} expires {self.expires}")

    @property
    def life_s(self) -> int:
        """The same in whole seconds, for scripts."""
        return int(self.life.total_seconds())


# Runs

run = Key[str]("run:{run_id}", "hash", "`record` (JSON) and `revision` of a run", "KEEP_DAYS")
run_name = Key[str, str](
    "run-name:{team_id}:{name}", "string", "the run with a short name", "KEEP_DAYS"
)
last_run_number = Key[str](
    "run-names:{team_id}", "string", "the last number of a team's runs", "never"
)
run_instance = Key[str](
    "run-instance:{instance_id}", "string", "the run that an instance belongs to", "KEEP_DAYS"
)
run_card = Key[str, str](
    "run-card:{channel_id}:{ts}", "string", "the run of a card and of its thread", "KEEP_DAYS"
)
runs_in = Key[str, str](
    "runs-in:{team_id}:{channel_or_user_id}",
    "zset",
    "the newest runs of a channel or user",
    "KEEP_DAYS",
)
open_runs = Key[str](
    "open-runs:{team_id}", "zset", "unfinished runs of a team, by when requested", "KEEP_DAYS"
)
deadlines = Key[()]("due", "zset", "unfinished runs, by when they are overdue", "when empty")

# Polls and sweeps

watched = Key[str]("watched:{project}", "zset", "running instances, by last poll", "when empty")
progress = Key[str](
    "progress:{project}", "hash", "progress of instances at the last sweep", timedelta(hours=1)
)
#: Sweeps that have not succeeded for so long are not relied upon.
swept = Key[str]("swept:{project}", "string", "there while sweeps succeed", timedelta(seconds=30))
#: A sweeper that has not renewed its lease for so long is dead, or hangs.
sweep_lease = Key[str](
    "sweeping:{project}", "string", "lease of the one sweeper", timedelta(seconds=10)
)
sweep_turn = Key[str]("sweep-turn:{project}", "string", "spaces out sweeps", timedelta(seconds=5))
#: Long enough for the poll to come, and short enough for the second sweep after one that was lost
#: with its worker.
poll_requested = Key[str](
    "prompted:{run_id}", "string", "a poll was requested a moment ago", timedelta(seconds=8)
)

# The outbox, and messages under way

outbox = Key[str]("outbox:{kind}", "zset", "notifications to send, by when", "when empty")
outbox_versions = Key[()](
    "outbox-marks", "hash", "when each notification was last enqueued", "when empty"
)
post_lease = Key[str, str](
    "posting:{kind}:{subject_id}",
    "string",
    "a post that Slack may or may not have made",
    timedelta(days=1),
)
update_turn = Key[str, str](
    "edited:{kind}:{run_id}", "string", "spaces out the updates of a message", timedelta(seconds=2)
)
#: Longer than we wait for Slack, and Slack for itself: after it no update is carried out any more.
update_lease = Key[str](
    "editing:{run_id}", "string", "an update of a card under way", timedelta(seconds=30)
)
#: By then Slack may have learnt the block.
unsupported_block = Key[str](
    "refused-form:{name}", "string", "Slack refuses these blocks", timedelta(days=1)
)
rate_limit = Key[str]("budget:{name}", "hash", "a token bucket of all processes", "when full")

# Replies to one person

#: As long as Slack honours a response_url:
#: https://docs.slack.dev/interactivity/handling-user-interaction
reply_address = Key[str](
    "address:{interaction_id}", "string", "where an ephemeral reply goes", timedelta(minutes=30)
)
ephemeral_reply = Key[str](
    "answer:{interaction_id}", "string", "an ephemeral reply to send", timedelta(minutes=30)
)
inquiry = Key[str](
    "inquiry:{interaction_id}", "string", "a question to MaxCompute", timedelta(minutes=30)
)
rerun_question = Key[str, str](
    "question:{run_id}:{user_id}",
    "string",
    "the open question whether to run it again",
    timedelta(minutes=30),
)
draft = Key[str](
    "draft:{draft_id}", "string", "a statement too long for a field of a modal", timedelta(hours=1)
)
#: Slack gives up delivering after about six minutes: https://docs.slack.dev/apis/events-api
handled_event = Key[str](
    "heard:{interaction_id}", "string", "an event that was handled", timedelta(hours=1)
)

# The App Home

preferences = Key[str, str](
    "preferences:{team_id}:{user_id}", "hash", "a person's preferences", timedelta(days=365)
)
#: A Home counts as open for so long after it was opened or clicked on.
home = Key[str, str](
    "home:{team_id}:{user_id}", "string", "the pages of an open App Home", timedelta(hours=1)
)
home_turn = Key[str, str](
    "home-turn:{team_id}:{user_id}",
    "string",
    "spaces out the publications of an App Home",
    timedelta(seconds=10),
)

# Permissions and money

#: What is known of a group is believed for so long; it is asked for anew far sooner.
members = Key[str]("members:{group_id}", "set", "members of a user group", timedelta(hours=1))
memberships_turn = Key[()](
    "memberships-turn", "string", "spaces out the questions about groups", timedelta(minutes=2)
)
locks = Key[()]("locks", "hash", "locked projects", "never")
#: What `/odps usage` can look back to, and some.
spending = Key[str, date](
    "spent:{team_id}:{day}",
    "hash",
    "what people, channels and projects have spent in a day",
    timedelta(days=9),
)
charges = Key[str, date](
    "charges:{team_id}:{day}", "hash", "what each run of a day counts for", timedelta(days=9)
)
audit = Key[()]("audit", "stream", "the audit trail, `[audit] keep` lines of it", "never")

# Installations

installation = Key[str](
    "installation:{team_or_organisation_id}", "string", "an installation, encrypted", "never"
)
organisations = Key[()]("organisations", "hash", "organisations of workspaces", "never")
oauth_state = Key[str](
    "oauth-state:{digest}", "string", "an installation under way", timedelta(minutes=10)
)

# Alerts

subscriptions = Key[str]("subscriptions:{project}", "hash", "a project's subscriptions", "never")
#: After this, what was observed is of no use: MaxCompute has forgotten the results.
scanned_until = Key[str](
    "sighted-until:{project}", "string", "when all instances were last observed", timedelta(days=14)
)
running_instances = Key[str](
    "sighted-running:{project}", "hash", "instances observed running", timedelta(days=14)
)
ended_instances = Key[str](
    "sighted-ended:{project}", "zset", "ended instances to poll, by when", "when empty"
)
processed_instances = Key[str](
    "sighted-before:{project}",
    "zset",
    "ended instances that are not polled again",
    timedelta(days=14),
)
unreadable_end = Key[str](
    "sighting-refused:{project}", "string", "why an end could not be read", timedelta(hours=1)
)
durations = Key[str, str](
    "durations:{project}:{fingerprint}", "list", "how long a statement took", timedelta(days=30)
)
announced_events = Key[str](
    "noticed:{subscription}",
    "zset",
    "events that a channel was notified of, or will be",
    timedelta(days=2),
)
#: What waits outlives the longest pause of a subscription.
pending_events = Key[str](
    "happened:{subscription}", "list", "events that no alert shows yet", timedelta(days=16)
)
digest = Key[str](
    "notices:{subscription}",
    "hash",
    "`record` (JSON) and `revision` of open alerts",
    timedelta(days=16),
)

# Processes

redis_id = Key[()]("memory", "string", "a random value: a new one in an emptied Redis", "never")
reconciler_turn = Key[()](
    "pulse", "string", "spaces out the reconcilers of all workers", timedelta(seconds=1)
)

#: All of the above, by their names here.
DECLARED: dict[str, Key[*tuple[Any, ...]]] = {
    name: value for name, value in list(globals().items()) if isinstance(value, Key)
}
