"""What only MaxCompute can tell: costs, lists, the steps of an XFlow, and jobs of others."""

import json

from odps_bot.maxcompute import AccessKey, Client, StaticCredentials
from odps_bot.sandbox.session import ACCESS_KEY_ID, ACCESS_KEY_SECRET

ALICE, BOB = "U0ALICE", "U0BOB"
TOKEN = "c2VjcmV0LXRva2VuLW9mLXNvbWVib2R5"


def post_ephemeral(team, words, *, user=ALICE):
    """Wait for something that only this person sees, and return it."""

    def find():
        found = [m for m in team.session.slack.ephemerals(user) if words in json.dumps(m)]
        return found[-1] if found else None

    return team.wait(find)


def click(team, message, action_id, *, user=ALICE):
    """Press a button of a private message."""
    delivery = team.session.slack.click(user, team.channel, message["ts"], action_id)
    assert delivery.ok, delivery


def maxcompute(team):
    """Return a client of somebody who works without Slack."""
    return Client(
        team.session.maxcompute.endpoint,
        project="sandbox",
        credentials=StaticCredentials(AccessKey(ACCESS_KEY_ID, ACCESS_KEY_SECRET)),
    )


def test_what_was_estimated_is_run_by_a_click_and_once(team):
    sql = "select count(*) as estimated from customers"
    assert team.type(f"/odps cost {sql}") == ""
    answer = post_ephemeral(team, "complexity")
    known = {message["ts"] for message in team.cards()}
    click(team, answer, "run_estimated")

    run = team.wait(lambda: team._new_card(known))
    assert "estimated" in run.wait_for_completion()
    assert len(run.executions()) == 1


def test_a_list_shows_what_runs_in_a_project(team):
    run = team.run("set sandbox.duration=30; select 1 as listed")
    run.wait_for("Running")
    team.type("/odps list all")

    listed = post_ephemeral(team, "Running in `sandbox`")
    assert run.name in listed["text"]
    team.type(f"/odps stop {run.name}")
    run.wait_for("Stopped")


def test_a_pasted_logview_link_is_followed_and_its_token_goes_nowhere(team):
    foreign = maxcompute(team).run_sql("select 'elsewhere' as started")
    endpoint = team.session.maxcompute.endpoint
    known = {message["ts"] for message in team.cards()}
    link = f"http://logview.aliyun.com/logview/?h={endpoint}&p=sandbox&i={foreign.id}&token={TOKEN}"
    assert team.type(f"/odps watch {link}") == ""

    run = team.wait(lambda: team._new_card(known))
    assert "elsewhere" in run.wait_for_completion()
    run.wait_for("not started from Slack")
    assert TOKEN not in json.dumps(team.session.slack.messages(team.channel))
    for log in team.session.logs.iterdir():
        assert TOKEN not in log.read_text(errors="replace")


def test_the_status_of_a_foreign_instance_offers_to_follow_it(team):
    foreign = maxcompute(team).run_sql("set sandbox.duration=20; select 'offered' as started")
    team.type(f"/odps status {foreign.id}")
    answer = post_ephemeral(team, f"Instance `{foreign.id}`")
    known = {message["ts"] for message in team.cards()}
    click(team, answer, "watch_instance")

    run = team.wait(lambda: team._new_card(known))
    run.wait_for("Running")
    foreign.stop()
    run.wait_for("Stopped")


def test_an_xflow_shows_its_steps_and_their_logviews(team):
    known = {message["ts"] for message in team.cards()}
    team.type(
        "/odps xflow PAI -name Split -DinputTableName=pyodps_iris"
        f" -Doutput1TableName=one_{team.session.slack_mode}"
        f" -Doutput2TableName=two_{team.session.slack_mode}"
    )
    run = team.wait(lambda: team._new_card(known))
    run.wait_for("Split_1")
    run.wait_for("Succeeded")
    team.type(f"/odps xflow {run.name}", user=BOB)

    tree = post_ephemeral(team, "Split_2", user=BOB)
    step = next(b["accessory"]["action_id"] for b in tree["blocks"] if "accessory" in b)
    click(team, tree, step, user=BOB)
    post_ephemeral(team, "/logview/", user=BOB)
