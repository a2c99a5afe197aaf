"""Others at the same file: colleagues who save, programs that have it open, a second run, another clock."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import forked
import pytest
from colleague import lost_saves
from inject import LONG, Subject, wait_for
from workbook_files import simple

from crmsheet.workbook import BusyError, ChangedError, Notice, backups, hold, open_workbook, swap

ROWS = '<row r="1"><c r="A1"><v>1</v></c></row>'
SAMPLE = Path(__file__).resolve().parents[2] / "sample_workbooks" / "team.xlsx"


def edit(path: Path, value: object = 2, wait: float = 0) -> list[Notice]:
    with open_workbook(path) as book:
        book.sheet(0).set("A1", value)
        return book.commit(wait=wait).notices


def shown(path: Path) -> object:
    with open_workbook(path) as book:
        return next(book.sheet(0).cells()).value


def left(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.name.startswith(".crmsheet-"))


# ---------------------------------------------------------------- saves


@pytest.mark.parametrize("how", ["rename", "delete"])
def test_no_save_of_a_colleague_is_lost(tmp_path: Path, how: str) -> None:
    figures = lost_saves(tmp_path, 5_000 if LONG else 250, how, "exchange")
    assert figures["lost"] == 0 and figures["crashed"] == 0 and figures["temporary"] == []
    assert isinstance(figures["written"], int) and figures["written"] > 10


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[Path]:
    """A colleague's newer save, and after the test the file must be just that."""
    path = simple(tmp_path / "theirs.xlsx", ROWS.replace("<v>1", "<v>77"))
    data = path.read_bytes()
    yield path
    assert (tmp_path / "客户.xlsx").read_bytes() == data and left(tmp_path) == []


def test_a_save_in_the_last_moment_gets_its_place_again(
    tmp_path: Path, theirs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = simple(tmp_path / "客户.xlsx", ROWS)
    real = swap.exchange

    def late(one: Path, two: Path) -> None:
        if theirs.exists():
            os.replace(theirs, two)
        real(one, two)

    monkeypatch.setattr(swap, "exchange", late)
    with pytest.raises(ChangedError, match="别人改动过"):
        edit(path)


def test_a_second_save_while_the_first_goes_back_wins(
    tmp_path: Path, theirs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = simple(tmp_path / "客户.xlsx", ROWS)
    first = simple(tmp_path / "first.xlsx", ROWS.replace("<v>1", "<v>66"))
    real, turns = swap.exchange, iter([first, theirs])

    def late(one: Path, two: Path) -> None:
        if (save := next(turns, None)) is not None:
            os.replace(save, two)
        real(one, two)

    monkeypatch.setattr(swap, "exchange", late)
    with pytest.raises(ChangedError):
        edit(path)


def test_a_save_that_was_deleted_first_gets_its_place_again(
    tmp_path: Path, theirs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = simple(tmp_path / "客户.xlsx", ROWS)
    real, turns = swap.exchange, iter(["save", "delete"])

    def late(one: Path, two: Path) -> None:
        turn = next(turns, None)
        if turn == "save":
            os.replace(theirs, two)
        elif turn == "delete":
            two.unlink()
        real(one, two)

    monkeypatch.setattr(swap, "exchange", late)
    with pytest.raises(ChangedError):
        edit(path)


def test_the_file_taken_away_in_the_last_moment_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = simple(tmp_path / "客户.xlsx", ROWS)
    real = swap.exchange

    def late(one: Path, two: Path) -> None:
        two.unlink()
        real(one, two)

    monkeypatch.setattr(swap, "exchange", late)
    with pytest.raises(ChangedError):
        edit(path)
    assert not path.exists() and left(tmp_path) == []


def test_a_program_that_has_the_file_open_for_writing_keeps_it(tmp_path: Path) -> None:
    path = simple(tmp_path / "客户.xlsx", ROWS)
    before = path.read_bytes()
    with path.open("r+b"), pytest.raises(BusyError):
        edit(path)
    assert path.read_bytes() == before and left(tmp_path) == []
    edit(path)
    assert shown(path) == 2


def test_a_killed_run_with_a_save_in_its_hands_gives_it_to_the_next(tmp_path: Path) -> None:
    subject, path = Subject(), simple(tmp_path / "客户.xlsx", ROWS)
    theirs = simple(tmp_path / "theirs.xlsx", ROWS.replace("<v>1", "<v>77"))
    saved = theirs.read_bytes()
    os.kill(subject.start("unlucky", path), signal.SIGCONT)
    assert subject.ended() == -signal.SIGKILL and path.read_bytes() != saved
    subject.close()
    notices = edit(path)
    rescued = [p for p in (tmp_path / ".crmsheet" / "backups").iterdir() if "rescued" in p.name]
    assert [p.read_bytes() for p in rescued] == [saved] and any("中断" in n.zh for n in notices)
    assert left(tmp_path) == []


def test_the_road_without_exchange_looks_once_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swap, "_exchanger", lambda: None)
    swap._road.cache_clear()
    try:
        path = simple(tmp_path / "客户.xlsx", ROWS)
        edit(path)
        assert shown(path) == 2 and left(tmp_path) == []
        real = swap._look

        def late(place: Path) -> tuple[int, ...]:
            seen = real(place)
            place.write_bytes(b"theirs")
            return seen

        monkeypatch.setattr(swap, "_look", late)
        with pytest.raises(ChangedError):
            edit(path, 3)
        assert path.read_bytes() == b"theirs" and left(tmp_path) == []
    finally:
        swap._road.cache_clear()


# ---------------------------------------------------------------- notes and locks


def excel_note(path: Path, user: str, age: float = 0) -> Path:
    note = path.with_name("~$" + path.name)
    raw = user.encode("gb18030")
    data = bytes([len(raw)]) + raw.ljust(54) + bytes([len(user), 0]) + user.encode("utf-16-le").ljust(108, b" \0"[:1])
    note.write_bytes(data)
    os.utime(note, (time.time() - age, time.time() - age))
    return note


def test_who_has_it_open_is_named(tmp_path: Path) -> None:
    path = simple(tmp_path / "客户.xlsx", ROWS)
    note = excel_note(path, "王经理")
    with pytest.raises(BusyError, match=r"客户\.xlsx 正被 王经理 打开"):
        edit(path)
    note.unlink()
    (tmp_path / ".~lock.客户.xlsx#").write_text("李雷,lilei,PC-7,25.11.2026 10:00,file:///x;", "utf-8")
    with pytest.raises(BusyError, match="李雷 @ PC-7"):
        edit(path)
    assert shown(path) == 1 and left(tmp_path) == []


def test_a_note_of_days_ago_is_said_to_be_stale(tmp_path: Path) -> None:
    path = simple(tmp_path / "客户.xlsx", ROWS)
    excel_note(path, "王经理", 5 * 86_400)
    notices = edit(path)
    assert shown(path) == 2 and [n.zh for n in notices if "王经理" in n.zh and "5 天" in n.zh and "残留" in n.zh]


def test_a_note_made_by_libreoffice_itself_is_read(tmp_path: Path) -> None:
    """LibreOffice has the file open: no matter whether by its note or its handle, nothing is written."""
    path = tmp_path / "客户.xlsx"
    shutil.copy(SAMPLE, path)
    office = subprocess.Popen(
        ["soffice", "--headless", "--norestore", f"-env:UserInstallation=file://{tmp_path}/profile", str(path)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        note = tmp_path / ".~lock.客户.xlsx#"
        wait_for(note.exists, 60)
        wait_for(lambda: note.stat().st_size > 0, 20)
        with pytest.raises(BusyError, match="打开"):
            edit(path)
        assert path.read_bytes() == SAMPLE.read_bytes()
    finally:
        os.killpg(office.pid, 9)
        office.wait()


def test_waiting_until_it_is_closed(tmp_path: Path) -> None:
    path = simple(tmp_path / "客户.xlsx", ROWS)
    note = excel_note(path, "王经理")
    closing = subprocess.Popen([sys.executable, "-c", f"import time,os; time.sleep(0.7); os.unlink({str(note)!r})"])
    edit(path, wait=30)
    assert shown(path) == 2 and closing.wait() == 0


def test_the_lock_names_the_other_run(tmp_path: Path) -> None:
    path = simple(tmp_path / "客户.xlsx", ROWS)
    code = f"""
import sys, time
from crmsheet.workbook import hold
with hold({str(path)!r}):
    print("held", flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout and other.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match=f"另一次 crmsheet 运行.*进程 {other.pid}"):
            edit(path)
        other.kill()  # a killed run holds nothing
    edit(path)
    with hold(path), hold(path):  # the same thread may hold it twice
        edit(path, 3)
    assert shown(path) == 3


# ---------------------------------------------------------------- whole runs


CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}


def process(path: Path, *more: str, prefix: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess[str]:
    command = [*prefix, *forked.REAL] if prefix else forked.command()
    return subprocess.run(
        [*command, "process", str(path), "--as-of", "2026-09-30", *more],
        capture_output=True, text=True, env={**CLEAN, **environment}, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> str:
    """SHA-256 of the sample after one run."""
    path = Path(shutil.copy(SAMPLE, tmp_path_factory.mktemp("alone") / "team.xlsx"))
    assert process(path).returncode == 0
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_two_runs_at_once_write_once(tmp_path: Path, alone: str) -> None:
    path = Path(shutil.copy(SAMPLE, tmp_path / "team.xlsx"))
    command = [sys.executable, "-m", "crmsheet", "process", str(path), "--as-of", "2026-09-30", "--quiet"]
    waiting = [*command, "--wait", "1"]
    both = [subprocess.Popen(c, stderr=subprocess.PIPE, text=True) for c in (command, waiting)]
    said = [p.communicate(timeout=120)[1] for p in both]
    assert both[0].returncode in (0, 3) and both[1].returncode == 0, said
    assert hashlib.sha256(path.read_bytes()).hexdigest() == alone
    assert len(backups(path)) == 1 and "Traceback" not in "".join(said)


@pytest.mark.parametrize("moved", ["2019-02-28 23:59:59", "2038-01-19 03:14:08"])
def test_a_wrong_clock_changes_nothing(tmp_path: Path, alone: str, moved: str) -> None:
    path = Path(shutil.copy(SAMPLE, tmp_path / "team.xlsx"))
    run = process(path, prefix=("faketime", moved), TZ="America/St_Johns")
    assert run.returncode == 0, run.stderr
    assert hashlib.sha256(path.read_bytes()).hexdigest() == alone


def test_a_busy_file_is_exit_3_and_the_review_says_so(tmp_path: Path) -> None:
    path = Path(shutil.copy(SAMPLE, tmp_path / "team.xlsx"))
    excel_note(path, "王经理")
    run = process(path)
    assert run.returncode == 3 and "王经理" in run.stderr and path.read_bytes() == SAMPLE.read_bytes()
    assert "王经理" in (tmp_path / "crmsheet-reviews" / "team-2026-09-30.html").read_text("utf-8")


def test_undo_steps_back_and_refuses_what_was_changed_since(tmp_path: Path) -> None:
    path = Path(shutil.copy(SAMPLE, tmp_path / "team.xlsx"))
    assert process(path).returncode == 0
    first = path.read_bytes()
    assert process(path, "--as-of", "2026-10-09").returncode == 0
    second = path.read_bytes()

    def undo(*more: str) -> subprocess.CompletedProcess[str]:
        command = [*forked.command(), "undo", str(path), *more]
        return subprocess.run(command, capture_output=True, text=True, env=CLEAN, timeout=60, check=False)

    listed = undo("--list")
    assert listed.returncode == 0 and listed.stdout.splitlines()[0].split()[:2] == ["→", "0002"]
    assert undo().returncode == 0 and path.read_bytes() == first
    assert undo().returncode == 0 and path.read_bytes() == SAMPLE.read_bytes()
    nothing = undo()
    assert nothing.returncode == 2 and "没有更早的写回" in nothing.stderr and nothing.stderr.count("\n") == 1
    assert process(path, "--as-of", "2026-10-09").returncode == 0
    path.write_bytes(second[:-1])
    changed = undo()
    assert changed.returncode == 3 and "改动过" in changed.stderr and path.read_bytes() == second[:-1]
