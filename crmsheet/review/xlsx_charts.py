"""A chart block as a native Excel chart beside the figures that it is drawn from."""

from __future__ import annotations

from typing import Any

from xlsxwriter import Workbook  # type: ignore[import-untyped]

from crmsheet.review.blocks import Chart, Series
from crmsheet.review.xlsx_cells import Formats, clean

HEIGHT, WIDTH = 260, 520  # pixels
_ROWS = 14  # that the picture covers
_COLORS = ("#17324D", "#E0912F")  # far apart in lightness too: black on white they still differ
_TYPES = {"line": "line", "bars": "bar"}
_FORMATS = {"int": "#,##0", "percent": "0%"}


def write_chart(book: Workbook, sheet: Any, chart: Chart, top: int, formats: Formats, label: str) -> int:
    """Write the figures from row ``top`` on (counted from 0) and the picture right of them; returns the next free row."""
    sheet.write_string(top, 0, clean(chart.title), formats["heading"])
    for place, name in enumerate((label, *(one.name for one in chart.series))):
        sheet.write_string(top + 1, place, clean(name), formats["header"])
    for row, name in enumerate(chart.labels, start=top + 2):
        sheet.write_string(row, 0, clean(name), formats["text"])
        for place, one in enumerate(chart.series, start=1):
            value = one.values[row - top - 2]
            if value is None:
                sheet.write_blank(row, place, None, formats["dash"])  # a text would be drawn as 0
            else:
                sheet.write_number(row, place, value, formats[chart.unit])
    drawn = book.add_chart({"type": _TYPES[chart.kind]})
    for place, one in enumerate(chart.series, start=1):
        drawn.add_series(_series(sheet.name, chart, place, one, top + 2))
    _dress(drawn, chart)
    sheet.insert_chart(top + 1, len(chart.series) + 1, drawn, {
        "x_offset": 12, "y_offset": 4, "object_position": 2, "description": clean(chart.about),
    })  # fmt: skip
    return max(top + 2 + len(chart.labels), top + 1 + _ROWS) + 1


def _series(sheet: str, chart: Chart, column: int, one: Series, first: int) -> dict[str, Any]:
    last, color = first + len(chart.labels) - 1, _COLORS[(column - 1) % len(_COLORS)]
    look = {"line": {"color": color, "width": 2}, "marker": {"type": "circle", "size": 5, "fill": {"color": color}, "border": {"color": color}}}
    return {
        "name": clean(one.name), "categories": [sheet, first, 0, last, 0], "values": [sheet, first, column, last, column],
        "categories_data": list(chart.labels), "values_data": ["" if value is None else value for value in one.values],  # for viewers
        "data_labels": {"value": True, "num_format": _FORMATS[chart.unit], "position": "above" if chart.kind == "line" else "outside_end"},
        **(look if chart.kind == "line" else {"fill": {"color": color}, "gap": 60}),
    }  # fmt: skip


def _dress(drawn: Any, chart: Chart) -> None:
    drawn.set_title({"name": clean(chart.title), "name_font": {"size": 11}, "overlay": False})
    drawn.set_legend({"position": "bottom"} if len(chart.series) > 1 else {"none": True})
    values = {"num_format": _FORMATS[chart.unit], "min": 0, "major_gridlines": {"visible": chart.kind == "line", "line": {"color": "#DDE3E9"}}}
    if chart.kind == "line":
        drawn.set_y_axis(values)
    else:  # Excel draws the first label of a bar chart at the bottom; the axis of values is then said by the labels
        drawn.set_y_axis({"reverse": True})
        drawn.set_x_axis({**values, "visible": False})
    drawn.set_size({"width": WIDTH, "height": HEIGHT})
