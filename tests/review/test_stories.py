"""A customer's story: what is told, how much of it, and that no private value is in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from sheets import AS_OF
from weeks import Weeks

from crmsheet.model import Outcome, Past, Talk
from crmsheet.review.blocks import Stories, Story
from crmsheet.review.html import render
from crmsheet.review.html_stories import escaped, story_markup
from crmsheet.review.people import customers
from crmsheet.review.stories import tell
from crmsheet.review.words import Say

ZH = Say("zh")


def parts(story: Story) -> dict[str, list[tuple[str, str, str]]]:
    return {title: [tuple(line) for line in lines] for title, lines in story.parts}


def day(before: int) -> dt.date:
    return AS_OF - dt.timedelta(days=before)


def test_contacts_come_latest_first_five_at_most_with_their_cells_and_the_rest_counted(tmp_path: Path) -> None:
    log = [["C0000000", day(n), "电话", f"第{n}天", "再想想" if n == 1 else None, "再谈"] for n in (9, 1, 3, 7, 5, 2)]
    talks = parts(tell(Weeks(tmp_path, [{}], log).run(), ZH)[0])["联系经过"]
    assert talks[0] == (f"{day(1)} 电话", "第1天｜再想想", "跟进记录!B3")
    assert [text for _, text, _ in talks[1:]] == ["第2天", "第3天", "第5天", "第7天", "更早还有 1 次"]


def test_moves_come_from_the_ledger_with_what_this_run_adds(tmp_path: Path) -> None:
    team = Weeks(tmp_path, [{"优先级": "B", "历史合作金额(万元)": 20}])
    team.run()
    team.set(0, "优先级", "A")
    moves = parts(tell(team.run(7), ZH)[0])["等级变更"]
    assert moves[0][0] == str(AS_OF + dt.timedelta(days=7)) and moves[0][1].startswith("B → A 人工调整")


def test_the_score_is_told_by_its_terms_and_what_is_missing_is_counted(tmp_path: Path) -> None:
    found = Weeks(tmp_path, [{"优先级": "B", "历史合作金额(万元)": 20, "决策链": "清晰"}]).run()
    (terms,) = found.score_terms([0])
    score = parts(tell(found, ZH)[0])["综合评分构成"]
    assert ("9/9", "决策链清晰", "G2") in score  # the customer's own sheet is not named again
    assert score[-1] == ("—", f"另有 {sum(one.points is None for one in terms)} 项缺少资料，未计分", "")


def test_no_private_value_is_told_not_even_half_a_number(tmp_path: Path) -> None:
    words = "张三丰说" + "很好" * 18 + "电话13812345678请回"  # the number lies across the cut
    team = Weeks(tmp_path, [{"联系人": "张三丰"}], [["C0000000", day(1), "电话13812345678", words, "发到zhangsan@example.com", "再谈"]])
    told = repr(tell(team.run(), ZH))
    for private in ("张三丰", "13812345678", "1381234", "zhangsan@"):
        assert private not in told
    assert "张*" in told


def test_only_the_first_5000_are_told_and_the_page_says_so(make_outcome: Callable[..., Outcome]) -> None:
    outcome = make_outcome(5_001)
    told = tell(outcome, ZH)
    last = int(outcome.customers["rank"].argmax())
    assert len(told) == 5_000 and f"k{last}" not in {story.anchor for story in told}
    block = customers(outcome, "zh").blocks[1]
    assert isinstance(block, Stories) and block.note == "按排名列出前 5,000 位客户，其余 1 位请用 crmsheet explain 查看。"


def test_what_the_team_typed_is_text_also_with_the_separator_in_it(make_outcome: Callable[..., Outcome]) -> None:
    for said in ("<script>1</script>", "甲\x1f<b>乙</b>\x00"):
        talk = Talk(day(1), "电话", said, None)
        outcome = make_outcome(1, pasts=lambda positions, talk=talk: [Past((talk,), 1, ()) for _ in positions])
        markup = str(story_markup(tell(outcome, ZH)))
        assert "<script>" not in markup and "<b>乙" not in markup and "\x1f" not in markup and "\x00" not in markup
        assert render(outcome, (customers(outcome, "zh"),), "zh").count("<script") == 1
    assert escaped(["a\x1fb", "<"]) == ["a\ufffdb", "&lt;"]
