"""Old .xls files and .csv: read at the addresses that they have, never written."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
from pathlib import Path

import pytest
from sheets import AS_OF, write_workbook

from crmsheet.assess import Options
from crmsheet.errors import InputError
from crmsheet.run import check, process
from crmsheet.workbook import EditError, open_workbook

ROWS = [
    ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "首次接触时间", "备注"],
    ["C0000001", "甲公司", "王*", 120, "S级", dt.date(2023, 3, 1), "重要，先联系"],
    ["C0000002", "乙“公司”", "李*", 60.5, "A级", dt.date(2024, 1, 2), None],
    [None, None, None, None, None, None, None],
    ["C0000003", "丙公司", "李*", None, "B级", None, "=1+1"],
]
LOG = [
    ["客户编号", "跟进时间", "跟进方式", "沟通主题", "客户反馈"],
    ["C0000001", dt.date(2024, 3, 11), "电话", "报价", "价格偏高"],
    ["C0000007", dt.date(2024, 3, 12), "电话", "回访", "考虑中"],
]


def as_xls(path: Path) -> Path:
    """The same workbook as LibreOffice saves it in the old format."""
    profile = (path.parent / "office").as_uri()
    command = ["soffice", "--headless", f"-env:UserInstallation={profile}", "--convert-to", "xls:MS Excel 97", "--outdir", str(path.parent), str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path.with_suffix(".xls")


def csv_text(rows: list[list[object]]) -> str:
    return "".join(",".join("" if v is None else f'"{v}"' if isinstance(v, str) and "，" in v else str(v) for v in row) + "\r\n" for row in rows)


@pytest.mark.parametrize("suffix", [".xls", ".xlsx", ".et"])
def test_an_old_file_says_what_the_new_one_says_whatever_it_is_called(tmp_path: Path, suffix: str) -> None:
    new = write_workbook(tmp_path / "team.xlsx", {"客户信息基础表": ROWS, "跟进记录": LOG})
    expected = check(new, Options(as_of=AS_OF)).outcome
    old = as_xls(new).rename(tmp_path / f"old{suffix}")
    found = check(old, Options(as_of=AS_OF)).outcome
    for column in ("id", "name", "sheet", "row", "tier", "tier_in_sheet", "last_followup", "status"):
        assert found.customers[column].tolist() == expected.customers[column].tolist(), column
    assert [(f.code, str(f.where)) for f in found.findings] == [(f.code, str(f.where)) for f in expected.findings]
    with pytest.raises(InputError, match=r"旧版 \.xls（BIFF）格式，不能写回（check 可以读）"):
        process(old, Options(as_of=AS_OF))


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_csv_is_a_sheet_with_the_file_s_name(tmp_path: Path, codec: str, mark: str) -> None:
    file = tmp_path / "客户信息基础表.csv"
    text = csv_text(ROWS)
    file.write_bytes((text if mark == "," else text.replace(",", mark)).encode(codec))
    before = file.read_bytes()
    found = check(file, Options(as_of=AS_OF)).outcome
    assert found.customers["id"].tolist() == ["C0000001", "C0000002", "C0000003"]
    assert found.customers["row"].tolist() == [2, 3, 5]
    assert found.customers["tier_in_sheet"].tolist() == ["S级", "A级", "B级"]
    assert found.customers["sheet"].unique().tolist() == ["客户信息基础表"]
    assert found.regions[0].units == {"amount": "万元"}
    assert not [f for f in found.findings if f.code in ("number-as-text", "money-unparseable")]
    with pytest.raises(InputError):
        process(file, Options(as_of=AS_OF))
    assert file.read_bytes() == before


def test_a_log_may_be_a_csv(tmp_path: Path) -> None:
    team = write_workbook(tmp_path / "team.xlsx", {"客户信息基础表": ROWS})
    log = tmp_path / "log.csv"
    log.write_text(csv_text(LOG), encoding="gb18030")
    found = check(team, Options(as_of=AS_OF, logs=(log,))).outcome
    assert str(found.customers["last_followup"].iat[0])[:10] == "2024-03-11"
    assert ("dangling-followup", "[log.csv]log!A3") in [(f.code, str(f.where)) for f in found.findings]


def test_texts_that_are_no_numbers_stay_texts(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("编号,手机\n007,13800138000\n1e5,1234567890123456789\n+3,１２\n", encoding="utf-8")
    with open_workbook(file, foreign=True) as book:
        values = [[c.value for c in cells.values()] for cells in book.sheet("a").rows(2, 9).values()]
    assert values == [["007", 13800138000], ["1e5", "1234567890123456789"], ["+3", "１２"]]


def test_what_is_translated_is_never_written(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("编号,名称\n1,甲\n", encoding="utf-8")
    with open_workbook(file, foreign=True) as book, pytest.raises(EditError, match="只能读取"):
        book.sheet("a").set("C1", "x")


def test_broken_and_strange_files_are_refused_in_one_line(tmp_path: Path) -> None:
    whole = as_xls(write_workbook(tmp_path / "team.xlsx", {"客户信息基础表": ROWS})).read_bytes()
    chance, file = random.Random(7), tmp_path / "broken.xls"
    read = 0
    for _ in range(25):
        data = bytearray(whole[: chance.randrange(600, len(whole))] if chance.random() < 0.4 else whole)
        for _ in range(chance.randrange(1, 40)):
            data[chance.randrange(8, len(data))] = chance.randrange(256)
        file.write_bytes(data)
        try:
            check(file, Options(as_of=AS_OF))
            read += 1
        except InputError as error:
            assert "\n" not in error.zh and "\n" not in error.en
    assert read < 25
    for odd in (b"\x00\x01\x02" * 100, b"just a line of words", b"{}", b"%PDF-1.4\n1 0 obj", b"\xff\xfe\x00"):
        file.write_bytes(odd)
        with pytest.raises(InputError):
            check(file, Options(as_of=AS_OF))
