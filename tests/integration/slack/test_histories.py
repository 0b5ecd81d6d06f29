"""What stands in a thread or a channel, page by page, and what of it is ours."""

from collections.abc import Mapping
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from odps_bot.slack.api.histories import SlackHistories, Window
from odps_bot.slack.earlier_posts import EarlierPosts
from odps_bot.slack.errors import UnreachableError
from odps_bot.slack.posting import Posting
from odps_bot.slack.posts import Place, PostId
from odps_bot.store.message_leases import Attempt
from odps_bot.store.notification_kind import NotificationKind

CARD = PostId(kind=NotificationKind.CARD, subject_id="0a1b2c")
OURS = {"event_type": "odps_bot_run", "event_payload": CARD.label}


class Slack(WebClient):
    """Answers each call with the next of its pages."""

    def __init__(self, *pages: Mapping[str, Any]) -> None:
        super().__init__(token="")
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._pages = list(pages)

    def api_call(self, api_method: str, **arguments: Any) -> SlackResponse:
        self.calls.append((api_method, arguments["params"]))
        page = self._pages.pop(0)
        if not page.get("ok", True):
            raise SlackApiError("refused", page)  # type: ignore[no-untyped-call]
        return SlackResponse(
            client=self,
            http_verb="POST",
            api_url="",
            req_args={},
            data=dict(page),
            headers={},
            status_code=200,
        )


class Tried(Posting):
    """A try before which others may have posted it in one place."""

    def __init__(self, place: Place, attempt: Attempt) -> None:
        self.post_id = CARD
        self.earlier = {place.key: attempt}
        self.progress: list[str] = []

    @property
    def now_s(self) -> float:
        return 1_000.0

    def searched(self, place: str, attempt: Attempt) -> None:
        self.progress.append(attempt.cursor)


def messages(*texts: Mapping[str, Any], cursor: str = "") -> dict[str, Any]:
    return {"messages": list(texts), "response_metadata": {"next_cursor": cursor}}


@pytest.mark.parametrize(
    ("thread_ts", "method"), [(None, "conversations.history"), ("1.1", "conversations.replies")]
)
def test_our_message_is_found_by_its_label_among_others(thread_ts: str | None, method: str) -> None:
    found = messages(
        {"ts": "1.3", "metadata": {**OURS, "event_type": "other_app"}},
        {"ts": "1.4", "metadata": {**OURS, "event_payload": {**CARD.label, "kind": "final"}}},
        {"ts": "1.5", "metadata": None},
        {"ts": "1.6", "metadata": OURS},
    )
    slack, place = Slack(found), Place("C1", thread_ts)

    posted = EarlierPosts(slack).posted(Tried(place, Attempt(since=900, count=1)))

    assert posted == (place, "1.6")
    [(called, sent)] = slack.calls
    assert called == method
    assert sent["include_all_metadata"]
    assert (sent["oldest"], sent["latest"]) == ("780.000000", "1065.000000")


def test_the_pages_are_followed_and_remembered() -> None:
    slack = Slack(
        messages(cursor="2"), messages(cursor="3"), messages({"ts": "9", "metadata": OURS})
    )
    tried = Tried(Place("C1"), Attempt(since=900, count=1))

    posted = EarlierPosts(slack).posted(tried)

    assert posted == (Place("C1"), "9")
    assert [sent.get("cursor") for _, sent in slack.calls] == [None, "2", "3"]
    assert tried.progress == ["2", "3"]


def test_a_cursor_that_slack_has_forgotten_begins_the_search_anew() -> None:
    forgotten = {"ok": False, "error": "invalid_cursor"}
    slack = Slack(forgotten, messages({"ts": "9", "metadata": OURS}))
    attempt = Attempt(since=900, count=1, cursor="old")

    assert EarlierPosts(slack).posted(Tried(Place("C1"), attempt)) == (Place("C1"), "9")


@pytest.mark.parametrize("body", [{}, {"messages": None}, {"messages": {}}, {"messages": "x"}])
def test_a_page_without_messages_proves_nothing_and_is_read_again(body: dict[str, Any]) -> None:
    with pytest.raises(UnreachableError, match="the response lacks messages"):
        SlackHistories(Slack(body)).page("C1", None, Window())


@pytest.mark.parametrize("metadata", [None, [], "x", {"next_cursor": None}, {"next_cursor": 1}])
def test_what_is_no_message_and_no_cursor_is_passed_over(metadata: Any) -> None:
    body = {"messages": [None, "x", {"ts": "1.1"}], "response_metadata": metadata}

    page = SlackHistories(Slack(body)).page("C1", None, Window())

    assert (page.messages, page.cursor) == ([{"ts": "1.1"}], "")


@pytest.mark.parametrize(
    "odd", [{"metadata": []}, {"metadata": "x"}, {"files": [None, 1]}, {"files": "x"}, {}]
)
def test_an_odd_message_in_front_of_ours_does_not_hide_it(odd: dict[str, Any]) -> None:
    slack = Slack(messages({"ts": "1"} | odd, {"ts": "9", "metadata": OURS}))
    attempt = Attempt(since=900, count=1)

    assert EarlierPosts(slack).posted(Tried(Place("C1"), attempt)) == (Place("C1"), "9")


def test_a_file_is_found_by_its_name_behind_what_it_belongs_to() -> None:
    found = messages(
        {"ts": "1.1"}, {"ts": "1.2", "files": None}, {"ts": "3", "files": [{"name": "a"}]}
    )
    slack, place = Slack(found, found), Place("C1", "1.1")
    earlier = EarlierPosts(slack)

    assert earlier.shared("a", place, Tried(place, Attempt(since=0)), after_ts="5.5") == "3"
    assert earlier.shared("b", place, Tried(place, Attempt(since=0)), after_ts=None) is None
    assert [sent.get("oldest") for _, sent in slack.calls] == ["5.500000", None]
