"""``crmsheet policy diff A B``: what changed, in words a lead reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from crmsheet.lab.words import Pair, facts
from crmsheet.policy.schema import Policy
from crmsheet.texts import Lang, say


class Change(NamedTuple):
    """One fact that differs; ``before`` or ``after`` is None where it is not there."""

    part: str
    name: Pair
    before: Pair | None
    after: Pair | None

    @property
    def kind(self) -> Literal["added", "removed", "changed"]:
        """What became of it."""
        return "added" if self.before is None else "removed" if self.after is None else "changed"

    def text(self, lang: Lang) -> str:
        """``跟进节奏 S 常规跟进：每7天 → 每14天``."""
        at = 0 if lang == "zh" else 1
        part = say("policy", f"part_{self.part}", lang)
        name = f"{part} {self.name[at]}".rstrip()
        return say("policy", f"diff_{self.kind}", lang, name=name, before=(self.before or ("", ""))[at], after=(self.after or ("", ""))[at])


def diff(one: Policy, other: Policy) -> list[Change]:
    """What B says otherwise than A, part by part in the order of the file."""
    return list(_differing(one, other))


def _differing(one: Policy, other: Policy) -> Iterator[Change]:
    before, after = facts(one), facts(other)
    keys = list(dict.fromkeys([*before, *after]))
    parts = list(dict.fromkeys(part for part, _ in keys))
    for key in sorted(keys, key=lambda each: parts.index(each[0])):
        old, new = before.get(key), after.get(key)
        if (old and old.text) != (new and new.text):
            yield Change(key[0], (new or old).name, old and old.text, new and new.text)  # type: ignore[union-attr]
