"""The history of a job that was started elsewhere: MaxCompute tells its statement."""

from odps_bot.history.past_run import PastRun, statement_of

SQL = "select count(*) from customers where customer_id > 7"


def test_a_job_of_somebody_else_is_compared_by_its_statement(world, somebody_else):
    for n in range(6):
        past = PastRun(f"i{n}", int(world.clock().timestamp()) - n, 90.0)
        world.services.stores.history.add("sandbox", statement_of(SQL), past, now=world.clock())
    job = somebody_else.run_sql("select count(*) from customers where customer_id > 17;")

    best, *plainer = world.inquire(f"history {job.id}")

    assert job.id in best.text
    assert "usually *2 min* (6 runs)" in best.text
    assert len(plainer) == 3


def test_an_instance_that_is_not_there_is_told_so(world):
    [answer] = world.inquire("history 20261122120001123gabcde")

    assert "No instance" in answer.text
