"""One workbook through the engine: read it all, plan, commit to a copy; then what the bytes say."""

from __future__ import annotations

import hashlib
import re
import struct
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from corpus_checks.plan import Owned, plan_edits
from crmsheet.workbook import WorkbookError, open_workbook

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE_JUDGE = ROOT.parent / "shared" / "tools" / "nothing_lost.py"  # used where it stands beside the project


@dataclass(slots=True)
class Written:
    """What the engine did: owned cells by sheet, member names that it says it changed, one line a refusal."""

    owned: dict[str, Owned] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def through_engine(path: Path, output: Path) -> Written:
    """Read every cell of every sheet, plan edits, commit to ``output``."""
    done, before = Written(), _sha256(path)
    try:
        with open_workbook(path) as book:
            for place in range(len(book.sheets)):
                _read_all(book.sheet(place).cells, done)
            plan = plan_edits(book)
            done.refused += map(_line, plan.refused)
            if plan.sheets:
                receipt = book.commit(output)
                done.owned, done.parts = plan.sheets, receipt.parts_changed
                if not receipt.parts_changed or receipt.sha256_after != _sha256(output):
                    done.faults.append("the receipt is not true")
    except WorkbookError as refusal:
        done.refused.append(_line(refusal))
        if output.exists():
            done.faults.append("refused, and yet there is an output")
    if _sha256(path) != before:
        done.faults.append("the original was changed")
    done.faults += [f"not one line: {line!r}" for line in done.refused if not line or "\n" in line]
    done.faults += [line for line in done.refused if "check before writing failed" in line]
    done.refused = list(dict.fromkeys(done.refused))
    return done


def _read_all(cells: Callable[[], Iterable[Any]], done: Written) -> None:
    try:
        for _ in cells():
            pass
    except WorkbookError as refusal:  # one damaged sheet; the others are read all the same
        done.refused.append(_line(refusal))


def _line(refusal: WorkbookError) -> str:
    return refusal.en if refusal.zh.strip() else ""


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# ---------------------------------------------------------------- what the bytes say


def byte_faults(before: Path, after: Path, written: Written) -> list[str]:
    """Members that changed without being named, or for no reason; and what was written must read back."""
    old, new = raw_members(before), raw_members(after)
    if list(old) != list(new):
        return ["members were added, lost or moved"]
    changed = {name for name in old if old[name] != new[name]}
    faults = [f"member {name} changed and is not in the receipt" for name in sorted(changed - set(written.parts))]
    allowed = ("sheet", "table", "styles", "workbook")
    faults += [f"member {n} had no reason to change" for n in sorted(changed) if not any(w in n.lower() for w in allowed)]
    return faults + _read_back(after, written.owned)


def raw_members(path: Path) -> dict[str, bytes]:
    """Compressed bytes of each member, and what the central directory says of it, in its order."""
    data, found = path.read_bytes(), {}
    with zipfile.ZipFile(path) as package:
        for i in package.infolist():
            start = i.header_offset + 30 + sum(struct.unpack_from("<2H", data, i.header_offset + 26))
            said = (i.date_time, i.compress_type, i.external_attr, i.internal_attr, i.CRC, i.comment, i.create_system)
            found[i.orig_filename] = data[start : start + i.compress_size] + repr(said).encode()
    return found


def _read_back(after: Path, owned: Mapping[str, Owned]) -> list[str]:
    from crmsheet.workbook import Kind, value_of
    from crmsheet.workbook.sheet import same_value

    faults = []
    with open_workbook(after) as book:
        for name, mine in owned.items():
            sheet = book.sheet(name)
            for (row, column), value in mine.written.items():
                found = sheet.column(column, row, row)
                kind, number = Kind(int(found.kind[0])), float(found.number[0])
                if not same_value(kind, number, found.text[0], value, book.date1904):
                    held = value_of(kind, number, found.text[0], book.date1904)
                    faults.append(f"{name} row {row} column {column} reads {held!r}, not {value!r}")
    return faults[:5]


def outside_judge() -> ModuleType | None:
    """The independent judge beside the project, where there is one."""
    if not OUTSIDE_JUDGE.exists():
        return None
    if "nothing_lost" not in sys.modules:
        sys.path.append(str(OUTSIDE_JUDGE.parent))
    import nothing_lost  # type: ignore[import-not-found]

    found: ModuleType = nothing_lost
    return found


def judged_outside(before: Path, after: Path, owned: Mapping[str, Owned]) -> list[str]:
    """Violations that the independent judge reports; none where it cannot judge the original."""
    judge = outside_judge()
    if judge is None:
        return []
    permissions = {name: mine.headers for name, mine in owned.items()}
    try:
        if not _finds_its_parts(judge.Package(before)):
            return []
    except Exception:  # noqa: BLE001  # what it cannot read before, it cannot judge
        return []
    result = judge.judge(before, after, permissions)
    found = [f"{v['code']}: {v['where']}: {v['message']}" for v in result["violations"]]
    return [line for line in found if not _own_fault(line, before)][:5]


def _finds_its_parts(package: Any) -> bool:
    """Whether that judge resolves all targets: it takes none with backslashes or escapes, as real readers do."""
    targets = [t for part, _ in package.sheets.values() for _, _, t, mode in package.rels(part or "") if mode != "External"]
    return all(map(package.has, [part for part, _ in package.sheets.values()] + targets + [package.styles or package.workbook]))


def _own_fault(line: str, before: Path) -> bool:
    """What that judge holds against any write into a workbook that had the fault, or the shape, before:
    a name that was defined twice, row spans of several parts, style lists with alternatives in them.
    """
    if re.search(r"spans '\d+:\d+ \d+:\d+", line):
        return True
    with zipfile.ZipFile(before) as package:
        if line.startswith("defined-names:"):
            names = re.findall(rb'<definedName [^>]*name="_xlnm._FilterDatabase"', package.read("xl/workbook.xml"))
            return len(names) > 1
        return line.startswith("styles-") and b"AlternateContent" in package.read("xl/styles.xml")


def order_faults(before: Path, after: Path) -> list[str]:
    """Elements that the write put out of the schema's order."""
    from ecma_order import faults  # type: ignore[import-not-found]

    try:
        known = set(faults(before.read_bytes()))
    except Exception:  # noqa: BLE001  # a damaged part that nobody touched
        return []
    return [f for f in faults(after.read_bytes()) if f not in known][:5]
