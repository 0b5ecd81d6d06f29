"""Refused blocks: a planned fault for a block type, and a second table in one message."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from odps_bot.sandbox.slack import SlackSandbox

from .conftest import Link

DATA_ENG = "C0DATAENG1"
TEXT = {"type": "section", "text": {"type": "plain_text", "text": "text"}}
DIVIDER = {"type": "divider"}
CELL = {"type": "raw_text", "text": "a"}
TABLE = {"type": "table", "rows": [[CELL]]}
DATA_TABLE = {"type": "data_table", "caption": "rows", "rows": [[CELL], [CELL]]}
Call = Callable[[WebClient, list[dict[str, Any]]], Any]


def error_of(call: Callable[[], Any]) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as error:
        call()
    response = error.value.response.data
    assert isinstance(response, dict)
    return response


def post(client: WebClient, blocks: list[dict[str, Any]]) -> Any:
    return client.chat_postMessage(channel=DATA_ENG, text="a", blocks=blocks)


def post_ephemeral(client: WebClient, blocks: list[dict[str, Any]]) -> Any:
    return client.chat_postEphemeral(channel=DATA_ENG, user="U0BOB", text="a", blocks=blocks)


def update(client: WebClient, blocks: list[dict[str, Any]]) -> Any:
    ts = client.chat_postMessage(channel=DATA_ENG, text="a")["ts"]
    return client.chat_update(channel=DATA_ENG, ts=ts, text="b", blocks=blocks)


def share_file(client: WebClient, blocks: list[dict[str, Any]]) -> Any:
    return client.files_upload_v2(
        channel=DATA_ENG, filename="a.csv", content="a", blocks=json.dumps(blocks)
    )


def publish_home(client: WebClient, blocks: list[dict[str, Any]]) -> Any:
    return client.views_publish(user_id="U0BOB", view={"type": "home", "blocks": blocks})


MESSAGES = [post, post_ephemeral, update, share_file]


@pytest.mark.parametrize("call", [*MESSAGES, publish_home])
def test_blocks_of_a_refused_type_are_refused_by_every_method_that_takes_blocks(
    slack: SlackSandbox, client: WebClient, call: Call
) -> None:
    slack.faults.refuse_blocks("divider", code="a_code_of_next_year")

    for _ in range(2):
        assert error_of(lambda: call(client, [TEXT, DIVIDER]))["error"] == "a_code_of_next_year"
    assert call(client, [TEXT])["ok"]
    slack.faults.clear()
    assert call(client, [TEXT, DIVIDER])["ok"]


def test_modals_with_a_refused_block_are_neither_opened_nor_updated(link: Link) -> None:
    refused: list[str] = []

    def modal(*blocks: dict[str, Any]) -> dict[str, Any]:
        return {"type": "modal", "title": {"type": "plain_text", "text": "SQL"}, "blocks": blocks}

    @link.app.command("/odps")
    def open_modal(ack: Any, body: dict[str, Any], client: WebClient) -> None:
        ack()
        trigger_id = body["trigger_id"]
        refused.append(
            error_of(lambda: client.views_open(trigger_id=trigger_id, view=modal(DIVIDER)))["error"]
        )
        view_id = client.views_open(trigger_id=trigger_id, view=modal(TEXT))["view"]["id"]
        refused.append(
            error_of(lambda: client.views_update(view_id=view_id, view=modal(DIVIDER)))["error"]
        )

    link.connect()
    link.slack.faults.refuse_blocks("divider", code="invalid_arguments")

    link.slack.say("bob", DATA_ENG, "/odps run")

    link.slack.wait_until(lambda: len(refused) == 2)
    (view,) = link.slack.views("bob")
    assert refused == ["invalid_arguments"] * 2
    assert [block["type"] for block in view["blocks"]] == ["section"]


def test_a_response_url_refuses_blocks_in_its_body_and_is_not_used_up(link: Link) -> None:
    urls: list[WebhookClient] = []

    @link.app.command("/odps")
    def note(ack: Any, body: dict[str, Any]) -> None:
        ack()
        urls.append(WebhookClient(body["response_url"]))

    link.connect()
    link.slack.say("bob", DATA_ENG, "/odps help")
    link.slack.faults.refuse_blocks("divider", code="invalid_attachments")

    (url,) = urls
    for _ in range(6):
        response = url.send(text="a", blocks=[DIVIDER])
        assert response.status_code == 200
        assert json.loads(response.body) == {"ok": False, "error": "invalid_attachments"}
    assert json.loads(url.send(text="a", blocks=[TEXT]).body) == {"ok": True}
    assert [message["text"] for message in link.slack.ephemerals("bob")] == ["a"]


@pytest.mark.parametrize("call", MESSAGES)
@pytest.mark.parametrize("tables", [[TABLE, TABLE], [DATA_TABLE, DATA_TABLE], [TABLE, DATA_TABLE]])
def test_a_second_table_in_one_message_is_refused_as_an_invalid_attachment(
    client: WebClient, call: Call, tables: list[dict[str, Any]]
) -> None:
    response = error_of(lambda: call(client, tables))

    assert response["error"] == "invalid_attachments"
    assert response["errors"] == ["only_one_table_allowed [json-pointer:/blocks]"]
    assert call(client, tables[:1])["ok"]


def test_tables_in_attachments_and_in_a_retained_part_of_a_message_count_too(
    client: WebClient,
) -> None:
    attached = [{"blocks": [TABLE]}]

    ts = client.chat_postMessage(channel=DATA_ENG, text="a", attachments=attached)["ts"]

    def post_both() -> Any:
        return client.chat_postMessage(
            channel=DATA_ENG, text="a", blocks=[DATA_TABLE], attachments=attached
        )

    def update_blocks(**retained: Any) -> Any:
        return client.chat_update(
            channel=DATA_ENG, ts=ts, text="a", blocks=[DATA_TABLE], **retained
        )

    assert error_of(post_both)["error"] == "invalid_attachments"
    assert error_of(update_blocks)["error"] == "invalid_attachments"
    assert update_blocks(attachments=[])["ok"]


@pytest.mark.parametrize("attachment", ["text", {"blocks": "text"}, {"blocks": ["text"]}])
def test_malformed_attachments_are_refused(client: WebClient, attachment: Any) -> None:
    def post() -> Any:
        return client.chat_postMessage(channel=DATA_ENG, text="a", attachments=[attachment])

    assert error_of(post)["error"] == "invalid_attachments"
