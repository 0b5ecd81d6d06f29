"""Files of the bot and of people: sharing, access and deletion."""

import json
import urllib.error
import urllib.request
from http.client import HTTPResponse
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from odps_bot.sandbox.slack import SlackApp, SlackSandbox

from .conftest import Link

DATA_ENG = "C0DATAENG1"
CSV = "id,name\n" + "".join(f"{number},n{number}\n" for number in range(30))


def fetch(url: str, *, token: str | None = None) -> HTTPResponse:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response: HTTPResponse = urllib.request.urlopen(urllib.request.Request(url, headers=headers))
    return response


def test_a_shared_file_becomes_a_reply_with_a_preview(
    slack: SlackSandbox, client: WebClient
) -> None:
    ts = client.chat_postMessage(channel=DATA_ENG, text="card")["ts"]
    client.files_upload_v2(channel=DATA_ENG, thread_ts=ts, filename="result.csv", content=CSV)

    (reply,) = slack.thread(DATA_ENG, ts)
    (file,) = reply["files"]
    assert (file["mimetype"], file["filetype"], file["pretty_type"]) == ("text/csv", "csv", "CSV")
    assert (file["size"], file["lines"], file["lines_more"]) == (len(CSV), 31, 21)
    assert file["preview"] == CSV[: CSV.index("9,n9") - 1]
    assert file["preview_is_truncated"] is True
    assert file["channels"] == [DATA_ENG]
    assert file["permalink"].startswith(f"{slack.url}/files/U0ODPSBOT/{file['id']}/")
    answer = client.files_info(file=file["id"])
    shares = answer["file"].pop("shares")
    assert shares == {"public": {DATA_ENG: [{"ts": reply["ts"], "thread_ts": ts}]}}
    assert file.pop("shares") == {}
    assert answer["file"] == file
    assert answer["content"] == CSV


def test_the_bot_reads_a_file_with_its_token_and_gets_a_web_page_without(link: Link) -> None:
    ts = link.slack.share_file("alice", "#data-eng", "täglich.sql", "select 1;").ts
    (message,) = link.slack.messages(DATA_ENG)
    url = message["files"][0]["url_private_download"]

    with fetch(url, token=link.slack.bot_token) as response:
        content, headers = response.read(), response.headers
    with fetch(url) as stranger, fetch(url, token="xoxb-wrong") as impostor:
        pages = [answer.read().decode() for answer in (stranger, impostor)]
        addresses = [answer.geturl() for answer in (stranger, impostor)]

    assert message["ts"] == ts
    assert content == b"select 1;"
    assert "filename*=UTF-8''t%C3%A4glich.sql" in headers["Content-Disposition"]
    assert all("Sign in" in page for page in pages)
    assert all(f"{link.slack.url}/signin?redir=" in address for address in addresses)
    downloads = [entry for entry in link.slack.traffic() if entry["kind"] == "download"]
    assert [(entry["http_status"], entry["ok"]) for entry in downloads] == [
        (200, True),
        (302, False),
    ]


def test_only_those_who_see_the_channel_can_fetch_its_files(slack: SlackSandbox) -> None:
    slack.share_file("alice", "#finance", "salaries.csv", "a,b")
    url = slack.messages("#finance")[0]["files"][0]["url_private"]

    with fetch(f"{url}?user=U0ALICE") as response:
        assert response.read() == b"a,b"
        assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    for query, token in (("?user=U0BOB", None), ("", slack.bot_token)):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            fetch(url + query, token=token)


def test_a_file_shared_by_a_person_in_a_thread_sends_an_event(make_slack: Any) -> None:
    subscribed = SlackApp(events=("message.channels", "file_shared", "app_mention"))
    slack = make_slack(app=subscribed, event_retries=())
    root = slack.say("alice", "#data-eng", "here").ts

    shared = slack.share_file("bob", "#data-eng", "a.sql", b"select 1", "for @odps", root)

    slack.wait_until(lambda: len(slack.traffic()) == 4)
    (reply,) = slack.thread(DATA_ENG, root)
    assert (reply["ts"], reply["subtype"]) == (shared.ts, "file_share")
    assert reply["text"] == "for <@U0ODPSBOT>"
    told = [entry["method"] for entry in slack.traffic()]
    assert told == ["message", "message", "app_mention", "file_shared"]


def test_a_deleted_file_leaves_a_tombstone_or_takes_its_message_with_it(
    slack: SlackSandbox, client: WebClient
) -> None:
    for comment in ("2 rows", ""):
        client.files_upload_v2(
            channel=DATA_ENG, filename="a.csv", content="a", initial_comment=comment
        )
    with_comment, alone = (message["files"][0]["id"] for message in slack.messages(DATA_ENG))

    client.files_delete(file=with_comment)
    client.files_delete(file=alone)

    (message,) = slack.messages(DATA_ENG)
    assert message["files"] == [{"id": with_comment, "mode": "tombstone"}]
    with pytest.raises(SlackApiError, match="file_deleted"):
        client.files_info(file=alone)


def test_others_files_cannot_be_deleted_nor_invisible_ones_found(
    slack: SlackSandbox, client: WebClient
) -> None:
    slack.share_file("alice", "#data-eng", "a.sql", "select 1")
    slack.share_file("alice", "#finance", "b.sql", "select 2")
    of_alice, hidden = (file["id"] for file in slack.files())

    with pytest.raises(SlackApiError, match="cant_delete_file"):
        client.files_delete(file=of_alice)
    with pytest.raises(SlackApiError, match="file_not_found"):
        client.files_info(file=hidden)


def test_each_file_method_needs_its_scope(make_slack: Any) -> None:
    slack = make_slack(app=SlackApp(scopes=("chat:write",)))
    client = WebClient(slack.bot_token, base_url=slack.api_url)
    slack.share_file("alice", "#data-eng", "a.sql", "select 1")
    (file,) = slack.files()

    with pytest.raises(SlackApiError) as cannot_read:
        client.files_info(file=file["id"])
    with pytest.raises(SlackApiError) as cannot_write:
        client.files_getUploadURLExternal(filename="a", length=1)

    assert cannot_read.value.response["needed"] == "files:read"
    assert cannot_write.value.response["needed"] == "files:write"
    assert cannot_write.value.response["provided"] == "chat:write"
    with fetch(file["url_private"], token=slack.bot_token) as response:
        assert "Sign in" in response.read().decode()


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"name": "a.sql", "text": "select 1", "channel": "C0FINANCE1"}, "channel_not_found"),
        ({"name": "a.sql", "content": "%%%", "channel": DATA_ENG}, "invalid_file"),
        (
            {"name": "a.sql", "text": "a", "channel": DATA_ENG, "thread_ts": "1.000000"},
            "message_not_found",
        ),
    ],
)
def test_files_cannot_be_shared_in_archived_or_invisible_places(
    slack: SlackSandbox, body: dict[str, str], error: str
) -> None:
    request = urllib.request.Request(
        f"{slack.url}/sandbox/share_file",
        json.dumps({"user": "bob", **body}).encode(),
        {"Content-Type": "application/json"},
    )

    with urllib.request.urlopen(request) as response:
        answer = json.load(response)

    assert (answer["ok"], answer["error"]) == (False, error)
    assert slack.files() == []


@pytest.mark.parametrize(("kind", "is_stored"), [("http_500", False), ("drop_after", True)])
def test_faults_apply_to_uploads(
    slack: SlackSandbox, client: WebClient, kind: Any, is_stored: bool
) -> None:
    slack.faults.add(method="upload", kind=kind)
    announced = client.files_getUploadURLExternal(filename="a.csv", length=1)
    request = urllib.request.Request(announced["upload_url"], b"a")

    with pytest.raises(OSError, match=r"500|closed|reset"):
        urllib.request.urlopen(request)

    files = [{"id": announced["file_id"], "title": "a.csv"}]
    if is_stored:
        client.files_completeUploadExternal(files=files, channel_id=DATA_ENG)
    else:
        with pytest.raises(SlackApiError, match="file_not_found"):
            client.files_completeUploadExternal(files=files, channel_id=DATA_ENG)


def test_the_permalink_of_a_file_opens_the_page(slack: SlackSandbox, client: WebClient) -> None:
    client.files_upload_v2(channel=DATA_ENG, filename="a b.csv", content="a")
    ts = slack.messages(DATA_ENG)[0]["ts"]
    permalink = client.chat_getPermalink(channel=DATA_ENG, message_ts=ts)["permalink"]

    for address in (slack.files()[0]["permalink"], permalink):
        with fetch(address) as response:
            assert "<html" in response.read().decode()


def test_a_file_that_somebody_cannot_see_cannot_be_chosen_in_a_modal(
    slack: SlackSandbox, client: WebClient
) -> None:
    slack.share_file("alice", "#finance", "salaries.csv", "a,b")
    (file,) = slack.files()
    element = {"type": "file_input", "action_id": "file"}
    label = {"type": "plain_text", "text": "File"}
    view = {
        "type": "modal",
        "title": label,
        "submit": label,
        "blocks": [{"type": "input", "label": label, "element": element}],
    }
    trigger_id = slack._workspace.triggers.issue("U0BOB")
    view_id = client.views_open(trigger_id=trigger_id, view=view)["view"]["id"]

    assert slack.submit_view("bob", view_id, {"file": [file["id"]]}).error == "file_not_found"
    with pytest.raises(SlackApiError, match="file_not_found"):
        client.files_info(file=file["id"])
