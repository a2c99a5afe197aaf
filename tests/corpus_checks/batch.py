"""A batch of workbooks, each judged in children of its own, LibreOffice asked once for all."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from corpus_checks.children import in_child
from corpus_checks.commands import command_faults
from corpus_checks.engine import Written, byte_faults, judged_outside, order_faults, outside_judge, through_engine
from corpus_checks.office import converted, office_faults
from corpus_checks.readers import READERS, disagreements, opens

SECONDS = 180.0  # for one stage of one workbook


@dataclass(frozen=True, slots=True)
class Options:
    libreoffice: bool = True
    commands: bool = True
    keep: Path | None = None  # copies of faulty workbooks go there


@dataclass(slots=True)
class Outcome:
    """What became of one workbook; ``agreed`` names the readers that opened it and found nothing changed."""

    path: Path
    refused: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    agreed: list[str] = field(default_factory=list)
    opened_by: list[str] = field(default_factory=list)  # other readers, when we refused
    written: bool = False

    @property
    def status(self) -> str:
        if self.faults:
            return "FAULT"
        return "written" if self.written else "refused"

    def document(self) -> dict[str, Any]:
        return {**asdict(self), "path": str(self.path), "status": self.status}


def judge_batch(files: Sequence[Path], options: Options) -> list[Outcome]:
    """Judge some workbooks; the outcomes are in their order."""
    preload()
    with tempfile.TemporaryDirectory(prefix="corpus-") as name:
        folder, outcomes, pairs = Path(name), [], []
        for i, path in enumerate(files):
            outcome, after, written = _judged(path, folder / str(i), options)
            outcomes.append(outcome)
            if written.owned and after.exists():
                pairs.append((outcome, folder / str(i), after, written))
        if options.libreoffice and pairs:
            _ask_libreoffice(pairs, folder / "office")
        if options.keep:
            _keep(outcomes, folder, options.keep)
    return outcomes


def preload() -> None:
    """Import here, once, what every child would import: a second each."""
    for name in ("cli", "commands", "run", "writeback", "review.outputs", "review.document"):
        import_module(f"crmsheet.{name}")
    for name in ("openpyxl.formula.translate", "python_calamine", "msoffcrypto", "olefile"):
        import_module(name)
    outside_judge()
    if order_is_known():
        import_module("ecma_order")


def _judged(path: Path, folder: Path, options: Options) -> tuple[Outcome, Path, Written]:
    folder.mkdir()
    after = folder / f"after{path.suffix or '.xlsx'}"
    outcome = Outcome(path)
    ended = in_child(through_engine, path, after, seconds=SECONDS)
    written = ended.value or Written(faults=[ended.fault])
    outcome.refused, outcome.written = written.refused, bool(written.owned)
    outcome.faults += written.faults
    if written.owned and not written.faults:
        _compare(outcome, path, after, written)
    if written.refused and not written.owned:
        outcome.opened_by = [name for name in READERS if name != "crmsheet" and opens(name, path)]
    if options.commands:
        outcome.faults += command_faults(path, folder)
    return outcome, after, written


def _compare(outcome: Outcome, before: Path, after: Path, written: Written) -> None:
    stages = {"bytes": (byte_faults, written), "nothing_lost": (judged_outside, written.owned)}
    for name, (judge, argument) in stages.items():
        ended = in_child(judge, before, after, argument, seconds=SECONDS)
        outcome.faults += [f"{name}: {fault}" for fault in [ended.fault, *(ended.value or ())] if fault]
    if order_is_known():
        ended = in_child(order_faults, before, after, seconds=SECONDS)
        outcome.faults += [f"order: {fault}" for fault in [ended.fault, *(ended.value or ())] if fault]
    for name in READERS:
        found = disagreements(name, before, after, written.owned)
        if found == []:
            outcome.agreed.append(name)
        outcome.faults += [f"{name}: {fault}" for fault in found or ()]


@cache
def order_is_known() -> bool:
    """Whether the check of the schema's order of elements can be imported."""
    return find_spec("ecma_order") is not None


def _ask_libreoffice(pairs: Sequence[tuple[Outcome, Path, Path, Written]], folder: Path) -> None:
    """Convert all originals, then what became of those that could be; compare."""
    folder.mkdir()
    before, after = {}, {}
    for i, (outcome, _, written_file, _) in enumerate(pairs):
        before[i], after[i] = (folder / f"{i}-{word}{written_file.suffix}" for word in ("before", "after"))
        shutil.copyfile(outcome.path, before[i])
        shutil.copyfile(written_file, after[i])
    opened = converted(list(before.values()), folder)
    again = converted([after[i] for i in before if before[i] in opened], folder)
    for i, (outcome, _, _, written) in enumerate(pairs):
        if before[i] not in opened:
            continue
        if after[i] not in again:
            outcome.faults.append("LibreOffice: opens the original, not what was written")
            continue
        ended = in_child(office_faults, outcome.path, opened[before[i]], again[after[i]], written.owned, seconds=SECONDS)
        found = [ended.fault] if ended.fault else ended.value
        outcome.faults += [f"LibreOffice: {fault}" for fault in found]
        if not found:
            outcome.agreed.append("LibreOffice")


def _keep(outcomes: Sequence[Outcome], folder: Path, keep: Path) -> None:
    for i, outcome in enumerate(outcomes):
        if outcome.faults:
            shutil.copytree(folder / str(i), keep / f"{outcome.path.stem[:60]}-{abs(hash(outcome.path)) % 10**6}", dirs_exist_ok=True)


_PATTERNS = (
    (re.compile(r"sheet '[^']*'|sheet \"[^\"]*\""), "sheet X"),
    (re.compile(r"part \S+"), "part P"),
    (re.compile(r"'[^']*'|\"[^\"]*\""), "'X'"),
    (re.compile(r"cell [A-Z]+[0-9]+"), "cell A1"),
    (re.compile(r"[^\s:]*![A-Z]+[0-9]+"), "X!A1"),
    (re.compile(r"[0-9]+"), "N"),
    (re.compile(r"^.*?(?= is (?:no |an |encrypted|empty))"), "FILE"),
    (re.compile(r"encryption of .*? is"), "encryption of FILE is"),
)


def reason_group(line: str) -> str:
    """The refusal without what is this file's own: names, places, numbers."""
    for pattern, word in _PATTERNS:
        line = pattern.sub(word, line)
    return line
