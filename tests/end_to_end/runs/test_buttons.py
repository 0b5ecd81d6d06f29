"""Each button of a run as people click it: the right ones, the wrong ones, and twice."""

import json

SLOW = "set sandbox.duration=30; select count(*) as n from customers"
GROUPS = "select name, count(*) as flowers from pyodps_iris group by name order by name"
BOB, CAROL = "U0BOB", "U0CAROL"


def shown(value):
    return json.dumps(value, ensure_ascii=False)


def whispered(team, words, user="U0ALICE"):
    """Wait until only this person has seen these words, and return the message."""
    slack = team.session.slack
    return team.wait(
        lambda: next((m for m in reversed(slack.ephemerals(user)) if words in shown(m)), None)
    )


def click_private(team, message, action_id, user="U0ALICE"):
    """Press a button of a message that only this person sees."""
    delivery = team.session.slack.click(user, team.channel, message["ts"], action_id)
    assert delivery.ok, delivery


def new_card(team, known):
    return team.wait(lambda: next((card for card in team.cards() if card["ts"] not in known), None))


def test_stop_takes_the_place_of_its_own_button(team):
    run = team.run(SLOW).wait_for("Running")
    run.click("stop_run", user=BOB)

    run.wait_for("Stop requested by")
    assert not run.shows('"stop_run"')
    run.wait_for("Stopped by <@U0BOB>")


def test_sql_shows_the_whole_statement_in_a_window(team):
    lines = ",\n".join(f"{n} as column_{n}" for n in range(60))
    run = team.run(f"select {lines}")
    run.wait_for("Succeeded")
    assert not run.shows("column_59")

    run.click("show_sql", user=CAROL)
    (window,) = team.wait(lambda: team.session.slack.views(CAROL))
    team.session.slack.close_view(CAROL, window["id"])
    assert "column_59" in shown(window["blocks"])


def test_notify_me_mentions_whoever_clicked_at_the_end(team):
    # Its name is a link once the address of its card is stored, a moment after the post.
    run = team.run("set sandbox.duration=15; select 1 as one").wait_for("Running")
    run.click("notify_me", user=BOB)
    whispered(team, f"You will be mentioned when run {run.link} ends", BOB)
    run.click("notify_me", user=BOB)
    whispered(team, f"You will already be mentioned when run {run.link} ends", BOB)

    assert run.wait_for_completion(BOB).startswith("<@U0ALICE> <@U0BOB> ")
    team.wait(lambda: not run.shows("notify_me"))


def test_csv_and_chart_come_into_the_thread(team):
    run = team.run(GROUPS)
    run.wait_for("send_chart")
    run.click("send_csv", user=BOB)
    run.click("send_chart", user=BOB)

    file = team.wait(
        lambda: next(
            (f for f in team.session.slack.files() if f["name"].startswith(f"{run.name}-")), None
        )
    )
    assert b'"Iris-setosa",50' in file["content"]
    team.wait(lambda: any("data_visualization" in reply for reply in run.thread()))
    whispered(team, "in its thread", BOB)
    run.wait_for("The CSV file and the chart are in the thread")
    assert not run.shows("send_csv")


def test_run_again_repeats_a_read_at_once(team):
    run = team.run("select 5 as five")
    run.wait_for("run_again")
    known = {card["ts"] for card in team.cards()}
    run.click("run_again", user=BOB)
    run.click("run_again", user=BOB)

    card = new_card(team, known)
    assert f"re-run of {run.link}" in shown(card)
    assert "<@U0BOB>" in shown(card)
    whispered(team, f"Run {run.link} is re-run as", BOB)
    assert len({card["ts"] for card in team.cards()} - known) == 1


def test_run_again_asks_before_a_write_is_done_twice(team):
    run = team.run("create table again as select 1 as a")
    run.wait_for("run_again")
    known = {card["ts"] for card in team.cards()}

    run.click("run_again")
    question = whispered(team, "may change data")
    click_private(team, question, "leave_it")
    whispered(team, "is not re-run")
    assert {card["ts"] for card in team.cards()} == known

    run.click("run_again")
    question = whispered(team, "may change data")
    click_private(team, question, "confirm_run_again")
    assert f"re-run of {run.link}" in shown(new_card(team, known))
    whispered(team, f"Run {run.link} is re-run as")
    assert len({card["ts"] for card in team.cards()} - known) == 1


def test_a_result_is_shown_again_with_what_can_be_done_with_it(team):
    run = team.run(GROUPS)
    run.wait_for("Succeeded")
    team.type(f"/odps result {run.name}", user=BOB)

    answer = whispered(team, "Iris-virginica", BOB)
    assert "data_table" in shown(answer)
    assert "send_csv" in shown(answer)
    assert len(run.executions()) == 1


def test_an_offer_to_stop_is_replaced_by_what_was_decided(team):
    run = team.run(SLOW).wait_for("Running")
    team.type("/odps stop")
    offer = whispered(team, "Which run do you want to stop?")
    slack = team.session.slack
    block = next(b for b in offer["blocks"] if run.run_id in shown(b))
    assert slack.click("U0ALICE", team.channel, offer["ts"], "stop_run", block["block_id"]).ok

    run.wait_for("Stopped")
    whispered(team, f"Stopping run {run.link}")
    left = [m for m in slack.ephemerals("U0ALICE") if m["ts"] == offer["ts"]]
    assert "Which run do you want to stop?" not in shown(left)
