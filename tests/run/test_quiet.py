"""A run talks to nobody and writes only where it says: its system calls are traced (Linux, where strace is)."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sheets import ROWS_SIMPLE, write_workbook

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
CHANGES = "open,openat,openat2,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,truncate,mknod,mknodat"
SOCKETS = "socket,connect,bind,sendto,sendmsg"
_NAMES = re.compile(r'"((?:[^"\\]|\\.)*)"')
_WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND")
AS_OF = ("--as-of", "2024-03-20")


def traced(folder: Path, *arguments: str | Path) -> tuple[list[str], list[str]]:
    """(sockets opened, paths written, made, renamed or removed) by one command, its children included."""
    said = folder.parent / "trace"
    env = {"PATH": os.environ["PATH"], "HOME": str(folder.parent / "home"), "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(folder.parent / "tmp"),
           "CRMSHEET_KEY": base64.b64encode(b"k" * 32).decode()}  # fmt: skip
    command = ["strace", "-f", "--seccomp-bpf", "-qq", "-s", "4096", "-o", str(said), "-e", f"trace={CHANGES},{SOCKETS}", sys.executable, "-m", "crmsheet"]
    done = subprocess.run([*command, *map(str, arguments)], env=env, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    sockets, paths = [], []
    for line in said.read_text(encoding="utf-8", errors="replace").splitlines():
        call = line.split(maxsplit=1)[1].partition("(")[0]
        if call in SOCKETS.split(","):
            sockets.append(line)
        elif call in CHANGES.split(",") and " = -1 " not in line and (not call.startswith("open") or _WRITES.search(line)):
            paths += [name.encode("latin-1").decode("unicode_escape").encode("latin-1").decode("utf-8", "replace") for name in _NAMES.findall(line)]
    return sockets, paths


@pytest.fixture
def team(tmp_path: Path) -> Path:
    for name in ("home", "tmp", "team"):
        (tmp_path / name).mkdir()
    return write_workbook(tmp_path / "team" / "team.xlsx", {"客户": ROWS_SIMPLE})


@pytest.mark.parametrize(("arguments", "places"), [
    (("process", "{book}", *AS_OF), ("team.xlsx", ".crmsheet", "crmsheet-reviews", ".crmsheet-", "../tmp/")),
    (("process", "{book}", *AS_OF, "--per-owner", "--json"), ("team.xlsx", ".crmsheet", "crmsheet-reviews", ".crmsheet-", "../tmp/")),
    (("process", "{book}", *AS_OF, "--dry-run"), ()),
    (("check", "{book}", *AS_OF), ()),
    (("explain", "{book}", "C0000001", *AS_OF), ()),
    (("forget", "{book}", "C0000001", *AS_OF), ()),
    (("protect", "{book}", "--columns", "不认识的列", *AS_OF), ("team.xlsx", ".crmsheet", ".crmsheet-")),
], ids=" ".join)  # fmt: skip
def test_a_command_opens_no_socket_and_writes_only_its_declared_paths(team: Path, arguments: tuple[str, ...], places: tuple[str, ...]) -> None:
    sockets, paths = traced(team.parent, *(one.format(book=team) for one in arguments))
    assert sockets == []
    allowed = ("/dev/", *(os.path.normpath(team.parent / place) for place in places))
    assert [path for path in paths if not path.startswith(allowed)] == []
    assert list((team.parent.parent / "tmp").iterdir()) == []  # where XlsxWriter puts a review together
