"""A second person, as people meet it: who may, what they see, and what happens in between."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count

from odps_bot.store.audit import AuditKind

ALICE, BOB, CAROL = "U0ALICE", "U0BOB", "U0CAROL"
NUMBERS = count()


def write():
    return f"insert into notes values ({next(NUMBERS)})"


def undecided(company, sql=None, *, user=CAROL):
    return company.run(sql or write(), user=user).wait_for("approve_run")


def test_what_a_second_person_approves_runs_once(company):
    sql = write()
    run = undecided(company, sql)
    assert run.shows(sql)
    assert run.executions() == []
    run.click("approve_run", user=BOB)

    run.wait_for("Succeeded")
    assert run.shows(f"Approved by <@{BOB}>")
    assert not run.shows("approve_run")
    run.wait_for_reply(f"Approved by <@{BOB}>")
    assert len(run.executions()) == 1
    [line] = company.audit(AuditKind.DECISION, run)
    assert (line.what, line.user_id, line.sql) == ("approve", BOB, sql)


def test_neither_who_asked_nor_who_has_no_role_can_approve(company):
    run = undecided(company, user=ALICE)
    for user, words in (
        (ALICE, "You can't approve or reject your own run"),
        (CAROL, "You need the role *operator*"),
    ):
        run.click("approve_run", user=user)
        assert words in company.post_ephemeral(words, user=user)

    assert run.shows("approve_run")
    assert run.executions() == []
    denied = [line.user_id for line in company.audit(AuditKind.DENIAL, run)]
    assert denied == [ALICE, CAROL]


def test_a_rejection_says_why(company):
    run = undecided(company)
    run.click("reject_run", user=BOB)
    [view] = company.wait(lambda: company.session.slack.views(BOB))
    delivery = company.session.slack.submit_view(BOB, view["id"], {"reason": "not before Monday"})

    assert delivery.ok
    run.wait_for("Rejected by")
    told = run.wait_for_reply(f"<@{CAROL}>")
    assert "not before Monday" in told
    assert run.executions() == []


def test_it_is_decided_by_typing_too(company):
    first, second = undecided(company), undecided(company)

    assert "Approved by" in company.type(f"/odps approve {first.name}", user=BOB)
    assert "Rejected by" in company.type(f"/odps reject {second.name} no", user=BOB)
    first.wait_for("Succeeded")
    second.wait_for("Rejected")
    own = undecided(company, user=ALICE)
    assert "your own run" in company.type(f"/odps approve {own.name}", user=ALICE)


def test_a_long_statement_is_read_as_a_file_before_it_is_approved(company):
    sql = f"insert into notes select length('{'x' * 3_000}') from customers"
    run = undecided(company, sql)

    [shown] = [reply for reply in run.thread() if reply.get("files")]
    assert shown["files"][0]["name"].startswith(f"{run.name}-")
    run.click("approve_run", user=BOB)
    run.wait_for("Succeeded")


def test_of_two_who_click_at_once_one_decides_and_the_other_is_told(company):
    run = undecided(company)
    with ThreadPoolExecutor(2) as people:
        list(people.map(lambda user: run.click("approve_run", user=user), [BOB, ALICE]))

    run.wait_for("Succeeded")
    [line] = company.audit(AuditKind.DECISION, run)
    [loser] = {BOB, ALICE} - {line.user_id}
    said = company.post_ephemeral("isn't awaiting a decision", user=loser)
    # In bold or as a link: people here click before the address of the card is stored.
    assert f"|{run.name}>" in said or f"*{run.name}*" in said
    assert len(run.executions()) == 1


def test_what_was_withdrawn_is_approved_by_nobody(company):
    run = undecided(company)
    run.click("stop_run", user=CAROL)
    run.wait_for("Stopped")

    assert "isn't awaiting a decision" in company.type(f"/odps approve {run.name}", user=BOB)
    assert run.executions() == []


def test_nobody_decides_in_time(company):
    run = undecided(company, f"--project analytics {write()}")
    run.wait_for("Expired")

    assert f"<@{CAROL}>" in run.wait_for_reply("expired")
    assert "isn't awaiting a decision" in company.type(f"/odps approve {run.name}", user=BOB)
    assert run.executions() == []


def test_a_write_into_another_project_does_not_go_round_its_second_person(company):
    statement = f"insert into sandbox.notes values ({next(NUMBERS)})"
    said = company.type(f"/odps run --project analytics {statement}", user=CAROL)

    assert "`sandbox`, where *write* statements need a second person's approval" in said
    assert "--project sandbox" in said
    assert "Nothing was submitted" in said
    assert not any(statement in i.sql for i in company.session.maxcompute.instances())


def test_killed_processes_lose_no_question_and_no_decision(company):
    run = undecided(company)
    session = company.session
    for process in (*session.workers, session.bot):
        process.kill()
        process.wait()
    session.workers.clear()
    session.start_bot()
    session.wait_until_ready()
    run.click("approve_run", user=BOB)
    session.start_worker()
    session.start_worker()

    run.wait_for("Succeeded")
    assert len(run.executions()) == 1
    assert len(company.audit(AuditKind.DECISION, run)) == 1
