"""Long lists and stories packed into the page: every customer is there, and the file stays small.

A column's distinct cells stand once, each row names which of them it has; the whole is deflated, and the page's script
unfolds it.  What is packed is finished, escaped markup, the same that stands in a page that is not packed.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Sequence
from typing import Any

import orjson
from markupsafe import Markup

from crmsheet.review.blocks import Story, Table
from crmsheet.review.html_rows import distinct_cells
from crmsheet.review.html_stories import story_lines

AT_ONCE = 200  # rows that stand in the page; a longer list with a filter is packed, and with it the stories


def packed_rows(table: Table, anchors: frozenset[str | None]) -> Markup:
    """All rows of a table whose rows have anchors: ``{"ids": [...], "columns": [{"cells": [...], "codes": [...]}]}``.

    A link that leads to the story of its own row (c12 → k12) is packed as ``#k``: else no two cells of the column agree
    in anything.
    """
    assert table.anchors is not None
    columns = []
    for place, column in enumerate(table.columns):
        cells, codes = distinct_cells(column, [row[place] for row in table.rows], anchors)
        if len(cells) == len(codes):
            own = zip(table.anchors, (cells[code] for code in codes), strict=True)
            cells, codes = [cell.replace(f'"#k{name[1:]}"', '"#k"', 1) if name else cell for name, cell in own], []
        columns.append({"cells": cells, "codes": codes})
    return _packed({"ids": list(table.anchors), "columns": columns})


def packed_stories(stories: Sequence[Story]) -> Markup:
    """Each story's markup by its anchor."""
    return _packed({one.anchor: line for one, line in zip(stories, story_lines(stories), strict=True)})


def _packed(value: Any) -> Markup:
    """Deflated JSON in letters and digits; the same value gives the same text."""
    small = gzip.compress(orjson.dumps(value), compresslevel=6, mtime=0)
    return Markup(base64.b64encode(small).decode("ascii"))  # noqa: S704  nothing but base64
