"""An Enterprise organization: what payloads name as the workspace of colleagues."""

from typing import Any

from slack_sdk import WebClient

from .conftest import Link

ORGANIZATION = {"enterprise_id": "E0SANDBOX1", "enterprise_name": "Sandbox Group"}


def test_payloads_name_another_workspace_or_the_organization(link: Link) -> None:
    bodies: list[dict[str, Any]] = []

    @link.app.command("/odps")
    def command(ack: Any, body: dict[str, Any]) -> None:
        bodies.append(body)
        ack()

    @link.app.shortcut("new_run")
    def shortcut(ack: Any, body: dict[str, Any]) -> None:
        bodies.append(body)
        ack()

    @link.app.event("app_mention")
    def mention(body: dict[str, Any]) -> None:
        bodies.append(body)

    link.connect()
    link.slack.join_organization({"bob": "T0SANDBOX2", "carol": "E0SANDBOX1"})
    link.slack.say("bob", "#data-eng", "/odps status")
    link.slack.shortcut("carol", "new_run")
    link.slack.say("carol", "#data-eng", "@odps status")
    link.slack.wait_until(lambda: len(bodies) == 3)

    typed, started, mentioned = bodies
    assert ORGANIZATION.items() <= typed.items()
    assert started["team"] == {"id": "T0SANDBOX1", "domain": "sandbox", **ORGANIZATION}
    assert started["user"]["team_id"] == "E0SANDBOX1"
    assert started["enterprise"] == {"id": "E0SANDBOX1", "name": "Sandbox Group"}
    assert mentioned["event"]["user_team"] == mentioned["event"]["team"] == "E0SANDBOX1"
    assert mentioned["enterprise_id"] == mentioned["context_enterprise_id"] == "E0SANDBOX1"
    assert mentioned["authorizations"][0]["enterprise_id"] == "E0SANDBOX1"
    assert link.client.auth_test()["enterprise_id"] == "E0SANDBOX1"


def test_external_people_are_of_no_organization(link: Link) -> None:
    bodies: list[dict[str, Any]] = []

    @link.app.command("/odps")
    def command(ack: Any, body: dict[str, Any]) -> None:
        bodies.append(body)
        ack()

    link.connect()
    link.slack.join_organization()
    link.slack.say("dana", "#shared-with-acme", "/odps status")
    link.slack.join_organization(None)
    link.slack.say("bob", "#data-eng", "/odps status")

    assert [body.get("enterprise_id") for body in bodies] == [None, None]
    assert [body["team_id"] for body in bodies] == ["T0ACMECORP", "T0SANDBOX1"]
    client: WebClient = link.client
    assert "enterprise_id" not in client.auth_test().data
