"""The columns of a run's frames: name, dtype, what it is.  docs/library.md is made from these lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import pandas as pd

Dtype = Literal["str", "int64", "Int64", "float64", "bool", "datetime64[s]"]


class Column(NamedTuple):
    """One column of a frame; ``about`` says what it holds, in English."""

    name: str
    dtype: Dtype
    about: str


PLACE = (
    Column("sheet", "str", "sheet of the customer's row"),
    Column("row", "int64", "its Excel row"),
    Column("id", "str", "客户编号"),
    Column("name", "str", "the name as it may be shown: a person's is masked"),
)
CUSTOMERS = (
    *PLACE,
    Column("owner", "str", "who looks after the customer"),
    Column("tier", "str", "the tier by the policy, 未分级 where nobody can tell"),
    Column("tier_in_sheet", "str", "the tier cell as it stands"),
    Column("proposed_tier", "str", "the tier that waits for approval"),
    Column("move", "str", "none, first, up, down, stalled, immediate, dormant, wake or override"),
    Column("pool", "str", "active, dormant or lost"),
    Column("stage", "str", "潜在, 意向, 成交, 流失 or 复购增购"),
    Column("proposed_stage", "str", "流失 where it is proposed"),
    Column("score", "float64", "综合评分, 0 to 100; ranks inside a tier"),
    Column("score_confidence", "float64", "how much of the score's weight is known, in percent"),
    Column("status", "str", "overdue, today, tomorrow, ok, paused, dormant or lost"),
    Column("overdue_days", "int64", "days by which the next action is late; 0 where it is not"),
    Column("last_followup", "datetime64[s]", "day of the last contact"),
    Column("next_action", "str", "what is to be done next"),
    Column("due", "datetime64[s]", "when"),
    Column("method", "str", "how"),
    Column("evidence", "str", "等级依据: the facts that decided"),
    Column("to_next_tier", "str", "距上一级: the smallest change that would reach the next tier"),
    Column("issues", "str", "数据问题: what is wrong in the customer's own cells"),
    Column("tags", "str", "客户标签"),
    Column("rank", "int64", "1 is first in line"),
)
TASKS = (
    Column("customer", "int64", "the customer: its index in `customers`"),
    *PLACE,
    Column("kind", "str", "commitment, event, touch or data"),
    Column("due", "datetime64[s]", "when"),
    Column("text", "str", "what is to be done"),
    Column("method", "str", "how"),
    Column("owner", "str", "who"),
    Column("status", "str", "overdue, today, tomorrow or ok"),
    Column("overdue_days", "int64", "days late; 0 where it is not"),
    Column("cells", "str", "the cells that prove it, joined by commas"),
    Column("source", "str", "the demand that it serves, or assumption"),
)
FINDINGS = (
    Column("code", "str", "see findings.md"),
    Column("severity", "str", "error, warning or info"),
    Column("sheet", "str", "where it is; missing where it concerns no cell"),
    Column("row", "Int64", "its Excel row"),
    Column("cell", "str", "its address within the sheet"),
    Column("value", "str", "what stands there, masked where private"),
    Column("message", "str", "the finding in one sentence, in the run's language"),
    Column("hint", "str", "what to do about it"),
    Column("source", "str", "the demand that asks for it"),
)
MOVES = (
    *PLACE,
    Column("move", "str", "as in `customers`"),
    Column("before", "str", "the tier in the sheet before the run"),
    Column("after", "str", "the tier that is proposed, else the policy's"),
    Column("waiting", "bool", "whether it waits for approval"),
)
INDICATORS = (
    Column("name", "str", "see figures.md"),
    Column("value", "float64", "numerator ÷ denominator; missing where the denominator is 0"),
    Column("numerator", "int64", "what was counted"),
    Column("denominator", "int64", "among how many"),
)
FRAMES: Mapping[str, tuple[Column, ...]] = {
    "customers": CUSTOMERS, "tasks": TASKS, "findings": FINDINGS, "moves": MOVES, "indicators": INDICATORS,
}  # fmt: skip


def framed(columns: Sequence[Column], values: Mapping[str, Any]) -> pd.DataFrame:
    """The values of some columns as a frame of exactly these columns and dtypes, with a RangeIndex."""
    return pd.DataFrame({one.name: pd.Series(_plain(values[one.name]), dtype=one.dtype) for one in columns})


def _plain(values: Any) -> Any:
    return values.to_numpy() if isinstance(values, pd.Series) else values
