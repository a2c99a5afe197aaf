"""Where the parts of a chart stand in its picture; the template draws them (``blocks.html.j2``).

Units are those of the picture: ``WIDTH`` wide, which a page shows 340 to 560 pixels wide, so that text stays readable on a
telephone.  Series differ in lightness as well as in hue, and every bar says its own name and value.
"""

from __future__ import annotations

from typing import NamedTuple

from crmsheet.review.blocks import FEWEST_POINTS, Chart, Series

WIDTH = 400
_LABELS = 92  # room left of the bars
_WIDE, _NARROW = 12, 7  # of a Chinese character, and of a Latin one
_BAR, _GAP, _PAD = 17, 9, 6
_PLOT_TOP, _PLOT_HEIGHT, _SIDE = 26, 110, 34
_LONGEST = 7  # Chinese characters of a label
_CLOSE = 46  # two values nearer than this would overlap


class Bar(NamedTuple):
    """One bar; ``series`` counts from 0 and is its colour."""

    x: float
    y: float
    width: float
    height: float
    series: int


class Label(NamedTuple):
    """One text; ``anchor``: start, middle or end; ``soft``: beside the figures, not one of them."""

    x: float
    y: float
    text: str
    anchor: str
    soft: bool = False


class Picture(NamedTuple):
    """What is drawn: ``points`` of the line as an SVG list, a run of them for each stretch without gaps."""

    height: float
    bars: tuple[Bar, ...]
    lines: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    labels: tuple[Label, ...]
    base: float | None  # where the line's zero lies


class Spark(NamedTuple):
    """A figure's history as a small line, 100 wide and 24 high; ``said``: the values in words, for those who do not see it."""

    runs: int
    lines: tuple[str, ...]
    said: str


def spark(history: tuple[float | None, ...]) -> Spark | None:
    """The history of one figure; None where fewer than three runs recorded it."""
    known = [value for value in history if value is not None]
    if len(known) < FEWEST_POINTS:
        return None
    low, high = min(known), max(known)
    step, room = 96 / (len(history) - 1), (high - low) or 1
    points = [
        None if value is None else (round(2 + at * step, 1), round(20 - 16 * (value - low) / room, 1))
        for at, value in enumerate(history)
    ]  # fmt: skip
    unit = "percent" if all(isinstance(value, float) for value in known) else "int"
    return Spark(len(known), tuple(_stretches(points)), " ".join(value_text(value, unit) for value in known))


def value_text(value: float | None, unit: str) -> str:
    """A value as it is written: 12, 40%; — where there is none."""
    if value is None:
        return "—"
    return f"{value:.0%}" if unit == "percent" else f"{value:,.0f}"


def picture(chart: Chart) -> Picture:
    """The chart's parts."""
    return _line(chart) if chart.kind == "line" else _bars(chart)


def _bars(chart: Chart) -> Picture:
    longest = max((value or 0 for one in chart.series for value in one.values), default=0) or 1
    texts = [[_bar_text(chart, one, place) for one in chart.series] for place in range(len(chart.labels))]
    room = WIDTH - _LABELS - 10 - max((_width(text) for row in texts for text in row), default=0)
    bars, labels, y = [], [], float(_PAD)
    for place, name in enumerate(chart.labels):
        middle = y + len(chart.series) * _BAR / 2 + 4
        labels.append(Label(_LABELS - 8, middle, _short(name), "end"))
        for series, one in enumerate(chart.series):
            width = (one.values[place] or 0) / longest * room
            bars.append(Bar(_LABELS, y, round(width, 1), _BAR - 2, series))
            labels.append(Label(_LABELS + width + 6, y + 12, texts[place][series], "start", soft=series > 0))
            y += _BAR
        y += _GAP
    return Picture(y, tuple(bars), (), (), tuple(labels), None)


def _bar_text(chart: Chart, one: Series, place: int) -> str:
    """What stands at a bar's end: its value, and its series where there are several."""
    text = value_text(one.values[place], chart.unit)
    return f"{text} {one.name}" if len(chart.series) > 1 else text


def _line(chart: Chart) -> Picture:
    values = chart.series[0].values
    known = [value for value in values if value is not None]
    top, steps = max(known, default=0) or 1, max(1, len(values) - 1)
    xs = [_SIDE + place * (WIDTH - 2 * _SIDE) / steps for place in range(len(values))]
    ys = [None if value is None else _PLOT_TOP + _PLOT_HEIGHT * (1 - value / top) for value in values]
    points = [None if y is None else (round(x, 1), round(y, 1)) for x, y in zip(xs, ys, strict=True)]
    base = _PLOT_TOP + _PLOT_HEIGHT
    labels = [Label(*_above(points[at]), value_text(values[at], chart.unit), "middle") for at in _named(values, xs)]
    ends = {0: "start", len(values) - 1: "end"}
    labels += [Label(xs[at] + (-_SIDE + 4 if at == 0 else _SIDE - 4), base + 16, chart.labels[at], anchor, soft=True) for at, anchor in ends.items()]
    return Picture(base + 24, (), tuple(_stretches(points)), tuple(point for point in points if point), tuple(labels), base)


def _above(point: tuple[float, float] | None) -> tuple[float, float]:
    x, y = point or (0.0, 0.0)
    return x, y - 8


def _named(values: tuple[float | None, ...], xs: list[float]) -> list[int]:
    """Points that carry their value: the last, the first, the highest and the lowest, as far as there is room."""
    known = [at for at, value in enumerate(values) if value is not None]
    if not known:
        return []
    wanted = [known[-1], known[0], max(known, key=lambda at: values[at] or 0), min(known, key=lambda at: values[at] or 0)]
    shown: list[int] = []
    for at in wanted:
        if all(abs(xs[at] - xs[other]) >= _CLOSE for other in shown):
            shown.append(at)
    return shown


def _stretches(points: list[tuple[float, float] | None]) -> list[str]:
    """Runs of points without gaps, as SVG writes them."""
    runs: list[list[str]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(f"{point[0]},{point[1]}")
    return [" ".join(run) for run in runs if run]


def _short(text: str) -> str:
    return text if _width(text) <= _LONGEST * _WIDE else text[:_LONGEST] + "…"


def _width(text: str) -> int:
    return sum(_NARROW if char.isascii() else _WIDE for char in text)
