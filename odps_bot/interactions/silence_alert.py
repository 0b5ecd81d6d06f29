"""The button *Mute 1 h* of an alert: its repeats are not posted for a while."""

import re
from functools import partial

from odps_bot.alerts import grouping
from odps_bot.authorization import require_permission
from odps_bot.errors import CommandError
from odps_bot.input.request import Answer, Request
from odps_bot.messages import text as t
from odps_bot.messages.alerts import alert
from odps_bot.policy.effective_role import Permission
from odps_bot.services import Services
from odps_bot.store.notification_kind import NotificationKind

_VALUE = re.compile(r"(?P<project>\S{1,200}) (?P<key>[0-9a-f]{16})")


def silence_alert(value: str, request: Request, services: Services) -> Answer:
    """Silence the group that the button names, in the channel where it was clicked."""
    named = _VALUE.fullmatch(value)
    if named is None:
        raise CommandError("This button no longer works. Nothing was changed.")
    project = named["project"]
    require_permission(request, services, Permission.SUBSCRIBE, project=project)
    found = services.stores.subscriptions.find(project, request.team_id, request.channel_id)
    if found is None:
        raise CommandError(
            f"This channel is no longer subscribed to {t.code(project)}. Nothing was changed."
        )
    now = services.clock()
    silence = partial(grouping.silence_group, key=named["key"], user_id=request.user_id, now=now)
    services.stores.digests.change(found.id, silence)
    services.stores.outbox.enqueue(NotificationKind.ALERT, found.id)
    services.jobs.deliver()
    return alert.silence_noted(grouping.SILENCE_DURATION, now + grouping.SILENCE_DURATION)
