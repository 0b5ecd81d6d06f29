"""The methods of the sandbox's Web API: caller, rate limit and handler."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from odps_bot.sandbox.slack.rate_limits import SPECIAL, TIER_2, TIER_3, TIER_4, Rate
from odps_bot.sandbox.slack.web_api import (
    chat,
    connections,
    conversations,
    files,
    oauth,
    people,
    views,
)
from odps_bot.sandbox.slack.web_api.arguments import Arguments
from odps_bot.sandbox.slack.workspace import Workspace

Handler = Callable[[Workspace, Arguments], Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Method:
    """A Web API method; its handler checks scopes that depend on the kind of channel."""

    handler: Handler
    rate: Rate | None  #: None: per channel, like chat.postMessage
    caller: Literal["bot", "app", "anybody"] = "bot"
    scope: str = ""


METHODS: Mapping[str, Method] = {
    "api.test": Method(handler=people.echo, rate=TIER_4, caller="anybody"),
    "apps.connections.open": Method(handler=connections.open_connection, rate=TIER_3, caller="app"),
    "apps.uninstall": Method(handler=oauth.uninstall, rate=TIER_2),
    "auth.test": Method(handler=people.identify, rate=SPECIAL),
    "blocks.validate": Method(handler=connections.validate_blocks, rate=TIER_4, caller="anybody"),
    "chat.delete": Method(handler=chat.delete, rate=TIER_3, scope="chat:write"),
    "chat.getPermalink": Method(handler=chat.get_permalink, rate=SPECIAL),
    "chat.postEphemeral": Method(handler=chat.post_ephemeral, rate=TIER_4, scope="chat:write"),
    "chat.postMessage": Method(handler=chat.post_message, rate=None, scope="chat:write"),
    "chat.update": Method(handler=chat.update, rate=TIER_3, scope="chat:write"),
    "conversations.history": Method(handler=conversations.history, rate=TIER_3),
    "conversations.info": Method(handler=conversations.info, rate=TIER_3),
    "conversations.join": Method(handler=conversations.join, rate=TIER_3),
    "conversations.members": Method(handler=conversations.members, rate=TIER_4),
    "conversations.open": Method(handler=conversations.open_, rate=TIER_3),
    "conversations.replies": Method(handler=conversations.replies, rate=TIER_3),
    "files.completeUploadExternal": Method(
        handler=files.complete_upload, rate=TIER_4, scope="files:write"
    ),
    "files.delete": Method(handler=files.delete, rate=TIER_3, scope="files:write"),
    "files.getUploadURLExternal": Method(
        handler=files.get_upload_url, rate=TIER_4, scope="files:write"
    ),
    "files.info": Method(handler=files.get_file, rate=TIER_4, scope="files:read"),
    "oauth.v2.access": Method(handler=oauth.access, rate=TIER_4, caller="anybody"),
    "reactions.add": Method(handler=people.add_reaction, rate=TIER_3, scope="reactions:write"),
    "usergroups.list": Method(handler=people.list_groups, rate=TIER_2, scope="usergroups:read"),
    "usergroups.users.list": Method(
        handler=people.list_group_members, rate=TIER_2, scope="usergroups:read"
    ),
    "users.conversations": Method(handler=conversations.of_member, rate=TIER_3),
    "users.info": Method(handler=people.get_user, rate=TIER_4, scope="users:read"),
    "views.open": Method(handler=views.open_, rate=TIER_4),
    "views.publish": Method(handler=views.publish, rate=TIER_4),
    "views.push": Method(handler=views.push, rate=TIER_4),
    "views.update": Method(handler=views.update, rate=TIER_4),
}
