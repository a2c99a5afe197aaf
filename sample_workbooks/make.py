"""Makes the sample workbooks: ``python sample_workbooks/make.py [FOLDER]``.

``documents.xlsx`` holds the tables of the five documents as they are printed there.  ``team.xlsx`` is a lifelike
team around 2026-09-30: 120 customers, 900 log rows, six owners, dirty cells, an Excel table, a chart, conditional
formats.  Everything is drawn from one seed: the same script gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xlsxwriter

from crmsheet.plan.calendar import WorkCalendar

HERE = Path(__file__).resolve().parent
AS_OF = dt.date(2026, 9, 30)
MADE = dt.datetime(2026, 9, 30, 9, 0)  # the files' own creation date, so that two runs give the same bytes

# ---------------------------------------------------------------- the documents' own tables (S000, S002, S003, S004)

PRIORITY = [
    ["客户编号", "客户名称", "所属行业", "企业规模", "联系人", "历史合作金额(万元)", "优先级", "跟进周期(次/月)", "主要跟进方式",
     "负责人", "首次跟进时间", "最近跟进时间", "跟进记录摘要", "下一步行动", "备注"],
    ["C2024001", "*科技有限公司", "互联网", "500-1000人", "*总监", 120, "S级", 2, "电话+拜访", "*经理"],
]  # fmt: skip
CUSTOMERS = [
    ["客户编号", "客户名称(企业/个人)", "所属行业", "企业规模(可选)", "联系人", "职务", "联系电话", "邮箱", "需求描述", "信息来源",
     "首次接触时间", "负责人", "备注"],
    ["C20240301", "科技有限公司", "IT服务", "100-500人", "张*", "采购经理", "138", "zhangxx", "需要云存储解决方案", "行业展会",
     dt.date(2024, 3, 1), "李*", "对A品牌感兴趣"],
    ["C20240302", "王女士", "零售", "-", "王*", "个人店主", "1395678", "-", "店铺收银系统升级", "朋友推荐",
     dt.date(2024, 3, 5), "赵*", "预算5万内"],
]  # fmt: skip
LOG = [
    ["跟进记录ID", "客户编号", "跟进时间", "跟进方式", "跟进人", "跟进主题", "沟通内容摘要", "客户反馈/异议", "下一步计划", "预计完成时间"],
    ["G20240301001", "C20240301", dt.date(2024, 3, 2), "电话", "李*", "初步需求沟通",
     "介绍云存储产品功能(安全存储、多终端同步),询问客户当前存储痛点(如数据泄露风险)", "“关注数据安全,需要详细报价”",
     "发送产品手册与报价单", dt.date(2024, 3, 5)],
    ["G20240302001", "C20240302", dt.date(2024, 3, 6), "面访", "赵*", "系统演示", "现场演示收银系统操作流程,重点讲解库存管理模块",
     "“操作简便,但希望支持支付”", "协调技术部确认支付对接周期", dt.date(2024, 3, 10)],
]  # fmt: skip
CLASSES = [
    ["分类名称", "分类标准", "跟进策略", "负责人", "客户数量(示例)"],
    ["A类客户", "年合作≥50万,战略合作伙伴", "每周1次高层对接,专属客服支持,定制化服务方案", "销售总监", "5家"],
    ["B类客户", "年合作10-50万,稳定合作意向", "每两周跟进,定期推送行业报告,季度满意度调研", "销售经理", "15家"],
    ["C类客户", "年合作<10万,潜在需求客户", "月度关怀,发送产品促销信息,半年内需求唤醒", "销售代表", "30家"],
    ["流失客户", "3个月无合作,明确表示暂停合作", "3个月后二次回访,询问流失原因,争取挽回", "客服专员", "8家"],
]
FORM = [
    ["客户公司名称", "所属行业", "企业规模", "注册区域", "客户来源", "客户等级(A/B/C)"],
    ["科技有限公司", "互联网", "100-500人", "上海市", "行业展会", "B级"],
]
STRATEGY = [
    ["客户名称", "客户类型", "负责人", "当前核心策略", "策略执行周期", "关键监测指标(目标值/实际值)", "效果评估(优/良/中/差)", "调整原因",
     "调整后策略", "调整时间", "备注"],
    ["A科技有限公司", "高价值稳定型", "*经理", "季度高层互访+定制化产品升级方案", "每季度1次", "复购率≥80%/85%;满意度≥90%/88%", "",
     "客户提出竞品价格更低,需强化差异化价值沟通", "增加产品成本透明度分析报告,同步行业独家技术优势", dt.date(2024, 3, 10), "已与客户技术总监初步沟通"],
    ["B贸易公司", "高价值潜力型", "*专员", "行业案例分享+免费试用30天", "每两周1次", "新增订单数≥2单/1单;转化周期≤30天/45天", "",
     "客户反馈试用流程复杂,体验不佳", "简化试用申请流程,提供专属客服对接,同步成功案例", dt.date(2024, 3, 15), "技术部已优化试用系统"],
    ["C个体工商户", "低价值风险型", "*助理", "价格优惠+定期库存提醒", "每月1次", "流失率≤5%/10%;复购率≥50%/40%", "",
     "客户因竞品送货时效更快流失", "协调物流部门缩短配送时间,提供“满减”促销活动", dt.date(2024, 3, 8), "物流承诺3日内送达"],
    ["D集团客户", "低价值稳定型", "*主管", "标准化售后流程+季度关怀问候", "每季度1次", "投诉率≤3%/5%;客单价稳定", "",
     "客户提出增加线上订单管理功能需求", "升级CRM系统,开通客户自助下单与订单查询权限", dt.date(2024, 3, 20), "系统部预计4月上线"],
]  # fmt: skip


class Writer:
    """A workbook with the formats that the samples share."""

    def __init__(self, path: Path) -> None:
        self.book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
        self.book.set_properties({"created": MADE, "author": "crmsheet"})
        make: Callable[[dict[str, Any]], Any] = self.book.add_format
        self.head = make({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True, "valign": "vcenter"})
        self.date = make({"num_format": "yyyy-mm-dd"})
        self.title = make({"bold": True, "font_size": 14, "align": "center"})
        self.money = make({"num_format": "#,##0.00"})
        self.band = make({"bold": True, "bg_color": "#FFF2CC", "align": "center", "border": 1})

    def rows(self, sheet: Any, top: int, table: list[list[Any]]) -> None:
        """Header and rows from a 0-based row on."""
        for i, line in enumerate(table):
            for column, value in enumerate(line):
                self.cell(sheet, top + i, column, value, self.head if i == 0 else None)

    def cell(self, sheet: Any, row: int, column: int, value: Any, form: Any = None) -> None:
        """One value in its own type; None and "" stay blank."""
        if isinstance(value, dt.date):
            sheet.write_datetime(row, column, dt.datetime(value.year, value.month, value.day), self.date)
        elif isinstance(value, str) and value:
            sheet.write_string(row, column, value, form)
        elif value not in (None, ""):
            sheet.write_number(row, column, value, form)


def make_documents(path: Path) -> None:
    """The documents' tables, one sheet each, the form of S003 under its band."""
    w = Writer(path)
    for name, table in (("客户优先级管理表", PRIORITY), ("客户跟进记录表", LOG), ("客户分类管理表", CLASSES),
                        ("客户关系维护策略动态调整表", STRATEGY)):  # fmt: skip
        sheet = w.book.add_worksheet(name)
        w.rows(sheet, 0, table)
        sheet.set_column(0, len(table[0]) - 1, 16)
        if name == "客户优先级管理表":
            base = w.book.add_worksheet("客户信息基础表")
            w.rows(base, 0, CUSTOMERS)
            base.set_column(0, len(CUSTOMERS[0]) - 1, 14)
            form = w.book.add_worksheet("客户跟进记录表模板")
            form.merge_range(0, 0, 0, len(FORM[0]) - 1, "客户跟进记录表", w.title)
            form.merge_range(1, 0, 1, len(FORM[0]) - 1, "客户基础信息", w.band)
            w.rows(form, 2, FORM)
    w.book.close()


# ---------------------------------------------------------------- a lifelike team

CALENDAR = WorkCalendar()
OWNERS = ["王建国", "李晓梅", "张伟", "陈静", "刘洋", "赵敏"]
CITIES = ["上海", "杭州", "苏州", "南京", "宁波", "无锡"]
SYLLABLES = ["恒", "瑞", "华", "盛", "联", "创", "信", "博", "远", "宏", "天", "海", "金", "德", "启", "星"]
TRADES = ["科技", "医疗", "机械", "电子", "物流", "食品", "新能源", "教育"]
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = ["志强", "丽华", "建军", "晓燕", "国栋", "美玲", "文涛", "雅琴", "海波", "思远"]
INDUSTRIES = {"科技": "软件与信息服务", "医疗": "医疗器械", "机械": "制造业", "电子": "制造业", "物流": "物流运输",
              "食品": "食品饮料", "新能源": "新能源", "教育": "教育培训"}  # fmt: skip
SIZES = ["500人以上", "100-499人", "50-99人", "<50人", "500-1000人", "20人"]
POSTS = ["采购经理", "总经理", "技术总监", "运营主管", "财务总监", "信息部主任"]
NEEDS = ["产线升级，提升产能", "替换现有系统，降低维护费用", "新建仓库，需整体方案", "年度框架采购", "门店扩张，需批量供货", "合规改造，年底前完成"]
SOURCES = ["行业展会", "转介绍", "线上推广", "陌生拜访", "老客户"]
METHODS = ["电话", "电话", "拜访", "邮件", "微信", "面谈"]
TALKS = [
    ("需求沟通", "了解产线现状与预算安排", "预算下季度审批，可先提交方案", "提交产线升级方案"),
    ("方案讲解", "介绍智能排产系统，展示3个行业案例", "认可功能，但需先做小范围测试", "安排试点环境"),
    ("报价沟通", "已发送报价单，等待采购部确认", "价格偏高，竞品更低", "准备差异化说明"),
    ("关键沟通", "与分管副总沟通合作规划", "认可长期合作方向", "整理年度合作框架"),
    ("售后回访", "回访使用情况，收集改进建议", "希望增加培训", "安排操作培训"),
    ("需求沟通", "电话未接，稍后再拨", None, "次日再次致电"),
    ("合同条款", "合同条款修改中，法务已介入", "对交期有疑虑", "确认交付周期"),
    ("信息更新", "核对联系人与开票信息", "联系人近期更换", "补充新联系人资料"),
]
HEADERS = ["客户编号", "客户名称", "所属行业", "企业规模", "注册区域", "联系人", "职务", "联系电话", "邮箱", "需求描述", "信息来源",
           "首次接触时间", "负责人", "历史合作金额(万元)", "优先级", "采购计划", "决策链", "预计签约日期", "客户状态", "下次联系时间",
           "备注"]  # fmt: skip


def make_team(path: Path) -> None:
    """120 customers, 900 log rows, six owners; dirty where real files are dirty."""
    rng = random.Random(20260930)
    w = Writer(path)
    overview = w.book.add_worksheet("使用说明")
    overview.write_string(0, 0, "客户信息基础表由各负责人维护；每周一由销售助理运行 crmsheet。")
    customers = [_customer(rng, i) for i in range(120)]
    _soil_customers(customers)
    _customers_sheet(w, customers)
    _log_sheet(w, rng, customers)
    classes = w.book.add_worksheet("客户分类管理表")
    w.rows(classes, 0, [
        ["分类名称", "分类标准", "跟进策略", "负责人", "客户数量"],
        ["S级客户", "历史合作100万以上，计划明确", "每周1-2次，每月至少1次面谈", "资深销售", ""],
        ["A级客户", "历史合作50-100万", "每两周1次，每季度拜访", "销售专员", ""],
        ["B级客户", "历史合作50万以下", "每月1次，邮件为主", "销售助理", ""],
        ["流失客户", "3个月无合作，明确表示暂停合作", "3个月后二次回访", "客服专员", 2],
    ])  # fmt: skip
    classes.set_column(0, 4, 24)
    strategies = w.book.add_worksheet("策略调整表")
    table = [STRATEGY[0], *([c[1], *line[1:2], c[12], *line[3:]] for c, line in zip(customers[:4], STRATEGY[1:], strict=True))]
    table[2][6] = "良"  # a person's rating that the KPIs do not earn
    w.rows(strategies, 0, table)
    strategies.set_column(0, 10, 20)
    _chart_sheet(w)
    w.book.close()


def _customer(rng: random.Random, i: int) -> list[Any]:
    trade = TRADES[i % len(TRADES)]
    name = f"{CITIES[i % 6]}{rng.choice(SYLLABLES)}{rng.choice(SYLLABLES)}{trade}有限公司"
    amount = round(rng.lognormvariate(4.0, 0.9), 1)
    plan = rng.choice(["明确", "明确", "待明确", "模糊", ""])
    chain = rng.choice(["清晰", "清晰", "不清晰", ""])
    sign = AS_OF + dt.timedelta(days=rng.randint(-20, 150)) if rng.random() < 0.7 else None
    tier = "S级" if amount >= 100 and plan == "明确" else "A级" if amount >= 50 else "B级"
    tier = "" if rng.random() < 0.15 else rng.choice(["S级", "A级", "B级"]) if rng.random() < 0.12 else tier
    stage = rng.choices(["潜在客户", "意向客户", "成交客户", "流失客户"], [3, 5, 4, 0.4])[0]
    phone = f"1{rng.choice('3578')}{rng.randint(0, 999999999):09d}"
    contact = rng.choice(SURNAMES) + rng.choice(GIVEN)
    return [
        f"C2026{i + 1:03d}", name, INDUSTRIES[trade], rng.choice(SIZES), CITIES[i % 6], contact, rng.choice(POSTS), phone,
        f"contact{i + 1}@example.com", rng.choice(NEEDS), rng.choice(SOURCES), AS_OF - dt.timedelta(days=rng.randint(40, 700)),
        OWNERS[rng.choices(range(6), [5, 4, 4, 3, 3, 2])[0]], amount, tier, plan, chain, sign, stage,
        AS_OF + dt.timedelta(days=rng.randint(-10, 20)) if rng.random() < 0.15 else None, "",
    ]  # fmt: skip


def _soil_customers(customers: list[list[Any]]) -> None:
    """What people type: units in cells, text dates, doubled ids, unknown words, formulas as names."""
    customers[3][13], customers[7][13], customers[11][13] = "约120万", "50-100万", "面议"
    customers[15][13], customers[19][11], customers[23][11] = "86.5", "2026年3月5日", "24-3-5"
    customers[27][17], customers[31][17], customers[35][17] = "2026年Q4", "11月15日前", "年底"
    customers[39][15], customers[43][16] = "看情况", "老板定"
    customers[47][14], customers[51][14] = "VIP", "Ａ"
    customers[55][0] = customers[54][0]
    customers[59][1] = "=SUM(上海)贸易有限公司"
    customers[63][1] = "<b>博创</b>电子有限公司"
    customers[67][1], customers[67][3] = "周女士", "个人"
    customers[71][3] = "若干"
    customers[75][13] = 250000


def _customers_sheet(w: Writer, customers: list[list[Any]]) -> None:
    sheet = w.book.add_worksheet("客户信息基础表")
    last = len(HEADERS) - 1
    sheet.merge_range(0, 0, 0, last, "华东销售部客户信息基础表", w.title)
    for i, line in enumerate(customers):
        for column, value in enumerate(line):
            w.cell(sheet, i + 2, column, value, w.money if column == 13 else None)
    columns = [{"header": header, "header_format": w.head} for header in HEADERS]
    sheet.add_table(1, 0, len(customers) + 1, last, {"name": "客户表", "columns": columns, "style": "Table Style Light 9"})
    sheet.freeze_panes(2, 2)
    sheet.set_column(0, last, 13)
    sheet.set_column(1, 1, 26)
    red, bar = w.book.add_format({"bg_color": "#FFC7CE"}), {"type": "data_bar", "bar_color": "#9BC2E6"}
    sheet.conditional_format(2, 14, len(customers) + 1, 14, {"type": "cell", "criteria": "==", "value": '"S级"', "format": red})
    sheet.conditional_format(2, 13, len(customers) + 1, 13, bar)
    sheet.data_validation(2, 15, len(customers) + 1, 15, {"validate": "list", "source": ["明确", "待明确", "模糊"]})
    sheet.write_string(len(customers) + 3, 0, "备注：金额单位为万元，含税。")


def _log_sheet(w: Writer, rng: random.Random, customers: list[list[Any]]) -> None:
    sheet = w.book.add_worksheet("客户跟进记录表")
    w.rows(sheet, 0, [LOG[0]])
    sheet.set_column(0, 9, 15)
    weights = [3 if c[14] in ("S级", "A级") else 1 for c in customers]
    days = sorted(_worked(AS_OF - dt.timedelta(days=int(abs(rng.gauss(0, 110))))) for _ in range(900))
    quiet = {customers[i][0] for i in (0, 8, 16, 24)}  # nobody has talked to these for a while
    for i, day in enumerate(days):
        who = rng.choices(customers, weights)[0]
        while who[0] in quiet and day > AS_OF - dt.timedelta(days=60):
            who = rng.choices(customers, weights)[0]
        topic, summary, feedback, step = rng.choice(TALKS)
        due = day + dt.timedelta(days=rng.randint(2, 30)) if rng.random() < 0.97 else None
        summary = f"{who[1][2:4]}{day.month}月：{summary}"
        line: list[Any] = [f"G{day:%Y%m%d}{i % 1000:03d}", who[0], day, rng.choice(METHODS), who[12], topic, summary, feedback,
                           step if due else None, due]  # fmt: skip
        _soil_log(line, i, day, who)
        for column, value in enumerate(line):
            w.cell(sheet, i + 1, column, value)
    sheet.autofilter(0, 0, len(days), 9)


def _worked(day: dt.date) -> dt.date:
    """The day itself, or the last working day before it."""
    while not CALENDAR.working(day):
        day -= dt.timedelta(days=1)
    return day


def _soil_log(line: list[Any], i: int, day: dt.date, who: list[Any]) -> None:
    """Entries of unknown customers, text dates, a phone number in free text, a visit on a holiday, copied words."""
    if i == 100:
        line[1] = "C2025999"
    elif i in (200, 500):
        line[2] = f"{day.year}/{day.month}/{day.day}"
    elif i == 300:
        line[2] = "03/04/2026"
    elif i in (400, 880):
        line[8] = f"致电{who[5]} {who[7]}确认试点时间"
        line[9] = day + dt.timedelta(days=60)
    elif i == 600:
        line[9] = "下周三"
    elif i == 870:
        line[2], line[3] = dt.date(2026, 9, 25), "拜访"  # Mid-Autumn
    elif i in (872, 876, 884, 888, 892):
        line[4], line[6] = OWNERS[4], "例行联系客户，暂无新情况"
    elif i == 890:
        line[9] = dt.date(2025, 10, 12)


def _chart_sheet(w: Writer) -> None:
    sheet = w.book.add_worksheet("统计")
    sheet.write_row(0, 0, ["等级", "客户数"])
    for i, tier in enumerate(["S级", "A级", "B级"]):
        sheet.write_string(i + 1, 0, tier)
        sheet.write_formula(i + 1, 1, f"=COUNTIF(客户表[优先级],A{i + 2})")
    chart = w.book.add_chart({"type": "column"})
    chart.add_series({"categories": "=统计!$A$2:$A$4", "values": "=统计!$B$2:$B$4", "name": "客户数"})
    sheet.insert_chart("D2", chart)


def main() -> None:
    """Write both samples."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    make_documents(folder / "documents.xlsx")
    make_team(folder / "team.xlsx")


if __name__ == "__main__":
    main()
