"""Damaged workbooks: bytes flipped, cut, repeated, members swapped; the engine works on each or refuses it.

    python tests/workbook/fuzz.py [--examples N] [--seed N]

200,000 examples take about 20 minutes on one core.  Exit 1, and the example's number, when anything but InputError
or EditError comes out, or a copy that does not read back.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]

from corpus_checks.plan import plan_edits  # noqa: E402
from workbook_files import MAIN, parts, shared, worksheet, zipped  # noqa: E402

from crmsheet.workbook import EditError, InputError, open_workbook  # noqa: E402

ROWS = (
    '<row r="1" spans="1:3"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>乙</t></is></c><c r="C1" s="1"><v>45352</v></c></row>'
    '<row r="2"><c r="A2"><f t="shared" si="0" ref="A2:A3">B2*2</f><v>4</v></c><c r="B2"><v>2</v></c></row>'
    '<row r="3"><c r="A3"><f t="shared" si="0"/><v>0</v></c><c r="B3" t="b"><v>1</v></c><c r="C3" t="e"><v>#N/A</v></c></row>'
)
AFTER = '<autoFilter ref="A1:C3"/><mergeCells count="1"><mergeCell ref="E1:F2"/></mergeCells>'
TABLE = (
    f'<table xmlns="{MAIN}" id="1" name="t" displayName="t" ref="A1:C3"><autoFilter ref="A1:C3"/><tableColumns count="3">'
    '<tableColumn id="1" name="甲"/><tableColumn id="2" name="乙"/><tableColumn id="3" name="丙"/></tableColumns></table>'
)
PARTS = parts(
    {"客户": worksheet(ROWS, '<dimension ref="A1:C3"/>', AFTER), "空": worksheet("<sheetData/>")},
    strings=shared("甲", "<r><t>a</t></r><r><t>b</t></r>"),
    extra={"xl/tables/table1.xml": TABLE},
    workbook='<definedNames><definedName name="_xlnm._FilterDatabase" localSheetId="0">客户!$A$1:$C$3</definedName></definedNames>',
)


def damaged(seed: int) -> bytes:
    """A workbook with a few random damages: in the zip file's bytes, or inside parts that are packed again."""
    draw = random.Random(seed)
    if draw.random() < 0.4:
        return damage(draw, zipped(PARTS))
    found = dict(PARTS)
    for name in draw.sample(sorted(found), draw.choice((1, 1, 1, 2, 3))):
        if draw.random() < 0.1:
            found[name] = found[draw.choice(sorted(found))]
        else:
            found[name] = damage(draw, found[name])
    return zipped(found)


def damage(draw: random.Random, data: bytes) -> bytes:
    for _ in range(draw.choice((1, 1, 2, 5))):
        data = draw.choice(DAMAGES)(draw, data)
    return data


def _flip(draw: random.Random, data: bytes) -> bytes:
    at = draw.randrange(len(data) + 1)
    return data[:at] + bytes([draw.randrange(256)]) + data[at + 1 :]


def _cut(draw: random.Random, data: bytes) -> bytes:
    start, end = sorted(draw.randrange(len(data) + 1) for _ in "ab")
    return data[:start] + data[end:] if draw.random() < 0.5 else data[:start] + data[min(end, start + 8) :]


def _repeat(draw: random.Random, data: bytes) -> bytes:
    start, end = sorted(draw.randrange(len(data) + 1) for _ in "ab")
    at = draw.randrange(len(data) + 1)
    return data[:at] + data[start : min(end, start + 400)] + data[at:]


def _word(draw: random.Random, data: bytes) -> bytes:
    """A number or a word of the format becomes another one."""
    words = (b"0", b"-1", b"1048577", b"99999999999999999999", b"", b"A1", b"XFE1", b"A1:ZZZ9", b"NaN", b"\xff", b"&#0;", b"<", b"x:")
    at = draw.randrange(len(data) + 1)
    end = at
    while end < len(data) and data[end : end + 1].isalnum():
        end += 1
    return data[:at] + draw.choice(words) + data[end:]


DAMAGES: tuple[Callable[[random.Random, bytes], bytes], ...] = (_flip, _flip, _cut, _repeat, _word, _word)


def survives(data: bytes, folder: Path) -> bool:
    """Open, read, plan and commit to a copy; whether a copy was written.  Only refusals are caught."""
    path, output = folder / "book.xlsx", folder / "out.xlsx"
    path.write_bytes(data)
    output.unlink(missing_ok=True)
    try:
        with open_workbook(path) as book:
            _ = book.defined_names, book.date1904
            for name in book.sheets:
                for _cell in book.sheet(name).cells():
                    pass
            if not plan_edits(book).sheets:
                return False
            book.commit(output)
    except (InputError, EditError) as refusal:
        assert refusal.zh and refusal.en and "\n" not in refusal.zh + refusal.en
        assert "check before writing" not in refusal.en, refusal.en
        assert not output.exists()
        return False
    with open_workbook(output) as book:
        for name in book.sheets:
            for _cell in book.sheet(name).cells():
                pass
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=200_000, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the first example's number")
    args = parser.parse_args()
    written, failed = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(args.seed, args.seed + args.examples):
            try:
                written += survives(damaged(seed), Path(folder))
            except Exception as fault:  # noqa: BLE001  # that is what is looked for
                failed += 1
                print(f"example {seed}: {type(fault).__name__}: {fault}")
    print(f"{args.examples} examples: {written} written, {args.examples - written - failed} refused, {failed} faults")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
