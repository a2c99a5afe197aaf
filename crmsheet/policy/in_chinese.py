"""The loader's sentences in Chinese: pydantic and the schema tell faults in English."""

from __future__ import annotations

import re

_PATH = re.compile(r"([\w.\[\]]+): (.*)")
_SAID: tuple[tuple[str, str], ...] = (
    (r"unknown key, did you mean “(.+)”\?", "没有这一项，是否指“{0}”？"),
    (r"unknown key", "没有这一项，请删去或改名"),
    (r"Field required", "缺少这一项"),
    (r"Input should be a valid string", "应写成文字（加引号）"),
    (r"Input should be a valid (?:number|integer|boolean).*", "应写成数或 true/false（不加引号）"),
    (r"Input should be a valid (?:tuple|list|dictionary).*", "应写成列表或表"),
    (r"Input should be greater than or equal to (.+)", "不能小于 {0}"),
    (r"Input should be greater than (.+)", "要大于 {0}"),
    (r"Input should be less than or equal to (.+)", "不能大于 {0}"),
    (r"Input should be (.+)", "只能是 {0}"),
    (r"Tuple should have at least (\d+) items?.*", "至少要有 {0} 项"),
    (r"String should have at (?:least|most) (\d+) .*", "长度应为 1 至 30 个字"),
    (r"no such band", "没有这个分档"),
    (r"no band “(.+)”", "没有分档“{0}”"),
    (r"“(.+)” is not a tier", "“{0}”不在 tiers 之中"),
    (r"tier “(.+)” has none", "等级“{0}”没有跟进安排"),
    (r"the last rule must have no condition, so that every customer gets a tier", "最后一条规则不能有条件，否则有的客户评不出等级"),
    (r"a name stands twice", "有重名"),
    (r"a source is a demand's id such as S000-14, or “assumption”", "依据要写需求编号，如 S000-14，或 assumption"),
    (r"write an interval as days \(7d\) or months \(3m\)", "间隔写成天（7d）或月（3m）"),
    (r"give either after or before", "after 和 before 要写其中一个"),
    (r"give either any_of with is, or blank", "要么写 any_of 和 is，要么写 blank"),
    (r"a (?:band|criterion) of kind “(.+)” needs “(.+)”", "{0} 类要有 {1}"),
    (r"scale: the values must rise", "scale 的数值要从小到大"),
    (r"words: a word stands twice", "words 中有重复的词"),
    (r"(?:the log has )?no field “(.+)”, did you mean “(.+)”\?", "没有字段“{0}”，是否指“{1}”？"),
    (r"(?:the log has )?no field “(.+)”", "没有字段“{0}”"),
    (r"“(.+)” is no input for a (?:band|criterion) of kind “(.+)”", "字段“{0}”不能作 {1} 类的依据"),
    (r"give either table or query", "table 和 query 要写其中一个"),
    (r"url: the password stands in the environment, not here", "密码放在环境变量里，不要写在 url 中"),
    (r"say what is read: source.customers or source.followups", "要写明读什么：[source.customers] 或 [source.followups]"),
    (r"“(.+)” is never “(.+)”; there are (.+)", "{0} 不会读成“{1}”，只有 {2}"),
)


def in_chinese(told: str) -> str:
    """A sentence of the loader in Chinese, the path before it as it is; one that is not known stays as it is."""
    for pattern, zh in _SAID:
        if match := re.fullmatch(pattern, told):
            return zh.format(*match.groups())
    path = _PATH.fullmatch(told)
    return f"{path[1]}: {in_chinese(path[2])}" if path else told
