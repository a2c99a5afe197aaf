"""A team's workbook of any size, lifelike in its columns, blanks and repetitions: ``python benchmarks/make_team.py 20000 FILE``."""

from __future__ import annotations

import datetime as dt
import random
import sys
from pathlib import Path

import xlsxwriter

CUSTOMERS = ("客户编号", "客户名称", "所属行业", "企业规模", "联系人", "联系电话", "历史合作金额(万元)", "采购计划", "决策链", "预计签约日期",
             "优先级", "负责人", "首次接触时间", "备注")  # fmt: skip
LOG = ("客户编号", "客户名称", "跟进时间", "跟进方式", "跟进人", "沟通主题", "沟通内容摘要", "客户反馈", "下一步计划", "预计完成时间")
PLACES, WORDS = "北京 上海 杭州 苏州 宁波 南京 合肥 武汉 成都 佛山".split(), "华 云 恒 瑞 启 联 盛 鼎 创 博 泰 金".split()
TRADES = "新能源 医疗 教育 制造 物流 软件 食品 建材".split()
PEOPLE = [f"{family}{given}" for family in "王李张刘陈赵" for given in ("伟", "芳", "敏", "静", "洋")]
AS_OF = dt.date(2025, 9, 1)
CONTACTS = 3  # entries a customer, as far as a sheet has rows
LOG_ROWS = 1_048_575


def write_team(path: Path, count: int, seed: int = 7) -> None:
    """``count`` customers and three log entries each; the same numbers give the same cells."""
    chance = random.Random(seed)
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_numbers": False})
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    names = [f"{chance.choice(PLACES)}{''.join(chance.sample(WORDS, 3))}{chance.choice(TRADES)}有限公司" for _ in range(count)]
    _sheet(book, "客户信息基础表", CUSTOMERS, (_customer(n, names[n], chance) for n in range(count)), date)
    entries = sorted((_day(chance, 500), n) for n in range(count) for _ in range(CONTACTS))[:LOG_ROWS]
    _sheet(book, "客户跟进记录表", LOG, (_entry(n, names[n], day, chance) for day, n in entries), date)
    book.close()


def _day(chance: random.Random, most: int) -> dt.date:
    return AS_OF - dt.timedelta(days=int(most * chance.random() ** 2))


def _customer(n: int, name: str, chance: random.Random) -> tuple[object, ...]:
    amount = round(chance.lognormvariate(3.6, 0.9), 2) if chance.random() < 0.95 else None
    return (
        f"C{n:07d}", name, chance.choice(TRADES), chance.choice(("30人", "200人", "800人", None)), f"{chance.choice('王李张刘')}先生",
        f"1{chance.randrange(3, 9)}{chance.randrange(10**9):09d}", amount, chance.choice(("明确", "待明确", "模糊", None)),
        chance.choice(("清晰", "不清晰", None)), AS_OF + dt.timedelta(days=chance.randrange(-20, 200)) if chance.random() < 0.6 else None,
        chance.choice(("S级", "A级", "B级", "B级", None)), chance.choice(PEOPLE), AS_OF - dt.timedelta(days=chance.randrange(30, 1500)),
        chance.choice((None, None, f"老客户介绍，编号{n}")),
    )  # fmt: skip


def _entry(n: int, name: str, day: dt.date, chance: random.Random) -> tuple[object, ...]:
    promised = chance.random() < 0.5
    return (
        f"C{n:07d}", name, day, chance.choice(("电话", "拜访", "邮件", "微信")), chance.choice(PEOPLE), chance.choice(("报价", "回访", "方案", "交付")),
        chance.choice(("介绍新品", "讨论二期方案", "确认交期", f"第{n % 97}次沟通细节")), chance.choice(("考虑中", "价格偏高", "满意", None)),
        "发送报价单" if promised else None, day + dt.timedelta(days=7) if promised else None,
    )  # fmt: skip


def _sheet(book: xlsxwriter.Workbook, name: str, headers: tuple[str, ...], rows: object, date: object) -> None:
    page = book.add_worksheet(name)
    page.write_row(0, 0, headers)
    for at, row in enumerate(rows, 1):  # type: ignore[var-annotated, arg-type]
        for column, value in enumerate(row):
            if isinstance(value, dt.date):
                page.write_datetime(at, column, dt.datetime(value.year, value.month, value.day), date)
            elif value is not None:
                page.write(at, column, value)


if __name__ == "__main__":
    write_team(Path(sys.argv[2]), int(sys.argv[1]))
