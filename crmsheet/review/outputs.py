"""Writes the review's files: ``<stem>-<as-of>.html``, ``.xlsx`` and ``.json``, each whole or not at all (SPEC §8)."""

from __future__ import annotations

import datetime as dt
import gc
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

from crmsheet.model import Outcome
from crmsheet.review import document
from crmsheet.review.blocks import Section
from crmsheet.review.heading import Heading
from crmsheet.review.sections import OF_OWNER, build
from crmsheet.review.words import Say
from crmsheet.review.xlsx_sections import excel_sections
from crmsheet.texts import Lang

Format = Literal["html", "xlsx", "json"]
FORMATS: tuple[Format, ...] = ("html", "xlsx", "json")
Writer = Callable[[Path], object]
Seal = Callable[[bytes], bytes]  # a package put under a password
_LONGEST_NAME = 60  # characters of an owner's name in a file's: what is left of a path on Windows
_RESERVED = re.compile("con|prn|aux|nul|com[0-9]|lpt[0-9]", re.IGNORECASE)


def write_outputs(
    outcome: Outcome, folder: Path, stem: str, formats: Iterable[Format], lang: Lang, workbook_path: Path, seal: Seal | None = None
) -> dict[Format, Path]:
    """Write the wanted files into ``folder``, made if need be, and say where they lie.

    Every file is written under a temporary name first; they get their names when all are whole.  ``workbook_path``
    is the team's workbook, to which the Excel review's links lead; ``seal`` puts the Excel review under
    a password; pages and JSON, which have no lock, are not asked for then.  Raises OSError; then no new file is left.
    """
    wanted = [name for name in FORMATS if name in set(formats)]
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{stem}-{outcome.as_of.isoformat()}.{name}" for name in wanted}
    with _collector_resting():
        writers = _writers(outcome, lang, paths, workbook_path, seal)
        write_whole({paths[name]: writer for name, writer in writers.items()})
    return paths


def write_owners(
    parts: Iterable[tuple[str | None, Outcome]], folder: Path, lang: Lang, workbook_path: Path, seal: Seal | None = None
) -> list[Path]:
    """Write a page and an Excel file for each owner's part into ``folder``, and say where they lie; with ``seal`` the latter alone.

    Raises OSError; what was written before it stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    taken, written, nobody = set[str](), list[Path](), Say(lang)("unassigned")
    with _collector_resting():
        for owner, part in parts:
            own, name = replace(part, owner=owner or nobody), safe_name(owner or nobody, taken)
            sections = build(own, lang, OF_OWNER)
            written += write_sections(own, sections, folder, name, lang, workbook_path, seal)
    return written


def write_pages(
    head: Heading, day: dt.date, tiers: Sequence[str], sections: Sequence[Section], stem: Path, lang: Lang, workbook: Path | None,
    seal: Seal | None = None,
) -> dict[Format, Path]:  # fmt: skip
    """Write one page of blocks as ``<stem>.html`` and ``<stem>.xlsx``, both or neither, and say where they lie; with ``seal`` the latter alone.

    ``workbook``: to whose cells the Excel file's links lead; None: to none.  Raises OSError.
    """
    from crmsheet.review.html import render_page
    from crmsheet.review.xlsx import write_page

    stem.parent.mkdir(parents=True, exist_ok=True)
    seen_from = None if workbook is None else relative_path(workbook, stem.parent)
    writers: dict[Format, Writer] = {
        "html": lambda place: place.write_bytes(render_page(head, sections, lang).encode("utf-8")),
        "xlsx": lambda place: write_page(head, day, tiers, sections, place, lang, seen_from, seal),
    }
    paths = {kind: stem.parent / f"{stem.name}.{kind}" for kind in writers if seal is None or kind == "xlsx"}
    write_whole({path: writers[kind] for kind, path in paths.items()})
    return paths


def write_sections(
    outcome: Outcome, sections: Sequence[Section], folder: Path, name: str, lang: Lang, workbook_path: Path, seal: Seal | None = None
) -> list[Path]:
    """Write some sections as a page and an Excel file into ``folder``, both whole or neither; with ``seal`` the latter alone.

    Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    seen_from = relative_path(workbook_path, folder)
    made: dict[Path, Writer] = {folder / f"{name}.xlsx": partial(_xlsx, outcome, sections, lang, seen_from, seal)}
    if seal is None:
        made = {folder / f"{name}.html": partial(_html, outcome, sections, lang), **made}
    write_whole(made)
    return [*made]


def safe_name(name: str, taken: set[str]) -> str:
    """A file name that Windows takes, other than the names taken (upper and lower case are one to it)."""
    plain = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]+', " ", name).strip(" .")[:_LONGEST_NAME].strip(" .") or "-"
    plain = f"_{plain}" if _RESERVED.fullmatch(plain.partition(".")[0].rstrip()) else plain
    chosen, number = plain, 2
    while chosen.casefold() in taken:
        chosen, number = f"{plain} {number}", number + 1
    taken.add(chosen.casefold())
    return chosen


def relative_path(workbook: Path, folder: Path) -> str:
    """The workbook as seen from ``folder``; on another drive, where there is no such path, the whole one."""
    try:
        return os.path.relpath(workbook, folder)
    except ValueError:
        return str(workbook.absolute())


@contextmanager
def _collector_resting() -> Iterator[None]:
    """No garbage collection for a moment: a review is made of some million small values that all stay alive, and
    the collector would walk them again and again (a fifth of the time at 20,000 customers)."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _writers(
    outcome: Outcome, lang: Lang, paths: Mapping[Format, Path], workbook: Path, seal: Seal | None
) -> dict[Format, Writer]:
    sections = build(outcome, lang) if {"html", "xlsx"} & set(paths) else ()

    def xlsx(path: Path) -> None:
        _xlsx(outcome, excel_sections(outcome, sections, lang), lang, relative_path(workbook, paths["xlsx"].parent), seal, path)

    writers: dict[Format, Writer] = {"html": partial(_html, outcome, sections, lang), "xlsx": xlsx, "json": partial(_json, outcome, lang, paths)}
    return {name: writers[name] for name in paths}


def _json(outcome: Outcome, lang: Lang, paths: Mapping[Format, Path], path: Path) -> None:
    places = {str(name): place for name, place in paths.items()}
    with path.open("wb") as file:
        file.writelines(document.dump(document.streamed_document(outcome, lang, places)))


def _html(outcome: Outcome, sections: Sequence[Section], lang: Lang, path: Path) -> None:
    from crmsheet.review.html import render  # Jinja2 is loaded for a review only

    path.write_bytes(render(outcome, sections, lang).encode("utf-8"))


def _xlsx(outcome: Outcome, sections: Sequence[Section], lang: Lang, workbook: str, seal: Seal | None, path: Path) -> None:
    from crmsheet.review.xlsx import write  # so is XlsxWriter

    write(outcome, sections, path, lang, workbook, seal)


def write_whole(writers: Mapping[Path, Writer]) -> None:
    """Write several files: each under a temporary name first, and they get their own when all are whole.  Raises OSError."""
    made: dict[Path, Path] = {}
    try:
        for path, write in writers.items():
            made[path] = temporary = _temporary(path)
            write(temporary)
        for path, temporary in made.items():
            os.replace(temporary, path)
    finally:
        for temporary in made.values():
            with suppress(FileNotFoundError):  # it has its name already
                temporary.unlink()


def _temporary(path: Path) -> Path:
    """An empty file beside ``path`` with the rights that a new file gets there."""
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=f"{path.suffix}.tmp", dir=path.parent)
    os.close(handle)
    umask = os.umask(0)
    os.umask(umask)
    os.chmod(name, 0o666 & ~umask)
    return Path(name)
