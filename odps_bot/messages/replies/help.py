"""What the bot says about itself: the short start, and help. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from odps_bot.errors import DenialCode
from odps_bot.messages import text as t
from odps_bot.messages.blocks import BUTTONS, Block, actions, button, context, section
from odps_bot.messages.denials import ask_for_help, what_is_missing
from odps_bot.messages.message import Message
from odps_bot.messages.sentences import SENTENCES
from odps_bot.policy.effective_role import EffectiveRole, Permission

RUN_SQL = "start_run_sql"
MY_RUNS = "start_my_runs"
OPEN_HOME = "start_open_home"
SHOW_HELP = "start_help"

IDS = (
    "`ID` is a run's short name (`r42`), its instance ID or its Logview link. In a run's thread"
    " (`@odps status`) you don't need it. The buttons on the card do the same."
)

#: What help names when it is not allowed: what the person would look for in vain.
_NAMED = (
    Permission.READ,
    Permission.WRITE,
    Permission.DEFINE,
    Permission.STOP_OTHERS,
    Permission.LOCK,
)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where somebody is, and what they are there."""

    channel_id: str
    role: EffectiveRole
    projects: Sequence[str]  #: the first one is used where none is named
    contact: str
    user_id: str  #: of the person

    @property
    def missing(self) -> str:
        """Why they can do nothing here (mrkdwn); empty if they can."""
        denial = self.role.denial(Permission.SEE)
        if denial is None:
            return ""
        return f"{what_is_missing(denial, channel=self.role.channel)} {self.help}"

    @property
    def help(self) -> str:
        """Who can help this person (mrkdwn)."""
        return ask_for_help(self.contact, user_id=self.user_id)

    @property
    def in_words(self) -> str:
        """The place (mrkdwn). Direct messages have no name."""
        is_channel = self.channel_id and not self.channel_id.startswith("D")
        return f"in <#{self.channel_id}>" if is_channel else "here"


def start_message(
    place: Place, *, active: int, run_name: str = "", home_address: str = ""
) -> Message:
    """Return how to begin, with buttons: the answer to `/odps` without anything behind it.

    `run_name` is the run in whose thread they are, `home_address` opens the App Home.
    """
    if place.missing:
        lines = [f":wave: *MaxCompute jobs in Slack.* {place.missing}"]
    else:
        runs = {0: "no active runs", 1: "1 active run"}.get(active, f"{active:,} active runs")
        may_run = place.role.allows(Permission.READ)
        example = "`/odps run SELECT …` runs SQL and follows it here. " if may_run else ""
        lines = [f":wave: *MaxCompute jobs in Slack.* {example}You have {runs}."]
        if run_name:
            run = t.code(run_name)
            lines.append(f"In this thread, `/odps status` and `/odps stop` apply to run {run}.")
    if not (home_address or place.missing):
        lines.append("Your runs and defaults are in my *Home* tab.")
    buttons = list(_start_buttons(place, home_address))
    text = "\n".join(lines)
    return Message(
        f"{text}\n`/odps help` shows what you can do here.",
        [section(text), actions(buttons, block_id=BUTTONS)],
    )


def home_address(team_id: str, app_id: str) -> str:
    """Return what opens the app's Home tab in Slack; empty if the app's id isn't known.

    https://docs.slack.dev/interactivity/deep-linking
    """
    return f"slack://app?team={team_id}&id={app_id}&tab=home" if app_id else ""


def help_message(
    commands: Mapping[str, Sequence[tuple[str, str]]], place: Place, *, notes: Sequence[str] = ()
) -> Message:
    """Return the commands by their groups: pairs of a verb and what it does.

    `notes` are lines about the moment (mrkdwn).
    """
    blocks = [section(_greeting(place))]
    for group, pairs in commands.items():
        lines = [f"{t.code(f'/odps {verb}')}  {summary}" for verb, summary in pairs]
        blocks.append(section("\n".join([f"*{t.escape(group)}*", *lines])))
    small = [f"`/odps help run` explains one of them, with examples. {IDS}", *_limits(place)]
    if place.missing:
        small = [place.missing]
    blocks.append(context("\n".join([*small, *notes])))
    texts = [block.get("text", {}).get("text", "") for block in blocks[:-1]]
    return Message("\n".join([*texts, *small, *notes]), blocks)


def _greeting(place: Place) -> str:
    projects = ", ".join(map(t.code, place.projects)) or "none"
    more = "; the first one if you name none" if len(place.projects) > 1 else ""
    word = "project" if len(place.projects) == 1 else "projects"
    return (
        f":wave: *MaxCompute jobs in Slack.* What you can do {place.in_words}, as"
        f" *{place.role.role}* ({word} {projects}{more}):"
    )


def _limits(place: Place) -> list[str]:
    """Return what the person isn't allowed to do here, and whom to ask."""
    by_role: list[str] = []
    by_channel: list[str] = []
    # Whoever runs nothing need not read what else they can't run.
    named = _NAMED if place.role.allows(Permission.READ) else _NAMED[:1]
    for permission in named:
        denial = place.role.denial(permission)
        if denial is not None:
            is_theirs = denial.code is DenialCode.ROLE
            (by_role if is_theirs else by_channel).append(f"*{SENTENCES.permissions[permission]}*")
    lines = []
    if by_channel:
        highest = place.role.channel.highest_role
        lines.append(f"This channel is limited to *{highest}*. Not here: {', '.join(by_channel)}.")
    if by_role:
        lines.append(f"You can't here: {', '.join(by_role)}. {place.help}")
    return lines


def _start_buttons(place: Place, address: str) -> list[Block]:
    buttons = []
    if place.role.allows(Permission.READ):
        buttons.append(button("Run SQL", action_id=RUN_SQL, value="-") | {"style": "primary"})
    if not place.missing:
        buttons.append(button("My runs", action_id=MY_RUNS, value="-"))
    if address and not place.missing:
        buttons.append(button("Home", action_id=OPEN_HOME, value="-") | {"url": address})
    return [*buttons, button("Help", action_id=SHOW_HELP, value="-")]
