"""What workers look like now, by what was told of them a while ago and by progress since. Pure.

Workers are asked for once a minute at most. As long as none begins and none ends, those that run
grow older, and all that their stage has read since is theirs.
"""

import msgspec

from odps_bot.diagnosis.snapshots import Stage, Worker, Workers


def workers_now(told: Stage, now: Stage, elapsed_s: float) -> Workers | None:
    """Return the workers of a stage that was `told` with workers so long before it was as `now`.

    They are those that were told where some have begun or ended since.
    """
    workers = told.workers
    if workers is None or (told.running, told.ended) != (now.running, now.ended):
        return workers
    read = _read_since(told, now)
    if read is None or read < 0:  # one has begun anew, and what it had read is no longer counted
        return workers
    return _advanced(workers, elapsed_s, read)


def _read_since(told: Stage, now: Stage) -> int | None:
    if told.input_records is None or now.input_records is None:
        return None
    return now.input_records - told.input_records


def _advanced(workers: Workers, elapsed_s: float, read: int) -> Workers:
    oldest = _grown(workers.oldest, workers, elapsed_s, read)
    heaviest = _grown(workers.heaviest, workers, elapsed_s, read)
    is_told = workers.running_records is not None
    return msgspec.structs.replace(
        workers,
        oldest=oldest,
        heaviest=heaviest,
        youngest_age_s=_later(workers.youngest_age_s, elapsed_s),
        running_s=workers.running_s + workers.running * elapsed_s,
        **(_records_now(workers, read, oldest, heaviest) if is_told else {}),
    )


def _grown(worker: Worker | None, workers: Workers, elapsed_s: float, read: int) -> Worker | None:
    """Return the worker with its share of what all have read: as large as it was before."""
    if worker is None:
        return None
    records = worker.input_records
    if records is not None and workers.running == 1:
        records += read
    elif records is not None and workers.running_records:
        records += round(read * records / workers.running_records)
    return msgspec.structs.replace(
        worker, age_s=_later(worker.age_s, elapsed_s), input_records=records
    )


def _records_now(
    workers: Workers, read: int, oldest: Worker | None, heaviest: Worker | None
) -> dict[str, float | None]:
    seen = workers.ended + workers.running
    told: dict[str, float | None] = {"running_records": (workers.running_records or 0) + read}
    if workers.mean_records is not None and seen:
        told["mean_records"] = workers.mean_records + read / seen
    if workers.max_records is not None and heaviest is not None:
        told["max_records"] = max(workers.max_records, heaviest.input_records or 0)
    others = workers.mean_records_without_oldest
    before, after = workers.oldest, oldest
    if others is not None and before is not None and after is not None and seen > 1:
        own = (after.input_records or 0) - (before.input_records or 0)
        told["mean_records_without_oldest"] = others + (read - own) / (seen - 1)
    return told


def _later(age_s: float | None, elapsed_s: float) -> float | None:
    return None if age_s is None else age_s + elapsed_s
