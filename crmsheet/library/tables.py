"""The typed tables as they leave the workbook: contacts masked, names and numbers in free text masked too."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from crmsheet.arrays import Objects, objects
from crmsheet.model import Kind
from crmsheet.outcome import shown_names
from crmsheet.plan.contacts import private_names
from crmsheet.privacy.detect import scrub_column
from crmsheet.privacy.masks import mask_email, mask_name, mask_phone
from crmsheet.privacy.name_index import NameIndex
from crmsheet.reading import Tables
from crmsheet.tables.table import Table
from crmsheet.values.columns import read_texts

_MASKS: Mapping[str, Callable[[str], str]] = {"contact": mask_name, "phone": mask_phone, "email": mask_email}
_LEFT_OUT = ("birthday",)  # told by its week only, and by nothing but a task


def shown_tables(tables: Tables) -> dict[Kind, pd.DataFrame]:
    """Every table by its kind."""
    names = private_names(tables.customers)
    every = (tables.customers, tables.followups, tables.strategy, tables.classes, tables.people)
    shown = {one.spec.kind: _shown(one, names) for one in every}
    return {**shown, "customers": shown["customers"].assign(name=_text(shown_names(tables.customers)))}


def _shown(table: Table, names: NameIndex) -> pd.DataFrame:
    """The columns that the workbook has, the words beside a number's column too (``budget.word``)."""
    there = [name for name in table.frame if table.has(str(name).partition(".")[0]) and name not in _LEFT_OUT]
    columns = {str(name): _column(table, str(name), names) for name in there}
    return pd.DataFrame({"sheet": _text(table.frame["sheet"].to_numpy(dtype=object)), "row": table.frame["row"], **columns})


def _column(table: Table, name: str, names: NameIndex) -> pd.Series:
    values = table.frame[name].to_numpy()
    if values.dtype != np.dtype(object):
        return pd.Series(values)
    if table.spec.kind == "customers" and name in _MASKS:
        return _text(read_texts(values, _MASKS[name]))
    return _text(scrub_column(_joined(values), names))


def _joined(values: Objects) -> Objects:
    """Texts; several methods of one cell joined by +."""
    return objects(["+".join(map(str, one)) if isinstance(one, tuple) else one if one is None else str(one) for one in values])


def _text(values: Objects) -> pd.Series:
    return pd.Series(values, dtype="str")
