"""The adapter to Slack's Web API and response_urls: its exceptions and refusals end here."""

from http.client import HTTPException

from slack_sdk import WebClient

from odps_bot.messages import Message
from odps_bot.slack.api.bounded_http import BoundedWebhook
from odps_bot.slack.api.calls import NO_OBJECT, call, response_url_error, unreachable
from odps_bot.slack.api.response_urls import METHOD, check_response_url
from odps_bot.slack.api.responses import text_at
from odps_bot.slack.time_limit import check_time

#: The metadata by which a message of ours is found again.
METADATA_TYPE = "odps_bot_run"


#: There is another way to the person.
RESPOND_TIMEOUT_S = 3


class SlackMessages:
    """What we do with messages, over slack_sdk. One try a call: the outbox repeats.

    All methods raise SlackError and nothing else.
    """

    def __init__(self, client: WebClient) -> None:
        self._client = client

    def post(
        self, channel_id: str, message: Message, *, thread_ts: str | None, label: dict[str, str]
    ) -> str:
        """Post a message, findable by `label`, and return its ts."""
        method = "chat.postMessage"
        answer = call(
            self._client,
            method,
            {
                "channel": channel_id,
                "metadata": {"event_type": METADATA_TYPE, "event_payload": label},
                "unfurl_links": False,
                "unfurl_media": False,
                **({"thread_ts": thread_ts} if thread_ts else {}),
                **message.as_arguments(),
            },
        )
        return text_at(answer, "ts", method=method)

    def update(self, channel_id: str, message_ts: str, message: Message) -> None:
        """Replace the message."""
        call(
            self._client,
            "chat.update",
            {"channel": channel_id, "ts": message_ts, **message.as_replacement()},
        )

    def permalink(self, channel_id: str, message_ts: str) -> str:
        """Return the address of a message."""
        method, where = "chat.getPermalink", {"channel": channel_id, "message_ts": message_ts}
        return text_at(call(self._client, method, where, form=True), "permalink", method=method)

    def post_ephemeral(
        self, channel_id: str, user_id: str, message: Message, *, thread_ts: str | None = None
    ) -> None:
        """Say something only this member of the channel sees."""
        call(
            self._client,
            "chat.postEphemeral",
            {
                "channel": channel_id,
                "user": user_id,
                **({"thread_ts": thread_ts} if thread_ts else {}),
                **message.as_arguments(),
            },
        )

    def respond(self, response_url: str, message: Message, *, replaces: bool = False) -> None:
        """Reply privately, where the person asked; or replace what they clicked, for all viewers.

        Raises PlaceError, too, for an address that is not Slack's: nothing is sent there.
        """
        check_response_url(response_url, api_url=self._client.base_url)
        check_time(METHOD)
        hook = BoundedWebhook(response_url, timeout=RESPOND_TIMEOUT_S, retry_handlers=[])
        body = {
            "replace_original": replaces,
            **(
                message.as_replacement()
                if replaces
                else {"response_type": "ephemeral", **message.as_arguments()}
            ),
        }
        try:
            response = hook.send_dict(body)
        except (OSError, HTTPException, *NO_OBJECT) as error:
            raise unreachable(METHOD, error) from error
        refusal = response_url_error(response.status_code, response.body, response.headers)
        if refusal is not None:
            raise refusal
