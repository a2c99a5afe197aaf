"""The command in a process, without loading its libraries anew: each is forked from a process that has them.

The tests start `crmsheet` some five hundred times, and loading pandas and the program is three quarters of a short run.
A test that wants a process writes ``[*forked.command(), "process", …]`` where a user types ``crmsheet process …``:

    test ──starts──▶ client, a bare Python ──words, folder, environment; stdin, stdout, stderr──▶ server
    test ◀──ends like───── client ◀──exit code or signal───── server ◀──ends── child, forked from the server: the command

The client is what the test sees: its words, its streams, its exit code; when it is killed, so is the child.  The child
does what a new Python does before its first line (see ``become``), runs ``crmsheet/__main__.py`` as ``python -m`` does,
and ends as any Python ends.  Three things are not a new process's; a test that is about one of them starts ``REAL``:

* what Python reads before all else, its own variables and the locale: the server refuses these, the client starts ``REAL``;
* the process itself: its limits, tracer, terminal, memory, time to start, what it loads, signals that it could handle;
* the seed of hashes, drawn once a server: sets have the same order in all its children.

test_forked.py holds both ways to the same words and files.
"""

from __future__ import annotations

import functools
import gc
import marshal
import os
import select
import signal
import socket
import sys
import time

REAL = (sys.executable, "-m", "crmsheet")
AT_START = ("PYTHON", "LC_", "LANG", "LD_", "OPENBLAS_", "OMP_")  # variables that begin so are read once, at the start


@functools.cache
def command() -> tuple[str, ...]:
    """The words that stand for ``crmsheet``; the first call of a test session starts the server."""
    if sys.platform != "linux":  # no pidfd, no socket without a file
        return REAL
    import atexit
    import subprocess

    name = f"crmsheet-tests-{os.getpid()}"
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG"))}  # as most tests ask
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(f"\0{name}")
        listener.listen(64)
        line = [sys.executable, __file__, "serve", str(listener.fileno())]
        server = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=[listener.fileno()], env=environment)
    atexit.register(server.communicate)  # closes its stdin
    return (sys.executable, "-IS", __file__, name)


def client(name: str, words: list[str]) -> None:
    """Have the server run the command, and end as it did."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        server.connect(f"\0{name}")
        socket.send_fds(server, [marshal.dumps((words, os.getcwd(), dict(os.environ)))], [0, 1, 2])
        told = server.recv(16)
    if told == b"real":
        os.execv(sys.executable, [*REAL, *words])
    code = int(told)
    if code < 0:
        if -code != signal.SIGKILL:  # which nobody can handle
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def serve(listener: socket.socket) -> list[str]:
    """Fork for every client until the tests end.  Returns in the children only: they are the command from here on."""
    load()
    ours = at_start(dict(os.environ))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks after those that look after the children
    while listener in select.select([0, listener], [], [])[0]:  # else stdin has ended: so have the tests, of whatever they died
        asker, _ = listener.accept()
        request, streams, _, _ = socket.recv_fds(asker, 1 << 20, 3)
        words, folder, environment = marshal.loads(request)
        if at_start(environment) != ours:
            asker.send(b"real")
        elif os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            if child := os.fork():
                look_after(child, asker)
            listener.close()
            asker.close()
            become(folder, environment, streams)
            return words
        for one in (asker.detach(), *streams):
            os.close(one)
    os._exit(0)


def look_after(child: int, asker: socket.socket) -> None:
    """Tell the client how its child ends, and end the child when the client is killed; else the client is silent."""
    if asker in select.select([asker, os.pidfd_open(child)], [], [])[0]:
        os.kill(child, signal.SIGKILL)
    else:
        asker.send(b"%d" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    os._exit(0)


def load() -> None:
    """Import what any command does, and set it apart: a collection in a child need not walk through it, which would copy it."""
    import importlib
    import pkgutil

    import crmsheet

    for module in pkgutil.walk_packages(crmsheet.__path__, "crmsheet."):
        if module.name not in ("crmsheet.__main__", "crmsheet.cluster"):  # the command itself; what needs Dask
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()


def at_start(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(AT_START)}


def become(folder: str, environment: dict[str, str], streams: list[int]) -> None:
    """What a new Python has before its first line: streams, folder, environment, time zone, and where it looks for modules."""
    for place, (name, stream) in enumerate(zip(("stdin", "stdout", "stderr"), streams, strict=True)):
        os.dup2(stream, place)
        os.close(stream)
        old = getattr(sys, name)
        mode, buffering, newline = [("r", -1, None), ("w", -1, "\n"), ("w", 1, "\n")][place]
        new = os.fdopen(place, mode, buffering, old.encoding, old.errors, newline, closefd=False)  # made anew: a pipe cannot seek, a file can
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.path[0] = folder


if __name__ == "__main__":
    if sys.argv[1] != "serve":
        client(sys.argv[1], sys.argv[2:])
    sys.argv[1:] = serve(socket.socket(fileno=int(sys.argv[2])))
    import runpy

    runpy._run_module_as_main("crmsheet")  # type: ignore[attr-defined]  # what python -m calls
