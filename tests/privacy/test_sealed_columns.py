"""``protect`` and ``reveal`` as a user meets them: what stands in the cells, what is refused, what is left in clear."""

from __future__ import annotations

import base64
import datetime as dt
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.comments import Comment
from sheets import Rows, judged, of_code, write_workbook

from crmsheet.cli import cli
from crmsheet.privacy.seal import Key, NotOpened, bound_to

AS_OF = ("--as-of", "2024-03-20")
CUSTOMERS: Rows = [
    ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "联系人", "联系电话", "身份证号", "生日", "额度"],
    ["C0000001", "甲公司", "王*", 120, "A级", "陈小芳", 13812345678, "11010519491231002X", dt.date(1990, 3, 1), 0.1],
    ["C0000002", "乙公司", "李*", 60, "B级", "刘大志", "13912345678", None, None, -7],
    ["C0000003", "丙公司", "李*", 30, "B级", "赵六六", "13712345678", None, None, None],
]
PLAIN = ("陈小芳", "刘大志", "赵六六", "13812345678", "13912345678", "11010519491231002X")
COLUMNS = "联系人,联系电话,身份证号,生日,额度"


class Team:
    """A workbook, two keys, and the command line."""

    def __init__(self, folder: Path) -> None:
        self.path = write_workbook(folder / "team.xlsx", {"客户": CUSTOMERS})
        self.keys = [self.key(folder / name) for name in ("key", "other")]

    def key(self, path: Path, content: bytes | None = None) -> Path:
        path.write_bytes(base64.b64encode(os.urandom(32)) + b"\n" if content is None else content)
        path.chmod(0o600)
        return path

    def __call__(self, *arguments: str | Path, env: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of one command in Chinese."""
        clean: dict[str, str | None] = {"CRMSHEET_KEY": None, "LANG": None, "LC_ALL": None, **(env or {})}
        done = CliRunner().invoke(cli, [*map(str, arguments)], standalone_mode=False, env=clean)
        if done.exception is not None:
            raise done.exception
        return int(done.return_value or 0), done.stdout, done.stderr

    def protect(self, columns: str = COLUMNS, *more: str | Path, key: int = 0) -> tuple[int, str, str]:
        return self("protect", self.path, "--columns", columns, "--key-file", self.keys[key], *AS_OF, *more)

    def reveal(self, columns: str = COLUMNS, *more: str | Path, key: int = 0) -> tuple[int, str, str]:
        return self("reveal", self.path, "--columns", columns, "--key-file", self.keys[key], *AS_OF, *more)

    def rows(self) -> list[list[Any]]:
        return [list(row[:10]) for row in openpyxl.load_workbook(self.path)["客户"].iter_rows(values_only=True)]

    def edit(self, change: Callable[[Any], None]) -> None:
        """A person edits the sheet."""
        book = openpyxl.load_workbook(self.path)
        change(book["客户"])
        book.save(self.path)

    def leaks(self) -> list[str]:
        """Where a value of the sealed columns stands: any member of the workbook and of all that lies in .crmsheet."""
        files = [self.path, *(p for p in (self.path.parent / ".crmsheet").rglob("*") if p.is_file())]
        texts = [(f"{f.name}:{name}", content) for f in files for name, content in inflated(f)]
        return [where for where, content in texts if any(value.encode() in content for value in PLAIN)]


def inflated(path: Path) -> list[tuple[str, bytes]]:
    if not zipfile.is_zipfile(path):
        return [("", path.read_bytes())]
    with zipfile.ZipFile(path) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


def test_a_protected_column_holds_sealed_texts_and_reveal_brings_back_values_with_their_types(team: Team) -> None:
    before = team.rows()
    assert team.protect()[0] == 0
    sealed = team.rows()
    assert [row[:5] for row in sealed] == [row[:5] for row in before]
    held = [(r, c) for r in range(1, 4) for c in range(5, 10) if before[r][c] is not None]
    assert len(held) == 10
    assert all(sealed[r][c].startswith("crmsheet:1:") for r, c in held)
    assert sum(value is not None for row in sealed[1:] for value in row[5:]) == 10
    assert team.reveal()[0] == 0
    assert team.rows() == before
    assert isinstance(team.rows()[1][8], dt.datetime) and isinstance(team.rows()[1][9], float)


def test_nothing_of_the_values_is_left_in_the_file_or_in_its_backups(team: Team) -> None:
    team("process", team.path, *AS_OF)
    assert {where.partition(":")[0] for where in team.leaks()} > {"team.xlsx"}  # the test can see what it looks for
    code, said, _ = team.protect()
    assert code == 0 and "旧备份" in said
    assert team.leaks() == []


def test_protecting_twice_changes_nothing_to_the_byte(team: Team) -> None:
    team("process", team.path, *AS_OF)
    team.protect()
    folder = team.path.parent
    before = {p: p.read_bytes() for p in folder.rglob("*.xlsx")}
    code, said, _ = team.protect()
    assert code == 0 and "没有需要加密的单元格" in said
    assert {p: p.read_bytes() for p in folder.rglob("*.xlsx")} == before


def test_new_rows_are_sealed_by_the_next_protect_and_the_old_ones_stay_as_they_are(team: Team) -> None:
    team.protect()
    before = team.rows()
    team.edit(lambda sheet: sheet.append(["C0000004", "丁公司", "王*", 5, "B级", "孙七七"]))
    team.protect()
    assert team.rows()[:4] == before
    assert team.rows()[4][5].startswith("crmsheet:1:")


def test_undo_after_protect_brings_back_the_sealed_form_of_the_earlier_file(team: Team) -> None:
    team("process", team.path, *AS_OF)
    team.protect()
    assert team("undo", team.path)[0] == 0
    assert team.leaks() == []
    assert len(openpyxl.load_workbook(team.path)["客户"][1]) == 10  # before the run there were no owned columns
    team.reveal()
    assert team.rows()[1][5] == "陈小芳"
    team("process", team.path, *AS_OF)
    assert of_code(judged(team.path), "former-copy") == []


def test_a_run_reads_sealed_cells_as_masked_finds_nothing_wrong_with_them_and_grades_as_before(team: Team) -> None:
    before = judged(team.path)
    team.protect()
    after = judged(team.path)
    assert list(after.customers["tier"]) == list(before.customers["tier"])
    assert of_code(before, "contact-unmasked") and not of_code(after, "contact-unmasked")
    cells = {str(one.where) for one in after.findings}
    assert not {cell for cell in cells if cell[3] in "FGHIJ"}
    team("process", team.path, *AS_OF)
    pages = (team.path.parent / "crmsheet-reviews").iterdir()
    assert not any(b"crmsheet:1:" in content for page in pages for _, content in inflated(page))


def test_sealed_amounts_and_dates_count_as_unknown_and_are_no_finding(team: Team) -> None:
    team.protect("历史合作金额")
    after = judged(team.path)
    assert set(after.customers["tier"]) == {"未分级"}
    assert not of_code(after, "money-unparseable")


def test_a_log_joins_its_customers_by_columns_that_stay_open(tmp_path: Path) -> None:
    team = Team(tmp_path)
    log: Rows = [["客户编号", "跟进时间", "跟进方式", "沟通内容摘要", "客户反馈/异议"], ["C0000001", dt.date(2024, 3, 1), "电话", "谈到陈小芳的家事", "好"]]
    write_workbook(team.path, {"客户": CUSTOMERS, "跟进记录": log})
    code, _, told = team.protect("联系人,沟通内容摘要")
    assert code == 0 and "明文" not in told
    assert of_code(judged(team.path), "dangling-followup") == []
    assert judged(team.path).customers["last_followup"][0].date() == dt.date(2024, 3, 1)
    assert [where for where in team.leaks() if "陈小芳" in where] == []


def test_values_that_stand_elsewhere_too_are_named_by_cell(tmp_path: Path) -> None:
    team = Team(tmp_path)
    log: Rows = [["客户编号", "跟进时间", "跟进方式", "沟通内容摘要"], ["C0000001", dt.date(2024, 3, 1), "电话", "谈到陈小芳的家事"]]
    write_workbook(team.path, {"客户": CUSTOMERS, "跟进记录": log})
    _, said, told = team.protect("联系人")
    assert "跟进记录!D2" in told and "陈小芳" not in said + told


def test_a_comment_that_holds_a_value_is_named_by_its_part(team: Team) -> None:
    def change(sheet: Any) -> None:
        sheet["A1"].comment = Comment("13912345678", "王*")

    team.edit(change)
    _, _, told = team.protect("联系电话")
    assert "comment" in told and "13912345678" not in told


def swap(sheet: Any) -> None:
    sheet["F2"].value, sheet["F3"].value = sheet["F3"].value, sheet["F2"].value


def move(sheet: Any) -> None:
    sheet["H2"].value = sheet["F2"].value


def flip(sheet: Any) -> None:
    text = sheet["F2"].value
    sheet["F2"].value = text[:-6] + ("B" if text[-6] == "A" else "A") + text[-5:]


def cut(sheet: Any) -> None:
    sheet["F2"].value = sheet["F2"].value[:40]


def rename_customer(sheet: Any) -> None:
    sheet["A2"].value, sheet["B2"].value = "C0000009", "己公司"


@pytest.mark.parametrize("tamper", [swap, move, flip, cut, rename_customer])
@pytest.mark.parametrize("command", ["protect", "reveal"])
def test_a_cell_that_was_changed_or_moved_exits_2_and_is_named(team: Team, tamper: Callable[[Any], None], command: str) -> None:
    team.protect()
    team.edit(tamper)
    before = team.path.read_bytes()
    code, said, told = getattr(team, command)()
    assert code == 2 and said == ""
    assert ("客户!H2" if tamper is move else "客户!F2") in told and len(told.splitlines()) == 1
    assert not any(value in told for value in PLAIN) and "crmsheet:1:" not in told
    assert team.path.read_bytes() == before


def test_rows_sorted_as_a_whole_and_a_header_of_the_same_field_open_as_before(team: Team) -> None:
    team.protect()

    def change(sheet: Any) -> None:
        rows = [[cell.value for cell in sheet[r]] for r in (3, 2)]
        for r, values in zip((2, 3), rows, strict=True):
            for cell, value in zip(sheet[r], values, strict=True):
                cell.value = value
        sheet["F1"].value = "对接人"

    team.edit(change)
    assert team.reveal("对接人,联系电话")[0] == 0
    assert [row[5] for row in team.rows()[1:]] == ["刘大志", "陈小芳", "赵六六"]


def test_formulas_and_cells_of_no_customer_stay_and_are_named(team: Team) -> None:
    def change(sheet: Any) -> None:
        sheet["F3"].value = "=F2"
        sheet["F8"].value = "备注里的人"

    team.edit(change)
    code, _, told = team.protect("联系人")
    assert code == 0 and "客户!F3、客户!F8" in told
    assert team.rows()[2][5] == "=F2"


@pytest.mark.parametrize(("content", "mode", "said"), [
    (b"short", 0o600, "不是有效的密钥"), (base64.b64encode(b"x" * 16), 0o600, "不是有效的密钥"), (b"\xff" * 60, 0o600, "不是有效的密钥"),
    (b"", 0o600, "不是有效的密钥"), (base64.b64encode(b"x" * 32), 0o644, "所有人"), (None, 0o600, "无法读取"),
])  # fmt: skip
def test_a_bad_key_file_is_refused_in_one_line(team: Team, content: bytes | None, mode: int, said: str) -> None:
    path = team.keys[0]
    path.unlink()
    if content is not None:
        team.key(path, content).chmod(mode)
    before = team.path.read_bytes()
    code, out, told = team.protect()
    assert (code, out, len(told.splitlines())) == (2, "", 1) and said in told and str(path) in told
    assert not content or content.decode("latin-1") not in told
    assert team.path.read_bytes() == before


def test_the_key_may_stand_in_the_environment_and_must_stand_somewhere(team: Team) -> None:
    key = team.keys[0].read_text()
    assert team("protect", team.path, "--columns", "联系人", env={"CRMSHEET_KEY": key})[0] == 0
    assert team.reveal("contact")[0] == 0
    code, _, told = team("protect", team.path, "--columns", "联系人")
    assert code == 2 and "--key-file" in told and "CRMSHEET_KEY" in told
    code, _, told = team("protect", team.path, "--columns", "联系人", env={"CRMSHEET_KEY": "nonsense"})
    assert code == 2 and "nonsense" not in told


@pytest.mark.parametrize("command", ["protect", "reveal"])
def test_another_key_opens_nothing_and_seals_nothing_beside(team: Team, command: str) -> None:
    team.protect()
    team.edit(lambda sheet: sheet.append(["C0000004", "丁公司", "王*", 5, "B级", "孙七七"]))
    before = team.path.read_bytes()
    code, _, told = getattr(team, command)(key=1)
    assert code == 2 and "密钥不对" in told and "客户!F2" in told
    assert team.path.read_bytes() == before


def test_a_change_of_keys_is_one_write_and_leaves_nothing_under_the_old_key(team: Team) -> None:
    team("process", team.path, *AS_OF)
    team.protect()
    assert team.protect(COLUMNS, "--old-key-file", team.keys[0], key=1)[0] == 0
    assert team.leaks() == []
    assert team.reveal()[0] == 2
    team("undo", team.path)
    assert team.reveal()[0] == 2  # the earlier state too
    assert team.reveal(key=1)[0] == 0
    assert team.rows()[1][5] == "陈小芳"


@pytest.mark.parametrize("column", ["客户编号", "客户名称", "优先级", "customer_id", "name"])
def test_columns_that_a_run_needs_are_refused(team: Team, column: str) -> None:
    code, _, told = team.protect(f"联系人,{column}")
    assert code == 2 and column in told
    assert team.rows()[1][5] == "陈小芳"


def test_an_unknown_column_is_refused_with_the_ones_there_are(team: Team) -> None:
    code, _, told = team.protect("联系入")
    assert code == 2 and "联系入" in told and "联系人" in told


def test_a_backup_that_cannot_be_sealed_stops_it_unless_the_backups_may_go(team: Team) -> None:
    team("process", team.path, *AS_OF)
    backup = next((team.path.parent / ".crmsheet" / "backups").glob("*.xlsx"))
    backup.write_bytes(b"PK no longer whole")
    before = team.path.read_bytes()
    code, _, told = team.protect()
    assert code == 2 and "--purge-backups" in told and team.path.read_bytes() == before
    code, said, _ = team.protect(COLUMNS, "--purge-backups")
    assert code == 0 and "已删除旧备份 1 份" in said
    assert team.leaks() == [] and not backup.exists()


def test_backups_that_a_killed_protect_left_in_clear_are_sealed_by_the_next(team: Team) -> None:
    team("process", team.path, *AS_OF)
    (clear,) = (team.path.parent / ".crmsheet" / "backups").glob("*.xlsx")
    data = clear.read_bytes()
    team.protect()
    clear.write_bytes(data)  # as if it had died between the workbook's write and the backups'
    assert team.leaks()
    before = team.path.read_bytes()
    assert team.protect()[0] == 0
    assert team.leaks() == [] and team.path.read_bytes() == before


@pytest.mark.parametrize("command", ["protect", "reveal"])
def test_a_dry_run_shows_cells_and_writes_nothing(team: Team, command: str) -> None:
    if command == "reveal":
        team.protect("联系人")
    before = {p: p.read_bytes() for p in team.path.parent.rglob("*") if p.is_file()}
    code, said, told = getattr(team, command)("联系人", "--dry-run")
    assert code == 0 and said.splitlines()[:3] == ["客户!F2", "客户!F3", "客户!F4"]
    assert not any(value in said + told for value in PLAIN)
    assert {p: p.read_bytes() for p in team.path.parent.rglob("*") if p.is_file()} == before


def test_a_workbook_that_somebody_has_open_is_busy(team: Team) -> None:
    (team.path.parent / "~$team.xlsx").write_bytes(b"\x02Wu" + b" " * 52)
    before = team.path.read_bytes()
    assert team.protect()[0] == 3
    assert team.path.read_bytes() == before


@given(st.one_of(st.text(), st.floats(allow_nan=False, allow_infinity=False), st.booleans()), st.text(), st.text())
def test_what_is_sealed_opens_where_it_was_sealed_and_nowhere_else(value: str | float | bool, column: str, customer: str) -> None:
    key, place, other = Key(b"k" * 32), bound_to("customers", column, customer), bound_to("customers", column, customer + "x")
    sealed = key.seal(value, place)
    opened = key.unseal(sealed, [other, place])
    assert opened == value and type(opened) is type(value)
    assert key.seal(value, place) == sealed and key.seal(value, other) != sealed
    with pytest.raises(NotOpened, match="changed"):
        key.unseal(sealed, [other])
    with pytest.raises(NotOpened, match="key"):
        Key(b"j" * 32).unseal(sealed, [place])
    with pytest.raises(NotOpened, match="version"):
        key.unseal(sealed.replace("crmsheet:1:", "crmsheet:2:"), [place])


@given(st.one_of(st.text(), st.text("ABCDabcd0123+/=:", max_size=120).map(lambda text: "crmsheet:1:" + text), st.binary(min_size=0, max_size=200).map(
    lambda raw: "crmsheet:1:" + base64.b64encode(Key(b"k" * 32).sign + raw).decode())))  # fmt: skip
def test_whatever_stands_in_a_sealed_cell_it_opens_or_it_does_not(text: str) -> None:
    with pytest.raises(NotOpened):
        Key(b"k" * 32).unseal(text, [bound_to("customers", "field:contact", "id:c1")])
