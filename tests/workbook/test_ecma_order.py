"""The checker of element order sees what stands wrong, and nothing else."""

from __future__ import annotations

import pytest
from ecma_order import faults
from workbook_files import MAIN, STRICT, STYLES, parts, worksheet, zipped

MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
CELL = '<row r="1"><c r="A1">{}</c></row>'


def wrapped(name: str, *, choice: str = "", fallback: str = "") -> str:
    """An AlternateContent as Excel writes it around controls."""
    return (
        f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Choice Requires="{name}" xmlns:x14="x14">{choice}</mc:Choice>'
        f"<mc:Fallback>{fallback}</mc:Fallback></mc:AlternateContent>"
    )


RIGHT = {
    "all of a sheet's head": worksheet("", "<sheetPr/><dimension/><sheetViews/><sheetFormatPr/><cols/>"),
    "several conditional formats": worksheet("", after="<conditionalFormatting/>" * 3 + "<dataValidations/>"),
    "comments between": worksheet("", "<!-- cols --><cols/>", "<?note x?><mergeCells/><!-- . -->"),
    "foreign elements": worksheet("", '<x:a xmlns:x="urn:x"/><cols/>', '<x:cols xmlns:x="urn:x"/>'),
    "alternatives": worksheet(
        "", after="<drawing/>" + wrapped("x14", choice="<controls/>", fallback="<oleObjects/>") + "<tableParts/>"
    ),
    "strict": worksheet("", "<cols/>", "<mergeCells/><drawing/>", ns=STRICT),
    "cell": worksheet(CELL.format("<f>1</f><v>1</v><extLst/>")),
    "table": f'<table xmlns="{MAIN}"><autoFilter/><tableColumns><tableColumn/><tableColumn/></tableColumns></table>',
    "styles": STYLES,
    "workbook": f'<workbook xmlns="{MAIN}"><workbookPr/><sheets/><definedNames/><calcPr/><extLst/></workbook>',
    "another part": '<cs:styleSheet xmlns:cs="urn:cs"><cols/></cs:styleSheet>',
    "no XML": "<worksheet",
}
WRONG = {
    "widths late": (worksheet("", after="<cols/>"), "<cols> stands behind <sheetData> in <worksheet>"),
    "validations early": (
        worksheet("", after="<dataValidations/><conditionalFormatting/>"),
        "<conditionalFormatting> stands behind <dataValidations> in <worksheet>",
    ),
    "validations behind alternatives": (
        worksheet("", after=wrapped("x14", choice="<controls/>") + "<dataValidations/>"),
        "<dataValidations> stands behind <controls> in <worksheet>",
    ),
    "twice": (
        worksheet("", after="<dataValidations/><dataValidations/>"),
        "<dataValidations> stands twice in <worksheet>",
    ),
    "unknown": (worksheet("", after="<calcPr/>"), "<calcPr> does not belong in <worksheet>"),
    "value first": (worksheet(CELL.format("<v>1</v><f>1</f>")), "<f> stands behind <v> in <c> A1"),
    "cells behind extensions": (
        worksheet('<row r="7"><extLst/><c r="A7"/></row>'),
        "<c> stands behind <extLst> in <row> 7",
    ),
    "prefixed": (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData/><x:cols/></x:worksheet>',
        "<cols> stands behind <sheetData> in <worksheet>",
    ),
    "strict": (worksheet("", after="<cols/>", ns=STRICT), "<cols> stands behind <sheetData> in <worksheet>"),
    "table": (
        f'<table xmlns="{MAIN}" ref="A1:B2"><tableColumns/><autoFilter ref="A1:B2"/></table>',
        "<autoFilter> stands behind <tableColumns> in <table> A1:B2",
    ),
    "styles": (
        f'<styleSheet xmlns="{MAIN}"><fonts/><numFmts/></styleSheet>',
        "<numFmts> stands behind <fonts> in <styleSheet>",
    ),
    "workbook": (
        f'<workbook xmlns="{MAIN}"><sheets/><calcPr/><definedNames/></workbook>',
        "<definedNames> stands behind <calcPr> in <workbook>",
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_the_schema_allows_is_no_fault(name: str) -> None:
    assert faults(zipped(parts({"a": worksheet("")}, extra={"xl/tables/part.xml": RIGHT[name]}))) == []


@pytest.mark.parametrize("name", WRONG)
def test_what_stands_wrong_is_named(name: str) -> None:
    xml, said = WRONG[name]
    assert faults(zipped({"xl/part.xml": xml.encode(), "note.txt": b"x"})) == [f"xl/part.xml: {said}"]
