"""The App Home, as people use it: the real bot hears it, a real worker publishes it."""

import json
from typing import Any

ALICE, BOB, CAROL = "U0ALICE", "U0BOB", "U0CAROL"
SLOW = "set sandbox.duration=60; select count(*) as n from customers"


class AtHome:
    """Somebody at their App Home."""

    def __init__(self, team: Any, user: str) -> None:
        self.team = team
        self.slack = team.session.slack
        self.user = user

    def opens(self) -> "AtHome":
        self.slack.open_home(self.user)
        return self

    @property
    def shown(self) -> str:
        view = self.slack.home(self.user)
        return json.dumps(view["blocks"], ensure_ascii=False) if view else ""

    def waits_for(self, words: str) -> "AtHome":
        self.team.wait(lambda: words in self.shown)
        return self

    def waits_until_gone(self, words: str) -> "AtHome":
        self.team.wait(lambda: self.shown and words not in self.shown)
        return self

    def clicks(self, action_id: str, *, about: str = "", choice: str | None = None) -> None:
        """Press the button, or choose in the menu; of several, the one whose value is `about`."""
        view = self.slack.home(self.user)
        block_id = next(
            block["block_id"]
            for block in view["blocks"]
            for element in [*block.get("elements", []), block.get("accessory", {})]
            if element.get("action_id") == action_id and element.get("value", "") in {about, "-"}
        )
        delivery = self.slack.click_in_view(
            self.user, view["id"], action_id, block_id=block_id, value=choice
        )
        assert delivery.ok, delivery


def direct_messages(team: Any, user: str) -> list[str]:
    """Return what the bot has written to somebody directly."""
    channels = team.session.slack._workspace.channels.values()
    [place] = [c.id for c in channels if c.kind == "im" and {user, "U0ODPSBOT"} == set(c.members)]
    messages = team.session.slack.messages(place, include_ephemeral=False)
    return [message["text"] for message in messages if message.get("bot_id")]


def test_a_run_is_seen_stopped_and_over_at_home(team):
    run = team.run(SLOW, user=BOB)
    run.wait_for("Running")
    home = AtHome(team, BOB).opens().waits_for(f"{run.link} in `sandbox`")

    home.clicks("stop_run", about=run.run_id)

    home.waits_for("*Stopped*").waits_until_gone("stop_run")
    assert "Stopped by" in home.shown
    run.wait_for("Stopped")


def test_the_team_sees_a_run_but_cannot_stop_it(team):
    run = team.run(SLOW, user=BOB)
    run.wait_for("Running")
    home = AtHome(team, ALICE).opens().waits_for(f"{run.link} in `sandbox`")
    view = team.session.slack.home(ALICE)

    assert "customers" not in home.shown
    assert run.run_id not in home.shown
    forged = team.session.slack.click_in_view(ALICE, view["id"], "stop_run", value=run.run_id)
    assert not forged.ok
    run.click("stop_run", user=BOB)
    run.wait_for("Stopped")


def test_sql_is_written_at_home_with_ones_own_defaults(team):
    home = AtHome(team, CAROL).opens().waits_for("You haven't run anything yet")
    home.clicks("home_choose_project", choice="analytics")
    home.waits_for('"initial_option": {"text": {"type": "plain_text", "text": "analytics"')
    home.clicks("home_choose_notify", choice="direct")
    home.waits_for(
        '"initial_option": {"text": {"type": "plain_text", "text": "Also send me a direct'
    )

    known = {message["ts"] for message in team.cards()}
    home.clicks("home_write_sql")
    [view] = team.wait(lambda: team.session.slack.views(CAROL))
    values = {"sql": "select 40 + 2 as answer", "place": team.channel}
    assert team.session.slack.submit_view(CAROL, view["id"], values).ok

    card = team.wait(lambda: team._new_card(known))
    assert "analytics" in card.wait_for("Succeeded").card["text"]
    home.waits_for("*Succeeded*")
    assert f"run {card.link}" in card.wait_for_completion(CAROL)
    team.wait(lambda: any("the reply>" in said for said in direct_messages(team, CAROL)))


def test_a_read_is_repeated_from_home_where_it_ran(team):
    run = team.run("select 6 * 7 as answer", user=ALICE)
    run.wait_for_completion(ALICE)
    known = {message["ts"] for message in team.cards()}
    home = AtHome(team, ALICE).opens()
    home.waits_for(f'"action_id": "run_again", "value": "{run.run_id}"')

    home.clicks("run_again", about=run.run_id)

    again = team.wait(lambda: team._new_card(known))
    again.wait_for("Succeeded")
    assert f"re-run of {run.link}" in str(again.card)
