"""Numbers as people there write them: 120万, 1.2亿, 6%, 2024-03-05."""

from __future__ import annotations

import numpy as np

from crmsheet.arrays import Floats, Objects


def show_money(yuan: Floats) -> Objects:
    """Amounts in 元 as text: 亿 from 1亿, 万 from 1万, 元 below; exact, without needless zeros."""
    return np.array([_money(value) for value in yuan.tolist()], dtype=object)


def show_percent(fraction: Floats) -> Objects:
    """Fractions as percentages: 0.06 → 6%."""
    return np.array([f"{_short(value * 100)}%" for value in fraction.tolist()], dtype=object)


def _money(yuan: float) -> str:
    for size, unit in ((1e8, "亿"), (1e4, "万")):
        if abs(yuan) >= size:
            return _short(yuan / size) + unit
    return _short(yuan) + "元"


def _short(value: float) -> str:
    text = f"{value:.8f}"
    return text.rstrip("0").rstrip(".")
