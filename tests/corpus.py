"""Run a folder of workbooks through the engine and the commands, and judge what was written.

    python tests/corpus.py DIR... [--jobs N] [--json FILE] [--no-libreoffice] [--no-commands] [--keep DIR]

Every file below the folders whose content is a zip or an OLE2 container is a workbook here, whatever its name.  Each
is read whole, gets new columns beside what it holds and one plain cell overwritten, and is committed to a copy.  Then
before and after are compared: untouched members byte for byte; cells outside the owned ones as crmsheet, openpyxl,
python-calamine and LibreOffice read them (what did not open before may not open after; formulas that are volatile or
read owned cells may show another value); the schema's order of elements; and the independent judge nothing_lost.py,
where one stands in `../shared/tools`.  `crmsheet check` and `crmsheet process --output` must end with exit 0 to 3.

Outcomes: "written" (and proven), "refused" (in one line; the reasons are counted), "FAULT" (anything lost, a
traceback, a signal, a hang).  Exit 0 when there is no fault.  The originals are only read.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: thousands of forks, each small

import argparse
import json
import multiprocessing
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE / "workbook")]

from corpus_checks.batch import Options, Outcome, judge_batch, reason_group  # noqa: E402
from corpus_checks.engine import outside_judge  # noqa: E402
from corpus_checks.office import soffice  # noqa: E402

BATCH = 24  # workbooks that one call of LibreOffice opens
MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
SUFFIXES = {".xlsx", ".xlsm", ".xltx", ".xltm"}  # workbooks by name, whatever they hold


def workbooks(folders: Sequence[Path]) -> Iterator[Path]:
    """All workbooks below the folders, each once."""
    for folder in folders:
        for path in sorted(folder.rglob("*") if folder.is_dir() else [folder]):
            if path.is_file() and (path.suffix.lower() in SUFFIXES or _magic(path).startswith(MAGIC)):
                yield path


def _magic(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(8)
    except OSError:
        return b""


def main(argv: Sequence[str] | None = None) -> int:
    args = _arguments(argv)
    files = list(dict.fromkeys(workbooks(args.folders)))
    options = Options(args.libreoffice and soffice() is not None, args.commands, args.keep)
    started, outcomes = time.monotonic(), list[Outcome]()
    batches = [files[i : i + BATCH] for i in range(0, len(files), BATCH)]
    with multiprocessing.get_context("fork").Pool(args.jobs, maxtasksperchild=20) as pool:
        for done in pool.imap_unordered(partial(judge_batch, options=options), batches):
            outcomes += done
            for outcome in done:
                if outcome.faults:
                    print(_fault_lines(outcome), flush=True)
            print(f"{len(outcomes)} of {len(files)}, {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    print(summary(outcomes, time.monotonic() - started, options))
    if args.json:
        args.json.write_text(json.dumps([o.document() for o in outcomes], ensure_ascii=False, indent=1), "utf-8")
    return 1 if any(o.faults for o in outcomes) else 0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="folders, read recursively, or single files")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="workers (one a core)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every outcome there")
    parser.add_argument("--libreoffice", action=argparse.BooleanOptionalAction, default=True, help="convert before and after")
    parser.add_argument("--commands", action=argparse.BooleanOptionalAction, default=True, help="run crmsheet check, process")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the copies of faulty workbooks there")
    return parser.parse_args(argv)


def _fault_lines(outcome: Outcome) -> str:
    return "\n".join(f"FAULT {outcome.path}: {fault}" for fault in outcome.faults)


def summary(outcomes: Sequence[Outcome], seconds: float, options: Options) -> str:
    """Counts, refusals by reason, and every fault."""
    counts = Counter(o.status for o in outcomes)
    reasons: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        for reason in outcome.refused:
            reasons[reason_group(reason)].append(outcome)
    lines = [
        (f"{len(outcomes)} workbooks in {seconds:.0f} s: {counts['written']} written and proven, "
        f"{counts['refused']} refused by name, {counts['FAULT']} faults"),
        f"readers that opened the original and agree: {_agreements(outcomes)}",
        (f"nothing_lost.py: {'asked' if outside_judge() else 'not there'}; "
        f"LibreOffice: {'asked' if options.libreoffice else 'not asked'}"),
    ]
    for reason, some in sorted(reasons.items(), key=lambda item: -len(item[1])):
        opened = Counter(name for o in some for name in o.opened_by)
        whole = sum(o.status == "refused" for o in some)
        also = ", ".join(f"{name} opens {n}" for name, n in sorted(opened.items()))
        lines.append(f"  refused {len(some)} ({whole} whole files{'; ' + also if also else ''}): {reason}")
        lines.append(f"    e.g. {some[0].path}")
    lines += [_fault_lines(o) for o in outcomes if o.faults]
    return "\n".join(lines)


def _agreements(outcomes: Sequence[Outcome]) -> str:
    agreed = Counter(name for o in outcomes for name in o.agreed)
    return ", ".join(f"{name} {n}" for name, n in sorted(agreed.items())) or "none"


if __name__ == "__main__":
    sys.exit(main())
