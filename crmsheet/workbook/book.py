"""An open workbook: its sheets to read, the edits planned for them, and the commit."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from crmsheet.workbook import build, newsheet, ole, parts, residue
from crmsheet.workbook.append import append_rows
from crmsheet.workbook.build import SheetEdit
from crmsheet.workbook.cells import checked
from crmsheet.workbook.commit import Receipt, written
from crmsheet.workbook.errors import EditError, InputError, Notice
from crmsheet.workbook.foreign import from_rows, from_text, from_xls
from crmsheet.workbook.guard import most_items
from crmsheet.workbook.newsheet import NewSheet
from crmsheet.workbook.package import Content, Package, normal, open_package
from crmsheet.workbook.proof import prove
from crmsheet.workbook.ranges import cell_name
from crmsheet.workbook.reader import Reader
from crmsheet.workbook.scan import scan
from crmsheet.workbook.sheet import Change, Sheet
from crmsheet.workbook.styles import Styles
from crmsheet.workbook.tables import ColumnLook, filter_name_splices, grown_table, recalculation_splices
from crmsheet.workbook.texts import shared_strings
from crmsheet.workbook.xml import encoding_of, is_editable, parse, spliced, to_utf8

_FORMULA = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?f[\s>/]")


def open_workbook(path: str | Path, password: str | None = None, *, foreign: bool = False) -> Workbook:
    """Open a workbook for reading and planning edits; the file is read once and not touched before
    ``commit``.  ``foreign``: .xls and .csv files too, which can be read and never be written.

    InputError, in one line: missing, empty, a folder, unreadable, no workbook, .xls, .xlsb, encrypted,
    damaged.
    """
    place = Path(path)
    data = _read(place)
    if foreign and (translated := _translated(data, place)) is not None:
        return Workbook(place, data, open_package(translated), None, foreign=True)
    plain = ole.decrypted(data, place.name, password) if data.startswith(ole.MAGIC) else data
    if not plain.startswith(b"PK") and b"PK\x05\x06" not in plain[-65_557:]:
        raise InputError(
            f"{place.name} 不是 Excel 工作簿（内容不是 .xlsx 格式）；请用 Excel 另存为 .xlsx",
            f"{place.name} is no Excel workbook (its content is not .xlsx); save it as .xlsx from Excel",
        )
    return Workbook(place, data, open_package(plain), password if plain is not data else None)


def workbook_of(name: str, sheet: str, rows: Sequence[Sequence[Any]]) -> Workbook:
    """A workbook of one sheet that stands in no file, to be read only; ``rows``: texts, numbers, dates and None."""
    return Workbook(Path(name), b"", open_package(from_rows(sheet, rows)), None, foreign=True)


def _translated(data: bytes, place: Path) -> bytes | None:
    """The package of an .xls or .csv; None when it is neither."""
    if ole.is_xls(data):
        return from_xls(data, place.name)
    return None if data.startswith((ole.MAGIC, b"PK")) else from_text(data, place.name, place.stem)


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(
            f"找不到文件 {path}；请检查路径", f"there is no file {path}; check the path"
        ) from None
    except IsADirectoryError:
        raise _folder(path) from None
    except OSError as error:
        if path.is_dir():  # Windows says "permission denied"
            raise _folder(path) from None
        raise InputError(
            f"无法读取 {path}（{error.strerror}）；请检查权限，或关闭占用它的程序",
            f"{path} cannot be read ({error.strerror}); check its permissions or who has it open",
        ) from None
    if not data:
        raise InputError(
            f"{path.name} 是空文件；请恢复一份完整的副本", f"{path.name} is empty; restore a whole copy"
        )
    return data


def _folder(path: Path) -> InputError:
    return InputError(
        f"{path} 是文件夹，不是工作簿；请给出 .xlsx 文件",
        f"{path} is a folder, not a workbook; give an .xlsx file",
    )


class Workbook:
    """An open workbook.  Use it in a ``with`` block; it holds the file's bytes, no handle."""

    def __init__(self, path: Path, data: bytes, package: Package, password: str | None, *, foreign: bool = False) -> None:
        self.path, self.package, self.foreign = path, package, foreign
        self._data, self.password = data, password
        self._part = parts.workbook_part(package)
        self._xml = to_utf8(package.read(self._part), self._part)
        self._root = parts.workbook_tree(self._xml, self._part)
        self._entries = parts.sheet_entries(package, self._part, self._root)
        self._sheets: dict[str, Sheet] = {}
        self._new: dict[str, NewSheet] = {}  # by lower-case name
        self._committed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget planned edits and what was read; the file is not touched.  Nothing more may be written through
        this object.
        """
        self._committed = True
        self._new.clear()
        self._sheets.clear()  # sheets and book refer to each other: without this all of it would stay in memory
        self.__dict__.pop("strings", None)

    # ---------------------------------------------------------------- reading

    @cached_property
    def sha256(self) -> str:
        """Of the file as it was read, in hex."""
        return hashlib.sha256(self._data).hexdigest()

    @property
    def sheets(self) -> list[str]:
        """Names of the worksheets in tab order; chart sheets are left out."""
        return [entry.name for entry in self._entries]

    @cached_property
    def date1904(self) -> bool:
        return parts.is_date1904(self._root)

    @cached_property
    def defined_names(self) -> tuple[parts.DefinedName, ...]:
        return parts.defined_names(self._root)

    @cached_property
    def signed(self) -> bool:
        """Whether it carries a digital signature, which any change would break (it is not written)."""
        return parts.is_signed(self.package)

    @cached_property
    def protected(self) -> bool:
        """Whether the workbook's structure or windows are protected (the engine writes it all the same)."""
        return parts.is_protected(self._root)

    def sheet(self, which: str | int) -> Sheet:
        """A worksheet by name (any case) or by its place in ``sheets``.  InputError when there is none."""
        entry = self._entry(which)
        if entry is None:
            raise InputError(
                f"{self.path.name} 里没有工作表“{which}”；现有：{'、'.join(self.sheets)}",
                f"{self.path.name} has no sheet {which!r}; it has: {', '.join(self.sheets)}",
            )
        return self._sheets.setdefault(entry.name, Sheet(self, entry))

    def _entry(self, which: str | int) -> parts.SheetEntry | None:
        if isinstance(which, int):
            return self._entries[which] if -len(self._entries) <= which < len(self._entries) else None
        exact = next((e for e in self._entries if e.name == which), None)
        return exact or next((e for e in self._entries if e.name.lower() == which.lower()), None)

    def number_format(self, style: int) -> str:
        """The format code of a cell style index, ``General`` for an unknown one."""
        return self.styles.number_format(style)

    @cached_property
    def styles(self) -> Styles:
        part = self._related("styles")
        return Styles(to_utf8(self.package.read(part), part) if part else None, part or "")

    @cached_property
    def strings(self) -> npt.NDArray[Any]:
        """The shared strings, an object array of str."""
        part = self._related("sharedStrings")
        if part is None:
            return np.empty(0, object)
        return shared_strings(self.package.read(part), part, most_items(self.package.find(part).packed))

    def _related(self, kind: str) -> str | None:
        found = (r.target for r in parts.relations(self.package, self._part) if r.kind == kind)
        return next((t for t in found if self.package.has(t)), None)

    # ---------------------------------------------------------------- writing

    def append_rows(self, name: str, looks: Sequence[ColumnLook], rows: Sequence[Sequence[Any]]) -> None:
        """Plan rows below all others of a sheet, which becomes the last tab, with headers, when there is none.

        On a sheet that is there values go under their headers, wherever a person moved them.  EditError: its
        headers are not these, it is full, the name cannot be a sheet's.
        """
        self._check_open()
        checked_rows = [[checked(value) for value in row] for row in rows]
        if self._entry(name) is not None:
            append_rows(self.sheet(name), [look.header for look in looks], checked_rows)
            return
        if name.lower() not in self._new:
            newsheet.check_name(name, self._tab_names())
            self._new[name.lower()] = NewSheet(name, tuple(looks))
        self._new[name.lower()].rows += checked_rows

    def _tab_names(self) -> list[str]:
        """Names of all tabs, chart sheets too."""
        sheets = self._root.child("sheets")
        return [node.attrs.get("name", "") for node in (sheets.all("sheet") if sheets else ())]

    def _check_open(self) -> None:
        """EditError when nothing in this workbook can be written any more, or safely."""
        if self._committed:
            raise EditError(
                "工作簿已写回或关闭；请重新打开后再修改",
                "the workbook was committed or closed; open it again to edit",
            )
        if self.signed:
            raise EditError(
                "工作簿带有数字签名，任何修改都会使签名失效；请先在 Excel 里移除签名",
                "the workbook is signed and any change breaks the signature; remove it in Excel first",
            )

    def check_writable(self, sheet: Sheet) -> None:
        """EditError when this workbook or sheet as a whole cannot be written safely."""
        self._check_open()
        if self.foreign:
            raise EditError(
                f"{self.path.name} 不是 .xlsx，只能读取；请用 Excel 另存为 .xlsx",
                f"{self.path.name} is no .xlsx and can only be read; save it as .xlsx from Excel",
            )
        codec = sheet.index.stored_codec
        if not is_editable(codec):
            raise EditError(
                f"工作表“{sheet.name}”的编码是 {codec}，无法安全写入；请用 Excel 另存后再试",
                f"sheet {sheet.name!r} is in {codec}, not UTF-8; save the workbook again from Excel",
            )

    def changes(self) -> Iterator[Change]:
        """Each cell that ``commit`` would change, by sheet, row and column; values only, headers included."""
        for entry in self._entries:
            if entry.name in self._sheets:
                yield from self._sheets[entry.name].changes()
        for new in self._new.values():
            for row, column, value in new.cells():
                yield Change(new.name, cell_name(row, column), None, value)

    def commit(self, output: str | Path | None = None, wait: float = 0, *, forget: bool = False, backup: bool = True) -> Receipt:
        """Write the planned edits in place, or a whole copy to ``output`` (which may exist); all or nothing.

        ``wait``: seconds to wait for whoever has the file.  ``forget``: shared strings that no cell refers to any more are
        emptied, so that nothing in the file holds what the edits replace; ``backup``: False to keep no copy of it.

        EditError: refused.  BusyError: somebody else holds the file, ChangedError: or changed it since it was read.  In
        all cases nothing was written.  Without edits the file in place is not touched, and ``output`` becomes a copy to
        the byte.
        """
        touched = [s for s in self._sheets.values() if any(s.pending.values())]
        for sheet in touched:
            self.check_writable(sheet)
        # before the styles are written: they may grow
        edits = {normal(sheet.part): SheetEdit(sheet.reader, sheet.new_cells(), sheet.added) for sheet in touched}
        new = self._new_sheets()
        changed: dict[str, Content] = {part: edit.content() for part, edit in edits.items()}
        changed |= self._following_parts(touched, list(new))
        if forget and touched:
            changed |= self._without_unused_strings()
        added: dict[str, Content] = {part: edit.content() for part, edit in new.items()}
        proofs = {part: partial(prove, edit, part) for part, edit in {**edits, **{normal(part): edit for part, edit in new.items()}}.items()}
        data = build.built(self.package, changed, added, proofs)
        if changed and self.password is not None:
            data = ole.encrypted(data, self.password)
        receipt = written(
            self.path,
            self._data,
            data if changed else self._data,
            output,
            sum(len(rows) for sheet in touched for rows in sheet.pending.values()) + sum(len(edit.cells.row) for edit in new.values()),
            [*(m.name for m in self.package.members if normal(m.name) in changed), *added],
            wait,
            backed_up=backup,
        )
        self._committed = True
        return replace(receipt, notices=[*receipt.notices, *self._protections(touched)])

    def _without_unused_strings(self) -> dict[str, bytes]:
        """The shared strings as ``forget`` leaves them; nothing when there is nothing to empty.  EditError."""
        part = self._related("sharedStrings")
        if part is None:
            return {}
        if residue.others_refer(self.package, [entry.part for entry in self._entries]):
            raise EditError(
                "工作簿里有宏表之类的特殊工作表，旧文本可能还被引用，无法彻底清除；请另存为普通 .xlsx 后再试",
                "the workbook has macro sheets or the like, which may refer to the old texts; save it as a plain .xlsx first",
            )
        drop = residue.unused_strings([self.sheet(name) for name in self.sheets], self.strings)
        return {normal(part): residue.emptied(self._plain(part), part, drop)} if len(drop) else {}

    def also_hold(self, texts: Collection[str]) -> list[str]:
        """Parts that hold one of ``texts`` as a whole text, apart from cells: comments, charts, pivot caches and the like."""
        cells = [e.part for e in self._entries]
        strings = self._related("sharedStrings")
        return residue.parts_holding(self.package, texts, [*cells, strings] if strings else cells)

    def _protections(self, touched: list[Sheet]) -> list[Notice]:
        """Protection does not stop the engine: it is meant for people at the keyboard; people are told."""
        names = [sheet.name for sheet in touched if sheet.protected]
        if not names:
            return []
        return [Notice(
            f"工作表 {'、'.join(names)} 设有保护，系统列已照常写入，保护保持不变",
            f"sheet {', '.join(names)} is protected; the owned cells were written, and it stays protected",
        )]  # fmt: skip

    def _new_sheets(self) -> dict[str, SheetEdit]:
        """What goes into the parts of new sheets, by part name, in the order of the tabs to be."""
        edits: dict[str, SheetEdit] = {}
        for sheet in self._new.values():
            part, cells = newsheet.free_part(self.package, self._part, list(edits)), sheet.planned(self.styles)
            frame = scan(newsheet.frame_xml(sheet.looks, cells, newsheet.is_strict(self._root)), part)
            edits[part] = SheetEdit(Reader(sheet.name, frame, self.styles, lambda: np.empty(0, object), self.date1904), cells)
        return edits

    def _following_parts(self, touched: list[Sheet], new_parts: list[str]) -> dict[str, bytes]:
        """Tables, styles, the workbook part and what names its parts, as they follow the edits."""
        changed: dict[str, bytes] = {}
        for sheet in touched:
            for added in sheet.added:
                if added.table is not None:
                    part = added.table.part
                    old = changed.get(normal(part)) or self._plain(part)
                    changed[normal(part)] = grown_table(old, part, added)
        if self.styles.changed():
            self._plain(self.styles.part)
            changed[normal(self.styles.part)] = self.styles.encoded()
        ids: list[str] = []
        if new_parts:
            types, relations = "[Content_Types].xml", parts.relations_part(self._part)
            folder = posixpath.dirname(self._part)
            changed[normal(relations)], ids = newsheet.relations_with(
                self._plain(relations), relations, newsheet.is_strict(self._root), [posixpath.relpath(p, folder) for p in new_parts]
            )
            changed[normal(types)] = newsheet.content_types_with(self._plain(types), types, new_parts)
        workbook = self._workbook_part(touched, ids)
        if workbook is not None:
            changed[normal(self._part)] = workbook
        return changed

    def _plain(self, part: str) -> bytes:
        """A part's bytes, known to take an ASCII splice (UTF-8 where it is UTF-16).  EditError."""
        data = self.package.read(part)
        codec = encoding_of(data)
        if not is_editable(codec):
            raise EditError(
                f"部件 {part} 的编码是 {codec}，无法安全写入；请用 Excel 另存后再试",
                f"part {part} is in {codec}, not UTF-8; save the workbook again from Excel",
            )
        return to_utf8(data, part)

    def _workbook_part(self, touched: list[Sheet], ids: list[str]) -> bytes | None:
        splices = []
        if ids:
            names = [sheet.name for sheet in self._new.values()]
            splices += newsheet.workbook_splices(self._xml, self._root, names, ids)
        for sheet in touched:
            grown = [a for a in sheet.added if a.filter is not None]
            if grown and sheet.autofilter is not None:
                last = max(a.last_column for a in grown)
                splices += filter_name_splices(self._xml, self._root, sheet.tab, sheet.autofilter, last)
        if touched and self._has_formulas():
            splices += recalculation_splices(self._xml, self._root)
        if not splices:
            return None
        data = spliced(self._plain(self._part), splices)
        parse(data, self._part)
        return data

    def _has_formulas(self) -> bool:
        return any(
            self._sheets[e.name].has_formulas
            if e.name in self._sheets
            else _FORMULA.search(to_utf8(self.package.read(e.part), e.part)) is not None
            for e in self._entries
        )
