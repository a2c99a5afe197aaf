"""Reads the sheet 待审核 of an Excel review: ids, what people chose, who decides; however they sorted or filtered it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from crmsheet.errors import InputError
from crmsheet.privacy.detect import scrub
from crmsheet.texts import say
from crmsheet.values.answers import AGREE, OTHER, REFUSE, read_answer
from crmsheet.workbook import Cell, Sheet, Workbook, cell_name, header_columns, open_workbook

LONGEST_WORD = 20  # of what somebody typed instead of 同意 or 驳回, as it is shown


class Said(NamedTuple):
    """One row that somebody filled in.  ``answer``: agree, refuse, or other for another word."""

    id: str
    answer: str
    word: str
    remark: str | None
    approver: str | None
    where: str  # review.xlsx 待审核!J5


class Review(NamedTuple):
    """What one Excel review asks and what people answered; ``ids``: of all rows, answered or not."""

    path: Path
    ids: frozenset[str]
    said: tuple[Said, ...]


def read_review(path: Path, password: str | None = None) -> Review:
    """Private values that somebody typed are masked at once.  Raises InputError: no workbook, or no review of ours."""
    with _opened(path, password) as book:
        found = next(_with_headers(book), None)
        if found is None:
            raise InputError(
                zh=f"{path}: 没有“待审核”表（表头要有编号和决定）；请给出 crmsheet 生成的 Excel 复盘报告",
                en=f"{path}: no sheet with the headers 编号 and 决定 (Id, Decision); give an Excel review that crmsheet made",
            )
        return _read(path, *found)


def _opened(path: Path, password: str | None) -> Workbook:
    """InputError says which password is meant: the review's, not the team's."""
    try:
        return open_workbook(path, password)
    except InputError as error:
        raise InputError(*(text.replace("--password-file", "--review-password-file") for text in (error.zh, error.en))) from None


def _with_headers(book: Workbook) -> Iterator[tuple[Sheet, int, Mapping[str, int]]]:
    """Sheet, header row and the columns of id, decision and remark, wherever people moved them, in either language."""
    for sheet in map(book.sheet, book.sheets):
        for lang in ("zh", "en"):
            titles = {say("review", f"decision_{name}", lang): name for name in ("id", "word", "remark")}
            row, columns = header_columns(sheet, list(titles)) or (0, {})
            placed = {titles[title]: column for title, column in columns.items()}
            if placed.keys() >= {"id", "word"}:
                yield sheet, row, placed


def _read(path: Path, sheet: Sheet, header: int, columns: Mapping[str, int]) -> Review:
    approver = _approver(sheet, header)
    ids, said = set[str](), list[Said]()
    for number, row in sorted(sheet.rows(header + 1, sheet.last_row).items()):
        proposal, word, remark = (_text(row.get(columns.get(name, 0))) for name in ("id", "word", "remark"))
        if proposal is not None:
            ids.add(proposal)
        if word is not None:
            where = f"{path.name} {sheet.name}!{cell_name(number, columns['word'])}"
            said.append(Said(proposal or "", _answer(word), _shown(word), remark and scrub(remark), approver, where))
    return Review(path, frozenset(ids), tuple(said))


def _answer(word: str) -> str:
    answer = read_answer(word)
    return answer if answer in (AGREE, REFUSE) else OTHER


def _shown(word: str) -> str:
    return scrub(word)[:LONGEST_WORD]


def _approver(sheet: Sheet, header: int) -> str | None:
    """What stands right of the label 审核人, above the table."""
    labels = {say("review", "decision_approver", lang) for lang in ("zh", "en")}
    for cells in sheet.rows(1, header - 1).values() if header > 1 else ():
        for column, cell in cells.items():
            if (_text(cell) or "").rstrip("：:").strip() in labels:
                name = _text(cells.get(column + 1))
                return name and scrub(name)
    return None


def _text(cell: Cell | None) -> str | None:
    """A cell's text on one line; None where nothing stands."""
    return None if cell is None or cell.value is None else " ".join(str(cell.value).split()) or None
