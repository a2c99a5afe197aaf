"""Contacts a week asked by the policy, possible and done: whose do not fit, by how much, and what gives first."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sheets import Rows, write_workbook

from crmsheet.assess import Options
from crmsheet.errors import PolicyError
from crmsheet.model import OwnerLoad
from crmsheet.policy.settings import Capacity
from crmsheet.review.document import document
from crmsheet.review.effort import effort
from crmsheet.run import check

D, AS_OF = dt.date, dt.date(2024, 3, 20)


def team(folder: Path, settings: str) -> Path:
    """王*: 14 A (a call every 7 days) and 4 B (every 14): 16 a week.  李*: 2 A: 2 a week; crm, as the amounts say."""
    rows: Rows = [["客户编号", "客户名称", "负责人", "年合作额(万元)", "客户等级", "首次接触时间"],
                  *([f"C{i:07}", f"甲{i}公司", "王*", 60, "A", D(2024, 3, 1)] for i in range(14)),
                  *([f"C{i:07}", f"乙{i}公司", "王*", 20, "B", D(2024, 3, 1)] for i in range(14, 18)),
                  *([f"C{i:07}", f"丙{i}公司", "李*", 60, "A", D(2024, 3, 1)] for i in range(18, 20))]  # fmt: skip
    log: Rows = [["客户编号", "跟进时间", "跟进方式", "沟通内容摘要"],  # 8 contacts in the last four weeks, one before them
                 *([f"C{i:07}", D(2024, 3, 10), "电话", f"谈第{i}项"] for i in range(8)),
                 ["C0000000", D(2024, 2, 21), "电话", "初次联系"]]  # fmt: skip
    (folder / "crmsheet.toml").write_text(settings, encoding="utf-8")
    return write_workbook(folder / "team.xlsx", {"客户": rows, "跟进记录": log})


def loads(path: Path) -> dict[str | None, OwnerLoad]:
    insight = check(path, Options(as_of=AS_OF, policy="crm")).outcome.insight
    assert insight is not None
    return {one.owner: one for one in insight.loads}


def test_asked_possible_and_done_a_week(tmp_path: Path) -> None:
    wang, li = (loads(team(tmp_path, "")).get(owner) for owner in ("王*", "李*"))
    assert wang is not None and li is not None
    assert (wang.customers, round(wang.asked, 6), wang.capacity, wang.done, wang.over, wang.gives) == (18, 16, 25, 2, 0, ())
    assert (li.customers, round(li.asked, 6), li.capacity, li.done) == (2, 2, 25, 0)


def test_the_lowest_tier_gives_way_first(tmp_path: Path) -> None:
    wang = loads(team(tmp_path, '[capacity]\ncontacts = 13\n[capacity.owners]\n"李*" = 5\n'))["王*"]
    assert round(wang.over, 6) == 3
    assert [(tier, round(count, 6)) for tier, count in wang.gives] == [("B", 2), ("A", 1)]


def test_review_and_document_say_whose_week_is_too_full(tmp_path: Path) -> None:
    outcome = check(team(tmp_path, "[capacity]\ncontacts = 13\n"), Options(as_of=AS_OF, policy="crm")).outcome
    said = " ".join(getattr(block, "text", "") for block in effort(outcome, "zh").blocks)
    assert "1 位负责人排不下：王* 每周要联系 16.0 次、只排得下 13 次，超出 3.0 次，先让出 B级 2.0 次；A级 1.0 次。" in said
    first = document(outcome, "zh")["insight"]["workload"][0]
    assert first == {"owner": "王*", "customers": 18, "asked": 16.0, "capacity": 13, "done": 2.0, "over": 3.0,
                     "gives": [{"tier": "B", "contacts": 2.0}, {"tier": "A", "contacts": 1.0}]}  # fmt: skip


def test_a_week_of_an_owner_goes_by_the_very_name_then_by_a_pattern() -> None:
    capacity = Capacity(contacts=20, owners={"王*": 10, "王小*": 30, "王小明": 15})
    assert [capacity.of(name) for name in ("王小明", "王*", "王小红", "李四", None)] == [15, 10, 10, 20, 20]


@pytest.mark.parametrize(("text", "word"), [("contacts = 0", "contacts"), ("contatcs = 5", "did you mean “contacts”"), ('owners = {"王*" = -1}', "王*")])
def test_a_capacity_that_cannot_be_is_refused(text: str, word: str, tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as refused:
        loads(team(tmp_path, f"[capacity]\n{text}\n"))
    assert word in refused.value.en
