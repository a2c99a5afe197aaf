"""Fixed vocabularies: 明确/待明确/模糊, 高/中/低, 清晰/不清晰, stages and small sets of answers.

Other non-blank text counts as the middle word, where there is one, with problem `value-not-allowed`; without
a middle word it is None. A plan that names a quantity or a date is 明确, 仅咨询 is 模糊 (S000-14..16,
S003-14..18).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from crmsheet.arrays import Objects
from crmsheet.values.columns import fold, is_blank, parse_distinct, spread_objects
from crmsheet.values.names import simplify

NOT_ALLOWED = "value-not-allowed"


@dataclass(frozen=True)
class Vocabulary:
    """The words of one field: `levels` from best to worst, near forms as whole-text patterns, and the middle
    word.

    `patterns` are tried in order; `not_blank` are words that mean nothing elsewhere but say something here
    (无).
    """

    levels: tuple[str, ...]
    patterns: Mapping[str, str]
    middle: str | None = None
    not_blank: frozenset[str] = frozenset()


class Word(NamedTuple):
    """The canonical word, or None for blank and unknown."""

    word: str | None
    problem: str | None


class WordColumn(NamedTuple):
    """Canonical words (str or None) and problems, shape (n,)."""

    word: Objects
    problem: Objects


_NEED = {
    "模糊": r"(?:需求)?(?:较|比较|很|尚)?(?:模糊|不明确|不明|不清晰|不清楚)"
    r"|(?:仅|只是?|简单)?咨询(?:而已|阶段)?"
    r"|(?:暂时?)?(?:没有?|无)(?:明确)?(?:采购)?(?:计划|需求|打算)?|暂无.{0,8}",
    "待明确": r"(?:需求)?(?:有待|待|尚待|未|尚未|还未)(?:进一步)?(?:明确|确认|确定)|潜在(?:需求)?",
    "明确": r"(?:需求|采购计划|计划|采购意向)?(?:已经?|很|非常|十分|较|比较)?(?:明确|清晰|确定)"
    r"(?:的?(?:需求|采购计划|采购需求|计划))?",
}
_COUNT = r"[\d一二两三四五六七八九十百千]{1,12}(?:\.\d{1,6})?"
_UNITS = "台|套|个|件|批|吨|箱|份|辆|只|张|米|公斤|千克|条|座|间|户|用户|元|万|亿|kg|pcs"
_QUANTITY = rf"{_COUNT}[万千百多余]{{0,3}}(?:{_UNITS})"
_WHEN = (
    r"q[1-4]|[一二三四1-4]季度|\d{1,2}月|[一二三四五六七八九十]{1,2}月|\d{4}年|[上下]半年|年底|年末|年初|月底|月末"
    r"|[本下]个?[周月]|[本下]季度|[今明]年|\d{4}[-/.]\d{1,2}"
)
# A quantity in a plan that was called off is no plan.
_CALLED_OFF = r"取消|搁置|暂缓|推迟|延期|终止|放弃|不采购|不买|再说|待定"
_PLANNED = rf"(?!.*(?:{_CALLED_OFF})).*(?:{_QUANTITY}|{_WHEN}).*"

_LEVEL_TAIL = r"(?:度|级|等|优先级?|需求|增长|潜力|度?匹配度?)?"
_LEVELS = {
    "高": rf"(?:很|非常|极|最)?高{_LEVEL_TAIL}|h|high|(?:完全|非常)匹配",
    "中": rf"中等?{_LEVEL_TAIL}|一般|m|mid|medium|部分匹配|基本匹配",
    "低": rf"(?:很|非常|极|最)?低{_LEVEL_TAIL}|l|low|不匹配",
}
_DECISION = r"(?:关键)?(?:决策链条?|决策流程|决策路径|决策)?"
_CHAIN = {
    # Who decides says how long the chain is (S000-8, S001-39, S003-13): one person's is short, several people's is long.
    "不清晰": rf"{_DECISION}(?:较|比较|很|非常|太|尚|还)?(?:不清[晰楚]?|不明确?|未明确|模糊|长|复杂)|(?:多人|集体)决策型?",
    "清晰": rf"{_DECISION}(?:较|比较|很|非常|已)?(?:清晰|清楚|短|明确|简单)|(?:个人|单人)决策型?",
}
_STAGES = {
    "潜在": r"潜在(?:客户)?|线索|初步(?:沟通|接触|联系)|初次接触|未成交",
    "意向": r"(?:有|确定|明确|初步)?意向(?:客户)?|需求确认|立项|(?:正式)?报价|商务洽谈|洽谈中?|谈判|签约跟进",
    "成交": r"(?:已|新)?成交(?:客户)?|已?赢单|已?签约|已签(?:合同)?|合作中|已合作|已完成",
    "流失": r"(?:已)?流失(?:客户)?|(?:已)?(?:暂停|终止|停止)合作|不再合作",
    "复购增购": r"(?:复购/?增购|增购/?复购|复购|增购|已复购|已增购|老)(?:客户)?",
}

VOCABULARIES: Mapping[str, Vocabulary] = {
    "plan": Vocabulary(
        ("明确", "待明确", "模糊"),
        {**_NEED, "明确": f"{_NEED['明确']}|{_PLANNED}"},
        "待明确",
        frozenset({"无", "暂无"}),
    ),
    "need_clarity": Vocabulary(("明确", "待明确", "模糊"), _NEED, "待明确", frozenset({"无", "暂无"})),
    "chain": Vocabulary(("清晰", "不清晰"), _CHAIN),
    "level": Vocabulary(("高", "中", "低"), _LEVELS, "中"),
    "budget": Vocabulary(
        ("明确", "不明确"),
        {
            "不明确": r"(?:预算)?(?:不|未|尚未|待|有待)(?:明确|确定|确认|定|审批|批)|待定|未知|不详",
            "明确": r"(?:预算)?(?:已经?|很)?(?:明确|确定|确认|审批|获批|批复)(?:预算)?",
        },
    ),
    "stage": Vocabulary(("潜在", "意向", "成交", "流失", "复购增购"), _STAGES),
    "kind": Vocabulary(
        ("企业", "个人"),
        {
            "个人": r"个人(?:客户|用户)?|自然人|个体(?:工商)?户|c端|toc|2c",
            "企业": r"[^个]{0,6}(?:企业|公司|单位|机构|集团)(?:客户|用户)?|[国央民外]企|政府|学校|医院|b端|tob|2b",
        },
    ),
    "progress": Vocabulary(
        ("有", "无", "停滞"),
        {
            "停滞": r"停滞|搁置|暂停",
            "无": r"无(?:实质)?(?:进展)?|没有?(?:进展)?|否|n|no",
            "有": r"有(?:实质)?(?:进展)?|是|y|yes",
        },
        not_blank=frozenset({"无"}),
    ),
    "yes_no": Vocabulary(
        ("是", "否"),
        {
            "是": r"是|有|已?响应|已?回复|y|yes|true|√|✓|1",
            "否": r"否|无|没有?|未(?:响应|回复)|不是|n|no|false|×|✗|0",
        },
        not_blank=frozenset({"无"}),
    ),
    "rating": Vocabulary(
        ("优", "良", "中", "差"), {"优": "优秀?", "良": "良好?", "中": "中等?|一般", "差": "较?差"}
    ),
    "review": Vocabulary(
        ("同意", "驳回", "待审核", "待复核"),
        {
            "同意": r"(?:审核)?(?:同意|通过|批准|已同意|已通过|已批准)",
            "驳回": r"(?:审核)?(?:驳回|不同意|拒绝|不通过|未通过|不批准|已驳回|已拒绝)",
            "待审核": "待审核?|未审核",
            "待复核": "待复核",
        },
    ),
}
# Fields that share the three levels.
ALIASES = {"fit": "level", "need_priority": "level", "growth": "level", "responded": "yes_no"}


def vocabulary_of(name: str) -> Vocabulary:
    """Return the vocabulary of a field (plan, need_clarity, chain, fit, need_priority, growth, stage, …).

    Raises KeyError for a name that is none.
    """
    return VOCABULARIES[ALIASES.get(name, name)]


def parse_word(text: str, vocabulary: str) -> Word:
    """Read one text with the vocabulary of that name; problem `value-not-allowed`. Raises KeyError for its
    name only.
    """
    chosen = vocabulary_of(vocabulary)
    folded = simplify(fold(text))
    if is_blank(text) and folded not in chosen.not_blank:
        return Word(None, None)
    for word, pattern in chosen.patterns.items():
        if re.fullmatch(pattern, folded):
            return Word(word, None)
    return Word(chosen.middle, NOT_ALLOWED)


def read_words(text: Objects, vocabulary: str) -> WordColumn:
    """Read one column of texts (str or None), shape (n,); each distinct text once."""
    codes, parsed = parse_distinct(text, lambda value: parse_word(value, vocabulary))
    return WordColumn(
        spread_objects(codes, [one.word for one in parsed]),
        spread_objects(codes, [one.problem for one in parsed]),
    )
