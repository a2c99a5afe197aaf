"""Several workbooks over a Dask cluster (``--executor dask://HOST:PORT``): each once, on a worker that sees the same folders.

Dask starts a task anew when its worker dies.  A run that may have begun must not be begun again behind people's backs, so each one
is noted on the scheduler when it begins, and a second start only says so: the workbook is named as failed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import chdir
from typing import Any
from uuid import uuid4

from crmsheet.many import Done, Work, caught

CONNECT = 5  # seconds
PATIENCE = 15  # seconds without any worker
_ONE = threading.Lock()  # of a worker with several threads: what is printed is caught for the whole process


def connect(address: str) -> Any:
    """A client of the scheduler at ``HOST:PORT``.  Raises ImportError without the extra ``cluster``, OSError when nobody answers."""
    return _dask().Client(f"tcp://{address}", timeout=CONNECT)


def _dask() -> Any:
    """The package, which has no types."""
    import distributed

    return distributed


def each_on(client: Any, work: Work, calls: Sequence[tuple[Any, ...]]) -> Iterator[Done]:
    """``work(*call)`` of each call on some worker; results in the order of the calls, each as soon as it may be told."""
    sign, place = uuid4().hex, os.getcwd()
    futures = [client.submit(_once, f"{sign}-{i}", place, work, call, pure=False, retries=0) for i, call in enumerate(calls)]
    done: dict[Any, Done] = {}
    left = list(futures)
    try:
        for future in futures:
            while future not in done:
                done |= _finished(client, left)
                left = [one for one in left if one not in done]
            yield done.pop(future)
    finally:
        client.cancel(futures)


def _finished(client: Any, left: list[Any]) -> dict[Any, Done]:
    """What is finished by now, at least one of them; all as failed, when there is no worker any more."""
    try:
        ready = _dask().wait(left, timeout=PATIENCE, return_when="FIRST_COMPLETED").done
    except TimeoutError:
        return {} if client.scheduler_info()["workers"] else dict.fromkeys(left, Done(died=-1))
    return {one: one.result() if one.status == "finished" else Done(died=-1) for one in ready}


def _once(name: str, place: str, work: Work, call: tuple[Any, ...]) -> Done:
    """On the worker: the work, unless it was begun before."""
    with _ONE:
        begun = _dask().Event(name)
        if begun.is_set():
            return Done(died=-1)
        begun.set()
        with chdir(place):  # paths mean what they mean where the command was given
            return caught(work, call)
