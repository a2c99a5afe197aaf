"""``crmsheet simulate``: who would move under other rules; equal to what ``process`` does with them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from sheets import AS_OF, write_workbook
from weeks import LOG_HEADERS, Weeks

from crmsheet.cli import cli
from crmsheet.lab.simulate import simulate
from crmsheet.lab.simulate_lines import simulate_document
from crmsheet.policy.load import load_policy, preset_text
from crmsheet.run import Options, check_both, process

HEADERS = ["客户编号", "客户名称", "负责人", "历史合作金额(万元)", "优先级", "采购计划", "决策链", "预计签约日期", "首次接触时间", "审核", "客户类型"]


def simulated(book: Path, *words: object) -> dict[str, Any]:
    result = CliRunner().invoke(cli, ["simulate", str(book), "--as-of", AS_OF.isoformat(), "--json", *map(str, words)], standalone_mode=False)
    assert result.return_value == 0, result.output
    return dict(json.loads(result.stdout))


@pytest.fixture
def lower(tmp_path: Path) -> Path:
    """priority with 高 from 80万 on, and A every week."""
    path = tmp_path / "lower.toml"
    path.write_text(preset_text("priority").replace("min = 1000000", "min = 800000").replace('every = "14d"', 'every = "7d"').replace(
        'name = "priority"', 'name = "lower"'), encoding="utf-8")  # fmt: skip
    return path


def test_who_moves_why_and_what_it_means_for_the_week(tmp_path: Path, lower: Path) -> None:
    soon = AS_OF + dt.timedelta(days=10)
    clear = {"采购计划": "明确", "决策链": "清晰", "预计签约日期": soon, "首次接触时间": AS_OF}
    team = Weeks(tmp_path, [{"历史合作金额(万元)": 90, "优先级": "A", **clear}, {"历史合作金额(万元)": 60, "优先级": "A", **clear, "负责人": "李*"}],
                 [["C0000000", AS_OF - dt.timedelta(days=3), "电话", "谈"]])  # fmt: skip
    found = simulated(team.path, "--policy", lower)
    (mover,) = found["customers"]
    assert (mover["id"], mover["tier_before"], mover["tier"], mover["proposed_tier"], mover["how"]) == ("C0000000", "A", "S", "S", "proposed")
    assert mover["reasons"][0]["text"] == "历史合作金额90万≥80万" and mover["reasons"][0]["cells"] == ["客户!D2"]
    assert found["tiers"] == {"before": {"S": 0, "A": 2, "B": 0}, "after": {"S": 1, "A": 1, "B": 0}} and found["unchanged"] == 1
    assert found["changes"] == ["分档 价值高：≥100万 → ≥80万", "跟进节奏 A 常规跟进：每14天（电话/邮件，销售专员） → 每7天（电话/邮件，销售专员）"]
    # 王: A every 14 days, then S every 7; 李: A every 14 days, then every 7
    assert {one["owner"]: (one["before"], one["after"]) for one in found["owners"]} == {"王*": (0.5, 1.0), "李*": (0.5, 1.0)}
    done = {one["owner"]: one["done"] for one in found["owners"]}
    assert done["李*"] == 0 and done["王*"] == pytest.approx(7 / 91)  # one contact in the quarter 2023-12-21..2024-03-20


def test_it_reads_only(tmp_path: Path, lower: Path) -> None:
    team = Weeks(tmp_path, [{"历史合作金额(万元)": 90, "优先级": "A"}])
    before = hashlib.sha256(team.path.read_bytes()).hexdigest()
    files = sorted(tmp_path.rglob("*"))
    simulated(team.path, "--policy", lower)
    assert hashlib.sha256(team.path.read_bytes()).hexdigest() == before and sorted(tmp_path.rglob("*")) == files


def test_a_persons_name_is_masked(tmp_path: Path, lower: Path) -> None:
    rows = [HEADERS, ["C0000001", "王小明", "李*", 90, "A", "明确", "清晰", AS_OF, AS_OF, None, "个人"]]
    book = write_workbook(tmp_path / "t.xlsx", {"客户": rows})
    for how in ((), ("--json",)):
        result = CliRunner().invoke(cli, ["simulate", str(book), "--policy", str(lower), "--as-of", AS_OF.isoformat(), *how], standalone_mode=False)
        assert "王*" in result.stdout and "王小明" not in result.output


def test_without_a_log_nobody_knows_what_was_done(tmp_path: Path, lower: Path) -> None:
    team = Weeks(tmp_path, [{"历史合作金额(万元)": 90, "优先级": "A"}])
    assert [one["done"] for one in simulated(team.path, "--policy", lower)["owners"]] == [None]


def test_without_a_policy_it_says_what_to_give(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{}])
    result = CliRunner().invoke(cli, ["simulate", str(team.path)], standalone_mode=False)
    assert result.return_value == 2 and "--policy" in result.stderr and len(result.stderr.splitlines()) == 1


def random_team(rng: Random, folder: Path) -> Path:
    """A dozen customers with what decides, a log, and some 审核 words."""
    def when(least: int, most: int) -> dt.date | None:
        return AS_OF + dt.timedelta(days=rng.randint(least, most)) if rng.random() < 0.8 else None

    rows: list[list[Any]] = [HEADERS]
    for number in range(12):
        amount = rng.choice([None, 5, 30, 49, 50, 79, 80, 99, 100, 300])
        rows.append([f"C{number:07d}", f"客户{number}公司", rng.choice(["王*", "李*"]), amount, rng.choice(["S级", "A级", "B级", "C级", None]),
                     rng.choice(["明确", "待明确", "模糊", None]), rng.choice(["清晰", "不清晰", None]), when(-40, 120), when(-400, -10),
                     rng.choice([None, None, "同意", "驳回"]), None])  # fmt: skip
    log = [[f"C{rng.randint(0, 11):07d}", AS_OF - dt.timedelta(days=rng.randint(0, 300)), rng.choice(["电话", "拜访"]), "沟通",
            rng.choice([None, "暂停合作"]), None] for _ in range(15)]  # fmt: skip
    book = write_workbook(folder / "t.xlsx", {"客户": rows, "跟进记录": [LOG_HEADERS, *([*line, None] for line in log)]})
    if rng.random() < 0.3:  # half of the life of a file comes after its first run
        process(book, Options(as_of=AS_OF - dt.timedelta(days=rng.randint(0, 60))))
    return book


@pytest.mark.parametrize("seed", range(100))
def test_it_equals_what_process_does_with_the_policy(seed: int, tmp_path: Path, lower: Path) -> None:
    rng = Random(seed)
    book = random_team(rng, tmp_path)
    policy = rng.choice([str(lower), "crm", "priority"])
    old, new = check_both(book, Options(as_of=AS_OF), policy)
    found = simulate_document(simulate((old.outcome, old.filling.policy), (new.outcome, new.filling.policy)), "zh")
    done = process(book, Options(as_of=AS_OF, policy=policy), output=tmp_path / "copy.xlsx").outcome.customers
    now = old.outcome.customers
    moved = {one["row"]: one for one in found["customers"]}
    sheet = openpyxl.load_workbook(tmp_path / "copy.xlsx")["客户"]
    heads = [cell.value for cell in sheet[1]]
    for i, row in enumerate(done["row"]):
        one = moved.get(row)
        was = now.iloc[i]
        expected = (one["tier"], one["proposed_tier"], one["move"]) if one else (was["tier"], none(was["proposed_tier"]), was["move"])
        assert (done["tier"][i], none(done["proposed_tier"][i]), done["move"][i]) == expected
        written = {heads[at]: cell.value for at, cell in enumerate(sheet[row])}
        assert plain(written["建议等级"]) == expected[1]
        if one and one["how"] == "written":
            assert plain(written["优先级"]) == one["tier_to_write"]
    assert sum(found["tiers"]["after"].values()) == 12 and found["unchanged"] == 12 - len(moved)
    assert found["tiers"]["after"] == {tier: int((done["tier"] == tier).sum()) for tier in found["tiers"]["after"]}


def none(value: Any) -> Any:
    return value if isinstance(value, str) else None


def plain(cell: str | None) -> str | None:
    """A cell's tier without the column's spelling: S级 is S."""
    return cell and cell.removesuffix("级")


def test_every_preset_can_be_tried(tmp_path: Path) -> None:
    book = random_team(Random(1), tmp_path)
    for name in ("crm", "followup", "profile", "strategy"):
        assert set(load_policy(name).tiers) <= set(simulated(book, "--policy", name)["tiers"]["after"])
