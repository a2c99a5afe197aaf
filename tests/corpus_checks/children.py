"""Functions run in a forked child, so that a crash, a hang or a leak is the outcome of one call."""

from __future__ import annotations

import contextlib
import os
import pickle
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MEMORY = 8 * 1024**3  # bytes of address space; numpy alone maps a good part of one GiB


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: its ``value``, or the ``fault`` (a traceback, a signal, a timeout)."""

    value: Any
    fault: str = ""


def in_child(function: Callable[..., Any], *args: Any, seconds: float, memory: int = MEMORY) -> Ended:
    """Call ``function(*args)`` in a child of at most ``seconds`` of wall time and ``memory`` bytes.

    The value must pickle.  The child is the leader of its own process group, and all of the group ends with it.
    """
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reader)
        _child(writer, function, args, seconds, memory)
    os.close(writer)
    answer = _received(reader, time.monotonic() + seconds)
    if answer is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    _, status, _ = os.wait4(pid, 0)
    if answer is None:
        return Ended(None, f"no answer in {seconds:.0f} s")
    if os.WIFSIGNALED(status):
        return Ended(None, f"killed by {signal.Signals(os.WTERMSIG(status)).name}")
    if not answer:
        return Ended(None, f"ended with {os.waitstatus_to_exitcode(status)} and no answer")
    value, fault = pickle.loads(answer)
    return Ended(value, fault)


def _child(writer: int, function: Callable[..., Any], args: tuple[Any, ...], seconds: float, memory: int) -> None:
    """The child's side; never returns."""
    try:
        os.setpgid(0, 0)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        answer = function(*args), ""
    except BaseException:  # noqa: BLE001  # the traceback is the answer
        answer = None, traceback.format_exc(limit=-6)
    try:
        with os.fdopen(writer, "wb") as out:
            pickle.dump(answer, out)
        sys.stderr.flush()
    finally:
        os._exit(0)


def _received(reader: int, deadline: float) -> bytes | None:
    """All that the child writes until it ends; None when the time is over first."""
    found = []
    with os.fdopen(reader, "rb", buffering=0) as pipe:
        while (left := deadline - time.monotonic()) > 0:
            if select.select([pipe], [], [], left)[0]:
                block = pipe.read(1 << 20)
                if not block:
                    return b"".join(found)
                found.append(block)
    return None
