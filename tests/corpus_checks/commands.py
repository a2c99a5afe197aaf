"""One workbook through the command line: `check`, and `process` to a copy."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from corpus_checks.children import Ended, in_child

SECONDS = 120.0


def command_faults(path: Path, folder: Path) -> list[str]:
    """Exit codes other than 0 to 3, tracebacks, refusals of more or less than a line."""
    copy = folder / f"copy{path.suffix}"
    shutil.copyfile(path, copy)
    lines = ["check", str(copy)], ["process", str(copy), "--output", str(folder / "output.xlsx"), "--out", str(folder / "review")]
    faults = []
    for line in lines:
        ended = in_child(run_command, [*line, "--as-of", "2024-03-20", "--lang", "en"], folder, seconds=SECONDS)
        faults += [f"crmsheet {line[0]}: {fault}" for fault in _faults_of(ended)]
    if copy.read_bytes() != path.read_bytes():
        faults.append("crmsheet process --output: the original was changed")
    return faults


def run_command(line: list[str], folder: Path) -> tuple[int, str]:
    """(exit code, stderr) of a command line, in this process."""
    from crmsheet.cli import invoke

    said = folder / "stderr"
    with said.open("wb") as err, open(os.devnull, "wb") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
        sys.argv = ["crmsheet", *line]
        code = invoke()
        sys.stdout.flush()
        sys.stderr.flush()
    return code, said.read_text("utf-8", "replace")


def _faults_of(ended: Ended) -> list[str]:
    if ended.fault:
        return [ended.fault]
    code, said = ended.value
    if code not in (0, 1, 2, 3) or "Traceback" in said:
        return [f"exit {code}: {said.strip()[-400:]}"]
    if code == 2 and len(said.strip().splitlines()) != 1:
        return [f"a refusal of {len(said.strip().splitlines())} lines: {said[:300]!r}"]
    return []
