"""What all parts of a policy file share: no unknown keys, nothing changes, every rule names its source."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints


def _known_source(text: str) -> str:
    if text == "assumption" or re.fullmatch(r"S00[0-4]-\d{1,3}", text):
        return text
    raise ValueError("a source is a demand's id such as S000-14, or “assumption”")


Source = Annotated[str, AfterValidator(_known_source)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=30)]


class Part(BaseModel):
    """Base of all parts: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
