"""Why a job is slow: asked by a command, in a thread, with a button, and for all jobs at once."""

import json

ALICE, BOB = "U0ALICE", "U0BOB"

#: A job that has been skewed for minutes when it begins.
SKEWED = (
    "set sandbox.life=skew; set sandbox.life.from=195;"
    " select city as {} from orders where ds >= '20261001'"
)
EVIDENCE = "49 of 50 workers ended after 40 s; worker 49 has 3"


def answer(team, words, *, user=ALICE, after=0):
    """Wait for something that only this person sees, and return it."""

    def find():
        found = team.session.slack.ephemerals(user)[after:]
        return next((m for m in reversed(found) if words in json.dumps(m)), None)

    return team.wait(find)


def test_a_skewed_job_is_explained_and_listed_while_it_runs_and_after_it_was_stopped(team):
    run = team.run(SKEWED.format("skewed"))
    run.wait_for("Running")
    team.type(f"/odps why {run.name}")
    explained = answer(team, "Planning")
    assert EVIDENCE in explained["text"]
    assert "J2_1" in json.dumps(explained["blocks"])

    # Its polls find the same, and so the list has it.
    run.wait_for(EVIDENCE)
    seen = len(team.session.slack.ephemerals(ALICE))
    team.type("/odps why")
    listed = answer(team, "Slow or queued in", after=seen)
    assert run.name in listed["text"]

    team.type(f"/odps stop {run.name}")
    run.wait_for("Stopped")
    seen = len(team.session.slack.ephemerals(ALICE))
    team.type(f"/odps why {run.name}")
    assert "Why did" in answer(team, "Why did", after=seen)["text"]


def test_somebody_asks_in_the_thread_and_refreshes_the_answer(team):
    run = team.run(SKEWED.format("asked"))
    run.wait_for("Running")
    slack = team.session.slack
    slack.say(BOB, team.channel, "@odps why is this so slow?", thread_ts=run.ts)

    explained = answer(team, EVIDENCE, user=BOB)
    assert explained["thread_ts"] == run.ts
    seen, replaced = len(slack.ephemerals(BOB)), replacements(slack)
    delivery = slack.click(BOB, team.channel, explained["ts"], "refresh_why")
    assert delivery.ok, delivery
    team.wait(lambda: replacements(slack) > replaced)
    assert len(slack.ephemerals(BOB)) == seen
    team.type(f"/odps stop {run.name}")
    run.wait_for("Stopped")


def replacements(slack):
    """Return how many answers were sent in place of what was clicked, or of a command."""
    return sum("'method': 'response_url'" in str(entry) for entry in slack.traffic())
