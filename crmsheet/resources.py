"""Finds the files that ship with crmsheet, in a wheel, an editable install or a clone."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def _folder(name: str) -> Traversable:
    try:
        return files(f"crmsheet.{name}")
    except ModuleNotFoundError:  # run from a clone that is not installed
        return Path(__file__).resolve().parent.parent / name


def template_text(path: str) -> str:
    """The text of a file under ``templates/``.  Raises FileNotFoundError."""
    return _folder("templates").joinpath(path).read_text(encoding="utf-8")


def template_names(folder: str, suffix: str) -> list[str]:
    """Stems of the files in one folder of ``templates/``, sorted."""
    names = (entry.name for entry in _folder("templates").joinpath(folder).iterdir())
    return sorted(name.removesuffix(suffix) for name in names if name.endswith(suffix))


def sample_bytes(name: str) -> bytes:
    """One of the sample workbooks, by file name.  Raises FileNotFoundError."""
    return _folder("sample_workbooks").joinpath(name).read_bytes()
