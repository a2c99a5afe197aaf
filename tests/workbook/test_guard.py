"""No file costs more than 10 s of CPU and 1 GB: it is worked on, or refused in one line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from guard_cases import CASES

if sys.platform == "win32":
    pytest.skip("the limits are those of POSIX", allow_module_level=True)

LONG = bool(os.environ.get("CRMSHEET_LONG"))
CPU_SECONDS, MEMORY = 10.0, 10**9
Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def crmsheet() -> Iterator[Run]:
    """Runs a command line under limits and says what it cost."""
    program = Path(__file__).with_name("limited.py")
    with subprocess.Popen([sys.executable, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None and server.stdout is not None

        def run(*line: str) -> dict[str, Any]:
            server.stdin.write(json.dumps([*line, "--as-of", "2024-03-20", "--lang", "en"]) + "\n")
            server.stdin.flush()
            answer: dict[str, Any] = json.loads(server.stdout.readline())
            return answer

        yield run
        server.stdin.close()


@pytest.mark.parametrize("name", CASES)
def test_cost_is_bounded(tmp_path: Path, crmsheet: Run, name: str) -> None:
    make, refusal = CASES[name]
    path = tmp_path / "book.xlsx"
    path.write_bytes(make())
    before = path.stat()
    commands = [("check", str(path)), ("process", str(path), "--output", str(tmp_path / "out.xlsx"), "--out", str(tmp_path / "r"))]
    for line in commands if LONG else commands[1:]:  # a run reads as check does
        ended = crmsheet(*line)
        assert "Traceback" not in ended["said"]
        assert ended["code"] == (2 if refusal else 0), ended
        assert ended["cpu"] <= CPU_SECONDS and ended["memory"] <= MEMORY, ended
        if refusal:
            assert len(ended["said"].splitlines()) == 1 and re.search(refusal, ended["said"]), ended
    assert (tmp_path / "out.xlsx").exists() == (not refusal)
    assert path.stat().st_mtime_ns == before.st_mtime_ns
