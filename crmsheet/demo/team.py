"""The team as it starts: customers and the log of the weeks before, by header; everything invented.

Some of it is as people leave it: an amount in words, a date as text, a customer entered twice, blanks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from random import Random

Value = str | float | dt.date | None
Row = Mapping[str, Value]
CUSTOMERS = 48
OWNERS = ("王建国", "李晓梅", "张伟", "陈静")
LEAD = "赵总监"
_CITIES = ("上海", "杭州", "苏州", "南京", "宁波", "无锡", "合肥")
_SYLLABLES = "恒瑞华盛联创信博远宏天海金德启星"
_TRADES = {"科技": "软件与信息服务", "医疗": "医疗器械", "机械": "制造业", "电子": "制造业", "物流": "物流运输", "食品": "食品饮料", "新能源": "新能源"}
_SURNAMES, _GIVEN = "王李张刘陈杨赵黄周吴徐孙", ("志强", "丽华", "建军", "晓燕", "国栋", "美玲", "文涛", "雅琴")
_POSTS = ("采购经理", "总经理", "技术总监", "运营主管", "财务总监", "信息部主任")
_NEEDS = ("产线升级，提升产能", "替换现有系统，降低维护费用", "新建仓库，需整体方案", "年度框架采购", "门店扩张，需批量供货")
_SOURCES = ("行业展会", "转介绍", "线上推广", "陌生拜访", "老客户")
_SIZES = ("500人以上", "100-499人", "50-99人", "<50人", "500-1000人")
# topic, summary, feedback, next step, progress
TALKS: tuple[tuple[str, str, str | None, str | None, str], ...] = (
    ("需求沟通", "了解{need}的现状与预算安排", "预算下月审批，可先提交方案", "提交初步方案", "有"),
    ("方案讲解", "讲解{need}方案，展示三个同行案例", "认可功能，但需先做小范围测试", "安排试点环境", "有"),
    ("报价沟通", "已发送{need}报价单，等待采购部确认", "价格偏高，竞品更低", "准备差异化说明", "无"),
    ("关键沟通", "与分管副总沟通{need}的合作规划", "认可长期合作方向", "整理年度合作框架", "有"),
    ("售后回访", "回访{need}使用情况，收集改进建议", "希望增加培训", "安排操作培训", "无"),
    ("合同条款", "{need}合同条款修改中，法务已介入", "对交期有疑虑", "确认交付周期", "有"),
    ("需求沟通", "电话未接通，稍后再拨", None, "次日再次致电", "停滞"),
)


def customer(rng: Random, number: int, start: dt.date) -> dict[str, Value]:
    """One customer as it is entered, by header."""
    trade = rng.choice(list(_TRADES))
    amount = round(rng.lognormvariate(4.0, 0.8))
    plan = rng.choice(["明确", "明确", "待明确", "模糊", None])
    stage = rng.choice(["潜在", "意向", "意向", "成交", "成交"])
    deal = stage == "成交"
    since = start - dt.timedelta(days=rng.randint(20, 200))
    return {
        "客户编号": f"C2026{number:03d}",
        "客户名称": f"{rng.choice(_CITIES)}{''.join(rng.sample(_SYLLABLES, 2))}{trade}有限公司",
        "客户类型": "企业", "所属行业": _TRADES[trade], "企业规模": rng.choice(_SIZES),
        "联系人": rng.choice(_SURNAMES) + rng.choice(_GIVEN), "职务": rng.choice(_POSTS),
        "联系电话": f"1380000{number:04d}", "邮箱": f"contact{number}@example.com",
        "需求描述": rng.choice(_NEEDS), "信息来源": rng.choice(_SOURCES),
        "首次接触时间": start - dt.timedelta(days=rng.randint(200, 700)), "负责人": OWNERS[number % len(OWNERS)],
        "客户等级": _graded(rng, amount, plan), "客户状态": stage, "状态更新时间": since,
        "历史合作金额(万元)": amount, "采购计划": plan, "决策链": rng.choice(["清晰", "清晰", "不清晰", None]),
        "预计签约日期": start + dt.timedelta(days=rng.randint(-15, 140)) if rng.random() < 0.7 else None,
        "需求匹配度": rng.choice(["高", "中", "中", "低"]), "回款及时性": rng.choice(["提前", "及时", "较及时", None]),
        "合作产品": "智能排产系统" if deal else None, "合同金额(万元)": amount if deal else None,
        "到期时间": since + dt.timedelta(days=365) if deal else None,
    }  # fmt: skip


def _graded(rng: Random, amount: float, plan: str | None) -> str | None:
    """What the team put down so far: mostly right, some out of date, some blank."""
    right = "S" if amount >= 100 and plan == "明确" else "A" if amount >= 50 else "B"
    return rng.choices([right, rng.choice("SAB"), None], [70, 15, 15])[0]


def team(rng: Random, start: dt.date) -> list[dict[str, Value]]:
    """The customers at the start, with what people type."""
    rows = [customer(rng, i, start) for i in range(1, CUSTOMERS + 1)]
    rows[4]["历史合作金额(万元)"], rows[9]["历史合作金额(万元)"] = "约120万", "面议"
    rows[14]["预计签约日期"], rows[19]["预计签约日期"] = "年底", "待定"
    rows[24]["联系电话"] = rows[24]["邮箱"] = rows[29]["信息来源"] = None
    rows[34]["客户编号"] = rows[33]["客户编号"]
    return rows


def log(rng: Random, customers: list[dict[str, Value]], start: dt.date) -> list[dict[str, Value]]:
    """The entries of the ten weeks before, oldest first; some customers have been left alone."""
    return sorted(_before(rng, customers, start), key=lambda row: str(row["跟进时间"]))


def _before(rng: Random, customers: list[dict[str, Value]], start: dt.date) -> Iterator[dict[str, Value]]:
    for number, one in enumerate(customers):
        day = start - dt.timedelta(days=rng.randint(40, 70) if number % 9 else 140)
        while day < start - dt.timedelta(days=3):
            yield entry(rng, one, worked(day))
            day += dt.timedelta(days=rng.randint(8, 20) if number % 9 else 400)


def entry(rng: Random, one: Row, day: dt.date, method: str | None = None) -> dict[str, Value]:
    """One entry of the log, by header."""
    topic, summary, feedback, step, progress = rng.choice(TALKS)
    need = str(one["需求描述"] or "需求").split("，", maxsplit=1)[0]
    about = "" if one["负责人"] == OWNERS[-1] else f"{str(one['客户名称'])[2:4]}{day.month}月："  # who copies his own words, too
    return {
        "客户编号": one["客户编号"], "客户名称": one["客户名称"], "跟进时间": day, "记录时间": day,
        "跟进方式": method or rng.choice(["电话", "电话", "拜访", "邮件"]), "跟进人": one["负责人"], "跟进主题": topic,
        "沟通内容摘要": about + summary.format(need=need), "客户反馈/异议": feedback, "进展": progress, "下一步计划": step, "下一步负责人": one["负责人"],
        "预计完成时间": worked(day + dt.timedelta(days=rng.randint(5, 20))) if step else None,
    }  # fmt: skip


def worked(day: dt.date) -> dt.date:
    """The day, or the Friday before a weekend."""
    return day - dt.timedelta(days=max(0, day.weekday() - 4))
