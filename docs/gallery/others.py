"""Findings about strategies and classes, about private values, and about what stands in the way of writing."""

from __future__ import annotations

from gallery.example import FIRM, HEAD, OTHER, D, Edit, Example, customers

KPIS = ["客户名称", "当前核心策略", "关键监测指标", "效果评估"]
ADJUSTED = ["客户名称", "客户类型", "策略执行周期", "关键监测指标", "调整后策略", "调整时间", "审核", "审核人"]
MISSED = ["甲公司", "高价值潜力型", "每月1次", "复购率≥80%/40%"]
AGREED = (Edit("策略调整表", "审核", 2, "同意"),)


def strategy(*row: object) -> dict[str, list[list[object]]]:
    """A customer, and its row of the strategy table."""
    return {"客户": [HEAD, FIRM], "策略调整表": [list(KPIS), list(row)]}


STRATEGY = (
    Example("strategy-customer-unknown", "策略调整表!A2", strategy("丙公司", "季度互访", "复购率≥80%/85%", None), {"策略调整表!A2": "甲公司"}),
    Example("kpi-unquantified", "策略调整表!C2", strategy("甲公司", "季度互访", "客单价稳定", None), {"策略调整表!C2": "客单价≥5万/6万"}),
    Example("cycle-unparseable", "策略调整表!C2", {"客户": [HEAD, FIRM], "策略调整表": [["客户名称", "当前核心策略", "策略执行周期", "关键监测指标"], ["甲公司", "季度互访", "视情况", "复购率≥80%/85%"]]},
            {"策略调整表!C2": "每季度1次"}),
    Example("rating-mismatch", "策略调整表!D2", strategy("甲公司", "季度互访", "复购率≥80%/85%", "差"), {"策略调整表!D2": "优"}),
    Example(
        "adjustment-blocked", "策略调整表!E2", {"客户": [HEAD, FIRM], "策略调整表": [ADJUSTED, [*MISSED, "换一位客户经理", None, None, None]]},
        {"策略调整表!E2": None}, policy="strategy", edits=AGREED, note="运行一次后，在策略调整表的审核列写“同意”"),
    Example(
        "count-mismatch", "客户分类!C2", {**customers(["优先级"], ["A级"]), "客户分类": [["分类名称", "分类标准", "客户数量"], ["A类客户", "50-100万", "5家"]]},
        {"客户分类!C2": "1家"}),
)  # fmt: skip

PRIVATE = (
    Example("private-id-number", "客户!D2", customers(["备注"], ["证件11010519491231002X"]), {"客户!D2": "证件已核对"}),
    Example("private-bank-card", "客户!D2", customers(["备注"], ["打款到6222021234567894"]), {"客户!D2": "打款账户见合同"}),
    Example("private-mobile", "客户!D2", customers(["备注"], ["致电13812345678"]), {"客户!D2": "致电138****5678"}),
    Example("private-email", "客户!D2", customers(["备注"], ["发到wang@company.com"]), {"客户!D2": "发到邮箱"}),
    Example("contact-unmasked", "客户!D2", customers(["联系人"], ["张三丰"]), {"客户!D2": "张*"}),
)

TIERED = ["历史合作金额(万元)", "优先级"]

WRITTEN = (
    Example("extension-failed", None, {"客户": [HEAD, FIRM]}, broken="stale-price", mended={"broken": None}, note="装了另一个包的扩展 stale-price，它载入失败"),
    Example(
        "blocked-column", "客户!G1", {"客户": [[*HEAD, None, "分类名称", "分类标准"], [*FIRM, None, "A类客户", "≥50万"]]},
        dict.fromkeys(("客户!E1", "客户!F1", "客户!E2", "客户!F2"))),
    Example("owned-name-taken", "客户!D1", customers(["跟进状态"], ["洽谈中"]), {"客户!D1": "洽谈情况"}),
    Example("formula-in-owned-column", "客户!F2", customers([*TIERED, "建议等级", "等级快照"], [30, "A级", '="甲"']), {"客户!F2": None}),
    Example(
        "merged-owned-cell", "客户!F3", customers([*TIERED, "建议等级", "等级快照"], [30, "A级"], [30, "A级"]), merged="F2:F3",
        mended={"merged": None}, note="F2:F3 是合并单元格"),
    Example(
        "tier-cell-locked", "客户!E3", customers(TIERED, [30, "B级"], [30, None]), merged="E2:E3", edits=(Edit("客户", "审核", 3, "同意"),),
        mended={"merged": None}, note="E2:E3 是合并单元格；运行一次后，在第 3 行的审核列写“同意”"),
    Example(
        "reviewer-not-lead", "客户!F2", customers([*TIERED, "审核人"], [30, "A级", "小李"]), {"客户!F2": "王总"},
        settings='[roles]\nlead = ["王*"]\n', edits=(Edit("客户", "审核", 2, "同意"),),
        note="crmsheet.toml 的 [roles] lead 是“王*”；运行一次后，在审核列写“同意”"),
    Example(
        "team-cell-locked", "策略调整表!D2", strategy("甲公司", "季度互访", "复购率≥80%/85%", '=""'), {"策略调整表!D2": None}),
    Example(
        "row-shifted", "客户!B2", {"客户": [HEAD, FIRM, OTHER]},
        edits=tuple(Edit("客户", header, row, line[at]) for row, line in ((2, OTHER), (3, FIRM)) for at, header in enumerate(HEAD)),
        mended={"edits": ()}, note="运行一次后，只对前三列排了序"),
    Example(
        "ledger-name-taken", "等级变更记录!A1", {"客户": [HEAD, FIRM], "等级变更记录": [["我们自己的记录", "日期"], ["x", D(2024, 3, 1)]]},
        mended={"sheets": {"客户": [HEAD, FIRM], "我们的记录": [["我们自己的记录", "日期"], ["x", D(2024, 3, 1)]]}}),
    Example(
        "former-copy", None, customers(TIERED, [30, "A级"]), edits=(Edit("客户", "审核", 2, "驳回"),), old_copy=True, mended={"old_copy": False},
        note="运行一次，驳回建议；再运行一次后，同事把之前打开的旧副本存了回来"),
)  # fmt: skip
