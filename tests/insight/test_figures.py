"""Every figure holds whatever the tables are: empty, blank, one row, many; it changes nothing and says where it is from."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sheets import AS_OF, Rows, write_workbook

import crmsheet.assess
from crmsheet.insight.facts import Facts
from crmsheet.insight.figures import FIGURES
from crmsheet.insight.places import MOST, ranges
from crmsheet.insight.spans import span_to
from crmsheet.run import Options, check

HEADS = ["客户编号", "客户名称", "负责人", "年合作额(万元)", "客户等级", "客户状态", "状态更新时间"]
LOG = ["客户编号", "跟进时间", "跟进方式", "客户反馈/异议", "客户状态", "是否响应"]
STAGES, WAYS = ("潜在", "意向", "成交", "流失", None), ("电话", "拜访", None)


def rows(count: int) -> tuple[Rows, Rows]:
    customers = [[f"C{i:07d}", f"客户{i}公司", f"王{i % 7}", i % 90, "ABC"[i % 3] + "级", STAGES[i % 5], AS_OF] for i in range(count)]
    log = [[f"C{i:07d}", AS_OF - pd.Timedelta(days=i % 200), WAYS[i % 3], "价格太贵" if i % 2 else None, STAGES[i % 4], "是" if i % 3 else "否"]
           for i in range(count)]  # fmt: skip
    return [HEADS, *customers], [LOG, *log]


TEAMS: dict[str, tuple[Rows, Rows]] = {
    "empty": ([HEADS], [LOG]),
    "no log": (rows(3)[0], [["别的"]]),
    "blank": ([HEADS, ["C0000001", "甲公司", *[None] * 5]], [LOG, ["C0000001", AS_OF, *[None] * 4]]),
    "one row": rows(1),
    "many": rows(10_000),
}


@pytest.fixture(scope="module", params=TEAMS)
def facts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Facts:
    customers, log = TEAMS[request.param]
    path = write_workbook(tmp_path_factory.mktemp("contract") / "t.xlsx", {"客户": customers, "跟进记录": log})
    kept: list[Facts] = []
    look: Callable[[Facts], Any] = crmsheet.assess.look
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crmsheet.assess, "look", lambda facts: (kept.append(facts), look(facts))[1])
        check(Path(path), Options(as_of=AS_OF, policy="crm"))
    return kept[0]


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_a_part_of_a_whole_or_says_why_not(name: str, facts: Facts) -> None:
    before = [frame.copy(deep=True) for frame in (facts.people, facts.tasks, facts.stages, facts.moves, facts.contacts.entries)]
    for period in ("week", "month", "quarter"):
        found = FIGURES[name].measure(facts, span_to(AS_OF, period))  # type: ignore[arg-type]
        assert 0 <= found.ratio.numerator <= found.ratio.denominator
        assert found.why is None or found.ratio == (0, 0)
        for cells in (found.cells, found.among):
            assert len(cells) <= MOST + 1 and all(re.fullmatch(r"(客户|跟进记录)![A-Z]+\d+(:[A-Z]+\d+)?|…", cell) for cell in cells)
    for old, new in zip(before, (facts.people, facts.tasks, facts.stages, facts.moves, facts.contacts.entries), strict=True):
        pd.testing.assert_frame_equal(old, new)
    assert re.fullmatch(r"S00\d-\d+", FIGURES[name].source)


def test_neighbours_make_a_range_and_what_is_too_much_is_cut() -> None:
    assert ranges(["甲!B3", "甲!B2", None, "甲!B5", "甲!C3", "甲!B2", "a!b!C7"]) == ("a!b!C7", "甲!B2:B3", "甲!B5", "甲!C3")
    assert ranges(f"甲!A{2 * i}" for i in range(1, MOST + 1)) == tuple(f"甲!A{2 * i}" for i in range(1, MOST + 1))
    assert ranges(f"甲!A{2 * i}" for i in range(1, 100))[-2:] == (f"甲!A{2 * MOST}", "…")
