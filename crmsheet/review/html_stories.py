"""Stories as HTML: closed ``<details>``, of which the page's script shows one at a time in a dialog.

Everything is escaped here: the page takes the stories as finished markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from markupsafe import Markup, escape

from crmsheet.review.blocks import Story
from crmsheet.review.html_rows import visible

_SEPARATOR = "\x1f"  # no text that a page may hold has it
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1e\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

def story_markup(stories: Sequence[Story]) -> Markup:
    """All stories; a link to a story opens it, with or without the script: its target lies inside."""
    return Markup("\n".join(story_lines(stories)))  # noqa: S704  every text in it has been escaped


def story_lines(stories: Sequence[Story]) -> list[str]:
    """The markup of each story."""
    safe = iter(escaped([text for one in stories for text in _texts(one)]))
    return [_story(one, safe) for one in stories]


def escaped(texts: list[str]) -> list[str]:
    """Each text as a page may hold it; all at once, since there are half a million of them."""
    joined = _CONTROL.sub("\ufffd", _SEPARATOR.join(texts))
    found = str(escape(joined)).split(_SEPARATOR)
    return found if len(found) == len(texts) else [str(escape(visible(text))) for text in texts]  # a text held the separator


def _texts(one: Story) -> Iterator[str]:
    """A story's texts in the order in which ``_story`` takes them."""
    yield from (one.title, one.brief, one.anchor)
    for title, lines in one.parts:
        yield title
        for line in lines:
            yield from line


def _story(one: Story, safe: Iterator[str]) -> str:
    title, brief, anchor = next(safe), next(safe), next(safe)
    parts = "".join([_part(len(lines), safe) for _, lines in one.parts])
    return (
        f'<details class="story"><summary><b>{title}</b> {brief}</summary><div class="parts" id="{anchor}">{parts}</div></details>'
    )


def _part(size: int, safe: Iterator[str]) -> str:
    title = next(safe)
    lines = [
        f"<li>{f'<b>{lead}</b> ' if lead else ''}{text}{f' <code>{cells}</code>' if cells else ''}</li>"
        for lead, text, cells in islice(zip(safe, safe, safe, strict=False), size)
    ]
    return f"<div><h4>{title}</h4><ul>{''.join(lines)}</ul></div>"
