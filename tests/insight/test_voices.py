"""Objections, reasons for loss, methods that get answers, and the periods (S003-41..46)."""

from __future__ import annotations

from pathlib import Path

from sheets import AS_OF
from teams import day, seen, team

from crmsheet.model import Ratio, Span


def test_objections_are_counted_with_cells_customers_and_the_week_before(tmp_path: Path) -> None:
    log = [[1, 9, "电话", "价格太贵"], [1, 6, "电话", "价格太贵，竞品便宜"], [1, 2, "电话", "还是价格问题"], [2, 1, "电话", "价格满意，但服务太慢"], [2, 0, "电话"]]
    found = seen(team(tmp_path, [{}, {}], log))
    assert [(one.word, one.now, one.before, one.customers, one.cells) for one in found.objections] == [
        ("价格", 2, 1, 1, ("跟进记录!D4", "跟进记录!D3")), ("竞品", 1, 0, 1, ("跟进记录!D3",)), ("服务", 1, 0, 1, ("跟进记录!D5",))]  # fmt: skip
    assert found.spoke == Ratio(3, 4)


def test_examples_are_short_and_hold_nothing_private(tmp_path: Path) -> None:
    long = "价格太贵，" + "请再考虑" * 20
    customers = [{"联系人": "张三丰"}, {"客户名称": "赵女士"}, {}]
    log = [[1, 1, "电话", "张三丰说价格高，手机13812345678"], [2, 1, "电话", "赵女士嫌竞品便宜"], [3, 1, "电话", f"预算不足。{long}"]]
    quotes = {one.word: one.quote for one in seen(team(tmp_path, customers, log)).objections}
    assert quotes["竞品"] == "赵*嫌竞品便宜"
    assert quotes["预算"] is not None and len(quotes["预算"]) == 40 and quotes["预算"].endswith("…")
    told = [one.quote for one in seen(team(tmp_path, customers, log[:1])).objections]
    assert told == ["张*说价格高，手机138****5678"]


def test_reasons_for_loss_come_from_the_last_feedback_else_from_the_reason_of_the_change(tmp_path: Path) -> None:
    lost = {"客户状态": "流失"}
    customers = [lost, {**lost, "状态变更依据": "预算取消"}, lost, {}, {**lost, "状态变更依据": "客户要求"}]
    log = [[1, 200, "电话", "价格太贵"], [1, 100, "电话", "竞品更便宜"], [1, 90, "电话"], [3, 100, "电话", "不合适"], [4, 1, "电话", "价格太贵"]]
    found = seen(team(tmp_path, customers, log))
    assert found.lost == 4
    assert [(one.word, one.now, one.cells, one.quote) for one in found.losses] == [
        ("竞品", 1, ("跟进记录!D3",), "竞品更便宜"), ("预算", 1, ("客户!G3",), "预算取消"), (None, 2, ("客户!F4", "客户!F6"), None)]  # fmt: skip


def test_methods_by_their_own_column(tmp_path: Path) -> None:
    log = [[1, 1, "电话", None, None, None, "是"], [1, 2, "致电", "好", None, None, "否"], [1, 3, "电话+微信", None, None, None, "是"],
           [1, 4, "邮件", "看过了", None, None, None], [1, 8, "电话", None, None, None, "否"]]  # fmt: skip
    found = seen(team(tmp_path, [{}], log))
    assert found.rule == "responded"
    assert [(one.method, one.now, one.before) for one in found.methods] == [
        ("电话", Ratio(2, 3), Ratio(0, 1)), ("线上", Ratio(1, 1), Ratio(0, 0))]  # fmt: skip
    assert found.methods[0].cells == ("跟进记录!G2", "跟进记录!G4")


def test_answers_in_near_forms_count_and_other_words_say_nothing(tmp_path: Path) -> None:
    words = ["已回复", "有", "无", "未响应", "待定"]
    found = seen(team(tmp_path, [{}], [[1, 1 + i, "电话", None, None, None, word] for i, word in enumerate(words)]))
    assert [(one.method, one.now) for one in found.methods] == [("电话", Ratio(2, 4))]


def test_without_that_column_feedback_is_an_answer_unless_nobody_picked_up(tmp_path: Path) -> None:
    log = [[1, 1, "电话", "需要报价"], [1, 2, "电话", "无人接听"], [1, 3, "电话", None, "再联系"], [1, 4, None, "客户未回复"], [1, 5, "飞鸽传书", "好"]]
    found = seen(team(tmp_path, [{}], log))
    assert found.rule == "feedback"
    assert [(one.method, one.now) for one in found.methods] == [("电话", Ratio(1, 3)), ("其他", Ratio(1, 1)), ("未填写", Ratio(0, 1))]


def test_a_log_without_either_tells_nothing_of_answers(tmp_path: Path) -> None:
    found = seen(team(tmp_path, [{}], [[1, 1, "电话"]]))
    assert (found.rule, found.methods, found.origins["reply_rate"].why) == (None, (), "no_answers")


def test_week_month_and_quarter_against_the_one_before(tmp_path: Path) -> None:
    log = [[1, 0, "电话", "价格太贵"], [1, 6, "电话"], [2, 7, "电话"], [2, 40, "电话", None, None, "意向"], [2, 28, "电话", None, None, "流失"], [1, 100, "电话"]]
    month, week, quarter = seen(team(tmp_path, [{}, {}], log), "month").compared
    told = {name: (now, before) for name, now, before in week.figures}
    assert (week.period, week.now, week.before) == ("week", Span(day(6), AS_OF), Span(day(13), day(7)))
    assert (told["contacts"], told["contacted"], told["doubts"], told["lost"]) == ((2, 1), (1, 1), (1, 0), (0, 0))
    of_month = {name: (now, before) for name, now, before in month.figures}
    assert (of_month["contacts"], of_month["lost"], of_month["deals"], of_month["promoted"]) == ((4, 1), (1, 0), (0, 0), (None, None))
    assert {name: (now, before) for name, now, before in quarter.figures}["contacts"] == (5, 1)
    assert (month.begins, quarter.begins) == (None, day(100))  # the quarter before began 2023-09-21


def test_contacts_by_week_begin_with_the_log(tmp_path: Path) -> None:
    found = seen(team(tmp_path, [{}], [[1, 0, "电话"], [1, 6, "电话"], [1, 7, "电话"], [1, 15, "电话"]]))
    assert found.weekly == ((day(14), 1), (day(7), 1), (AS_OF, 2))
