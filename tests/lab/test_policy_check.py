"""``crmsheet policy check``: thirty seeded faults and more, each found with its line; nothing in the presets."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sheets import ROWS_SIMPLE, by_id, codes, judged, write_workbook

from crmsheet.cli import cli
from crmsheet.lab.lint import lint
from crmsheet.policy.load import preset_names, preset_text
from crmsheet.policy.schema import Policy

AS_OF = dt.date(2024, 3, 20)
B_RULES = ('[[rules]]\ntier = "B"\nwhen = { value = ["低"] }\nsource = "S000-16"\n', '[[rules]]\ntier = "A"\nsource = "S000-15"')
# preset, what stands in it, what is put there instead, the fault's code, and text of the line that it names
SEEDED = [
    ("crm", 'tier = "C"\nwhen = { value = ["低"] }', 'tier = "C"\nwhen = { value = ["未知"] }', "gap", "[[rules]]@4"),
    ("priority", *B_RULES, "rule-unreachable", "[[rules]]@4"),
    ("crm", 'when = { value = ["高"] }', 'when = { value = ["高", "中"] }', "rule-unreachable", "[[rules]]@2"),
    ("crm", 'when = { value = ["高"] }', 'when = { value = ["高", "中"] }', "tier-unreachable", "tiers = "),
    ("crm", 'tiers = ["A", "B", "C"]', 'tiers = ["A", "B", "C", "D"]\n', "structure", "[[touches]]@1"),
    ("strategy", 'when = { value = ["高"] }', 'when = { value = ["中"] }', "band-value-impossible", 'when = { value = ["中"] }'),
    ("profile", 'when = { value = ["未知"], need = ["未知"] }', 'when = { sise = ["未知"] }', "structure", "when = { sise"),
    ("crm", 'band = "高", min = 500000', 'band = "高", min = 50000', "steps-order", "steps = ["),
    ("priority", 'band = "高", max = 30 }, { band = "中", max = 90', 'band = "高", max = 90 }, { band = "中", max = 30', "steps-order", 'steps = [{ band = "高", max'),
    ("crm", 'band = "高", min = 500000 }, { band = "中"', 'band = "中", min = 500000 }, { band = "高"', "levels-order", "steps = ["),
    ("crm", '{ band = "低" }]', '{ band = "低", min = 10000 }]', "no-rest", "steps = ["),
    ("crm", 'steps = [{ band = "高", min = 500000 }', 'steps = [{ band = "高", max = 500000 }', "step-key", "steps = ["),
    ("priority", '  { band = "中" },\n', "", "no-rest", "rules = ["),
    ("priority", '{ band = "高", all = [{ any_of = ["plan", "need_clarity"], is = "明确" }, { any_of = ["chain"], is = "清晰" }] }', '{ band = "高" }', "step-after-rest", "rules = ["),
    ("priority", '{ any_of = ["chain"], is = "清晰" }', '{ any_of = ["chain"], is = "很清楚" }', "word-never", "[[bands]]@2"),
    ("followup", '"清晰" = "高"', '"清楚" = "高"', "word-never", "[[bands]]@3"),
    ("priority", '{ any_of = ["chain"], is = "清晰" }', '{ any_of = ["fit"], is = "高" }', "band-field", "[[bands]]@2"),
    ("strategy", "churn = 0.05", "churn = 5", "rate-scale", "[[bands]]@3"),
    ("strategy", "limits = { churn = 0.05, complaints", "limits = { chrun = 0.05, complaints", "band-field", "[[bands]]@3"),
    ("crm", 'fields = ["annual_amount", "expected_amount", "amount"]   # the', 'fields = ["anual_amount"]   # the', "structure", 'fields = ["anual'),
    ("priority", 'requires_any = ["amount"]', 'requires_any = ["order_size"]', "field-unread", "requires_any"),
    ("priority", 'requires_any = ["amount"]', 'requires_any = ["amuont"]', "field-unknown", "requires_any"),
    ("priority", 'field = "new_budget"', 'field = "industry"', "field-unknown", "immediate = "),
    ("priority", "weight = 20", "weight = 25", "weights-sum", "[[score]]@1"),
    ("crm", 'words = { "高" = 100, "中" = 60, "低" = 20 }', 'words = { "高" = 60, "中" = 60, "低" = 60 }', "criterion-flat", "[[score]]@3"),
    ("priority", "A = { least = 2, most = 2", "A = { least = 8, most = 8", "cadence-touch", "A = { least"),
    ("priority", "S = { least = 4, most = 8", "S = { least = 8, most = 4", "cadence-order", "S = { least"),
    ("crm", 'C = { least = 1, most = 1, source = "S002-38" }\n', "", "cadence-missing", "[cadence]"),
    ("followup", 'tier = "C"\nname = "常规跟进"\nevery = "1m"', 'tier = "C"\nname = "常规跟进"\nevery = "14d"', "limit-touches", "most = {"),
    ("crm", "C = { least = 1, most = 1", "C = { least = 3, most = 3", "limit-cadence", "C = { least"),
    ("crm", 'name = "高层沟通"', 'name = "常规跟进"', "touch-twice", "[[touches]]@2"),
    ("priority", 'proposal = { after = "1d", breach = "2d"', 'proposal = { after = "3d", breach = "2d"', "breach-early", "proposal = "),
    ("priority", 'from = "S", to = "A"', 'from = "A", to = "S"', "stalled-not-down", "stalled = "),
    ("priority", 'immediate = { to = "S"', 'immediate = { to = "B"', "immediate-lowest", "immediate = "),
    ("strategy", 'touches_of = "低价值风险型"', 'touches_of = "风险型"', "gap-tier", "[gap]"),
    ("strategy", 'when = { risk = ["高"] }\ntouches_of', 'when = { risks = ["高"] }\ntouches_of', "gap-band", "when = { risks"),
    ("crm", 'tier_suffix = "类"', 'teir_suffix = "类"', "structure", "teir_suffix"),
    ("crm", 'source = "S002-25"', 'source = "第二份文档"', "structure", 'source = "第二份文档"'),
    ("crm", 'every = "14d"', 'every = "两周"', "structure", 'every = "两周"'),
    ("crm", 'tiers = ["A", "B", "C"]', 'tiers = ["A", "B", "C", "A级"]', "structure", "[[touches]]@1"),
]  # fmt: skip


def found(text: str, name: str = "own.toml") -> list[tuple[str, str, int | None]]:
    return [(fault.severity, fault.code, line) for fault, line in lint(text, name, AS_OF)]


def line_that(text: str, needle: str) -> int:
    """The line of some text, or of the n-th such line (``[[rules]]@2``)."""
    what, _, number = needle.partition("@")
    return [at for at, line in enumerate(text.splitlines(), 1) if what in line][int(number or 1) - 1]


@pytest.mark.parametrize(("preset", "old", "new", "code", "where"), SEEDED, ids=[f"{n}-{one[3]}" for n, one in enumerate(SEEDED)])
def test_a_seeded_fault_is_found_at_its_line(preset: str, old: str, new: str, code: str, where: str) -> None:
    text = preset_text(preset)
    assert old in text
    faulty = text.replace(old, new, 1)
    assert ("error", code, line_that(faulty, where)) in found(faulty)


@pytest.mark.parametrize("name", preset_names())
def test_the_presets_hold_no_fault(name: str) -> None:
    assert not [one for one in found(preset_text(name), name) if one[0] == "error"]


def test_the_documents_own_contradictions_are_told_as_infos() -> None:
    told = {name: {code for _, code, _ in found(preset_text(name), name)} for name in preset_names()}
    assert told == {
        "priority": set(), "crm": set(),
        "profile": {"cadence-rounded"},  # 每周2次 is 8 a month, and every 3 days are 10
        "followup": {"rules-overlap"},  # 需求模糊 with budget, chain and fit in order: C says one line, A the other
        "strategy": {"rules-overlap", "rhythm-order", "corner-empty"},  # high value and growth; 稳定 monthly, 潜力 fortnightly
    }  # fmt: skip


EXAMPLE = '\n[[example]]\nname = "大客户"\ninputs = { amount = "120万", plan = "明确", chain = "清晰", decision_date = 20 }\ntier = "%s"\n'


def test_examples_are_graded_like_customers() -> None:
    assert found(preset_text("priority") + EXAMPLE % "S") == []
    assert [code for _, code, _ in found(preset_text("priority") + EXAMPLE % "A")] == ["example-fails"]
    assert [code for _, code, _ in found(preset_text("priority") + EXAMPLE % "Z")] == ["example-tier"]
    assert [code for _, code, _ in found(preset_text("priority") + (EXAMPLE % "S").replace("amount", "amuont"))] == ["field-unknown"]
    late = (EXAMPLE % "A").replace("= 20", "= 60")  # 31–90 days: 紧急度 中, so no S (S000-15)
    assert found(preset_text("priority") + late) == []


OWN = """extends = "priority"
name = "四级"
tiers = ["S", "A", "B", "C"]

[[rules]]
tier = "未分级"
when = { value = ["未知"] }
source = "assumption"

[[rules]]
tier = "S"
when = { value = ["高"], potential = ["高"] }
source = "assumption"

[[rules]]
tier = "A"
when = { value = ["高"] }
source = "assumption"

[[rules]]
tier = "B"
when = { value = ["中"] }
source = "assumption"

[[rules]]
tier = "C"
source = "assumption"

[moves]
dormant = false

[cadence]
S = { least = 4, most = 8, source = "S000-26" }
A = { least = 2, most = 2, source = "S000-30" }
B = { least = 1, most = 1, source = "S000-34" }
C = { least = 0.3, most = 0.5, source = "assumption" }
""" + "".join(
    f'\n[[touches]]\ntier = "{tier}"\nname = "跟进"\nevery = "{every}"\ncontent = "联系"\nsource = "assumption"\n'
    for tier, every in (("S", "7d"), ("A", "14d"), ("B", "1m"), ("C", "3m"))
)


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(cli, [str(word) for word in words], standalone_mode=False)
    return int(result.return_value or 0), result.output


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    return path


def test_a_policy_of_four_tiers_is_checked_grades_and_makes_a_workbook(own: Path, tmp_path: Path) -> None:
    code, told = run("policy", "check", own)
    assert code == 0 and told.splitlines() == [
        f"提示 · {own}（继承自 priority）: bands[2]：没有规则用到“紧急度”；请删去，或写进规则", f"{own}：没有问题（5 条等级规则，64 种分档组合，0 个示例）",
    ]  # fmt: skip
    book = write_workbook(tmp_path / "team.xlsx", {"客户信息基础表": ROWS_SIMPLE})
    outcome = judged(book, str(own))
    assert outcome.tiers == ("S", "A", "B", "C")
    assert list(outcome.customers["tier"]) == ["A", "B", "C"]  # 120万, 60万, 30万; nothing is known of plan and chain
    assert "unknown-tier" not in [code for code, _ in codes(outcome)] and by_id(outcome, "tier_known")["C0000001"] == "A"
    assert run("process", book, "--policy", own, "--as-of", "2024-03-20")[0] == 0
    assert "C" in next((tmp_path / "crmsheet-reviews").glob("*.html")).read_text(encoding="utf-8")
    assert run("init", tmp_path / "new.xlsx", "--policy", own)[0] == 0


def test_an_own_policy_says_only_what_differs_in_moves(own: Path) -> None:
    shown = run("policy", "show", own)[1]
    moves = shown[shown.index("[moves]") : shown.index("[cadence]")]
    assert "stalled" in moves and "immediate" in moves and "dormant" not in moves


def test_show_prints_toml_that_loads_as_the_same_policy(own: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.toml"
    again.write_text(run("policy", "show", own)[1], encoding="utf-8")
    assert "extends" not in again.read_text(encoding="utf-8") and "继承自 priority" in again.read_text(encoding="utf-8")
    assert json.loads(run("policy", "diff", own, again, "--json", "--quiet")[1]) == []


def test_a_fault_is_one_line_with_its_place_and_exit_2(own: Path) -> None:
    own.write_text(OWN.replace('tier = "S"\nwhen', 'tier = "SS"\nwhen'), encoding="utf-8")
    code, told = run("policy", "check", own)
    assert code == 2 and told.splitlines()[0] == f"{own}，第 11 行: rules[1].tier：“SS”不在 tiers 之中"
    code, told = run("policy", "check", own, "--lang", "en")
    assert code == 2 and told.splitlines()[0] == f"{own}, line 11: rules[1].tier: “SS” is not a tier"


def test_an_inherited_fault_says_where_it_is_from(own: Path) -> None:
    own.write_text('extends = "priority"\ntiers = ["S", "A", "B", "C"]\n', encoding="utf-8")
    told = run("policy", "check", own)[1]
    assert "（继承自 priority）: touches：等级“C”没有跟进安排" in told


def test_diff_in_words(tmp_path: Path) -> None:
    near = tmp_path / "near.toml"
    near.write_text(preset_text("priority").replace("min = 1000000", "min = 800000").replace('every = "14d"', 'every = "7d"'), encoding="utf-8")
    assert run("policy", "diff", "priority", near)[1].splitlines() == [
        f"priority → {near}：2 处不同", "  分档 价值高：≥100万 → ≥80万", "  跟进节奏 A 常规跟进：每14天（电话/邮件，销售专员） → 每7天（电话/邮件，销售专员）",
    ]  # fmt: skip
    assert "band 价值 high: ≥100万 → ≥80万" in run("policy", "diff", "priority", near, "--lang", "en")[1]
    assert json.loads(run("policy", "diff", "priority", "priority", "--json", "--quiet")[1]) == []


def test_every_part_of_a_policy_is_compared() -> None:
    assert {"bands", "rules", "touches", "cadence", "moves", "records", "events", "score", "tiers", "approval"} <= Policy.model_fields.keys()
    for preset, old, new in [
        ("priority", "over = 1000000", "over = 2000000"), ("priority", "months = 6", "months = 5"), ("crm", 'limit = "same-day"', 'limit = "24h"'),
        ("crm", "contacts = 2", "contacts = 3"), ("crm", 'after = "3d", text', 'after = "4d", text'), ("crm", "weight = 55", "weight = 45"),
        ("crm", "[100000, 40]", "[100000, 41]"), ("strategy", "min = 0.20", "min = 0.30"), ("strategy", "complaints = 0.03", "complaints = 0.04"),
        ("priority", 'approval = "required"', 'approval = "auto"'), ("profile", 'need = ["低"] }', 'need = ["低", "中"] }'),
        ("followup", '"不清晰" = "低"', '"不清晰" = "中"'), ("crm", "B = { least = 2", "B = { least = 1"),
    ]:  # fmt: skip
        from crmsheet.lab.diff import diff
        from crmsheet.policy.load import parse_policy

        assert old in preset_text(preset), old
        assert diff(parse_policy(preset_text(preset), preset), parse_policy(preset_text(preset).replace(old, new, 1), preset)), old


def of_tiers(count: int) -> str:
    """A policy of so many tiers, by amount and need: the best combinations get a tier each, the last tier all others."""
    names = [f"T{n}" for n in range(1, count + 1)]
    combos = [(value, need) for value in ("高", "中", "低") for need in ("高", "中", "低")][: count - 1]
    rules = "".join(f'[[rules]]\ntier = "{name}"\nwhen = {{ value = ["{value}"], need = ["{need}"] }}\nsource = "assumption"\n\n'
                    for name, (value, need) in zip(names, combos, strict=False))  # fmt: skip
    touches = "".join(f'[[touches]]\ntier = "{name}"\nname = "跟进"\nevery = "{7 * n}d"\ncontent = "联系"\nsource = "assumption"\n\n' for n, name in enumerate(names, 1))
    cadence = "".join(f'{name} = {{ least = {4 / n:.2f}, most = {4 / n:.2f}, source = "assumption" }}\n' for n, name in enumerate(names, 1))
    tiers = ", ".join(f'"{name}"' for name in names)
    return (f'extends = "profile"\nname = "own"\nversion = "1"\ntitle = "自定"\ntitle_en = "own"\ntiers = [{tiers}]\n\n'
            f'{rules}[[rules]]\ntier = "{names[-1]}"\nsource = "assumption"\n\n{touches}[cadence]\n{cadence}\n[records]\nmost = false\n')  # fmt: skip


@pytest.mark.parametrize("count", [2, 3, 5, 7, 9])
def test_a_policy_has_as_many_tiers_as_it_likes(count: int, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(of_tiers(count), encoding="utf-8")
    assert run("policy", "check", own)[0] == 0, run("policy", "check", own)[1]
    needs, amounts = ("高", "中", "低"), (60, 20, 5)  # ≥50万 高, 10–50万 中, else 低
    rows = [["客户编号", "客户名称", "预计合作金额(万元)", "需求优先级"],
            *([f"C{n:07d}", f"客户{n}公司", amounts[n // 3], needs[n % 3]] for n in range(9))]  # fmt: skip
    graded = judged(write_workbook(tmp_path / "team.xlsx", {"客户信息基础表": rows}), str(own))
    assert list(graded.customers["tier"]) == [f"T{min(n, count)}" for n in range(1, 10)]


def test_a_criterion_is_capped_where_its_scale_ends(tmp_path: Path) -> None:
    """60 of 100 points at most for the amount, which weighs 80 of 100; 需求优先级 高 earns 100: (80 × 60 + 20 × 100) / 100."""
    own = tmp_path / "own.toml"
    score = ('[[score]]\nname = "value"\npart = "价值"\nkind = "amount"\nfields = ["expected_amount"]\nweight = 80\nscale = [[0, 0], [500000, 60]]\nsource = "assumption"\n\n'
             '[[score]]\nname = "need"\npart = "需求"\nkind = "words"\nfields = ["need_priority"]\nweight = 20\nwords = { "高" = 100, "低" = 0 }\nsource = "assumption"\n')  # fmt: skip
    own.write_text(f'extends = "profile"\nname = "own"\n\n{score}', encoding="utf-8")
    assert run("policy", "check", own)[0] == 0
    rows = [["客户编号", "客户名称", "预计合作金额(万元)", "需求优先级"], *([f"C{n:07d}", f"客户{n}公司", amount, "高"] for n, amount in enumerate((25, 50, 5000)))]
    graded = judged(write_workbook(tmp_path / "team.xlsx", {"客户信息基础表": rows}), str(own))
    assert list(graded.customers["score"]) == [44, 68, 68]
