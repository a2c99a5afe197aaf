"""Findings about whole tables, and about single values."""

from __future__ import annotations

from gallery.example import FIRM, HEAD, OTHER, D, Example, customers

AMOUNT = "历史合作金额(万元)"

TABLES = (
    Example("missing-column", "客户!A1", customers([], []), {"客户!D1": AMOUNT, "客户!D2": 30}),
    Example("ambiguous-header", "客户!D1", customers(["合作金额(万元)"], [30]), {"客户!D1": AMOUNT}),
    Example("duplicate-header", "客户!D1", customers(["所属销售"], ["李*"]), {"客户!D1": "协同同事"}),
    Example(
        "rows-below-table", "客户!A3", {"客户": [HEAD, FIRM, OTHER]}, excel_table="A1:C2", mended={"excel_table": "A1:C3"},
        note="Excel 表格只到第 2 行"),
    Example(
        "class-standard-unread", "客户分类!B2",
        {**customers(["年合作额(万元)"], [60]), "客户分类": [["分类名称", "分类标准"], ["A类客户", "战略合作伙伴"], ["B类客户", "年合作10-50万"]]},
        {"客户分类!B2": "年合作≥50万，战略合作伙伴"}, policy="crm", settings="[policy]\nfrom_workbook = true\n",
        note="crmsheet.toml 的 [policy] 里写了 from_workbook = true"),
    Example(
        "class-strategy-unread", "客户分类!C2",
        {**customers(["年合作额(万元)"], [60]), "客户分类": [
            ["分类名称", "分类标准", "跟进策略"], ["A类客户", "年合作≥50万", "每月1次，高层对接"], ["B类客户", "年合作10-50万", "每周1次"]]},
        {"客户分类!C2": "每周1次，高层对接"}, policy="crm", settings="[policy]\nfrom_workbook = true\n",
        note="crmsheet.toml 的 [policy] 里写了 from_workbook = true；A 类比 B 类联系得还少"),
    Example(
        "person-unclear", "人员!B2", {**customers([], []), "人员": [["姓名", "角色", "状态"], ["王*", "待定", "在职"]]}, {"人员!B2": "资深销售"}),
    Example(
        "person-contradiction", "人员!B2", {**customers([], []), "人员": [["姓名", "角色", "状态"], ["李*", "负责人", "在职"]]},
        {"人员!B2": "销售助理"}, settings='[roles]\nlead = ["王*"]\n', note="crmsheet.toml 的 [roles] 里负责人是 王*"),
    Example("unknown-tier", "客户!D2", customers(["优先级"], ["VIP"]), {"客户!D2": "A级"}),
    Example(
        "calendar-unpublished", None, customers(["首次接触时间"], [D(2030, 3, 1)]), as_of=D(2030, 3, 20),
        mended={"settings": '[calendar]\nworkdays = ["2030-02-02"]\n'}, note="截至 2030-03-20 运行；在 crmsheet.toml 的 [calendar] 补上调休日即可"),
)  # fmt: skip

VALUES = (
    Example("date-unparseable", "客户!D2", customers(["预计签约日期"], ["尽快"]), {"客户!D2": D(2024, 4, 10)}),
    Example("date-ambiguous", "客户!D2", customers(["预计签约日期"], ["24-3-5"]), {"客户!D2": "2024-03-25"}),
    Example("date-in-future", "客户!D2", customers(["首次接触时间"], [D(2025, 3, 1)]), {"客户!D2": D(2024, 3, 1)}),
    Example("money-unparseable", "客户!D2", customers([AMOUNT], ["面议"]), {"客户!D2": 30}),
    Example("range-unparseable", "客户!D2", customers(["企业规模"], ["若干"]), {"客户!D2": "500人以上"}),
    Example("rate-unparseable", "客户!D2", customers(["流失率"], [6]), {"客户!D2": "6%"}),
    Example("unit-suspect", "客户!D2", customers([AMOUNT], [250000]), {"客户!D2": 25}),
    Example("value-not-allowed", "客户!D2", customers(["采购计划"], ["看情况"]), {"客户!D2": "待明确"}),
    Example("frequency-unparseable", "客户!D2", customers(["跟进周期(次/月)"], ["不定期"]), {"客户!D2": "每两周1次"}),
    Example("number-as-text", "客户!D2", customers([AMOUNT], ["30"]), {"客户!D2": 30}),
    Example("cell-error", "客户!D2", customers([AMOUNT], ["#N/A"]), {"客户!D2": 30}),
)
