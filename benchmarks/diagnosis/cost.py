"""What one poll's diagnosis of 20,000 workers takes, each time in a fresh process."""

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.diagnosis import documents
from benchmarks.diagnosis.watching import THRESHOLDS
from odps_bot.diagnosis.diagnose import diagnose
from odps_bot.diagnosis.recent_snapshots import added
from odps_bot.diagnosis.snapshots import Snapshot
from odps_bot.diagnosis.source_facts import source_facts
from odps_bot.diagnosis.worker_details import are_workers_wanted
from odps_bot.maxcompute.models.responses import parse_progress, parse_queueing_info
from odps_bot.maxcompute.models.stage_workers import parse_stage_workers
from odps_bot.sandbox.maxcompute.lives.catalog import LIVES
from odps_bot.sandbox.maxcompute.lives.life import Life
from workers.polling.diagnosis_snapshot import snapshot_from

WORKERS = 20_000
#: Of the life of 20,000 workers.
_POLLED_S = 200
_SQL = LIVES["too_many"].plan().sql


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one poll took."""

    response_bytes: int
    parsed_s: float  #: of the processor, for the workers alone
    took_s: float  #: all together
    memory_bytes: int  #: by which the process grew at most, the response included
    said: str


def cost_in_fresh_processes(rounds: int, *, workers: int = WORKERS) -> list[Cost]:
    """Return what a poll took in each round."""
    with TemporaryDirectory() as folder:
        _write_responses(Path(folder), workers)
        return [_measured(Path(folder)) for _ in range(rounds)]


def _write_responses(folder: Path, workers: int) -> None:
    plan = LIVES["too_many"].plan()
    (scan,) = plan.stages
    life = Life(replace(plan, stages=(replace(scan, workers=scan.workers[:workers]),)))
    for number, seconds in enumerate((*range(5, _POLLED_S, 10), _POLLED_S)):
        moment = life.at(seconds)
        (folder / f"{number:03}.cached").write_bytes(documents.cached(moment))
        (folder / f"{number:03}.progress").write_bytes(documents.progress(moment))
    (folder / "detail").write_bytes(documents.detail(life, _POLLED_S))


def _measured(folder: Path) -> Cost:
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.diagnosis.cost", str(folder)],
        capture_output=True,
        check=True,
        timeout=300,
    )
    return Cost(**json.loads(ended.stdout))


def _measure_here(folder: Path) -> Cost:
    *earlier, latest = sorted(folder.glob("*.cached"))
    snapshots: tuple[Snapshot, ...] = ()
    for number, cached in enumerate(earlier):
        snapshots = added(snapshots, _snapshot(5 + 10 * number, cached))
    source = source_facts(_SQL)
    now = documents.instant(_POLLED_S)
    diagnose(snapshots, source, None, THRESHOLDS, now)  # modules and caches are there before
    parse_stage_workers(b'{"mapReduce":{"jobs":[]}}', now=now)

    grown_from = _forget_peak()
    started = time.process_time()
    are_workers_wanted(snapshots, source, THRESHOLDS, now)
    body = (folder / "detail").read_bytes()
    before_parsing = time.process_time()
    workers = parse_stage_workers(body, now=now)
    parsed_s = time.process_time() - before_parsing
    new = snapshot_from(
        at=now,
        queueing=parse_queueing_info(latest.read_bytes()),
        progress=parse_progress(latest.with_suffix(".progress").read_bytes()),
        workers=workers,
    )
    finding = diagnose(added(snapshots, new), source, None, THRESHOLDS, now).finding
    return Cost(
        response_bytes=len(body),
        parsed_s=parsed_s,
        took_s=time.process_time() - started,
        memory_bytes=_status_bytes("VmHWM") - grown_from,
        said=finding.kind.value if finding else "nothing",
    )


def _snapshot(seconds: float, cached: Path) -> Snapshot:
    return snapshot_from(
        at=documents.instant(seconds),
        queueing=parse_queueing_info(cached.read_bytes()),
        progress=parse_progress(cached.with_suffix(".progress").read_bytes()),
    )


def _forget_peak() -> int:
    """Return the memory of the process, which from now on is its peak."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status_bytes("VmRSS")


def _status_bytes(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    raise LookupError(field)


if __name__ == "__main__":
    print(json.dumps(asdict(_measure_here(Path(sys.argv[1])))))
