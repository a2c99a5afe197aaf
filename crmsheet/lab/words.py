"""A policy as small named facts, each in Chinese and English: what ``crmsheet policy diff`` compares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from crmsheet.judge.show import show_money, show_percent
from crmsheet.policy.schema import BandSpec, Every, Fact, Policy, TierRule
from crmsheet.tables.spec import table_spec

Pair = tuple[str, str]  # Chinese, English
_CHINESE_BANDS = {"高": "high", "中": "middle", "低": "low", "未知": "unknown"}


class Said(NamedTuple):
    """One fact: ``part``, a key of the locale file; what it is about; and what it says."""

    part: str
    name: Pair
    text: Pair


def facts(policy: Policy) -> dict[tuple[str, str], Said]:
    """Every fact of a policy by (part, Chinese name), in the file's order; alike names are numbered."""
    found: dict[tuple[str, str], Said] = {}
    times = Counter[tuple[str, str]]()
    for one in _facts(policy):
        key = (one.part, one.name[0])
        times[key] += 1
        found[key if times[key] == 1 else (one.part, f"{one.name[0]}#{times[key]}")] = one
    return found


def _facts(policy: Policy) -> Iterator[Said]:
    order = " > ".join(policy.tiers)
    yield Said("tiers", ("", ""), (order, order))
    yield Said("approval", ("", ""), ("需负责人审核", "a lead approves") if policy.approval == "required" else ("直接生效", "takes effect at once"))
    for band in policy.bands:
        yield from _band(band)
    for rule in policy.rules:
        yield Said("rule", (rule.tier, rule.tier), _rule(rule, policy))
    for touch in policy.touches:
        how, who = "/".join(touch.methods), touch.who or ""
        extra = f"（{'，'.join(filter(None, (how, who)))}）" if how or who else ""
        name = f"{touch.tier} {touch.name}"
        yield Said("touch", (name, name), (touch.interval.text("zh") + extra, touch.interval.text("en") + extra))
    for tier, one in policy.cadence.items():
        yield Said("cadence", (tier, tier), (f"每月{one.text()}次", f"{one.text()} a month"))
    yield from _moves(policy)
    yield from _records(policy)
    yield from _events(policy)
    yield from _care(policy)
    yield from _scores(policy)


def _header(field: str) -> str:
    known = table_spec("customers").fields.get(field) or table_spec("followups").fields.get(field)
    return known.header if known else field


def _money(value: float) -> str:
    return str(show_money(np.array([value]))[0])


def _percent(value: float) -> str:
    return str(show_percent(np.array([value]))[0])


def _english(level: str) -> str:
    return _CHINESE_BANDS.get(level, level)


def _band(band: BandSpec) -> Iterator[Said]:
    fields = "/".join(map(_header, band.fields))
    yield Said("band", (f"{band.title}的依据", f"{band.title} comes from"), (fields, fields))
    for level, (zh, en) in _levels(band):
        yield Said("band", (f"{band.title}{level}", f"{band.title} {_english(level)}"), (zh, en))


def _levels(band: BandSpec) -> Iterator[tuple[str, Pair]]:
    """What each level of a band takes."""
    for step in band.steps:
        bound = step.min if band.kind == "amount" else step.max
        shown = "" if bound is None else _money(bound) if band.kind == "amount" else f"{bound:g}"
        rest = ("其余", "everything else")
        yield step.band, rest if bound is None else (f"≥{shown}",) * 2 if band.kind == "amount" else (f"{shown}天内", f"within {shown} days")
    if band.past is not None and band.past.max is not None:
        yield band.past.band, (f"已过{band.past.max:g}天内", f"up to {band.past.max:g} days past")
    for rule in band.rules:
        told = [_fact(one) for one in rule.all]
        yield rule.band, ("且".join(zh for zh, _ in told) or "其余", " and ".join(en for _, en in told) or "everything else")
    for word, level in band.words.items():
        yield level, (f"“{word}”", f"“{word}”")
    if band.kind == "rate_or_word":
        yield "高", (f"≥{_percent(band.min or 0)}",) * 2
    for field, limit in band.limits.items():
        yield "高", (f"{_header(field)}>{_percent(limit)}",) * 2


def _fact(fact: Fact) -> Pair:
    zh, en = "或".join(map(_header, fact.any_of or fact.blank)), " or ".join(map(_header, fact.any_of or fact.blank))
    return (f"{zh}{fact.says}", f"{en} is {fact.says}") if fact.any_of else (f"{zh}未填", f"{en} blank")


def _rule(rule: TierRule, policy: Policy) -> Pair:
    titles = {band.name: band.title for band in policy.bands}
    zh = [f"{titles[name]}{'或'.join(levels)}" for name, levels in rule.when.items()] + (["至少有一项依据"] if rule.present else [])
    en = [f"{titles[name]} {' or '.join(map(_english, levels))}" for name, levels in rule.when.items()]
    en += ["some input is there"] if rule.present else []
    return "，".join(zh) or "其余情况", ", ".join(en) or "everybody else"


def _moves(policy: Policy) -> Iterator[Said]:
    moves = policy.moves
    if (one := moves.immediate) is not None:
        over, header = _money(one.over), _header(one.field)
        yield Said("move", ("立即升级", "immediate"), (f"{header}>{over}且决策链清晰 → {one.to}", f"{header} over {over} and a clear decision chain → {one.to}"))
    if (stop := moves.stalled) is not None:
        yield Said("move", ("停滞", "stalled"), (
            f"{stop.source_tier}满{stop.months}个月、{stop.entries}次跟进无进展 → {stop.to}，{stop.again_days}天内不回升",
            f"{stop.months} months in {stop.source_tier} and {stop.entries} contacts without progress → {stop.to}, not back within {stop.again_days} days"))  # fmt: skip
    if (rest := moves.dormant) is not None:
        yield Said("move", ("休眠", "dormant"), (f"{rest.months}个月无互动", f"{rest.months} months of silence"))
    waits: Mapping[str, tuple[Pair, int, Pair]] = {
        "lost": (("建议流失", "proposed as lost"), moves.lost_months, ("个月无联系", "months without contact")),
        "opposite": (("反向调整", "the opposite move"), moves.opposite_days, ("天后", "days later")),
        "rejected": (("驳回后再提", "proposed again after a refusal"), moves.rejected_days, ("天后", "days later")),
        "human": (("人工改过后再提", "proposed again after a hand edit"), moves.human_days, ("天后", "days later")),
    }
    for name, number, unit in waits.values():
        yield Said("move", name, (f"{number}{unit[0]}", f"{number} {unit[1]}"))


def _records(policy: Policy) -> Iterator[Said]:
    records = policy.records
    if records.complete is not None:
        names = ["或".join(map(_header, word.split("/"))) for word in records.complete.fields]
        yield Said("record", ("跟进记录应有", "a log entry holds"), ("、".join(names), ", ".join(names)))
    if records.within is not None:
        day = records.within.limit == "same-day"
        yield Said("record", ("填写时限", "recorded within"), ("当日", "the same day") if day else ("24小时", "24 hours"))
    if records.most is not None:
        yield Said("record", ("最低一级每月最多联系", "the lowest tier is contacted at most"), (f"{records.most.contacts}次", f"{records.most.contacts} times a month"))
    if records.stage_friday is not None:
        yield Said("record", ("客户状态", "the stage"), ("每周五更新", "is updated every Friday"))


def _events(policy: Policy) -> Iterator[Said]:
    for name, rule in policy.events.items():
        zh, en = (Every.read(rule.after or rule.before or "").text(lang).removeprefix("每").removeprefix("every ") for lang in ("zh", "en"))
        side = ("后", "after") if rule.after else ("前", "before")
        working = ("（工作日）", " (working days)") if rule.working else ("", "")
        late = f"，{rule.breach}" if rule.breach else ""
        yield Said("event", (rule.text.partition("：")[0], name.replace("_", " ")), (f"{zh}{side[0]}{working[0]}{late}", f"{en} {side[1]}{working[1]}{late}"))


def _care(policy: Policy) -> Iterator[Said]:
    if (one := policy.care) is not None:
        tiers, when = ", ".join(one.tiers or policy.tiers[:1]), "、".join((*one.festivals, *(["生日"] if one.birthdays else [])))
        yield Said("care", ("", ""), (f"{tiers}：{when}", f"{tiers}: {when}"))


def _scores(policy: Policy) -> Iterator[Said]:
    total = sum(one.weight for one in policy.score)
    for one in policy.score:
        name = f"{one.part}·{_header(one.fields[0])}"
        scale = ", ".join(f"{value:g}={points:g}" for value, points in one.scale)
        words = ", ".join(f"{word}={points:g}" for word, points in one.words.items())
        worth = "; ".join(filter(None, (scale, words)))
        yield Said("weight", (name, name), (f"{one.weight / total:.0%}",) * 2)
        yield Said("scale", (name, name), (worth, worth))
