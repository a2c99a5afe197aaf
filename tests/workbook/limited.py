"""A server of command lines under limits: one JSON list of arguments a line in, one JSON object a line out.

    {"code": exit code, "cpu": seconds, "memory": peak bytes, "said": stderr}

Each runs in a forked child, with the modules imported already, under RLIMIT_CPU and RLIMIT_AS; a child that
a signal ended has the signal's negative number as its code.  A program of its own, since a child's peak memory
begins with its parent's.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
from typing import IO, NoReturn

CPU_SECONDS, ADDRESS_SPACE = 30, 6 * 1024**3  # beyond what is allowed: the tests measure, this only saves the machine


def main() -> None:
    import crmsheet.process_command
    import crmsheet.writeback  # noqa: F401  # imported for the children

    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


def run(arguments: list[str]) -> dict[str, object]:
    with tempfile.TemporaryFile() as said:
        pid = os.fork()
        if not pid:
            child(arguments, said)
        _, status, used = os.wait4(pid, 0)
        said.seek(0)
        return {
            "code": os.waitstatus_to_exitcode(status),
            "cpu": round(used.ru_utime + used.ru_stime, 2),
            "memory": used.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
            "said": said.read().decode("utf-8", "replace"),
        }


def child(arguments: list[str], said: IO[bytes]) -> NoReturn:
    from crmsheet.cli import main as crmsheet

    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.dup2(said.fileno(), 2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    sys.argv = ["crmsheet", *arguments]
    crmsheet()


if __name__ == "__main__":
    main()
