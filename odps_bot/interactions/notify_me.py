"""The button *Notify me*: the reply at the end of a run mentions the person who clicked it."""

import contextlib
from functools import partial

import msgspec
from redis.exceptions import RedisError

from odps_bot.authorization import require_permission
from odps_bot.errors import CommandError
from odps_bot.input.request import Answer, Request
from odps_bot.messages import Message
from odps_bot.messages.modals.run_modal import MOST_NOTIFIED
from odps_bot.messages.run.states import state_in_words
from odps_bot.messages.run_link import run_link
from odps_bot.policy.effective_role import Permission
from odps_bot.runs import Change, Run
from odps_bot.services import Services
from odps_bot.store.notification_kind import NotificationKind


def notify_me(run: Run, request: Request, services: Services) -> Answer:
    """Mention the person at the end of the run; safe to repeat."""
    require_permission(request, services, Permission.SEE)
    if request.user_id == run.user_id:
        return Message(
            f":bell: Run {run_link(run)} is yours, so you will be mentioned when it ends anyway."
        )

    event = partial(_with_person, user_id=request.user_id)
    if services.stores.runs.apply(run.run_id, event) is None:
        return _as_before(services.stores.runs.get(run.run_id) or run, request)
    # The change is stored: the reconciler enqueues the delivery if that fails here.
    with contextlib.suppress(RedisError):
        services.jobs.deliver()
    return Message(f":bell: You will be mentioned when run {run_link(run)} ends.")


def _with_person(run: Run, *, user_id: str) -> Change | None:
    is_full = 1 + len(run.notify) >= MOST_NOTIFIED
    if run.is_final or user_id in run.notify or is_full:
        return None
    notified = msgspec.structs.replace(run, notify=(*run.notify, user_id))
    return Change(run=notified, notifications=(NotificationKind.CARD,))


def _as_before(run: Run, request: Request) -> Answer:
    if run.is_final:
        return Message(f"Run {run_link(run)} has already ended: {state_in_words(run)}.")
    if request.user_id in run.notify:
        return Message(f":bell: You will already be mentioned when run {run_link(run)} ends.")
    raise CommandError(
        f"Run {run_link(run)} already notifies {len(run.notify)} people, which is the limit."
        " Nothing was changed. Its thread will show how it ends."
    )
