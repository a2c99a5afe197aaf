"""Lifelike outcomes for the review's tests: frames exactly as ``crmsheet.model.Outcome`` documents them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmsheet.model import CellRef, Finding, Kpi, Outcome, Ratio, Receipt, Region, Strategy

AS_OF = dt.date(2024, 3, 20)  # a Wednesday; its week ends on 2024-03-24
SHEET = "客户信息基础表"
OWNERS = ("王*", "李*", "赵*", "陈*", "周*")
EVERY = {"every": "每7天", "every_en": "every 7 days"}
BANDS = ("value", "potential", "urgency")
NAMES = ("江苏华能新能源", "上海云帆科技", "杭州智联医疗", "苏州恒远制造", "宁波港通物流", "南京博文教育")
HEADERS = (
    "客户编号",
    "客户名称",
    "所属行业",
    "企业规模",
    "联系人",
    "历史合作金额(万元)",
    "优先级",
    "内部代号",
)


def _rows(count: int) -> pd.DataFrame:
    """Customers 0, 1, 2 …: every fifth is S, the next two A, the others B; S-customers of 王* are neglected."""
    at = np.arange(count)
    tier = np.array(["S", "A", "A", "B", "B"], dtype=object)[at % 5]
    status = np.array(["overdue", "today", "tomorrow", "ok", "paused"], dtype=object)[at % 5]
    frame = pd.DataFrame({
        "sheet": np.full(count, SHEET, dtype=object),
        "row": at + 2,
        "id": [f"C2024{n:04d}" for n in at],
        "name": [f"{NAMES[n % 6]}{n}有限公司" for n in at],
        "owner": np.array(OWNERS, dtype=object)[at // 5 % 5],
        "industry": np.full(count, "新能源", dtype=object),
        "region": np.full(count, "江苏", dtype=object),
        "contact_shown": [f"联系人{n:03d}" for n in at],
        "stage": np.array(["意向", "成交", "潜在"], dtype=object)[at % 3],
        "proposed_stage": np.full(count, None, dtype=object),
        "pool": np.full(count, "active", dtype=object),
        "tier": tier.copy(),
        "tier_in_sheet": np.array([f"{t}级" for t in tier], dtype=object),
        "tier_known": tier.copy(),
        "tier_effective": tier.copy(),
        "tier_cell": [f"{SHEET}!G{n + 2}" for n in at],
        "proposed_tier": np.full(count, None, dtype=object),
        "move": np.full(count, "none", dtype=object),
        "evidence": np.full(count, "历史合作金额120万≥100万; 决策链清晰", dtype=object),
        "last_followup": pd.Series(np.datetime64("2024-03-01") - (at % 40), dtype="datetime64[s]"),
        "last_summary": np.full(count, "讨论了二期扩容方案，客户等待总部预算", dtype=object),
        "status": status,
        "overdue_days": np.where(at % 5 == 0, 3 + at % 7, 0),
        "task": np.where(at % 5 == 4, -1, at * 2),
        "issues": np.where(at % 10 == 1, "评级依据不全", None),
        "score": np.where(at % 10 == 9, np.nan, 90.0 - at % 5 * 10),
        "score_confidence": np.where(at % 10 == 9, 0.0, 60.0),
        "tags": [None if n % 10 == 3 else f"【行业-新能源】【价值-{t}级】" for n, t in zip(at, tier, strict=True)],
        "rank": _rank(at % 5),
    })  # fmt: skip
    frame["name_shown"] = frame["name"]
    for band in BANDS:
        frame[f"band.{band}"] = "高"
        frame[f"reason.{band}"] = "历史合作金额120万≥100万"
        frame[f"reason_cells.{band}"] = [f"{SHEET}!F{n + 2},{SHEET}!G{n + 2}" for n in at]
        frame[f"reason_source.{band}"] = "S000-14"
    return _moves(frame)


def _rank(kind: np.ndarray) -> np.ndarray:
    """S first, then A, then B, by position within."""
    rank = np.empty(len(kind), dtype=np.int64)
    rank[np.argsort(kind, kind="stable")] = np.arange(1, len(kind) + 1)
    return rank


def _moves(frame: pd.DataFrame) -> pd.DataFrame:
    at = np.arange(len(frame))
    up, made, blank = at % 20 == 6, at % 40 == 13, at % 50 == 22
    frame.loc[up, ["proposed_tier", "move"]] = ["S", "up"]
    frame.loc[up, "tier"] = "S"
    frame.loc[made, "move"] = "immediate"
    frame.loc[blank, ["tier_in_sheet", "tier_known"]] = None
    frame.loc[at % 60 == 17, "proposed_stage"] = "流失"
    return frame


def _tasks(count: int) -> pd.DataFrame:
    """Two tasks a customer: the next action by its status, and one far ahead."""
    first = np.array([-4, 0, 1, 3, 30])[np.arange(count) % 5]
    status = np.array(["overdue", "today", "tomorrow", "ok", "ok"], dtype=object)[np.arange(count) % 5]
    due = np.datetime64(AS_OF) + np.stack([first, np.full(count, 90)], axis=1).reshape(-1)
    size = 2 * count
    return pd.DataFrame({
        "customer": np.repeat(np.arange(count), 2),
        "kind": np.tile(np.array(["touch", "event"], dtype=object), count),
        "due": pd.Series(due, dtype="datetime64[s]"),
        "text": np.full(size, "电话跟进：了解项目进展与竞品动态", dtype=object),
        "method": np.tile(np.array(["电话/拜访", None], dtype=object), count),
        "owner": np.repeat(np.array(OWNERS, dtype=object)[np.arange(count) // 5 % 5], 2),
        "cells": np.repeat([f"{SHEET}!L{n + 2}" for n in range(count)], 2).astype(object),
        "source": np.full(size, "S000-26", dtype=object),
        "status": np.stack([status, np.full(count, "ok", dtype=object)], axis=1).reshape(-1),
        "overdue_days": np.stack([np.where(first < 0, -first, 0), np.zeros(count, dtype=int)], axis=1).reshape(-1),
    })  # fmt: skip


def _findings(count: int) -> tuple[Finding, ...]:
    neglected = [
        Finding("neglected", CellRef(SHEET, n + 2, 16), None, {"tier": "S", "days": 19 + n % 40, **EVERY})
        for n in range(0, count, 25)
    ]
    incomplete = [
        Finding(
            "evidence-incomplete",
            CellRef(SHEET, n + 2, 9),
            None,
            {"tier": "S", "missing": "决策链", "many": "", "many_en": ""},
        )
        for n in range(1, count, 10)
    ]
    dangling = [Finding("dangling-followup", CellRef("客户跟进记录表", 7, 2), "C2023999")] if count else []
    return (*neglected, *incomplete, *dangling)


def _regions(count: int) -> tuple[Region, ...]:
    customers = Region(
        "customers", SHEET, (1,), 2 if count else None, count + 1 if count else None,
        {"customer_id": (1,), "name": (2,), "industry": (3,), "size": (4,), "contact": (5,), "amount": (6,), "tier": (7,)},
        dict(enumerate(HEADERS, start=1)), {"amount": "万元"}, (8,), {}, 8,
    )  # fmt: skip
    log = Region(
        "followups", "客户跟进记录表", (1, 2), 3, 42, {"customer_id": (2,), "phone": (7, 8)},
        {1: "跟进记录ID", 2: "客户编号", 7: "电话", 8: "手机"}, {}, (1,), {}, 8,
    )  # fmt: skip
    return (customers, log)


def _strategies() -> tuple[Strategy, ...]:
    good = (Kpi("复购率", "≥", 80, 85, "%", True, 1.0), Kpi("满意度", "≥", 90, 88, "%", False, 0.978))
    rest = (Kpi("客单价稳定", None, None, None, "", None, None),)
    return (
        Strategy("策略调整表", 2, "A公司", "高价值稳定型", "王*", "深度绑定", good, "良", "良", "F2"),
        Strategy("策略调整表", 3, "B公司", "低价值风险型", None, None, rest, None, None, "F3"),
    )


def build(count: int, **changes: Any) -> Outcome:
    """An outcome of ``count`` customers in three tiers with two tasks each; ``changes`` replace its fields."""
    outcome = Outcome(
        workbook="/数据/客户管理.xlsx", as_of=AS_OF, period="week", policy_name="priority", policy_version="1",
        policy_reason="等级列中有 S", policy_rules=(
            ("等级 S", "价值高，潜力高或未知，紧急度高或未知", "S000-14"), ("休眠", "每 6 个月一次邮件", "assumption")),
        tiers=("S", "A", "B"), bands=BANDS, regions=_regions(count), customers=_rows(count), tasks=_tasks(count),
        strategies=_strategies() if count else (), findings=_findings(count),
        indicators={"overdue_rate": Ratio(3, 12), "conversion_rate": Ratio(0, 0)} if count else {},
        log_entries=40 if count else 0, calendar_note=None,
        receipt=Receipt("/数据/客户管理.xlsx", 12, ("xl/worksheets/sheet1.xml",), None, "a" * 64, "b" * 64),
    )  # fmt: skip
    return replace(outcome, **changes)


@pytest.fixture(scope="session")
def make_outcome() -> Callable[..., Outcome]:
    """The builder: ``make_outcome(120, lang=...)``."""
    return build


@pytest.fixture(scope="session")
def outcome(make_outcome: Callable[..., Outcome]) -> Outcome:
    """A team's usual workbook: 120 customers."""
    return make_outcome(120)
