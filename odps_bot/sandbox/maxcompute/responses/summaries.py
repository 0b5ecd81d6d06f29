"""What a task has read, written and used, told at its end."""

import json
from collections.abc import Iterator, Mapping, Sequence

from odps_bot.sandbox.maxcompute.calls import Call, Response, text_response
from odps_bot.sandbox.maxcompute.instances import Instance
from odps_bot.sandbox.maxcompute.lives.moment import Stage, Worker
from odps_bot.sandbox.maxcompute.progress import BYTES_PER_RECORD
from odps_bot.sandbox.maxcompute.responses.context import Context
from odps_bot.sandbox.maxcompute.responses.workers import job_name, task_instance
from odps_bot.sandbox.maxcompute.view import View, view_of

_JSON = "application/json"
_CORE = 100
_MEMORY_PER_CORE = 2_048


async def summary(context: Context, call: Call) -> Response:
    """Return inputs, outputs, stages and cost of a task; empty while it runs."""
    instance = task_instance(context, call)
    content = _summary(instance, view_of(instance, call.now))
    inner = {"JsonSummary": json.dumps(content), "Summary": _text(content)} if content else {}
    return Response(
        body=json.dumps({"Instance": inner}).encode(),
        content_type=_JSON,
        headers={"x-odps-task-finalized": str(instance.is_terminated).lower()},
    )


async def summary_text(context: Context, call: Call) -> Response:
    """Return the summary for people."""
    instance = task_instance(context, call)
    content = _summary(instance, view_of(instance, call.now))
    found = {"mapReduce": {"summary": _text(content)}} if content else {}
    return text_response(json.dumps(found), content_type=_JSON)


def _summary(instance: Instance, view: View) -> dict[str, dict[str, object]]:
    stages = view.moment.stages
    if not instance.is_terminated or not stages:
        return {}
    rows = instance.outcome.rows
    scans = [view.last_workers(stage.name) for stage in stages if stage.name.startswith("M")]
    written = rows.row_count if rows else 0
    total_cpu = view.moment.total_cpu
    return {
        "Cost": {
            "CPU": total_cpu,
            "GPU": 0,
            "Input": sum(worker.input_bytes for scan in scans for worker in scan),
            "Memory": total_cpu * _MEMORY_PER_CORE // _CORE,
        },
        "Inputs": {
            name: [sum(w.input_records for w in scan), sum(w.input_bytes for w in scan)]
            for name, scan in zip(instance.outcome.inputs, scans, strict=False)
        },
        "Outputs": {
            name: [written, written * BYTES_PER_RECORD] for name in instance.outcome.outputs
        },
        "Stages": {
            f"{stage.name}_{job_name(instance)}": _stage(
                stage, *operators, view.last_workers(stage.name)
            )
            for stage, operators in zip(stages, _operators(stages), strict=True)
        },
    }


def _operators(stages: Sequence[Stage]) -> Iterator[tuple[str, str]]:
    """Yield how the first and the last operator of each stage is called: numbered by kind."""
    scans = 0
    for number, stage in enumerate(stages):
        is_scan, is_last = stage.name.startswith("M"), number + 1 == len(stages)
        scans += is_scan
        source = f"TableScan{scans}" if is_scan else f"StreamLineRead{number + 1 - scans}"
        yield source, "AdhocSink1" if is_last else f"StreamLineWrite{number + 1}"


def _stage(stage: Stage, source: str, sink: str, workers: list[Worker]) -> dict[str, object]:
    read = [worker.input_records for worker in workers]
    written = [worker.output_records for worker in workers]
    return {
        "InputRecordCountStats": {source: _spread(read)},
        "InputRecordCounts": {source: sum(read)},
        "OutputRecordCountStats": {sink: _spread(written)},
        "OutputRecordCounts": {sink: {sink: sum(written)}},
        "UserCounters": {},
        "WorkerCount": stage.total,
        "WriterBytes": {sink: {sink: sum(worker.output_bytes for worker in workers)}},
    }


def _spread(amounts: list[int]) -> list[int]:
    """Return the least, the most and the mean."""
    if not amounts:
        return [0, 0, 0]
    return [min(amounts), max(amounts), sum(amounts) // len(amounts)]


def _text(content: Mapping[str, Mapping[str, object]]) -> str:
    cost = content["Cost"]
    cores = _minutes(cost["CPU"], _CORE)
    lines = [
        f"resource cost: cpu {cores} Core * Min, memory {_minutes(cost['Memory'], 1_024)} GB * Min",
        "inputs:",
        *_tables(content["Inputs"]),
        "outputs:",
        *_tables(content["Outputs"]),
    ]
    for name, stage in content["Stages"].items():
        lines += _stage_lines(name, stage)
    return "\n".join([*lines, ""])


def _minutes(amount: object, unit: int) -> str:
    return f"{amount / unit / 60:.2f}" if isinstance(amount, int) else "0.00"


def _tables(tables: Mapping[str, object]) -> list[str]:
    return [
        f"\t{name}: {amounts[0]} ({amounts[1]} bytes)"
        for name, amounts in tables.items()
        if isinstance(amounts, list)
    ]


def _stage_lines(name: str, stage: object) -> list[str]:
    if not isinstance(stage, Mapping):
        return []
    lines = [f"{name}:", f"\tworker count: {stage['WorkerCount']}"]
    for way in ("Input", "Output"):
        for counter, (least, most, mean) in stage[f"{way}RecordCountStats"].items():
            total = stage[f"{way}RecordCounts"][counter]
            total = total if isinstance(total, int) else sum(total.values())
            lines.append(f"\t{way.lower()} records:")
            lines.append(f"\t\t{counter}: {total} (min: {least}, max: {most}, avg: {mean})")
    return lines
