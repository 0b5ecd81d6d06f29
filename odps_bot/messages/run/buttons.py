"""The buttons of a run: each has its id, and the run's id as its value."""

from datetime import timedelta

from odps_bot.messages.blocks import Block, button, confirmation
from odps_bot.messages.results.charts import chart_of
from odps_bot.messages.run.finding_buttons import finding_buttons
from odps_bot.messages.run.repetition import can_rerun_help
from odps_bot.runs.findings import shown_finding
from odps_bot.runs.run import Run, RunState

STOP_RUN = "stop_run"
SHOW_LOGVIEW = "show_logview"
SHOW_SQL = "show_sql"
SHOW_WHY = "show_why"
SHOW_RESULT = "show_result"
SHOW_HISTORY = "show_history"
RUN_AGAIN = "run_again"
CONFIRM_RUN_AGAIN = "confirm_run_again"
EDIT_RUN = "edit_run"
SEND_STATEMENT = "send_statement"

#: The label of `edit_button`, and how texts in mrkdwn name it.
EDIT_LABEL = "Edit & run"
EDIT_IN_WORDS = "*Edit &amp; run*"

LEAVE_IT = "leave_it"
SEND_CSV = "send_csv"
SEND_CHART = "send_chart"
NOTIFY_ME = "notify_me"
REFRESH_RUN = "refresh_run"

#: Whoever waits for longer asks why.
LONG = timedelta(minutes=5)

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
    if is_why_offered(run):
        buttons.append(why_button(run))
    buttons += result_buttons(run)
    if run.instance_id:
        buttons.append(logview_button(run))
    if is_sql_known(run):
        buttons.append(sql_button(run))
        if run.is_final:
            buttons += repeat_buttons(run)
    if not run.is_final:
        buttons.append(button("Notify me", action_id=NOTIFY_ME, value=run.run_id))
        if not is_asked_about:
            buttons.append(button("Refresh", action_id=REFRESH_RUN, value=run.run_id))
    if finding := shown_finding(run):
        buttons += finding_buttons(run, finding)
    return buttons


def is_why_offered(run: Run) -> bool:
    """Return whether its card offers to say why it is slow: it has a finding, or goes on for long.

    By its last poll: the button comes with an update that the card gets anyway.
    """
    if run.instance_id is None:
        return False
    lasts = run.polled_at is not None and run.polled_at - run.began_at >= LONG
    return run.finding is not None or (lasts and not run.is_final)


def why_button(run: Run) -> Block:
    """Return the button that says, to the person who clicks it, why the run is slow or queued."""
    return button("Why?", action_id=SHOW_WHY, value=run.run_id)


def result_buttons(run: Run) -> list[Block]:
    """Return the buttons that post the run's result as a file or a chart, until that is posted."""
    if run.state is not RunState.SUCCEEDED or not run.table or not run.table.rows:
        return []
    buttons = csv_buttons(run)
    if run.chart_ts is None and chart_of(run.table):
        buttons.append(button("Chart", action_id=SEND_CHART, value=run.run_id))
    return buttons


def csv_buttons(run: Run) -> list[Block]:
    """Return the button that posts the rows of a result as a file, until that is posted."""
    if run.csv_ts is not None or not run.table or not run.table.rows:
        return []
    return [button("CSV", action_id=SEND_CSV, value=run.run_id)]


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


def history_button(run: Run) -> Block:
    """Return the button that shows the earlier runs of the same statement."""
    return button("History", action_id=SHOW_HISTORY, value=run.run_id)


def run_again_button(run: Run) -> Block:
    """Return the button that runs the same statement once more."""
    return button("Re-run", action_id=RUN_AGAIN, value=run.run_id)


def edit_button(run: Run) -> Block:
    """Return the button that opens the form with the run's statement and options."""
    return button(EDIT_LABEL, action_id=EDIT_RUN, value=run.run_id)


def get_file_button(run: Run) -> Block:
    """Return the button that sends the whole statement as a file to the person who clicks it."""
    return button("Get it as a file", action_id=SEND_STATEMENT, value=run.run_id)


def repeat_buttons(run: Run, *, is_edit_wanted: bool = False) -> list[Block]:
    """Return the buttons that run the statement of an ended run again: as it is, or changed.

    What failed can be changed; where running it as it is cannot help, only that is offered. With
    `is_edit_wanted`, what succeeded can be changed as well.
    """
    if run.state is RunState.SUCCEEDED and not is_edit_wanted:
        return [run_again_button(run)]
    as_it_is = [run_again_button(run)] if can_rerun_help(run) else []
    return [*as_it_is, edit_button(run)]
