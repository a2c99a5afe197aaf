"""What a run would read: settings, policy, the workbook with its headers, the calendar."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from crmsheet.doctor.line import Line, line, refused
from crmsheet.errors import WorkbookError
from crmsheet.judge.fields import check_fields
from crmsheet.model import Region
from crmsheet.plan.calendar import WorkCalendar
from crmsheet.policy.settings import FILE, Settings, find_settings
from crmsheet.propose.look import look_at
from crmsheet.propose.proposal import HeaderProposal
from crmsheet.reading import no_table
from crmsheet.tables.match import fold_with_brackets
from crmsheet.texts import Lang, say
from crmsheet.workbook import Workbook, open_workbook


def book_lines(path: Path, asked: str | None, password: str | None, lang: Lang) -> Iterator[Line]:
    """Settings, password and format, headers, policy; what needs an earlier one that failed is not looked at."""
    try:
        settings, folder = find_settings(path)
        there = (folder / FILE).is_file()
        yield line("settings", "ok", "settings" if there else "settings_none", lang, path=folder / FILE)
    except WorkbookError as error:
        yield refused("settings", error, lang)
        return
    try:
        with open_workbook(path, password) as book:
            sealed = book.password is not None
            yield line("workbook", "ok", "workbook_sealed" if sealed else "workbook", lang, sheets=len(book.sheets))
            yield from _seen(book, settings, folder, asked, lang)
    except WorkbookError as error:
        yield refused("workbook", error, lang)


def _seen(book: Workbook, settings: Settings, folder: Path, asked: str | None, lang: Lang) -> Iterator[Line]:
    try:
        seen = look_at(book, settings, folder, asked)
        check_fields(seen.choice.policy)
    except WorkbookError as error:
        yield refused("policy", error, lang)
        return
    why = seen.choice.zh if lang == "zh" else seen.choice.en
    yield line("policy", "ok", "policy", lang, name=seen.choice.policy.name, version=seen.choice.policy.version, why=why)
    for region in seen.found.regions:
        yield _headers(region, seen.proposal.headers, lang)
    if not any(region.kind == "customers" for region in seen.found.regions):
        told = refused("headers", no_table(book, seen.found), lang)
        yield replace(told, fix=say("doctor", "headers_doubtful_fix", lang))
    yield from _unused(seen.found.regions, settings, lang)
    strange = [one.word for one in seen.proposal.tiers if one.state != "known"]
    if strange:
        yield line("tiers", "warn", "tiers_unknown", lang, words="、".join(strange), policy=seen.choice.policy.name)


def _unused(regions: Sequence[Region], settings: Settings, lang: Lang) -> Iterator[Line]:
    """Headers of [columns] that no table has, with the nearest one that is there."""
    for kind in {region.kind for region in regions}:
        there = {fold_with_brackets(text): " ".join(text.split()) for one in regions if one.kind == kind for text in one.headers.values()}
        for header in getattr(settings.columns, kind):
            if fold_with_brackets(header) not in there:
                near = get_close_matches(header, list(there.values()), 1, 0.5)
                key = "column_unused_near" if near else "column_unused"
                yield line("settings", "warn", key, lang, header=header, kind=kind, near="".join(near))


def _headers(region: Region, proposed: Sequence[HeaderProposal], lang: Lang) -> Line:
    """One table's columns; a header is proposed once a kind, although several sheets may have it."""
    there = {" ".join(text.split()) for text in region.headers.values()}
    headers = [one for one in proposed if one.kind == region.kind and one.header in there]
    counts = Counter(one.state for one in headers)
    doubtful = [one.header for one in headers if one.state in ("doubtful", "likely")]
    shown = {
        "kind": say("cli", f"kind_{region.kind}", lang), "sheet": region.sheet, "known": counts["known"], "ours": counts["ours"],
        "unknown": counts["unknown"], "names": "、".join(doubtful), "doubtful": len(doubtful),
    }  # fmt: skip
    return line("headers", "warn" if doubtful else "ok", "headers_doubtful" if doubtful else "headers", lang, **shown)


def calendar_lines(as_of: dt.date, path: Path | None, lang: Lang) -> Iterator[Line]:
    """Whether the make-up working days of this year, and of the next once December begins, are known."""
    try:
        days = find_settings(path)[0].calendar if path is not None else Settings().calendar
    except WorkbookError:
        days = Settings().calendar  # said with the settings
    asked = np.array([as_of, as_of + dt.timedelta(days=31)], dtype="datetime64[D]")
    missing = WorkCalendar(days.holidays, days.workdays).unpublished_years(asked)
    for year in missing:
        yield line("calendar", "warn", "calendar_missing", lang, year=year)
    if not missing:
        yield line("calendar", "ok", "calendar", lang, year=as_of.year)
