"""Stories as HTML: closed ``<details>``, of which the page's script shows one at a time in a dialog.

Everything is escaped here: the page takes the stories as finished markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from markupsafe import Markup, escape

from crmsheet.review.blocks import Line, Story
from crmsheet.review.html_rows import visible


def story_markup(stories: Sequence[Story]) -> Markup:
    """All stories; a link to a story opens it, with or without the script: its target lies inside."""
    return Markup("\n".join([_story(one) for one in stories]))  # noqa: S704  every value in it has been escaped below


def _story(one: Story) -> str:
    parts = "".join([f"<div><h4>{_safe(title)}</h4><ul>{''.join([_line(line) for line in lines])}</ul></div>" for title, lines in one.parts])
    return (
        f'<details class="story"><summary><b>{_safe(one.title)}</b> {_safe(one.brief)}</summary>'
        f'<div class="parts" id="{_safe(one.anchor)}">{parts}</div></details>'
    )


def _line(line: Line) -> str:
    lead = f"<b>{_safe(line.lead)}</b> " if line.lead else ""
    cells = f" <code>{_safe(line.cells)}</code>" if line.cells else ""
    return f"<li>{lead}{_safe(line.text)}{cells}</li>"


@lru_cache(maxsize=50_000)
def _safe(text: str) -> str:
    return str(escape(visible(text)))
