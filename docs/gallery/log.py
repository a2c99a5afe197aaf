"""Findings about the follow-up log."""

from __future__ import annotations

from gallery.example import HEAD, D, Example, log

ID = "C0000001"
SAME = "介绍产品功能并询问预算安排"

LOG = (
    Example("dangling-followup", "跟进记录!A2", log([], ["C0000009", D(2024, 3, 15), "电话"]), {"跟进记录!A2": ID}),
    Example(
        "ambiguous-customer", "跟进记录!A2",
        {"客户": [HEAD, [ID, "甲公司", "王*"], ["C0000002", "甲公司", "李*"]],
         "跟进记录": [["客户名称", "跟进时间", "跟进方式"], ["甲公司", D(2024, 3, 15), "电话"]]},
        {"客户!B3": "乙公司"}),
    Example(
        "duplicate-followup", "跟进记录!D3", log(["跟进记录ID"], [ID, D(2024, 3, 14), "电话", "G001"], [ID, D(2024, 3, 15), "电话", "G001"]),
        {"跟进记录!D3": "G002"}),
    Example("followup-incomplete", "跟进记录!C2", log([], [ID, D(2024, 3, 15), None]), {"跟进记录!C2": "电话"}),
    Example("recorded-late", "跟进记录!D2", log(["记录时间"], [ID, D(2024, 3, 13), "电话", D(2024, 3, 15)]), {"跟进记录!D2": D(2024, 3, 14)}),
    Example(
        "recorded-unknown", "跟进记录!D2", log(["记录时间"], [ID, D(2024, 3, 13), "电话", D(2024, 3, 14)]),
        {"跟进记录!B2": "2024-03-13 15:00", "跟进记录!D2": "2024-03-14 09:30"}),
    Example(
        "next-step-before-followup", "跟进记录!E2",
        log(["下一步计划", "预计完成时间"], [ID, D(2024, 3, 15), "电话", "发送报价", D(2024, 3, 5)]), {"跟进记录!E2": D(2024, 3, 25)}),
    Example(
        "same-day-contacts", "跟进记录!D3", log(["跟进人"], [ID, D(2024, 3, 15), "电话", "王*"], [ID, D(2024, 3, 15), "拜访", "李*"]),
        {"跟进记录!D3": "王*"}),
    Example(
        "cloned-text", "跟进记录!E6",
        log(["跟进人", "沟通内容摘要"], *([ID, D(2024, 3, day), "电话", "王*", SAME] for day in (4, 5, 6, 7, 8))), {"跟进记录!E6": "确认合同条款"}),
    Example(
        "bulk-backfill", "跟进记录!E2",
        log(["跟进人", "记录时间"], *([ID, D(2024, 3, day), "电话", "王*", D(2024, 3, 12)] for day in range(1, 11))),
        {"跟进记录!E11": D(2024, 3, 11)}),
    Example("holiday-visit", "跟进记录!B2", log([], [ID, D(2024, 4, 4), "拜访"]), {"跟进记录!C2": "电话"}, as_of=D(2024, 4, 10), note="4 月 4 日清明节"),
)  # fmt: skip
