"""What must follow new columns: Excel tables, filters, column widths, validations and their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from crmsheet.workbook.errors import EditError
from crmsheet.workbook.package import Package
from crmsheet.workbook.parts import relations, split_reference
from crmsheet.workbook.ranges import Range, column_letters, parse_range
from crmsheet.workbook.xml import (
    MAIN,
    Node,
    Splice,
    drop_attribute,
    escape_attribute,
    escape_text,
    parse,
    prefix_of,
    set_attribute,
    spliced,
    to_utf8,
    unescape_text,
)

# a worksheet's children in the order that the schema demands
_ORDER = """sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection
protectedRanges scenarios autoFilter sortState dataConsolidate customSheetViews mergeCells
phoneticPr conditionalFormatting dataValidations hyperlinks printOptions pageMargins pageSetup
headerFooter rowBreaks colBreaks customProperties cellWatches ignoredErrors smartTags drawing
legacyDrawing legacyDrawingHF drawingHF picture oleObjects controls webPublishItems tableParts
extLst"""
ORDER = _ORDER.split()
_MAX_LIST = 255  # characters of a validation's list


@dataclass(frozen=True, slots=True)
class ExcelTable:
    """An Excel table (ListObject).

    ``ref`` holds header and totals rows; ``columns`` are its column names.
    """

    name: str
    ref: Range
    header_rows: int
    totals_rows: int
    columns: tuple[str, ...]
    part: str = ""
    plain: bool = True  # no query or XML map behind it that would have to know new columns


@dataclass(frozen=True, slots=True)
class ColumnLook:
    """How a new column looks.

    ``kind``: text, date or number; ``width`` in characters; ``choices`` of a drop-down.
    """

    header: str
    kind: str = "text"
    width: float | None = None
    choices: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """Where new columns went.  ``blocked``: something stood beside the table, so they are not next to it."""

    columns: list[int]
    blocked: bool
    in_table: bool


@dataclass(frozen=True, slots=True)
class Added:
    """One call of add_columns, as the commit needs it."""

    looks: tuple[ColumnLook, ...]
    first_column: int
    first_row: int  # of the data
    last_row: int
    table: ExcelTable | None  # the table that grows
    filter: Range | None  # the worksheet filter that grows

    @property
    def last_column(self) -> int:
        return self.first_column + len(self.looks) - 1


def read_tables(package: Package, sheet_part: str) -> tuple[ExcelTable, ...]:
    """The Excel tables of a sheet.  InputError when a table part is malformed."""
    found = []
    for relation in relations(package, sheet_part):
        if relation.kind == "table" and package.has(relation.target):
            root = parse(to_utf8(package.read(relation.target), relation.target), relation.target)
            table = _table(root, relation.target)
            if table is not None:
                found.append(table)
    return tuple(found)


def read_pivots(package: Package, sheet_part: str) -> tuple[Range, ...]:
    """Where the pivot tables of a sheet lie.  InputError when one of their parts is malformed."""
    found = []
    for relation in relations(package, sheet_part):
        if relation.kind == "pivotTable" and package.has(relation.target):
            root = parse(to_utf8(package.read(relation.target), relation.target), relation.target)
            location = root.child("location")
            found.append(parse_range(location.attrs.get("ref", "")) if location else None)
    return tuple(ref for ref in found if ref)


def _table(root: Node, part: str) -> ExcelTable | None:
    ref, columns = parse_range(root.attrs.get("ref", "")), root.child("tableColumns")
    if ref is None:
        return None
    nodes = columns.all("tableColumn") if columns else ()
    names = tuple(unescape_text(c.attrs.get("name", "")) for c in nodes)
    whole = len(names) == ref.last_column - ref.first_column + 1  # else new columns have no sure place in it
    plain = whole and root.attrs.get("tableType", "worksheet") == "worksheet"
    return ExcelTable(
        root.attrs.get("displayName") or root.attrs.get("name", ""),
        ref,
        root.number("headerRowCount", 1),
        root.number("totalsRowCount"),
        names,
        part,
        plain,
    )


def check_choices(looks: Sequence[ColumnLook]) -> None:
    """EditError for a drop-down list that Excel could not hold."""
    for look in looks:
        if look.choices and (
            any("," in c or '"' in c for c in look.choices) or len(",".join(look.choices)) > _MAX_LIST
        ):
            raise EditError(
                f"列“{look.header}”的下拉选项含逗号、引号或总长超过 {_MAX_LIST}；请缩短选项",
                f"the choices of column {look.header!r} hold a comma or quote, or more than {_MAX_LIST}"
                " characters in all; shorten them",
            )


def grown_table(data: bytes, part: str, added: Added) -> bytes:
    """The table part with the new columns: ref, autoFilter and tableColumns."""
    root = parse(data, part)
    columns = root.child("tableColumns")
    old = parse_range(root.attrs["ref"])
    assert columns is not None and old is not None
    edits: list[Splice] = [_ref_splice(data, root, old._replace(last_column=added.last_column))]
    own_filter = root.child("autoFilter")
    filtered = parse_range(own_filter.attrs.get("ref", "")) if own_filter else None
    if own_filter and filtered:
        edits.append(_ref_splice(data, own_filter, filtered._replace(last_column=added.last_column)))
    ids = [c.number("id") for c in columns.all("tableColumn")]
    prefix = prefix_of(data, columns)
    new = b"".join(
        b'<%stableColumn id="%d" name="%s"/>' % (prefix, max(ids, default=0) + i, _column_name(look.header))
        for i, look in enumerate(added.looks, 1)
    )
    tag = set_attribute(data[columns.start : columns.inner], b"count", str(len(ids) + len(added.looks)))
    edits += [(columns.start, columns.inner, tag), (columns.close, columns.close, new)]
    return spliced(data, edits)


def _column_name(header: str) -> bytes:
    """The name as the header cell shows it; a line break would become a space when the attribute is read."""
    text = escape_text(header).replace("\n", "_x000a_").replace("\t", "_x0009_")
    return text.replace('"', "&quot;").encode("ascii", "xmlcharrefreplace")


def _ref_splice(data: bytes, node: Node, ref: Range) -> Splice:
    return node.start, node.inner, set_attribute(data[node.start : node.inner], b"ref", str(ref))


def sheet_splices(data: bytes, root: Node, added: Sequence[Added]) -> list[Splice]:
    """Filter, widths and validations of the sheet that follow new columns."""
    out: list[Splice] = []
    prefix = prefix_of(data, root)  # sheetData may have another one
    node = root.child("autoFilter")
    grown = [a for a in added if a.filter]
    if node is not None and grown:
        ref = grown[-1].filter
        assert ref is not None
        out.append(_ref_splice(data, node, ref._replace(last_column=max(a.last_column for a in grown))))
    widths = {a.first_column + i: look.width for a in added for i, look in enumerate(a.looks)}
    hidden = _hidden_columns(root)
    widths = {c: w for c, w in widths.items() if w or any(first <= c <= last for first, last in hidden)}
    if widths:
        out += width_splices(data, root, prefix, widths)
    return out + validation_splices(data, root, prefix, added)


def place_of(root: Node, name: str) -> int:
    """Offset where a new child of that name belongs among a worksheet's children."""
    return next((c.start for c in root.children if _rank(c) > ORDER.index(name)), root.close)


def _rank(node: Node) -> int:
    """Where a worksheet's child stands in the schema's order; -1 for another namespace's, which may stand
    anywhere.
    """
    if node.name == "AlternateContent" and node.space not in MAIN:
        return max((_rank(c) for branch in node.children for c in branch.children), default=-1)
    return ORDER.index(node.name) if node.space in MAIN and node.name in ORDER else -1


def _hidden_columns(root: Node) -> list[tuple[int, int]]:
    cols = root.child("cols")
    nodes = cols.all("col") if cols else ()
    return [(n.number("min"), n.number("max")) for n in nodes if n.attrs.get("hidden") in ("1", "true")]


def width_splices(data: bytes, root: Node, prefix: bytes, widths: Mapping[int, float | None]) -> list[Splice]:
    """Widths of single columns, which are shown (None: as wide as they are); existing ranges are split, every
    other column keeps its attributes.
    """
    cols = root.child("cols")
    if cols is None or cols.inner == cols.end:
        body = b"".join(_new_col(prefix, c, w) for c, w in sorted(widths.items()))
        whole = b"<%scols>%s</%scols>" % (prefix, body, prefix)
        start, end = (cols.start, cols.end) if cols else (place_of(root, "cols"),) * 2
        return [(start, end, whole)]
    out, left = [], dict(sorted(widths.items()))
    prefix = prefix_of(data, cols)
    for node in cols.all("col"):
        first, last = node.number("min"), node.number("max")
        before = b"".join(_new_col(prefix, c, left.pop(c)) for c in list(left) if c < first)
        inside = {c: left.pop(c) for c in list(left) if first <= c <= last}
        if before:
            out.append((node.start, node.start, before))
        if inside:
            out.append((node.start, node.end, _split(data[node.start : node.end], first, last, inside)))
    if left:
        out.append((cols.close, cols.close, b"".join(_new_col(prefix, c, w) for c, w in left.items())))
    return out


def _new_col(prefix: bytes, column: int, width: float | None) -> bytes:
    return b'<%scol min="%d" max="%d" width="%s" customWidth="1"/>' % (
        prefix,
        column,
        column,
        f"{width:g}".encode(),
    )


def _split(element: bytes, first: int, last: int, widths: Mapping[int, float | None]) -> bytes:
    """A column range cut at the columns whose width is set."""
    pieces, at = [], first
    for column in [*widths, last + 1]:
        if at < column:
            pieces.append(set_attribute(set_attribute(element, b"min", str(at)), b"max", str(column - 1)))
        if column <= last:
            own = drop_attribute(drop_attribute(element, b"hidden"), b"bestFit")
            own = set_attribute(set_attribute(own, b"min", str(column)), b"max", str(column))
            width = widths[column]
            if width is not None:
                own = set_attribute(set_attribute(own, b"width", f"{width:g}"), b"customWidth", "1")
            pieces.append(own)
        at = column + 1
    return b"".join(pieces)


def validation_splices(data: bytes, root: Node, prefix: bytes, added: Sequence[Added]) -> list[Splice]:
    """Drop-down lists of new columns, where no validation covers them yet."""
    node = root.child("dataValidations")
    prefix = prefix_of(data, node) if node else prefix
    taken = _validated(data, root)
    new = []
    for group in added:
        for i, look in enumerate(group.looks):
            area = Range(group.first_row, group.first_column + i, group.last_row, group.first_column + i)
            if look.choices and area.first_row <= area.last_row and not any(area.meets(t) for t in taken):
                new.append(_validation(prefix, area, look.choices))
    if not new:
        return []
    body = b"".join(new)
    if node is None or node.inner == node.end:
        whole = b'<%sdataValidations count="%d">%s</%sdataValidations>' % (prefix, len(new), body, prefix)
        start, end = (node.start, node.end) if node else (place_of(root, "dataValidations"),) * 2
        return [(start, end, whole)]
    total = len(list(node.all("dataValidation"))) + len(new)
    tag = data[node.start : node.inner]
    counted = set_attribute(tag, b"count", str(total)) if "count" in node.attrs else tag
    return [(node.start, node.inner, counted), (node.close, node.close, body)]


def _validated(data: bytes, root: Node) -> list[Range]:
    """What the sheet's validations cover, those in Excel 2010's extension too."""
    found = [
        ref
        for node in _descendants(root)
        if node.name == "dataValidation"
        for text in [
            node.attrs.get("sqref", ""),
            *(data[c.inner : c.close].decode("ascii", "replace") for c in node.children if c.name == "sqref"),
        ]
        for ref in map(parse_range, text.split())
    ]
    return [ref for ref in found if ref]


def _descendants(node: Node) -> Iterator[Node]:
    for child in node.children:
        yield child
        yield from _descendants(child)


def _validation(prefix: bytes, area: Range, choices: Sequence[str]) -> bytes:
    # no error alert: the list suggests, and another word is answered by a finding
    listed = escape_attribute(",".join(choices)).replace(b"&quot;", b'"')
    formula = b'<%sformula1>"%s"</%sformula1>' % (prefix, listed, prefix)
    head = b'<%sdataValidation type="list" allowBlank="1" sqref="%s">' % (prefix, str(area).encode())
    return head + formula + b"</%sdataValidation>" % prefix


def filter_name_splices(data: bytes, root: Node, tab: int, old: Range, last_column: int) -> list[Splice]:
    """The hidden name of a worksheet's filter, following it; nothing when there is none that agrees with it."""
    names = root.child("definedNames")
    for node in names.all("definedName") if names else ():
        mine = node.attrs.get("name") == "_xlnm._FilterDatabase" and node.attrs.get("localSheetId") == str(
            tab
        )
        if mine and split_reference(node.text)[1] == old and b"!" in data[node.inner : node.close]:
            head, _, _ = data[node.inner : node.close].rpartition(b"!")
            first = f"!${column_letters(old.first_column)}${old.first_row}"
            ref = f"{first}:${column_letters(last_column)}${old.last_row}"
            return [(node.inner, node.close, head + ref.encode())]
    return []


_LEADING = """fileVersion fileSharing workbookPr workbookProtection bookViews sheets functionGroups
externalReferences definedNames"""
_BEFORE_CALC = frozenset(_LEADING.split())


def recalculation_splices(data: bytes, root: Node) -> list[Splice]:
    """calcPr asking Excel to calculate everything when it opens the file."""
    node = root.child("calcPr")
    if node is not None:
        if node.attrs.get("fullCalcOnLoad") in ("1", "true"):
            return []
        return [
            (node.start, node.inner, set_attribute(data[node.start : node.inner], b"fullCalcOnLoad", "1"))
        ]
    own = (c for c in root.children if c.space in MAIN)  # others' elements may stand anywhere
    at = next((c.start for c in own if c.name not in _BEFORE_CALC), root.close)
    return [(at, at, b'<%scalcPr fullCalcOnLoad="1"/>' % prefix_of(data, root))]
