"""Policy data → TOML that loads again, for ``crmsheet policy show``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def dump(data: Mapping[str, Any], notes: Mapping[str, str]) -> str:
    """Scalars and lists first, then tables, each list of tables entry by entry.  ``notes``: top-level key → comment above it."""
    tables = {key: value for key, value in data.items() if _is_table(value) or _are_tables(value)}
    lines: list[str] = []
    for key, value in data.items():
        if key not in tables:
            lines.append(f"{_key(key)} = {_value(value)}{_note(notes, key)}")
    for key, value in tables.items():
        lines += ["", *([f"# {notes[key]}"] if key in notes else [])]
        lines += _table(key, value) if _is_table(value) else _entries(key, value)
    return "\n".join(lines) + "\n"


def _note(notes: Mapping[str, str], key: str) -> str:
    return f"   # {notes[key]}" if key in notes else ""


def _entries(key: str, entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for number, entry in enumerate(entries):
        yield from [""] if number else []
        yield f"[[{_key(key)}]]"
        yield from _pairs(entry)


def _table(key: str, table: Mapping[str, Any]) -> Iterator[str]:
    yield f"[{_key(key)}]"
    yield from _pairs(table)


def _pairs(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        yield f"{_key(key)} = {_value(value)}"


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items()) + " }" if value else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _text(value) if isinstance(value, str) else str(value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # JSON escapes what TOML does, but for DEL


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _are_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) for one in value)
