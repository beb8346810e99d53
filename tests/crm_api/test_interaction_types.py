"""Kinds of contact: added, changed, put in order, archived and brought back."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text

from pymeai.database.tables.tenant import Interaction, InteractionType
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_session
from tests.crm_api.conftest import Company, fields, problem

PATH = "/api/interaction-types"
VISIT: dict[str, Any] = {
    "name": "Visita técnica",
    "icon": "agriculture",
    "fields": [
        {"label": "Hectáreas revisadas", "type": "number"},
        {"label": "Estado del cultivo", "type": "dropdown", "options": ["Bueno", "Malo"], "required": True},
    ],
    "note_template": "Lote y hallazgos:",
    "followup_days": 15,
}


@pytest.fixture
def company(register: Callable[..., Company]) -> Company:
    return register("Agro de prueba")


def names(company: Company, **parameters: Any) -> list[str]:
    return [item["name"] for item in company.get(PATH, params=parameters).json()["items"]]


def test_a_new_kind_is_the_last_and_is_read_back_whole(company: Company) -> None:
    before = names(company)
    created = company.post(PATH, VISIT, headers={"Idempotency-Key": "visita-tecnica"})
    assert created.status_code == 201, created.text
    body = created.json()
    assert body["fields"] == [
        {"name": "hectareas_revisadas", "label": "Hectáreas revisadas", "type": "number", "options": [],
         "required": False},
        {"name": "estado_del_cultivo", "label": "Estado del cultivo", "type": "dropdown",
         "options": ["Bueno", "Malo"], "required": True},
    ]  # fmt: skip
    assert (body["note_template"], body["followup_days"], body["icon"]) == ("Lote y hallazgos:", 15, "agriculture")
    assert company.post(PATH, VISIT, headers={"Idempotency-Key": "visita-tecnica"}).json() == body
    assert names(company) == [*before, "Visita técnica"]
    read = company.get(f"{PATH}/{body['interaction_type_id']}")
    assert read.json() == body
    assert read.headers["etag"]


def test_another_name_is_given_to_the_contacts_too(company: Company, company_b: Company, settings: Settings) -> None:
    customer = company.post("/api/customers", {"first_name": "Rosa"}).json()["customer_id"]
    with tenant_session(settings, company.tenant) as session:
        session.add(Interaction(customer_id=customer, type="Llamada"))
        session.add(Interaction(customer_id=customer, type="Visita"))
    call = next(item for item in company.get(PATH).json()["items"] if item["name"] == "Llamada")
    path = f"{PATH}/{call['interaction_type_id']}"
    tag = company.get(path).headers["etag"]
    changed = company.put(path, {"name": "Llamada telefónica", "followup_days": None}, headers={"If-Match": tag})
    assert changed.status_code == 200, changed.text
    assert changed.json() == call | {"name": "Llamada telefónica", "followup_days": None}
    with tenant_session(settings, company.tenant) as session:
        assert sorted(session.execute(select(Interaction.type)).scalars()) == ["Llamada telefónica", "Visita"]
        audited = session.execute(text("select entity, action from audit_log where entity = 'interaction'")).all()
        assert [tuple(row) for row in audited] == [("interaction", "created")] * 2
    problem(company.put(path, {"name": "Otro"}, headers={"If-Match": tag}), 412)
    problem(company_b.put(path, {"name": "Otro"}), 404)
    assert "Llamada" in names(company_b)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"icon": "<svg>"}, "icon"),
        ({"followup_days": -1}, "followup_days"),
        ({"fields": [{"label": "A"}, {"label": "a"}]}, "fields.1.label"),
        ({"fields": [{"label": "A", "type": "dropdown"}]}, "fields.0.options"),
        ({"fields": [{"label": "A", "options": ["x"]}]}, "fields.0.options"),
        ({"fields": [{"label": "A", "type": "magia"}]}, "fields.0.type"),
        ({"note_template": "a\x00b"}, "note_template"),
    ],
)
def test_what_is_no_kind_is_refused(company_a: Company, change: dict[str, Any], field: str) -> None:
    assert list(fields(problem(company_a.post(PATH, VISIT | change), 422))) == [field]


@pytest.mark.parametrize("name", ["whatsapp", "WHATSAPP", "Llamáda"])
def test_two_kinds_do_not_have_one_name(company_a: Company, name: str) -> None:
    assert list(fields(problem(company_a.post(PATH, {"name": name}), 409, "duplicate"))) == ["name"]


def test_a_field_of_a_kind_is_not_named_like_a_custom_field_of_contacts(company: Company) -> None:
    made = company.post("/api/custom-fields", {"entity_type": "interaction", "label": "Duración"})
    assert made.json()["field_name"] == "duracion"
    refused = company.post(PATH, {"name": "Reunión", "fields": [{"label": "Duración", "type": "number"}]})
    assert list(fields(problem(refused, 422))) == ["fields.0.label"]
    company.post(PATH, {"name": "Reunión", "fields": [{"label": "Asistentes", "type": "number"}]})
    other = company.post("/api/custom-fields", {"entity_type": "interaction", "label": "Asistentes"})
    assert other.json()["field_name"] == "asistentes_2"


def test_a_field_with_values_keeps_its_type(company: Company, settings: Settings) -> None:
    kind = company.post(PATH, VISIT).json()
    path = f"{PATH}/{kind['interaction_type_id']}"
    other = [field | {"type": "text"} if field["type"] == "number" else field for field in kind["fields"]]
    customer = company.post("/api/customers", {"first_name": "Rosa"}).json()["customer_id"]
    with tenant_session(settings, company.tenant) as session:
        contact = Interaction(customer_id=customer, type=kind["name"], custom_fields={"hectareas_revisadas": 3})
        session.add(contact)
    problem(company.put(path, {"fields": other}), 409, "field_in_use")
    assert company.get(path).json()["fields"] == kind["fields"]
    with tenant_session(settings, company.tenant) as session:
        session.execute(text("delete from interactions"))
    assert company.put(path, {"fields": other}).json()["fields"] == other


def test_archived_kinds_come_back_and_the_last_stays(company: Company, settings: Settings) -> None:
    items = company.get(PATH).json()["items"]
    for item in items[1:]:
        assert company.delete(f"{PATH}/{item['interaction_type_id']}").status_code == 204
    problem(company.delete(f"{PATH}/{items[0]['interaction_type_id']}"), 409, "last_type")
    assert names(company) == [items[0]["name"]]
    assert names(company, archived=True) == [item["name"] for item in items]
    refused = company.post(PATH, {"name": items[1]["name"]})
    assert "archivado" in fields(problem(refused, 409))["name"]
    restored = company.post(f"{PATH}/{items[1]['interaction_type_id']}/restore")
    assert restored.json() == items[1]
    assert names(company) == [item["name"] for item in items[:2]]
    with tenant_session(settings, company.tenant) as session:
        assert len(session.execute(select(InteractionType.name)).all()) == len(items)


def test_the_order_is_that_of_the_screens(company: Company) -> None:
    listed = company.get(PATH)
    keys = [item["interaction_type_id"] for item in listed.json()["items"]]
    headers = {"If-Match": listed.headers["etag"]}
    ordered = company.put(f"{PATH}/order", {"interaction_type_ids": keys[::-1]}, headers=headers)
    assert [item["interaction_type_id"] for item in ordered.json()["items"]] == keys[::-1]
    assert company.get(PATH).json() == ordered.json()
    problem(company.put(f"{PATH}/order", {"interaction_type_ids": keys}, headers=headers), 412)
    for wrong in (keys[1:], [*keys, keys[0]], []):
        refused = company.put(f"{PATH}/order", {"interaction_type_ids": wrong})
        assert list(fields(problem(refused, 422))) == ["interaction_type_ids"]


@pytest.mark.parametrize(("role", "status"), [("admin", 201), ("manager", 403), ("seller", 403), ("viewer", 403)])
def test_who_may_add_kinds(
    company_a: Company, colleague: Callable[[Company, str], Company], role: str, status: int
) -> None:
    person = colleague(company_a, role)
    assert person.post(PATH, {"name": f"Tipo de {role}"}).status_code == status
    assert person.get(PATH).status_code == 200
