"""Where the tables of a workbook stand: header rows, first and last row, side by side or below one another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from crmsheet.model import CellRef, Finding, Region, letters
from crmsheet.privacy.detect import scrub
from crmsheet.tables.match import Match, owned_name
from crmsheet.tables.own_sheets import own_sheet
from crmsheet.tables.recognise import ColumnMap, LookAlike, recognise
from crmsheet.workbook import Range, Sheet, Workbook

SEARCH_ROWS = 30  # a first header stands in these rows (SPEC §2)
CANDIDATES = 2_000  # rows looked at for further headers below
BAND_TEXT = 16  # longest text of a band over columns; longer ones are instructions


@dataclass(frozen=True, slots=True)
class Found:
    """What one workbook holds: its tables, what merely looks like one, and what is odd about headers."""

    regions: tuple[Region, ...]
    findings: tuple[Finding, ...]
    look_alikes: tuple[tuple[str, LookAlike], ...] = ()


@dataclass(frozen=True, slots=True)
class _Head:
    """One header on a sheet: its rows, the columns it spans, its match."""

    rows: tuple[int, ...]
    first_column: int
    last_column: int
    match: Match
    headers: Mapping[int, str] = field(default_factory=dict)
    end: int | None = None  # last row, where an Excel table or a name says so
    excel_table: str | None = None


def find_tables(book: Workbook, mapped: ColumnMap, ours: Collection[str] = ()) -> Found:
    """All tables of a workbook.

    ``mapped``: a team's own header → field, a kind (``[columns]``); ``ours``: what owned columns are called here.
    """
    regions: list[Region] = []
    findings: list[Finding] = []
    others: list[tuple[str, LookAlike]] = []
    for name in book.sheets:
        sheet = book.sheet(name)
        if sheet.state == "veryHidden" or not sheet.last_row or own_sheet(sheet) is not None:
            continue
        grid = _Grid(sheet)
        heads, strangers = _heads(book, grid, mapped)
        others += [(name, other) for other in strangers]
        for head in heads:
            region, problems = _region(sheet, head, heads)
            regions.append(_with_owned_apart(region, grid, ours))
            findings += problems
    return Found(tuple(regions), tuple(findings), tuple(others))


# ---------------------------------------------------------------- headers


def _heads(book: Workbook, grid: _Grid, mapped: ColumnMap) -> tuple[list[_Head], list[LookAlike]]:
    """Headers of one sheet, top down: Excel tables first, then named ranges, then by looking."""
    sheet = grid.sheet
    heads: list[_Head] = []
    others: list[LookAlike] = []
    told: list[tuple[Range, str | None, int]] = [
        (t.ref, t.name, t.ref.last_row - t.totals_rows) for t in sheet.tables if t.header_rows
    ]
    told += [
        (n.ref, None, n.ref.last_row) for n in book.defined_names if n.ref and _may_be_table(n.ref, n.name, n.sheet, sheet)
    ]
    for area, table, end in told:
        if not any(head.rows[-1] == area.first_row and _touch(head, area) for head in heads):
            found = _try_row(grid, area.first_row, area, mapped)
            heads += [_told(head, end, table) for head in found if isinstance(head, _Head)]
    for row in grid.candidates():
        if any(_inside(head, row) for head in heads):
            continue
        for item in _try_row(grid, row, None, mapped):
            if isinstance(item, LookAlike):
                others += [item] if not heads else []
            elif not any(_overlap(item, head) for head in heads):
                heads.append(_lowest(grid, item, mapped))
    heads.sort(key=lambda head: (head.rows[-1], head.first_column))
    return heads, others if not heads else []


def _may_be_table(area: Range, name: str, on: str | None, sheet: Sheet) -> bool:
    if on != sheet.name or name.startswith("_xlnm"):
        return False
    return area.last_row > area.first_row and area.last_column >= area.first_column + 2


def _told(head: _Head, end: int, table: str | None) -> _Head:
    return _Head(head.rows, head.first_column, head.last_column, head.match, head.headers, end, table)


def _touch(head: _Head, area: Range) -> bool:
    return head.first_column <= area.last_column and area.first_column <= head.last_column


def _inside(head: _Head, row: int) -> bool:
    """Whether a row belongs to a table that already said how far it goes."""
    return head.rows[0] <= row <= (head.end or head.rows[-1])


def _overlap(one: _Head, two: _Head) -> bool:
    return one.rows[-1] == two.rows[-1] and one.first_column <= two.last_column and two.first_column <= one.last_column


def _lowest(grid: _Grid, head: _Head, mapped: ColumnMap) -> _Head:
    """A merged header of several rows is known by its lowest row that names more fields."""
    below = [item for item in _try_row(grid, head.rows[-1] + 1, None, mapped) if isinstance(item, _Head)]
    better = [item for item in below if _touch_head(item, head) and len(item.match.fields) > len(head.match.fields)]
    return better[0] if better else head


def _touch_head(one: _Head, two: _Head) -> bool:
    return one.match.kind == two.match.kind and one.first_column <= two.last_column


def _try_row(grid: _Grid, row: int, area: Range | None, mapped: ColumnMap) -> list[_Head | LookAlike]:
    """The tables whose header this row is: the whole row as one, or its runs between blank columns each as one."""
    texts = grid.texts(row, area)
    if len(texts) < 2:
        return []
    runs = [run for run in _runs(texts) if len(run) >= 2]
    parts = [item for run in runs for item in [_head(grid, row, run, mapped)] if isinstance(item, _Head)]
    if len(parts) >= 2:
        return list(parts)
    whole = _head(grid, row, texts, mapped)
    return [whole] if whole is not None else []


def _runs(texts: Mapping[int, str]) -> Iterator[dict[int, str]]:
    """Split at blank columns."""
    run: dict[int, str] = {}
    for column in sorted(texts):
        if run and column - 1 not in run:
            yield run
            run = {}
        run[column] = texts[column]
    if run:
        yield run


def _head(grid: _Grid, row: int, texts: Mapping[int, str], mapped: ColumnMap) -> _Head | LookAlike | None:
    bands = grid.bands_above(row, min(texts), max(texts))
    groups = grid.groups(bands, texts)
    found = recognise(texts, groups, mapped)
    if not isinstance(found, Match):
        return found
    return _Head((*bands, row), min(texts), max(texts), found, dict(texts))


class _Grid:
    """The texts of a sheet's upper rows, merged cells spread over their range; rows are read when asked for."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self._rows: dict[int, dict[int, str]] = {}
        self._merged = [m for m in sheet.merged if m.first_row <= SEARCH_ROWS + CANDIDATES]

    def candidates(self) -> Iterator[int]:
        """Rows that may be headers: the first ones, then those after a gap or a lone title."""
        top = min(SEARCH_ROWS, self.sheet.last_row)
        yield from range(1, top + 1)
        if self.sheet.last_row <= top:
            return
        filled = self.sheet.filled(1, self.sheet.last_row)
        below = [r for r in range(top + 1, self.sheet.last_row + 1) if filled[r - 1] >= 2 and filled[r - 2] <= 1]
        yield from below[:CANDIDATES]

    def row(self, row: int) -> dict[int, str]:
        """Column → text of one row, without what merging spreads."""
        if row not in self._rows:
            cells = self.sheet.rows(row, min(row + SEARCH_ROWS, max(row, self.sheet.last_row)))
            for r in range(row, row + SEARCH_ROWS + 1):
                line = cells.get(r, {})
                self._rows[r] = {c: str(cell.value).strip() for c, cell in line.items() if cell.kind == "text"}
        return self._rows[row]

    def texts(self, row: int, area: Range | None) -> dict[int, str]:
        """Header texts of a row; a cell merged down into it counts, one merged across names its first column only."""
        texts = {c: t for c, t in self.row(row).items() if t}
        for m in self._merged:
            if m.first_row < row <= m.last_row and m.first_column == m.last_column:
                above = self.row(m.first_row).get(m.first_column)
                if above:
                    texts[m.first_column] = above
        if area is not None:
            texts = {c: t for c, t in texts.items() if area.first_column <= c <= area.last_column}
        return texts

    def bands_above(self, row: int, first: int, last: int) -> tuple[int, ...]:
        """Rows right above that band columns together (客户基础信息 over its columns); at most two.

        A row with one text merged over the whole width, or one text alone, is a title.
        """
        bands: list[int] = []
        for above in range(row - 1, max(0, row - 3), -1):
            texts = {c: t for c, t in self.row(above).items() if first <= c <= last and t}
            if not texts or not self._is_band(above, texts, first, last):
                break
            bands.insert(0, above)
        return tuple(bands)

    def _is_band(self, row: int, texts: Mapping[int, str], first: int, last: int) -> bool:
        here = [m for m in self._merged if m.first_row <= row <= m.last_row and m.first_column in texts]
        if any(m.first_column <= first and m.last_column >= last for m in here):
            return False
        if any(m.last_column > m.first_column or m.last_row > row for m in here):
            return True
        return len(texts) >= 2 and max(map(len, texts.values())) <= BAND_TEXT and len(texts) < (last - first + 1) / 2

    def groups(self, bands: Iterable[int], texts: Mapping[int, str]) -> dict[int, str]:
        """Column → text of the bands above it."""
        found: dict[int, str] = {}
        for row in bands:
            line = self.row(row)
            for m in self._merged:
                if m.first_row <= row <= m.last_row and m.first_column in line:
                    for column in texts:
                        if m.first_column <= column <= m.last_column:
                            found[column] = found.get(column, "") + line[m.first_column]
        return found


# ---------------------------------------------------------------- regions


def _region(sheet: Sheet, head: _Head, heads: list[_Head]) -> tuple[Region, list[Finding]]:
    """The region that a header opens: to the end it was told, to the next header below, or to the sheet's end."""
    match, header_row = head.match, head.rows[-1]
    end = head.end if head.end is not None else _end(sheet, head, heads)
    first = header_row + 1 if end > header_row else None
    region = Region(
        kind=match.kind, sheet=sheet.name, header_rows=head.rows, first_row=first, last_row=end if first else None,
        fields=dict(match.fields), headers={column: scrub(text) for column, text in head.headers.items()}, units=dict(match.units),
        unknown=match.unknown, owned=dict(match.owned), right_edge=head.last_column, excel_table=head.excel_table,
    )  # fmt: skip
    return region, [*_header_findings(region, match), *_rows_below(sheet, head, heads, end)]


def _with_owned_apart(region: Region, grid: _Grid, ours: Collection[str]) -> Region:
    """Owned columns that had to be put apart from their table, to the right of what blocked it, are still its own."""
    if region.kind != "customers":
        return region
    texts = grid.texts(region.header_rows[-1], None)
    apart = {c: t for c, t in texts.items() if c > region.right_edge and (owned_name(t) or t in ours)}
    return replace(region, owned={**{owned_name(t) or t: c for c, t in apart.items()}, **region.owned})


def _end(sheet: Sheet, head: _Head, heads: list[_Head]) -> int:
    below = [h for h in heads if h.rows[0] > head.rows[-1] and h.first_column <= head.last_column]
    below = [h for h in below if head.first_column <= h.last_column]
    if not below:
        return sheet.last_row
    row = min(h.rows[0] for h in below) - 1
    filled = sheet.filled(head.rows[-1], row)
    while row > head.rows[-1] and filled[row - head.rows[-1]] <= 1:  # blank rows and the next table's title
        row -= 1
    return row


def _header_findings(region: Region, match: Match) -> list[Finding]:
    row = region.header_rows[-1]

    def at(column: int) -> CellRef:
        return CellRef(region.sheet, row, column)

    def label(name: str) -> str:
        return match.spec.fields[name].header if name in match.spec.fields else name

    found = [
        Finding("ambiguous-header", at(c), region.headers[c], {"first": label(one), "second": label(two)})
        for c, one, two in match.ambiguous
    ]
    return found + [
        Finding("duplicate-header", at(c), region.headers[c], {"first": letters(read)}) for c, read in match.duplicates
    ]


def _rows_below(sheet: Sheet, head: _Head, heads: list[_Head], end: int) -> list[Finding]:
    """Rows typed right below an Excel table are not part of it: they are named, and not read."""
    table = next((t for t in sheet.tables if t.name == head.excel_table), None)
    if table is None:
        return []
    first = table.ref.last_row + 1
    names = [c for name in ("customer_id", "name") for c in head.match.fields.get(name, ())]
    count, row = 0, first
    cells = sheet.rows(first, min(first + CANDIDATES, sheet.last_row)) if first <= sheet.last_row else {}
    taken = {r for h in heads if h is not head for r in range(h.rows[0] - 1, (h.end or sheet.last_row) + 1)}
    while row in cells and row not in taken and any(c in cells[row] for c in names) and len(cells[row]) > 1:
        count, row = count + 1, row + 1
    if not count:
        return []
    where = CellRef(sheet.name, first, table.ref.first_column)
    return [Finding("rows-below-table", where, None, {"table": table.name, "count": count})]

