"""Extensions as if they were installed, inside this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import EntryPoint

import pytest

from crmsheet import extensions
from crmsheet.findings import CATALOGUE


@contextmanager
def installed(**groups: Sequence[EntryPoint]) -> Iterator[None]:
    """These entry points and no others, by group; what they bring into the catalogue is gone afterwards."""
    codes, found = dict(CATALOGUE), {name: tuple(groups.get(name, ())) for name in ("checks", "criteria", "sections", "notifiers")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extensions, "_installed", lambda: found)
        extensions.load.cache_clear()
        yield
    extensions.load.cache_clear()
    CATALOGUE.clear()
    CATALOGUE.update(codes)
