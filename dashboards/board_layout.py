"""Where the widgets of a board stand: twelve columns on a desk, one or two on a telephone."""

from collections.abc import Sequence

from pymeai.templates.widgets import COLUMNS, Widget

BOARD_KEY = "board"
# Height of one row of the grid and the gap between cells, in pixels.
ROW = 86
GAP = 14


def widget_key(widget: Widget) -> str:
    """The key of a widget's container; Streamlit makes the class st-key-<key> of it."""
    return f"widget_{widget.id}"


def stylesheet(widgets: Sequence[Widget]) -> str:
    """CSS that puts each widget's cell in its place. Ids hold only a-z, 0-9, _ and - (the model says so)."""
    # Widgets that say no place of their own (all at 0, 0) follow each other.
    placed = len({(widget.x, widget.y) for widget in widgets}) == len(widgets)
    wide = []
    narrow = []
    for number, widget in enumerate(widgets):
        key = widget_key(widget)
        selector = f".st-key-{BOARD_KEY} > div:is(.st-key-{key}, :has(> .st-key-{key}, > div > .st-key-{key}))"
        width = min(widget.w, COLUMNS - widget.x)
        column = f"{widget.x + 1} / span {width}" if placed else f"span {width}"
        row = f"{widget.y + 1} / span {widget.h}" if placed else f"span {widget.h}"
        wide.append(f"{selector} {{ grid-column: {column}; grid-row: {row}; }}")
        # On a telephone the order is the desk's: by row, then by column.
        order = widget.y * COLUMNS + widget.x if placed else number
        if widget.chart == "kpi":
            narrow.append(f"{selector} {{ order: {order}; grid-column: span 1; grid-row: span 2; }}")
        else:
            narrow.append(f"{selector} {{ order: {order}; grid-column: 1 / -1; grid-row: span {4 + (widget.h > 4)}; }}")
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
