"""One page over all teams of a command (--rollup): figures side by side, shared customers, neglected top customers."""

from __future__ import annotations

import datetime as dt
import json
import pickle
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import openpyxl
import pytest
from schemas import valid
from sheets import AS_OF, judged, write_workbook
from test_command_line import crmsheet as on_a_day

from crmsheet.job import Job
from crmsheet.review.html_rows import address
from crmsheet.rollup.across import roll_up, tier_names
from crmsheet.rollup.document import rollup_document
from crmsheet.rollup.team import MOST_SILENT, Team, companies, team_of_run
from crmsheet.rollup_command import died

DAY = AS_OF.isoformat()
HEAD = ["客户编号", "客户名称", "负责人", "联系人", "联系电话", "历史合作金额(万元)", "优先级", "首次接触时间", "采购计划", "决策链", "预计签约日期"]
GOOD = ["明确", "清晰", dt.date(2024, 4, 1)]  # with 100万 and more: S
EAST = [
    HEAD,
    ["C0000001", "上海甲乙科技有限公司", "王*", "欧阳小明", "13812345678", 120, "S级", dt.date(2024, 1, 2), *GOOD],
    ["C0000002", "丙公司", "李*", None, None, 60, "A级", dt.date(2024, 3, 13), None, None, None],
    ["C0000003", "王女士", "李*", None, None, 10, "B级", dt.date(2024, 3, 13), None, None, None],
]
LOG = [["客户编号", "跟进时间", "跟进方式", "沟通主题"], ["C0000001", dt.date(2024, 3, 11), "电话", "报价"]]
WEST = [
    HEAD,
    ["C0000001", "甲乙科技（上海）股份有限公司", "赵*", None, None, 120, "S级", dt.date(2024, 3, 18), *GOOD],
    ["C0000002", "丁公司", "赵*", None, None, 30, "A级", dt.date(2024, 3, 13), None, None, None],
    ["C0000003", "王女士", "赵*", None, None, 10, "B级", dt.date(2024, 3, 13), None, None, None],
]
OTHER_LOG = [["客户编号", "跟进时间", "跟进方式", "沟通主题"], ["C0000002", dt.date(2024, 3, 14), "电话", "回访"]]


@pytest.fixture
def branches(tmp_path: Path) -> Path:
    """Two teams and a file that is none."""
    write_workbook(tmp_path / "东 #1.xlsx", {"客户": EAST, "跟进": LOG})
    write_workbook(tmp_path / "西.xlsx", {"客户": WEST, "跟进": OTHER_LOG})
    (tmp_path / "坏.xlsx").write_bytes(b"no workbook")
    return tmp_path


def crmsheet(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return on_a_day("process", *words, "--as-of", DAY, cwd=cwd)


def test_teams_shared_and_neglected_customers_are_told(branches: Path) -> None:
    told = crmsheet("东 #1.xlsx", "坏.xlsx", "西.xlsx", "--rollup", "总", "--json", "--jobs", "2", cwd=branches)
    assert told.returncode == 2  # of several workbooks the worst
    found = valid("rollup", told.stdout)
    east, bad, west = found["teams"]
    assert (bad["team"], bad["state"], bad["tiers"], bad["customers"]) == ("坏", "refused", None, None) and "坏.xlsx 不是 Excel 工作簿" in bad["why"]
    assert (east["state"], east["tiers"]) == ("done", {"S": 1, "A": 1, "B": 1, "未分级": 0})
    assert (west["state"], west["tiers"], west["waiting"]) == ("done", {"S": 1, "A": 1, "B": 1, "未分级": 0}, 1)  # 丁公司: 30万 is B
    assert east["contacts"]["done"] == 0 and west["contacts"]["done"] == 1  # the week 2024-03-14 to 03-20
    assert found["silent"] == [
        # its first contact is two days ago, the log knows none: never contacted, not late yet
        {"team": "西", "id": "C0000001", "name": "甲乙科技（上海）股份有限公司", "owner": "赵*", "tier": "S", "cell": "客户!B2",
         "days": None, "last_followup": None, "overdue_days": 0},
        # every 7 days: due on 2024-03-18
        {"team": "东 #1", "id": "C0000001", "name": "上海甲乙科技有限公司", "owner": "王*", "tier": "S", "cell": "客户!B2",
         "days": 9, "last_followup": "2024-03-11", "overdue_days": 2},
    ]  # fmt: skip
    assert [(one["name"], [(e["team"], e["name"]) for e in one["entries"]]) for one in found["shared"]] == [
        ("上海甲乙科技有限公司", [("东 #1", "上海甲乙科技有限公司"), ("西", "甲乙科技（上海）股份有限公司")]),  # 王女士 is a person
    ]
    assert (found["totals"]["teams"], found["totals"]["judged"], found["totals"]["customers"], found["totals"]["waiting"]) == (3, 2, 6, 1)


def test_the_page_names_everybody_and_leads_to_the_teams_own_reviews(branches: Path) -> None:
    crmsheet("东 #1.xlsx", "坏.xlsx", "西.xlsx", "--rollup", "总", cwd=branches)
    page = (branches / "总" / f"rollup-{DAY}.html").read_text(encoding="utf-8")
    assert "坏 没有计入，无法处理：坏.xlsx 不是 Excel 工作簿" in page
    links = {unquote(one) for one in re.findall(r'href="([^"#]+)"', page)}
    assert links == {f"../crmsheet-reviews/{name}-{DAY}.html" for name in ("东 #1", "西")}
    assert all((branches / "总" / one).is_file() for one in links)
    book = openpyxl.load_workbook(branches / "总" / f"rollup-{DAY}.xlsx")
    assert book.sheetnames == ["本期要点", "各团队对照", "被冷落的最高级客户", "跨团队重复客户"]
    teams = [[cell.value for cell in row[:5]] for row in book["各团队对照"].iter_rows(min_row=3, max_row=4)]
    assert teams == [["东 #1", 1, 1, 1, 0], ["西", 1, 1, 1, 0]]
    assert book["各团队对照"]["A4"].hyperlink.target.endswith(f"西-{DAY}.html")


def test_no_contact_reaches_the_page_or_the_document(branches: Path) -> None:
    told = crmsheet("东 #1.xlsx", "西.xlsx", "--rollup", "总", "--json", cwd=branches)
    book = openpyxl.load_workbook(branches / "总" / f"rollup-{DAY}.xlsx")
    cells = " ".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    left = told.stdout + cells + (branches / "总" / f"rollup-{DAY}.html").read_text(encoding="utf-8")
    assert "上海甲乙科技有限公司" in left
    assert not any(private in left for private in ("欧阳小明", "13812345678", "王女士"))


def test_one_after_another_tells_the_same_as_two_at_once_and_a_dry_run_writes_nothing(branches: Path) -> None:
    names = ("东 #1.xlsx", "坏.xlsx", "西.xlsx")
    one = crmsheet(*names, "--rollup", "一", "--json", "--dry-run", "--jobs", "2", cwd=branches)
    assert not (branches / "一").exists() and not (branches / "crmsheet-reviews").exists()
    two = crmsheet(*names, "--rollup", "二", "--json", "--dry-run", cwd=branches)
    assert one.stdout and json.loads(one.stdout) == json.loads(two.stdout)
    assert json.loads(one.stdout)["outputs"] == {"html": None, "xlsx": None}


def test_a_workbook_that_somebody_has_open_is_counted_and_named(branches: Path) -> None:
    (branches / "~$西.xlsx").write_bytes(b"\x04" + "小李".encode("utf-16-le").ljust(164, b"\0"))
    told = crmsheet("东 #1.xlsx", "西.xlsx", "--rollup", "总", "--json", cwd=branches)
    found = valid("rollup", told.stdout)
    assert told.returncode == 3 and [one["state"] for one in found["teams"]] == ["done", "busy"]
    assert found["teams"][1]["customers"] == 3 and found["teams"][1]["why"]
    assert "西 已计入，但没有写回" in (branches / "总" / f"rollup-{DAY}.html").read_text(encoding="utf-8")


def test_a_process_that_died_is_named() -> None:
    one = died(Path("a/东.xlsx"), "东", -9, Job(as_of=AS_OF))
    found = rollup_document(roll_up(AS_OF, [one]), {})
    assert valid("rollup", json.dumps(found))["teams"][0] | {"indicators": None} == one_team("东", "failed", "处理它的进程意外结束（-9），请单独重试")


def one_team(name: str, state: str, why: str) -> dict[str, object]:
    figures = dict.fromkeys(("policy", "tiers", "customers", "tasks", "overdue", "waiting", "neglected", "silent", "findings", "contacts", "indicators"))
    return {"team": name, "workbook": f"a/{name}.xlsx", "state": state, "why": why, **figures, "outputs": {"html": None, "xlsx": None, "json": None}}


def test_reviews_under_a_password_make_a_page_under_one(branches: Path) -> None:
    (branches / "word").write_text("geheim", encoding="utf-8")
    told = crmsheet("东 #1.xlsx", "--rollup", "总", "--review-password-file", "word", cwd=branches)
    assert told.returncode == 0 and [path.name for path in (branches / "总").iterdir()] == [f"rollup-{DAY}.xlsx"]
    assert (branches / "总" / f"rollup-{DAY}.xlsx").read_bytes()[:4] == b"\xd0\xcf\x11\xe0"  # a container, no zip


def test_a_folder_that_cannot_hold_the_page_is_told_before_any_workbook_is_written(branches: Path) -> None:
    before = (branches / "西.xlsx").read_bytes()
    (branches / "rollup.xlsx").write_bytes(before)
    for words in (("西.xlsx", "--rollup", "坏.xlsx"), ("西.xlsx", "rollup.xlsx", "--rollup", "crmsheet-reviews")):
        told = crmsheet(*words, cwd=branches)
        assert told.returncode == 2 and told.stderr.count("\n") == 1 and "汇总" in told.stderr
        assert (branches / "西.xlsx").read_bytes() == before


def test_a_summary_is_small_and_lists_the_worst_of_many(tmp_path: Path) -> None:
    rows = [[f"C{i:07d}", f"第{i}号客户有限公司", "王*", None, None, 120, "S级", dt.date(2024, 3, 18), *GOOD] for i in range(1, 1001)]
    outcome = judged(write_workbook(tmp_path / "大.xlsx", {"客户": [HEAD, *rows], "跟进": LOG}))
    team = team_of_run(outcome, "大", "大.xlsx", {})
    assert len(team.silent) == MOST_SILENT and team.silent_count == 1000
    assert len(team.keys) == 1000 and len(companies(team, frozenset(team.keys.tolist()))) == 1000
    assert len(pickle.dumps(team)) < 100_000


def test_tiers_of_several_policies_stand_best_first() -> None:
    teams = [Team("a", "a", "done", tiers={"A": 1, "B": 1, "C": 1, "未分级": 0}), Team("b", "b", "done", tiers={"S": 1, "A": 1, "B": 1, "未分级": 0})]
    assert tier_names(teams) == ["S", "A", "B", "C", "未分级"]


def test_an_address_means_the_file_and_nothing_else() -> None:
    assert address("../a #1?.html") == "../a%20%231%3F.html"
    assert address("javascript:alert(1)") == "javascript%3Aalert%281%29"
