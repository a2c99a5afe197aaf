"""What the log's words say: a proposal was handed in, a survey was made, the customer wants to be left alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from crmsheet.arrays import Bools, Objects, some
from crmsheet.tables.table import Table
from crmsheet.values.columns import parse_distinct, spread_bools

PAUSE = re.compile(r"(?<![未没非])(?<!没有)(?:不再合作|终止|拒绝)")
LOSS = re.compile(r"(?<![未没非])(?<!没有)(?:暂停|终止|不再合作|拒绝)")
SURVEY = ("满意度", "调研", "回访")

_SENTENCE = re.compile(r"[。！？!?；;\n]+")
_CLAUSE = re.compile(r"[，,]+")
_PAPER = re.compile(r"方案|报价|投标")
_HANDED_IN = re.compile(r"提交|发送|已发")
_NOT_YET = re.compile(r"要求|计划|准备|将|需(?!求)|未")  # before the verb: it is only meant to happen
_CLAUSES = re.compile(r"[，,。！？!?；;\n]+")
_NEED = re.compile(r"新的?需求|新增需求|新的?问题|提出.{0,6}(?:需求|问题)|反[映馈].{0,10}问题|投诉|故障|报修")
_NOT_SAID = re.compile(r"[没无未]|不[再需]|询问|了解|挖掘|是否|有没有|如有|若有|是不是|针对|关于")  # before it: nobody said that there is one
_SETTLED = re.compile(r"已(?:经|全部)?(?:解决|处理|修复|答复|回复|排除)|解决了|处理完")


def submits_proposal(text: str) -> bool:
    """Whether a topic or summary says that a proposal was handed in (S001-56): 已提交方案, but not 需提交方案."""
    if not (_HANDED_IN.search(text) and _PAPER.search(text)):
        return False
    return any(_PAPER.search(sentence) and any(map(_done, _CLAUSE.split(sentence))) for sentence in _SENTENCE.split(text))


def _done(clause: str) -> bool:
    verb = _HANDED_IN.search(clause)
    return verb is not None and not _NOT_YET.search(clause, 0, verb.start())


def states_need(text: str) -> bool:
    """Whether what was said holds a new need or a problem of the customer's (S002-56): 提出新需求, but not 询问有无新需求."""
    return _NEED.search(text) is not None and any(map(_new_need, _CLAUSES.split(text)))


def _new_need(clause: str) -> bool:
    said = _NEED.search(clause)
    return said is not None and not _NOT_SAID.search(clause, 0, said.start()) and not _SETTLED.search(clause)


def matching(texts: Objects, says: Callable[[str], object]) -> Bools:
    """Rows whose text says it; each distinct text is asked once."""
    codes, answers = parse_distinct(texts, lambda text: bool(says(text)))
    return spread_bools(codes, answers)


def said_in(log: Table, fields: Sequence[str], says: Callable[[str], object]) -> Bools:
    """Log rows in which any of some fields says it."""
    return some([_saying(log, field, says) for field in fields])


def _saying(log: Table, field: str, says: Callable[[str], object]) -> Bools:
    codes, values = log.distinct(field)
    return spread_bools(codes, [bool(says(value)) for value in values])


def mentions(log: Table, fields: Sequence[str], words: Sequence[str]) -> Bools:
    """Log rows in which any of some fields holds any of some words."""
    if not words:
        return np.zeros(len(log), dtype=bool)
    return said_in(log, fields, re.compile("|".join(map(re.escape, words))).search)
