"""The review as an Excel file, written with XlsxWriter: a sheet a section, the first one to print (SPEC §8).

Everything is written by its type, so a text stays a text whatever it begins with; links lead to the cells of the
team's workbook by a relative path.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from crmsheet.model import Outcome, letters
from crmsheet.review.blocks import (
    Ask,
    Block,
    Chart,
    Index,
    Metrics,
    Notice,
    Row,
    Section,
    Table,
    Text,
    column_at,
    shown_rows,
)
from crmsheet.review.heading import Heading, heading
from crmsheet.review.words import Say
from crmsheet.review.xlsx_book import ReviewBook, RowSheet
from crmsheet.review.xlsx_cells import Formats, Links, clean, header_style, rows_xml, text_width
from crmsheet.review.xlsx_charts import write_chart
from crmsheet.review.xlsx_front import GRID, TO_INDEX, Cell, courses, lay, paint
from crmsheet.review.xlsx_marks import Area, mark
from crmsheet.texts import Lang

MOST_ROWS = 100_000  # of one table: what a person can still open and filter
_AT_ONCE = 2_000  # rows that are in memory as XML
ONE_SHEET = ("decide",)  # sections whose list stays below what is asked above it
_WIDEST = 60
_PAGE = 250  # characters side by side that can still be read on a printed page; a wider list takes two


def write(
    outcome: Outcome, sections: Sequence[Section], path: Path, lang: Lang, workbook_relpath: str | None = None,
    seal: Callable[[bytes], bytes] | None = None,
) -> None:  # fmt: skip
    """Write the review to ``path``.

    ``workbook_relpath`` is the team's workbook as seen from the folder in which the review will lie; None: cells
    are named, not linked.  ``seal`` puts it under a password; before, the rows of a long sheet lie in
    a temporary file that has no name.  Raises OSError.
    """
    write_page(heading(outcome, lang), outcome.as_of, outcome.tiers, sections, path, lang, workbook_relpath, seal)


def write_page(
    head: Heading, day: dt.date, tiers: Sequence[str], sections: Sequence[Section], path: Path, lang: Lang, workbook_relpath: str | None,
    seal: Callable[[bytes], bytes] | None = None,
) -> None:  # fmt: skip
    """Sections under any heading, as ``write`` does it; ``day``: when the file says that it was made.  Raises OSError."""
    with ReviewBook() as book:
        midnight = dt.datetime.combine(day, dt.time())
        book.set_properties({"title": clean(head.title), "created": midnight})  # never the clock
        pages = list(sheets(sections))
        writer = _Writer(book, Say(lang), workbook_relpath, {section.key: section.title for section in sections}, sheet_names(pages), tiers)
        for place, page in enumerate(pages):
            if page.key == "summary":
                writer.front(page, head)
            else:
                writer.sheet(page, head if place == 0 else None)
        writer.draw_courses()
    path.write_bytes(book.package() if seal is None else seal(book.package()))


class Page(NamedTuple):
    """One sheet: its title, its blocks; ``key`` of the section where it is the section's first sheet, else of its table."""

    key: str
    title: str
    blocks: tuple[Block, ...]


def sheets(sections: Sequence[Section]) -> Iterator[Page]:
    """What stands on each sheet: a section is one; a long list below other tables gets its own."""
    for section in sections:
        long = [block for block in section.blocks[1:] if isinstance(block, Table) and block.main and section.key not in ONE_SHEET]
        own = {id(block) for block in long}  # by identity: comparing long lists is work
        yield Page(section.key, section.title, tuple(block for block in section.blocks if id(block) not in own))
        for table in long:
            yield Page(f"{section.key}.{table.key}", table.title, (table,))


def sheet_names(pages: Sequence[Page]) -> dict[str, str]:
    """Key of each page → the name of its sheet."""
    taken = set[str]()
    return {page.key: sheet_name(page.title, taken) for page in pages}


def sheet_name(title: str, taken: set[str]) -> str:
    """A name that Excel takes and that is not taken: 31 characters at most, without brackets, colon, star, question mark and slashes."""
    plain = clean(title).translate(dict.fromkeys(map(ord, "[]:*?/\\"), " ")).strip().strip("'")[:31] or "-"
    name, number = plain, 2
    while name.casefold() in taken:
        name, number = f"{plain[:27]} {number}", number + 1
    taken.add(name.casefold())
    return name


def quoted(sheet: str) -> str:
    """A sheet's name as it stands in an address."""
    return "'" + sheet.replace("'", "''") + "'"


class _Writer:
    """Writes sheets into one workbook, each from top to bottom."""

    def __init__(
        self, book: ReviewBook, say: Say, workbook: str | None, titles: Mapping[str, str], names: Mapping[str, str],
        tiers: Sequence[str],
    ) -> None:
        self._book, self._say, self._workbook, self._titles, self._names, self._tiers = book, say, workbook, titles, names, tiers
        self._formats = Formats(book)
        self._row = self._index_row = 0
        self._course_rows: dict[str, str] = {}  # figure → the cells of its runs
        self._courses: list[tuple[RowSheet, int, int, str]] = []  # where the line of which figure goes

    def front(self, page: Page, facts: Heading) -> None:
        """The first sheet: one printed page, and the index below it."""
        sheet = self._book.add_sheet(self._names[page.key])
        self._page(sheet, (), pages_high=1)
        cells = lay(page.blocks, facts, Links(self._workbook), self._sheet_link, self._titles, self._say)
        if any(isinstance(block, Index) for block in page.blocks):
            below = f"internal:{quoted(sheet.name)}!A{max(one.row for one in cells) + 3}"
            cells.append(Cell(0, TO_INDEX, GRID - 1, self._say("to_index"), "index", below))
        self._row = paint(sheet, cells, self._formats)
        self._courses += [(sheet, row, column, name) for (row, column), name in courses(cells).items()]
        sheet.print_area(0, 0, self._row - 1, GRID - 1)
        for block in page.blocks:
            if isinstance(block, Index):
                self._index(sheet, block)

    def draw_courses(self) -> None:
        """The figures' lines, when all sheets are written: their numbers stand on a later one."""
        for sheet, row, column, name in self._courses:
            if name in self._course_rows:
                sheet.add_sparkline(row, column, {"range": self._course_rows[name], "series_color": "#1D4F80", "last_point": True,
                                                  "last_color": "#B3261E", "weight": 1.5})  # fmt: skip

    def _way_home(self, sheet: RowSheet, title: str, widths: Sequence[int]) -> None:
        """A link to the first sheet, beside the title."""
        key, name = next(iter(self._names.items()))
        reach, column = 0, 0
        while reach < 2 * text_width(title) and column < len(widths):  # its letters are large
            reach, column = reach + widths[column], column + 1
        sheet.write_string(0, column, self._say("way_home", title=self._titles.get(key, name)), self._formats["index"])
        sheet.add_link(0, column, f"internal:{quoted(name)}!A1")

    def _sheet_link(self, key: str) -> str | None:
        return f"internal:{quoted(self._names[key])}!A1" if key in self._names else None

    def sheet(self, page: Page, facts: Heading | None) -> None:
        """One sheet: its title, what stands above the review on the first one, its blocks."""
        sheet = self._book.add_sheet(self._names[page.key])
        self._row, links = 0, Links(self._workbook)
        widths = _widths(page.blocks)
        self._page(sheet, widths)
        sheet.freeze_panes(1, 0)  # the title, until a long list says otherwise
        sheet.repeat_rows(0)
        if facts is None:
            self._way_home(sheet, page.title, widths)
        self._line(sheet, facts.title if facts else page.title, "title")
        for name, value in facts.facts if facts else ():
            sheet.write_string(self._row, 0, clean(name), self._formats["soft"])
            self._line(sheet, value, "plain", 1)
        for block in page.blocks:
            self._block(sheet, block, links, widths)

    def _page(self, sheet: Any, widths: Sequence[int], pages_high: int = 0) -> None:
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(2 if sum(widths) > _PAGE else 1, pages_high)  # 0: as many as it takes
        sheet.set_margins(0.4, 0.4, 0.5, 0.5)
        sheet.set_footer("&L&A&R" + self._say("page_of"))
        sheet.hide_gridlines(2)
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)

    def _line(self, sheet: Any, text: str, style: str, column: int = 0) -> None:
        sheet.write_string(self._row, column, clean(text), self._formats[style])
        self._row += 1

    def _block(self, sheet: Any, block: Block, links: Links, widths: Sequence[int]) -> None:
        if isinstance(block, Table):
            self._table(sheet, block, links, widths)
        elif isinstance(block, Metrics):
            for item in block.items:
                sheet.write_string(self._row, 0, clean(item.label), self._formats["plain"])
                sheet.write_string(self._row, 1, clean(item.value), self._formats[f"figure.{item.tone}"])
                self._line(sheet, item.note, "soft", 2)
        elif isinstance(block, Chart):
            self._row = write_chart(self._book, sheet, block, self._row + 1, self._formats, self._say("label"))
        elif isinstance(block, Notice):
            self._line(sheet, block.text, f"notice.{block.tone}")
        elif isinstance(block, Text):
            self._line(sheet, block.text, "soft")
        elif isinstance(block, Ask):
            sheet.write_string(self._row, 0, clean(block.label), self._formats["plain"])
            sheet.write_blank(self._row, 1, None, self._formats["input"])
            self._line(sheet, block.note, "soft", 2)

    def _index(self, sheet: RowSheet, index: Index) -> None:
        """Links to the other sheets; below what is printed."""
        self._row += 1
        self._line(sheet, index.title, "heading")
        for key, title in index.entries:
            if url := self._sheet_link(key):
                sheet.add_link(self._row, 0, url)
            self._line(sheet, title, "index")
        if index.note:
            self._line(sheet, index.note, "soft")

    def _table(self, sheet: Any, table: Table, links: Links, widths: Sequence[int]) -> None:
        if not table.main:
            self._row += 1
            self._line(sheet, table.title, "heading")
        if not table.rows:
            self._line(sheet, table.empty, "soft")
            return
        top = self._row
        for place, column in enumerate(table.columns):
            sheet.write_string(top, place, clean(column.title), self._formats[header_style(column)])
        self._row += 1
        self._rows(sheet, table, links, widths)
        if table.main:
            sheet.autofilter(top, 0, max(self._row - 1, top + 1), len(table.columns) - 1)
            sheet.freeze_panes(top + 1, _frozen_columns(table))
            sheet.repeat_rows(top)
            if sum(widths) > _PAGE and _frozen_columns(table):
                sheet.repeat_columns(0, _frozen_columns(table) - 1)
        self._under(sheet, table, self._row - top - 1)

    def _rows(self, sheet: RowSheet, table: Table, links: Links, widths: Sequence[int]) -> None:
        rows = [table.rows[at] for at in shown_rows(table, MOST_ROWS, only_held=True)]
        first = self._row
        for low in range(0, len(rows), _AT_ONCE):
            xml = rows_xml(table.columns, widths, first + low + 1, rows[low : low + _AT_ONCE], self._formats)
            sheet.add_rows(first + low, len(table.columns) - 1, xml)
        for place in (at for at, column in enumerate(table.columns) if column.kind == "cell"):
            for number, row in enumerate(rows, start=first):
                if url := links.of(row[place]):
                    sheet.add_link(number, place, url)
        if rows:
            mark(self._book, sheet, table.columns, Area(first, first + len(rows) - 1), self._tiers)
        self._note_courses(sheet, table, first, rows)
        for place, column in enumerate(table.columns):
            if column.choices and rows:
                message = self._say("choose_one", words=self._say("list_separator").join(column.choices))
                sheet.data_validation(first, place, first + len(rows) - 1, place, {
                    "validate": "list", "source": list(column.choices), "error_title": column.title, "error_message": message,
                })  # fmt: skip
        self._row += len(rows)

    def _note_courses(self, sheet: RowSheet, table: Table, first: int, rows: Sequence[Row]) -> None:
        """Remember the rows of a table that has a column for lines."""
        place = next((at for at, column in enumerate(table.columns) if column.kind == "course"), None)
        if place is None:
            return
        for number, row in enumerate(rows, start=first):
            name = str(row[0])
            self._course_rows[name] = f"{quoted(sheet.name)}!{letters(place + 2)}{number + 1}:{letters(len(row))}{number + 1}"
            self._courses.append((sheet, number, place, name))

    def _under(self, sheet: Any, table: Table, shown: int) -> None:
        left = len(table.rows) - shown
        if left:
            self._line(sheet, self._say("rows_left_xlsx", shown=f"{shown:,}", left=f"{left:,}"), "soft")
        if table.note:
            see, url = (self._say("quoted", text=self._titles[table.see]), self._sheet_link(table.see)) if table.see else ("", None)
            if url:
                sheet.add_link(self._row, 0, url)
            self._line(sheet, f"{table.note} {see}".rstrip(), "index" if url else "soft")


def _widths(blocks: Sequence[Block]) -> list[int]:
    """The width of each column of a sheet: the widest that one of its tables asks for."""
    tables = [block for block in blocks if isinstance(block, Table)]
    count = max((len(table.columns) for table in tables), default=3)
    widths = [[table.columns[at].width for table in tables if at < len(table.columns)] for at in range(count)]
    return [min(max(asked, default=20) + 2, _WIDEST) for asked in widths]


def _frozen_columns(table: Table) -> int:
    """Columns that stay in sight: up to the customer's name, where it stands near the left edge."""
    try:
        place = column_at(table, "customer")
    except KeyError:
        return 0
    return place + 1 if place < 2 else 0
