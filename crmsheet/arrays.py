"""Small words for arrays of objects, in which None means that nothing stands there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Objects = NDArray[np.object_]
Times = NDArray[np.datetime64]
Array = NDArray[Any]


def is_none(values: Objects) -> Bools:
    """Where nothing stands."""
    return cast(Bools, values == None)  # noqa: E711  numpy compares element by element


def is_there(values: Objects) -> Bools:
    """Where something stands."""
    return cast(Bools, values != None)  # noqa: E711


def is_one_of(values: Objects, words: Iterable[object]) -> Bools:
    """Where one of some words stands."""
    known = frozenset(words)
    return np.fromiter(map(known.__contains__, values.tolist()), np.bool_, len(values))


def pick(where: Bools, one: object, other: object) -> Objects:
    """``one`` where the mask holds and ``other`` elsewhere, as objects; each an array, or one value for all rows."""
    out = nothing(len(where))
    for value, mask in ((one, where), (other, ~where)):
        if isinstance(value, np.ndarray):
            np.copyto(out, value, where=mask, casting="unsafe")
        elif value is not None:
            out[mask] = value
    return out


def nothing(size: int) -> Objects:
    """A column of blanks."""
    return filled(size, None)


def filled(size: int, value: object) -> Objects:
    """One object in every row; ``numpy.full`` would make a text anew for each."""
    out = np.empty(size, dtype=object)
    out.fill(value)
    return out


def objects(values: list[Any]) -> Objects:
    """A list as a column of objects, tuples kept whole."""
    out = nothing(len(values))
    out[:] = values
    return out


def joined(columns: Sequence[Objects]) -> Objects:
    """Addresses of several columns joined by ``,`` a row; ``""`` where there are none."""
    out = nothing(len(columns[0]))
    for column in columns:
        more, before = is_there(column), is_there(out)
        both = more & before
        out[both] = out[both] + filled(1, ",") + column[both]
        first = more & ~before
        out[first] = column[first]
    out[is_none(out)] = ""
    return out


def take(values: Objects, positions: Ints) -> Objects:
    """The values at some positions; None at -1."""
    out: Objects = np.concatenate([values, nothing(1)])[positions]
    return out


def every(masks: list[Bools]) -> Bools:
    """Where all masks hold."""
    return cast(Bools, np.logical_and.reduce(masks))


def some(masks: list[Bools]) -> Bools:
    """Where any mask holds."""
    return cast(Bools, np.logical_or.reduce(masks))


def groups(*columns: Array) -> Ints:
    """Number the distinct combinations of values in some columns, shape (n,); a blank is a value like any other."""
    number = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes, values = pd.factorize(column)
        number = pd.factorize(number * (len(values) + 1) + codes + 1)[0].astype(np.int64)
    return number


def sizes(group: Ints) -> Ints:
    """Per row how many rows are of its group (see ``groups``)."""
    return np.bincount(group)[group] if len(group) else group


def first_of(group: Ints) -> Ints:
    """Per row the first row of its group (see ``groups``)."""
    first = np.full(int(group.max()) + 1 if len(group) else 0, len(group), dtype=np.int64)
    np.minimum.at(first, group, np.arange(len(group)))
    return first[group]
