"""One fault of a policy: what, where, and what to do, in words of ``templates/locale/policy.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from crmsheet.texts import Lang, say


class Fault(NamedTuple):
    """``code``: its name in the locale file; ``path``: dotted, as in the file; ``params``: what fills its text.

    An ``info`` is no fault: it is what the documents themselves leave contradictory or open, or what decides an overlap.
    """

    code: str
    path: str
    params: Mapping[str, Any]
    severity: Literal["error", "info"] = "error"

    def text(self, lang: Lang) -> str:
        """What is wrong, and what to do."""
        return say("policy", self.code, lang, **{key: shown(value, lang) for key, value in self.params.items()})


def shown(value: object, lang: Lang) -> str:
    """A list as people write it in that language, a pair (Chinese, English) by its side, anything else as it is."""
    if isinstance(value, tuple):
        return str(value[0] if lang == "zh" else value[1])
    if isinstance(value, list):
        return ("、" if lang == "zh" else ", ").join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
