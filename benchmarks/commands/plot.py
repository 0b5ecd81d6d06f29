"""How many commands are acknowledged after how long, as a picture. Pure SVG."""

import math
from collections.abc import Iterable, Sequence

from benchmarks.commands.acks import Acks
from benchmarks.commands.people import PATIENCE_S, Ack

_LEFT, _TOP, _WIDTH, _HEIGHT = 60, 56, 560, 240

#: The time axis is logarithmic: from one to ten thousand milliseconds.
_DECADES = 4

_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 }
  .faint { fill: #656d76 }
  .grid { stroke: #d8dee4 }
  .ours { stroke: #1f883d; stroke-width: 2; fill: none }
  .bare { stroke: #8c959f; stroke-width: 2; fill: none }
  .bar { stroke: #cf222e; stroke-width: 2 }
"""


def plot(acks: Acks) -> str:
    """Return the share of commands that are acknowledged after a time."""
    size = f'width="{_LEFT + _WIDTH + 40}" height="{_TOP + _HEIGHT + 50}"'
    legend = "green: odps-bot, grey: Bolt alone, red: Slack's limit of 3 s"
    bar = _x(PATIENCE_S)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        "<title>Commands acknowledged after a time</title>",
        f"<style>{_STYLE}</style>",
        f'<rect {size} fill="#ffffff"/>',
        '<text class="title" x="16" y="22">Commands acknowledged after …</text>',
        f'<text class="faint" x="16" y="42">{legend}</text>',
        *_grid(),
        f'<line class="bar" x1="{bar:.1f}" y1="{_TOP}" x2="{bar:.1f}" y2="{_TOP + _HEIGHT}"/>',
        _curve(acks.bare, "bare"),
        _curve(acks.ours, "ours"),
        "</svg>",
        "",
    ]
    return "\n".join(lines)


def _grid() -> Iterable[str]:
    for decade, label in enumerate(("1 ms", "10 ms", "100 ms", "1 s", "10 s")):
        x, bottom = _LEFT + _WIDTH * decade / _DECADES, _TOP + _HEIGHT
        yield f'<line class="grid" x1="{x}" y1="{_TOP}" x2="{x}" y2="{bottom}"/>'
        yield f'<text class="faint" x="{x}" y="{bottom + 20}" text-anchor="middle">{label}</text>'
    for share in (0, 50, 100):
        y = _TOP + _HEIGHT * (1 - share / 100)
        yield f'<line class="grid" x1="{_LEFT}" y1="{y}" x2="{_LEFT + _WIDTH}" y2="{y}"/>'
        yield f'<text class="faint" x="{_LEFT - 8}" y="{y + 5}" text-anchor="end">{share} %</text>'


def _curve(acks: Sequence[Ack], kind: str) -> str:
    ordered = sorted(ack.after_s for ack in acks)
    step = max(1, len(ordered) // 300)
    ranks = [*range(0, len(ordered) - 1, step), len(ordered) - 1]
    points = " ".join(
        f"{_x(ordered[rank]):.1f},{_TOP + _HEIGHT * (1 - (rank + 1) / len(ordered)):.1f}"
        for rank in ranks
    )
    return f'<polyline class="{kind}" points="{points}"/>'


def _x(after_s: float) -> float:
    decades = math.log10(max(1, 1_000 * after_s))
    return _LEFT + _WIDTH * min(1, decades / _DECADES)
