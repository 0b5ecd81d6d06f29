"""The button *Mute 1 h* of a notice: a channel hears no repeats of it for a while."""

import re
from functools import partial

from odps_bot import noticing
from odps_bot.commands.request import Answer, Request
from odps_bot.errors import CommandError
from odps_bot.messages import notices
from odps_bot.outbox import EntryKind
from odps_bot.permission import demand
from odps_bot.policy.standing import Deed
from odps_bot.services import Services

_VALUE = re.compile(r"(?P<project>\S{1,200}) (?P<key>[0-9a-f]{16})")


def mute(value: str, request: Request, services: Services) -> Answer:
    """Mute the group that the button names, in the channel where it was clicked."""
    named = _VALUE.fullmatch(value)
    if named is None:
        raise CommandError("I cannot read this button. Nothing was changed.")
    project = named["project"]
    demand(request, services, Deed.SUBSCRIBE, project=project)
    found = services.subscriptions.find(project, request.team_id, request.channel_id)
    if found is None:
        raise CommandError("This channel is no longer subscribed to it: there is nothing to mute.")
    now = services.clock()
    muted = partial(noticing.muted, key=named["key"], user_id=request.user_id, now=now)
    services.notices.change(found.about, muted)
    services.outbox.put(EntryKind.NOTICE, found.about)
    services.jobs.deliver()
    return notices.mute_noted(noticing.MUTE_SPAN, now + noticing.MUTE_SPAN)
