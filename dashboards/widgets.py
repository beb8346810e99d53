"""Drawing one widget of the board."""

import re
from dataclasses import dataclass
from datetime import date
from html import escape

import pandas as pd
import streamlit as st
from pydantic import ValidationError

from dashboards import board_layout, charts, formats, metric_data, periods
from dashboards.notices import markdown_text
from pymeai.errors import PymeError
from pymeai.metrics.query import MetricQuery, MetricResult
from pymeai.templates.widgets import Period, Widget, period_dates
from pymeai.tenancy.tenant import Tenant

GRAINS: dict[periods.Grain, str] = {
    "day": "por día",
    "week": "por semana",
    "month": "por mes",
    "quarter": "por trimestre",
    "year": "por año",
}
_GRAIN_IN_TITLE = re.compile(r"\s+por (?:día|semana|mes|trimestre|año)$", re.IGNORECASE)
# A donut with more parts than colours tells nothing: the rest is added up.
MAX_PARTS = 6


@dataclass(frozen=True)
class BoardView:
    """For whom, as of when and over which period the board is drawn."""

    tenant: Tenant
    today: date
    # Which state of the marts is shown; part of every cache key.
    data_as_of: str
    # A choice of periods.CHOICES.
    choice: str = periods.OWN

    def period(self, widget: Widget) -> Period:
        """The period that a widget speaks of under this choice."""
        return periods.chosen(widget.period, self.choice)

    def dates(self, widget: Widget) -> tuple[date, date] | None:
        """Its first and last day."""
        return period_dates(self.period(widget), self.today)


def draw(widget: Widget, view: BoardView) -> None:
    """One widget in its own frame. A query that fails says so in the frame; the rest of the board stands."""
    with st.container(
        border=widget.chart != "kpi", height="stretch", key=board_layout.widget_key(widget), gap="xxsmall"
    ):
        try:
            query = metric_data.with_dates(MetricQuery.model_validate(widget.query), view.dates(widget))
            if widget.chart == "kpi":
                _kpi(widget, query, view)
            else:
                _chart(widget, query, view)
        except ValidationError:
            _heading(widget.title, "")
            st.caption("La consulta de esta tarjeta ya no es válida. Quítela y agréguela de nuevo.")
        except PymeError as error:
            _heading(widget.title, "")
            st.caption(markdown_text(error.message))


def _heading(title: str, note: str) -> None:
    st.html(f'<div class="pm-widget-title"><h3>{escape(title)}</h3><span>{escape(note)}</span></div>')


def _kpi(widget: Widget, query: MetricQuery, view: BoardView) -> None:
    result = metric_data.ask(view.tenant, query, view.data_as_of)
    now, change = metric_data.compared(result)
    column = result.columns[metric_data.metric_columns(result)[0]]
    period = view.period(widget)
    dates = view.dates(widget)
    trend: list[float] = []
    if dates is not None:
        grain = periods.fine_grain(dates)
        series = metric_data.by_time(
            metric_data.ask(view.tenant, metric_data.over_time(query, grain), view.data_as_of), grain, dates
        )
        trend = [value for value in series.numbers if value is not None]
    good = metric_data.catalogue().metrics[query.metrics[0]].good
    st.metric(
        f"{markdown_text(widget.title)} &nbsp;:gray[:small[{periods.LABELS[period] if dates else ''}]]",
        metric_data.short_text_of(now, column, result.currency),
        None if change is None else formats.percent(change),
        delta_color={"up": "normal", "down": "inverse"}.get(good or "", "off"),  # type: ignore[arg-type]
        delta_description=periods.COMPARED_WITH.get(period) if change is not None else None,
        chart_data=trend if len(trend) > 2 else None,
        chart_type="area",
        border=True,
        height="stretch",
    )


def _chart(widget: Widget, query: MetricQuery, view: BoardView) -> None:
    dates = view.dates(widget)
    period = view.period(widget)
    note = "" if period == "all" else periods.LABELS[period]
    title = widget.title
    grain = query.grain or "month"
    timed = "metric_time" in query.group_by
    if timed and not periods.coarser_fits(grain, dates):
        grain = periods.fine_grain(dates)
        title = _GRAIN_IN_TITLE.sub("", title)
        note = f"{note}, {GRAINS[grain]}"
        query = query.model_copy(update={"grain": grain})
    result = metric_data.ask(view.tenant, query, view.data_as_of)
    _heading(title, note)
    if not result.rows:
        st.html(f'<div class="pm-nothing">{escape(_nothing(period))}</div>')
        return
    if widget.chart == "table":
        table(result, key=f"table_{widget.id}")
        return
    if timed:
        series = metric_data.by_time(result, grain, dates)
        option = charts.bar(series) if widget.chart == "bar" else charts.line(series)
    else:
        series = metric_data.by_name(result)
        if widget.chart == "donut":
            _donut(widget, series)
            return
        option = charts.bar(series) if widget.chart == "bar" else charts.horizontal_bar(series)
    st.echarts_chart(option, height="stretch", key=f"chart_{widget.id}", alt=widget.title)


def _nothing(period: Period) -> str:
    return "Todavía no hay datos." if period == "all" else "No hay datos en este período."


def _donut(widget: Widget, series: charts.Series) -> None:
    series = charts.folded(series, MAX_PARTS)
    colors = charts.part_colors(series)
    total = sum(value or 0.0 for value in series.numbers)
    center = formats.short_money(total, series.currency) if series.kind == "money" else formats.cell(total, series.kind)
    with st.container(height="stretch", key=f"donut_{widget.id}", gap="xsmall"):
        st.echarts_chart(
            charts.donut(series, colors, center, "en total"),
            height="stretch",
            key=f"chart_{widget.id}",
            alt=widget.title,
        )
        parts = zip(series.labels, series.texts, metric_data.shares(series.numbers), colors, strict=True)
        rows = "".join(
            f'<li><i style="background:{color}"></i><span>{escape(label)}</span><b>{escape(text)}</b>'
            f"<em>{escape(formats.percent(share, 0))}</em></li>"
            for label, text, share, color in parts
        )
        st.html(f'<ul class="pm-legend">{rows}</ul>')


def table(result: MetricResult, *, key: str, height: int | str = "stretch") -> None:
    """The rows as a table, numbers and dates as Costa Rica writes them, still sorted by value."""
    frame = frame_of(result)
    formatters = {
        column.label: (lambda value, kind=column.format: formats.cell(value, kind, result.currency))
        for column in result.columns
        if column.kind != "dimension"
    }
    st.dataframe(frame.style.format(formatters), hide_index=True, height=height, key=key)  # type: ignore[arg-type]


def frame_of(result: MetricResult) -> pd.DataFrame:
    """One column a column of the result, named by its label; metrics as floats, dates as dates."""
    data: dict[str, list[object]] = {}
    for index, column in enumerate(result.columns):
        values = [row[index] for row in result.rows]
        if column.kind == "metric":
            data[column.label] = [metric_data.as_number(value) for value in values]
        elif column.kind == "time":
            data[column.label] = [formats.as_date(value) for value in values]
        else:
            data[column.label] = [metric_data.label_of(value, column) for value in values]
    return pd.DataFrame(data)
