"""The presets as the documents want them, and how a faulty policy is refused."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from crmsheet.errors import PolicyError
from crmsheet.judge.bands import LEVELS, possible
from crmsheet.judge.fields import check_fields
from crmsheet.judge.tiers import RuleTable
from crmsheet.policy.load import load_policy, parse_policy, preset_names, preset_text
from crmsheet.policy.schema import UNKNOWN, Policy
from crmsheet.tables.spec import table_spec

# preset, tier: every (methods; who) as in SPEC §4, Touches
TOUCHES = {
    ("priority", "S"): [("7d", {"电话", "拜访"}, "资深销售"), ("1m", {"拜访"}, "资深销售")],
    ("priority", "A"): [("14d", {"电话", "邮件"}, "销售专员"), ("3m", {"拜访"}, "销售专员"), ("1m", set(), "资深销售")],
    ("priority", "B"): [("1m", {"邮件", "电话"}, "销售助理"), ("6m", {"拜访"}, "销售助理")],
    ("profile", "A"): [("3d", {"电话", "邮件"}, None)],
    ("profile", "B"): [("7d", set(), None)],
    ("profile", "C"): [("1m", set(), None)],
    ("crm", "A"): [("7d", {"电话", "拜访"}, None), ("1m", set(), "销售总监")],
    ("crm", "B"): [("14d", set(), None), ("3m", set(), None)],
    ("crm", "C"): [("1m", set(), None), ("6m", set(), None)],
    ("followup", "A"): [("7d", {"电话", "拜访"}, None)],
    ("followup", "B"): [("14d", {"电话", "邮件"}, None)],
    ("followup", "C"): [("1m", set(), None)],
    ("strategy", "高价值稳定型"): [("1m", set(), None)],
    ("strategy", "高价值潜力型"): [("14d", set(), None)],
    ("strategy", "低价值稳定型"): [("3m", set(), None)],
    ("strategy", "低价值风险型"): [("1m", set(), None)],
}


@pytest.mark.parametrize(("preset", "tier"), list(TOUCHES))
def test_touches(preset: str, tier: str) -> None:
    touches = load_policy(preset).touches_of(tier)
    assert [(t.every, set(t.methods), t.who) for t in touches] == TOUCHES[preset, tier]


def test_tiers_in_their_order_and_approval() -> None:
    assert {name: load_policy(name).tiers for name in preset_names()} == {
        "priority": ("S", "A", "B"), "crm": ("A", "B", "C"), "profile": ("A", "B", "C"), "followup": ("A", "B", "C"),
        "strategy": ("高价值稳定型", "高价值潜力型", "低价值稳定型", "低价值风险型"),
    }  # fmt: skip
    assert {name for name in preset_names() if load_policy(name).approval == "required"} == {"priority", "strategy"}


@pytest.mark.parametrize("name", preset_names())
def test_every_input_of_a_preset_is_a_field(name: str) -> None:
    policy = load_policy(name)
    used = {field for part in (*policy.bands, *policy.score) for field in part.fields} | set(policy.requires_any)
    assert used <= table_spec("customers").fields.keys()


def tier_of(policy: Policy, bands: dict[str, str], there: bool) -> str:
    """The first rule that holds, said as plainly as possible."""
    for rule in policy.rules:
        if all(bands[name] in allowed for name, allowed in rule.when.items()) and (there or not rule.present):
            return rule.tier
    raise AssertionError("the last rule has no condition")


@pytest.mark.parametrize("name", preset_names())
def test_the_look_up_table_agrees_with_the_rules_for_every_combination(name: str) -> None:
    policy = load_policy(name)
    rules = RuleTable(policy)
    names = [band.name for band in policy.bands]
    for code, combo in enumerate(itertools.product(LEVELS, repeat=len(names))):
        for there in (False, True):
            expected = rules.number(tier_of(policy, dict(zip(names, combo, strict=True)), there))
            assert rules.grade_of[code * 2 + there] == expected


@pytest.mark.parametrize("name", preset_names())
def test_the_worst_completion_is_the_worst_of_all_completions(name: str) -> None:
    policy = load_policy(name)
    rules = RuleTable(policy)
    names = [band.name for band in policy.bands]
    for code, combo in enumerate(itertools.product(LEVELS, repeat=len(names))):
        choices = [possible(band) if level == UNKNOWN else (level,) for band, level in zip(policy.bands, combo, strict=True)]
        tiers = [tier_of(policy, dict(zip(names, full, strict=True)), True) for full in itertools.product(*choices)]
        assert rules.worst_of[code * 2 + 1] == max(rules.number(tier) for tier in tiers)


CRITERION = "[[score]]\nname = 'x'\npart = 'y'\nkind = 'amount'\nfields = ['amount']\nsource = 'S000-1'\n"
FAULTS = [
    ("tiers = ['S']", "tiers"),
    ("approval = 'maybe'", "approval"),
    ("verson = '2'", "version"),
    ("[[rules]]\ntier = 'D'\nsource = 'S000-14'\n[[rules]]\ntier = 'A'\nsource = 'assumption'", "“D” is not a tier"),
    ("[[rules]]\ntier = 'S'\nwhen = { size = ['高'] }\nsource = 'S000-14'\n[[rules]]\ntier = 'A'\nsource = 'assumption'", "rules[0].when.size"),
    ("[[rules]]\ntier = 'S'\nsource = 'S000-14'\n[[rules]]\ntier = 'A'\nwhen = { value = ['高'] }\nsource = 'assumption'", "last rule"),
    ("[[rules]]\ntier = 'S'\n[[rules]]\ntier = 'A'\nsource = 'S9-1'", "rules[0].source"),
    (f"{CRITERION}weight = 0\nscale = [[0, 0]]", "score[0].weight"),
    (f"{CRITERION}weight = -1\nscale = [[0, 0]]", "score[0].weight"),
    (f"{CRITERION}weight = 1\nscale = [[0, 0], [5, 101]]", "score[0].scale[1][1]"),
    (f"{CRITERION}weight = 1\nscale = [[5, 0], [5, 10]]", "the values must rise"),
    (f"{CRITERION}weight = 1", "needs “scale”"),
    (f"{CRITERION}weight = 1\nscale = [[0, 0]]\nwords = {{ '高|好' = 1, '好' = 2 }}", "a word stands twice"),
    (f"{CRITERION}weight = 1\nscale = [[0, 0]]\n{CRITERION}weight = 2\nscale = [[0, 0]]", "score: a name stands twice"),
    ("[[touches]]\ntier = 'S'\nname = 'x'\nevery = 'weekly'\ncontent = 'x'\nsource = 'assumption'", "touches[0].every"),
]


@pytest.mark.parametrize(("text", "told"), FAULTS)
def test_a_faulty_policy_is_told_by_its_dotted_path(text: str, told: str) -> None:
    with pytest.raises(PolicyError) as error:
        parse_policy(f'extends = "priority"\n{text}', "own.toml")
    assert told in error.value.en and "own.toml" in error.value.zh and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("field", "told"), [("amont", "bands[0].fields: no field “amont”, did you mean “amount”?"), ("industry", "bands[0].fields: “industry”")]
)
def test_a_band_of_a_field_that_does_not_fit_is_told(field: str, told: str) -> None:
    text = preset_text("crm").replace('fields = ["annual_amount", "expected_amount", "amount"]', f'fields = ["{field}"]')
    with pytest.raises(PolicyError) as error:
        check_fields(parse_policy(text, "own.toml"))
    assert told in error.value.en


@pytest.mark.parametrize(
    ("field", "instead", "told"),
    [('fields = ["payment"]', 'fields = ["paymemt"]', "score[3].fields: no field “paymemt”, did you mean “payment”?"),
     ('fields = ["payment"]', 'fields = ["amount"]', "score[3].fields: “amount” is no input for a criterion of kind “words”"),
     ('"高" = 100, "中" = 60, "低" = 15', '"很高" = 100', "score[7].words: “fit” is never “很高”; there are 高、中、低")],
)  # fmt: skip
def test_a_criterion_that_does_not_fit_its_field_is_told(field: str, instead: str, told: str) -> None:
    assert field in preset_text("priority")
    with pytest.raises(PolicyError) as error:
        check_fields(parse_policy(preset_text("priority").replace(field, instead), "own.toml"))
    assert told in error.value.en


def test_broken_toml_is_told_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('name = "x\n', encoding="utf-8")
    with pytest.raises(PolicyError, match="line 1"):
        load_policy(str(path))


@pytest.mark.parametrize("name", ["prioritty", "Priority"])
def test_an_unknown_preset_gets_a_suggestion(name: str) -> None:
    with pytest.raises(PolicyError, match="priority"):
        load_policy(name)
