"""Runs the subject under strace, with a fault at one system call, and tells what came of it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

HERE = Path(__file__).parent
LONG = bool(os.environ.get("CRMSHEET_LONG"))
_CALL = re.compile(r"^(\w+)\(")
# calls that can fail for the disk's or the rights' sake; every other one is only killed at
FALLIBLE = frozenset(
    "open openat creat read pread64 write pwrite64 close fsync fdatasync ftruncate fallocate rename renameat renameat2"
    " unlink unlinkat link linkat mkdir mkdirat chmod fchmod fchmodat chown fchown fchownat lchown utimensat"
    " setxattr lsetxattr fsetxattr listxattr llistxattr flistxattr getxattr lgetxattr stat lstat fstat newfstatat statx"
    " access faccessat faccessat2 readlink readlinkat getdents64 flock lseek fcntl".split()
)


class Subject:
    """The process that forks children; see subject.py."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "subject.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env=environment,
        )  # fmt: skip

    def close(self) -> None:
        """Let it end."""
        self.process.communicate()

    def start(self, mode: str, path: Path) -> int:
        """The pid of a child that has prepared itself and stopped."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{mode} {path}\n")
        self.process.stdin.flush()
        pid = int(self.process.stdout.readline())
        wait_for(lambda: state_of(pid) in "TZ")
        return pid

    def ended(self) -> int:
        """Exit code of the child, negative for the signal that ended it."""
        assert self.process.stdout
        return os.waitstatus_to_exitcode(int(self.process.stdout.readline()))


def wait_for(what: object, seconds: float = 120) -> None:
    """Until ``what()`` is true; long enough for a machine that is busy with other things."""
    assert callable(what)
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.0005)


def state_of(pid: int) -> str:
    """R, S, T (stopped), t (stopped by a tracer), Z (ended) …; Z also for one that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "Z"


def _traced(pid: int) -> bool:
    return "TracerPid:\t0\n" not in Path(f"/proc/{pid}/status").read_text()


@contextmanager
def traced(pid: int, log: Path, arguments: Sequence[str] = ()) -> Iterator[subprocess.Popen[bytes]]:
    """strace attached to a stopped child."""
    tracer = subprocess.Popen(["strace", "-qq", "-p", str(pid), "-o", str(log), *arguments], stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: _traced(pid) or tracer.poll() is not None)
        time.sleep(0.002)
        yield tracer
    except BaseException:  # leave no stopped process behind
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        raise
    finally:
        tracer.wait(20)


def run(subject: Subject, mode: str, path: Path, log: Path, inject: str | None = None) -> int:
    """Exit code of one child with one fault."""
    pid = subject.start(mode, path)
    with traced(pid, log, ["-e", f"inject={inject}"] if inject else []):
        os.kill(pid, signal.SIGCONT)
        return subject.ended()


def calls(log: Path) -> list[tuple[str, int]]:
    """(system call, which one of its name) of a trace, in order; the end itself left out."""
    seen: Counter[str] = Counter()
    found = []
    for line in log.read_text(errors="replace").splitlines():
        match = _CALL.match(line)
        if match and match[1] not in ("exit_group", "exit", "kill", "tgkill", "getpid", "rt_sigreturn"):
            seen[match[1]] += 1
            found.append((match[1], seen[match[1]]))
    return found
