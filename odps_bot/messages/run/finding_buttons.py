"""The buttons of a finding: a worker's log, and running the statement in another way. Pure."""

from dataclasses import dataclass

from odps_bot.diagnosis.finding import Finding, Kind, Remedy
from odps_bot.messages.blocks import Block, button
from odps_bot.messages.run.repetition import is_repetition_safe
from odps_bot.runs.run import Run

WORKER_LOG = "worker_log"
RUN_WITH_HINT = "run_with_hint"
RUN_WITH_QUOTA = "run_with_quota"

#: Slack's limit of a button's value is 2,000 characters.
LOG_ID_CHARACTERS = 1_000
WORKER_DIGITS = 9

_NONE = "-"


@dataclass(frozen=True, kw_only=True)
class WorkerLog:
    """Which log a button names. It may come from anybody: nothing in it is a permission."""

    project: str
    instance_id: str
    log_id: str
    stage: str = ""
    worker: int | None = None

    def encode(self) -> str:
        """Return the value of the button."""
        worker = _NONE if self.worker is None else str(self.worker)
        return " ".join((self.project, self.instance_id, self.stage or _NONE, worker, self.log_id))


def read_worker_log(value: str) -> WorkerLog | None:
    """Return which log a value names, or None for any other value."""
    parts = value.split(" ")
    if len(parts) != len(("project", "instance", "stage", "worker", "log")) or not all(parts):
        return None
    project, instance_id, stage, worker, log_id = parts
    is_number = worker.isascii() and worker.isdigit() and len(worker) <= WORKER_DIGITS
    if len(log_id) > LOG_ID_CHARACTERS or not (is_number or worker == _NONE):
        return None
    return WorkerLog(
        project=project,
        instance_id=instance_id,
        log_id=log_id,
        stage="" if stage == _NONE else stage,
        worker=int(worker) if is_number else None,
    )


def worker_log_buttons(finding: Finding, *, project: str, instance_id: str) -> list[Block]:
    """Return the button that shows the log of the worker that the finding names, if it does."""
    log_id = finding.log_id
    if not log_id or len(log_id) > LOG_ID_CHARACTERS or " " in log_id:
        return []
    log = WorkerLog(
        project=project,
        instance_id=instance_id,
        log_id=log_id,
        stage=(finding.stage or "").replace(" ", "_"),
        worker=finding.worker,
    )
    return [button("Worker log", action_id=WORKER_LOG, value=log.encode())]


def finding_buttons(run: Run, finding: Finding) -> list[Block]:
    """Return the buttons that help with what was found of a run that goes on; *Stop* is another.

    What is run in another way is run besides, so that is only offered where it does no harm.
    """
    buttons: list[Block] = []
    if run.instance_id:
        buttons += worker_log_buttons(finding, project=run.project, instance_id=run.instance_id)
    if not is_repetition_safe(run):
        return buttons
    if finding.hints or finding.sql_hint:
        buttons.append(button("Run with hint", action_id=RUN_WITH_HINT, value=run.run_id))
    if is_quota_short(finding):
        buttons.append(button("Run with other quota", action_id=RUN_WITH_QUOTA, value=run.run_id))
    return buttons


def is_quota_short(finding: Finding) -> bool:
    """Return whether another quota is what would help."""
    is_wait = finding.kind in {Kind.WAIT_QUOTA, Kind.STARVED}
    return is_wait or finding.remedy is Remedy.OTHER_QUOTA
