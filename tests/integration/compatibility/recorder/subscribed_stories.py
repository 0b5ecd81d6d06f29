"""What 0802ac0 leaves behind of subscriptions, and of everything else that is not a run."""

from base64 import urlsafe_b64encode
from datetime import timedelta

from ended_stories import BY_NAME, DEAR, NO_PERMISSION
from odps_bot.commands.mute_notice import mute
from odps_bot.commands.order import Order
from odps_bot.commands.run_form import run_form
from odps_bot.installations import Installations, Seal, States
from odps_bot.listeners.heard import Heard
from odps_bot.outbox.refused_forms import RefusedForms
from odps_bot.runs.preferences import NotifyStyle
from recording_world import ALICE, BOB, CHANNEL, OTHER_CHANNEL, TEAM, World
from slack_sdk.oauth.installation_store import Installation
from workers.pulse import notice_loss
from workers.refresh_memberships import refresh
from workers.watch_project import sweep

from odps_bot.messages import answers
from odps_bot.sandbox.maxcompute import http_error

PROJECT = "analytics"
ABOUT, ABOUT_OTHER = f"{PROJECT} {TEAM} {CHANNEL}", f"{PROJECT} {TEAM} {OTHER_CHANNEL}"

#: Opens the installation of the recording; it guards nothing.
ENCRYPTION_KEY = urlsafe_b64encode(b"a key for the recording, no more").decode()


def subscribe(world: World) -> None:
    """Let two channels subscribe, and something run for long."""
    world.say(f"subscribe {PROJECT} failures")
    world.say(f"subscribe {PROJECT} all 45m", channel_id=OTHER_CHANNEL)
    world.deliver()
    with world.tempo.of(running_s=360_000):
        world.colleague.run_sql("select count(*) as forever from sandbox.customers")
        _hear(world)


def hear_failures(world: World) -> None:
    """Tell of two groups of failures, one repeated and one muted."""
    for table in ("no_such_table", "no_such_table", "never_there"):
        _end(world, f"select * from {table}")
        _hear(world)
        world.clock.push(minutes=2)
    _end(world, "select 1 as one")
    _hear(world)
    board = world.services.notices.board(ABOUT)
    key = next(g.key for p in board.posts for g in p.groups if "never_there" in g.latest.error)
    mute(f"{PROJECT} {key}", world.click(by=ALICE), world.services)
    world.deliver()


def pause(world: World) -> None:
    """Fail to tell a channel of something, and tell the owner of its subscription."""
    world.slack.kick("analytics")
    _end(world, "select * from never_told")
    _hear(world)


def hear_untold(world: World) -> None:
    """Hear of what nobody tells any more, nor looks at: a repeat, what is muted, and others."""
    for table in ("no_such_table", "never_there", "yet_another"):
        _end(world, f"select * from {table}")
    sweep(PROJECT, world.services)
    forbidden = http_error(403, NO_PERMISSION, content_type="application/xml")
    world.maxcompute.faults.add(forbidden, operation="taskstatus", times=1)
    world.maxcompute.faults.add(http_error(503), operation="taskstatus", times=99)
    for table in ("forbidden", "out_of_reach"):
        _end(world, f"select * from {table}", is_waited_for=False)
    sweep(PROJECT, world.services)
    world.maxcompute.faults.clear()
    # Another wish of the same channel, which the channel does not know of yet.
    world.say("subscribe sandbox slow 2h owner ann")


def _anybodys(world: World) -> str:
    """Return an instance that was not started from Slack."""
    return next(i.id for i in world.maxcompute.instances() if not i.guid)


def _end(world: World, sql: str, *, is_waited_for: bool = True) -> None:
    instance = world.colleague.run_sql(sql)
    if is_waited_for:
        instance.wait_for_completion(interval=timedelta(milliseconds=10), blocking=False)
        return
    while next(i for i in world.maxcompute.instances() if i.id == instance.id).ended_at is None:
        pass


def _hear(world: World) -> None:
    sweep(PROJECT, world.services)
    world.deliver()


def choose(world: World) -> None:
    """Leave what people choose, lock and open."""
    services = world.services
    services.preferences.choose_project(TEAM, BOB, "analytics")
    services.preferences.choose_notify(TEAM, BOB, NotifyStyle.DIRECT)
    world.say("lock archive the year's books are closed", by=BOB)
    refresh(services)
    notice_loss(None, services)
    seal = Seal([ENCRYPTION_KEY])
    installations = Installations(world.redis, seal, allowed=["E0ACME"])
    installations.save(
        Installation(
            user_id="U0DANA",
            enterprise_id="E0ACME",
            is_enterprise_install=True,
            bot_token="xoxb-no-token",
        )
    )
    installations.of_workspace("T0ACMECORP", enterprise_id="E0ACME")
    States(world.redis).issue()
    RefusedForms(world.redis).remember("plan")


def ask_questions(world: World, *, succeeded: str, failed: str, written: str) -> dict[str, str]:
    """Leave questions and answers that nobody has given yet; return their ids."""
    services = world.services
    asked = {
        "status": f"status --project {PROJECT} {_anybodys(world)}",
        "logview": f"logview {succeeded}",
        "list": f"list project {PROJECT}",
        "cost": f"cost {BY_NAME}",
    }
    ids = {}
    for name, typed in asked.items():
        request, _ = world.say(typed)
        ids[name] = request.ask_id
    for name in (succeeded, failed):
        run = services.runs.find(TEAM, name)
        request = world.click(by=BOB, thread_ts=run.card_ts)
        services.private_answers.remember_address(request.ask_id, request.address)
        message = answers.plain(f"An answer about {name}, in the words of the recording.")
        services.private_answers.give(request.ask_id, message)
        ids[f"answer about {name}"] = request.ask_id
    # A statement that changes something is not repeated without a question.
    request, _ = world.say(f"rerun {written}", by=BOB)
    ids["rerun"] = request.ask_id
    Heard(world.redis).finish(request.ask_id)
    run_form(world.request(by=ALICE), services, order=Order(sql=DEAR + " -- " + "x" * 4_000))
    return ids
