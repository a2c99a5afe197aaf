"""XlsxWriter's workbook as the Excel review uses it: rows as finished XML, parts that go into the package as they are made.

XlsxWriter keeps every part in a temporary file of its own until all are made, hundreds for a review; at a thousand customers
that and the deflating took a third of the time that the Excel review took.  This leans on how XlsxWriter streams rows and names
its parts (3.2 and 3.3), and the tests read every kind of cell back.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO, StringIO
from tempfile import SpooledTemporaryFile
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from xlsxwriter import Workbook  # type: ignore[import-untyped]
from xlsxwriter.packager import Packager  # type: ignore[import-untyped]
from xlsxwriter.url import Url  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from crmsheet.model import letters

_compressor: Callable[..., Any]
try:
    from isal import isal_zlib

    _compressor, _LEVEL = isal_zlib.compressobj, 2
except ImportError:  # no wheel for this machine: slower, and as large
    _compressor, _LEVEL = zlib.compressobj, 3

_OPTIONS = {
    "constant_memory": True,  # rows go into a file as they come: 20,000 customers cost no memory
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
_IN_MEMORY = 1 << 22  # bytes of a sheet's rows; of a longer one they lie in a file without a name
_AT_ONCE = 1 << 18  # characters of a part that are deflated together


class ReviewBook(Workbook):  # type: ignore[misc]  # XlsxWriter has no types
    """A workbook whose sheets are RowSheets; ``package`` gives its bytes once it is closed."""

    def __init__(self) -> None:
        super().__init__(BytesIO(), _OPTIONS)
        self.in_memory = True  # asked of the packager; with constant_memory XlsxWriter does not take it as an option
        self._parts = BytesIO()

    def add_sheet(self, name: str) -> RowSheet:
        """A further sheet."""
        sheet: RowSheet = self.add_worksheet(name, worksheet_class=RowSheet)
        return sheet

    def package(self) -> bytes:
        """The file's bytes."""
        return self._parts.getvalue()

    def _get_packager(self) -> _Packager:
        return _Packager(self._parts)


class _Packager(Packager):  # type: ignore[misc]
    """Puts each part into the package when the next one is begun, and leaves none to XlsxWriter."""

    def __init__(self, file: BytesIO) -> None:
        super().__init__()
        self._package = ZipFile(file, "w", ZIP_DEFLATED)
        self._part: _Part | None = None

    def _create_package(self) -> list[Any]:
        super()._create_package()
        self._end_part()
        self._package.close()
        return []

    def _filename(self, xml_filename: str) -> StringIO:
        self._end_part()
        self._part = _Part(self._package, xml_filename)
        return self._part

    def _end_part(self) -> None:
        if self._part is not None:
            self._part.end()


class _Part(StringIO):
    """The text of one part on its way into the package."""

    def __init__(self, package: ZipFile, name: str) -> None:
        super().__init__()
        info = ZipInfo(name)  # of 1980-01-01, never the clock
        info.compress_type = ZIP_DEFLATED
        out: Any = package.open(info, "w")
        out._compressor = _compressor(_LEVEL, ZIP_DEFLATED, -15)  # noqa: SLF001  zipfile has no other way to a faster one
        self._out = out

    def drain(self) -> None:
        """Deflate what was written so far."""
        self._out.write(self.getvalue().encode())
        self.seek(0)
        self.truncate()

    def end(self) -> None:
        """Nothing more is to come."""
        self.drain()
        self._out.close()


class RowSheet(Worksheet):  # type: ignore[misc]
    """A worksheet that also takes rows as finished XML.

    XlsxWriter spends 11 µs on a cell, most of it on questions whose answer is the same down a whole column; asked
    once a column, a cell costs 1 µs.
    """

    def _initialize(self, init_data: Mapping[str, Any]) -> None:
        super()._initialize({**init_data, "constant_memory": False})  # it would make a file with a name for the rows
        self.constant_memory = True
        self.row_data_fh = self.fh = SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", newline="")  # noqa: SIM115  closed below
        self._targets: dict[str, Mapping[str, Any]] = {}

    def add_rows(self, first: int, last_column: int, rows: Sequence[str]) -> None:
        """Write ``<row>`` elements that stand below all earlier ones; ``first`` counts from 0."""
        if not rows:
            return
        self._check_dimensions(first, 0)
        self._check_dimensions(first + len(rows) - 1, last_column)
        self._write_single_row(first + len(rows))  # what was written cell by cell comes first
        self.fh.writelines(rows)

    def add_link(self, row: int, column: int, url: str) -> None:
        """Make a cell of ``add_rows`` a link; both count from 0."""
        target, _, anchor = url.partition("#")
        if not (anchor and target.startswith("external:")):
            self.hyperlinks[row][column] = Url(url)
            return
        if target not in self._targets:  # most lead into one file: what is asked of its path is asked once
            self._targets[target] = vars(Url(target))
        link = self.hyperlinks[row][column] = Url.__new__(Url)
        vars(link).update(self._targets[target], _anchor=anchor.replace("/", "\\"))

    def _prepare_formula(self, formula: str, *_: bool) -> str:
        """Our formulas compare a cell with a text and call no function: nothing in them is to be renamed."""
        return formula.removeprefix("=")

    def _write_hyperlink_external(self, row: int, col: int, id_num: int, url: Url) -> None:
        anchor = self._escape_attributes(url._anchor)  # noqa: SLF001
        place = f' location="{anchor}"' if anchor else ""
        self.fh.write(f'<hyperlink ref="{letters(col + 1)}{row + 1}" r:id="rId{id_num}"{place}/>')

    def _write_optimized_sheet_data(self) -> None:
        rows: Any = self.row_data_fh
        part: Any = self.fh
        rows.seek(0)
        part.write("<sheetData>")
        while text := rows.read(_AT_ONCE):
            part.write(text)
            part.drain()
        rows.close()
        part.write("</sheetData>")
