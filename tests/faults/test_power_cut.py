"""A power cut at every system call of a commit.

The workbook lies on a small ext4 image of its own.  Before each system call the writing process is stopped and the image
copied as it is: what the file system had not written to its device yet is lost, as in a power cut.  Each copy is then
mounted, its journal replayed, and the workbook looked at.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from inject import FALLIBLE, Subject, state_of, traced, wait_for
from workbook_files import simple

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
MIB = 1024 * 1024
ROWS = '<row r="1"><c r="A1"><v>1</v></c></row>'


@contextmanager
def mounted(image: Path, place: Path) -> Iterator[Path]:
    place.mkdir(exist_ok=True)
    # without its heuristic for careless programs: a rename may overtake the data of the file that is renamed
    subprocess.run(["mount", "-o", "loop,noauto_da_alloc,commit=300", str(image), str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def copies_at_every_call(mode: str, tmp_path: Path) -> tuple[bytes, bytes, list[bytes]]:
    """(before, after, the workbook as a power cut at each point leaves it; the last one is after the end)."""
    image = tmp_path / "disk.img"
    with image.open("wb") as file:
        file.truncate(8 * MIB)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", str(image)], check=True)
    found, names = [], []
    with closing(Subject()) as subject, mounted(image, tmp_path / "disk") as disk:
        path = simple(disk / "team.xlsx", ROWS)
        before = path.read_bytes()
        (disk / "careless.new").write_bytes(before[:-1] + b"!" * 5000)
        subprocess.run(["sync", "-f", str(disk)], check=True)
        pid = subject.start(mode, path)
        stops = ",".join(sorted(FALLIBLE - {"stat", "lstat", "fstat", "newfstatat", "statx", "lseek", "read", "fcntl"}))
        with traced(pid, tmp_path / "log", ["-e", f"trace={stops}", "-e", f"inject={stops}:signal=STOP"]):
            wait_for(lambda: stops_in(tmp_path / "log") == 1)  # as it was when it was attached to
            stopped = 1
            os.kill(pid, signal.SIGCONT)
            while stopped_again(pid, tmp_path / "log", stopped):
                stopped += 1
                names.append(tmp_path / f"cut{len(names)}.img")
                shutil.copy(image, names[-1])
                os.kill(pid, signal.SIGCONT)
            assert subject.ended() == 0
        names.append(tmp_path / "cut_last.img")
        shutil.copy(image, names[-1])
        after = path.read_bytes()
    for name in names:
        with mounted(name, tmp_path / "copy") as copy:
            cut = copy / "team.xlsx"
            found.append(cut.read_bytes() if cut.exists() else b"")
        name.unlink()
    return before, after, found


def stops_in(log: Path) -> int:
    """How often the tracer has seen the process stop."""
    return log.read_text(errors="replace").count("--- stopped by SIGSTOP ---") if log.exists() else 0


def stopped_again(pid: int, log: Path, before: int) -> bool:
    """Wait until the tracer has seen one more stop; False when the process has ended instead."""
    found = before

    def settled() -> bool:
        nonlocal found
        ended = state_of(pid) in "ZX"
        found = stops_in(log)
        return ended or found > before

    wait_for(settled)
    return found > before


def test_a_power_cut_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    before, after, found = copies_at_every_call("commit", tmp_path)
    assert len(found) > 30
    assert [i for i, data in enumerate(found) if data not in (before, after)] == []
    assert found[0] == before and found[-1] == after, "what is told to be written is on the disk"


def test_these_tests_notice_a_careless_program(tmp_path: Path) -> None:
    before, after, found = copies_at_every_call("careless", tmp_path)
    assert found[0] == before and found[-1] != after  # it said that it was done, and its work is gone
