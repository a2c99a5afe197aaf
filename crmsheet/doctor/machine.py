"""Python, its packages, and the console."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata

from crmsheet.doctor.line import Line, line
from crmsheet.texts import Lang

OLDEST = (3, 11)
SAMPLE = "客户等级"  # what a console must be able to show
OPTIONAL = frozenset({"isal"})  # a run goes on without it, slower


def machine_lines(lang: Lang, encoding: str | None) -> Iterator[Line]:
    """``encoding``: the console's."""
    version = platform.python_version()
    if sys.version_info[:2] < OLDEST:
        yield line("python", "error", "python_old", lang, version=version)
    else:
        yield line("python", "ok", "python", lang, version=version, system=platform.platform(terse=True))
    yield from package_lines(lang, metadata.requires("crmsheet") or [])
    yield _console(lang, encoding or "ascii")


def package_lines(lang: Lang, wanted: list[str]) -> Iterator[Line]:
    """Packages that are missing or too old, or all in one line."""
    found, bad = [], False
    for asked in wanted:
        match = re.match(r"([\w.-]+)\s*(?:>=\s*([\d.]+))?", asked)
        if match is None or "extra ==" in asked:
            continue
        name, least = match[1], match[2] or "0"
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            if ";" not in asked or name in OPTIONAL:
                bad = True
                yield line("packages", "warn" if name in OPTIONAL else "error", "package_missing", lang, name=name)
            continue
        found.append(f"{name} {version}")
        if _numbers(version) < _numbers(least):
            bad = True
            yield line("packages", "error", "package_old", lang, name=name, version=version, least=least)
    if not bad:
        yield line("packages", "ok", "packages", lang, names=", ".join(found))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _console(lang: Lang, encoding: str) -> Line:
    try:
        SAMPLE.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return line("console", "warn", "console_narrow", lang, encoding=encoding)
    return line("console", "ok", "console", lang, encoding=encoding, language=lang)
