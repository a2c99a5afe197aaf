"""``[policy] from_workbook``: the amounts in the workbook's own 客户分类管理表 are the rule, and its cells are cited."""

from __future__ import annotations

from pathlib import Path

import pytest
from sheets import Rows, by_id, judged, of_code, write_workbook

from crmsheet.judge.from_workbook import graded_by_amount, read_standard
from crmsheet.model import Outcome
from crmsheet.policy.load import load_policy, preset_names

CODE = "class-standard-unread"
# As S002 prints them (S002-88..92)
DOCUMENT: Rows = [["分类名称", "分类标准"], ["A类客户", "年合作≥50万，战略合作伙伴"], ["B类客户", "年合作10-50万，稳定合作意向"],
                  ["C类客户", "年合作<10万，潜在需求客户"], ["流失客户", "3个月无合作，明确表示暂停合作"]]  # fmt: skip


def found(folder: Path, classes: Rows, policy: str = "crm", amounts: tuple[float, ...] = (60, 40, 8), header: str = "年合作额(万元)", *, on: bool = True) -> Outcome:
    rows = [["客户编号", "客户名称", "负责人", header], *([f"C{n:07d}", f"客户{n}公司", "王*", amount] for n, amount in enumerate(amounts, 1))]
    book = write_workbook(folder / "t.xlsx", {"客户": rows, **({"客户分类管理表": classes} if classes else {})})
    (folder / "crmsheet.toml").write_text(f'[policy]\nname = "{policy}"\nfrom_workbook = {"true" if on else "false"}\n', encoding="utf-8")
    return judged(book)


def standards(*texts: str | None) -> Rows:
    return [["分类名称", "分类标准"], *([f"{tier}类客户", text] for tier, text in zip("ABC", texts, strict=True))]


@pytest.mark.parametrize(
    ("text", "bounds"),
    [("年合作≥50万,战略合作伙伴", (500_000, float("inf"))), ("年合作10-50万，稳定合作意向", (100_000, 500_000)), ("年合作<10万", (0, 100_000)),
     ("年合作额５０万以上", (500_000, float("inf"))), ("不低于1.2亿元", (120_000_000, float("inf"))), ("员工≥500人；年合作≥50万", (500_000, float("inf"))),
     ("10万以下", (0, 100_000)), ("3个月无合作", "none"), ("战略合作伙伴", "none"), ("", "none"), ("超过50万", "strict"), ("≤10万", "strict"),
     ("年合作>50万", "strict"), ("50万", "single"), ("年合作≥50万或回款≥20万", "several")],
)  # fmt: skip
def test_what_a_standard_says(text: str, bounds: tuple[float, float] | str) -> None:
    assert read_standard(text) == bounds


def test_the_documents_own_table_gives_the_presets_own_tiers(tmp_path: Path) -> None:
    outcome = found(tmp_path, DOCUMENT)
    assert list(outcome.customers["tier"]) == ["A", "B", "C"] and not of_code(outcome, CODE)


def test_other_amounts_in_the_cells_are_the_rule_and_are_cited(tmp_path: Path) -> None:
    outcome = found(tmp_path, standards("年合作≥30万", "年合作5-30万", "年合作<5万"))
    assert list(outcome.customers["tier"]) == ["A", "A", "B"]
    assert by_id(outcome, "reason.value")["C0000002"] == "年合作额40万≥30万"
    assert by_id(outcome, "reason_cells.value")["C0000002"] == "客户!D3,客户分类管理表!B2"
    assert by_id(outcome, "reason_cells.value")["C0000003"] == "客户!D4,客户分类管理表!B3,客户分类管理表!B2"  # from 5万 on, below 30万
    assert "金额界限取自 客户分类管理表!B2、客户分类管理表!B3" in outcome.policy_reason
    assert any("≥30万为高；≥5万为中" in rule for _, rule, _ in outcome.policy_rules)
    changes = outcome.changes[outcome.changes["customer"] == 2]
    assert changes["to"].tolist() == [300_000]  # 距上一级 follows the cells too


def test_priority_takes_its_thresholds_too(tmp_path: Path) -> None:
    classes = [["分类名称", "分类标准"], ["S级", "合作金额≥200万"], ["A级", "100-200万"], ["B级", "100万以下"]]
    outcome = found(tmp_path, classes, "priority", (150, 250, 90), "历史合作金额(万元)")
    assert list(outcome.customers["band.value"]) == ["中", "高", "低"] and list(outcome.customers["tier"]) == ["A", "S", "B"]


def test_without_the_setting_the_table_changes_nothing(tmp_path: Path) -> None:
    outcome = found(tmp_path, standards("年合作≥30万", "年合作5-30万", "年合作<5万"), on=False)
    assert list(outcome.customers["tier"]) == ["A", "B", "C"] and not of_code(outcome, CODE)


def test_what_cannot_be_read_is_a_finding_and_the_presets_rule_stays(tmp_path: Path) -> None:
    outcome = found(tmp_path, standards("战略合作伙伴", "稳定合作", "年合作<5万"), amounts=(60, 40, 8, 4))
    assert [str(one.where) for one in of_code(outcome, CODE)] == ["客户分类管理表!B2", "客户分类管理表!B3"]
    assert list(outcome.customers["tier"]) == ["A", "B", "B", "C"]  # 50万 stays; 5万 is what the row below says


def test_amounts_that_do_not_fall_are_a_finding_and_change_nothing(tmp_path: Path) -> None:
    outcome = found(tmp_path, standards("年合作≥10万", "年合作≥30万", "年合作<10万"))
    assert [str(one.where) for one in of_code(outcome, CODE)] == ["客户分类管理表!B2"]
    assert list(outcome.customers["tier"]) == ["A", "B", "C"]


def test_without_a_classes_table_it_says_so(tmp_path: Path) -> None:
    (one,) = of_code(found(tmp_path, []), CODE)
    assert one.where is None and "没有客户分类管理表" in one.params["what"]


def test_only_policies_whose_tiers_an_amount_caps_take_them() -> None:
    assert {name for name in preset_names() if graded_by_amount(load_policy(name)) is not None} == {"crm", "priority"}


def test_a_policy_file_has_no_say_in_cells(tmp_path: Path) -> None:
    from crmsheet.errors import PolicyError
    from crmsheet.policy.load import parse_policy, preset_text

    text = preset_text("crm").replace("min = 500000", 'min = 500000, cell = "x"')
    with pytest.raises(PolicyError, match="cell"):
        parse_policy(text, "own.toml")


def test_policy_as_a_word_is_still_enough(tmp_path: Path) -> None:
    outcome = found(tmp_path, DOCUMENT)
    (tmp_path / "crmsheet.toml").write_text('policy = "followup"\n', encoding="utf-8")
    assert outcome.policy_name == "crm" and judged(tmp_path / "t.xlsx").policy_name == "followup"
