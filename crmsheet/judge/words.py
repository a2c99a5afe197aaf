"""A policy in words: one line a rule with its source, for the review (SPEC §8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from crmsheet.judge.show import show_money, show_percent
from crmsheet.policy.criteria import Criterion
from crmsheet.policy.schema import BandSpec, EventRule, Every, Fact, Policy, Step, TierRule, Touch
from crmsheet.tables.spec import table_spec


def policy_rules(policy: Policy, headers: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    """Every rule of a policy: (part, rule in words, source).  ``headers``: field → header."""
    by_hand = "等级变动只作为建议，由负责人审核后填写"
    approval = by_hand if policy.approval == "required" else "等级变动直接写入；首次运行时已有的等级只提建议"
    lines = [("审核", approval, policy.approval_source)]
    lines += [("分档", _band(spec, headers), spec.source) for spec in policy.bands]
    lines += [("等级", _rule(rule, policy), rule.source) for rule in policy.rules]
    if policy.gap is not None:
        lines.append(("补充", f"{'、'.join(policy.gap.tiers)}如有高风险，另按{policy.gap.touches_of}的节奏跟进", policy.gap.source))
    lines += [("节奏", _touch(touch), touch.source) for touch in policy.touches]
    lines += [*_moves(policy, headers), *_scores(policy, headers)]
    lines += [("事件", _event(rule), rule.source) for rule in policy.events.values()]
    if (care := policy.care) is not None:
        when = "、".join((*care.festivals, *(["生日"] if care.birthdays else [])))
        lines.append(("关怀", f"{'、'.join(care.tiers or policy.tiers[:1])}：{when}前送上祝福，非营销", care.source))
    lines += [("核对", text, source) for text, source in _records(policy)]
    return tuple(lines)


def _records(policy: Policy) -> list[tuple[str, str]]:
    records, fields = policy.records, table_spec("followups").fields
    lines = [(f"跟进周期：{tier}每月{one.text()}次", one.source) for tier, one in policy.cadence.items()]
    if (full := records.complete) is not None:
        names = ["或".join(fields[name].header for name in word.split("/")) for word in full.fields]
        lines.append((f"跟进记录应有：{'、'.join(names)}（表中有此列时）", full.source))
    if (soon := records.within) is not None:
        lines.append(("跟进记录当日填写" if soon.limit == "same-day" else "跟进记录24小时内填写", soon.source))
    if (most := records.most) is not None:
        lines.append((f"{policy.tiers[-1]}和暂无需求的客户每月联系不超过{most.contacts}次", most.source))
    if (weekly := records.stage_friday) is not None:
        lines.append(("客户状态每周五更新", weekly.source))
    return lines


def _band(spec: BandSpec, headers: Mapping[str, str]) -> str:
    names = "/".join(headers[name] for name in spec.fields)
    say: Mapping[str, Callable[[BandSpec, Mapping[str, str]], str]] = {
        "amount": _amount_steps, "days": _day_steps, "rules": _fact_rules, "words": _word_levels,
        "known": lambda *_: "有金额或写明“明确”为高，其他内容为中",
        "rate_or_word": lambda s, _: f"写明高/中/低，或比率≥{show_percent(np.array([s.min or 0.0]))[0]}为高、否则为低",
        "over": lambda s, h: "；".join(f"{h[n]}>{show_percent(np.array([v]))[0]}为高" for n, v in s.limits.items()),
    }  # fmt: skip
    return f"{spec.title}（{names}）：{say[spec.kind](spec, headers)}；空白或无法识别为未知"


def _amount_steps(spec: BandSpec, headers: Mapping[str, str]) -> str:
    def step(one: Step) -> str:
        return f"其余为{one.band}" if one.min is None else f"≥{show_money(np.array([one.min]))[0]}为{one.band}"

    return "；".join(map(step, spec.steps))


def _day_steps(spec: BandSpec, headers: Mapping[str, str]) -> str:
    steps = [f"其余为{s.band}" if s.max is None else f"{s.max:.0f}天内为{s.band}" for s in spec.steps]
    if spec.past is not None and spec.past.max is not None:
        steps.append(f"已过{spec.past.max:.0f}天内仍为{spec.past.band}，更久为低")
    return "；".join(steps)


def _fact_rules(spec: BandSpec, headers: Mapping[str, str]) -> str:
    def fact(one: Fact) -> str:
        names = "或".join(headers[name] for name in one.any_of or one.blank)
        return f"{names}{one.says}" if one.any_of else f"{names}未填"

    return "；".join(f"{'且'.join(map(fact, rule.all)) or '其余'}为{rule.band}" for rule in spec.rules)


def _word_levels(spec: BandSpec, headers: Mapping[str, str]) -> str:
    return "；".join(f"{word}为{band}" for word, band in spec.words.items())


def rule_facts(rule: TierRule, policy: Policy) -> str:
    """What a tier rule asks for: 价值高，潜力高或未知."""
    titles = {band.name: band.title for band in policy.bands}
    facts = [f"{titles[name]}{'或'.join(bands)}" for name, bands in rule.when.items()]
    if rule.present:
        facts.append("至少有一项依据")
    return "，".join(facts) or "其余情况"


def _rule(rule: TierRule, policy: Policy) -> str:
    return f"{rule.tier}：{rule_facts(rule, policy)}"


def _touch(touch: Touch) -> str:
    how = f"（{'/'.join(touch.methods)}）" if touch.methods else ""
    who = f"，{touch.who}" if touch.who else ""
    return f"{touch.tier}：{touch.name}{touch.interval.text('zh')}{how}{who}"


def _event(rule: EventRule) -> str:
    every = Every.read(rule.after or rule.before or "").text("zh").removeprefix("每")
    when = f"之前{every}" if rule.before else f"之后{every}"
    if rule.working:
        when = when.replace("天", "个工作日")
    late = f"，超过{Every.read(rule.breach).text('zh').removeprefix('每')}为超时" if rule.breach else ""
    return f"{rule.text}：{when}{late}"


def _scores(policy: Policy, headers: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """The criteria of 综合评分; their figures stand in no document, and one line says so."""
    if not policy.score:
        return []
    total = sum(criterion.weight for criterion in policy.score)
    how = "只在同一等级内排序；按已知项折算为0–100分，未填或无法判断的不计入；各项权重和分值文档未规定"
    lines = [(how, "assumption"), *((_criterion(one, total, headers), one.source) for one in policy.score)]
    return [("评分", text, source) for text, source in lines]


def _criterion(criterion: Criterion, total: float, headers: Mapping[str, str]) -> str:
    names = "，其次".join(headers[name] for name in criterion.fields)
    steps = [f"{_step(criterion.kind, value)}={points:g}分" for value, points in criterion.scale]
    words = [f"{word.replace('|', '/')}={points:g}分" for word, points in criterion.words.items()]
    scale = [f"{'、'.join(steps)}，其间按比例"] if steps else []
    return f"{criterion.part}·{names}（权重{criterion.weight / total:.0%}）：{'；'.join([*scale, *words])}"


def _step(kind: str, value: float) -> str:
    if kind == "amount":
        return str(show_money(np.array([value]))[0])
    if kind == "rate":
        return str(show_percent(np.array([value]))[0])
    if kind == "term":
        return f"{value:g}个月"
    what = "距期末" if kind == "cycle" else "还有" if value >= 0 else "已过"
    return f"{what}{abs(value):g}天"


def _moves(policy: Policy, headers: Mapping[str, str]) -> list[tuple[str, str, str]]:
    moves, lines = policy.moves, []
    if (one := moves.immediate) is not None:
        over = show_money(np.array([one.over]))[0]
        lines.append((f"{headers[one.field]}>{over}且{headers['chain']}清晰：立即列为{one.to}，待复核；同一数值只触发一次", one.source))
    if (stop := moves.stalled) is not None:
        holds = f"{stop.source_tier}满{stop.months}个月，期间至少{stop.entries}次跟进且无实质进展"
        lines.append((f"{holds}：降为{stop.to}，{stop.again_days}天内或有新进展前不再升回", stop.source))
    if (rest := moves.dormant) is not None:
        title = policy.band(rest.band).title
        lines.append((f"{policy.tiers[-1]}且{rest.months}个月无互动：{title}低则转入休眠名单，{title}未知则建议休眠；有新联系即唤醒", rest.source))
    lines += [
        (f"{moves.lost_months}个月无联系且最近反馈为暂停、终止、不再合作或拒绝：建议状态改为流失", "S002-96"),
        (f"升降级生效后{moves.opposite_days}天内不作反向调整；被驳回的建议{moves.rejected_days}天后或依据变化后再提", "assumption"),
        (f"人工改过的等级予以保留，{moves.human_days}天内不再建议升降级", "assumption"),
    ]
    return [("变动", text, source) for text, source in lines]
