"""One attempt of a worker at a second: what it has read and what is seen of it. Pure."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from odps_bot.sandbox.maxcompute.lives.moment import Worker
from odps_bot.sandbox.maxcompute.lives.plan import StagePlan
from odps_bot.sandbox.maxcompute.lives.schedule import Attempt


def is_running(attempt: Attempt, seconds: float) -> bool:
    """Return whether it runs then."""
    return attempt.starts_s <= seconds < attempt.ends_s


def records_read(attempt: Attempt, seconds: float) -> int:
    """Return how many records it has read by then."""
    plan = attempt.plan
    ran_s = seconds - attempt.starts_s
    if ran_s <= 0:
        return 0
    if attempt.ends_s <= seconds:
        if not attempt.dies and not attempt.is_backup:
            return plan.records
        ran_s = attempt.ends_s - attempt.starts_s
    # Rounded: 60.00000000000001 s at 50,000 records a second.
    read = int(ran_s * plan.speed + 1e-6)
    return min(read, plan.records if plan.stops_at is None else plan.stops_at)


def shown_records(attempt: Attempt, stage: StagePlan, seconds: float) -> int:
    """Return how many of them MaxCompute tells."""
    if stage.tells_records_late and seconds < attempt.ends_s:
        return 0
    return records_read(attempt, seconds)


def computed_s(attempt: Attempt, seconds: float) -> float:
    """Return for how long it has used a core by then."""
    ran_s = min(seconds, attempt.ends_s) - attempt.starts_s
    if ran_s <= 0:
        return 0.0
    plan = attempt.plan
    if plan.stops_at is None or plan.computes_when_stopped:
        return ran_s
    return min(ran_s, plan.stops_at / plan.speed)


def worker_at(attempt: Attempt, stage: StagePlan, seconds: float) -> Worker:
    """Return how `?detail` lists it."""
    read = shown_records(attempt, stage, seconds)
    status = "Running"
    if seconds < attempt.starts_s:
        status = "Ready"
    elif attempt.ends_s <= seconds:
        status = "Failed" if attempt.dies else "Terminated"
        if attempt.is_backup:
            status = "Interrupted"
    return Worker(
        index=attempt.index,
        attempt=attempt.number,
        status=status,
        starts_s=None if status == "Ready" else attempt.starts_s,
        ends_s=attempt.ends_s if attempt.ends_s <= seconds else None,
        input_records=read,
        output_records=round(read * stage.output_ratio),
        record_bytes=stage.record_bytes,
        log_id=log_id(stage.name, attempt.index, attempt.number),
    )


def log_id(stage: str, index: int, attempt: int) -> str:
    """Return the id of the log of an attempt: opaque to everybody else."""
    return urlsafe_b64encode(f"{stage}#{index}_{attempt}".encode()).decode()


def attempt_of(log_id: str) -> tuple[str, int, int] | None:
    """Return stage, index and attempt that a log id is for, or None for any other text."""
    try:
        stage, _, rest = urlsafe_b64decode(log_id.encode()).decode().partition("#")
        index, _, attempt = rest.partition("_")
        return stage, int(index), int(attempt)
    except ValueError:
        return None
