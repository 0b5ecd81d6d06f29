"""Costs as people meet them: figures and a question, a cap, a budget, and what was spent."""

from datetime import UTC, datetime

from odps_bot.store.audit import AuditKind

ALICE, BOB = "U0ALICE", "U0BOB"
CHEAP = "select count(*) as cheap from customers"
DEAR = "select city, sum(amount) as dear from orders where ds >= '20261001' group by city"
SCAN = "select count(*) as n from orders where ds >= '20261001'"
FAR_TOO_DEAR = " union all ".join([SCAN] * 10)


def test_what_is_cheap_runs_at_once(company):
    run = company.run(CHEAP)

    run.wait_for("Succeeded")
    assert run.shows("Estimate") or run.shows("estimate")
    assert run.shows("CNY")


def test_what_is_dear_is_asked_about_with_its_price_and_run_once_for_a_yes(company):
    run = company.run(DEAR).wait_for("Run for ≈ 2.")
    assert f"<@{ALICE}>, this would cost about" in run.wait_for_reply("would cost")
    assert run.executions() == []
    run.click("confirm_cost", user=BOB)
    company.post_ephemeral("who requested run", user=BOB)
    assert run.executions() == []
    run.click("confirm_cost", user=ALICE)

    run.wait_for("accepted the cost").wait_for("Succeeded")
    assert len(run.executions()) == 1
    assert not run.shows("confirm_cost")
    [denial] = company.audit(AuditKind.DENIAL, run)
    [decision] = company.audit(AuditKind.DECISION, run)
    assert (denial.user_id, decision.user_id) == (BOB, ALICE)


def test_a_no_submits_nothing(company):
    run = company.run(DEAR).wait_for("decline_cost")
    run.click("decline_cost", user=ALICE)

    run.wait_for("Stopped")
    assert run.executions() == []


def test_above_the_cap_nothing_is_submitted_and_the_figures_say_why(company):
    run = company.run(FAR_TOO_DEAR)

    assert "above the cap of 20.00 CNY" in company.post_ephemeral("above the cap")
    run.wait_for("Refused")
    assert run.executions() == []
    ends = [line for line in company.audit(AuditKind.TRANSITION, run) if line.what == "refused"]
    assert "above_cap" in ends[0].detail


def test_ones_own_limit_is_taken_out_and_the_teams_is_sent(company):
    run = company.run(f"set odps.sql.metering.value.max=1e9; {CHEAP}").wait_for("Succeeded")

    assert run.shows("own cost limit was removed")
    [instance] = run.executions()
    assert "metering" not in instance.sql


def test_a_budget_ends_and_usage_tells_where_it_went(company):
    dear = f"--project analytics {DEAR.replace('orders', 'sandbox.orders')}"
    began = datetime.now(UTC).date()
    first = company.run(dear).wait_for("Succeeded")
    if datetime.now(UTC).date() != began:  # a new day, a new budget
        first = company.run(dear).wait_for("Succeeded")
    second = company.run(dear)

    assert "The project's budget for today (4.00 CNY)" in company.post_ephemeral("budget for today")
    second.wait_for("Refused")
    assert second.executions() == []
    said = company.type("/odps usage project analytics")
    assert "of 4.00 CNY" in said
    assert f"|{first.name}>" in said
    assert "Your usage" in company.type("/odps usage")
