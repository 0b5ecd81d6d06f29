"""What people do most: run, watch, stop, ask."""

SLOW = "set sandbox.duration=30; select count(*) as n from customers"


def test_a_query_goes_on_to_its_result(team):
    run = team.run("select name, count(*) as flowers from pyodps_iris group by name order by name")
    completion = run.wait_for_completion()

    run.wait_for("Succeeded")
    assert "3 rows" in completion
    assert "Iris-setosa" in completion
    assert "50" in completion
    assert len(run.executions()) == 1
    assert len(run.completions()) == 1


def test_the_card_shows_stages_and_the_thread_of_a_short_run_its_result_only(team):
    run = team.run(
        "set sandbox.duration=6; select city, sum(amount) from orders"
        " where ds >= '20260101' group by city"
    )

    run.wait_for("stages done")
    run.wait_for("Succeeded")
    run.wait_for_completion()
    assert len(run.thread()) == 1
    assert not run.shows("stop_run")


def test_a_statement_about_permissions_is_answered_in_the_thread(team):
    run = team.run("show grants")
    completion = run.wait_for_completion()

    run.wait_for("Succeeded")
    assert "Authorization Type: ACL" in completion
    assert run.executions() == []
    assert not run.shows("show_logview")


def test_a_command_of_odpscmd_is_told_with_what_to_type_here(team):
    answer = team.type("/odps run kill 2026gabc")
    assert "/odps stop 2026gabc" in answer


def test_a_failure_shows_what_maxcompute_says(team):
    run = team.run("select * from no_such_table")
    completion = run.wait_for_completion()

    run.wait_for("Failed")
    assert "ODPS-0130131" in completion
    assert "no_such_table" in completion


def test_the_stop_button_stops_it_and_says_who(team):
    run = team.run(SLOW).wait_for("Running")
    run.click("stop_run", user="U0BOB")

    completion = run.wait_for_completion()
    run.wait_for("Stopped")
    assert "stopped by <@U0BOB>" in completion
    assert [instance.task_status for instance in run.executions()] == ["Cancelled"]


def test_somebody_elses_channel_is_closed(team):
    run = team.run("select 1 as private_to_the_channel")

    answer = team.type(f"/odps status {run.name}", user="U0BOB", channel="C0ANALYTIC")
    assert "belongs to <#C0DATAENG1>" in answer
    run.wait_for_completion()


def test_stop_with_a_name_stops_it(team):
    run = team.run(SLOW).wait_for("Running")
    answer = team.type(f"/odps stop {run.name}")

    assert f"Stopping run {run.link}" in answer
    run.wait_for("Stopped")


def test_stop_without_a_name_offers_what_runs(team):
    run = team.run(SLOW).wait_for("Running")
    delivery = team.session.slack.say("U0ALICE", team.channel, "/odps stop")

    offered = [block["accessory"]["value"] for block in delivery.ack["blocks"][1:]]
    assert run.run_id in offered
    team.type(f"/odps stop {run.name}")
    run.wait_for("Stopped")


def test_stopping_what_has_ended_says_so(team):
    run = team.run("select 1")
    run.wait_for("Succeeded")

    assert "already ended" in team.type(f"/odps stop {run.name}")


def test_status_tells_how_runs_stand(team):
    run = team.run("select 42 as answer")
    run.wait_for("Succeeded")

    assert run.name in team.type("/odps status")
    assert "Succeeded" in team.type(f"/odps status {run.name}")
    instance = run.executions()[0].id
    assert run.name in team.type(f"/odps status {instance}")


def test_logview_is_answered_to_the_one_who_asks(team):
    run = team.run("select 1")
    run.wait_for_completion()
    run.click("show_logview", user="U0BOB")

    team.wait(lambda: any("/logview/" in message for message in team.whispers("U0BOB")))
    assert not any("/logview/" in message for message in team.whispers("U0CAROL"))
    everybody = team.session.slack.messages(team.channel, include_ephemeral=False)
    assert "token=" not in str(everybody)


def test_what_people_type_is_what_runs(team):
    run = team.run("```select ‘it is’ as a_string\nfrom pyodps_iris limit 1```")
    assert "it is" in run.wait_for_completion()

    again = team.run(
        "select count(*) as n\nfrom pyodps_iris\nwhere sepallength < 5 and name <> 'x'"
    )
    assert "22" in again.wait_for_completion()


def test_a_column_named_payload_arrives(team):
    run = team.run("select 'x' as payload, 1 as n")

    assert "payload" in run.wait_for_completion()
