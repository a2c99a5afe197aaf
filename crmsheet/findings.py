"""The catalogue of finding codes (SPEC §5): one entry a code, in the words people read.

A message's braces are filled from ``Finding.params``; ``{value}`` is the finding's own value.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from crmsheet.model import Finding, Severity


class FindingCode(NamedTuple):
    """What a code means: severity, source in the documents (or ``assumption``), title, message and fix."""

    code: str
    severity: Severity
    source: str
    title_zh: str
    title_en: str
    zh: str
    en: str
    hint_zh: str
    hint_en: str


_ENTRIES: tuple[FindingCode, ...] = (
    # ---- tables
    FindingCode(
        "missing-column", "error", "S000-25", "缺少必要的列", "column missing",
        "表中没有“{field}”列，无法评定等级", "there is no column “{field}”, so no customer can be graded",
        "在表头行增加“{field}”列，或在 crmsheet.toml 的 [columns] 里指明哪一列是它",
        "add a column “{field}” to the header row, or name it under [columns] in crmsheet.toml"),
    FindingCode(
        "ambiguous-header", "warning", "SPEC-2", "表头含义不明确", "ambiguous header",
        "表头“{value}”可能是“{first}”，也可能是“{second}”，没有采用",
        "the header “{value}” may mean “{first}” or “{second}”; it was not used",
        "改成其中一个名称，或在 crmsheet.toml 的 [columns] 里指明",
        "rename it to one of the two, or settle it under [columns] in crmsheet.toml"),
    FindingCode(
        "duplicate-header", "warning", "SPEC-2", "表头重复", "header stands twice",
        "“{value}”与 {first} 列是同一字段，只读取了前面那一列",
        "“{value}” is the same field as column {first}; only the first was read",
        "删除或改名其中一列", "remove or rename one of the two"),
    FindingCode(
        "rows-below-table", "warning", "SPEC-2", "表格区域之外有数据", "rows below the table",
        "Excel 表格“{table}”下方还有 {count} 行数据未包含在表格内，没有读取",
        "{count} rows stand below the Excel table “{table}” and were not read",
        "把表格区域向下扩展到这些行", "extend the table down over these rows"),
    FindingCode(
        "unknown-tier", "warning", "S000-23", "等级名称不认识", "unknown tier",
        "等级“{value}”不在当前策略“{policy}”的等级（{tiers}）之内{elsewhere}，该客户不参与升降级",
        "the policy “{policy}” has no tier “{value}” (it has {tiers}){elsewhere}; this customer gets no moves",
        "改成策略里的等级，或在 crmsheet.toml 的 [tiers] 里说明它对应哪一级",
        "use a tier of the policy, or map the word under [tiers] in crmsheet.toml"),
    FindingCode(
        "blocked-column", "warning", "SPEC-6", "表格右侧被占用", "right edge is taken",
        "表格右侧紧邻处已有内容，系统列写到了 {first} 列起",
        "something stands right beside the table; the owned columns were put from column {first} on",
        "把紧邻的内容移开，系统列即可与表格相连", "move what stands there, and the columns can join the table"),
    FindingCode(
        "owned-name-taken", "warning", "SPEC-6", "系统列名已被使用", "owned name is taken",
        "列“{value}”已有团队自己的内容，系统列改名为“{ours}”",
        "the column “{value}” holds the team's own content; ours is called “{ours}”",
        "如需使用原名，请先给自己的列改名", "rename your own column if ours should have the name"),
    FindingCode(
        "formula-in-owned-column", "warning", "SPEC-6", "系统列中有公式", "formula in an owned column",
        "单元格内是公式，没有写入", "the cell holds a formula and was not written",
        "删除公式后再次运行", "remove the formula and run again"),
    FindingCode(
        "merged-owned-cell", "warning", "SPEC-6", "系统列中有合并单元格", "merged cell in an owned column",
        "单元格属于合并区域，没有写入", "the cell lies inside a merged range and was not written",
        "取消合并后再次运行", "unmerge it and run again"),
    FindingCode(
        "calendar-unpublished", "info", "SPEC-4", "放假安排尚未公布", "calendar not published",
        "{year} 年的放假调休安排尚未收录，日期只按周末和法定节日推算",
        "the make-up working days of {year} are not known yet; dates follow weekends and public holidays only",
        "公布后升级 holidays 包，或在 crmsheet.toml 的 [calendar] 里补充",
        "upgrade the holidays package once they are, or add them under [calendar] in crmsheet.toml"),
    # ---- values
    FindingCode(
        "date-unparseable", "warning", "S003-23", "日期无法识别", "unreadable date",
        "“{field}”的值“{value}”不是能识别的日期", "“{value}” in “{field}” is not a date that can be read",
        "改成 2024-03-05 这样的日期", "write it as a date such as 2024-03-05"),
    FindingCode(
        "date-ambiguous", "warning", "S003-23", "日期有歧义", "ambiguous date",
        "“{field}”的值“{value}”年月日次序不明，按未知处理",
        "“{value}” in “{field}” can be read in more than one way; it counts as unknown",
        "写全四位年份，如 2024-03-05", "write the year with four digits, such as 2024-03-05"),
    FindingCode(
        "money-unparseable", "warning", "S000-1", "金额无法识别", "unreadable amount",
        "“{field}”的值“{value}”不是能识别的金额", "“{value}” in “{field}” is not an amount that can be read",
        "改成数字，或 120万、1.2亿 这样的写法", "write a number, or a form such as 120万 or 1.2亿"),
    FindingCode(
        "range-unparseable", "warning", "S000-19", "规模无法识别", "unreadable size",
        "“{field}”的值“{value}”不是能识别的规模", "“{value}” in “{field}” is not a size that can be read",
        "改成 500人以上、50-499人 这样的写法", "write it like 500人以上 or 50-499人"),
    FindingCode(
        "rate-unparseable", "warning", "S004-8", "比率无法识别", "unreadable rate",
        "“{field}”的值“{value}”看不出是不是百分比", "“{value}” in “{field}” does not say whether it is a percentage",
        "写上百分号，如 6%", "write the percent sign, such as 6%"),
    FindingCode(
        "unit-suspect", "warning", "S000-60", "金额单位可疑", "suspicious unit",
        "{what}", "{what_en}",
        "核对表头里的单位（元/万元）", "check the unit in the header (元 or 万元)"),
    FindingCode(
        "value-not-allowed", "info", "S000-14", "用词不在约定范围", "word outside the vocabulary",
        "“{field}”列有 {count} 处用词不在“{allowed}”之内（首见“{value}”），按“{taken}”处理",
        "{count} cells of “{field}” use words other than {allowed} (first “{value}”); they count as {taken}",
        "统一改成约定的用词", "use the agreed words"),
    FindingCode(
        "number-as-text", "info", "SPEC-5", "数字存成了文本", "numbers stored as text",
        "“{field}”列有 {count} 个数字存成了文本，已按数字读取",
        "{count} numbers in “{field}” are stored as text; they were read as numbers",
        "选中该列，用“转换为数字”", "select the column and convert it to numbers"),
    FindingCode(
        "cell-error", "warning", "SPEC-5", "单元格是错误值", "error value",
        "“{field}”的单元格是错误值 {value}，按未知处理", "the cell of “{field}” shows {value}; it counts as unknown",
        "修正公式或填入真实的值", "mend the formula or type the value"),
    # ---- customers
    FindingCode(
        "required-missing", "warning", "S002-2", "缺少必填项", "required value missing",
        "这一行有 {count} 项内容，但没有客户名称和编号，没有当作客户",
        "this row holds {count} values but neither a name nor an id; it was not taken for a customer",
        "补上客户名称或客户编号", "fill in the customer's name or id"),
    FindingCode(
        "duplicate-customer", "error", "S000-55", "客户编号重复", "duplicate customer id",
        "编号“{value}”在 {first} 已经出现，两行都按各自的内容处理",
        "the id “{value}” stands at {first} already; both rows are kept as entries of their own",
        "核对后改正编号或合并两行", "correct the id or merge the two rows"),
    FindingCode(
        "decision-date-passed", "warning", "S000-14", "签约日期已过", "decision date has passed",
        "{field}已过{days}天", "the “{field}” passed {days} days ago",
        "确认签约进展，更新日期", "confirm where the deal stands and update the date"),
    FindingCode(
        "evidence-incomplete", "warning", "S000-14", "评级依据不全", "incomplete evidence",
        "{many}按现有信息评为{tier}，但{missing}未知", "graded {tier} although {missing} is unknown{many_en}",
        "补全后等级才可靠；已有等级的客户不会因此升级", "fill it in; a graded customer is not promoted on it"),
    FindingCode(
        "segment-gap", "warning", "S004-13", "高价值客户有流失风险", "high value at risk",
        "{tier}客户同时有流失或投诉风险，文档没有这一类，按风险客户的节奏跟进",
        "a {tier} customer is also at risk; the documents leave that corner empty, so the risk touches apply",
        "由负责人确认是否启动挽留流程", "let the lead decide whether to start a rescue"),
    FindingCode(
        "neglected", "error", "S000-26", "重点客户无人联系", "neglected customer",
        "{tier}客户已{days}天没有联系（应{every}联系一次）",
        "a {tier} customer has not been contacted for {days} days (due {every_en})",
        "请负责人本周内安排联系", "let the lead see to a contact this week"),
    FindingCode(
        "contacts-unrecorded", "warning", "S000-39", "没有联系记录", "no record of contacts",
        "工作簿中没有跟进记录表，也没有“最近跟进时间”列，无法判断 {count} 个{tier}客户是否久未联系",
        "the workbook has neither a follow-up log nor a column 最近跟进时间, so nobody can tell whether {count} {tier} customers are neglected",
        "建立跟进记录表，或在客户表中增加“最近跟进时间”列", "keep a follow-up log, or add a column 最近跟进时间 to the customers table"),
    FindingCode(
        "review-word", "warning", "S000-24", "审核用语不认识", "unknown word of approval",
        "审核写的是“{word}”，不是同意或驳回，建议继续等待", "the approval says “{word}”, neither 同意 nor 驳回; the proposal waits on",
        "在审核列选择同意或驳回", "choose 同意 or 驳回 in the 审核 column"),
    FindingCode(
        "tier-cell-locked", "warning", "SPEC-6", "等级单元格不能写入", "tier cell cannot be written",
        "建议的等级“{tier}”已同意，但等级单元格是公式或合并单元格，没有写入",
        "“{tier}” was agreed to, but the tier cell holds a formula or is merged, so it was not written",
        "改成普通单元格，或自行填写等级", "make it a plain cell, or type the tier yourself"),
    FindingCode(
        "reviewer-not-lead", "warning", "S000-24", "审核人不是负责人", "reviewer is not the lead",
        "审核人不在 [roles] lead 之列，这一审核没有生效，建议继续等待", "审核人 is not one of [roles] lead, so the decision does not count and the proposal waits",
        "请负责人审核，或在 crmsheet.toml 的 [roles] lead 里加上此人", "let the lead decide, or add the person to [roles] lead in crmsheet.toml"),
    FindingCode(
        "row-shifted", "warning", "SPEC-4", "行与系统列错位", "rows and owned columns apart",
        "有 {count} 行的等级快照属于别的客户，可能是只对部分列排了序，或复制了行；这些行的审核没有读取",
        "{count} rows carry another customer's 等级快照: some columns were sorted apart, or rows were copied; their 审核 was not read",
        "排序时请选中整张表；本次运行已按各行客户重写系统列，请重新核对审核",
        "sort the whole table; the owned columns were written anew for each row, so look at 审核 again"),
    FindingCode(
        "ledger-name-taken", "warning", "SPEC-4", "记录表名称已被使用", "record sheet's name is taken",
        "工作表“{value}”不是系统的记录表，没有写入记录", "the sheet “{value}” is not ours, so nothing was recorded there",
        "给该工作表改名，下次运行会新建记录表", "rename that sheet, and the next run makes ours"),
    FindingCode(
        "former-copy", "warning", "SPEC-4", "文件像是旧副本", "file looks like an old copy",
        "文件缺少 {count} 条已有的变更记录，可能被旧副本覆盖过；记录已补回，已决定的建议不再提出",
        "{count} rows of the record were missing, as if an old copy had been saved over the file; they were put back, and what "
        "was decided is not asked again",
        "与同事核对；需要时用 crmsheet undo --list 查看备份", "ask your colleagues; crmsheet undo --list shows the backups"),
    # ---- log
    FindingCode(
        "dangling-followup", "warning", "S002-79", "跟进记录找不到客户", "follow-up without a customer",
        "跟进记录的客户“{value}”不在客户表中", "no customer in the customers table matches “{value}”",
        "核对客户编号或名称", "check the customer's id or name"),
    FindingCode(
        "ambiguous-customer", "warning", "S002-79", "跟进记录对应多个客户", "follow-up fits several customers",
        "名称“{value}”对应多个客户，这条记录没有计入任何一个",
        "the name “{value}” fits several customers; this entry counts for none of them",
        "在跟进记录里填写客户编号", "write the customer's id into the entry"),
    # ---- strategy and classes
    FindingCode(
        "kpi-unquantified", "info", "S004-56", "指标不可量化", "KPI cannot be measured",
        "指标“{value}”没有可比较的目标值和实际值，未参与评定",
        "the KPI “{value}” has no target and actual value to compare; it was left out of the rating",
        "写成 复购率≥80%/85% 这样的目标值/实际值", "write target and actual value, such as 复购率≥80%/85%"),
    FindingCode(
        "rating-mismatch", "warning", "S004-47", "效果评估与指标不符", "rating differs from the KPIs",
        "表中评为“{value}”，按指标应为“{ours}”", "the table says “{value}”; the KPIs earn “{ours}”",
        "核对指标的实际值，或说明评定理由", "check the actual values, or note why it was rated so"),
    FindingCode(
        "adjustment-blocked", "warning", "S004-38", "调整后策略无法写入", "adjustment cannot be written",
        "这一行已有“调整后策略”或“调整时间”（或没有“调整时间”列），同意的调整没有写入",
        "this row has an adjusted strategy or its date already (or there is no column 调整时间): the agreed adjustment was not written",
        "把原有内容移到“当前核心策略”并清空这两格，或补上“调整时间”列", "move the old text to 当前核心策略 and clear both cells, or add the column 调整时间"),
    FindingCode(
        "team-cell-locked", "warning", "SPEC-6", "单元格无法写入", "cell cannot be written",
        "单元格是公式或在合并区域内，没有写入", "the cell holds a formula or lies inside a merged range, and was not written",
        "删除公式或取消合并后再次运行", "remove the formula or unmerge it, and run again"),
    FindingCode(
        "count-mismatch", "info", "S002-92", "客户数量与实际不符", "customer count differs",
        "“{name}”写的是“{value}”，实际为 {ours}", "“{name}” says “{value}”; there are {ours}",
        "更新客户数量，或清空后由系统填写", "update the count, or clear it and let the run fill it in"),
)

CATALOGUE: dict[str, FindingCode] = {entry.code: entry for entry in _ENTRIES}
_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}


def severity(finding: Finding) -> Severity:
    """The severity that the catalogue gives to the finding's code."""
    return CATALOGUE[finding.code].severity


def message(finding: Finding, lang: Literal["zh", "en"]) -> str:
    """The finding in one sentence."""
    entry = CATALOGUE[finding.code]
    return _fill(entry.zh if lang == "zh" else entry.en, finding)


def hint(finding: Finding, lang: Literal["zh", "en"]) -> str:
    """What to do about it."""
    entry = CATALOGUE[finding.code]
    return _fill(entry.hint_zh if lang == "zh" else entry.hint_en, finding)


def title(code: str, lang: Literal["zh", "en"]) -> str:
    """The code's short name for people."""
    entry = CATALOGUE[code]
    return entry.title_zh if lang == "zh" else entry.title_en


def in_order(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Worst first, then by sheet, row and column: the order in which people read them."""

    def key(item: Finding) -> tuple[int, str, int, int]:
        where = item.where
        place = (where.sheet, where.row, where.column) if where else ("", 0, 0)
        return (_ORDER[severity(item)], *place)

    return tuple(sorted(found, key=key))


def _fill(template: str, finding: Finding) -> str:
    return template.format(**{"value": finding.value or "", **finding.params})
