"""``crmsheet learn``: planted effects are recovered and noise is not, from what stood before, and nothing is applied."""

from __future__ import annotations

import builtins
import datetime as dt
import json
import os
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import openpyxl
import pytest
from click.testing import CliRunner
from planted_teams import LAST, LEVELS, lived
from sheets import write_workbook

from crmsheet.cli import cli
from crmsheet.lab.informed import FDR, curve, discoveries, tell
from crmsheet.lab.inputs import Known, cited_values
from crmsheet.lab.learn import tell_all
from crmsheet.lab.trials import Trials
from crmsheet.lab.weights import whole
from crmsheet.run import Options, process

LONG = bool(os.environ.get("CRMSHEET_LONG"))
CLEAR = {"清晰": 0.12, "不清晰": 0.02}  # chances to buy, a month
HEAD = ["客户编号", "跟进时间", "跟进方式", "沟通内容摘要", "客户状态"]


def run(book: Path, *more: object, as_of: dt.date = LAST) -> Any:
    words = ["learn", str(book), "--dry", "--policy", "priority", "--as-of", as_of.isoformat(), *map(str, more)]
    return CliRunner().invoke(cli, words, standalone_mode=False)


def learned(book: Path, *more: object, as_of: dt.date = LAST) -> dict[str, Any]:
    result = run(book, "--json", *more, as_of=as_of)
    assert result.return_value == 0, result.output
    return dict(json.loads(result.stdout))


def verdicts(found: dict[str, Any], outcome: str = "deal") -> dict[str, str]:
    return {name: one["verdict"] for name, one in found["outcomes"][outcome]["criteria"].items()}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The decision chain tells who buys, and nothing else does."""
    return lived(tmp_path_factory.mktemp("planted"), 1, lambda one: CLEAR[one["决策链"]])


@pytest.fixture(scope="module")
def found(planted: Path) -> dict[str, Any]:
    return learned(planted)


def test_a_planted_effect_is_recovered_with_its_rates_and_nothing_else(found: dict[str, Any]) -> None:
    said = verdicts(found)
    assert said["chain"] == "informative" and [said[name] for name in ("plan", "fit", "industry_trend", "competitors")] == ["unclear"] * 4
    low, high = found["outcomes"]["deal"]["criteria"]["chain"]["levels"]
    assert (low["low"], high["low"]) == (25, 100)  # the preset's points of 不清晰 and 清晰
    assert low["rate"] == pytest.approx(0.02, abs=0.01) and high["rate"] == pytest.approx(0.12, abs=0.03)


def test_two_planted_effects_share_the_weight_by_what_they_tell(tmp_path: Path) -> None:
    fits = dict(zip(LEVELS, (0.10, 0.05, 0.0), strict=True))
    found = learned(lived(tmp_path, 3, lambda one: CLEAR[one["决策链"]] / 2 + fits[one["需求匹配度"]], size=700))
    said, weights = verdicts(found), found["weights"]
    assert said["chain"] == said["fit"] == "informative"
    assert weights["chain"]["proposed"] > weights["chain"]["now"] and weights["fit"]["proposed"] > weights["fit"]["now"]
    assert weights["plan"]["proposed"] < weights["plan"]["now"]
    assert all(weights[name]["low"] <= weights[name]["proposed"] + 0.5 and weights[name]["proposed"] - 0.5 <= weights[name]["high"] for name in ("chain", "fit"))
    assert sum(one["proposed"] for one in weights.values()) == 100  # as the preset's do


def test_the_proposal_extends_the_policy_is_clean_and_is_told_in_words(planted: Path, found: dict[str, Any], tmp_path: Path) -> None:
    before = planted.read_bytes()
    result = run(planted, "--out", tmp_path)
    path = tmp_path / f"t-learned-{LAST}.toml"
    assert result.return_value == 0 and str(path) in result.stdout and planted.read_bytes() == before
    assert path.read_text(encoding="utf-8").startswith('extends = "priority"\n')
    assert CliRunner().invoke(cli, ["policy", "check", str(path)], standalone_mode=False).return_value == 0
    told = CliRunner().invoke(cli, ["policy", "diff", "priority", str(path)], standalone_mode=False).stdout.splitlines()[1:]
    assert told and all(line.strip().startswith("评分") for line in told) and any("决策链" in line or "chain" in line for line in told)
    assert path.read_text(encoding="utf-8") == found["proposal"]


def test_customers_not_learned_from_are_ranked_better_and_the_interval_says_so(planted: Path, found: dict[str, Any]) -> None:
    ranked = found["ranked"]
    gain = ranked["over_score"]
    assert 0 < gain["low"] < gain["value"] < gain["high"]
    assert ranked["proposed"] - ranked["score"] == pytest.approx(gain["value"])
    assert "比现在的综合评分：+" in run(planted).stdout


@pytest.mark.parametrize("seed", range(4))
def test_of_a_team_whose_customers_are_all_alike_nothing_is_proposed(seed: int, tmp_path: Path) -> None:
    found = learned(lived(tmp_path, seed, lambda _: 0.05, size=250))
    assert "informative" not in verdicts(found).values() and found["proposal"] is None and found["weights"] is None
    assert "不建议改动权重" in run(tmp_path / "t.xlsx").stdout


def test_few_outcomes_are_said_to_be_few(tmp_path: Path) -> None:
    book = lived(tmp_path, 5, lambda one: CLEAR[one["决策链"]] / 3, size=25)
    found = learned(book)
    assert set(verdicts(found).values()) <= {"few", "absent", "afterwards"} and found["tests"] == 0
    assert "结果太少，什么都说不了：一项指标至少要有 30 个当时已知的客户和 10 次结果" in run(book).stdout


# ---------------------------------------------------------------- only what stood before


def test_a_column_that_the_deal_itself_fills_in_foretells_nothing(found: dict[str, Any]) -> None:
    """Every buyer of the planted team has 200万 since it bought."""
    assert verdicts(found)["amount"] == "afterwards"


def test_what_the_ledger_recorded_counts_and_not_what_stands_there_today(tmp_path: Path) -> None:
    """At the first run the chain says nothing of who will buy; afterwards everybody writes 清晰 beside a deal, 不清晰 elsewhere."""
    rng, first = Random(7), dt.date(2024, 1, 10)
    heads = ["客户编号", "客户名称", "负责人", "优先级", "首次接触时间", "历史合作金额(万元)", "采购计划", "决策链"]
    rows = [[f"C{n:07d}", f"客户{n}公司", "王*", None, dt.date(2023, 6, 1), 120, "明确", rng.choice(("清晰", "不清晰"))] for n in range(200)]
    log = [[row[0], dt.date(2024, 1, 5), "电话", "沟通", "潜在"] for row in rows]
    book = write_workbook(tmp_path / "t.xlsx", {"客户": [heads, *rows], "跟进记录": [HEAD, *log]})
    process(book, Options(as_of=first, policy="priority"))
    later = openpyxl.load_workbook(book)
    for n, row in enumerate(rows):
        bought = n % 3 == 0
        later["客户"].cell(n + 2, 8).value = "清晰" if bought else "不清晰"
        if bought:
            later["跟进记录"].append([row[0], dt.date(2024, 1 + n % 9 + 2, 15), "电话", "沟通", "成交"])
    later.save(book)
    told = learned(book, "--from", "2024-01-11")["outcomes"]["deal"]["criteria"]["chain"]
    assert told["recorded"] == 200 and told["verdict"] == "unclear"
    assert learned(book)["outcomes"]["deal"]["criteria"]["chain"]["verdict"] == "informative"  # from before the ledger: today's cells, and the lines say so
    assert "0 个取自变更记录，200 个取自今天的资料" in run(book).stdout


def test_outcomes_that_only_the_table_tells_count_by_their_day(tmp_path: Path) -> None:
    """No log: 客户状态 and 状态更新时间; a deal on a day that nobody wrote down is left out."""
    rng = Random(3)
    heads = ["客户编号", "客户名称", "首次接触时间", "决策链", "客户状态", "状态更新时间"]
    rows: list[list[Any]] = []
    for n in range(300):
        chain = rng.choice(("清晰", "不清晰"))
        bought = rng.random() < (0.5 if chain == "清晰" else 0.1)
        day = None if n < 20 else dt.date(2024, rng.randint(3, 11), 10)
        rows.append([f"C{n:07d}", f"客户{n}公司", dt.date(2024, 1, 2), chain, "成交" if bought else "潜在", day if bought else None])
    found = learned(write_workbook(tmp_path / "t.xlsx", {"客户": [heads, *rows]}))
    bought, undated = sum(row[4] == "成交" for row in rows), sum(row[4] == "成交" for row in rows[:20])
    assert undated and (found["outcomes"]["deal"]["numerator"], found["outcomes"]["deal"]["denominator"]) == (bought - undated, 300 - undated)
    assert verdicts(found)["chain"] == "informative"


def test_rows_after_as_of_change_nothing(planted: Path, tmp_path: Path) -> None:
    before, until = learned(planted, as_of=dt.date(2024, 8, 31)), dt.date(2024, 8, 31)
    later = openpyxl.load_workbook(planted)
    page = later["跟进记录"]
    for n in range(0, 400, 3):
        page.append([f"C{n:07d}", until + dt.timedelta(days=1 + n % 40), "电话", "沟通", "成交"])
    later.save(tmp_path / "t.xlsx")
    assert learned(tmp_path / "t.xlsx", as_of=until) == before


def test_values_are_read_back_from_the_ledgers_words() -> None:
    cited = "历史合作金额=120万 [客户!F2]; 预计签约日期 [客户!H2]; 决策链=清晰 [客户 (华东)!G2]; [跟进!B2:B90]"
    assert list(cited_values(cited)) == [("历史合作金额", "120万"), ("决策链", "清晰")]


# ---------------------------------------------------------------- the tests behind it


@pytest.mark.parametrize("teams", [200 if LONG else 40])
def test_the_share_of_noise_teams_of_whom_anything_is_said(teams: int) -> None:
    """Teams without any effect, five criteria and three outcomes each: with nothing to find, every finding is false, and so is
    the share of teams with one.  Measured over 200 teams: see docs/lab.md."""
    wrong = sum(any(one.sure for tests in noise(seed).values() for one in tests.values()) for seed in range(teams))
    bound = FDR * teams + 2.6 * (FDR * (1 - FDR) * teams) ** 0.5  # what chance alone exceeds once in 200 times
    assert wrong <= bound


def noise(seed: int) -> Any:
    rng = np.random.default_rng(seed)
    size = 300
    trials, inputs = {}, {}
    words = {f"c{n}": rng.choice(levels, size) for n, levels in enumerate(((100.0, 25.0), (100.0, 60.0, 15.0), (100.0, 50.0, 10.0), (100.0, 80.0, 50.0, 10.0)))}
    words["scale"] = rng.uniform(0, 100, size)
    for name, rate in (("deal", 0.06), ("again", 0.03), ("lost", 0.02)):
        days, stop = rng.exponential(30 / rate, size), rng.uniform(60, 360, size)
        trials[name] = Trials(np.arange(size), np.full(size, np.datetime64("2024-01-01")), np.ceil(np.minimum(days, stop)), days < stop)
        inputs[name] = {criterion: Known(points, 0, None) for criterion, points in words.items()}
    return tell_all(inputs, trials, rng)


def test_the_p_value_of_noise_is_evenly_spread() -> None:
    found = [one.p for seed in range(20) for tests in noise(1000 + seed).values() for one in tests.values() if one.p is not None]
    assert len(found) == 300 and 0.04 < np.mean(np.array(found) <= 0.1) < 0.17


def test_a_curve_is_the_likeliest_monotone_one() -> None:
    """Levels 3/30, 1/30 and 6/30: the first two break the order and are pooled, 4/60."""
    rates = curve(np.array([3.0, 1.0, 6.0]), np.array([30.0, 30.0, 30.0]), rising=True)
    assert rates.tolist() == pytest.approx([4 / 60, 4 / 60, 6 / 30])


def test_an_effect_the_wrong_way_round_is_none() -> None:
    points = np.repeat([0.0, 100.0], 100)
    own = Trials(np.arange(200), np.full(200, np.datetime64("2024-01-01")), np.full(200, 100.0), np.repeat([True, False], 100))
    assert tell(points, own, True, np.random.default_rng(1)).p == 1 and tell(points, own, False, np.random.default_rng(1)).p == pytest.approx(1 / 2000)


def test_discoveries_as_benjamini_and_hochberg_print_them() -> None:
    """Their example of 1995: fifteen p-values, the four smallest stand at 5%."""
    printed = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert discoveries([*printed, None]).tolist() == [True] * 4 + [False] * 12


def test_whole_weights_add_up_and_none_is_nothing() -> None:
    assert whole(np.array([2.5, 2.5, 5.0])).tolist() == [3, 2, 5]
    assert whole(np.array([0.2, 0.2, 9.6])).tolist() == [1, 1, 8]


def test_without_the_extra_one_line_says_what_to_install(planted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in [name for name in sys.modules if name.startswith(("scipy.", "crmsheet.lab.learn", "crmsheet.lab.informed", "crmsheet.lab.weights", "crmsheet.lab.proposal"))]:
        monkeypatch.delitem(sys.modules, name)
    load = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("scipy"):
            raise ModuleNotFoundError(name=name)
        return load(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    result = run(planted)
    assert result.return_value == 2 and len(result.stderr.splitlines()) == 1 and 'pip install "crmsheet[learn]"' in result.stderr
