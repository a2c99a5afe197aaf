"""Where the bands of a flow stand in its picture: labels left and right, a band for each pair, as thick as it has rows."""

from __future__ import annotations

from typing import NamedTuple

from crmsheet.review.blocks import FlowChart
from crmsheet.review.svg import WIDTH, Label

_HEIGHT, _TOP, _GAP = 190, 24, 14
_LEFT, _RIGHT = 70, WIDTH - 70
_THINNEST = 2.0


class Band(NamedTuple):
    """One band as an SVG path; ``kind``: stay, up or down; ``said``: what a pointer or a reader is told."""

    path: str
    kind: str
    said: str


class FlowPicture(NamedTuple):
    """What is drawn."""

    height: float
    bands: tuple[Band, ...]
    labels: tuple[Label, ...]


def flow_picture(chart: FlowChart) -> FlowPicture:
    """The bands from top to bottom; labels carry how many rows a side has, bands that moved their own count."""
    place = {name: at for at, name in enumerate(chart.labels)}
    pairs = sorted(chart.counts, key=lambda pair: (place[pair[0]], place[pair[1]]))
    scale = (_HEIGHT - _GAP * (len(chart.labels) - 1)) / sum(chart.counts.values())
    thick = {pair: max(chart.counts[pair] * scale, _THINNEST) for pair in pairs}
    left, right = _starts(chart, pairs, thick, 0), _starts(chart, sorted(pairs, key=lambda pair: place[pair[1]]), thick, 1)
    bands, labels = [], _side_labels(chart, left, thick, 0) + _side_labels(chart, right, thick, 1)
    for pair in pairs:
        kind = "stay" if pair[0] == pair[1] else "up" if place[pair[1]] < place[pair[0]] else "down"
        bands.append(Band(_band(left[pair], right[pair], thick[pair]), kind, f"{pair[0]} → {pair[1]} {chart.counts[pair]:,}"))
        if kind != "stay":
            labels.append(Label(_LEFT + 8, round(left[pair] + thick[pair] / 2 + 4, 1), f"→ {pair[1]} {chart.counts[pair]:,}", "start"))
    bands.sort(key=lambda band: band.kind != "stay")  # what moved lies on top
    return FlowPicture(_TOP + _HEIGHT + _THINNEST * len(pairs) + 8, tuple(bands), tuple(labels))


def _starts(chart: FlowChart, pairs: list[tuple[str, str]], thick: dict[tuple[str, str], float], side: int) -> dict[tuple[str, str], float]:
    """The upper edge of each band on one side."""
    y, found = float(_TOP), {}
    for name in chart.labels:
        for pair in (one for one in pairs if one[side] == name):
            found[pair] = y
            y += thick[pair]
        y += _GAP
    return found


def _side_labels(chart: FlowChart, starts: dict[tuple[str, str], float], thick: dict[tuple[str, str], float], side: int) -> list[Label]:
    labels = []
    for name in chart.labels:
        mine = [pair for pair in starts if pair[side] == name]
        if mine:
            middle = (min(starts[pair] for pair in mine) + max(starts[pair] + thick[pair] for pair in mine)) / 2 + 4
            count = sum(chart.counts[pair] for pair in mine)
            labels.append(Label((_LEFT - 8, _RIGHT + 8)[side], round(middle, 1), f"{name} {count:,}", ("end", "start")[side]))
    return labels


def _band(left: float, right: float, thick: float) -> str:
    middle = (_LEFT + _RIGHT) / 2
    top = f"M{_LEFT} {left:.1f}C{middle} {left:.1f} {middle} {right:.1f} {_RIGHT} {right:.1f}"
    return f"{top}V{right + thick:.1f}C{middle} {right + thick:.1f} {middle} {left + thick:.1f} {_LEFT} {left + thick:.1f}Z"
