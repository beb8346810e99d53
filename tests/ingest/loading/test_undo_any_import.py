"""Whatever imports did, one after the other, undone from the last to the first: each row is what it was, byte for byte."""

import json

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from ingest.undoing.undo import undo_import
from pymeai.tenancy.sessions import tenant_connection
from tests.examples import examples
from tests.ingest.loading.conftest import Company

TABLES = (
    "customers",
    "sales",
    "opportunities",
    "stage_history",
    "interactions",
    "stages",
    "pipelines",
    "custom_fields",
)
CELLS = st.sampled_from(
    ["", "Azul", "=1+1", 'a"b', "Ñandú; 😀", "007", "1,5", "3/4/2025", "x", "no", "línea 1\nlínea 2"]
)
CODES = st.sampled_from(["C1", "C2", "C3", "C4"])
STAGES = st.sampled_from(["Prospecto", "Propuesta", "Ganada", "Perdida"])
AMOUNTS = st.integers(1, 10**9).map(str)
ROWS = {
    "customers": ("Código,Nombre,Dirección,Etiquetas,Color,Talla", st.tuples(CODES, CELLS, CELLS, CELLS, CELLS, CELLS)),
    "sales": (
        "Factura,Fecha,Código cliente,Cliente,Producto,Cantidad,Total,Turno",
        st.tuples(
            st.sampled_from(["F-1", "F-2", "F-3"]), st.just("03/02/2025"), CODES, CELLS, CELLS,
            st.integers(1, 9).map(str), AMOUNTS, CELLS,
        ),
    ),
    "opportunities": (
        "Código,Oportunidad,Código cliente,Cliente,Etapa,Valor,Fecha de creación,Zona",
        st.tuples(
            st.sampled_from(["O1", "O2", "O3"]), CELLS, CODES, CELLS, STAGES, AMOUNTS, st.just("01/02/2025"), CELLS
        ),
    ),
    "interactions": (
        "Código cliente,Cliente,Fecha,Tipo,Notas,Lugar",
        st.tuples(CODES, CELLS, st.just("05/02/2025"), st.sampled_from(["llamada", "visita"]), CELLS, CELLS),
    ),
}  # fmt: skip
FILES = st.sampled_from(sorted(ROWS)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.lists(ROWS[kind][1], min_size=1, max_size=5))
)


def _written(kind: str, rows: list[tuple[str, ...]]) -> str:
    cells = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    return "\n".join([ROWS[kind][0], *cells, ""])


def _rows(company: Company) -> dict[str, list[str]]:
    """All rows whole, but for when they were last written: an undo writes too, and a list asks what changed since."""
    return {
        table: sorted(
            json.dumps(row, sort_keys=True, ensure_ascii=False)
            for (row,) in company.rows(f"select to_jsonb(t) - 'updated_at' from {table} t")
        )
        for table in TABLES
    }


def test_imports_are_undone_byte_for_byte(company: Company, other_company: Company) -> None:
    other_company.load("customers", "Código,Nombre\nC1,Ana Mora\n")
    beside = _rows(other_company)

    @examples(25)
    @given(files=st.lists(FILES, min_size=1, max_size=4))
    def run(files: list[tuple[str, list[tuple[str, ...]]]]) -> None:
        states, made = [_rows(company)], []
        for kind, rows in files:
            company.load(kind, _written(kind, rows), options={"repeat": True})
            made.append(company.last_import)
            states.append(_rows(company))
        for import_id, state in zip(reversed(made), reversed(states[:-1]), strict=True):
            assert import_id is not None
            with tenant_connection(company.settings, company.tenant) as connection:
                undone = undo_import(connection, import_id)
            assert undone.kept == {}
            assert _rows(company) == state
        with tenant_connection(company.settings, company.tenant) as connection:
            connection.execute(text("delete from import_changes"))
            connection.execute(text("delete from imports"))

    run()
    assert _rows(other_company) == beside
