"""Publish a person's App Home, from the records only: MaxCompute is not asked."""

from datetime import timedelta
from functools import cache, partial

from odps_bot.authorization import ChannelMember, effective_role, is_named_approver
from odps_bot.config.rules import Channel
from odps_bot.messages.denials import ask_for_help, what_is_missing
from odps_bot.messages.home.app_home import Home, home_view, plain_home
from odps_bot.messages.home.run_lists import HomePage, ListedRun, home_page
from odps_bot.policy.effective_role import NEEDED, EffectiveRole, Permission
from odps_bot.runs import Run
from odps_bot.services import Services
from odps_bot.slack.errors import SlackError
from odps_bot.store.homes import HomeList, OpenHome
from odps_bot.store.notification_kind import NotificationKind
from workers.delivery.waiting import waiting_for

#: What Homes that changed by themselves leave to those that somebody waits for.
RESERVE_OF_AWAITED = 10

#: Whoever has clicked waits for so long.
AWAITED_FOR = timedelta(seconds=30)

#: How many of a person's newest runs are listed, and of the team's that go on.
MY_RUNS = 50
TEAM_RUNS = 300

#: In the App Home there is none.
NO_CHANNEL = ""


def home_changed(run: Run, services: Services) -> None:
    """Have the Home of the run's requester published if it may be open: the run has changed."""
    if services.stores.homes.is_open(run.team_id, run.user_id):
        enqueue_home(run, services)


def enqueue_home(run: Run, services: Services) -> None:
    """Have the Home of the run's requester published."""
    services.stores.outbox.enqueue(NotificationKind.HOME, f"{run.team_id} {run.user_id}")


def deliver_home(subject_id: str, services: Services) -> timedelta | None:
    """Publish the Home that `subject_id` names (team and user id), unless it was closed long ago.

    Returns when to try again, or None when it is published. Raises SlackError. Safe to run twice:
    whoever was overtaken finds the entry put once more, and publishes what is true then.
    """
    team_id, _, user_id = subject_id.partition(" ")
    opened = services.stores.homes.get(team_id, user_id)
    if opened is None:
        return None
    wait = services.stores.homes.take_turn(team_id, user_id)
    if wait is not None:
        return wait
    is_awaited = services.clock() - opened.acted_at < AWAITED_FOR
    # Made when it is its turn: Slack may let nobody publish for a while.
    home = cache(partial(home_of, team_id, user_id, opened, services))
    try:
        services.slack.gateway.publish_home(
            user_id,
            [lambda: home_view(home()), lambda: plain_home(home())],
            reserve=0 if is_awaited else RESERVE_OF_AWAITED,
        )
    except SlackError:
        services.stores.homes.free_turn(team_id, user_id)
        raise
    return None


def home_of(team_id: str, user_id: str, opened: OpenHome, services: Services) -> Home:
    """Return what the person's Home is to show now."""
    me = ChannelMember(user_id=user_id, channel_id=NO_CHANNEL)
    effective = effective_role(me, services)
    # Where it runs is chosen later: what that channel allows is asked then.
    may_run = effective.personal.includes(NEEDED[Permission.READ])
    may_see = effective.allows(Permission.SEE)
    may_stop_others = effective.allows(Permission.STOP_OTHERS)
    is_named = is_named_approver(user_id, services)
    recent = services.stores.runs.recent(team_id, user_id, limit=MY_RUNS)
    team = services.stores.runs.open_runs(team_id, limit=TEAM_RUNS)
    mine = {run.run_id: run for run in (*recent, *team) if run.user_id == user_id}
    going = [run for run in mine.values() if not run.is_final]
    going.sort(key=lambda run: run.requested_at, reverse=True)
    over = [run for run in recent if run.user_id == user_id and run.is_final]
    others = [run for run in team if run.user_id != user_id]

    def page(name: HomeList, runs: list[Run], *, is_total_known: bool = True) -> HomePage:
        listed = [
            ListedRun(
                run=run,
                is_sql_visible=run.run_id in mine,
                may_stop=run.run_id in mine and _is_stoppable(run, may_stop_others=may_stop_others),
                may_see=may_see,
                may_repeat=may_run,
            )
            for run in runs
        ]
        number = opened.pages.get(name, 0)
        return home_page(listed, number=number, is_total_known=is_total_known)

    preferences = services.stores.preferences.get(team_id, user_id)
    allowed = services.settings.projects
    is_known = len(team) < TEAM_RUNS
    return Home(
        now=services.clock(),
        running=page(HomeList.RUNNING, going, is_total_known=is_known),
        recent=page(HomeList.RECENT, over),
        team=page(HomeList.TEAM, others, is_total_known=is_known) if may_see else None,
        projects=allowed,
        project=preferences.project_among(allowed),
        notify=preferences.notify,
        lost_project=preferences.lost_project(allowed),
        may_run=may_run,
        missing="" if may_run else _missing(user_id, effective, services),
        locks=services.stores.locks.all() if may_see else (),
        waiting=waiting_for(team_id, user_id, team, services),
        approvals=preferences.approvals if is_named else None,
    )


def _is_stoppable(run: Run, *, may_stop_others: bool) -> bool:
    """Return whether its requester can stop the run; an instance that was there isn't theirs."""
    return run.query_id is None and (run.tracked_instance_id is None or may_stop_others)


def _missing(user_id: str, effective: EffectiveRole, services: Services) -> str:
    """Return why the person may run nothing, wherever, and who can help."""
    anywhere = EffectiveRole(personal=effective.personal, channel=Channel())
    denial = anywhere.denial(Permission.READ)
    why = what_is_missing(denial, channel=anywhere.channel) if denial else ""
    return f"{why} {ask_for_help(services.rules.contact, user_id=user_id)}"
