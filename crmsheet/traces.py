"""Which files beside a workbook tell of one customer: its older states, and the reviews that were made of it."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from crmsheet.privacy.telltale import Telltale
from crmsheet.workbook import old_states

_PACKED = re.compile(rb"H4sI[A-Za-z0-9+/]{8,}={0,2}")  # deflated lists and stories in a page (review/html_packed.py)
_LARGEST = 2**30  # bytes of one unfolded part: ours are far below


def states_with(workbook: Path, told: Telltale) -> list[Path]:
    """The older states that tell of the customer; one that cannot be looked into counts as holding it.  OSError."""
    return [path for path in old_states(workbook) if holds(path, told)]


def reviews_with(workbook: Path, folder: Path, told: Telltale) -> list[Path]:
    """The reviews of this workbook in ``folder``, owners' files among them, that tell of the customer.  OSError."""
    ours = re.compile(rf"(?:.*-)?{re.escape(workbook.stem)}-\d{{4}}-\d\d-\d\d(?:-owners)?(?:\.(?:html|xlsx|json))?")
    made = sorted(path for path in folder.iterdir() if ours.fullmatch(path.name)) if folder.is_dir() else []
    files = [file for path in made for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    return [file for file in files if file.is_file() and holds(file, told)]


def holds(path: Path, told: Telltale) -> bool:
    """Whether a file tells of the customer anywhere, packed parts unfolded; True when that cannot be told."""
    try:
        return any(told.is_in(text) for text in _texts(path.read_bytes()))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        return True


def _texts(data: bytes) -> Iterator[str]:
    """All texts in a file: members of a zip, what is packed into a page, and the file itself."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                if member.file_size > _LARGEST:
                    raise zipfile.BadZipFile
                yield archive.read(member).decode("utf-8", "replace")
        return
    if data.startswith(b"\xd0\xcf\x11\xe0"):  # under a password
        raise zipfile.BadZipFile
    yield data.decode("utf-8", "replace")
    for match in _PACKED.finditer(data):
        try:
            yield gzip.decompress(base64.b64decode(match[0])).decode("utf-8", "replace")
        except (binascii.Error, gzip.BadGzipFile):
            continue
