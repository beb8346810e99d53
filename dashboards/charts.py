"""ECharts options for the dashboards' charts.

Values are drawn as numbers and named by a second, preformatted column: ECharts formats no colones. User text only ever
stands in the dataset, never in a template, so that nothing of it is read as HTML.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboards import formats
from pymeai.costa_rica.money import SYMBOLS

Option = dict[str, Any]

QUIET_AXIS: Option = {"axisLine": {"show": False}, "axisTick": {"show": False}}
SERIES_COLORS = ("#0B6B57", "#E8A13A", "#1F6FB2", "#C2512F", "#7A5AA6", "#5FA777", "#8A8F98")
"""The theme's chart colours, for legends that are drawn as text."""
SEGMENT_COLORS = {
    "Frecuentes": "#0E8A5F",
    "Nuevos": "#1F6FB2",
    "Ocasionales": "#E8A13A",
    "Inactivos": "#8A8F98",
}
"""The colour of each segment by its label, the same wherever it is drawn."""


@dataclass(frozen=True)
class Series:
    """Labels, numbers and the numbers as text, one each; `kind` is the column's format and decides the axis.

    `short` are the texts for where there is little room; without them, the texts.
    """

    labels: Sequence[str]
    numbers: Sequence[float | None]
    texts: Sequence[str]
    kind: str = "number"
    currency: str = "CRC"
    short: Sequence[str] = ()

    def frame(self) -> pd.DataFrame:
        """Columns label, value (in the axis' unit), text and short."""
        divisor = _unit(self)[0]
        values = [None if value is None else value / divisor for value in self.numbers]
        short = list(self.short or self.texts)
        return pd.DataFrame(
            {"label": _told_apart(self.labels), "value": values, "text": list(self.texts), "short": short}
        )


def _told_apart(labels: Sequence[str]) -> list[str]:
    """The labels, with something invisible behind those that are there already.

    ECharts draws what has one name in one place: of two customers called alike it would show only one.
    """
    seen: dict[str, int] = {}
    distinct = []
    for label in labels:
        distinct.append(label + "\u200b" * seen.get(label, 0))
        seen[label] = seen.get(label, 0) + 1
    return distinct


def _unit(series: Series) -> tuple[float, str]:
    """What the axis divides by, and its label's template.

    ECharts writes 1,500 and 0.5, as nobody does here: units are chosen so that ticks are whole and below a thousand.
    """
    symbol = SYMBOLS.get(series.currency, "") if series.kind == "money" else ""
    largest = max((abs(value) for value in series.numbers if value is not None), default=0.0)
    if series.kind == "percent":
        return 0.01, f"{{value}}{formats.HARD_SPACE}%"
    for divisor, name in ((1e9, "mil M"), (1e6, "M"), (1e3, "mil")):
        if largest >= divisor:
            return divisor, f"{symbol}{{value}}{formats.HARD_SPACE}{name}"
    return 1.0, f"{symbol}{{value}}"


def _value_axis(template: str) -> Option:
    return {"type": "value", "axisLabel": {"formatter": template}, "splitNumber": 4, "minInterval": 1}


def line(series: Series) -> Option:
    """A filled line over periods."""
    return {
        "grid": {"left": 4, "right": 14, "top": 16, "bottom": 6, "containLabel": True},
        "dataset": {"source": series.frame()},
        "tooltip": {"trigger": "axis", "formatter": "{b}<br/><b>{@text}</b>"},
        "xAxis": {
            "type": "category",
            "boundaryGap": False,
            "axisLabel": {"alignMinLabel": "left", "alignMaxLabel": "right", "margin": 10},
            **QUIET_AXIS,
        },
        "yAxis": _value_axis(_unit(series)[1]),
        "series": [
            {
                "type": "line",
                "smooth": 0.3,
                "smoothMonotone": "x",
                "symbolSize": 6,
                "showSymbol": len(series.numbers) <= 40,
                "lineStyle": {"width": 2.8},
                "areaStyle": {"opacity": 0.12},
                "encode": {"x": "label", "y": "value"},
            }
        ],
    }


def bar(series: Series) -> Option:
    """Columns over periods or names."""
    return {
        "grid": {"left": 4, "right": 8, "top": 16, "bottom": 6, "containLabel": True},
        "dataset": {"source": series.frame()},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "formatter": "{b}<br/><b>{@text}</b>"},
        "xAxis": {
            "type": "category",
            "axisLabel": {"hideOverlap": True, "overflow": "truncate", "width": 90},
            **QUIET_AXIS,
        },
        "yAxis": _value_axis(_unit(series)[1]),
        "series": [
            {
                "type": "bar",
                "barMaxWidth": 44,
                "itemStyle": {"borderRadius": [5, 5, 0, 0]},
                "encode": {"x": "label", "y": "value"},
            }
        ],
    }


def horizontal_bar(series: Series, colors: Sequence[str] = ()) -> Option:
    """A ranking: the first label on top, each bar with its value at its end. `colors`: one a bar, or none."""
    # What the longest value needs beside the longest bar, in pixels.
    room = 18 + 7 * max((len(text) for text in series.short or series.texts), default=0)
    option: Option = {
        "grid": {"left": 2, "right": room, "top": 4, "bottom": 2, "containLabel": True},
        "dataset": {"source": series.frame()},
        "tooltip": {"trigger": "item", "formatter": "{b}<br/><b>{@text}</b>"},
        "xAxis": {"type": "value", "show": False, "max": "dataMax"},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "axisLabel": {"width": 132, "overflow": "truncate"},
            **QUIET_AXIS,
        },
        "series": [
            {
                "type": "bar",
                "barWidth": "58%",
                "barMaxWidth": 26,
                "showBackground": True,
                "backgroundStyle": {"color": "rgba(128,140,134,.10)", "borderRadius": 6},
                "itemStyle": {"borderRadius": 6},
                "label": {"show": True, "position": "right", "formatter": "{@short}", "fontWeight": 600},
                "encode": {"x": "value", "y": "label"},
            }
        ],
    }
    if colors:
        option["color"] = list(colors)
        option["series"][0]["colorBy"] = "data"
    return option


def donut(series: Series, colors: Sequence[str], center: str, caption: str) -> Option:
    """Parts of a whole, with the whole in the middle. Its legend stands beside it, as text."""
    option: Option = {
        "dataset": {"source": series.frame()},
        "tooltip": {"trigger": "item", "formatter": "{b}<br/><b>{@text}</b> ({d} %)"},
        "legend": {"show": False},
        "title": {
            "text": center,
            "subtext": caption,
            "left": "center",
            "top": "middle",
            "itemGap": 6,
            "textStyle": {"fontSize": 24, "fontWeight": 650, "lineHeight": 26},
            "subtextStyle": {"fontSize": 12, "lineHeight": 14},
        },
        "series": [
            {
                "type": "pie",
                "radius": ["58%", "82%"],
                "center": ["50%", "50%"],
                "padAngle": 2,
                "itemStyle": {"borderRadius": 6},
                "label": {"show": False},
                "encode": {"itemName": "label", "value": "value"},
            }
        ],
    }
    if colors:
        option["color"] = list(colors)
    return option


def folded(series: Series, parts: int) -> Series:
    """The largest parts in their order, and the rest added up as "Otros"."""
    if len(series.numbers) <= parts:
        return series
    order = sorted(range(len(series.numbers)), key=lambda index: -(series.numbers[index] or 0.0))
    kept = sorted(order[: parts - 1])
    rest = sum(series.numbers[index] or 0.0 for index in order[parts - 1 :])
    return Series(
        labels=[*(series.labels[index] for index in kept), "Otros"],
        numbers=[*(series.numbers[index] for index in kept), rest],
        texts=[*(series.texts[index] for index in kept), formats.cell(rest, series.kind, series.currency)],
        kind=series.kind,
        currency=series.currency,
        short=[*((series.short or series.texts)[index] for index in kept), _brief(rest, series)],
    )


def _brief(value: float, series: Series) -> str:
    if series.kind == "money":
        return formats.short_money(value, series.currency)
    return formats.cell(value, series.kind, series.currency)


def part_colors(series: Series) -> list[str]:
    """A colour for each part: a segment's own, else the theme's in turn."""
    return [
        SEGMENT_COLORS.get(label, SERIES_COLORS[index % len(SERIES_COLORS)])
        for index, label in enumerate(series.labels)
    ]


def several(series: Sequence[tuple[str, Series]], kind: str) -> Option:
    """Named series over the same labels, side by side or as lines. All have the first one's unit."""
    first = series[0][1]
    divisor, axis = _unit(
        Series(first.labels, [value for _, one in series for value in one.numbers], [], first.kind, first.currency)
    )
    data: dict[str, list[Any]] = {"label": list(first.labels)}
    for name, one in series:
        data[name] = [None if value is None else round(value / divisor, 4) for value in one.numbers]
    shape: Option = (
        {"type": "line", "smooth": 0.3, "lineStyle": {"width": 2.6}}
        if kind == "line"
        else {"type": "bar", "barMaxWidth": 32, "itemStyle": {"borderRadius": [4, 4, 0, 0]}}
    )
    return {
        "grid": {"left": 4, "right": 8, "top": 34, "bottom": 2, "containLabel": True},
        "legend": {"top": 0, "left": 0, "icon": "circle", "itemWidth": 9, "itemHeight": 9},
        "dataset": {"source": pd.DataFrame(data)},
        "tooltip": {"trigger": "axis", "valueFormatter": "localized"},
        "xAxis": {"type": "category", "axisLabel": {"hideOverlap": True}, **QUIET_AXIS},
        "yAxis": _value_axis(axis),
        "series": [{**shape, "encode": {"x": "label", "y": name}} for name, _ in series],
    }
