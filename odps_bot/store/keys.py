"""The keys of Redis that belong to this package; RQ's own begin with ``rq:``.

``keys.run(run_id)`` is the name of one. The table of docs/architecture.md and the doctor's check
are made from these declarations, and tests hold a Redis that was used against them. Names in Redis
are older than ours: they stay, so that what was written is still found.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Generic, Literal, TypeAlias, TypeVarTuple

from odps_bot.store.notification_kind import NotificationKind

PREFIX = "odps-bot:"

#: As Redis' command TYPE names them.
KeyType: TypeAlias = Literal["string", "hash", "list", "set", "zset", "stream"]

#: KEEP_DAYS stands for the setting ODPS_BOT_KEEP_DAYS; Redis removes what is empty.
Expiry: TypeAlias = Literal["KEEP_DAYS", "when empty", "when full", "never"]

SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=count) for count in (1, 60, 3_600, 86_400))

Parts = TypeVarTuple("Parts")


@dataclass(frozen=True)
class Key(Generic[*Parts]):
    """A kind of key. Called with its parts it returns the name of one."""

    pattern: str  #: behind the prefix, with its parts in braces
    meaning: str
    expires: timedelta | Expiry  #: counted from the last change
    type: KeyType = "string"

    def __call__(self, *parts: *Parts) -> str:
        """Return the name in Redis. Raises ValueError for a wrong number of parts.

        A kind of notifications has there the name under which it is stored.
        """
        all_parts: tuple[object, ...] = parts
        texts = [one.stored_name if isinstance(one, NotificationKind) else one for one in all_parts]
        if len(texts) != len(self.part_names):
            raise ValueError(f"{self.pattern} takes other parts than {texts}")
        return self._template.format(*texts)

    @cached_property
    def part_names(self) -> list[str]:
        """What a name is made of besides what is fixed."""
        return re.findall(r"{(\w+)}", self.pattern)

    @cached_property
    def _template(self) -> str:
        return PREFIX + re.sub(r"{\w+}", "{}", self.pattern)

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

run = Key[str]("run:{run_id}", "`record` (JSON) and `revision` of a run", "KEEP_DAYS", "hash")
run_name = Key[str, str]("run-name:{team_id}:{name}", "the run with a short name", "KEEP_DAYS")
last_run_number = Key[str]("run-names:{team_id}", "the last number of a team's runs", "never")
run_instance = Key[str](
    "run-instance:{instance_id}", "the run that an instance belongs to", "KEEP_DAYS"
)
#: Under the id of the instance, or the Guid that it is submitted with.
instance_owner = Key[str](
    "instance-owner:{instance_id}", "whose an estimate or a step of an XFlow is", "KEEP_DAYS"
)
open_flows = Key[str](
    "open-flows:{project}", "XFlow runs whose steps may not all be recorded", "KEEP_DAYS", "set"
)
owners_since = Key[()]("owners-since", "since when the owners of instances are recorded", "never")
run_card = Key[str, str](
    "run-card:{channel_id}:{ts}", "the run of a card and of its thread", "KEEP_DAYS"
)
runs_in = Key[str, str](
    "runs-in:{team_id}:{channel_or_user_id}",
    "the newest runs of a channel or user",
    "KEEP_DAYS",
    "zset",
)
open_runs = Key[str](
    "open-runs:{team_id}", "unfinished runs of a team, by when requested", "KEEP_DAYS", "zset"
)
open_questions = Key[str](
    "undecided:{team_id}",
    "runs of a team that await a decision, by until when",
    "KEEP_DAYS",
    "zset",
)
deadlines = Key[()]("due", "unfinished runs, by when they are overdue", "when empty", "zset")

# Polls and sweeps

watched = Key[str]("watched:{project}", "running instances, by last poll", "when empty", "zset")
#: Projects are swept as long as anything runs in them, though they were taken out of the settings.
watched_projects = Key[()]("watched-projects", "projects whose runs rely on sweeps", "never", "set")
#: What it takes to watch them all is shared by the projects.
watched_total = Key[()]("watched-total", "running instances of all projects", MINUTE)
progress = Key[str]("progress:{project}", "progress of instances at the last sweep", HOUR, "hash")
doubtful_instances = Key[str](
    "doubtful:{project}", "instances whose last poll got no answer", HOUR, "set"
)
#: Sweeps that have not succeeded for so long are not relied upon.
swept = Key[str]("swept:{project}", "there while sweeps succeed", 30 * SECOND)
#: A sweeper that has not renewed its lease for so long is dead: a request, tried twice, is shorter.
sweep_lease = Key[str]("sweeping:{project}", "lease of the one sweeper", 40 * SECOND)
#: Both last longer where very many instances are watched.
sweep_turn = Key[str]("sweep-turn:{project}", "spaces out sweeps", 5 * SECOND)
progress_turn = Key[str]("progress-turn:{project}", "spaces out lists of progress", 5 * SECOND)
#: Long enough for the poll to come, and short enough for the second sweep after one that was lost
#: with its worker.
poll_requested = Key[str]("prompted:{run_id}", "a poll was requested a moment ago", 8 * SECOND)

#: A request is held for five seconds; it and those before it that it waits for take no longer.
held_run = Key[str]("held:{run_id}", "whose held request waits for the end of a run", 15 * SECOND)

#: Some two kilobytes for each of its fields, six at most.
recent_snapshots = Key[str](
    "snapshots:{instance_id}",
    "what an instance looked like in the last 15 minutes",
    20 * MINUTE,
    "hash",
)
#: Some 60 bytes for each instance.
watching = Key[str](
    "watching:{project}", "when watched instances moved, and what was asked of them", HOUR
)
side_questions = Key[str]("side-questions:{project}", "how many were sent, ever more", HOUR)
#: MaxCompute throttled them, or was too slow.
workers_unasked = Key[str](
    "workers-unasked:{project}", "nobody asks for the workers of instances", 10 * MINUTE
)

#: Longer than jobs wait, but where far too many do.
queued_job = Key[str]("queued:{name}", "the job of this name that waits", 10 * MINUTE)

# MaxCompute's endpoints

#: Far longer than the longest pause, so that the next one is longer than the last.
endpoint_health = Key[str](
    "endpoint:{name}",
    "failures of MaxCompute, and until when nobody asks",
    5 * MINUTE,
    "hash",
)
#: Far longer than it takes to look for an instance; see `workers.submission.look_up`.
guid_search = Key[str]("guid-search:{run_id}", "instances that are not the run's", DAY, "hash")

# The outbox, and messages under way

outbox = Key[str]("outbox:{kind}", "notifications to send, by when", "when empty", "zset")
outbox_versions = Key[()](
    "outbox-marks", "when each notification was last enqueued", "when empty", "hash"
)
post_lease = Key[str, str](
    "posting:{kind}:{subject_id}", "a post that Slack may or may not have made", DAY
)
update_turn = Key[str, str](
    "edited:{kind}:{run_id}", "spaces out the updates of a message", 2 * SECOND
)
#: Longer than we wait for Slack with a few renderings, and Slack for itself: after it no update is
#: carried out any more.
update_lease = Key[str]("editing:{run_id}", "updates of a card under way", MINUTE)
#: By then Slack may have learnt the block.
unsupported_block = Key[str]("refused-form:{name}", "Slack refuses these blocks", DAY)
#: Kept only for one that does not respond, or that others wait for.
receiver = Key[str](
    "receiver:{receiver}", "when a channel, person or response_url is spoken to again", HOUR, "hash"
)
#: The longest time between two tries.
closed_channel = Key[str](
    "closed-channel:{channel_id}", "an archived channel waits for its next try", HOUR
)
rate_limit = Key[str]("budget:{name}", "a token bucket of all processes", "when full", "hash")

# Replies to one person

#: As long as Slack honours a response_url:
#: https://docs.slack.dev/interactivity/handling-user-interaction
reply_address = Key[str]("address:{interaction_id}", "where an ephemeral reply goes", 30 * MINUTE)
ephemeral_reply = Key[str]("answer:{interaction_id}", "an ephemeral reply to send", 30 * MINUTE)
inquiry = Key[str]("inquiry:{interaction_id}", "a question to MaxCompute", 30 * MINUTE)
rerun_question = Key[str, str](
    "question:{run_id}:{user_id}", "the open question whether to run it again", 30 * MINUTE
)
#: Which runs is fixed when the person is asked; what begins meanwhile is not one of them.
stop_question = Key[str](
    "stop-question:{question_id}",
    "runs that a person is asked whether to stop",
    30 * MINUTE,
    "hash",
)
#: A second click within this time counts as the same click.
rerun_click = Key[str, str](
    "rerun-click:{run_id}:{user_id}", "the first of several clicks on *Re-run*", 10 * SECOND
)
#: Long enough to read that Slack got no answer, and to send it again.
sent_statement = Key[str, str, str](
    "sent-statement:{team_id}:{user_id}:{digest}", "the run of what was just sent", 30 * SECOND
)
draft = Key[str]("draft:{draft_id}", "a statement too long for a field, or to be chosen", HOUR)
#: Slack gives up delivering after about six minutes: https://docs.slack.dev/apis/events-api
handled_event = Key[str]("heard:{interaction_id}", "an event that was handled", HOUR)

# The App Home

preferences = Key[str, str](
    "preferences:{team_id}:{user_id}", "a person's preferences", 365 * DAY, "hash"
)
#: A Home counts as open for so long after it was opened or clicked on.
home = Key[str, str]("home:{team_id}:{user_id}", "the pages of an open App Home", HOUR)
home_turn = Key[str, str](
    "home-turn:{team_id}:{user_id}", "spaces out the publications of an App Home", 10 * SECOND
)

# Permissions and money

#: What is known of a group is believed for so long; it is asked for anew far sooner.
members = Key[str]("members:{group_id}", "members of a user group", HOUR, "set")
memberships_turn = Key[()]("memberships-turn", "spaces out the questions about groups", 2 * MINUTE)
#: Longer than the rules let one hold.
standing_approvals = Key[str](
    "standing-approvals:{project}",
    "approvals that hold for other values too",
    8 * DAY,
    "hash",
)
locks = Key[()]("locks", "locked projects", "never", "hash")
#: What `/odps usage` can look back to, and some.
spending = Key[str, date](
    "spent:{team_id}:{day}",
    "what people, channels and projects have spent in a day",
    9 * DAY,
    "hash",
)
charges = Key[str, date](
    "charges:{team_id}:{day}", "what each run of a day counts for", 9 * DAY, "hash"
)
audit = Key[()]("audit", "the audit trail, `[audit] keep` lines of it", "never", "stream")

# Installations

installation = Key[str](
    "installation:{team_or_organisation_id}", "an installation, encrypted", "never"
)
organisations = Key[()]("organisations", "organisations of workspaces", "never", "hash")
#: Slack leads from a former address to the one of today.
workspace_url = Key[str]("workspace-url:{team_id}", "the address of a workspace", 30 * DAY)
oauth_state = Key[str]("oauth-state:{digest}", "an installation under way", 10 * MINUTE)

# History

#: See `odps_bot.history.store` for how many and how long they are at most.
past_runs = Key[str, str](
    "history:{project}:{statement}", "the last 50 successes of a statement", 60 * DAY, "list"
)
statements = Key[()]("histories", "statements with a history, 3,000 at most", 60 * DAY, "zset")

# Alerts

subscriptions = Key[str]("subscriptions:{project}", "a project's subscriptions", "never", "hash")
#: After this, what was observed is of no use: MaxCompute has forgotten the results.
scanned_until = Key[str](
    "sighted-until:{project}", "when all instances were last observed", 14 * DAY
)
#: MaxCompute may not know an older place in its list any more.
scan_cursor = Key[str](
    "sighted-cursor:{project}", "how far a long list of ended instances was read", HOUR
)
running_instances = Key[str](
    "sighted-running:{project}", "instances observed running", 14 * DAY, "hash"
)
ended_instances = Key[str](
    "sighted-ended:{project}", "ended instances to poll, by when", "when empty", "zset"
)
processed_instances = Key[str](
    "sighted-before:{project}", "ended instances that are not polled again", 14 * DAY, "zset"
)
unreadable_end = Key[str]("sighting-refused:{project}", "why an end could not be read", HOUR)
#: Of version 0.2: nothing adds to it any more.
durations = Key[str, str](
    "durations:{project}:{fingerprint}", "how long a statement took, earlier", 30 * DAY, "list"
)
announced_events = Key[str](
    "noticed:{subscription}", "events that a channel was notified of, or will be", 2 * DAY, "zset"
)
#: What waits outlives the longest pause of a subscription.
pending_events = Key[str](
    "happened:{subscription}", "events that no alert shows yet", 16 * DAY, "list"
)
digest = Key[str](
    "notices:{subscription}", "`record` (JSON) and `revision` of open alerts", 16 * DAY, "hash"
)

# Boards

#: A board whose channel is closed is given up before: nothing that is alive is left alone so long.
boards = Key[str](
    "boards:{team_id}", "the boards of a workspace's channels, 50 at most", 16 * DAY, "hash"
)
board_turns = Key[()]("board-turns", "boards, by when it is their turn", "when empty", "zset")

# Processes

redis_id = Key[()]("memory", "a random value: a new one in an emptied Redis", "never")
reconciler_turn = Key[()]("pulse", "spaces out the reconcilers of all workers", SECOND)
#: Until then a message that a former primary knew of may be looked for in Slack.
failover = Key[()](
    "failed-over", "when another server took the place of the former one", 2 * MINUTE
)
server = Key[()]("server", "the Redis server that was written to last (`run_id`)", "never")
readiness = Key[()]("ready", "written to see whether Redis takes writes", 10 * SECOND)

#: All of the above, by their names here.
DECLARED: dict[str, Key[*tuple[Any, ...]]] = {
    name: value for name, value in list(globals().items()) if isinstance(value, Key)
}
