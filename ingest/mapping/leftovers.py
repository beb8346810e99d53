"""Columns that no target takes: which entity they tell something of, or why they are better left out."""

from collections.abc import Mapping

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ingest.mapping.wording import normalized
from ingest.model import Kind, RawTable
from ingest.targets import Entity

ROWS_LOOKED_AT = 200_000

_ROW_NUMBERS = frozenset(
    normalized(name)
    for name in (
        "id fila", "fila", "row id", "row", "row number", "index", "indice", "item", "linea", "num linea", "renglon",
        "unnamed: 0", "consec", "orden", "#", "no", "n°", "numero", "id", "secuencia", "contador", "ID línea",
    )
)  # fmt: skip
_CUSTOMER_KEYS = (
    "customer.external_id",
    "customer.identification",
    "customer.name",
    "customer.company_name",
    "customer.phone",
    "customer.email",
)
# Of a hundred rows of one customer, a stray one may differ: people move, clerks mistype.
_TOLERATED = 0.01


def is_row_number(table: RawTable, header: str) -> bool:
    """Whether a column does no more than count the rows: 1, 2, 3, … under a name such as `fila` or `No.`."""
    if normalized(header) not in _ROW_NUMBERS and not header.startswith("Columna "):
        return False
    column = table.frame.column(header)
    if pa.types.is_string(column.type):
        if not pc.all(pc.match_substring_regex(column.drop_null(), r"^\s*\d{1,9}\s*$")).as_py():
            return False
        column = pc.utf8_trim_whitespace(column).cast(pa.int64())
    elif not pa.types.is_floating(column.type):
        return False
    if column.null_count:
        return False
    values = column.to_numpy()
    return len(values) > 1 and values[0] in (0, 1) and bool((values[1:] - values[:-1] == 1).all())


def entity_of_leftover(table: RawTable, header: str, kind: Kind, sources: Mapping[str, str]) -> Entity | None:
    """The entity that a column without a target belongs to; None where it changes from line to line.

    In a sales sheet a column that never changes within a customer tells of the customer, and one that never changes
    within a document, of the sale. `sources` maps the targets found so far to headers.
    """
    if kind == "customers":
        return "customer"
    if kind in ("opportunities", "interactions"):
        return "opportunity" if kind == "opportunities" else "interaction"
    values = values_of(table, header)
    customer = next((sources[target] for target in _CUSTOMER_KEYS if target in sources), None)
    document = sources.get("sale.external_key")
    if customer is not None:
        groups = values_of(table, customer)
        if groups.nunique() < 0.9 * groups.count() and depends(values, groups):
            return "customer"
    if document is None or depends(values, values_of(table, document)):
        return "sale"
    return None


def values_of(table: RawTable, header: str) -> pd.Series:
    """The first values of a column, ROWS_LOOKED_AT at most."""
    column = table.frame.column(header).slice(0, ROWS_LOOKED_AT)
    return pd.Series(column.to_pandas())


def depends(values: pd.Series, groups: pd.Series) -> bool:
    """Whether rows of one group share one value."""
    known = values.notna() & groups.notna()
    if not known.any():
        return False
    pairs = pd.DataFrame({"group": groups[known], "value": values[known]})
    repeated = pairs[pairs["group"].duplicated(keep=False)]
    if repeated.empty:
        return True
    first = repeated.groupby("group")["value"].transform("first")
    return bool((repeated["value"] != first).mean() <= _TOLERATED)
