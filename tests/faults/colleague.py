"""A colleague who saves all the time, by rename or by deleting first, while crmsheet writes: whose save is lost?

    python colleague.py [--saves 10000] [--how rename|delete|both] [--road exchange|replace]

Each save bears a number in A1; crmsheet writes B1 of whatever it has read.  After each save the colleague looks: the
file must come to bear that number, in their own save or in a version made from it.  ``--road replace`` takes the road
of file systems that cannot exchange two files; what it loses tells how long its window is.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import re
import sys
import time
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROW = '<row r="1"><c r="A1"><v>{}</v></c></row>'
_NUMBER = re.compile(rb'<c r="A1"[^>]*><v>(\d+)</v>')
LOOKS = 300
PATIENCE = 2.0  # seconds until a save that does not show counts as lost


def number_in(path: Path) -> int | None:
    """The number in A1; None while the file is away or half there."""
    try:
        with zipfile.ZipFile(path) as package:
            match = _NUMBER.search(package.read("xl/worksheets/sheet1.xml"))
    except (OSError, zipfile.BadZipFile, KeyError):
        return None
    return int(match[1]) if match else None


def write_all_the_time(path: str, road: str, stop: Any, counts: Any) -> None:
    """crmsheet, run after run."""
    from crmsheet.workbook import BusyError, InputError, open_workbook, swap

    if road == "replace":
        swap._road.cache_clear()
        swap._exchanger = lambda: None  # type: ignore[assignment]
    turn = 0
    while not stop.value:
        turn += 1
        try:
            with open_workbook(path) as book:
                book.sheet(0).set("B1", turn)
                book.commit()
            counts[0] += 1
        except BusyError:
            counts[1] += 1
        except InputError:  # away for the moment, between delete and rename
            counts[2] += 1


def comes_to_bear(path: Path, number: int) -> bool:
    """Whether the file bears a number, at the latest after a while: for an instant it may be on its way back.

    Looks are counted, not seconds alone: on a busy machine this process may sleep through all of them.
    """
    until, looks = time.monotonic() + PATIENCE, 0
    while (seen := number_in(path)) != number:
        looks += 1
        if looks > LOOKS and time.monotonic() > until:
            print(f"save {number} does not show: the file bears {seen}", file=sys.stderr)
            return False
        time.sleep(0.001)
    return True


def let_write(counts: Any) -> None:
    """Wait until crmsheet has written once more: a race needs two."""
    wanted, until = counts[0] + 1, time.monotonic() + PATIENCE
    while counts[0] < wanted and time.monotonic() < until:
        time.sleep(0.001)


def lost_saves(folder: Path, saves: int, how: str, road: str, seed: int = 1) -> dict[str, object]:
    """Figures of that many saves: lost ones, and how often crmsheet wrote, gave way, or found no file."""
    from workbook_files import simple

    chance, path = random.Random(seed), folder / "客户.xlsx"
    simple(path, ROW.format(0))
    stop, counts = multiprocessing.Value("i", 0), multiprocessing.Array("i", 3)
    writer = multiprocessing.Process(target=write_all_the_time, args=(str(path), road, stop, counts))
    writer.start()
    lost, beside = [], folder / "theirs.tmp"
    for number in range(1, saves + 1):
        simple(beside, ROW.format(number))
        by_delete = how == "delete" or (how == "both" and number % 2)
        if by_delete:
            path.unlink(missing_ok=True)
            time.sleep(chance.random() * 0.0005)
        os.replace(beside, path)
        if number % 10:
            time.sleep(chance.random() ** 3 * 0.06)
        else:
            let_write(counts)
        if not comes_to_bear(path, number):
            lost.append(number)
            simple(beside, ROW.format(number))
            os.replace(beside, path)
    stop.value = 1
    writer.join(30)
    return {
        "saves": saves, "how": how, "road": road, "lost": len(lost), "written": counts[0], "gave_way": counts[1],
        "not_there": counts[2], "crashed": writer.exitcode, "temporary": [p.name for p in folder.glob(".crmsheet-*")],
    }  # fmt: skip


def main() -> int:
    """Print the figures; exit 1 when a save was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--saves", type=int, default=10_000)
    parser.add_argument("--how", choices=["rename", "delete", "both"], default="both")
    parser.add_argument("--road", choices=["exchange", "replace"], default="exchange")
    given = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workbook"))
    with TemporaryDirectory() as folder:
        figures = lost_saves(Path(folder), given.saves, given.how, given.road)
    print(json.dumps(figures, ensure_ascii=False))
    return int(bool(figures["lost"]) or figures["crashed"] != 0)


if __name__ == "__main__":
    sys.exit(main())
