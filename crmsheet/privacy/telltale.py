"""Whether a text tells of one customer: by its number, its name, or its contacts."""

from __future__ import annotations

import html
import re
from collections.abc import Collection

from crmsheet.privacy.name_index import NameIndex

_NUMBER = re.compile(r"[0-9]{4}|@")  # a contact's cell that tells a person and is no name; 采购经理 stands in many texts
_SHORT = 2  # characters: a shorter word stands in too many texts


class Telltale:
    """``words``: number and name as they stand in cells; ``contacts``: whole cells of its contacts, phones and mails.

    A word is looked for whole: C1 does not tell of C12.
    """

    def __init__(self, words: Collection[str] = (), contacts: Collection[str] = ()) -> None:
        self.words = frozenset(one for one in (*words, *filter(_NUMBER.search, contacts)) if len(one) >= _SHORT)
        self.names = NameIndex(contacts)
        forms = sorted({form for one in self.words for form in (one, html.escape(one), html.escape(one, quote=False))})
        self._any = re.compile("|".join(map(_whole, forms))) if forms else None

    def is_in(self, text: str) -> bool:
        """Whether a text, or the markup of one, tells of the customer."""
        return (self._any is not None and self._any.search(text) is not None) or next(self.names.places(text), None) is not None


def _whole(word: str) -> str:
    before = "(?<![0-9A-Za-z])" if re.match("[0-9A-Za-z]", word) else ""
    after = "(?![0-9A-Za-z])" if re.search("[0-9A-Za-z]$", word) else ""
    return before + re.escape(word) + after
