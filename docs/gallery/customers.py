"""Findings about customers."""

from __future__ import annotations

from gallery.example import FIRM, HEAD, D, Edit, Example, customers

LATE = D(2024, 4, 10)

CUSTOMERS = (
    Example("required-missing", "客户!D2", customers(["联系人"], [None], ["李*"]), {"客户!D2": "张*"}),
    Example("id-format", "客户!A2", {"客户": [HEAD, ["KH-01", *FIRM[1:]]]}, {"客户!A2": "C0000001"}),
    Example(
        "similar-name", "客户!B3", {"客户": [HEAD, ["C0000001", "上海恒瑞科技有限公司", "王*"], ["C0000002", "恒瑞科技公司", "李*"]]},
        {"客户!B3": "天海物流公司"}),
    Example(
        "last-followup-mismatch", "客户!D2",
        {**customers(["最近跟进时间"], [D(2024, 3, 1)]), "跟进记录": [["客户编号", "跟进时间", "跟进方式"], ["C0000001", D(2024, 3, 15), "电话"]]},
        {"客户!D2": D(2024, 3, 15)}),
    Example("cadence-mismatch", "客户!E2", customers(["优先级", "跟进周期(次/月)"], ["S级", 2]), {"客户!E2": 4}),
    Example("stage-without-evidence", "客户!E2", customers(["客户状态", "状态变更依据"], ["意向", None]), {"客户!E2": "邮件确认"}),
    Example(
        "stage-stale", "客户!E2", customers(["客户状态", "状态更新时间"], ["意向", D(2024, 3, 14)]), {"客户!E2": D(2024, 3, 15)}, policy="followup",
        note="策略 followup，截至周三 2024-03-20：上个周五是 3 月 15 日"),
    Example("deal-incomplete", "客户!E2", customers(["客户状态", "合作产品", "合同金额"], ["成交", None, "20万"]), {"客户!E2": "云存储"}),
    Example("plan-late", "客户!E2", customers(["分级日期", "计划制定日期"], [D(2024, 3, 8), D(2024, 3, 14)]), {"客户!E2": D(2024, 3, 13)},
            note="3 月 8 日是周五，第 3 个工作日是 3 月 13 日"),
    Example("entry-late", "客户!E2", customers(["首次接触时间", "建档时间"], [D(2024, 3, 11), D(2024, 3, 13)]), {"客户!E2": D(2024, 3, 12)}),
    Example(
        "too-many-contacts", "跟进记录!B4",
        {**customers(["客户等级", "年合作额(万元)"], ["C级", 5]),
         "跟进记录": [["客户编号", "跟进时间", "跟进方式"], *(["C0000001", D(2024, 3, day), "电话"] for day in (1, 8, 15))]},
        {"跟进记录!B4": D(2024, 2, 29)}, policy="crm", note="策略 crm：C 级每月不超过 2 次"),
    Example("duplicate-customer", "客户!A3", {"客户": [HEAD, FIRM, ["C0000001", "乙公司", "李*"]]}, {"客户!A3": "C0000002"}),
    Example("decision-date-passed", "客户!D2", customers(["预计签约日期"], [D(2024, 3, 10)]), {"客户!D2": LATE}),
    Example(
        "evidence-incomplete", "客户!G2",
        customers(["历史合作金额(万元)", "采购计划", "决策链", "预计签约日期"], [120, "明确", "清晰", None]), {"客户!G2": LATE}),
    Example("segment-gap", "客户!E2", customers(["ARPU(万元)", "流失率"], [60, "8%"]), {"客户!E2": "2%"}, policy="strategy", note="策略 strategy"),
    Example("neglected", "客户!B2", customers(["优先级", "最近跟进时间"], ["S级", D(2024, 3, 5)]), {"客户!E2": D(2024, 3, 6)},
            note="S 级每 7 天联系一次，两倍即 14 天"),
    Example("contacts-unrecorded", "客户!B2", customers(["优先级", "首次接触时间"], ["S级", D(2024, 2, 1)]),
            {"客户!F1": "最近跟进时间", "客户!F2": D(2024, 3, 18)}),
    Example(
        "review-word", "客户!B2", customers(["历史合作金额(万元)", "优先级"], [30, "A级"]), edits=(Edit("客户", "审核", 2, "下周再说"),),
        mended={"edits": (Edit("客户", "审核", 2, "驳回"),)}, note="运行一次后，在审核列写“下周再说”"),
)  # fmt: skip
