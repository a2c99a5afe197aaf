"""Effort against value: contacts, plan, value, and the verdict (SPEC §8, too much on B?)."""

from __future__ import annotations

from pathlib import Path

import pytest
from teams import seen, team

from crmsheet.insight.effort import verdict
from crmsheet.model import Done


def test_contacts_and_plan_by_tier(tmp_path: Path) -> None:
    customers = [{"客户等级": "A级", "年合作额(万元)": 80}, {"客户等级": "B级", "年合作额(万元)": 15}, {}, {}]
    log = [[1, 0, "电话"], [1, 27, "电话"], [1, 29, "电话"], [3, 5, "电话"], [3, 6, "电话"]]  # 2024-02-21 is 28 days back: in the month
    a, b, c = seen(team(tmp_path, customers, log), "month").tiers
    assert (a.tier, a.customers, a.done.contacts, a.value) == ("A", 1, 2, 800_000)
    assert a.done.planned == pytest.approx(29 / 7)  # 2024-02-21..03-20 is 29 days; A every 7 days
    assert (b.customers, b.done.contacts, b.value) == (1, 0, 150_000) and b.done.planned == pytest.approx(29 / 14)
    assert (c.customers, c.done.contacts, c.value) == (2, 2, 100_000) and c.done.planned == pytest.approx(2 * 29 * 12 / 365.25)


def test_nobody_is_planned_for_the_lost_and_for_those_who_want_to_be_left_alone(tmp_path: Path) -> None:
    customers = [{"客户状态": "流失"}, {}, {}]
    tiers = seen(team(tmp_path, customers, [[2, 20, "电话", "不再合作"], [3, 2, "电话"]])).tiers
    assert tiers[-1].done.planned == pytest.approx(7 * 12 / 365.25)


def test_two_rows_of_one_id_are_planned_and_contacted_once(tmp_path: Path) -> None:
    tiers = seen(team(tmp_path, [{}, {"客户编号": "C0000001"}], [[1, 2, "电话"]])).tiers
    assert tiers[-1].done == (1, pytest.approx(7 * 12 / 365.25))


@pytest.mark.parametrize(
    ("done", "top", "low", "word"),
    [
        (Done(9, 9.0), Done(0, 5.0), Done(9, 1.0), "too-few"),
        (Done(20, 0.0), Done(0, 0.0), Done(20, 0.0), "too-few"),  # no plan to hold them against
        (Done(20, 20.0), Done(8, 10.0), Done(5, 5.0), "balanced"),  # 80% of the plan is enough
        (Done(20, 20.0), Done(7, 10.0), Done(5, 5.0), "top"),
        (Done(20, 20.0), Done(9, 10.0), Done(8, 5.0), "low"),  # 40% of the contacts, 25% of the plan
        (Done(20, 20.0), Done(3, 10.0), Done(12, 5.0), "both"),
        (Done(100, 50.0), Done(40, 20.0), Done(30, 15.0), "balanced"),  # everybody does more, in proportion
        (Done(20, 20.0), Done(0, 0.9), Done(5, 5.0), "balanced"),  # nothing was due in the top tier
    ],
)
def test_when_effort_is_out_of_proportion(done: Done, top: Done, low: Done, word: str) -> None:
    assert verdict(done, top, low) == word


def test_owners_out_of_proportion_come_first(tmp_path: Path) -> None:
    top = {"客户等级": "A级", "年合作额(万元)": 80}
    customers = [{**top, "负责人": "王*"}, {"负责人": "王*"}, {**top, "负责人": "李*"}, {"负责人": None}]
    log = [[2, back, "电话"] for back in range(6)] + [[3, back, "电话"] for back in range(7)]
    owners = seen(team(tmp_path, customers, log)).owners
    assert [(one.owner, one.customers, one.done.contacts, one.verdict) for one in owners] == [
        ("王*", 2, 6, "both"), ("李*", 1, 7, "balanced"), (None, 1, 0, "too-few")]  # fmt: skip
    assert (owners[0].top, owners[0].low.contacts) == (Done(0, 1.0), 6)
