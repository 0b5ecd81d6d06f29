"""The benchmarks run, in sizes that say nothing about speed; what they count does not vary."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parents[3]

#: On a machine that is busy with other things as well.
PATIENCE_S = 900

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc"),
    pytest.mark.timeout(PATIENCE_S + 30),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What a quick run leaves beside a page that was there before."""
    folder = tmp_path_factory.mktemp("benchmarks")
    marks = "<!-- written by `make bench`: client -->\nold\n<!-- end of client -->"
    (folder / "README.md").write_text(f"before\n{marks}\nafter\n")
    subprocess.run(
        [sys.executable, "-m", "benchmarks.client", "--quick", "--into", str(folder)],
        cwd=ROOT,
        check=True,
        timeout=PATIENCE_S,
    )
    return folder


@pytest.fixture(scope="module")
def found(folder):
    return json.loads((folder / "client" / "samples.json").read_text())


def test_the_page_gets_new_numbers_and_keeps_its_words(folder):
    text = (folder / "README.md").read_text()

    assert text.startswith("before\n<!-- written")
    assert text.endswith("-->\nafter\n")
    assert "\nold\n" not in text
    assert "| processor time of the import |" in text
    assert "| processor time of import and first request |" in text
    assert "| processor time to write rows as CSV |" in text
    assert "| write 100 rows as CSV, processor time |" in text


def test_the_plot_is_a_picture_with_a_line_for_every_bar(folder):
    root = ET.parse(folder / "client" / "ratios.svg").getroot()

    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "memory after the import" in texts


def test_both_clients_and_bare_requests_are_measured(found):
    assert set(found["samples"]["poll status cpu_seconds"]) == {"pyodps", "ours", "bare_requests"}
    assert all(seconds > 0 for seconds in found["samples"]["poll status cpu_seconds"]["ours"])


def test_what_the_import_puts_off_is_measured_with_the_first_request(found):
    alone, asking = (
        found["samples"][f"{name} memory_bytes"]["ours"][0] for name in ("import", "first request")
    )

    assert asking > alone


def test_no_operation_takes_more_requests_than_with_pyodps(found):
    worse = [
        count["name"]
        for count in found["requests"]
        for when in ("first", "again")
        if count["ours"][when] > count["pyodps"][when]
    ]

    assert worse == []


def test_rows_take_half_the_requests_from_nothing_where_polls_are_held(found):
    counts = {count["name"]: count for count in found["requests"]}

    for name in ("by result call", "each its usual way"):
        count = counts[f"execute to rows, {name}"]
        assert count["ours"]["first"] <= 0.6 * count["pyodps"]["first"]
        held = counts[f"execute to rows, {name}, sandbox"]
        assert held["ours"]["first"] <= 0.5 * held["pyodps"]["first"]
