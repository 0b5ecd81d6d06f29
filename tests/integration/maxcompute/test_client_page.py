"""The examples of docs/maxcompute-client.md, run from top to bottom."""

import re
from pathlib import Path

import pytest

from odps_bot.sandbox.maxcompute import (
    ACCESS_KEY_ID,
    ACCESS_KEY_SECRET,
    MaxComputeSandbox,
    Timing,
)

PAGE = Path(__file__).parents[3] / "docs" / "maxcompute-client.md"


@pytest.fixture
def environment(monkeypatch, tmp_path):
    with MaxComputeSandbox(timing=Timing.instant(), orders_rows=1_000) as sandbox:
        monkeypatch.setenv("ODPS_ENDPOINT", sandbox.endpoint)
        monkeypatch.setenv("ODPS_PROJECT_NAME", "sandbox")
        monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", ACCESS_KEY_ID)
        monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET)
        monkeypatch.chdir(tmp_path)
        yield


def test_the_examples_run(environment, capsys, tmp_path):
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)

    exec(compile("\n".join(examples), PAGE.name, "exec"), {})

    printed = capsys.readouterr().out
    assert len(examples) > 8
    assert "Iris-setosa" in printed
    assert "ODPS-0130131" in printed
    assert "TaskState.CANCELLED" in printed
    assert "/logview/?h=" in printed
    assert len((tmp_path / "rows.csv").read_text().splitlines()) == 4
