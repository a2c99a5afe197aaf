"""What people do with the workbook between two runs: they talk to customers, answer proposals, correct and add."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import pandas as pd

from crmsheet.demo.team import LEAD, OWNERS, Row, Value, customer, entry, worked
from crmsheet.model import Outcome

# How much of what is due each owner gets done; the last one is the lead's worry.
_DILIGENCE = dict(zip(OWNERS, (0.9, 0.8, 0.6, 0.25), strict=True))


@dataclass(frozen=True)
class Edits:
    """What people typed in one week.  ``cells``: (row, header, value) of the customers table."""

    cells: tuple[tuple[int, str, Value], ...]
    log: tuple[Row, ...]
    new: tuple[Row, ...]
    agreed: int
    refused: int
    by_hand: int


def a_week(rng: Random, week: int, outcome: Outcome, known: Sequence[Row], as_of: dt.date) -> Edits:
    """The edits after the run of ``outcome``; ``known``: the customers by header, in the order of the rows; ``as_of``: the next run's day."""
    frame = outcome.customers
    answers = list(_answers(rng, frame))
    events = list(_events(week, frame, known, as_of))
    words = [value for _, header, value in answers if header == "审核"]
    return Edits(
        cells=(*answers, *events), log=tuple(_talks(rng, outcome, known, as_of)),
        new=tuple(customer(rng, len(known) + 1, as_of) for _ in range(week in (2, 5))),
        agreed=words.count("同意"), refused=words.count("驳回"), by_hand=sum(header == "客户等级" for _, header, _ in events),
    )  # fmt: skip


def _answers(rng: Random, frame: pd.DataFrame) -> Iterator[tuple[int, str, Value]]:
    """The lead looks at most of what waits."""
    for row, word in zip(frame["row"].tolist(), frame["review"].tolist(), strict=True):
        answer = rng.choices(["同意", "驳回", None], [65, 15, 20])[0]
        if word == "待审核" and answer:
            yield row, "审核", answer
            yield row, "审核人", LEAD


def _talks(rng: Random, outcome: Outcome, known: Sequence[Row], as_of: dt.date) -> Iterator[Row]:
    """Owners work through what is due by the next run."""
    due = outcome.tasks["due"].to_numpy("datetime64[D]")
    methods = outcome.tasks["method"].tolist()
    for at, task in enumerate(outcome.customers["task"].tolist()):
        one = known[at]
        if task < 0 or due[task] > np.datetime64(as_of, "D") or rng.random() > _DILIGENCE.get(str(one["负责人"]), 0.5):
            continue
        method = methods[task]
        day = worked(as_of - dt.timedelta(days=rng.randint(0, 5)))
        yield entry(rng, one, day, str(method).split("/", maxsplit=1)[0] if method else None)


def _events(week: int, frame: pd.DataFrame, known: Sequence[Row], as_of: dt.date) -> Iterator[tuple[int, str, Value]]:
    """What the customers bring, a story each week: a deal, more business, a lost decision chain, a tier set by hand, a signal."""
    row = dict(enumerate(frame["row"].tolist()))
    grown = {1: [(2, 65)], 3: [(6, 110)], 4: [(10, 130)], 6: [(15, 55)], 7: [(5, 72), (7, 140), (11, 58)]}
    for at, amount in grown.get(week, ()):
        yield from ((row[at], "历史合作金额(万元)", amount), (row[at], "采购计划", "明确"), (row[at], "决策链", "清晰"))
    if week in (2, 4, 6):
        yield from _deal(row[week * 4], known[week * 4], as_of)
    if week in (3, 5):
        yield row[week * 5], "客户等级", "A" if frame["tier_effective"].tolist()[week * 5] != "A" else "B"
    if week == 4:
        yield from ((row[20], "新项目预算(万元)", 180), (row[20], "决策链", "清晰"))
    if week == 3:
        yield from ((row[9], "历史合作金额(万元)", 86), (row[24], "联系电话", "021-5550 0100"), (row[30], "预计签约日期", "下周三"))
    if week == 5:
        yield row[12], "采购计划", "模糊"


def _deal(row: int, one: Mapping[str, Value], as_of: dt.date) -> Iterator[tuple[int, str, Value]]:
    yield row, "客户状态", "成交"
    yield row, "状态更新时间", as_of - dt.timedelta(days=2)
    yield row, "合作产品", "智能排产系统"
    yield row, "合同金额(万元)", one.get("历史合作金额(万元)")
    yield row, "到期时间", as_of + dt.timedelta(days=363)
