"""Messages that people forward: Slack shows them as attachments of a new message."""

from typing import Any

from odps_bot.sandbox.slack.entities import Channel, Person, Team
from odps_bot.sandbox.slack.message_log import Message, is_reply

_COLOR = "D0D0D0"
_LONGEST_FALLBACK = 400


def forwarded(
    message: Message, *, author: Person | None, channel: Channel, team: Team, permalink: str
) -> dict[str, Any]:
    """Return the attachment of a forwarded message, with the blocks it was written with."""
    author_team = author.team if author else team
    name = author.real_name if author else "Slack"
    place = f"#{channel.name}" if channel.kind != "im" else "Direct message"
    attachment = {
        "id": 1,
        "ts": message["ts"],
        "author_id": message["user"],
        "author_name": name,
        "author_subname": author.name if author else "slackbot",
        "author_link": f"https://{author_team.domain}.slack.com/team/{message['user']}",
        "channel_id": channel.id,
        "channel_team": team.id,
        "is_msg_unfurl": True,
        "is_share": True,
        "message_blocks": [
            {
                "team": message.get("team", team.id),
                "channel": channel.id,
                "ts": message["ts"],
                "message": {"blocks": message.get("blocks", [])},
            }
        ],
        "text": message["text"],
        "fallback": f"[{place}] {name}: {message['text'][:_LONGEST_FALLBACK]}",
        "color": _COLOR,
        "from_url": permalink,
        "original_url": permalink,
        "mrkdwn_in": ["text"],
        "footer": f"From a thread in {place}" if is_reply(message) else f"Posted in {place}",
    }
    files = message.get("files")
    return attachment | ({"files": files} if files else {})
