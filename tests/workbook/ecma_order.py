"""Do the elements of a workbook's parts stand in the order that ECMA-376 (part 1, annex A) demands?

Excel calls a file damaged when they do not, and most other readers say nothing.  Independent of the engine:
lxml reads, the schema's sequences are copied here.
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"

# children of each type in their order; * may come more than once
SEQUENCES = {
    "worksheet": """sheetPr dimension sheetViews sheetFormatPr cols* sheetData sheetCalcPr sheetProtection
        protectedRanges scenarios autoFilter sortState dataConsolidate customSheetViews mergeCells phoneticPr
        conditionalFormatting* dataValidations hyperlinks printOptions pageMargins pageSetup headerFooter
        rowBreaks colBreaks customProperties cellWatches ignoredErrors smartTags drawing legacyDrawing
        legacyDrawingHF drawingHF picture oleObjects controls webPublishItems tableParts extLst""",
    "cols": "col*",
    "sheetData": "row*",
    "row": "c* extLst",
    "c": "f v is extLst",
    "dataValidations": "dataValidation*",
    "dataValidation": "formula1 formula2",
    "conditionalFormatting": "cfRule* extLst",
    "table": "autoFilter sortState tableColumns tableStyleInfo extLst",
    "tableColumns": "tableColumn*",
    "tableColumn": "calculatedColumnFormula totalsRowFormula xmlColumnPr extLst",
    "styleSheet": """numFmts fonts fills borders cellStyleXfs cellXfs cellStyles dxfs tableStyles colors
        extLst""",
    "numFmts": "numFmt*",
    "cellXfs": "xf*",
    "xf": "alignment protection extLst",
    "dxfs": "dxf*",
    "dxf": "font numFmt fill alignment border protection extLst",
    "workbook": """fileVersion fileSharing workbookPr workbookProtection bookViews sheets functionGroups
        externalReferences definedNames calcPr oleSize customWorkbookViews pivotCaches smartTagPr smartTagTypes
        webPublishing fileRecoveryPr* webPublishObjects extLst""",
    "bookViews": "workbookView* extLst",
    "sheets": "sheet*",
    "definedNames": "definedName*",
}
RANKS = {
    parent: {name.rstrip("*"): (i, name.endswith("*")) for i, name in enumerate(words.split())}
    for parent, words in SEQUENCES.items()
}
ROOTS = ("worksheet", "table", "styleSheet", "workbook")


def faults(xlsx: bytes) -> list[str]:
    """One line for each element that stands where the schema does not allow it; a part that is no XML has
    none.
    """
    found: list[str] = []
    with zipfile.ZipFile(io.BytesIO(xlsx)) as package:
        for name in package.namelist():
            if name.lower().endswith(".xml"):
                found += part_faults(name, package.read(name))
    return found


def part_faults(name: str, xml: bytes) -> list[str]:
    """The same for one part."""
    try:
        if _root_name(xml) not in ROOTS:
            return []
        tree = etree.fromstring(xml, etree.XMLParser(huge_tree=True, resolve_entities=False))
    except etree.XMLSyntaxError:
        return []
    return [f"{name}: {fault}" for parent in tree.iter("{*}*") for fault in _children_faults(parent)]


def _root_name(xml: bytes) -> str:
    """The local name of the root if the spreadsheet schema has it, else nothing; reads no further."""
    for _, element in etree.iterparse(io.BytesIO(xml), events=("start",), huge_tree=True):
        return _local(element) or ""
    return ""


def _local(element: etree._Element) -> str | None:
    """The local name of an element of the spreadsheet's namespace."""
    name = etree.QName(element)
    return name.localname if name.namespace in MAIN else None


def _children_faults(parent: etree._Element) -> Iterator[str]:
    ranks = RANKS.get(_local(parent) or "")
    if ranks is None:
        return
    at, last = -1, ""
    for group in _groups(parent):
        for child in group:
            if child not in ranks:
                yield f"<{child}> does not belong in <{_local(parent)}>{_place(parent)}"
                continue
            rank, repeats = ranks[child]
            if rank < at:
                yield f"<{child}> stands behind <{last}> in <{_local(parent)}>{_place(parent)}"
            elif rank == at and not repeats:
                yield f"<{child}> stands twice in <{_local(parent)}>{_place(parent)}"
        known = [ranks[child][0] for child in group if child in ranks]
        if known and max(known) >= at:
            at, last = max(known), group[-1]


def _groups(parent: etree._Element) -> Iterator[list[str]]:
    """The schema's own children, one by one; the alternatives of an AlternateContent together, since only one
    counts.  Elements of other namespaces may stand anywhere.
    """
    for child in parent.iterchildren("{*}*"):
        name = etree.QName(child)
        if name.namespace in MAIN:
            yield [name.localname]
        elif name.namespace == COMPATIBILITY and name.localname == "AlternateContent":
            yield [n for branch in child for inner in branch.iterchildren("{*}*") for n in [_local(inner)] if n]


def _place(element: etree._Element) -> str:
    ref = element.get("r") or element.get("ref")
    return f" {ref}" if ref else ""


if __name__ == "__main__":
    for path in sys.argv[1:]:
        for line in faults(Path(path).read_bytes()):
            print(f"{path}: {line}")
