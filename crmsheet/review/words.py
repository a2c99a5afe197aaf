"""The review's words: texts of ``templates/locale/review.toml`` and the colours of the documents' own terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmsheet.model import Kpi, Ratio, Span
from crmsheet.review.blocks import Tone
from crmsheet.texts import Lang, texts

STATUS_TONES: dict[str, Tone] = {"overdue": "bad", "today": "warn", "tomorrow": "warn"}
SEVERITY_TONES: dict[str, Tone] = {"error": "bad", "warning": "warn", "info": "plain"}
MOVE_TONES: dict[str, Tone] = {
    "up": "good", "immediate": "good", "wake": "good", "down": "warn", "stalled": "warn", "dormant": "warn",
}  # fmt: skip
RATING_TONES: dict[str, Tone] = {"优": "good", "良": "good", "中": "warn", "差": "bad"}


@dataclass(frozen=True, slots=True)
class Say:
    """The review's texts in one language: ``say("more_moves", count=3)``."""

    lang: Lang

    def __call__(self, key: str, **params: Any) -> str:
        """One text, filled; with a ``count`` of 1 the text ``…_one``, where there is one.  Raises KeyError for an unknown key."""
        known = texts("review", self.lang)
        return known.get(f"{key}_one" if params.get("count") == 1 else key, known[key]).format(**params)

    def word(self, family: str, key: str | None) -> str:
        """The word for a key such as ("status", "overdue"); a key without a word is shown as it is."""
        if key is None:
            return ""
        return texts("review", self.lang).get(f"{family}_{key}", key)

    def maybe(self, key: str) -> str:
        """One text that need not exist: the empty text without one."""
        return texts("review", self.lang).get(key, "")

    def tones(self, family: str, tones: Mapping[str, Tone]) -> dict[str, Tone]:
        """The colours of a family of words, by the word that people read."""
        return {self.word(family, key): tone for key, tone in tones.items()}


def number(value: float) -> str:
    """A figure as people write it: 80, 2.5, 1,200."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def kpi(item: Kpi, say: Say) -> str:
    """One KPI in words: ``复购率 85%（目标≥80%，达成）``; one that cannot be compared says so."""
    if item.op is None or item.target is None or item.actual is None or item.met is None:
        return say("kpi_unquantified", metric=item.metric)
    return say(
        "kpi_met" if item.met else "kpi_missed",
        metric=item.metric,
        actual=number(item.actual) + item.unit,
        target=item.op + number(item.target) + item.unit,
    )


def tier_word(tier: str, say: Say) -> str:
    """S → S 级; a segment's name as it is."""
    return say("of_one_tier", tier=tier) if len(tier) == 1 else tier


def days(span: Span, say: Say) -> str:
    """2024-03-14 至 2024-03-20."""
    return say("from_to", first=span.first.isoformat(), last=span.last.isoformat())


def figure(value: float | Ratio | None) -> str:
    """A count or a rate as people read it; what nobody knows, and a rate without denominator, is —."""
    if isinstance(value, Ratio):
        value = value.value
        return "—" if value is None else f"{value:.1%}"
    return "—" if value is None else f"{value:,}"


def change(now: float | Ratio | None, then: float | Ratio | None, say: Say) -> str:
    """What changed: of a count +3, of a rate in percentage points, never in percent of it."""
    if isinstance(now, Ratio) or isinstance(then, Ratio):
        ours, theirs = (one.value if isinstance(one, Ratio) else None for one in (now, then))
        if ours is None or theirs is None:
            return "—"
        points = f"{(ours - theirs) * 100:+.1f}"
        return "0" if float(points) == 0 else say("points", change=points)
    return "—" if now is None or then is None else f"{now - then:+,}" if now != then else "0"
