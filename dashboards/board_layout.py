"""Where the widgets of a board stand: twelve columns on a desk, one or two on a telephone."""

from collections.abc import Sequence

from pymeai.templates.widgets import COLUMNS, Widget

BOARD_KEY = "board"
# Height of one row of the grid and the gap between cells, in pixels.
ROW = 76
GAP = 14


def widget_key(widget: Widget) -> str:
    """The key of a widget's container; Streamlit makes the class st-key-<key> of it."""
    return f"widget_{widget.id}"


def stylesheet(widgets: Sequence[Widget]) -> str:
    """CSS that puts each widget's cell in its place. Ids hold only a-z, 0-9, _ and - (the model says so)."""
    cell = f".st-key-{BOARD_KEY} > div:has(> .st-key-{{key}}, > div > .st-key-{{key}})"
    wide = []
    narrow = []
    for widget in widgets:
        place = widget.place
        selector = cell.format(key=widget_key(widget))
        wide.append(
            f"{selector} {{ grid-column: {place.x + 1} / span {min(place.w, COLUMNS - place.x)}; "
            f"grid-row: {place.y + 1} / span {place.h}; }}"
        )
        # On a telephone the order is the desk's: by row, then by column.
        order = place.y * COLUMNS + place.x
        span = "span 1" if widget.chart == "kpi" else "1 / -1"
        rows = f"grid-row: span {max(place.h, 2)};" if widget.chart == "kpi" else f"grid-row: span {min(max(place.h, 4), 5)};"
        narrow.append(f"{selector} {{ order: {order}; grid-column: {span}; {rows} }}")
    return "\n".join(
        (
            f".st-key-{BOARD_KEY} {{ display: grid; gap: {GAP}px; grid-auto-rows: {ROW}px; }}",
            "@media (min-width: 900px) {",
            f".st-key-{BOARD_KEY} {{ grid-template-columns: repeat({COLUMNS}, minmax(0, 1fr)); }}",
            *wide,
            "}",
            "@media (max-width: 899.98px) {",
            f".st-key-{BOARD_KEY} {{ grid-template-columns: repeat(2, minmax(0, 1fr)); grid-auto-flow: dense; }}",
            *narrow,
            "}",
        )
    )
