"""The neutral blocks of a review: what a section says, without how it looks (SPEC §8).

A section is one function that gives blocks; every renderer knows these few kinds and nothing of sections.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

Tone = Literal["plain", "good", "warn", "bad"]
ColumnKind = Literal["text", "int", "date", "percent", "cell", "money", "input", "number", "course"]


class Link(NamedTuple):
    """A text that leads somewhere: to a cell of the team's workbook, and to a row of this review.

    ``cell`` is an A1 address on ``sheet``; ``anchor`` is another row's anchor.  Either may be missing, and a
    renderer follows the one it can.  ``page``: another file, as seen from the folder of this review, in place of both.
    """

    text: str
    sheet: str | None = None
    cell: str | None = None
    anchor: str | None = None
    page: str | None = None


Value = str | int | float | dt.date | Link | None
Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """One paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence that must be seen."""

    tone: Tone
    text: str


class Course(NamedTuple):
    """How a figure went: ``change`` against the last run in words, its tone, and the figure of each run.

    ``history``: oldest first, this run last; None where a run did not record it.  ``name``: of what figure it is the history.
    """

    change: str = ""
    tone: Tone = "plain"
    history: tuple[float | None, ...] = ()
    name: str = ""


NO_COURSE = Course()


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure with its name; ``note``: its parts, ``made_of``: what a page tells when the figure is opened, ``see``: the
    section that tells the rest.
    """

    label: str
    value: str
    note: str = ""
    tone: Tone = "plain"
    course: Course = NO_COURSE
    made_of: tuple[str | Link, ...] = ()
    see: str | None = None


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures side by side."""

    items: tuple[Metric, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``width`` counts characters, ``tones`` colours the words that it names.

    People fill in a column of kind ``input`` (in Excel); ``choices`` are the words that it takes, none: any.  ``number``
    holds counts (int) and rates (float); ``course`` holds the line of the numbers right of it: both of the Excel review only.
    ``order``: the words of a column by which a page sorts in their own order (tiers), not by the alphabet.
    """

    key: str
    title: str
    kind: ColumnKind = "text"
    width: int = 14
    tones: Mapping[str, Tone] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns, in the order in which people read them.

    ``anchors`` name rows that links may lead to; ``rank`` says which rows stay where a renderer must cut (lowest
    first), ``held`` which rows an Excel review of a very large workbook holds (None: all).  ``group`` names a
    column whose equal neighbours may be shown under one heading, ``see`` the section that tells the rest, and a
    ``main`` table is a long list: it gets a filter, and in Excel a sheet of its own where others stand above it.
    ``filters`` are the columns by which a page lets people choose rows, ``tagged`` one of them that holds several tags.
    ``page_rows`` is how many rows an HTML page shows (all, where it has filters); the Excel review holds the rest.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    empty: str = ""
    note: str = ""
    group: str | None = None
    see: str | None = None
    main: bool = False
    anchors: Sequence[str | None] | None = None
    rank: Sequence[int] | None = None
    held: Sequence[bool] | None = None
    filters: tuple[str, ...] = ()
    tagged: str | None = None
    page_rows: int = 1_000


@dataclass(frozen=True, slots=True)
class Ask:
    """A label with a cell beside it that people fill in, and what it is for; of the Excel review only."""

    label: str
    note: str


@dataclass(frozen=True, slots=True)
class Index:
    """Links to sections, by key and title; of the Excel review only."""

    title: str
    entries: tuple[tuple[str, str], ...]
    note: str = ""


class Series(NamedTuple):
    """One line of a chart, or one bar a label: a value for each label, None where there is none."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of figures that a table tells too; make it with ``charts``.

    ``kind``: ``line`` over time (one series), ``bars`` for comparing labels.  ``unit``: how a value is written.
    ``about``: what it shows, in a sentence, for those who do not see it.
    """

    key: str
    title: str
    kind: Literal["line", "bars"]
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: Literal["int", "percent"]
    about: str


FEWEST_POINTS = 3  # below that a picture says nothing that two numbers do not say


class Line(NamedTuple):
    """One line of a story: what it is (a date, a name), what it says, the cells that show it."""

    lead: str
    text: str
    cells: str = ""


class Story(NamedTuple):
    """All about one row of a table: its anchor, title and facts in brief, and parts of lines, each with its title."""

    anchor: str
    title: str
    brief: str
    parts: tuple[tuple[str, tuple[Line, ...]], ...]


@dataclass(frozen=True, slots=True)
class Stories:
    """Stories that a page opens one at a time; the Excel review has none.  ``tell``: made when a page asks."""

    key: str
    title: str
    note: str
    tell: Callable[[], list[Story]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class FlowChart:
    """Rows that went from one label to another, drawn on a page beside the table that tells the same.

    ``labels``: from top to bottom on both sides; ``counts``: (from, to) → rows, those that stayed too; ``about``: in a sentence;
    ``sides``: what stands above each side (nothing: the last run and this one).
    """

    key: str
    title: str
    labels: tuple[str, ...]
    counts: Mapping[tuple[str, str], int]
    about: str
    sides: tuple[str, str] = ("", "")


Block = Text | Notice | Metrics | Table | Chart | Ask | Index | Stories | FlowChart


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the review: a heading of the page, a sheet of the Excel file."""

    key: str
    title: str
    blocks: tuple[Block, ...]


def charts(chart: Chart) -> tuple[Chart, ...]:
    """The chart, or nothing where it has fewer than three points to show."""
    known = [values for values in zip(*(one.values for one in chart.series), strict=True) if any(v is not None for v in values)]
    return (chart,) if len(known) >= FEWEST_POINTS else ()


def shown_rows(table: Table, limit: int, only_held: bool = False) -> list[int]:
    """Positions of the rows that a renderer with room for ``limit`` shows, in reading order."""
    rows = range(len(table.rows))
    rows_left = [row for row in rows if not only_held or table.held is None or table.held[row]]
    if len(rows_left) <= limit:
        return rows_left
    if table.rank is not None:
        rank = table.rank
        rows_left.sort(key=lambda row: rank[row])
    return sorted(rows_left[:limit])


def column_at(table: Table, key: str) -> int:
    """Where a column stands.  Raises KeyError for a key that the table has not."""
    for position, column in enumerate(table.columns):
        if column.key == key:
            return position
    raise KeyError(key)


def without(table: Table, *keys: str) -> Table:
    """The same table without some of its columns."""
    kept = [place for place, column in enumerate(table.columns) if column.key not in keys]
    rows = [tuple(row[place] for place in kept) for row in table.rows]
    return replace(table, columns=tuple(table.columns[place] for place in kept), rows=rows)


def only(table: Table, keys: Sequence[str], rows: Sequence[int]) -> Table:
    """Some columns, in the order wanted, and some rows of a table; anchors are left behind."""
    places = [column_at(table, key) for key in keys]
    chosen = [table.rows[row] for row in rows]
    return replace(
        table, columns=tuple(table.columns[place] for place in places), rows=[tuple(row[place] for place in places) for row in chosen],
        anchors=None, rank=None if table.rank is None else [table.rank[row] for row in rows],
        held=None if table.held is None else [table.held[row] for row in rows],
        group=None, see=None, filters=(), tagged=None,
    )  # fmt: skip


def plain(value: Value) -> Value:
    """The value without its link."""
    return value.text if isinstance(value, Link) else value
