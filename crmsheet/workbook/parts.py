"""Which part is what: relationships, the workbook part, its sheets and names."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from urllib.parse import unquote

from crmsheet.workbook.errors import InputError
from crmsheet.workbook.package import Package, normal
from crmsheet.workbook.ranges import Range, parse_range
from crmsheet.workbook.xml import BETA, MAIN, Node, parse, to_utf8

_BINARY = "application/vnd.ms-excel.sheet.binary"
_SIGNATURE = "application/vnd.openxmlformats-package.digital-signature"


@dataclass(frozen=True, slots=True)
class Relation:
    """One internal relationship: ``kind`` is the last word of its type, ``target`` a part name."""

    id: str
    kind: str
    target: str


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A worksheet's entry in the workbook part; ``tab`` counts all tabs from 0, chart sheets too."""

    name: str
    state: str
    part: str
    tab: int


@dataclass(frozen=True, slots=True)
class DefinedName:
    """A name that means one range; ``sheet`` and ``ref`` are None when it means something else."""

    name: str
    sheet: str | None
    ref: Range | None


def relations(package: Package, part: str) -> list[Relation]:
    """The internal relationships of a part (``""``: of the package).  InputError when they are malformed."""
    folder, name = posixpath.dirname(part), relations_part(part)
    if not package.has(name):
        return []
    root = parse(to_utf8(package.read(name), name), name)
    return [
        Relation(
            n.attrs.get("Id", ""),
            n.attrs.get("Type", "").rpartition("/")[2],
            resolve(package, folder, n.attrs.get("Target", "")),
        )
        for n in root.children
        if n.name == "Relationship" and n.attrs.get("TargetMode") != "External"
    ]


def relations_part(part: str) -> str:
    """The part that holds a part's relationships: ``xl/workbook.xml`` -> ``xl/_rels/workbook.xml.rels``."""
    folder, base = posixpath.split(part)
    return posixpath.join(folder, "_rels", base + ".rels")


def resolve(package: Package, folder: str, target: str) -> str:
    """The part that a target means, as real readers find it: absolute, relative, with backslashes or
    escapes.
    """
    target = target.replace("\\", "/").partition("#")[0]
    found = posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
    others = (unquote(found), posixpath.normpath(target.lstrip("/")))
    return next((name for name in (found, *others) if package.has(name)), found)


def workbook_part(package: Package) -> str:
    """The name of the workbook part.  InputError when the package is no .xlsx or .xlsm."""
    if not package.has("[Content_Types].xml"):
        raise _no_workbook(package)
    types = to_utf8(package.read("[Content_Types].xml"), "[Content_Types].xml")
    parse(types, "[Content_Types].xml")  # every reader does: what it refuses is refused here
    part = next((r.target for r in relations(package, "") if r.kind == "officeDocument"), "")
    if part.lower().endswith(".bin") and _BINARY.encode() in types:
        raise InputError(
            "这是 .xlsb（二进制工作簿），无法处理；请用 Excel 另存为 .xlsx",
            "this is an .xlsb (binary) workbook; save it as .xlsx from Excel",
        )
    if not package.has(part):
        raise _no_workbook(package)
    return part


def _no_workbook(package: Package) -> InputError:
    kinds = (
        ("word/", "Word 文档", "a Word document"),
        ("ppt/", "PowerPoint 演示文稿", "a PowerPoint presentation"),
        ("content.xml", "OpenDocument 文件（.ods）", "an OpenDocument file (.ods)"),
    )
    zh, en = next(
        ((z, e) for start, z, e in kinds if any(n.startswith(start) for n in package.by_name)),
        ("普通的压缩包或损坏的工作簿", "a plain zip file or a damaged workbook"),
    )
    return InputError(
        f"这不是 Excel 工作簿，而是{zh}；请提供 .xlsx 或 .xlsm 文件",
        f"this is no Excel workbook but {en}; give an .xlsx or .xlsm file",
    )


def workbook_tree(data: bytes, part: str) -> Node:
    """The workbook part's tree.  InputError for what is no workbook of a known dialect."""
    root = parse(to_utf8(data, part), part)
    if root.space == BETA:
        raise InputError(
            "这是 Excel 2007 测试版格式的文件，无法安全处理；请用 Excel 另存为 .xlsx",
            "the file is in the format of the Excel 2007 beta; save it again as .xlsx",
        )
    if root.name != "workbook" or root.space not in MAIN:
        raise InputError(
            "工作簿的主部件无法识别；请用 Excel 另存为 .xlsx",
            "the main part is no workbook; save the file again as .xlsx",
        )
    return root


def sheet_entries(package: Package, part: str, root: Node) -> tuple[SheetEntry, ...]:
    """The worksheets in tab order, chart and macro sheets left out."""
    targets = {r.id: r for r in relations(package, part)}
    sheets = root.child("sheets")
    found = []
    for tab, node in enumerate(sheets.all("sheet") if sheets else ()):
        relation = targets.get(node.relation() or "")
        if relation is not None and relation.kind == "worksheet":
            state = node.attrs.get("state", "visible")
            found.append(SheetEntry(node.attrs.get("name", ""), state, relation.target, tab))
    return tuple(found)


def defined_names(root: Node) -> tuple[DefinedName, ...]:
    """All defined names, in the file's order."""
    names = root.child("definedNames")
    return tuple(_defined(n) for n in (names.all("definedName") if names else ()))


def _defined(node: Node) -> DefinedName:
    sheet, ref = split_reference(node.text)
    return DefinedName(node.attrs.get("name", ""), sheet if ref else None, ref)


def split_reference(text: str) -> tuple[str, Range | None]:
    """``'客户 表'!$A$1:$C$9`` -> (sheet name, Range)."""
    sheet, _, ref = text.strip().rpartition("!")
    if sheet.startswith("'") and sheet.endswith("'") and len(sheet) > 1:
        sheet = sheet[1:-1].replace("''", "'")
    return sheet, parse_range(ref) if sheet else None


def is_date1904(root: Node) -> bool:
    """Whether dates count from 1904."""
    properties = root.child("workbookPr")
    return properties is not None and properties.attrs.get("date1904") in ("1", "true", "on")


def is_protected(root: Node) -> bool:
    """Whether the workbook's structure, windows or revisions are locked."""
    node = root.child("workbookProtection")
    locks = ("lockStructure", "lockWindows", "lockRevision")
    return node is not None and any(node.attrs.get(lock) in ("1", "true") for lock in locks)


def is_signed(package: Package) -> bool:
    """Whether the package carries a digital signature that any change would break, wherever its parts lie."""
    return (
        any(name.startswith("_xmlsignatures/") for name in package.by_name)
        or any(r.kind == "origin" for r in relations(package, ""))
        or any(t.startswith(_SIGNATURE) for t in content_types(package).values())
    )


def content_types(package: Package) -> dict[str, str]:
    """The content type of each member that has one, both in lower case."""
    name = "[Content_Types].xml"
    root = parse(to_utf8(package.read(name), name), name)
    defaults = {n.attrs.get("Extension", "").lower(): n for n in root.children if n.name == "Default"}
    overrides = {normal(n.attrs.get("PartName", "")): n for n in root.children if n.name == "Override"}
    found = {m: overrides.get(m) or defaults.get(m.rpartition(".")[2]) for m in package.by_name}
    return {m: node.attrs.get("ContentType", "").lower() for m, node in found.items() if node}
