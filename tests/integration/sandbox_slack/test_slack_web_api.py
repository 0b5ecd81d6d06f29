"""The rest of the Web API through the real SDK: scopes, rate limits, faults, files, views."""

import json
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    RateLimitErrorRetryHandler,
    ServerErrorRetryHandler,
)

from odps_bot.sandbox.slack import SlackApp, SlackSandbox

DATA_ENG = "C0DATAENG1"


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(SlackApiError) as error:
        call()
    return str(error.value.response["error"])


def post(slack: SlackSandbox, method: str, body: bytes, content_type: str) -> dict[str, Any]:
    request = urllib.request.Request(
        slack.api_url + method,
        data=body,
        headers={"Content-Type": content_type, "Authorization": f"Bearer {slack.bot_token}"},
    )
    with urllib.request.urlopen(request) as response:
        return json.loads(response.read())  # type: ignore[no-any-return]


def test_auth_test_identifies_the_token(slack: SlackSandbox, client: WebClient) -> None:
    answer = client.auth_test()

    assert (answer["team_id"], answer["user_id"]) == ("T0SANDBOX1", "U0ODPSBOT")
    assert (answer["bot_id"], answer["user"]) == ("B0ODPSBOT", "odps")
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


def test_bot_and_app_tokens_are_distinguished(slack: SlackSandbox, client: WebClient) -> None:
    def with_token(token: str | None) -> WebClient:
        return WebClient(token, base_url=slack.api_url)

    assert refused(with_token(None).auth_test) == "not_authed"
    assert refused(with_token("xoxb-wrong").auth_test) == "invalid_auth"
    assert refused(with_token(slack.app_token).auth_test) == "not_allowed_token_type"
    wrong_kind = lambda: client.apps_connections_open(app_token=slack.bot_token)  # noqa: E731
    assert refused(wrong_kind) == "not_allowed_token_type"
    assert client.apps_connections_open(app_token=slack.app_token)["url"].startswith("ws://127.0.0")


def test_a_missing_scope_is_named(make_slack: Callable[..., SlackSandbox]) -> None:
    slack = make_slack(app=SlackApp(scopes=("commands", "chat:write")))
    client = WebClient(slack.bot_token, base_url=slack.api_url)

    with pytest.raises(SlackApiError) as error:
        client.users_info(user="U0ALICE")
    with pytest.raises(SlackApiError) as history:
        client.conversations_history(channel=DATA_ENG)

    assert error.value.response.data == {
        "ok": False,
        "error": "missing_scope",
        "needed": "users:read",
        "provided": "commands,chat:write",
    }
    assert history.value.response["needed"] == "channels:history"


def test_bodies_can_be_json_or_forms(slack: SlackSandbox) -> None:
    blocks = json.dumps([{"type": "divider"}])
    form = f"channel={DATA_ENG}&text=a%26b&blocks={quote(blocks)}"

    answer = post(slack, "chat.postMessage", form.encode(), "application/x-www-form-urlencoded")
    empty = post(slack, "auth.test", b"", "application/json")
    broken = post(slack, "auth.test", b"{", "application/json")
    unknown = post(slack, "chat.shout", b"{}", "application/json;charset=utf-8")

    assert answer["message"]["text"] == "a&b"
    assert answer["message"]["blocks"][0]["type"] == "divider"
    assert empty["ok"] is True
    assert broken["error"] == "invalid_json"
    assert unknown["error"] == "unknown_method"


def test_posts_above_a_short_burst_are_refused_with_retry_after(
    slack: SlackSandbox, client: WebClient
) -> None:
    slack.set_limits(is_enabled=True)
    for _ in range(5):
        client.chat_postMessage(channel=DATA_ENG, text="a")

    with pytest.raises(SlackApiError) as error:
        client.chat_postMessage(channel="#data-eng", text="a")

    assert error.value.response.status_code == 429
    assert error.value.response.headers["Retry-After"] == "1"
    assert error.value.response["error"] == "ratelimited"
    assert client.chat_postMessage(channel="#analytics", text="a")["ok"]


def test_the_sdk_honours_retry_after(slack: SlackSandbox, client: WebClient) -> None:
    client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=1))
    slack.faults.add(method="chat.postMessage", kind="ratelimited", retry_after=0)

    assert client.chat_postMessage(channel=DATA_ENG, text="a")["ok"]
    assert [entry["http_status"] for entry in slack.traffic()] == [429, 200]


def test_a_server_error_is_retried_by_the_sdk(slack: SlackSandbox, client: WebClient) -> None:
    client.retry_handlers = [ServerErrorRetryHandler(max_retry_count=1)]
    slack.faults.add(method="chat.postMessage", kind="http_500")

    assert client.chat_postMessage(channel=DATA_ENG, text="a")["ok"]
    assert len(slack.messages(DATA_ENG)) == 1


def test_a_connection_lost_after_the_work_makes_the_sdk_post_twice(
    slack: SlackSandbox, client: WebClient
) -> None:
    client.retry_handlers = [ConnectionErrorRetryHandler(max_retry_count=1)]
    slack.faults.add(method="chat.postMessage", kind="drop_after")

    client.chat_postMessage(channel=DATA_ENG, text="a")

    assert [message["text"] for message in slack.messages(DATA_ENG)] == ["a", "a"]


def test_a_connection_lost_before_the_work_leaves_nothing(
    slack: SlackSandbox, client: WebClient
) -> None:
    client.retry_handlers = []
    slack.faults.add(method="chat.postMessage", kind="drop_before")

    with pytest.raises(OSError):  # noqa: PT011  -- which one is the platform's choice
        client.chat_postMessage(channel=DATA_ENG, text="a")

    assert slack.messages(DATA_ENG) == []


def test_a_call_that_hangs_is_carried_out_later(slack: SlackSandbox) -> None:
    client = WebClient(slack.bot_token, base_url=slack.api_url, timeout=1)
    client.retry_handlers = []
    slack.faults.add(method="chat.postMessage", kind="hang", seconds=1.3)

    with pytest.raises(TimeoutError):
        client.chat_postMessage(channel=DATA_ENG, text="a")

    slack.wait_until(lambda: slack.messages(DATA_ENG), timeout=timedelta(seconds=5))


def test_a_planned_error_is_returned(slack: SlackSandbox, client: WebClient) -> None:
    slack.faults.add(method="*", kind="error", code="fatal_error")

    assert refused(client.auth_test) == "fatal_error"
    assert client.auth_test()["ok"]


def test_a_refused_block_type_is_refused_at_any_depth(
    slack: SlackSandbox, client: WebClient
) -> None:
    slack.faults.refuse_blocks("divider", code="invalid_attachments")
    folded = {
        "type": "container",
        "title": {"type": "plain_text", "text": "more"},
        "child_blocks": [{"type": "divider"}],
    }
    words = {"type": "section", "text": {"type": "plain_text", "text": "words"}}

    def post(*blocks: dict[str, Any]) -> Any:
        return client.chat_postMessage(channel=DATA_ENG, text="a", blocks=list(blocks))

    for _ in range(3):
        assert refused(lambda: post(words, {"type": "divider"})) == "invalid_attachments"
    assert refused(lambda: post(folded)) == "invalid_attachments"
    assert post(words)["ok"]
    assert client.chat_postMessage(channel=DATA_ENG, text="divider")["ok"]


def test_a_file_is_uploaded_and_shared_in_a_thread(slack: SlackSandbox, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=DATA_ENG, text="card")["ts"]

    answer = client.files_upload_v2(
        channel=DATA_ENG,
        thread_ts=ts,
        filename="result.csv",
        content="id,n\r\n1,数\r\n",
        title="All rows",
        initial_comment="2 rows",
    )

    (file,) = slack.files()
    (reply,) = slack.thread(DATA_ENG, ts)
    assert answer["file"]["id"] == file["id"]
    assert (file["name"], file["title"]) == ("result.csv", "All rows")
    assert file["content"] == "id,n\r\n1,数\r\n".encode()
    assert (reply["text"], reply["files"][0]["size"]) == ("2 rows", 13)
    with urllib.request.urlopen(f"{file['url_private_download']}?user=U0BOB") as response:
        assert response.read() == file["content"]
        assert response.headers["Content-Disposition"] == 'attachment; filename="result.csv"'
    assert client.files_info(file=file["id"])["file"]["mimetype"] == "text/csv"


def test_invalid_uploads_are_refused(slack: SlackSandbox, client: WebClient) -> None:
    announced = client.files_getUploadURLExternal(filename="a", length=3)
    not_sent = [{"id": announced["file_id"], "title": "a"}]

    assert refused(lambda: client.files_getUploadURLExternal(filename="a", length=0)) == (
        "missing_argument"
    )
    assert refused(
        lambda: client.files_getUploadURLExternal(
            filename="a", length=1_000_001, snippet_type="text"
        )
    ) == ("snippet_too_large")
    assert refused(lambda: client.files_completeUploadExternal(files=not_sent)) == "file_not_found"
    assert refused(
        lambda: client.files_upload_v2(channel="C0RANDOM01", filename="a", content="a")
    ) == ("not_in_channel")
    assert slack.files() == []


def test_conversations_info_describes_channels(client: WebClient) -> None:
    public = client.conversations_info(channel="C0RANDOM01", include_num_members=True)["channel"]
    direct = client.conversations_open(users="U0CAROL", return_im=True)["channel"]

    assert (public["name"], public["is_member"], public["num_members"]) == ("random", False, 3)
    assert (direct["id"], direct["is_im"], direct["user"]) == ("D0CAROLODPS", True, "U0CAROL")
    assert refused(lambda: client.conversations_info(channel="C0FINANCE1")) == "channel_not_found"
    assert "U0ALICE" in client.conversations_members(channel=DATA_ENG)["members"]


def test_the_bot_can_join_public_channels(slack: SlackSandbox, client: WebClient) -> None:
    answer = client.conversations_join(channel="C0RANDOM01")

    assert answer["channel"]["is_member"] is True
    assert client.conversations_join(channel="C0RANDOM01")["warning"] == "already_in_channel"
    assert client.chat_postMessage(channel="C0RANDOM01", text="a")["ok"]


def test_history_is_paged(client: WebClient) -> None:
    for number in range(5):
        client.chat_postMessage(channel=DATA_ENG, text=str(number))

    first = client.conversations_history(channel=DATA_ENG, limit=2)
    has_more = first["has_more"]
    pages = [page["messages"] for page in first]

    assert has_more is True
    assert [[message["text"] for message in page] for page in pages] == [
        ["4", "3"],
        ["2", "1"],
        ["0"],
    ]


def test_a_page_has_as_many_messages_as_slack_gives_the_app(
    make_slack: Callable[..., SlackSandbox],
) -> None:
    slack = make_slack(most_messages=2)
    client = WebClient(slack.bot_token, base_url=slack.api_url)
    ts = client.chat_postMessage(channel=DATA_ENG, text="card")["ts"]
    for number in range(3):
        client.chat_postMessage(channel=DATA_ENG, text=str(number), thread_ts=ts)

    replies = client.conversations_replies(channel=DATA_ENG, ts=ts, limit=1_000)

    pages = [[message["text"] for message in page["messages"]] for page in replies]
    assert pages == [["card", "0"], ["1", "2"]]


def test_history_can_be_bounded(client: WebClient) -> None:
    stamps = [client.chat_postMessage(channel=DATA_ENG, text=n)["ts"] for n in ("a", "b", "c")]

    def texts(**bounds: Any) -> list[str]:
        messages = client.conversations_history(channel=DATA_ENG, **bounds)["messages"]
        return [message["text"] for message in messages]

    assert texts(oldest=stamps[0]) == ["c", "b"]
    assert texts(oldest=stamps[0], latest=stamps[2]) == ["b"]
    assert texts(latest=stamps[1], inclusive=True) == ["b", "a"]
    assert refused(lambda: texts(oldest="yesterday")) == "invalid_ts_oldest"
    assert refused(lambda: texts(cursor="?")) == "invalid_cursor"


def test_users_info_describes_a_person(client: WebClient) -> None:
    user = client.users_info(user="U0ALICE")["user"]

    assert (user["tz"], user["tz_offset"]) == ("Asia/Shanghai", 8 * 3600)
    assert refused(lambda: client.users_info(user="U0NOBODY")) == "user_not_found"


def test_a_reaction_is_added_once(slack: SlackSandbox, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=DATA_ENG, text="a")["ts"]

    client.reactions_add(channel=DATA_ENG, timestamp=ts, name="eyes")

    (message,) = slack.messages(DATA_ENG)
    assert message["reactions"] == [{"name": "eyes", "users": ["U0ODPSBOT"], "count": 1}]
    again = lambda: client.reactions_add(channel=DATA_ENG, timestamp=ts, name="eyes")  # noqa: E731
    assert refused(again) == "already_reacted"


def test_blocks_can_be_validated_without_a_token(slack: SlackSandbox) -> None:
    client = WebClient(base_url=slack.api_url)

    assert client.blocks_validate(blocks=[{"type": "divider"}])["ok"]
    with pytest.raises(SlackApiError) as error:
        client.blocks_validate(blocks=[{"type": "header"}])
    assert error.value.response["errors"] == [
        {
            "code": "missing_required_field",
            "message": "missing required field: text",
            "pointer": "/blocks/0",
        }
    ]


def test_a_home_tab_is_published(client: WebClient) -> None:
    answer = client.views_publish(user_id="U0ALICE", view={"type": "home", "blocks": []})

    again = client.views_publish(
        user_id="U0ALICE",
        view={"type": "home", "blocks": [{"type": "divider"}]},
        hash=answer["view"]["hash"],
    )

    assert again["view"]["id"] == answer["view"]["id"]
    stale = {"type": "home", "blocks": []}
    assert refused(
        lambda: client.views_publish(user_id="U0ALICE", view=stale, hash=answer["view"]["hash"])
    ) == ("hash_conflict")
