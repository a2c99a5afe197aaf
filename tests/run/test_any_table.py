"""Whatever people type, a run ends, keeps every row, and a second run changes nothing."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from pathlib import Path
from typing import Any

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sheets import AS_OF, write_workbook

from crmsheet.run import Options, process
from crmsheet.values.columns import is_blank

HEADERS = ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "采购计划", "决策链", "预计签约日期", "首次接触时间", "企业规模", "客户状态", "下次联系时间"]
LOG = ["客户编号", "跟进时间", "跟进方式", "沟通内容摘要", "下一步计划", "预计完成时间"]
TYPED = st.one_of(
    st.none(),
    st.floats(-1e9, 1e9, allow_nan=False).map(lambda x: round(x, 3)),
    st.dates(dt.date(1990, 1, 1), dt.date(2035, 1, 1)),
    st.sampled_from(["明确", "模糊", "清晰", "S级", "A", "VIP", "120万", "约50-100万", "面议", "3月15日前", "下周三", "24-3-5", "=1+1", "电话+拜访",
                     "流失客户", "2024年Q3", "-", "无", "13812345678", " ", "合计", "备注：x"]),  # fmt: skip
    st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=12),
)


def rows(width: int) -> st.SearchStrategy[list[list[Any]]]:
    line = st.lists(TYPED, min_size=width, max_size=width)
    return st.lists(line, min_size=1, max_size=6)


@given(customers=rows(len(HEADERS)), log=rows(len(LOG)), policy=st.sampled_from(["priority", "crm", "profile", "followup", "strategy"]))
@settings(max_examples=400 if os.environ.get("CRMSHEET_LONG") else 20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_run_ends_and_the_second_one_is_nothing(customers: list[list[Any]], log: list[list[Any]], policy: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sheets = {"客户": [HEADERS, ["C0000001", "甲公司", *[None] * 10], *customers], "跟进记录": [LOG, *log]}
        path = write_workbook(Path(folder) / "t.xlsx", sheets)
        team = [[cell.value for cell in row] for row in openpyxl.load_workbook(path)["客户"].iter_rows(max_col=len(HEADERS))]
        options = Options(as_of=AS_OF, policy=policy)
        first = process(path, options).outcome
        assert first.receipt is not None and first.receipt.cells_changed > 0
        after = [[cell.value for cell in row] for row in openpyxl.load_workbook(path)["客户"].iter_rows(max_col=len(HEADERS))]
        tier = HEADERS.index("优先级")
        assert [[*line[:tier], *line[tier + 1 :]] for line in after] == [[*line[:tier], *line[tier + 1 :]] for line in team]
        filled = [(new[tier], old[tier]) for new, old in zip(after, team, strict=True) if not is_blank(None if old[tier] is None else str(old[tier]))]
        assert all(new == old for new, old in filled)  # blanks may be graded
        before = path.read_bytes()
        second = process(path, options).outcome
        assert path.read_bytes() == before
        assert second.customers["tier"].tolist() == first.customers["tier"].tolist()
