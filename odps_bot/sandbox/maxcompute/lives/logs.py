"""What workers write into their logs. Pure."""

from collections.abc import Iterator

from odps_bot.sandbox.maxcompute.lives.attempts import attempt_of, shown_records
from odps_bot.sandbox.maxcompute.lives.life import Life
from odps_bot.sandbox.maxcompute.lives.plan import StagePlan
from odps_bot.sandbox.maxcompute.lives.schedule import Attempt

#: A worker says how far it has got this often.
_EVERY_S = 10
_DEATH = """\
java.lang.OutOfMemoryError: Java heap space
\tat java.util.Arrays.copyOf(Arrays.java:3332)
\tat com.example.udf.MyUdf.evaluate(MyUdf.java:42)
\tat com.aliyun.odps.udf.impl.batch.UDFBatchExecutor.run(UDFBatchExecutor.java:96)
worker exits with code 134
"""


def worker_log(life: Life, log_id: str, kind: str, seconds: float) -> str | None:
    """Return a log of an attempt at a second; None: there is no such attempt yet.

    `kind` is `stdout` or `stderr`; other logs are empty.
    """
    found = _find(life, log_id)
    if found is None or seconds < found[1].starts_s:
        return None
    stage, attempt = found
    if kind == "stderr":
        return _DEATH if attempt.dies and attempt.ends_s <= seconds else ""
    if kind == "stdout":
        return "".join(f"{line}\n" for line in _stdout(stage, attempt, seconds))
    return ""


def _find(life: Life, log_id: str) -> tuple[StagePlan, Attempt] | None:
    wanted = attempt_of(log_id)
    return next(
        (
            (stage.plan, attempt)
            for stage in life.stages
            for attempts in stage.workers
            for attempt in attempts
            if (stage.plan.name, attempt.index, attempt.number) == wanted
        ),
        None,
    )


def _stdout(stage: StagePlan, attempt: Attempt, seconds: float) -> Iterator[str]:
    until_s = min(seconds, attempt.ends_s)
    ticks = int((until_s - attempt.starts_s) // _EVERY_S)
    said = 0
    for second in (*(attempt.starts_s + _EVERY_S * (n + 1) for n in range(ticks)), until_s):
        records = shown_records(attempt, stage, second)
        if records > said:
            yield f"Read from 0 num:{records} size:{records * stage.record_bytes}"
            said = records
