"""客户标签: what is known of a customer in keywords, 【行业-新能源】【规模-大型企业】…, in the order of S001-45.

The five dimensions are those of S001-27 (基础属性、需求特征、行为特征、决策特征、价值评估); stage, portrait and the risk
warning follow (S002-27..31, S004-13..14).  What is unknown makes no tag.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from crmsheet.arrays import Bools, Objects, Times, filled, is_none, is_there, nothing, pick
from crmsheet.judge.show import show_money
from crmsheet.policy.schema import UNGRADED, Policy
from crmsheet.privacy.detect import scrub
from crmsheet.privacy.name_index import NameIndex
from crmsheet.tables.table import Table
from crmsheet.values.columns import is_blank, read_texts, tidy
from crmsheet.values.ranges import parse_headcount

MOST = 20  # characters of a keyword; a longer text is a sentence and makes no tag
URGENT_DAYS = 30  # S000-14
_CLAUSE = re.compile(r"[;!?。]|(?<!\d),|,(?!\d)")  # of tidy text; the comma in 1,200 is none
_ASSISTS, _DECIDES, _WORKS = "助理|秘书", "CEO|总裁|董事|总经理|副总|总监|创始人|老板|店主", "经理|专员|主管|采购员|工程师"


@dataclass(frozen=True)
class Facts:
    """What tags are made from."""

    table: Table
    policy: Policy
    as_of: dt.date
    tier: Objects  # the tier in force
    at_risk: Bools  # high risk in a segment of high value

    def column(self, field: str) -> Objects:
        """A field's cells or words, str or None."""
        return self.table.frame[field].to_numpy(dtype=object)

    def keyword(self, field: str) -> Objects:
        """A text field's first clause where it is short enough for a keyword."""
        return read_texts(self.column(field), keyword)

    def days(self, field: str) -> Times:
        """A date field as ``datetime64[D]``."""
        return self.table.frame[field].to_numpy("datetime64[s]").astype("datetime64[D]")


@dataclass(frozen=True, slots=True)
class Tag:
    """One kind of tag.  ``label`` stands before its value (none: the value alone); ``part`` is the document's dimension."""

    label: str
    part: str
    source: str
    values: Callable[[Facts], Objects]


def tag_column(facts: Facts, private: NameIndex) -> Objects:
    """Every customer's tags as one text, ``【行业-新能源】【规模-大型企业】``; None without any.

    ``private``: names to mask, as other private values are: a tag leaves the workbook.
    """
    out = filled(len(facts.table), "")
    for tag in TAGS:
        head = f"【{tag.label}-" if tag.label else "【"
        marked = read_texts(tag.values(facts), partial(_marked, head, private))
        there = is_there(marked)
        out[there] += marked[there]
    return pick(out == "", None, out)


def _marked(head: str, names: NameIndex, value: str) -> str:
    return f"{head}{scrub(value, names)}】"


def keyword(text: str) -> str | None:
    """The first clause of a text, without the brackets of tags; None where it is blank or a whole sentence."""
    first = _CLAUSE.split(tidy(text.replace("【", "[").replace("】", "]")), maxsplit=1)[0].strip()
    return first if first and len(first) <= MOST and not is_blank(first) else None


def split_tags(text: str | None) -> list[str]:
    """``【行业-新能源】【规模-大型企业】`` → [行业-新能源, 规模-大型企业]."""
    return text[1:-1].split("】【") if text else []


def having(tags: Objects, wanted: Sequence[str]) -> Bools:
    """Customers that carry every wanted tag (S002-32): as written (行业-新能源), by its value (新能源), with or without
    what stands in its brackets (产能提升)."""
    column = pd.Series(tags, dtype=object).fillna("")
    found = np.ones(len(tags), dtype=bool)
    for word in wanted:
        pattern = rf"【(?:[^-【】]+-)?{re.escape(tidy(word).strip('【】'))}(?:\([^【】]*\))?】"
        found &= column.str.contains(pattern, case=False, regex=True).to_numpy(dtype=bool)
    return found


# ---------------------------------------------------------------- values of each kind of tag


def _size(f: Facts) -> Objects:
    return _joined(read_texts(f.column("size.text"), lambda text: parse_headcount(text).size_class), "企业")


def _joined(values: Objects, tail: str) -> Objects:
    """Each value with something behind it; None stays None."""
    out = nothing(len(values))
    there = is_there(values)
    out[there] = values[there] + tail
    return out


def _position(f: Facts) -> Objects:
    return read_texts(f.column("title"), _level)


def _level(title: str) -> str | None:
    plain = tidy(title).upper()
    if not re.search(_ASSISTS, plain) and re.search(_DECIDES, plain):
        return "决策层"
    return "执行层" if re.search(f"{_ASSISTS}|{_WORKS}", plain) else None


def _need(f: Facts) -> Objects:
    """The core need, else the need as described, with its priority: 产能提升(高优先级)."""
    core, level = f.keyword("core_need"), _joined(f.column("need_priority"), "优先级")
    return _with_note(pick(is_none(core), f.keyword("need"), core), level)


def _with_note(text: Objects, note: Objects) -> Objects:
    """``text(note)``; the one that is there where the other is not."""
    out = pick(is_none(text), note, text)
    both = is_there(text) & is_there(note)
    out[both] = text[both] + "(" + note[both] + ")"
    return out


def _intention(f: Facts) -> Objects:
    plan, need = f.column("plan"), f.column("need_clarity")
    return _mapped(pick(is_none(plan), need, plan), {"明确": "明确需求", "待明确": "潜在需求", "模糊": "需求模糊"})


def _mapped(values: Objects, words: Mapping[str, str]) -> Objects:
    return read_texts(values, lambda value: words.get(value, value))


def _urgent(f: Facts) -> Objects:
    days = (f.days("decision_date") - np.datetime64(f.as_of, "D")).astype(np.float64)
    soon = ~np.isnat(f.days("decision_date")) & (days >= 0) & (days <= URGENT_DAYS)
    return pick(soon, "紧急需求", None)


def _information(f: Facts) -> Objects:
    likes = {"数据案例": "数据偏好型", "偏好数据案例": "数据偏好型", "数据": "数据偏好型", "口头承诺": "重视口头承诺"}
    return _mapped(f.keyword("information"), likes)


def _decision(f: Facts) -> Objects:
    """Who decides, else how clear that is, and what they look at: 多人决策(关注ROI)."""
    who = read_texts(f.column("chain.text"), _deciders)
    clear = _mapped(f.column("chain"), {"清晰": "决策链清晰", "不清晰": "决策链不清晰"})
    looks = read_texts(f.keyword("concerns"), lambda text: f"关注{text.removeprefix('关注')}")
    return _with_note(pick(is_none(who), clear, who), looks)


def _deciders(chain: str) -> str | None:
    match = re.search("[个多]人决策", tidy(chain))
    return match.group() if match else None


def _value(f: Facts) -> Objects:
    """The tier in force and what a year is worth: A类(LTV预估500万)."""
    graded = pick(f.tier == UNGRADED, None, f.tier)
    amount = f.table.frame["expected_amount"].to_numpy(dtype=np.float64)
    worth, known = nothing(len(amount)), ~np.isnan(amount)
    worth[known] = "LTV预估" + show_money(amount[known])
    return _with_note(_joined(graded, f.policy.tier_suffix), worth)


def _stage(f: Facts) -> Objects:
    return _joined(_mapped(f.column("stage"), {"复购增购": "复购/增购"}), "客户")


def _quarter(f: Facts) -> Objects:
    """2024年Q3意向: when a customer who means to buy will decide."""
    date = f.days("decision_date")
    out = nothing(len(date))
    meant = (f.column("stage") == "意向") & ~np.isnat(date)
    out[meant] = [f"{day.year}年Q{(day.month + 2) // 3}意向" for day in date[meant].tolist()]
    return out


def _of(field: str) -> Callable[[Facts], Objects]:
    return lambda f: f.keyword(field)


TAGS: tuple[Tag, ...] = (
    Tag("行业", "基础属性", "S001-9", _of("industry")),
    Tag("规模", "基础属性", "S001-28", _size),
    Tag("职位", "基础属性", "S001-31", _position),
    Tag("需求", "需求特征", "S001-33", _need),
    Tag("需求", "需求特征", "S001-35", _of("scene")),
    Tag("需求", "需求特征", "S002-22", _intention),
    Tag("需求", "需求特征", "S002-23", _of("cooperation_type")),
    Tag("需求", "需求特征", "S002-31", _urgent),
    Tag("行为", "行为特征", "S001-36", _of("style")),
    Tag("行为", "行为特征", "S001-37", _information),
    Tag("行为", "行为特征", "S001-38", _of("response_speed")),
    Tag("决策", "决策特征", "S001-39", _decision),
    Tag("决策", "决策特征", "S001-41", _of("risk_attitude")),
    Tag("价值", "价值评估", "S001-42", _value),
    Tag("风险", "价值评估", "S001-44", _of("cooperation_risk")),
    Tag("阶段", "阶段维度", "S002-27", _stage),
    Tag("阶段", "阶段维度", "S002-31", _quarter),
    Tag("画像", "画像", "S004-14", _of("persona")),
    Tag("", "风险维度", "S004-13", lambda f: pick(f.at_risk, "风险预警", None)),
)
