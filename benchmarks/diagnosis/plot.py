"""The confusion matrix as a picture. Pure SVG."""

from collections.abc import Iterator

from benchmarks.diagnosis.found import Found
from benchmarks.diagnosis.measure import NOTHING

_LEFT, _TOP, _CELL, _LATE = 150, 170, 34, 250

_TITLE = "What was said, in % of the lives of which the kind at the left was true"

_STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 }
  .faint { fill: #656d76 }
  .right { fill: #1f883d }
  .wrong { fill: #cf222e }
  .light { fill: #ffffff }
  .late { fill: #8c959f }
"""


def plot(found: Found) -> str:
    """Return a picture: a row for each kind that was true, a column for each that was said."""
    rows = [*found.kinds, NOTHING]
    width = _LEFT + _CELL * len(rows) + _LATE
    height = _TOP + _CELL * len(rows) + 20
    size = f'width="{width}" height="{height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
            "<title>What was said of lives, by what was true of them</title>",
            f"<style>{_STYLE}</style>",
            f'<rect {size} fill="#ffffff"/>',
            f'<text class="title" x="16" y="24">{_TITLE}, {found.lives:,} lives</text>',
            *_columns(rows),
            *(line for place, kind in enumerate(rows) for line in _row(found, rows, place, kind)),
            "</svg>",
            "",
        ]
    )


def _columns(rows: list[str]) -> Iterator[str]:
    for place, kind in enumerate(rows):
        x, y = _LEFT + _CELL * place + _CELL // 2 + 4, _TOP - 8
        yield f'<text x="{x}" y="{y}" transform="rotate(-60 {x} {y})">{kind}</text>'
    x = _LEFT + _CELL * len(rows) + 20
    yield f'<text class="faint" x="{x}" y="{_TOP - 8}">seconds late: median, p95</text>'


def _row(found: Found, rows: list[str], place: int, kind: str) -> Iterator[str]:
    counts = found.alarms if kind == NOTHING else found.matrix[kind]
    total = sum(counts.values()) or 1
    y = _TOP + _CELL * place
    yield f'<text x="{_LEFT - 8}" y="{y + 21}" text-anchor="end">{kind}</text>'
    for column, said in enumerate(rows):
        share = counts.get(said, 0) / total
        if share:
            yield from _cell(_LEFT + _CELL * column, y, share, is_right=said == kind)
    if kind != NOTHING:
        yield from _late(found, kind, _LEFT + _CELL * len(rows) + 20, y)


def _cell(x: int, y: int, share: float, *, is_right: bool) -> Iterator[str]:
    style = "right" if is_right else "wrong"
    opacity = max(0.15, share)
    yield (
        f'<rect class="{style}" x="{x}" y="{y}" width="{_CELL - 2}" height="{_CELL - 2}"'
        f' opacity="{opacity:.2f}"/>'
    )
    ink = ' class="light"' if opacity > 0.5 else ""
    shown = f"{100 * share:.0f}" if share >= 0.01 else "<1"
    text = shown.replace("<", "&lt;")
    yield f'<text{ink} x="{x + 16}" y="{y + 21}" text-anchor="middle">{text}</text>'


def _late(found: Found, kind: str, x: int, y: int) -> Iterator[str]:
    middle, most = found.late(kind, 0.5), found.late(kind, 0.95)
    width = max(1.0, most * 2)
    yield f'<rect class="late" x="{x}" y="{y + 8}" width="{width:.0f}" height="14"/>'
    yield f'<text x="{x + width + 6:.0f}" y="{y + 20}">{middle:.0f}, {most:.0f}</text>'
