"""The keys of Redis that belong to this package; RQ's own begin with ``rq:``.

KEEP_DAYS stands for the setting ODPS_BOT_KEEP_DAYS, counted from the last change.

| key | type | holds | expires |
|---|---|---|---|
| ``odps-bot:memory`` | string | tells that Redis was not emptied meanwhile | never; one |
| ``odps-bot:run:<run id>`` | hash | ``record`` (JSON) and ``revision`` of a run | KEEP_DAYS |
| ``odps-bot:run-name:<team>:<name>`` | string | the run behind a short name | KEEP_DAYS |
| ``odps-bot:run-instance:<instance id>`` | string | the run id behind an instance | KEEP_DAYS |
| ``odps-bot:run-names:<team>`` | string | the last number given to a run | never; one a team |
| ``odps-bot:runs-in:<team>:<place>`` | sorted set | runs of a channel or user | KEEP_DAYS |
| ``odps-bot:run-card:<channel>:<ts>`` | string | the run behind a card or its thread | KEEP_DAYS |
| ``odps-bot:open-runs:<team>`` | sorted set | a team's runs not over, by when asked | KEEP_DAYS |
| ``odps-bot:due`` | sorted set | runs not over, by when to care | emptied by use |
| ``odps-bot:watched:<project>`` | sorted set | running instances, by last look | emptied by use |
| ``odps-bot:progress:<project>`` | hash | what the last sweep saw of each instance | in an hour |
| ``odps-bot:swept:<project>`` | string | there while sweeps succeed | by itself |
| ``odps-bot:sweeping:<project>`` | string | lease of the one sweeper | by itself |
| ``odps-bot:sweep-turn:<project>`` | string | spaces out the sweeps | by itself |
| ``odps-bot:prompted:<run id>`` | string | a look was asked for a moment ago | by itself |
| ``odps-bot:outbox:<kind>`` | sorted set | what must be told, by when | emptied by use |
| ``odps-bot:outbox-marks`` | hash | when each entry was last put | emptied with it |
| ``odps-bot:posting:<kind>:<run id>`` | string | a post whose fate is open | in a day |
| ``odps-bot:budget:<name>`` | hash | a token bucket of all processes | by itself |
| ``odps-bot:address:<id>`` | string | where a person's private answer goes | in 30 minutes |
| ``odps-bot:inquiry:<id>`` | string | a question that needs MaxCompute | in 30 minutes |
| ``odps-bot:answer:<id>`` | string | a private answer not yet given | in 30 minutes |
| ``odps-bot:draft:<id>`` | string | a statement too long for a field of a modal | in an hour |
| ``odps-bot:heard:<id>`` | string | an event that was heard | in an hour |
| ``odps-bot:audit`` | stream | the audit trail | never; ``[audit] keep`` |
| ``odps-bot:spent:<team>:<day>`` | hash | what was spent by whom, where | in 9 days |
| ``odps-bot:charges:<team>:<day>`` | hash | what each run counts for | in 9 days |
| ``odps-bot:locks`` | hash | locked projects | never; one |
| ``odps-bot:installation:<owner>`` | string | who installed us, sealed | never; one a workspace |
| ``odps-bot:organisations`` | hash | organisations of workspaces | never; one |
| ``odps-bot:oauth-state:<digest>`` | string | an installation under way | in 10 minutes |
| ``odps-bot:members:<group>`` | set | the members of a user group | in an hour |
| ``odps-bot:memberships-turn`` | string | spaces out the questions about groups | by itself |
| ``odps-bot:pulse`` | string | one worker a second looks for what is overdue | by itself |
| ``odps-bot:edited:<kind>:<run id>`` | string | the last edit is recent | by itself |
| ``odps-bot:editing:<run id>`` | string | an edit of the card that may be under way | by itself |
| ``odps-bot:refused-form:<form>`` | string | Slack refuses this form of messages | in a day |
| ``odps-bot:question:<run id>:<user>`` | string | whether to run it again | in 30 minutes |
| ``odps-bot:preferences:<team>:<user>`` | hash | what a person chose in the App Home | in a year |
| ``odps-bot:home:<team>:<user>`` | string | the pages that an open App Home shows | in an hour |
| ``odps-bot:home-turn:<team>:<user>`` | string | spaces out its publications | by itself |
| ``odps-bot:subscriptions:<project>`` | hash | channels that hear of it | never; one a channel |
| ``odps-bot:sighted-until:<project>`` | string | when all instances were last seen | in 14 days |
| ``odps-bot:sighted-running:<project>`` | hash | what was seen running | in 14 days |
| ``odps-bot:sighted-ended:<project>`` | sorted set | ended instances to look at | emptied by use |
| ``odps-bot:sighted-before:<project>`` | sorted set | ended ones that were taken up | in 14 days |
| ``odps-bot:sighting-refused:<project>`` | string | why an end was not told | in an hour |
| ``odps-bot:durations:<project>:<fingerprint>`` | list | how long a statement took | in 30 days |
| ``odps-bot:noticed:<subscription>`` | sorted set | what a channel was told of | in 2 days |
| ``odps-bot:happened:<subscription>`` | list | what is not yet on the board | in 16 days |
| ``odps-bot:notices:<subscription>`` | hash | ``record`` and ``revision`` of a board | in 16 days |
"""

PREFIX = "odps-bot:"

MEMORY = f"{PREFIX}memory"
DUE = f"{PREFIX}due"
OUTBOX_MARKS = f"{PREFIX}outbox-marks"
PULSE = f"{PREFIX}pulse"
AUDIT = f"{PREFIX}audit"
LOCKS = f"{PREFIX}locks"
ORGANISATIONS = f"{PREFIX}organisations"
MEMBERSHIPS_TURN = f"{PREFIX}memberships-turn"


def installation(owner_id: str) -> str:
    """Return the key of what a workspace or organisation has installed."""
    return f"{PREFIX}installation:{owner_id}"


def oauth_state(digest: str) -> str:
    """Return the key of an installation under way, by the digest of its state."""
    return f"{PREFIX}oauth-state:{digest}"


def members(group_id: str) -> str:
    """Return the key of the members of a user group."""
    return f"{PREFIX}members:{group_id}"


def spent(team_id: str, day: str) -> str:
    """Return the key of a day's sums of people, channels and projects."""
    return f"{PREFIX}spent:{team_id}:{day}"


def charges(team_id: str, day: str) -> str:
    """Return the key of what each run of a day counts for."""
    return f"{PREFIX}charges:{team_id}:{day}"


def run(run_id: str) -> str:
    """Return the key of a run's record."""
    return f"{PREFIX}run:{run_id}"


def run_name(team_id: str, name: str) -> str:
    """Return the key that leads from a short name to its run."""
    return f"{PREFIX}run-name:{team_id}:{name}"


def run_instance(instance_id: str) -> str:
    """Return the key that leads from an instance to its run."""
    return f"{PREFIX}run-instance:{instance_id}"


def run_card(channel_id: str, ts: str) -> str:
    """Return the key that leads from a card, or the thread it stands in, to its run."""
    return f"{PREFIX}run-card:{channel_id}:{ts}"


def open_runs(team_id: str) -> str:
    """Return the key of a team's runs that are not over."""
    return f"{PREFIX}open-runs:{team_id}"


def run_names(team_id: str) -> str:
    """Return the key of a team's last run number."""
    return f"{PREFIX}run-names:{team_id}"


def runs_in(team_id: str, place: str) -> str:
    """Return the key of the runs of a channel or a user."""
    return f"{PREFIX}runs-in:{team_id}:{place}"


def outbox(kind: str) -> str:
    """Return the key of what must be told of one kind."""
    return f"{PREFIX}outbox:{kind}"


def watched(project: str) -> str:
    """Return the key of the running instances of a project that we follow."""
    return f"{PREFIX}watched:{project}"


def progress(project: str) -> str:
    """Return the key of what the last sweep saw of each watched instance."""
    return f"{PREFIX}progress:{project}"


def sweeping(project: str) -> str:
    """Return the key that one sweeper at a time holds."""
    return f"{PREFIX}sweeping:{project}"


def swept(project: str) -> str:
    """Return the key that is there while sweeps of the project succeed."""
    return f"{PREFIX}swept:{project}"


def sweep_turn(project: str) -> str:
    """Return the key that spaces out the sweeps of a project."""
    return f"{PREFIX}sweep-turn:{project}"


def prompted(run_id: str) -> str:
    """Return the key that says that a look at a run was asked for a moment ago."""
    return f"{PREFIX}prompted:{run_id}"


def budget(name: str) -> str:
    """Return the key of a token bucket."""
    return f"{PREFIX}budget:{name}"


def posting(kind: str, run_id: str) -> str:
    """Return the key of a post whose fate is open."""
    return f"{PREFIX}posting:{kind}:{run_id}"


def address(interaction_id: str) -> str:
    """Return the key of the address for a person's private answer."""
    return f"{PREFIX}address:{interaction_id}"


def inquiry(interaction_id: str) -> str:
    """Return the key of a question that needs MaxCompute."""
    return f"{PREFIX}inquiry:{interaction_id}"


def answer(interaction_id: str) -> str:
    """Return the key of a private answer that is not yet given."""
    return f"{PREFIX}answer:{interaction_id}"


def draft(draft_id: str) -> str:
    """Return the key of a statement that waits for its form."""
    return f"{PREFIX}draft:{draft_id}"


def heard(interaction_id: str) -> str:
    """Return the key that says that an event was heard, or is being handled."""
    return f"{PREFIX}heard:{interaction_id}"


def edited(kind: str, run_id: str) -> str:
    """Return the key that says that a message was edited a moment ago."""
    return f"{PREFIX}edited:{kind}:{run_id}"


def editing(run_id: str) -> str:
    """Return the key that says that an edit of the card may be under way."""
    return f"{PREFIX}editing:{run_id}"


def refused_form(form: str) -> str:
    """Return the key that says that Slack refuses a form of messages."""
    return f"{PREFIX}refused-form:{form}"


def question(run_id: str, user_id: str) -> str:
    """Return the key of the open question whether a person wants to run a statement again."""
    return f"{PREFIX}question:{run_id}:{user_id}"


def preferences(team_id: str, user_id: str) -> str:
    """Return the key of what a person chose for themselves."""
    return f"{PREFIX}preferences:{team_id}:{user_id}"


def home(team_id: str, user_id: str) -> str:
    """Return the key of a person's open App Home."""
    return f"{PREFIX}home:{team_id}:{user_id}"


def home_turn(team_id: str, user_id: str) -> str:
    """Return the key that spaces out the publications of a person's App Home."""
    return f"{PREFIX}home-turn:{team_id}:{user_id}"


def subscriptions(project: str) -> str:
    """Return the key of the channels that hear of a project."""
    return f"{PREFIX}subscriptions:{project}"


def sighted_until(project: str) -> str:
    """Return the key of when all instances of a project were last seen."""
    return f"{PREFIX}sighted-until:{project}"


def sighted_running(project: str) -> str:
    """Return the key of all instances that were last seen running."""
    return f"{PREFIX}sighted-running:{project}"


def sighted_ended(project: str) -> str:
    """Return the key of the ended instances that must be looked at."""
    return f"{PREFIX}sighted-ended:{project}"


def sighted_before(project: str) -> str:
    """Return the key of the ended instances that are not taken up again."""
    return f"{PREFIX}sighted-before:{project}"


def sighting_refused(project: str) -> str:
    """Return the key of why the end of an instance could not be told lately."""
    return f"{PREFIX}sighting-refused:{project}"


def durations(project: str, fingerprint: str) -> str:
    """Return the key of how long a statement took the last times."""
    return f"{PREFIX}durations:{project}:{fingerprint}"


def noticed(about: str) -> str:
    """Return the key of what a subscription was told of."""
    return f"{PREFIX}noticed:{about}"


def happened(about: str) -> str:
    """Return the key of what a subscription must still be told of."""
    return f"{PREFIX}happened:{about}"


def notices(about: str) -> str:
    """Return the key of a subscription's board of messages."""
    return f"{PREFIX}notices:{about}"
