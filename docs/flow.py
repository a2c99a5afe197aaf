"""The picture of docs/architecture.md: boxes on a grid, arrows between their sides, readable in light and dark."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

LEFT, WIDTH, HEIGHT, STEP_X, STEP_Y, TOP = 20, 226, 62, 256, 98, 20  # pixels
COLUMNS, ROWS = 4, 7
STYLE = """
svg { font: 14px system-ui, "Segoe UI", "Noto Sans", sans-serif }
.sheet { fill: #ffffff } .frame { fill: #f1f6f6; stroke: #9db8b8; stroke-dasharray: 5 4 }
.box { fill: #ffffff; stroke: #3c6e71 } .file { fill: #fff7e0; stroke: #b58a1b } .bar { fill: #3c6e71 }
.name { fill: #14343a; font-weight: 600 } .told, .aside { fill: #44585c; font-size: 12px } .inverse { fill: #ffffff }
.arrow { fill: none; stroke: #3c6e71; stroke-width: 1.6; marker-end: url(#tip) } #tip path { fill: #3c6e71 }
@media (prefers-color-scheme: dark) {
  .sheet { fill: #16201f } .frame { fill: #1b2a2a; stroke: #4c6b6b }
  .box { fill: #20302f; stroke: #7fb3b1 } .file { fill: #362e15; stroke: #d6ac45 } .bar { fill: #2f6265 }
  .name { fill: #e8f3f2 } .told, .aside { fill: #b6c8c7 } .inverse { fill: #ffffff }
  .arrow { stroke: #7fb3b1 } #tip path { fill: #7fb3b1 }
}
"""


class Box(NamedTuple):
    """A part of the program, or a file, in a field of the grid; ``told`` is what comes out of it, a line each."""

    column: int
    row: int
    name: str
    told: tuple[str, ...]
    look: str = "box"

    @property
    def x(self) -> int:
        """The left side, in pixels."""
        return LEFT + self.column * STEP_X

    @property
    def y(self) -> int:
        """The upper side, in pixels."""
        return TOP + self.row * STEP_Y


BOXES = {
    "file": Box(0, 0, "the team's workbook", (".xlsx, .xlsm; read-only: .xls .csv",), "file"),
    "workbook": Box(1, 0, "workbook/", ("columns of cells",)),
    "tables": Box(2, 0, "tables/", ("find → match → read:", "typed frames that know their cells")),
    "policy": Box(3, 0, "policy/", ("TOML → Policy;", "the team's settings")),
    "decisions": Box(0, 1, "decisions/", ("what people decided", "in an Excel review")),
    "memory": Box(1, 1, "memory/", ("what earlier runs left in the", "workbook, and its mirror")),
    "judge": Box(2, 1, "judge/", ("bands, tier by the rules,", "evidence, score")),
    "moves": Box(2, 2, "moves/", ("stand → answer → ask → settle:", "one move a customer and day")),
    "plan": Box(3, 2, "plan/", ("tasks, next action,", "status")),
    "others": Box(3, 3, "checks/ · tags · insight/", ("findings, 客户标签,", "figures of the whole team")),
    "write": Box(0, 5, "writeback · record", ("owned cells, ledger rows", "→ workbook/")),
    "review": Box(1, 5, "review/ · rollup/", ("sections of neutral blocks;", "documents; all teams together")),
    "outreach": Box(2, 5, "outreach/ · explain", ("reminders, the week by days;", "one customer in full")),
    "lab": Box(3, 5, "lab/ · export/", ("policies compared, months", "looked back on; a database")),
    "same": Box(0, 6, "the same file", ("everything else byte for byte", "as it was"), "file"),
    "pages": Box(1, 6, "the review", ("HTML, Excel, JSON",), "file"),
    "sent": Box(2, 6, "calendars, messages", (".ics, mail, group robots",), "file"),
    "data": Box(3, 6, "pages, tables", ("HTML; SQLite, DuckDB,", "PostgreSQL, Parquet"), "file"),
}
ARROWS = (
    ("file", "workbook"), ("workbook", "tables"), ("workbook", "memory"), ("tables", "judge"), ("policy", "judge"), ("decisions", "moves"),
    ("memory", "moves"), ("judge", "moves"), ("moves", "plan"), ("plan", "others"),
    ("write", "same"), ("review", "pages"), ("outreach", "sent"), ("lab", "data"),
)  # fmt: skip
ORDER = ("assess.py is the only place that knows this order.", "A stage takes values and returns values and findings;", "it does not touch the disk.")
OUTCOME = TOP + 4 * STEP_Y + 14  # the bar between what finds out and what tells
BAR = 34


def flow_picture() -> str:
    """An SVG of how data flow from the workbook into the workbook and the reviews."""
    wide, high = 2 * LEFT + (COLUMNS - 1) * STEP_X + WIDTH, TOP + ROWS * STEP_Y + 22
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" role="img" aria-labelledby="title">',
        "<title id=\"title\">How data flow through crmsheet: one direction, from the team's workbook back into it and into the review</title>",
        f"<style>{STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>',
        f'<rect class="sheet" width="{wide}" height="{high}" rx="8"/>',
        f'<rect class="frame" x="{LEFT - 12}" y="{TOP + STEP_Y - 20}" width="{wide - 2 * LEFT + 24}" height="{3 * STEP_Y + 2}" rx="8"/>',
        *(_text(LEFT, TOP + 3 * STEP_Y + 22 + 18 * i, line, "aside") for i, line in enumerate(ORDER)),
        *(_arrow(BOXES[start], BOXES[end]) for start, end in ARROWS),
        _line(2, TOP + 2 * STEP_Y + HEIGHT, OUTCOME),
        _line(3, TOP + 3 * STEP_Y + HEIGHT, OUTCOME),
        *(_line(column, OUTCOME + BAR, TOP + 5 * STEP_Y) for column in range(COLUMNS)),
        f'<rect class="bar" x="{LEFT}" y="{OUTCOME}" width="{wide - 2 * LEFT}" height="{BAR}" rx="6"/>',
        _text(wide // 2, OUTCOME + 22, "Outcome: all that a run found out", "name inverse", "middle"),
        *(_box(box) for box in BOXES.values()),
        _text(LEFT, high - 14, "Beside a run: blank/ propose/ doctor/ demo/ library/.   Below all: model/ values/ privacy/ texts.   run.py opens, fills and commits.", "aside"),
    ]
    return "\n".join(parts) + "\n</svg>\n"


def _box(box: Box) -> str:
    lines = [_text(box.x + 10, box.y + 38 + 16 * i, line, "told") for i, line in enumerate(box.told)]
    frame = f'<rect class="{box.look}" x="{box.x}" y="{box.y}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>'
    return "\n".join([frame, _text(box.x + 10, box.y + 20, box.name, "name"), *lines])


def _text(x: int, y: int, text: str, look: str, anchor: str = "start") -> str:
    return f'<text class="{look}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'


def _line(column: int, start: int, end: int) -> str:
    middle = LEFT + column * STEP_X + WIDTH // 2
    return f'<path class="arrow" d="M{middle} {start}V{end}"/>'


def _arrow(start: Box, end: Box) -> str:
    """Straight where both stand in one row or column, else down and to the side."""
    if start.row == end.row:
        return f'<path class="arrow" d="M{start.x + WIDTH} {start.y + HEIGHT // 2}H{end.x}"/>'
    if start.column == end.column:
        return _line(start.column, start.y + HEIGHT, end.y)
    right, level = end.column > start.column, end.y + HEIGHT // 2
    return f'<path class="arrow" d="M{start.x + WIDTH // 2} {start.y + HEIGHT}V{level}H{end.x if right else end.x + WIDTH}"/>'
