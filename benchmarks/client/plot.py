"""The bars as a picture: a line per ratio, with its spread and limit. Pure SVG."""

from collections.abc import Iterable, Sequence
from html import escape

from benchmarks.client.bars import Bar

_LABELS_WIDTH = 360
_SCALE_WIDTH = 440
_WIDTH = _LABELS_WIDTH + _SCALE_WIDTH + 90
_GREATEST = 1.05  # what is greater ends here
_LINE = 30
_TOP = 84

_LEGEND = (
    "green: within its bar, orange: not, blue: without one; grey: bare requests;"
    " black: least to greatest; red: the bar"
)

_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 }
  .faint { fill: #656d76 }
  .grid { stroke: #d8dee4 }
  .ours { fill: #1f883d }
  .missed { fill: #bc4c00 }
  .free { fill: #54aeff }
  .floor { fill: #8c959f }
  .spread { stroke: #1f2328; stroke-width: 1.5 }
  .bar { stroke: #cf222e; stroke-width: 2 }
"""


def plot(bars: Sequence[Bar]) -> str:
    """Return the picture; PyODPS is 1."""
    height = _TOP + _LINE * len(bars) + 16
    size = f'width="{_WIDTH}" height="{height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" {size}>',
        "<title>Our client as a part of PyODPS; shorter is better</title>",
        f"<style>{_STYLE}</style>",
        f'<rect {size} fill="#ffffff"/>',
        '<text class="title" x="16" y="24">Our client ÷ PyODPS: shorter is better</text>',
        f'<text class="faint" x="16" y="44">{_LEGEND}</text>',
    ]
    lines += _grid(height)
    for number, bar in enumerate(bars):
        lines += _drawn(bar, _TOP + _LINE * number)
    return "\n".join((*lines, "</svg>", ""))


def _grid(height: int) -> Iterable[str]:
    for part in (0, 0.25, 0.5, 0.75, 1):
        x = _x(part)
        yield f'<line class="grid" x1="{x}" y1="{_TOP - 6}" x2="{x}" y2="{height - 12}"/>'
        yield f'<text class="faint" x="{x}" y="{_TOP - 12}" text-anchor="middle">{part}</text>'


def _drawn(bar: Bar, top: int) -> Iterable[str]:
    middle = top + 9
    left = _LABELS_WIDTH - 8
    yield f'<text x="{left}" y="{top + 14}" text-anchor="end">{escape(bar.name)}</text>'
    if bar.floor is not None:
        width = _x(bar.floor.middle) - _x(0)
        yield f'<rect class="floor" x="{_x(0)}" y="{top + 18}" width="{width:.1f}" height="4"/>'
    kind = {True: "ours", False: "missed", None: "free"}[bar.holds]
    width = _x(bar.ratio.middle) - _x(0)
    yield f'<rect class="{kind}" x="{_x(0)}" y="{top}" width="{width:.1f}" height="17"/>'
    if bar.ratio.low < bar.ratio.high:
        low, high = _x(bar.ratio.low), _x(bar.ratio.high)
        yield f'<line class="spread" x1="{low:.1f}" y1="{middle}" x2="{high:.1f}" y2="{middle}"/>'
    if bar.most is not None:
        x = _x(bar.most)
        yield f'<line class="bar" x1="{x:.1f}" y1="{top - 3}" x2="{x:.1f}" y2="{top + 20}"/>'
    right = max(_x(bar.ratio.high), _x(bar.most or 0)) + 8
    arrow = " →" if bar.ratio.middle > _GREATEST else ""
    yield f'<text x="{right:.1f}" y="{top + 14}">{bar.ratio.middle:.2f}{arrow}</text>'


def _x(ratio: float) -> float:
    return _LABELS_WIDTH + _SCALE_WIDTH * min(ratio, _GREATEST)
