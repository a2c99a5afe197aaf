"""Effort against value (SPEC §8, too much on B?): who gets the contacts, and who should."""

from __future__ import annotations

from crmsheet.model import Done, Insight, Outcome, OwnerEffort, OwnerLoad, TierEffort
from crmsheet.review.blocks import Chart, Column, Notice, Row, Section, Series, Table, Tone, charts
from crmsheet.review.words import Say, days, tier_word
from crmsheet.texts import Lang

OWNERS, NAMED = 200, 5  # rows of the tables of owners; of those who have too much, named in a sentence


def effort(outcome: Outcome, lang: Lang) -> Section:
    """The verdict in words, tiers, the picture of both, owners; no contacts recorded at all, no section."""
    say, seen = Say(lang), outcome.insight
    if seen is None or not seen.weekly:
        return Section("effort", say("effort"), ())
    return Section("effort", say("effort"), (
        _verdict(outcome, seen, say), _tiers(seen, say), *_chart(seen, say), _owners(outcome, seen, say), *_loads(seen, say),
    ))  # fmt: skip


def _verdict(outcome: Outcome, seen: Insight, say: Say) -> Notice:
    whole = _whole(seen)
    by_tier = {one.tier: one for one in seen.tiers}
    top, low = by_tier[outcome.tiers[0]], by_tier[outcome.tiers[-1]]
    parts = {"low": _too_much(low, whole, seen, say), "top": _too_little(top, say)}
    said = [text for key, text in parts.items() if seen.verdict in (key, "both")]
    if not said:
        return Notice("good" if seen.verdict == "balanced" else "plain", say(f"effort_{seen.verdict}", span=days(seen.span, say), count=whole.contacts))
    advice = say(f"effort_advice_{seen.verdict}", top=tier_word(top.tier, say), low=tier_word(low.tier, say))
    return Notice("warn", say("effort_out", span=days(seen.span, say), what=say("list_separator").join(said)) + advice)


def _too_much(low: TierEffort, whole: Done, seen: Insight, say: Say) -> str:
    worth = sum(one.value for one in seen.tiers)
    text = say("effort_too_much", tier=tier_word(low.tier, say), share=_percent(low.done.contacts, whole.contacts),
               plan=_percent(low.done.planned, whole.planned))  # fmt: skip
    return text + (say("effort_worth", share=_percent(low.value, worth)) if worth else "")


def _too_little(top: TierEffort, say: Say) -> str:
    return say("effort_too_little", tier=tier_word(top.tier, say), contacts=top.done.contacts, planned=round(top.done.planned),
               share=_percent(top.done.contacts, top.done.planned))  # fmt: skip


def _whole(seen: Insight) -> Done:
    return Done(sum(one.done.contacts for one in seen.tiers), sum(one.done.planned for one in seen.tiers))


def _percent(part: float, whole: float) -> str:
    return f"{part / whole:.0%}" if whole else "—"


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _tiers(seen: Insight, say: Say) -> Table:
    whole, worth = _whole(seen), sum(one.value for one in seen.tiers)
    people = sum(one.customers for one in seen.tiers)
    rows: list[Row] = [
        (tier_word(one.tier, say), one.customers, one.done.contacts, _each(one.done.contacts, one.customers), round(one.done.planned),
         _share(one.done.contacts, one.done.planned), _share(one.done.contacts, whole.contacts), _share(one.done.planned, whole.planned),
         _share(one.customers, people), _share(one.value, worth))
        for one in seen.tiers
    ]  # fmt: skip
    columns = (
        Column("tier", say("tier"), width=12),
        Column("customers", say("customers"), "int", 10),
        Column("contacts", say("figure_contacts"), "int", 10),
        Column("each", say("contacts_each"), width=12),
        Column("planned", say("contacts_planned"), "int", 12),
        Column("done", say("plan_done"), "percent", 12),
        Column("share_contacts", say("share_contacts"), "percent", 12),
        Column("share_planned", say("share_planned"), "percent", 12),
        Column("share_customers", say("share_customers"), "percent", 12),
        Column("share_value", say("share_value"), "percent", 12),
    )
    return Table("effort", say("effort_by_tier", span=days(seen.span, say)), columns, rows, note=say("effort_note"))


def _each(contacts: int, customers: int) -> str:
    return f"{contacts / customers:.1f}" if customers else "—"


def _chart(seen: Insight, say: Say) -> tuple[Chart, ...]:
    whole, people = _whole(seen), sum(one.customers for one in seen.tiers)
    shares = (
        Series(say("of_contacts"), tuple(_share(one.done.contacts, whole.contacts) for one in seen.tiers)),
        Series(say("of_customers"), tuple(_share(one.customers, people) for one in seen.tiers)),
    )
    return charts(Chart("effort_chart", say("effort_chart"), "bars", tuple(tier_word(one.tier, say) for one in seen.tiers), shares,
                        "percent", say("about_effort")))  # fmt: skip


def _owners(outcome: Outcome, seen: Insight, say: Say) -> Table:
    top, low = (tier_word(tier, say) for tier in (outcome.tiers[0], outcome.tiers[-1]))
    rows = [_owner(one, say) for one in seen.owners[:OWNERS]]
    words: dict[str, Tone] = {say.word("verdict", key): "warn" for key in ("low", "top", "both")}
    columns = (
        Column("owner", say("owner"), width=14),
        Column("customers", say("customers"), "int", 10),
        Column("contacts", say("figure_contacts"), "int", 10),
        Column("planned", say("contacts_planned"), "int", 12),
        Column("done", say("plan_done"), "percent", 12),
        Column("top", say("done_of_plan", tier=top), width=16),
        Column("low", say("done_of_plan", tier=low), width=16),
        Column("verdict", say("verdict"), width=20, tones=words),
    )
    return Table("owners", say("effort_by_owner"), columns, rows, note=_with_rest(say("effort_owners_note"), len(seen.owners), say))


def _with_rest(note: str, owners: int, say: Say) -> str:
    """A table's note, and how many owners stand in none of its rows."""
    left = max(0, owners - OWNERS)
    return note + (say("owners_left", count=left) if left else "")


def _owner(one: OwnerEffort, say: Say) -> Row:
    return (
        one.owner or say("no_owner"), one.customers, one.done.contacts, round(one.done.planned),
        _share(one.done.contacts, one.done.planned), _of_plan(one.top), _of_plan(one.low), say.word("verdict", one.verdict),
    )  # fmt: skip


def _of_plan(done: Done) -> str:
    return f"{done.contacts} / {round(done.planned)}"


def _loads(seen: Insight, say: Say) -> tuple[Notice | Table, ...]:
    """Who is asked for more contacts than a week holds, by how much, and what gives way; then everybody."""
    over = [one for one in seen.loads if one.over >= 0.05]
    named = say("list_separator").join(load_words(one, say) for one in over[:NAMED])
    notice = (Notice("warn", say("workload_over", count=len(over), who=named)),) if over else ()
    rows: list[Row] = [(
        one.owner or say("no_owner"), one.customers, round(one.asked, 1), one.capacity, round(one.done, 1), round(one.over, 1) or None,
        gives_words(one, say),
    ) for one in seen.loads[:OWNERS]]  # fmt: skip
    columns = (
        Column("owner", say("owner"), width=14),
        Column("customers", say("workload_customers"), "int", 10),
        Column("asked", say("workload_asked"), "number", 12),
        Column("capacity", say("workload_capacity"), "number", 12),
        Column("done", say("workload_done"), "number", 14),
        Column("over", say("workload_too_much"), "number", 10),
        Column("gives", say("workload_gives"), width=24),
    )
    return (*notice, Table("load", say("workload"), columns, rows, note=_with_rest(say("workload_note"), len(seen.loads), say)))


def load_words(one: OwnerLoad, say: Say) -> str:
    """Whose week holds less than is asked, by how much, and what gives first."""
    return say("workload_one", owner=one.owner or say("no_owner"), asked=f"{one.asked:.1f}", capacity=f"{one.capacity:g}",
               over=f"{one.over:.1f}", gives=gives_words(one, say))  # fmt: skip


def gives_words(one: OwnerLoad, say: Say) -> str:
    """B 级 3.0 次、A 级 1.5 次."""
    return say("list_separator").join(say("workload_give", tier=tier_word(tier, say), count=f"{count:.1f}") for tier, count in one.gives)
