"""Several workbooks at once (``--jobs N``): each in a process of its own, so that one that dies takes no other with it.

What a process says and finds is told by the process that started it, in the order of the workbooks: the lines of two
workbooks never mix, and several runs of one command say the same.
"""

from __future__ import annotations

import gc
import io
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any

Work = Callable[..., tuple[int, list[Any]]]  # gives an exit code and documents (what can be pickled); what it prints is caught


@dataclass(frozen=True, slots=True)
class Done:
    """What a process left: exit code, result documents, its lines.  ``died``: it ended without a word, by this exit code."""

    code: int = 4
    documents: tuple[Any, ...] = ()
    out: str = ""
    err: str = ""
    died: int | None = None


def each(work: Work, calls: Sequence[tuple[Any, ...]], jobs: int, loaded: Sequence[str] = ()) -> Iterator[Done]:
    """``work(*call)`` of each call, ``jobs`` at a time; results in the order of the calls, each as soon as it may be told.

    ``loaded``: modules that work loads on its way, so that they are loaded once for all.  Processes that still run when the iterator is closed are stopped.
    """
    context = _context(work, loaded)
    running: dict[Connection, tuple[int, BaseProcess]] = {}
    done: dict[int, Done] = {}
    left = iter(enumerate(calls))
    told = 0
    try:
        while told < len(calls):
            while len(running) < jobs and (following := next(left, None)) is not None:
                place, call = following
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_child, args=(theirs, work, call))  # type: ignore[attr-defined]
                process.start()
                theirs.close()
                running[ours] = (place, process)
            for ready in wait(list(running)):
                assert isinstance(ready, Connection)
                place, process = running.pop(ready)
                done[place] = _result(ready, process)
            while told in done:
                yield done.pop(told)
                told += 1
    finally:
        for _, process in running.values():
            process.terminate()


def _context(work: Work, loaded: Sequence[str]) -> BaseContext:
    """Processes that start from a clean one with everything loaded; where there is no such thing, from nothing."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([work.__module__, *loaded])
    return context


def _result(pipe: Connection, process: BaseProcess) -> Done:
    try:
        code, documents, out, err = pipe.recv()
    except EOFError:
        process.join()
        return Done(died=process.exitcode)
    finally:
        pipe.close()
    process.join()
    return Done(code, tuple(documents), out, err)


def _child(pipe: Connection, work: Work, call: tuple[Any, ...]) -> None:
    gc.disable()  # as the whole command does: the process ends with its work
    done = caught(work, call)
    pipe.send((done.code, list(done.documents), done.out, done.err))
    pipe.close()
    os._exit(0)


def caught(work: Work, call: tuple[Any, ...]) -> Done:
    """The work done here, and what it printed."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="surrogatepass", newline="\n") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        code, documents = work(*call)
    return Done(code, tuple(documents), _text(out), _text(err))


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8", "surrogatepass")


def relay(done: Done) -> None:
    """A process's lines as our own."""
    for stream, text in ((sys.stderr, done.err), (sys.stdout, done.out)):
        stream.write(text)
        stream.flush()
