"""After how long the ends of runs are told, as a picture. Pure SVG."""

import math
from collections.abc import Iterable, Sequence

from benchmarks.ends.measure import Ended, Found
from benchmarks.ends.report import MEDIAN_S, P99_S

_LEFT, _TOP, _WIDTH, _HEIGHT = 64, 56, 560, 280

#: Both axes are logarithmic: runs of 1 to 120 s, told after 0.03 to 30 s.
_LASTS_S = (1.0, 120.0)
_TOLD_S = (0.03, 30.0)

_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 }
  .faint { fill: #656d76 }
  .grid { stroke: #d8dee4 }
  .held { fill: #1f883d }
  .polled { fill: #8c959f }
  .bar { stroke: #cf222e; stroke-dasharray: 4 3 }
"""


def plot(held: Found, polled: Found) -> str:
    """Return each run as a point: how long it lasted, and when its end was told."""
    size = f'width="{_LEFT + _WIDTH + 40}" height="{_TOP + _HEIGHT + 56}"'
    legend = "green: held requests, grey: polls alone, red: the bars (median, p99)"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        "<title>Ends told after a time</title>",
        f"<style>{_STYLE}</style>",
        f'<rect {size} fill="#ffffff"/>',
        '<text class="title" x="16" y="22">Reply in Slack after the end of the instance</text>',
        f'<text class="faint" x="16" y="42">{legend}</text>',
        *_grid(),
        *_points(polled.runs, "polled"),
        *_points(held.runs, "held"),
        "</svg>",
        "",
    ]
    return "\n".join(lines)


def _grid() -> Iterable[str]:
    right, bottom = _LEFT + _WIDTH, _TOP + _HEIGHT
    for told_s in (0.1, 1, 10):
        y = _y(told_s)
        yield f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>'
        yield (
            f'<text class="faint" x="{_LEFT - 8}" y="{y + 5:.1f}" text-anchor="end">'
            f"{told_s:g} s</text>"
        )
    for bar_s in (MEDIAN_S, P99_S):
        y = _y(bar_s)
        yield f'<line class="bar" x1="{_LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>'
    for lasts_s in (1, 3, 10, 30, 120):
        x = _x(lasts_s)
        yield f'<line class="grid" x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{bottom}"/>'
        yield (
            f'<text class="faint" x="{x:.1f}" y="{bottom + 20}" text-anchor="middle">'
            f"{lasts_s} s</text>"
        )
    yield (
        f'<text class="faint" x="{_LEFT + _WIDTH / 2:.1f}" y="{bottom + 42}"'
        ' text-anchor="middle">how long the run lasts</text>'
    )


def _points(runs: Sequence[Ended], kind: str) -> Iterable[str]:
    for one in runs:
        if one.reply_s is not None:
            x, y = _x(one.lasts_s), _y(one.reply_s)
            yield f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'


def _x(lasts_s: float) -> float:
    return _LEFT + _WIDTH * _share(lasts_s, _LASTS_S)


def _y(told_s: float) -> float:
    return _TOP + _HEIGHT * (1 - _share(told_s, _TOLD_S))


def _share(value: float, span: tuple[float, float]) -> float:
    low, high = (math.log(edge) for edge in span)
    return min(1.0, max(0.0, (math.log(max(value, 1e-6)) - low) / (high - low)))
