"""One scoring criterion of a policy: which input, how much it weighs, what its values are worth (综合评分)."""

from __future__ import annotations

import itertools
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from crmsheet.extensions import names
from crmsheet.policy.parts import Part, Source, Word

KINDS = ("amount", "rate", "days", "cycle", "term", "words")  # those of extensions come on top
Points = Annotated[float, Field(ge=0, le=100)]


class Criterion(Part):
    """An entry of ``[[score]]``: the first of some fields whose cell is not blank earns 0 to 100 points.

    ``kind`` says how the cell is read: an ``amount`` in 元, a ``rate`` as a fraction, ``days`` from as-of to a date,
    days to the end of the buying ``cycle`` (季度末, 年末), a ``term`` in months (3年), ``words`` alone, or as an extension of that name
    reads it.  ``scale``
    turns numbers into points, linear between its pairs and flat beyond them; ``words`` are whole cells, with ``|``
    between those that mean the same.  ``source`` is the demand that names the input; no document gives figures.
    """

    name: Word
    part: Word
    kind: str
    fields: tuple[str, ...] = Field(min_length=1)
    weight: float = Field(gt=0)
    scale: tuple[tuple[float, Points], ...] = ()
    words: dict[str, Points] = Field(default_factory=dict)
    zero_is_blank_unless: str | None = None
    source: Source

    @field_validator("kind")
    @classmethod
    def _is_known(cls, kind: str) -> str:
        if kind not in KINDS and kind not in names("criteria"):
            known = [f"'{one}'" for one in (*KINDS, *sorted(names("criteria")))]
            raise ValueError(f"Input should be {', '.join(known[:-1])} or {known[-1]}")
        return kind

    @model_validator(mode="after")
    def _has_its_parts(self) -> Self:
        part = "words" if self.kind == "words" else "scale"
        if not getattr(self, part) and (self.kind in KINDS or not self.words):
            raise ValueError(f"a criterion of kind “{self.kind}” needs “{part}”")
        if any(left[0] >= right[0] for left, right in itertools.pairwise(self.scale)):
            raise ValueError("scale: the values must rise")
        spellings = [word for words in self.words for word in words.split("|")]
        if len(set(spellings)) < len(spellings):
            raise ValueError("words: a word stands twice")
        return self
