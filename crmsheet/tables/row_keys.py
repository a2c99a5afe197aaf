"""What 运行记录 calls each row of the strategy table, so that rows of one customer keep memories of their own."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from crmsheet.tables.table import Table
from crmsheet.values.names import normalise_name


def row_keys(table: Table) -> list[str]:
    """The customer's name; where several rows share it, with 客户编号 behind it, else a sign of 当前核心策略, else a number.

    So a row that is moved keeps its memory, and one whose strategy is rewritten starts anew.
    """
    names, ids, strategies = (table.frame[field].tolist() for field in ("name", "customer_id", "strategy"))
    keys = [str(name or ident or "") for name, ident in zip(names, ids, strict=True)]
    keys = _apart(keys, [ident and normalise_name(str(ident)) for ident in ids])
    keys = _apart(keys, [text and _sign(str(text)) for text in strategies])
    seen: Counter[str] = Counter()
    for i, key in enumerate(keys):
        seen[key] += 1
        keys[i] = key if seen[key] == 1 else f"{key}#{seen[key]}"
    return keys


def _apart(keys: Sequence[str], more: Sequence[str | None]) -> list[str]:
    """Keys that several rows share get something behind them, where there is something."""
    times = Counter(keys)
    return [f"{key}#{one}" if times[key] > 1 and one else key for key, one in zip(keys, more, strict=True)]


def _sign(text: str) -> str:
    """Short, and saying nothing of what the text says."""
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "surrogatepass")).hexdigest()[:8]


def inherited(before: Mapping[str, str], table: Table) -> Mapping[str, str]:
    """What runs wrote last, by place (``kind:key``); when a customer's only row has become one of several, the first of
    them takes its memory over.
    """
    heirs = _heirs(table, {place.partition(":")[2] for place in before})
    left = [(place.partition(":"), value) for place, value in before.items()] if heirs else []
    return {**before, **{f"{kind}:{heirs[name]}": value for (kind, _, name), value in left if name in heirs}}


def _heirs(table: Table, known: Collection[str]) -> dict[str, str]:
    """Name → key of the first of several rows, where nothing is remembered yet of any of them."""
    groups: dict[str, list[str]] = {}
    for name, key in zip(table.frame["name"].tolist(), row_keys(table), strict=True):
        groups.setdefault(str(name or ""), []).append(key)
    return {name: keys[0] for name, keys in groups.items() if name not in keys and not any(key in known for key in keys)}
