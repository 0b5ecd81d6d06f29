"""The results as a section of Markdown. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from textwrap import fill

from benchmarks.client.bars import (
    CSV_MEMORY_BYTES,
    IMPORT_BAR,
    Bar,
    Spread,
    is_memory_constant,
    memory_grown_bytes,
)
from benchmarks.client.request_counts import RequestCount
from benchmarks.client.rounds import Effort, Samples

_NAMES = {
    "pyodps": "PyODPS",
    "ours": "ours",
    "ours_plain": "ours, without the extra",
    "bare_requests": "bare `requests`",
}

_HOW_COUNTED = """\
First with creating the client, then again on the same client with another instance. The recorded
server reports a statement as running twice and as ended at the third poll; the sandbox holds the
first poll until it has ended. To get rows, PyODPS uses the tunnel by default, and ours one call
for all (up to 10,000, as in chat). The bars of half and 0.6 refer to the columns of the first run:
polls cost both the same, so the more polls a client that is already warm needs, the closer the two
are. With the tunnel on both sides, the polls, opening a download and reading it are a floor for
both."""

#: Of a line of prose.
_WIDTH = 110

_BEGINNINGS = ("import", "first request")

#: What is shown of the measures: title, measure, unit, and what one of it is.
_SHOWN = (
    ("import, processor time", "import cpu_seconds", "ms", 1e-3),
    ("import, memory after it", "import memory_bytes", "MiB", 2**20),
    ("import and a first request, processor time", "first request cpu_seconds", "ms", 1e-3),
    ("import and a first request, memory after it", "first request memory_bytes", "MiB", 2**20),
    ("poll of the status, processor time", "poll status cpu_seconds", "ms", 1e-3),
    ("poll of the tasks, processor time", "poll tasks cpu_seconds", "ms", 1e-3),
    ("poll of the progress, processor time", "poll progress cpu_seconds", "ms", 1e-3),
    ("list {page} instances, processor time", "list cpu_seconds", "ms", 1e-3),
    ("list {listed} instances, processor time", "list pages cpu_seconds", "s", 1),
    ("list {listed} instances, memory", "list pages grown_bytes", "MiB", 2**20),
    ("stream {few_rows} rows, memory", "few rows grown_bytes", "MiB", 2**20),
    ("stream {rows} rows, memory", "rows grown_bytes", "MiB", 2**20),
    ("stream {rows} rows, processor time", "rows cpu_seconds", "s", 1),
    ("write {few_rows} rows as CSV, processor time", "CSV cpu_seconds", "s", 1),
    ("write {few_rows} rows as CSV, memory", "CSV grown_bytes", "MiB", 2**20),
    ("write {few_rows} rows of 4 columns as CSV, memory", "CSV few grown_bytes", "MiB", 2**20),
    ("write {rows} rows of 4 columns as CSV, memory", "CSV rows grown_bytes", "MiB", 2**20),
    ("write {rows} rows of 4 columns as CSV, processor time", "CSV rows cpu_seconds", "s", 1),
    ("write {wide_rows} rows of 9 columns as CSV, processor time", "CSV wide cpu_seconds", "s", 1),
)


def section(
    samples: Mapping[str, Samples],
    counts: Sequence[RequestCount],
    bars: Sequence[Bar],
    *,
    effort: Effort,
    machine: str,
) -> str:
    """Return the section of README.md with the results."""
    return "\n\n".join(
        (
            fill(f"Measured on {machine}; {effort.rounds} rounds.", _WIDTH),
            "### The bars",
            "\n".join(_bar_lines(bars)),
            fill(_cost_put_off(samples), _WIDTH),
            fill(_constancy(samples, effort), _WIDTH),
            "### Time and memory",
            "Least, **median** and greatest of the rounds.",
            "\n".join(_sample_lines(samples, effort)),
            "### Requests",
            _HOW_COUNTED,
            "\n".join(_request_lines(counts)),
        )
    )


def _bar_lines(bars: Iterable[Bar]) -> Iterable[str]:
    yield "| ours ÷ PyODPS | least | **median** | greatest | bar | | bare `requests` ÷ PyODPS |"
    yield "|---|--:|--:|--:|--:|---|--:|"
    for bar in bars:
        most = "" if bar.most is None else f"≤ {bar.most:g}"
        verdict = {True: "holds", False: "**missed**", None: ""}[bar.holds]
        floor = "" if bar.floor is None else f"{bar.floor.middle:.3f}"
        low, middle, high = (
            f"{value:.3f}" for value in (bar.ratio.low, bar.ratio.middle, bar.ratio.high)
        )
        yield f"| {bar.name} | {low} | **{middle}** | {high} | {most} | {verdict} | {floor} |"


def _cost_put_off(samples: Mapping[str, Samples]) -> str:
    ms = {name: _middles(samples[f"{name} cpu_seconds"], 1e-3) for name in _BEGINNINGS}
    mib = {name: _middles(samples[f"{name} memory_bytes"], 2**20) for name in _BEGINNINGS}
    first, size = ms["first request"], mib["first request"]
    verdict = "held" if first["ours"] <= IMPORT_BAR * first["pyodps"] else "**missed**"
    return (
        f"Our import loads no `requests`, PyODPS's does: {ms['import']['ours']:.0f} against"
        f" {ms['import']['pyodps']:.0f} ms and {mib['import']['ours']:.1f} against"
        f" {mib['import']['pyodps']:.1f} MiB. That cost is deferred, not gone: it is"
        " paid with the first request. Import and a first request together take"
        f" {first['ours']:.0f} ms with ours, {first['pyodps']:.0f} with PyODPS and"
        f" {first['bare_requests']:.0f} with bare `requests`, the floor of both; in memory"
        f" {size['ours']:.1f}, {size['pyodps']:.1f} and {size['bare_requests']:.1f} MiB. For"
        f" both together, the import's bar of {IMPORT_BAR:g} would be {verdict}. Only a process"
        " that creates a client and sends nothing saves the difference."
    )


def _middles(samples: Samples, one: float) -> dict[str, float]:
    return {client: median(values) / one for client, values in samples.items()}


def _constancy(samples: Mapping[str, Samples], effort: Effort) -> str:
    ours = "does not grow" if is_memory_constant(samples, "ours") else "**grows**"
    theirs = "does not grow" if is_memory_constant(samples, "pyodps") else "grows"
    return (
        f"Streaming {effort.many_rows:,} rows instead of {effort.many_rows // 10:,}, our memory"
        f" {ours}; that of PyODPS {theirs}. {_csv_growth(samples)}"
    )


def _csv_growth(samples: Mapping[str, Samples]) -> str:
    grown = max(memory_grown_bytes(samples, one, "CSV") for one in ("ours", "ours_plain"))
    verdict = "holds" if grown <= CSV_MEMORY_BYTES else "**missed**"
    return (
        f"Writing so many as CSV takes {max(0, grown) / 2**20:.1f} MiB more"
        f" (bar: {CSV_MEMORY_BYTES // 2**20} MiB, {verdict})."
    )


def _sample_lines(samples: Mapping[str, Samples], effort: Effort) -> Iterable[str]:
    sizes = {
        "page": f"{1000:,}",
        "listed": f"{effort.many_pages * 1000:,}",
        "few_rows": f"{effort.many_rows // 10:,}",
        "wide_rows": f"{effort.many_rows // 5:,}",
        "rows": f"{effort.many_rows:,}",
    }
    yield f"| | {' | '.join(_NAMES.values())} | |"
    yield "|---|--:|--:|--:|---|"
    for title, measure, unit, one in _SHOWN:
        cells = (
            _cell(samples[measure][client], one) if client in samples[measure] else ""
            for client in _NAMES
        )
        yield f"| {title.format(**sizes)} | {' | '.join(cells)} | {unit} |"


def _cell(values: Iterable[float], one: float) -> str:
    spread = Spread.of(value / one for value in values)
    low, middle, high = (_number(value) for value in (spread.low, spread.middle, spread.high))
    return f"{low} **{middle}** {high}"


def _number(value: float) -> str:
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:.{digits}f}"


def _request_lines(counts: Iterable[RequestCount]) -> Iterable[str]:
    yield "| | PyODPS | ours | PyODPS again | ours again |"
    yield "|---|--:|--:|--:|--:|"
    for count in counts:
        numbers = (count.pyodps.first, count.ours.first, count.pyodps.again, count.ours.again)
        yield f"| {count.name} | {' | '.join(map(str, numbers))} |"
