"""A section of the review: customers of each region, those in the top tier, and what is overdue there."""

from __future__ import annotations

from crmsheet.model import Outcome
from crmsheet.review.blocks import Column, Section, Table, Text
from crmsheet.texts import Lang

WORDS = {
    "zh": ("各区域", "区域", "客户数", "{tier}级", "逾期客户", "（未填）"),
    "en": ("By region", "region", "customers", "tier {tier}", "overdue", "(blank)"),
}  # fmt: skip


def regions(outcome: Outcome, lang: Lang) -> Section:
    """Largest region first; without a column of regions there is nothing to say."""
    title, region, count, top, late, blank = WORDS[lang]
    people = outcome.customers
    if people["region"].isna().all():
        return Section("regions", title, ())
    seen = people.assign(
        place=people["region"].fillna(blank), top=people["tier_effective"] == outcome.tiers[0], late=people["status"] == "overdue"
    )
    told = seen.groupby("place").agg(customers=("row", "size"), top=("top", "sum"), late=("late", "sum")).sort_values("customers", ascending=False)
    columns = (
        Column("region", region, width=20), Column("customers", count, "int"), Column("top", top.format(tier=outcome.tiers[0]), "int"),
        Column("late", late, "int"),
    )  # fmt: skip
    return Section("regions", title, (Text(outcome.workbook), Table("regions", title, columns, list(told.itertuples(name=None)))))
