"""What a run costs a channel: few updates, two posts; and a card that says of when it is."""

import re

AS_OF = re.compile(r"as of <!date\^(\d+)\^\{time_secs\}\|")


def calls(team):
    """Return the names of the calls that Slack has got so far."""
    traffic = team.session.slack.traffic()
    return [entry["method"] for entry in traffic if entry["direction"] == "in"]


def as_of(run):
    """Return of when the card says that it is."""
    found = AS_OF.search(run.card["text"])
    return int(found[1]) if found else None


def test_a_run_of_three_seconds_costs_three_updates_and_two_posts_at_most(team):
    before = len(calls(team))
    run = team.run("set sandbox.duration=3; select count(*) as calm from customers")
    run.wait_for_completion()
    run.wait_for("Succeeded")

    team.wait(lambda: calls(team)[before:].count("chat.postMessage") >= 2)
    made = calls(team)[before:]
    assert made.count("chat.update") <= 3
    assert made.count("chat.postMessage") == 2
    assert len(run.thread()) == 1


def test_a_click_on_refresh_shows_the_card_as_of_now_and_takes_no_update(team):
    run = team.run("set sandbox.duration=60; select count(*) as refreshed from customers")
    run.wait_for("Running")
    shown, replaced = as_of(run), calls(team).count("response_url")
    run.click("refresh_run")

    team.wait(lambda: calls(team).count("response_url") > replaced)
    team.wait(lambda: as_of(run) > shown)
    assert run.shows("stop_run")
    assert not run.shows("elapsed")
    run.click("stop_run")
    run.wait_for("Stopped")


def test_a_question_that_maxcompute_answers_has_one_message_for_an_answer(team):
    run = team.run("set sandbox.duration=20; select count(*) as asked_about from customers")
    run.wait_for("Running")
    before = len(team.whispers())
    assert team.type("/odps list all") == ""

    team.wait(lambda: len(team.whispers()) > before)
    [answer] = team.whispers()[before:]
    assert "Running in `sandbox`" in answer
    run.click("stop_run")
    run.wait_for("Stopped")


def test_the_list_and_the_card_show_one_figure(team):
    run = team.run("set sandbox.duration=30; select count(*) as one_figure from customers")
    run.wait_for("%*")
    before = len(team.whispers())
    team.type("/odps list all")
    team.wait(lambda: len(team.whispers()) > before)
    [figure] = set(re.findall(r"(\d+)%", team.whispers()[-1]))
    status = team.type(f"/odps status {run.name}")

    assert f"*{figure}%*" in status
    assert f"*{figure}%*" in run.card["text"]
    run.click("stop_run")
    run.wait_for("Stopped")
