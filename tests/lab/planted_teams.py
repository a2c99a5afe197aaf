"""Teams whose customers buy with chances that are planted, for tests of what can be learned from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from sheets import Rows, write_workbook

FIRST, LAST = dt.date(2024, 1, 1), dt.date(2024, 12, 31)
LEVELS = ("高", "中", "低")
WORDS = {"决策链": ("清晰", "不清晰"), "需求匹配度": LEVELS, "采购计划": ("明确", "待明确", "模糊"), "行业发展趋势": ("增长", "平稳", "下行"),
         "竞争对手动态": ("竞争激烈", "有竞品", "无竞品")}  # fmt: skip
HEADERS = ["客户编号", "客户名称", "负责人", "优先级", "首次接触时间", "历史合作金额(万元)", *WORDS]
Chance = Callable[[dict[str, Any]], float]  # a customer → its chance to buy, a month


def lived(folder: Path, seed: int, chance: Chance, size: int = 400, lost: float = 0.01) -> Path:
    """A year of a team: each month a customer that has not bought buys with its chance, else it may be lost."""
    rng = Random(seed)
    people: list[dict[str, Any]] = []
    log: list[list[Any]] = []
    for n in range(size):
        one: dict[str, Any] = {"客户编号": f"C{n:07d}", "客户名称": f"客户{n}公司", "负责人": "王*", "优先级": rng.choice("SAB"),
                               "首次接触时间": dt.date(2023, 6, 1), "历史合作金额(万元)": rng.choice((20, 60, 120))}  # fmt: skip
        one |= {name: rng.choice(words) for name, words in WORDS.items()}
        people.append(one)
        log.append([one["客户编号"], FIRST, "电话", "沟通", "潜在"])
        for month in range(1, 13):
            if rng.random() < chance(one):
                log.append([one["客户编号"], dt.date(2024, month, 15), "电话", "沟通", "成交"])
                one["历史合作金额(万元)"] = 200  # what the deal itself writes
                break
            if rng.random() < lost:
                log.append([one["客户编号"], dt.date(2024, month, 20), "电话", "沟通", "流失"])
                break
    rows: Rows = [HEADERS, *([one[name] for name in HEADERS] for one in people)]
    return write_workbook(folder / "t.xlsx", {"客户": rows, "跟进记录": [["客户编号", "跟进时间", "跟进方式", "沟通内容摘要", "客户状态"], *log]})
