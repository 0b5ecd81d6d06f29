"""Stacked modals, and responses to a submission that Slack cannot carry out."""

from typing import Any

import pytest

from .conftest import Link
from .modals import MORE, SQL, modal, open_modal


def test_up_to_three_modals_stack_and_close_one_by_one_or_together(link: Link) -> None:
    closed: list[tuple[str, bool]] = []

    @link.app.action("more")
    def more(ack: Any, body: dict[str, Any], client: Any) -> None:
        title = body["view"]["title"]["text"] + "+"
        client.views_push(trigger_id=body["trigger_id"], view=modal(MORE, title=title))
        ack()

    @link.app.view_closed("run")
    def view_closed(ack: Any, body: dict[str, Any]) -> None:
        closed.append((body["view"]["title"]["text"], body["is_cleared"]))
        ack()

    view_id = open_modal(link, MORE)
    for _ in range(3):
        link.slack.click_in_view("bob", link.slack.views("bob")[-1]["id"], "more")
    titles = [view["title"]["text"] for view in link.slack.views("bob")]
    link.slack.close_view("bob", link.slack.views("bob")[-1]["id"])
    top = link.slack.views("bob")[-1]
    link.slack.close_view("bob", top["id"], closes_all=True)

    assert titles == ["Run SQL", "Run SQL+", "Run SQL++"]
    assert (top["previous_view_id"], top["root_view_id"]) == (view_id, view_id)
    assert closed == [("Run SQL++", False), ("Run SQL+", True), ("Run SQL", True)]
    assert link.slack.views("bob") == []
    errors = [entry.get("error") for entry in link.slack.traffic() if "push" in entry["method"]]
    assert errors == [None, None, "push_limit_reached"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"response_action": "errors", "errors": {"nowhere": "No."}}, "invalid_arguments"),
        ({"response_action": "update", "view": {"type": "modal"}}, "invalid_arguments"),
        ({"response_action": "explode"}, "invalid_response_action"),
    ],
)
def test_an_invalid_response_action_keeps_the_modal_open(
    link: Link, answer: dict[str, Any], error: str
) -> None:
    @link.app.view("run")
    def submitted(ack: Any) -> None:
        ack(**answer)

    view_id = open_modal(link, SQL)
    refused = link.slack.submit_view("bob", view_id, {"text": "select 1"})

    assert (refused.ok, refused.error) == (False, error)
    assert [view["id"] for view in link.slack.views("bob")] == [view_id]
