"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crmsheet.errors import WorkbookError
from crmsheet.texts import Lang, say, texts

State = Literal["ok", "warn", "error"]


@dataclass(frozen=True, slots=True)
class Line:
    """``check``: what was looked at; ``fix``: what to do, None where nothing is."""

    check: str
    state: State
    text: str
    fix: str | None = None


def line(check: str, state: State, key: str, lang: Lang, **params: object) -> Line:
    """A line of the catalogue: ``key`` is what it says, ``key_fix`` what to do."""
    fix = say("doctor", f"{key}_fix", lang, **params) if f"{key}_fix" in texts("doctor", lang) else None
    return Line(check, state, say("doctor", key, lang, **params), fix)


def refused(check: str, error: WorkbookError, lang: Lang) -> Line:
    """A refusal of a run, which says what to do in the same sentence."""
    return Line(check, "error", error.zh if lang == "zh" else error.en)
