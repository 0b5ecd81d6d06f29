"""The buttons of a run: each has its id, and the run's id as its value."""

from odps_bot.messages.blocks import Block, button, confirmation
from odps_bot.messages.results.charts import chart_of
from odps_bot.runs.run import Run, RunState

STOP_RUN = "stop_run"
SHOW_LOGVIEW = "show_logview"
SHOW_SQL = "show_sql"
SHOW_RESULT = "show_result"
RUN_AGAIN = "run_again"
CONFIRM_RUN_AGAIN = "confirm_run_again"
LEAVE_IT = "leave_it"
SEND_CSV = "send_csv"
SEND_CHART = "send_chart"
NOTIFY_ME = "notify_me"

#: Prefix of the `block_id` of a row of an ephemeral question: the answer replaces the question.
QUESTION = "question"


def buttons_of(run: Run) -> list[Block]:
    """Return the buttons of the run's card, by its state."""
    is_stoppable = not run.is_final and run.stop_requested_at is None
    buttons = []
    # An open question has a button of its own for it.
    is_asked_about = run.state is RunState.AWAITING_DECISION and run.question is not None
    # What MaxCompute carries out without an instance can't be stopped.
    is_on_its_way = run.state is RunState.STOPPING or is_asked_about or run.query_id is not None
    if is_stoppable and not is_on_its_way:
        buttons.append(stop_button(run))
    buttons += result_buttons(run)
    if run.instance_id:
        buttons.append(logview_button(run))
    if is_sql_known(run):
        buttons.append(sql_button(run))
        if run.is_final:
            buttons.append(run_again_button(run))
    if not run.is_final:
        buttons.append(button("Notify me", action_id=NOTIFY_ME, value=run.run_id))
    return buttons


def result_buttons(run: Run) -> list[Block]:
    """Return the buttons that post the run's result as a file or a chart, until that is posted."""
    if run.state is not RunState.SUCCEEDED or not run.table or not run.table.rows:
        return []
    buttons = []
    if run.csv_ts is None:
        buttons.append(button("CSV", action_id=SEND_CSV, value=run.run_id))
    if run.chart_ts is None and chart_of(run.table):
        buttons.append(button("Chart", action_id=SEND_CHART, value=run.run_id))
    return buttons


def is_sql_known(run: Run) -> bool:
    """Return whether the run's statement is known: that of a tracked instance may not be."""
    return bool(run.sql.strip()) and not (
        run.tracked_instance_id and run.sql == f"-- instance {run.tracked_instance_id}"
    )


def stop_button(run: Run, *, label: str = "Stop") -> Block:
    """Return the button that stops `run` after a confirmation."""
    title, text = f"Stop run {run.name}?", "The work done so far is lost."
    confirm = confirmation(title, text, yes="Stop it", no="Let it run") | {"style": "danger"}
    stop = button(label, action_id=STOP_RUN, value=run.run_id)
    return stop | {"style": "danger", "confirm": confirm}


def logview_button(run: Run, *, label: str = "Logview") -> Block:
    """Return the button that shows a Logview link to the person who clicks it."""
    return button(label, action_id=SHOW_LOGVIEW, value=run.run_id)


def sql_button(run: Run) -> Block:
    """Return the button that shows the whole statement."""
    return button("SQL", action_id=SHOW_SQL, value=run.run_id)


def result_button(run: Run) -> Block:
    """Return the button that shows the result again."""
    return button("Result", action_id=SHOW_RESULT, value=run.run_id)


def run_again_button(run: Run) -> Block:
    """Return the button that runs the same statement once more."""
    return button("Re-run", action_id=RUN_AGAIN, value=run.run_id)
