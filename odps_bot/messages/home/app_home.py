"""The App Home: a person's runs, the team's runs, and the person's preferences.

https://docs.slack.dev/surfaces/app-home
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from odps_bot.messages import blocks as b
from odps_bot.messages import text as t
from odps_bot.messages.denials import lock_line
from odps_bot.messages.home.run_lists import HomePage, run_list
from odps_bot.messages.home.waiting import waiting_list
from odps_bot.messages.modals.run_modal import MENU_CHOICES
from odps_bot.runs.run import Run
from odps_bot.store.homes import HomeList
from odps_bot.store.preferences import ApprovalNotice, NotifyStyle
from odps_bot.store.project_locks import ProjectLock

#: Action ids; those of a run's buttons are in `buttons`, those of the lists in `home_lists`.
WRITE_SQL = "home_write_sql"
REFRESH = "home_refresh"
CHOOSE_PROJECT = "home_choose_project"
CHOOSE_NOTIFY = "home_choose_notify"
CHOOSE_APPROVALS = "home_choose_approvals"

#: https://docs.slack.dev/reference/block-kit/composition-objects/option-object
OPTION_CHARACTERS = 75

#: So many locked projects are named: the lists and questions leave room for some 15 blocks more.
MOST_LOCKS = 5

STYLES: Mapping[NotifyStyle, str] = {
    NotifyStyle.THREAD: "Mention me in the thread",
    NotifyStyle.DIRECT: "Also send me a direct message",
    NotifyStyle.FAILURES: "Mention me only for failures",
}


ASKED: Mapping[ApprovalNotice, str] = {
    ApprovalNotice.THREAD: "Mention me in the thread",
    ApprovalNotice.DIRECT: "Send me a direct message",
}

#: The menus' labels and descriptions.
CHOICES: Mapping[str, tuple[str, str]] = {
    CHOOSE_PROJECT: ("Project", "Used when a run names no project"),
    CHOOSE_NOTIFY: ("Notifications", "How I am notified when my runs end"),
    CHOOSE_APPROVALS: ("Approvals", "How I am asked to approve other people's runs"),
}


@dataclass(frozen=True, kw_only=True)
class Home:
    """The content of a person's Home."""

    now: datetime
    running: HomePage
    recent: HomePage
    team: HomePage | None  #: None: hidden from this person
    projects: Sequence[str]
    project: str  #: used when a run names none
    notify: NotifyStyle
    lost_project: str = ""  #: the one that was chosen, but is no longer available
    may_run: bool = True  #: something, somewhere
    missing: str = ""  #: mrkdwn: which permission is missing, and who can help
    locks: Sequence[ProjectLock] = ()
    waiting: Sequence[Run] = ()  #: for the person's decision, those first that expire first
    approvals: ApprovalNotice | None = None  #: None: the person approves nothing


def home_view(home: Home) -> dict[str, Any]:
    """Return the view."""
    is_new = not home.running.total and not home.recent.total
    run_sql = [_primary("Run SQL", WRITE_SQL)] if home.may_run else []
    blocks = [
        {"type": "header", "text": b.plain_text("MaxCompute runs")},
        b.section(_counts(home)),
        b.actions(
            [*run_sql, b.button("Refresh", action_id=REFRESH, value="-")], block_id=b.BUTTONS
        ),
    ]
    blocks += [b.section(home.missing)] if home.missing else []
    blocks += _locks(home.locks)
    if is_new and home.may_run:
        blocks.append(b.section(_first_steps()))
    blocks += waiting_list(home.waiting)
    lists = {HomeList.RUNNING: home.running, HomeList.RECENT: home.recent, HomeList.TEAM: home.team}
    for name, page in lists.items():
        blocks += run_list(name, page, home.now) if page else []
    return {"type": "home", "blocks": [*blocks, *_defaults(home), _freshness(home)]}


def plain_home(home: Home) -> dict[str, Any]:
    """Return the view without lists and menus, for where Slack rejects them."""
    words = f"{_counts(home)}\n`/odps status` lists your runs in a channel."
    return {"type": "home", "blocks": [b.section(words), _freshness(home)]}


def _counts(home: Home) -> str:
    pages = {"yours": home.running, "of the rest of the team": home.team}
    counts = [f"*{page.total_in_words}* {whose}" for whose, page in pages.items() if page]
    is_any = any(page.total for page in pages.values() if page)
    return f"Active runs: {' · '.join(counts)}." if is_any else "No active runs."


def _locks(locks: Sequence[ProjectLock]) -> list[b.Block]:
    blocks = [b.section(lock_line(lock)) for lock in locks[:MOST_LOCKS]]
    if left := len(locks) - len(blocks):
        blocks.append(
            b.context(f"and {left:,} more locked {'project' if left == 1 else 'projects'}.")
        )
    return blocks


def _first_steps() -> str:
    return (
        ":wave: You haven't run anything yet. Type `/odps run select 1` in a channel that I'm a"
        " member of, or press *Run SQL* above. I post a card there and keep it up to date."
    )


def _freshness(home: Home) -> b.Block:
    return b.context(f"As of {t.clock_time(home.now)}. Progress can be a little older.")


def _defaults(home: Home) -> list[b.Block]:
    names = list(dict.fromkeys([home.project, *home.projects]))[:MENU_CHOICES]
    projects = {name: name for name in sorted(names, key=[*home.projects, home.project].index)}
    styles = {style.value: label for style, label in STYLES.items()}
    blocks = [
        {"type": "divider"},
        b.section("*My defaults*"),
        _choice(CHOOSE_PROJECT, projects, home.project),
        _choice(CHOOSE_NOTIFY, styles, home.notify.value),
    ]
    if home.approvals is not None:
        ways = {notice.value: label for notice, label in ASKED.items()}
        blocks.append(_choice(CHOOSE_APPROVALS, ways, home.approvals.value))
    if home.lost_project:
        lost, now = t.code(home.lost_project), t.code(home.project)
        words = f":warning: Your default project {lost} is no longer available: runs use {now}."
        blocks.insert(3, b.context(words))
    return blocks


def _choice(action_id: str, choices: Mapping[str, str], chosen: str) -> b.Block:
    options = {value: _option(label, value) for value, label in choices.items()}
    name, meaning = CHOICES[action_id]
    select = {
        "type": "static_select",
        "placeholder": b.plain_text(name),
        "action_id": action_id,
        "options": list(options.values()),
        "initial_option": options[chosen],
    }
    # Slack keeps a person's selection in a block with the same id, even if it changed elsewhere.
    block_id = f"{action_id}:{chosen}"[:255]
    return b.section_with(select, f"*{name}*\n{meaning}", block_id=block_id)


def _option(label: str, value: str) -> b.Block:
    return {"text": b.plain_text(label[:OPTION_CHARACTERS]), "value": value}


def _primary(label: str, action_id: str) -> b.Block:
    return b.button(label, action_id=action_id, value="-") | {"style": "primary"}
