"""The review's words: texts of ``templates/locale/review.toml`` and the colours of the documents' own terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmsheet.model import Kpi
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
        """One text, filled.  Raises KeyError for an unknown key."""
        return texts("review", self.lang)[key].format(**params)

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
