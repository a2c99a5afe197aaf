"""Was anything lost?  Judges a written workbook against the one before it: zip bytes, canonical XML, the
schema's order, and what another reader sees.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Collection, Mapping
from pathlib import Path

import openpyxl
from ecma_order import faults
from lxml import etree
from workbook_files import changed_parts, members, without

FOLLOWS = ("cols", "dataValidations")  # of a sheet with new columns; judged apart
Owned = Mapping[str, Collection[str]]  # part of a sheet -> the cells that may change, and new ones beside them


def assert_intact(before: Path, after: Path, owned: Owned, *, columns: bool = False) -> set[str]:
    """Only the owned cells changed, and what must follow them; returns the parts that changed.

    ``columns``: whether new columns were added, so that widths, validations, the filter and tables may grow.
    """
    changed = changed_parts(before, after)
    old, new = members(before), members(after)
    for part in changed:
        a, b, root = old[part], new[part], etree.QName(etree.fromstring(old[part])).localname
        if root == "worksheet":
            drop = FOLLOWS if columns else ()
            assert without(_filter_free(a, columns), owned[part], drop=drop) == without(
                _filter_free(b, columns), owned[part], drop=drop
            )
            _assert_gains(_children(a, "dataValidations"), _children(b, "dataValidations"))
            assert _namespaces(b) <= _namespaces(a)
            mine = {openpyxl.utils.cell.coordinate_from_string(ref)[0] for ref in owned[part]}
            assert _widths(a, mine) == _widths(b, mine)
        elif root == "styleSheet":
            _assert_styles(a, b)
        elif root == "workbook":
            assert _canonical(_settled(a)) == _canonical(_settled(b))
        else:
            assert root == "table" and columns, f"{part} may not change"
            _assert_table(a, b)
    assert faults(after.read_bytes()) == faults(before.read_bytes())
    _assert_reads_the_same(before, after, owned)
    return changed


def _canonical(root: etree._Element) -> bytes:
    out = io.BytesIO()
    root.getroottree().write_c14n(out)
    return out.getvalue()


def _filter_free(xml: bytes, columns: bool) -> bytes:
    """The sheet with its filter's range blanked out, which follows new columns."""
    root = etree.fromstring(xml)
    for element in root.findall("{*}autoFilter") if columns else ():
        element.set("ref", "")
    return etree.tostring(root.getroottree())


def _namespaces(xml: bytes) -> set[str | None]:
    return {etree.QName(e).namespace for e in etree.fromstring(xml).iter("{*}*")}


def _children(xml: bytes, name: str) -> list[bytes]:
    found = etree.fromstring(xml).find(f"{{*}}{name}")
    return [etree.tostring(e, with_tail=False) for e in found] if found is not None else []


def _widths(xml: bytes, but: Collection[str]) -> dict[str, dict[str, str]]:
    """Letters of a column -> what <cols> says of it; some of them only where a range goes to the edge."""
    return {
        letters: {k: v for k, v in node.items() if k not in ("min", "max")}
        for node in etree.fromstring(xml).iterfind("{*}cols/{*}col")
        for i in (*range(1, 60), 16_384)
        if int(node.get("min", 0)) <= i <= int(node.get("max", 0))
        for letters in [openpyxl.utils.get_column_letter(i)]
        if letters not in but
    }


def _assert_gains(before: list[bytes], after: list[bytes]) -> None:
    assert after[: len(before)] == before


def _assert_styles(before: bytes, after: bytes) -> None:
    """Cell and number formats may be appended, and their lists count them; nothing else changes."""
    a, b = etree.fromstring(before), etree.fromstring(after)
    for name in ("numFmts", "cellXfs"):
        _assert_gains(_children(before, name), _children(after, name))
        for root in (a, b):
            found = root.find(f"{{*}}{name}")
            if found is not None:
                plain = all(etree.QName(e).namespace == etree.QName(found).namespace for e in found.iterchildren("{*}*"))
                assert root is a or not plain or found.get("count") in (None, str(len(found.findall("{*}*"))))
                found.getparent().remove(found)
    assert _canonical(a) == _canonical(b)


def _settled(xml: bytes) -> etree._Element:
    """The workbook part without what may follow a write: recalculation, and the hidden name of a filter."""
    root = etree.fromstring(xml)
    for calc in root.findall("{*}calcPr"):
        calc.attrib.pop("fullCalcOnLoad", None)
        if not calc.attrib:
            root.remove(calc)
    for name in root.iter("{*}definedName"):
        if name.get("name") == "_xlnm._FilterDatabase":
            name.text = (name.text or "").partition(":")[0]
    return root


def _assert_table(before: bytes, after: bytes) -> None:
    """The table grew to the right, with one column more for each one that its range won."""
    a, b = etree.fromstring(before), etree.fromstring(after)
    _assert_gains(_children(before, "tableColumns"), _children(after, "tableColumns"))
    for root in (a, b):
        names = [c.get("name") for c in root.iter("{*}tableColumn")]
        assert len(set(names)) == len(names) and root.find("{*}tableColumns").get("count") in (None, str(len(names)))
        first, last = openpyxl.utils.range_boundaries(root.get("ref"))[::2]
        assert last - first + 1 == len(names)
        root.find("{*}tableColumns").clear()
        for element in (root, *root.iterfind("{*}autoFilter")):
            corners = openpyxl.utils.range_boundaries(element.get("ref"))
            element.set("ref", f"{corners[0]}{corners[1]}{corners[3]}")
    assert _canonical(a) == _canonical(b)


def _assert_reads_the_same(before: Path, after: Path, owned: Owned) -> None:
    """openpyxl opens what it opened before, and reads the same outside the owned cells."""
    read = _openpyxl_cells(before)
    if read is not None:
        mine = {ref for refs in owned.values() for ref in refs}
        now = _openpyxl_cells(after)
        assert now is not None, "openpyxl does not open it any more"
        assert [{k: v for k, v in s.items() if k not in mine} for s in now] == [
            {k: v for k, v in s.items() if k not in mine} for s in read
        ]


def _openpyxl_cells(path: Path) -> list[dict[str, tuple[str, str]]] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says what it would drop
        try:
            book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()), rich_text=True)
        except Exception:  # noqa: BLE001  what it cannot read says nothing about the write
            return None
    return [
        {c.coordinate: _shown(c.value) for row in sheet.iter_rows() for c in row if c.value is not None}
        for sheet in book.worksheets
    ]


def _shown(value: object) -> tuple[str, str]:
    """A value in a form that compares: formulas of arrays and rich texts are objects."""
    kind = type(value).__name__
    return kind, str(vars(value)) if kind.endswith("Formula") else str(value)
