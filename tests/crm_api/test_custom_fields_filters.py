"""Filters on custom fields: what they find, what is refused, and what serves them."""

from collections.abc import Callable
from typing import Any

import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import select, text

from crm_api.custom_fields.filters import custom_conditions
from pymeai.database.tables.tenant import Customer, Interaction
from pymeai.errors import Invalid
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_session
from tests.crm_api.conftest import Company
from tests.crm_api.custom_fields import add


@pytest.fixture
def company(register: Callable[..., Company]) -> Company:
    return register("Campos de prueba")


@pytest.fixture(scope="module")
def filtered(register: Callable[..., Company], settings: Settings) -> Company:
    """A company with one field of each type, and five customers."""
    company = register("Filtros de prueba")
    for label, kind, more in (
        ("Zona", "text", {}), ("Edad", "number", {}), ("Saldo", "money", {}), ("Ingreso", "date", {}),
        ("Talla", "dropdown", {"options": ["S", "M", "Única"]}), ("Vip", "boolean", {}), ("Casa", "phone", {}),
        ("Trabajo", "email", {}), ("Sitio", "url", {}),
    ):  # fmt: skip
        add(company, label, kind, **more)
    rows: list[dict[str, Any]] = [
        {"zona": "San José centro", "edad": 30, "saldo": 1500.5, "ingreso": "2026-01-15", "talla": "S", "vip": True},
        {"zona": "Heredia", "edad": 41, "saldo": 20000, "ingreso": "2026-03-01T10:30:00", "talla": "M", "vip": False},
        {"zona": "san jose sur", "edad": 41, "casa": "+50688887777", "trabajo": "ana@ejemplo.cr"},
        {"edad": "no es un número", "talla": "Única", "sitio": "https://ejemplo.cr"},
        {},
    ]
    with tenant_session(settings, company.tenant) as session:
        for place, row in enumerate(rows):
            session.add(Customer(first_name=str(place), custom_fields=row))
    return company


@pytest.mark.parametrize(
    ("expressions", "found"),
    [
        ([], "01234"),
        (["zona:eq:Heredia"], "1"),
        (["zona:ne:Heredia"], "0234"),
        (["zona:contains:JOSE"], "02"),
        (["zona:contains:san sur"], "2"),
        (["zona:contains:100%"], ""),
        (["edad:eq:41"], "12"),
        (["edad:eq:41.0"], "12"),
        (["edad:gte:31"], "12"),
        (["edad:lte:30"], "0"),
        (["edad:gte:-99999999999999"], "012"),
        (["edad:eq:41", "edad:eq:30"], "012"),
        (["edad:eq:41", "zona:eq:Heredia"], "1"),
        (["saldo:gte:1500.5", "saldo:lte:1500.50"], "0"),
        (["ingreso:gte:2026-01-16"], "1"),
        (["ingreso:lte:2026-03-01"], "01"),
        (["talla:eq:unica"], "3"),
        (["vip:eq:true"], "0"),
        (["vip:eq:no"], "1"),
        (["vip:ne:true"], "1234"),
        (["casa:eq:8888-7777"], "2"),
        (["trabajo:eq:ANA@ejemplo.cr"], "2"),
        (["sitio:eq:https://ejemplo.cr"], "3"),
        (["talla:empty:true"], "24"),
        (["talla:empty:false"], "013"),
    ],
)
def test_filters_find_what_they_say(filtered: Company, settings: Settings, expressions: list[str], found: str) -> None:
    with tenant_session(settings, filtered.tenant) as session:
        conditions = custom_conditions(session, "customer", Customer.custom_fields, expressions)
        names = session.execute(select(Customer.first_name).where(*conditions)).scalars().all()
    assert "".join(sorted(name or "" for name in names)) == found


@pytest.mark.parametrize(
    "expression",
    [
        "", "zona", "zona:eq", "nada:eq:1", "zona:like:x", "zona:gte:a", "zona:contains: ", "edad:contains:4",
        "edad:eq:cuarenta", "edad:eq:1e9", "edad:gte:NaN", "edad:lte:٤", "edad:gte:" + "9" * 400, "ingreso:eq:ayer",
        "ingreso:gte:0000-00-00", "talla:eq:XXL", "vip:eq:quizás", "casa:eq:1", "zona:empty:a", "zona:eq:a\x00",
    ],
)  # fmt: skip
def test_a_filter_that_is_none_is_refused(filtered: Company, settings: Settings, expression: str) -> None:
    with tenant_session(settings, filtered.tenant) as session, pytest.raises(Invalid) as refused:
        custom_conditions(session, "customer", Customer.custom_fields, [expression])
    assert [error.field for error in refused.value.errors] == ["custom"]


def test_equality_is_served_by_the_index(filtered: Company, settings: Settings) -> None:
    with tenant_session(settings, filtered.tenant) as session:
        conditions = custom_conditions(session, "customer", Customer.custom_fields, ["zona:eq:x", "edad:empty:false"])
        statement = select(Customer.customer_id).where(*conditions)
        session.execute(text("set local enable_seqscan = off"))
        compiled = statement.compile(session.connection())
        values = {name: Jsonb(value) if isinstance(value, dict) else value for name, value in compiled.params.items()}
        plan = "\n".join(row[0] for row in session.connection().exec_driver_sql(f"explain {compiled}", values))
    assert "customers_custom_fields_idx" in plan


def test_contacts_are_filtered_by_the_fields_of_their_kinds_too(company: Company, settings: Settings) -> None:
    for name, kind in (("Visita técnica", "number"), ("Control", "number"), ("Entrega", "text")):
        made = [{"label": "Lote", "type": kind if name != "Control" else "number"}, {"label": f"Nota {name}"}]
        company.post("/api/interaction-types", {"name": name, "fields": made})
    customer = company.post("/api/customers", {"first_name": "Rosa"}).json()["customer_id"]
    with tenant_session(settings, company.tenant) as session:
        for note in ("uno", "dos"):
            session.add(
                Interaction(customer_id=customer, type="Control", custom_fields={"nota_control": note, "lote": 1})
            )
    with tenant_session(settings, company.tenant) as session:
        conditions = custom_conditions(session, "interaction", Interaction.custom_fields, ["nota_control:eq:dos"])
        found = session.execute(select(Interaction.custom_fields).where(*conditions)).scalars().all()
        assert found == [{"nota_control": "dos", "lote": 1}]
        # A number in one kind and a text in another: no filter could mean both.
        with pytest.raises(Invalid):
            custom_conditions(session, "interaction", Interaction.custom_fields, ["lote:eq:1"])
