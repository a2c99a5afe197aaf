"""The review as one HTML file that loads nothing from elsewhere (SPEC §8, §9).

Everything the team typed is escaped: by Jinja2's autoescape in the page, by ``markupsafe.escape`` in the rows (html_rows.py).  The
page's policy forbids every source but its own style sheet and its own script, named by hash; the script only chooses, sorts
and unfolds rows and opens stories.  Without it the page shows everything but what is packed (html_packed.py).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from crmsheet.model import Outcome
from crmsheet.resources import template_text
from crmsheet.review.blocks import Column, Section, Stories, Table, shown_rows
from crmsheet.review.heading import Heading, heading
from crmsheet.review.html_packed import AT_ONCE, packed_rows, packed_stories
from crmsheet.review.html_rows import table_rows, visible
from crmsheet.review.html_stories import story_markup
from crmsheet.review.svg import WIDTH, picture, spark, value_text
from crmsheet.review.svg_flow import flow_picture
from crmsheet.review.words import Say
from crmsheet.texts import Lang

_CARDS = 5  # a table of so many columns is shown as cards on a narrow screen


def render(outcome: Outcome, sections: Sequence[Section], lang: Lang) -> str:
    """The whole page of a review."""
    return render_page(heading(outcome, lang), sections, lang)


def render_page(head: Heading, sections: Sequence[Section], lang: Lang) -> str:
    """A whole page under any heading, which has at least two facts."""
    say = Say(lang)
    page = _Page(sections, say)
    style = template_text("report/review.css") + page.card_labels()
    script = "".join(template_text(f"report/{name}.js") for name in ("unpack", "lists", "stories"))
    return (
        _environment()
        .get_template("review.html.j2")
        .render(
            lang="zh-CN" if lang == "zh" else "en",
            say=say,
            heading=head,
            sections=sections,
            page=page,
            chart_width=WIDTH,
            style=Markup(style),  # noqa: S704  our own file
            style_hash=_hash(style),
            script=Markup(script),  # noqa: S704  our own file
            script_hash=_hash(script),
        )
    )


@cache
def _environment() -> Environment:
    def source(name: str) -> str:
        return template_text(f"report/{name}")

    environment = Environment(
        loader=FunctionLoader(source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.finalize = visible
    environment.filters["kind"] = lambda block: type(block).__name__
    environment.filters["picture"] = picture
    environment.filters["spark"] = spark
    environment.filters["flow"] = flow_picture
    environment.filters["value_text"] = value_text
    return environment


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


class _Page:
    """What the template asks about its tables: which rows are shown, and which anchors that makes."""

    def __init__(self, sections: Sequence[Section], say: Say) -> None:
        self._say = say
        self._titles = {section.key: section.title for section in sections}
        tables = [
            (section, block) for section in sections for block in section.blocks if isinstance(block, Table)
        ]
        self._ids = {id(table): f"t-{section.key}-{table.key}" for section, table in tables}
        self._tables = [table for _, table in tables]
        self._packed = {id(table) for table in self._tables if table.filters and table.anchors and len(table.rows) > AT_ONCE}
        self._shown = {id(table): shown_rows(table, AT_ONCE if self.is_packed(table) else table.page_rows) for table in self._tables}
        told = [block for section in sections for block in section.blocks if isinstance(block, Stories)]
        self._stories = {id(block): block.tell() for block in told}
        rows = [table.anchors[row] for table in self._tables if table.anchors and not self.is_packed(table) for row in self._shown[id(table)]]
        packed = [name for table in self._tables if table.anchors and self.is_packed(table) for name in table.anchors if name]
        told_of = [one.anchor for some in self._stories.values() for one in some]
        self._anchors = frozenset([*rows, *packed, *told_of, *(f"k{name[1:]}" for name in packed)])  # a row without a story tells its facts

    def table_id(self, table: Table) -> str:
        """The table's id in the page."""
        return self._ids[id(table)]

    def columns(self, table: Table) -> list[Column]:
        """The columns that are shown: the grouping one is a heading between the rows."""
        return [column for column in table.columns if column.key != table.group]

    def filters(self, table: Table) -> list[tuple[int, Column]]:
        """The columns by which people choose rows, each with its place among those that are shown."""
        return [(place, column) for place, column in enumerate(self.columns(table)) if column.key in table.filters]

    def classes(self, table: Table) -> str:
        """``cards`` for a table that becomes cards on a narrow screen, ``long`` for a main list."""
        names = ("cards" if len(table.columns) >= _CARDS else "", "long" if table.main else "")
        return " ".join(filter(None, names))

    def is_packed(self, table: Table) -> bool:
        """Whether all of the table's rows are packed, and only the first of them stand in the page."""
        return id(table) in self._packed

    def packed(self, table: Table) -> Markup:
        """The table's rows for the script to unfold."""
        return packed_rows(table, self._anchors)

    def left_out(self, table: Table) -> str:
        """The sentence about rows that are not shown, if there are any."""
        shown = len(self._shown[id(table)])
        left = len(table.rows) - shown
        if not left:
            return ""
        how = "packed" if self.is_packed(table) else "html"
        return self._say(f"rows_left_{how}", shown=f"{shown:,}", left=f"{left:,}")

    def title(self, key: str | None) -> str:
        """A section's title; nothing where the page has no such section."""
        return self._titles.get(key or "", "")

    def see(self, table: Table) -> str:
        """The title of the section that tells the rest."""
        return self.title(table.see)

    def card_labels(self) -> str:
        """Style rules that print each column's title beside its value where a row is a card."""
        rules = [
            f"#{self.table_id(table)} td:nth-child({place})::before{{content:{_css_text(column.title)}}}"
            for table in self._tables
            if len(table.columns) >= _CARDS
            for place, column in enumerate(self.columns(table), start=1)
        ]
        return "@media screen and (max-width:720px){" + "".join(rules) + "}"

    def stories(self, block: Stories) -> Markup:
        """The stories as finished markup."""
        return story_markup(self._stories[id(block)])

    @property
    def stories_packed(self) -> bool:
        """Whether there are so many stories that they are packed."""
        return bool(self._packed)

    def packed_stories(self, block: Stories) -> Markup:
        """The stories for the script to unfold."""
        return packed_stories(self._stories[id(block)])

    def rows(self, table: Table) -> Markup:
        """The table's rows as finished markup."""
        return table_rows(table, self._shown[id(table)], self._anchors)


def _css_text(text: str) -> str:
    """A CSS string in which every character but ASCII letters and digits is an escape."""
    safe = (char if char.isascii() and char.isalnum() else f"\\{ord(char):x} " for char in visible(text))
    return '"' + "".join(safe) + '"'
