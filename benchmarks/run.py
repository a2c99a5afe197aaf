"""What a run costs, stage by stage: ``python benchmarks/run.py [--sizes 1000,20000] [--write]`` (200000 takes some minutes).

CPU seconds and peak memory of whole processes, as the system counts them; never wall time.  The floor is what inflating the
workbook's parts and deflating them again takes.  ``--write`` puts the tables into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DAY = "2025-09-01"
PAGE = HERE.parent / "docs" / "benchmarks.md"
FLOOR = """
import sys, zipfile
from isal import isal_zlib
with zipfile.ZipFile(sys.argv[1]) as package:
    for name in package.namelist():
        isal_zlib.compress(package.read(name), 1)
"""
# stage -> where its function stands: module, name
STAGES = {
    "read": ("crmsheet.assess", "read_tables"),
    "judge": ("crmsheet.assess", "judge"),
    "move": ("crmsheet.assess", "move_all"),
    "next tier": ("crmsheet.assess", "next_tiers"),
    "plan": ("crmsheet.assess", "plan"),
    "check": ("crmsheet.assess", "check_all"),
    "fill": ("crmsheet.run", "fill"),
    "splice": ("crmsheet.workbook.build", "rebuild"),
    "prove": ("crmsheet.workbook.build", "prove_all"),
    "review: sections": ("crmsheet.review.outputs", "build"),
    "review: html": ("crmsheet.review.outputs", "_html"),
    "review: xlsx": ("crmsheet.review.outputs", "_xlsx"),
    "review: json": ("crmsheet.review.outputs", "_json"),
}


def child(arguments: list[str]) -> tuple[float, float]:
    """CPU seconds and peak MiB of a process that ends well."""
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)}: exit {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / (1 << (20 if sys.platform == "darwin" else 10))


@contextmanager
def fresh(workbook: Path) -> Iterator[Path]:
    """A copy in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(shutil.copy(workbook, folder))


def stages(workbook: Path) -> dict[str, float]:
    """CPU seconds of each stage of one run, of what is loaded, and of all that is in none of them."""
    import importlib

    spent = dict.fromkeys(["load", *STAGES], 0.0)
    began = time.process_time()
    from crmsheet.job import Job
    from crmsheet.process_command import process_all

    for module, _ in STAGES.values():
        importlib.import_module(module)
    spent["load"] = time.process_time() - began
    for stage, (module, name) in STAGES.items():
        home = importlib.import_module(module)
        setattr(home, name, timed(getattr(home, name), stage, spent))
    import datetime as dt

    process_all([workbook], Job(as_of=dt.date.fromisoformat(DAY), quiet=True))
    return spent | {"all else": time.process_time() - began - sum(spent.values())}


def timed(function: Callable[..., Any], stage: str, spent: dict[str, float]) -> Callable[..., Any]:
    """The function, and its CPU seconds added to the stage's."""

    def run(*arguments: Any, **named: Any) -> Any:
        began = time.process_time()
        try:
            return function(*arguments, **named)
        finally:
            spent[stage] += time.process_time() - began

    return run


def measure(size: int, folder: Path) -> dict[str, Any]:
    """All figures of one size."""
    workbook = folder / f"team-{size}.xlsx"
    if not workbook.exists():
        subprocess.run([sys.executable, str(HERE / "make_team.py"), str(size), str(workbook)], check=True)
    with zipfile.ZipFile(workbook) as package:
        inflated = sum(one.file_size for one in package.infolist())
    floor, _ = child([sys.executable, "-c", FLOOR, str(workbook)])
    with fresh(workbook) as copy:
        cpu, peak = child([sys.executable, "-m", "crmsheet", "process", str(copy), "--as-of", DAY, "--quiet"])
        reviews = {one.suffix[1:]: one.stat().st_size for one in (copy.parent / "crmsheet-reviews").iterdir()}
    with fresh(workbook) as copy:
        told = subprocess.run([sys.executable, __file__, "--stages", str(copy)], check=True, capture_output=True, text=True)
    return {"size": size, "inflated": inflated, "floor": floor, "cpu": cpu, "peak": peak, "reviews": reviews, "stages": json.loads(told.stdout)}


def tables(found: list[dict[str, Any]]) -> str:
    """The figures as Markdown."""
    lines = ["| customers | XML, MB | CPU, s | µs a customer | peak, MiB | CPU ÷ floor | html, MB | xlsx, MB |", "|---|---|---|---|---|---|---|---|"]
    for one in found:
        html, xlsx = (one["reviews"].get(kind, 0) / 1e6 for kind in ("html", "xlsx"))
        lines.append(
            f"| {one['size']:,} | {one['inflated'] / 1e6:.0f} | {one['cpu']:.1f} | {one['cpu'] / one['size'] * 1e6:,.0f} | {one['peak']:,.0f} "
            f"| {one['cpu'] / one['floor']:.1f} | {html:.1f} | {xlsx:.1f} |"
        )
    lines += ["", "| stage, % of CPU | " + " | ".join(f"{one['size']:,}" for one in found) + " |", "|---" * (len(found) + 1) + "|"]
    for stage in found[0]["stages"]:
        shares = [f"{one['stages'][stage] / sum(one['stages'].values()):.0%}" for one in found]
        lines.append(f"| {stage} | " + " | ".join(shares) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print; with ``--write`` into the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="1000,20000", help="customers, by comma")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir(), "crmsheet-benchmarks"), help="where workbooks are kept")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    parser.add_argument("--stages", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stages:
        print(json.dumps(stages(given.stages)))
        return
    given.data.mkdir(parents=True, exist_ok=True)
    text = tables([measure(int(size), given.data) for size in given.sizes.split(",")])
    print(text)
    if given.write:
        head = PAGE.read_text(encoding="utf-8").partition("<!-- measured -->")[0]
        where = f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()}."
        PAGE.write_text(f"{head}<!-- measured -->\n\n{where}\n\n{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
