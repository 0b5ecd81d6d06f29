"""The other ways to ask: a form, a shortcut, a mention. Each ends in a card like a command's."""

from typing import Any

CHANNEL = "C0DATAENG1"
ALICE, BOB = "U0ALICE", "U0BOB"


def form_of(team: Any, user: str = ALICE) -> dict[str, Any]:
    """Return the modal that somebody sees."""
    [view] = team.session.slack.views(user)
    return view


def cards_in(team: Any, thread: str) -> list[dict[str, Any]]:
    """Return what the bot has posted into a thread."""
    return [m for m in team.session.slack.thread(CHANNEL, thread) if m.get("bot_id")]


def test_a_form_becomes_a_run(team):
    known = {message["ts"] for message in team.cards()}
    assert team.type("/odps run") == ""
    values = {"sql": "select count(*) as n\nfrom pyodps_iris", "notify": [BOB]}
    delivery = team.session.slack.submit_view(ALICE, form_of(team)["id"], values)

    assert delivery.ok
    run = team.wait(lambda: team._new_card(known))
    assert "150" in run.wait_for("Succeeded").wait_for_completion()


def test_a_long_statement_is_run_from_a_file(team):
    known = {message["ts"] for message in team.cards()}
    team.type("/odps run")
    sql = "select 6 * 7 as answer -- " + "x" * 5_000
    values = {"file": [{"name": "daily.sql", "text": sql}]}
    delivery = team.session.slack.submit_view(ALICE, form_of(team)["id"], values)

    assert not delivery.ack
    run = team.wait(lambda: team._new_card(known))
    assert "42" in run.wait_for("Succeeded").wait_for_completion()


def test_a_mistake_in_the_form_is_said_where_it_stands_and_can_be_put_right(team):
    known = {message["ts"] for message in team.cards()}
    team.type("/odps run -p analytics")
    view = form_of(team)
    slack = team.session.slack

    first = slack.submit_view(ALICE, view["id"], {"sql": "select 1", "hints": "nonsense"})
    second = slack.submit_view(ALICE, view["id"], {"sql": "select 1", "hints": "a.b=1"})

    assert first.ack["errors"] == {"hints": "Line 1 isn't key=value: nonsense"}
    assert not second.ack
    team.wait(lambda: any("analytics" in str(m) for m in team.cards() if m["ts"] not in known))


def test_a_message_with_sql_is_run_in_its_thread(team):
    slack = team.session.slack
    parent = slack.say(BOB, CHANNEL, "how many flowers are there?").ts
    reply = slack.say(BOB, CHANNEL, "```select 41 + 1 as answer```", thread_ts=parent).ts

    assert slack.message_shortcut(ALICE, "run_message_as_sql", CHANNEL, reply).ok
    assert slack.submit_view(ALICE, form_of(team)["id"], {}).ok

    team.wait(lambda: any("Succeeded" in str(m) for m in cards_in(team, parent)))
    team.wait(lambda: any(f"<@{ALICE}>" in str(m) for m in cards_in(team, parent)))


def test_a_mention_in_a_thread_runs_there_and_stop_means_that_run(team):
    slack = team.session.slack
    parent = slack.say(BOB, CHANNEL, "shall we?").ts

    slack.say(ALICE, CHANNEL, "@odps run set sandbox.duration=60; select 1", thread_ts=parent)
    team.wait(lambda: any("Running" in str(m) for m in cards_in(team, parent)))
    slack.say(ALICE, CHANNEL, "@odps stop", thread_ts=parent)

    team.wait(lambda: any("Stopped" in str(m) for m in cards_in(team, parent)))
    assert any("Stopping run" in message for message in team.whispers())


def test_a_direct_message_is_a_command_and_small_talk_is_answered(team):
    slack = team.session.slack
    channels = slack._workspace.channels.values()
    [place] = [c.id for c in channels if c.kind == "im" and {ALICE, "U0ODPSBOT"} == set(c.members)]

    slack.say(ALICE, place, "good morning!")
    team.wait(lambda: any("I run MaxCompute jobs" in message for message in team.whispers()))
    slack.say(ALICE, place, "run select 7 as seven")

    team.wait(lambda: any("Succeeded" in str(m) for m in slack.messages(place)))
