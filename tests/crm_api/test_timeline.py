"""What happened with a customer, in one ordered feed."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest

from ingest import imports
from pymeai.database.tables.tenant import Interaction
from pymeai.database.tables.workspace import Import, ImportChange
from pymeai.settings import Settings
from pymeai.tenancy.sessions import Actor, tenant_session
from tests.crm_api.conftest import Company, fields, problem

NOBODY = "0190a000-0000-7000-8000-000000000000"


def _make(company: Company, path: str, **values: Any) -> dict[str, Any]:
    response = company.post(path, values)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def _contact(settings: Settings, company: Company, customer_id: str, at: datetime, **values: Any) -> str:
    with tenant_session(settings, company.tenant, actor=Actor(company.user_id)) as session:
        contact = Interaction(
            customer_id=UUID(customer_id), user_id=company.user_id, date_time=at, **({"type": "Llamada"} | values)
        )
        session.add(contact)
        session.flush()
        return str(contact.interaction_id)


def _imported(settings: Settings, company: Company, customer_id: str) -> None:
    with tenant_session(settings, company.tenant) as session:
        load = Import(
            file_hash=uuid4().hex, file_name="clientes viejos.csv", kind="customers", status="done",
            finished_at=datetime(2026, 2, 1, tzinfo=UTC), created_by=company.user_id,
        )  # fmt: skip
        session.add(load)
        session.flush()
        session.add(
            ImportChange(import_id=load.import_id, action="insert", table_name="customers", row_id=UUID(customer_id))
        )


@pytest.fixture(scope="module")
def story(company_a: Company, settings: Settings) -> str:
    """A customer with one event of each kind and a few more."""
    customer = str(_make(company_a, "/api/customers", first_name="Rosa", last_name="Vega")["customer_id"])
    other = str(_make(company_a, "/api/customers", first_name="Rosa M.", phone="88887712")["customer_id"])
    noise = str(_make(company_a, "/api/customers", first_name="Nadie")["customer_id"])
    _make(company_a, "/api/sales", customer_id=noise, sold_at="2026-03-05", amount=7)
    _contact(settings, company_a, noise, datetime(2026, 3, 5, tzinfo=UTC))
    _imported(settings, company_a, customer)
    _contact(
        settings,
        company_a,
        customer,
        datetime(2026, 3, 1, tzinfo=UTC),
        direction="inbound",
        notes="Pidió  precio\nde arena",
    )
    sale = {"sold_at": "2026-03-10T12:00:00-06:00", "amount": 1234.5, "external_key": "F-77"}
    _make(company_a, "/api/sales", customer_id=customer, **sale)
    deal = _make(company_a, "/api/opportunities", customer_id=customer, title="Techo")
    stages = company_a.get(f"/api/pipelines/{deal['pipeline_id']}/stages").json()["items"]
    moved = company_a.put(f"/api/opportunities/{deal['opportunity_id']}/stage", {"stage_id": stages[1]["stage_id"]})
    assert moved.status_code == 200
    assert company_a.put(f"/api/customers/{customer}", {"email": "rosa@vega.cr"}).status_code == 200
    assert company_a.post("/api/customers/merge", {"keep": customer, "merge": [other]}).status_code == 200
    return customer


def test_every_kind_of_event_is_in_one_feed(company_a: Company, story: str) -> None:
    page = company_a.get(f"/api/customers/{story}/timeline").json()
    items = page["items"]
    assert page["total"] == len(items)
    assert page["next_cursor"] is None
    assert [item["at"] for item in items] == sorted((item["at"] for item in items), reverse=True)
    assert {item["kind"] for item in items} == {"interaction", "stage", "sale", "import", "change", "merge"}
    said = [item["summary"] for item in items if item["kind"] != "change"]
    assert said[0] == "Se fusionó con «Rosa M.»"
    assert said[1].startswith("Pasó la oportunidad «Techo» de «")
    assert said[2].startswith("Se abrió la oportunidad «Techo» en «")
    assert said[3].replace("\u00a0", " ") == "Factura por ₡1 234,50 (F-77)"
    assert said[4] == "Llamada (entrante): Pidió precio de arena"
    assert said[5] == "Llegó con el archivo «clientes viejos.csv»"
    changes = [item for item in items if item["kind"] == "change"]
    # What the merge filled is told by its own item; before it the e-mail was written, and first the customer was made.
    assert [change["action"] for change in changes] == ["updated", "created"]
    assert changes[0]["before"] == {"email": None}
    assert changes[0]["after"] == {"email": "rosa@vega.cr"}
    assert changes[0]["summary"] == "Ana Mora cambió correo del cliente"
    assert {item["user_name"] for item in items if item["user_id"]} == {"Ana Mora"}


def _said(company: Company, customer: str) -> list[str]:
    return [item["summary"] for item in company.get(f"/api/customers/{customer}/timeline").json()["items"]]


def test_a_merge_and_its_undo_are_told_once(register: Callable[..., Company]) -> None:
    company = register("Historia de fusiones")
    keep = str(_make(company, "/api/customers", first_name="Rosa")["customer_id"])
    double = str(_make(company, "/api/customers", first_name="Rosita", phone="8888-7712", tags=["VIP"])["customer_id"])
    merge = company.post("/api/customers/merge", {"keep": keep, "merge": [double]}).json()["merges"][0]
    assert _said(company, keep) == ["Se fusionó con «Rosita»", "Ana Mora creó el cliente"]
    assert company.post(f"/api/customers/merges/{merge['merge_id']}/undo").status_code == 200
    for customer, other in ((keep, "Rosita"), (double, "Rosa")):
        assert _said(company, customer) == [
            f"Se deshizo la fusión con «{other}»",
            f"Se fusionó con «{other}» (se deshizo)",
            "Ana Mora creó el cliente",
        ]
    # A deletion of one's own is told as before.
    assert company.delete(f"/api/customers/{double}").status_code == 204
    assert company.post(f"/api/customers/{double}/restore").status_code == 200
    assert _said(company, double)[:2] == ["Ana Mora restauró el cliente", "Ana Mora borró el cliente"]


def test_a_deleted_opportunity_is_in_no_history(company_a: Company) -> None:
    customer = str(_make(company_a, "/api/customers", first_name="Sin techo")["customer_id"])
    deal = _make(company_a, "/api/opportunities", customer_id=customer, title="Techo")
    assert _said(company_a, customer)[0].startswith("Se abrió la oportunidad «Techo»")
    assert company_a.delete(f"/api/opportunities/{deal['opportunity_id']}").status_code == 204
    assert _said(company_a, customer) == ["Ana Mora creó el cliente"]


def test_what_a_file_changed_and_that_it_was_undone(register: Callable[..., Company], settings: Settings) -> None:
    company = register("Historia de archivos")
    made = _make(company, "/api/customers", first_name="Eva", external_id="E1", phone="8888-1111")
    content = b"C\xc3\xb3digo,Nombre,Correo,Tel\xc3\xa9fono\nE1,Eva,eva@ejemplo.cr,8888-2222\n"
    import_id = imports.create_import(
        settings,
        company.tenant,
        kind="customers",
        file_name="clientes.csv",
        stream=BytesIO(content),
        user_id=company.user_id,
    )
    proposed = imports.propose(settings, company.tenant, import_id).columns
    imports.set_mapping(settings, company.tenant, import_id, proposed, {"default_policy": "overwrite"})
    imports.commit(settings, company.tenant, imports.prepare(settings, company.tenant, import_id, with_gate=False))
    path = f"/api/customers/{made['customer_id']}/timeline"
    item = company.get(path, params={"kind": "import"}).json()["items"][0]
    assert item["summary"] == "Se actualizó con el archivo «clientes.csv»: correo y teléfono"
    assert item["before"] == {"email": None, "phone": "+50688881111"}
    assert item["after"] == {"email": "eva@ejemplo.cr", "phone": "+50688882222"}
    assert item["undone_at"] is None
    assert company.post(f"/api/imports/{import_id}/undo").status_code == 200
    items = company.get(path, params={"kind": "import"}).json()["items"]
    assert [(item["action"], item["summary"]) for item in items] == [
        ("undo", "Se deshizo la importación del archivo «clientes.csv»"),
        ("update", "Se actualizó con el archivo «clientes.csv»: correo y teléfono (se deshizo)"),
    ]
    assert items[0]["user_name"] == "Ana Mora"
    assert items[0]["at"] == items[1]["undone_at"]


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_cover_the_feed_once(company_a: Company, story: str, limit: int) -> None:
    path = f"/api/customers/{story}/timeline"
    whole = company_a.get(path).json()["items"]
    seen: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = company_a.get(path, params={"limit": limit} | ({"cursor": cursor} if cursor else {})).json()
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        assert len(page["items"]) == limit
    assert seen == whole


def test_one_kind_alone(company_a: Company, story: str) -> None:
    page = company_a.get(f"/api/customers/{story}/timeline", params={"kind": ["sale", "import"]}).json()
    assert [item["kind"] for item in page["items"]] == ["sale", "import"]
    assert page["total"] == 2
    assert page["items"][0]["amount"] == 1234.5


def test_events_of_one_instant_keep_their_order_over_pages(company_a: Company, settings: Settings) -> None:
    customer = str(_make(company_a, "/api/customers", first_name="Lote")["customer_id"])
    instant = datetime(2026, 5, 5, tzinfo=UTC)
    contacts = {_contact(settings, company_a, customer, instant, notes=str(number)) for number in range(5)}
    _make(company_a, "/api/sales", customer_id=customer, sold_at=instant.isoformat(), amount=5)
    seen, cursor = [], None
    while True:
        parameters = {"limit": 1, "kind": ["interaction", "sale"]} | ({"cursor": cursor} if cursor else {})
        page = company_a.get(f"/api/customers/{customer}/timeline", params=parameters).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 6
    assert contacts < set(seen)


@pytest.mark.parametrize(
    ("parameters", "field"),
    [({"limit": 0}, "limit"), ({"limit": 501}, "limit"), ({"kind": "nada"}, "kind"), ({"cursor": "x"}, "cursor"),
     ({"cursor": "WzEsMl0"}, "cursor"), ({"cursor": "ñ"}, "cursor"), ({"cursor": "WyIyMDI2LTAxLTAxIiwgMV0"}, "cursor")],
)  # fmt: skip
def test_bad_parameters(company_a: Company, story: str, parameters: dict[str, Any], field: str) -> None:
    found = problem(company_a.get(f"/api/customers/{story}/timeline", params=parameters), 422, "invalid")
    assert list(fields(found)) == [field]


def test_a_foreign_customer_has_no_timeline(company_a: Company, company_b: Company, story: str) -> None:
    answers = [company_b.get(f"/api/customers/{key}/timeline") for key in (story, NOBODY)]
    assert answers[0].json() == answers[1].json()
    problem(answers[0], 404, "not_found")


def test_a_seller_who_sees_their_own_sees_no_other_timeline(
    register: Callable[..., Company], colleague: Callable[[Company, str], Company]
) -> None:
    company = register("Historia propia")
    assert company.put("/api/organization", {"settings": {"sellers_see": "own"}}).status_code == 200
    seller = colleague(company, "seller")
    theirs = _make(company, "/api/customers", first_name="Ajena", owner_user_id=str(company.user_id))
    ours = _make(seller, "/api/customers", first_name="Propia")
    problem(seller.get(f"/api/customers/{theirs['customer_id']}/timeline"), 404, "not_found")
    assert seller.get(f"/api/customers/{ours['customer_id']}/timeline").json()["total"] == 1


def test_of_their_customer_a_seller_sees_what_the_lists_show(
    register: Callable[..., Company], colleague: Callable[[Company, str], Company]
) -> None:
    company = register("Historia de varios")
    assert company.put("/api/organization", {"settings": {"sellers_see": "own"}}).status_code == 200
    sellers = {name: colleague(company, "seller") for name in ("suya", "ajena")}
    users = {name: str(seller.user_id) for name, seller in sellers.items()} | {"libre": None}
    customer = _make(company, "/api/customers", first_name="De todos", owner_user_id=users["suya"])["customer_id"]
    for place, (name, user) in enumerate(users.items(), start=1):
        values = {"customer_id": customer, "user_id": user}
        _make(company, "/api/opportunities", title=f"Oportunidad {name}", **values)
        _make(company, "/api/sales", sold_at="2026-03-05", amount=place, external_key=f"venta {name}", **values)
        _make(company, f"/api/customers/{customer}/interactions", type="Llamada", notes=f"contacto {name}")
    path = f"/api/customers/{customer}/timeline"

    def told(person: Company, *kinds: str) -> str:
        found = person.get(path, params={"kind": kinds, "limit": 100}).json()
        assert found["total"] == len(found["items"])
        return " ".join(item["summary"] for item in found["items"])

    for person, hidden in ((company, ()), (sellers["suya"], ("Oportunidad ajena", "venta ajena"))):
        text = told(person)
        for kind in ("Oportunidad", "venta", "contacto"):
            for name in users:
                assert (f"{kind} {name}" in text) is (f"{kind} {name}" not in hidden)
    assert told(sellers["suya"], "interaction").count("contacto") == 3
    assert told(sellers["suya"], "sale").count("venta") == 2
