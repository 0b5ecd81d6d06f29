"""Lateness and cost of each design as a picture. Pure SVG."""

from collections.abc import Callable, Iterable, Sequence
from html import escape

from benchmarks.watch.bars import lateness_s
from benchmarks.watch.measure import Found

_LABELS = 340
_PANEL = 190
_GAP = 70
_LINE = 26
_TOP = 74

_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 }
  .faint { fill: #656d76 }
  .ours { fill: #1f883d }
  .other { fill: #8c959f }
"""

_PANELS: tuple[tuple[str, Callable[[Found], float]], ...] = (
    ("lateness, p99, s", lambda found: lateness_s(found, 0.99)),
    ("requests a minute", lambda found: found.requests_a_minute),
    ("processor, % of a core", lambda found: found.cpu_s_a_minute / 0.6),
)


def plot(all_found: Sequence[Found], *, ours: Iterable[str]) -> str:
    """Return a picture with a line a measurement; each panel has its own scale from zero."""
    own = set(ours)
    width = _LABELS + len(_PANELS) * (_PANEL + _GAP)
    size = f'width="{width}" height="{_TOP + _LINE * len(all_found) + 12}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        "<title>Watching running instances; shorter is better</title>",
        f"<style>{_STYLE}</style>",
        f'<rect {size} fill="#ffffff"/>',
        '<text class="title" x="16" y="24">Watching running instances: shorter is better</text>',
        '<text class="faint" x="16" y="44">green: odps-bot, grey: what people build instead</text>',
    ]
    for number, found in enumerate(all_found):
        label = escape(f"{found.design}, {found.count:,}")
        y = _TOP + _LINE * number + 14
        lines.append(f'<text x="{_LABELS - 8}" y="{y}" text-anchor="end">{label}</text>')
    for place, (title, measure) in enumerate(_PANELS):
        left = _LABELS + place * (_PANEL + _GAP)
        lines.append(f'<text class="faint" x="{left}" y="{_TOP - 10}">{title}</text>')
        lines += _bars(all_found, measure, left, own)
    return "\n".join((*lines, "</svg>", ""))


def _bars(
    all_found: Sequence[Found], measure: Callable[[Found], float], left: int, own: set[str]
) -> Iterable[str]:
    greatest = max(measure(found) for found in all_found) or 1
    for number, found in enumerate(all_found):
        value, top = measure(found), _TOP + _LINE * number
        width = max(1, _PANEL * value / greatest)
        kind = "ours" if found.design in own else "other"
        yield f'<rect class="{kind}" x="{left}" y="{top}" width="{width:.1f}" height="17"/>'
        shown = f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
        yield f'<text x="{left + width + 6:.1f}" y="{top + 14}">{shown}</text>'
