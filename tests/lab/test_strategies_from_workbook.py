"""``[policy] from_workbook``: 跟进策略 of the workbook's own 客户分类管理表 is what is done and how often, and its cell is cited."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sheets import AS_OF, Rows, judged, of_code, write_workbook

from crmsheet.model import Outcome
from crmsheet.plan.from_workbook import rhythm_of
from crmsheet.policy.schema import Every

CODE = "class-strategy-unread"
# As S002-93..95 print them
DOCUMENT = ("每周高层对接，专属客服，定制方案", "两周一次，行业报告，季度满意度调查", "月度关怀，促销信息，半年需求唤醒")


def found(folder: Path, *strategies: str | None, policy: str = "crm", on: bool = True, lang: str = "zh") -> Outcome:
    """One customer a tier, all last contacted on 2024-03-18."""
    last = dt.date(2024, 3, 18)
    rows: Rows = [["客户编号", "客户名称", "负责人", "年合作额(万元)", "客户等级", "跟进周期(次/月)"],
                  *([f"C{n:07d}", f"客户{n}公司", "王*", amount, tier, times] for n, (tier, amount, times) in enumerate((("A", 60, 8), ("B", 20, 2), ("C", 5, 1)), 1))]  # fmt: skip
    log: Rows = [["客户编号", "跟进时间", "跟进方式", "沟通内容摘要"], *([f"C{n:07d}", last, "电话", "沟通"] for n in (1, 2, 3))]
    classes: Rows = [["分类名称", "分类标准", "跟进策略"], *([f"{tier}类客户", text, how] for tier, text, how in zip(
        "ABC", ("年合作≥50万", "年合作10-50万", "年合作<10万"), strategies, strict=True))]  # fmt: skip
    book = write_workbook(folder / "t.xlsx", {"客户": rows, "跟进记录": log, "客户分类管理表": classes})
    (folder / "crmsheet.toml").write_text(f'[policy]\nname = "{policy}"\nfrom_workbook = {"true" if on else "false"}\n', encoding="utf-8")
    return judged(book)


def regular(outcome: Outcome) -> list[tuple[dt.date, str, str]]:
    """Day, words and cells of each customer's regular touch."""
    touches = outcome.tasks[(outcome.tasks["kind"] == "touch") & outcome.tasks["name"].isin(["常规跟进", "月度关怀"])]
    return [(due.date(), text, cells) for due, text, cells in zip(touches["due"], touches["text"], touches["cells"], strict=True)]


def test_the_documents_own_strategies_are_done_at_their_own_rhythm(tmp_path: Path) -> None:
    tasks = regular(found(tmp_path, *DOCUMENT))
    assert [day for day, *_ in tasks] == [dt.date(2024, 3, 25), dt.date(2024, 4, 1), dt.date(2024, 4, 18)]  # 7 days, 14 days, a month
    assert [words in text for words, (_, text, _) in zip(DOCUMENT, tasks, strict=True)] == [True] * 3
    assert [cells.split(",")[-1] for *_, cells in tasks] == ["客户分类管理表!C2", "客户分类管理表!C3", "客户分类管理表!C4"]


def test_another_rhythm_in_the_cell_is_the_rule(tmp_path: Path) -> None:
    outcome = found(tmp_path, "每周2次电话，每月1次拜访", "每周1次", "每季度1次")
    assert [day for day, *_ in regular(outcome)] == [dt.date(2024, 3, 21), dt.date(2024, 3, 25), dt.date(2024, 6, 18)]  # 3 days, 7 days, 3 months
    assert "跟进策略取自 客户分类管理表!C2、客户分类管理表!C3、客户分类管理表!C4" in outcome.policy_reason
    rules = [text for part, text, source in outcome.policy_rules if part == "节奏" and source == "S002-90"]
    assert [text.split("（")[0] for text in rules] == ["A：常规跟进每3天", "B：常规跟进每7天", "C：月度关怀每3个月"]


def test_the_cadence_of_the_tier_is_the_cells_too(tmp_path: Path) -> None:
    """A says 8 a month and the cell 每周2次: they agree; B says 2 a month and the cell 每周1次."""
    outcome = found(tmp_path, "每周2次", "每周1次", "每月1次")
    assert [str(one.where) for one in of_code(outcome, "cadence-mismatch")] == ["客户!F3"]
    (tmp_path / "plain").mkdir()
    without = found(tmp_path / "plain", "每周2次", "每周1次", "每月1次", on=False)
    assert [str(one.where) for one in of_code(without, "cadence-mismatch")] == ["客户!F2"]  # the preset: A 4, B 2, C 1


def test_words_without_a_rhythm_change_what_is_done_alone(tmp_path: Path) -> None:
    outcome = found(tmp_path, "高层对接，定制方案", None, "促销信息")
    assert not of_code(outcome, CODE)
    (a, b, c) = regular(outcome)
    assert (a[0], b[0], c[0]) == (dt.date(2024, 3, 25), dt.date(2024, 4, 1), dt.date(2024, 4, 18))
    assert "高层对接，定制方案" in a[1] and "了解使用情况" in b[1] and "促销信息" in c[1]


@pytest.mark.parametrize(
    ("strategies", "where", "what"),
    [(("每月1次", "每周1次", "每月1次"), "C2", "“A”比“B”联系得还少"), (("每周1次，每月1次", "两周一次", "每月1次"), "C2", "两个不同的跟进频率"),
     (("每周2次", "每周2次", "每周1次"), "C4", "每月4次，超过“C”每月2次的上限"), (("每3-5天", "两周一次", "每月1次"), "C2", "读不出来")],
)  # fmt: skip
def test_a_contradiction_is_a_finding_and_the_presets_rhythm_stays(tmp_path: Path, strategies: tuple[str, ...], where: str, what: str) -> None:
    outcome = found(tmp_path, *strategies)
    (one,) = of_code(outcome, CODE)
    assert str(one.where) == f"客户分类管理表!{where}" and what in one.params["what"]
    assert [day for day, *_ in regular(outcome)] == [dt.date(2024, 3, 25), dt.date(2024, 4, 1), dt.date(2024, 4, 18)]  # A 7 days, B 14, C a month


def test_without_the_setting_the_strategies_are_only_words(tmp_path: Path) -> None:
    outcome = found(tmp_path, "每周2次", "每周1次", "每季度1次", on=False)
    assert next(day for day, *_ in regular(outcome)) == dt.date(2024, 3, 25) and not of_code(outcome, CODE)


def test_a_number_in_a_strategy_does_not_leave_the_workbook(tmp_path: Path) -> None:
    outcome = found(tmp_path, "每周1次，打13812345678", "两周一次", "每月1次")
    assert "13812345678" not in "".join(text for _, text, _ in regular(outcome)) and outcome.as_of == AS_OF


@pytest.mark.parametrize(
    ("text", "every", "times"),
    [("跟进频率：每周1次", Every(days=7), 4), ("每周1-2次", Every(days=7), 4), ("2次/月", Every(days=14), 2), ("每15天回访", Every(days=15), 2),
     ("合作3年以上，每季度拜访", Every(months=3), 1 / 3), ("双周沟通", Every(days=14), 2), ("2024年每月1次", Every(months=1), 1)],
)  # fmt: skip
def test_rhythms_as_people_write_them(text: str, every: Every, times: float) -> None:
    read = rhythm_of(text)
    assert read is not None and not isinstance(read, str) and (read.every, read.times) == (every, pytest.approx(times))


@pytest.mark.parametrize("text", ["战略合作伙伴", "3个月后二次回访", "每次拜访前准备方案", ""])
def test_what_names_no_rhythm_is_none(text: str) -> None:
    assert rhythm_of(text) is None
