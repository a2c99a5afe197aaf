"""Which files of a folder the program wrote: what an earlier run left there and this one does not write again is removed.

The names stand in a list beside the folder, which people may send as a whole, each with its SHA-256.  Nothing else is ever
touched: neither a file that is not on the list, nor one that somebody changed since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple


class Stale(NamedTuple):
    """Files of an earlier run: removed, and kept because somebody changed them."""

    removed: tuple[Path, ...]
    kept: tuple[Path, ...]


def clear_stale(folder: Path, written: Iterable[Path]) -> Stale:
    """Remove what an earlier run wrote into ``folder`` and this one did not; then list what this one wrote.

    Raises OSError.
    """
    made = [*written]
    current = {path.name.casefold() for path in made}  # on Windows 王a and 王A are one file
    old = [(folder / name, digest) for name, digest in _listed(folder) if name.casefold() not in current]
    there = [(path, digest) for path, digest in old if path.is_file()]
    removed = tuple(path for path, digest in there if _digest(path) == digest)
    for path in removed:
        path.unlink()
    _list_of(folder).write_text("".join(f"{_digest(path)}  {path.name}\n" for path in made), encoding="utf-8")
    return Stale(removed, tuple(path for path, _ in there if path not in removed))


def _list_of(folder: Path) -> Path:
    """Lines of ``<sha256>  <name>``, as sha256sum writes them."""
    return folder.with_name(f".{folder.name}.files")


def _listed(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and digest of each file on the list; a name that leads out of the folder is none."""
    lines: list[str] = []
    with suppress(FileNotFoundError, UnicodeDecodeError):
        lines = _list_of(folder).read_text(encoding="utf-8").splitlines()
    for line in lines:
        digest, _, name = line.partition("  ")
        if name and name == Path(name).name and name not in {".", ".."}:
            yield name, digest


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
