"""One measurement in a process of its own: `python -m benchmarks.client.probe CLIENT MEASURE …`.

Prints JSON: processor seconds (user and system), and bytes by which memory grew at its peak.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: What a measure does with a client module, by its name: make it ready, and return what to repeat.
MEASURES: dict[str, Callable[[Any, str, int], Callable[[], object]]] = {
    "poll status": lambda module, endpoint, _: module.poll_status(module.connect(endpoint)),
    "poll tasks": lambda module, endpoint, _: module.poll_tasks(module.connect(endpoint)),
    "poll progress": lambda module, endpoint, _: module.poll_progress(module.connect(endpoint)),
    "list": lambda module, endpoint, pages: _repeat(
        module.list_all, module.connect(endpoint), f"pages{pages}"
    ),
    "read rows": lambda module, endpoint, rows: _repeat(
        module.read_rows, module.connect(endpoint), rows
    ),
    "write CSV": lambda module, endpoint, rows: _repeat(
        _csv_of(module).write_file, module.connect(endpoint), rows
    ),
    "write CSV rows": lambda module, endpoint, rows: _repeat(
        _csv_of(module).write_file, module.connect(endpoint), rows, "rows"
    ),
    "write CSV wide": lambda module, endpoint, rows: _repeat(
        _csv_of(module).write_file, module.connect(endpoint), rows, "wide"
    ),
}


def main(client: str, measure: str, endpoint: str, size: int, times: int) -> None:
    """Warm up with a small size, repeat what is measured, and print what it took."""
    module = importlib.import_module(f"benchmarks.client.{client}")
    MEASURES[measure](module, endpoint, min(size, 10))()
    call = MEASURES[measure](module, endpoint, size)
    memory_before = _memory_bytes("VmRSS")
    started = time.process_time()
    for _ in range(times):
        call()
    cpu_seconds = time.process_time() - started
    grown_bytes = _memory_bytes("VmHWM") - memory_before
    print(json.dumps({"cpu_seconds": cpu_seconds / times, "grown_bytes": grown_bytes}))


def _csv_of(module: Any) -> Any:
    return importlib.import_module(module.__name__.replace("client.", "client.csv_by_"))


def _repeat(function: Callable[..., object], *arguments: object) -> Callable[[], object]:
    return lambda: function(*arguments)


def _memory_bytes(field: str) -> int:
    """Return a size of this process; Linux only, where getrusage would return a parent's peak."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    sizes = dict(line.split(":", 1) for line in lines)
    return int(sizes[field].split()[0]) * 1024


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
