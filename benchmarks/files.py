"""The files that are imported: a thousand rows made here, and Online Retail where it is."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SMALL_ROWS = 1_000
SMALL_COLUMNS = (
    ("Factura", "text"),
    ("Fecha", "date"),
    ("Cliente", "text"),
    ("Correo", "text"),
    ("Producto", "text"),
    ("Categoría", "text"),
    ("Cantidad", "numeric"),
    ("Total", "numeric"),
)
RETAIL_COLUMNS = (
    ("InvoiceNo", "text"),
    ("StockCode", "text"),
    ("Description", "text"),
    ("Quantity", "integer"),
    ("InvoiceDate", "timestamp"),
    ("UnitPrice", "numeric"),
    ("CustomerID", "integer"),
    ("Country", "text"),
)


def small_rows(seed: int) -> list[tuple[str, date, str, str, str, str, int, float]]:
    """A thousand sales of one line each, of some 300 customers, in one year; another seed gives other documents."""
    random = np.random.default_rng(seed)
    first = date(2025, 11, 1)
    rows = []
    for index in range(SMALL_ROWS):
        customer, product = int(random.integers(300)), int(random.integers(40))
        rows.append(
            (
                f"B{seed}-{index:05d}",
                first + timedelta(days=int(random.integers(365))),
                f"Cliente Número {customer}",
                f"cliente{customer}@correo.example",
                f"Producto {product}",
                f"Categoría {product % 6}",
                int(random.integers(1, 9)),
                round(float(random.lognormal(9.5, 0.8)), 2),
            )
        )
    return rows


def write_small(path: Path, seed: int) -> None:
    """The thousand rows as a CSV with d/m/yyyy dates."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([name for name, _ in SMALL_COLUMNS])
        for row in small_rows(seed):
            writer.writerow([row[0], f"{row[1]:%d/%m/%Y}", *row[2:]])


def retail_workbook() -> Path | None:
    """Online Retail's workbook, where the folder of real data is."""
    found = sorted((SHARED_DATA / "transactions" / "online_retail").glob("*.xlsx"))
    return found[0] if found else None


def retail_rows(workbook: Path) -> Iterator[tuple[object, ...]]:
    """The workbook's rows, decoded."""
    from python_calamine import CalamineWorkbook

    rows = iter(CalamineWorkbook.from_path(workbook).get_sheet_by_index(0).to_python())
    next(rows)
    for number, code, text, quantity, moment, price, customer, country in rows:
        yield (_text(number), _text(code), text or None, _whole(quantity), moment, price, _whole(customer),
               country)  # fmt: skip


def _whole(cell: object) -> int | None:
    return int(float(str(cell))) if cell != "" else None


def _text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
