"""Blocks for tests."""

from typing import Any

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def rich(text: str) -> Block:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def button(**fields: Any) -> Block:
    return {"type": "button", "text": plain("Stop"), "action_id": "stop", **fields}


def actions(*elements: Block, **fields: Any) -> Block:
    return {"type": "actions", "elements": list(elements), **fields}


def option(value: str = "a") -> Block:
    return {"text": plain("A"), "value": value}


def cell(text: str = "x") -> Block:
    return {"type": "raw_text", "text": text}


def data_table(*rows: list[Block], **fields: Any) -> Block:
    return {"type": "data_table", "caption": "Rows", "rows": list(rows), **fields}


def task(task_id: str = "1", status: str = "in_progress", **fields: Any) -> Block:
    return {"task_id": task_id, "title": "M1_job_0", "status": status, **fields}


def pie(*segments: Block) -> Block:
    chart = {"type": "pie", "segments": list(segments)}
    return {"type": "data_visualization", "title": "Share", "chart": chart}


def bars(categories: list[str], *series: tuple[str, list[str]]) -> Block:
    chart = {
        "type": "bar",
        "axis_config": {"categories": categories},
        "series": [
            {"name": name, "data": [{"label": label, "value": 1} for label in labels]}
            for name, labels in series
        ],
    }
    return {"type": "data_visualization", "title": "Rows", "chart": chart}
