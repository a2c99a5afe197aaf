"""crmsheet: the weekly run over a sales team's customer workbook, as a command and as a library (docs/library.md).

What the library offers is loaded when it is first asked for: ``import crmsheet`` alone loads nothing heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmsheet.errors import BusyError, ChangedError, EditError, InputError, PolicyError, TableError, WorkbookError
    from crmsheet.library.calls import check, process, read_tables
    from crmsheet.library.result import Run
    from crmsheet.policy.load import load_policy

__version__ = "0.1.0"
__all__ = [
    "BusyError", "ChangedError", "EditError", "InputError", "PolicyError", "Run", "TableError", "WorkbookError",
    "__version__", "check", "load_policy", "process", "read_tables",
]  # fmt: skip

_ERRORS = ("BusyError", "ChangedError", "EditError", "InputError", "PolicyError", "TableError", "WorkbookError")
_OFFERED = {
    **dict.fromkeys(_ERRORS, "crmsheet.errors"), **dict.fromkeys(("check", "process", "read_tables"), "crmsheet.library.calls"),
    "Run": "crmsheet.library.result", "load_policy": "crmsheet.policy.load",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """What the library offers, from its module (PEP 562)."""
    if name not in _OFFERED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_OFFERED[name]), name)
    return found


def __dir__() -> list[str]:
    return __all__
