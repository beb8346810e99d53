"""Custom fields: added, changed with their values, put in order, archived and brought back."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import select, text

from crm_api.custom_fields.repository import ENTITY_TABLES
from pymeai.clock import utc_now
from pymeai.database.tables.tenant import Customer, Interaction, Opportunity, Sale
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_session
from tests.crm_api.conftest import Company, fields, problem
from tests.crm_api.custom_fields import PATH, add


@pytest.fixture
def company(register: Callable[..., Company]) -> Company:
    return register("Campos de prueba")


def with_values(company: Company, settings: Settings, name: str, values: Sequence[Any]) -> None:
    """One customer for each value, as an importer of other days may have left them."""
    with tenant_session(settings, company.tenant) as session:
        for place, value in enumerate(values):
            session.add(Customer(first_name=f"Cliente {place}", custom_fields={name: value, "otro": place}))


def stored(company: Company, settings: Settings, name: str) -> list[Any]:
    """The values of a field, in the order of the customers; None where a customer has none."""
    with tenant_session(settings, company.tenant) as session:
        rows = session.execute(select(Customer.custom_fields).order_by(Customer.first_name)).scalars().all()
    assert [row["otro"] for row in rows] == list(range(len(rows)))
    return [row.get(name) for row in rows]


def change(company: Company, field: dict[str, Any], body: dict[str, Any]) -> Any:
    return company.put(f"{PATH}/{field['field_id']}", body)


def test_a_field_is_read_back_whole_and_its_values_are_held_to_it(company: Company) -> None:
    body = {
        "entity_type": "customer", "label": "Límite de crédito", "field_type": "money", "section": "Crédito",
        "is_required": True, "help_text": "En colones", "default": "50000", "validation": {"min": 0, "max": 5000000},
    }  # fmt: skip
    created = company.post(PATH, body, headers={"Idempotency-Key": "limite-de-credito"})
    assert created.status_code == 201, created.text
    field = created.json()
    assert field == body | {
        "field_id": field["field_id"], "field_name": "limite_de_credito", "options": [], "display_order": 0,
        "archived_at": None,
    }  # fmt: skip
    assert company.post(PATH, body, headers={"Idempotency-Key": "limite-de-credito"}).json() == field
    assert company.get(f"{PATH}/{field['field_id']}").json() == field | {"values_count": 0}
    made = company.post("/api/customers", {"first_name": "Ana"})
    assert made.json()["custom_fields"] == {"limite_de_credito": 50000}
    refused = company.post("/api/customers", {"first_name": "Ana", "custom_fields": {"limite_de_credito": -1}})
    assert fields(problem(refused, 422)) == {"custom_fields.limite_de_credito": "Debe ser 0 o más."}
    assert company.get(f"{PATH}/{field['field_id']}").json()["values_count"] == 1


def test_names_come_from_labels_and_never_change(company: Company) -> None:
    first = add(company, "Año de fundación", "number")
    assert first["field_name"] == "ano_de_fundacion"
    duplicate = {"entity_type": "customer", "label": "año de FUNDACION"}
    assert list(fields(problem(company.post(PATH, duplicate), 409, "duplicate"))) == ["label"]
    assert add(company, "Año de fundación", entity_type="sale")["field_name"] == "ano_de_fundacion"
    assert change(company, first, {"label": "Fundada en"}).json() == first | {"label": "Fundada en"}
    again = add(company, "Año de fundación")
    assert again["field_name"] == "ano_de_fundacion_2"
    taken = {"entity_type": "customer", "label": "X", "field_name": "ano_de_fundacion"}
    assert list(fields(problem(company.post(PATH, taken), 409, "duplicate"))) == ["field_name"]
    assert add(company, "¿?")["field_name"] == "campo"
    unknown = change(company, first, {"field_name": "otro"})
    assert list(fields(problem(unknown, 422))) == ["field_name"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"label": ""}, "label"),
        ({"label": "x" * 121}, "label"),
        ({"entity_type": "factura"}, "entity_type"),
        ({"field_type": "formula"}, "field_type"),
        ({"field_name": "Con Mayúsculas"}, "field_name"),
        ({"field_type": "dropdown"}, "options"),
        ({"options": ["a"]}, "options"),
        ({"field_type": "dropdown", "options": ["Sí", "si"]}, "options"),
        ({"field_type": "dropdown", "options": ["a"], "default": "b"}, "default"),
        ({"field_type": "number", "default": "x"}, "default"),
        ({"field_type": "boolean", "validation": {"min": 1}}, "validation"),
        ({"field_type": "number", "validation": {"min": 3, "max": 1}}, "validation.max"),
        ({"field_type": "number", "validation": {"min": "2026-01-01"}}, "validation.min"),
        ({"field_type": "number", "validation": {"pattern": "a"}}, "validation.pattern"),
        ({"field_type": "date", "validation": {"min": 5}}, "validation.min"),
        ({"field_type": "date", "validation": {"max": "0000-01-01"}}, "validation.max"),
        ({"validation": {"min": 1.5}}, "validation.min"),
        ({"validation": {"pattern": "("}}, "validation.pattern"),
        ({"validation": {"pattern": "a)|(b"}}, "validation.pattern"),
        ({"validation": {"pattern": "a\\"}}, "validation.pattern"),
        ({"validation": {"min": 1e308}}, "validation.min"),
        ({"validation": {"min": -1}}, "validation.min"),
        ({"validation": {"max": "x" * 11}}, "validation.max"),
        ({"validation": {"max": 10**400}}, "validation.max"),
        ({"validation": {"max": True}}, "validation.max"),
        ({"field_type": "date", "validation": {"max": "2026-02-30"}}, "validation.max"),
        ({"validation": {"pattern": r"(a)\1"}}, "validation.pattern"),
        ({"validation": {"pattern": "a{1000}{1000}"}}, "validation.pattern"),
        ({"validation": {"pattern": "a\x00"}}, "validation.pattern"),
        ({"help_text": "a\x00"}, "help_text"),
    ],
)
def test_what_is_no_field_is_refused(company_a: Company, body: dict[str, Any], field: str) -> None:
    whole = {"entity_type": "customer", "label": "Prueba"} | body
    assert list(fields(problem(company_a.post(PATH, whole), 422))) == [field]


def test_no_pattern_hangs_the_server(company: Company) -> None:
    add(company, "Placa", validation={"pattern": "(a+)+$"})
    wrong = company.post("/api/customers", {"first_name": "Ana", "custom_fields": {"placa": "a" * 5000 + "!"}})
    assert list(fields(problem(wrong, 422))) == ["custom_fields.placa"]
    right = company.post("/api/customers", {"first_name": "Ana", "custom_fields": {"placa": "a" * 5000}})
    assert right.status_code == 201


@pytest.mark.parametrize(
    ("before", "after", "values", "becomes"),
    [
        ("text", "number", ["1.234,50", "12", "₡ 1.500", None], [1234.5, 12, 1500, None]),
        ("text", "money", ["500", "1 000,25"], [500, 1000.25]),
        ("text", "date", ["31/12/2025", "5 de enero de 2026"], ["2025-12-31", "2026-01-05"]),
        ("text", "boolean", ["sí", "NO", "x"], [True, False, True]),
        ("text", "phone", ["8888-7777", "(506) 2222 3333"], ["+50688887777", "+50622223333"]),
        ("text", "email", ["Ana@Ejemplo.cr"], ["ana@ejemplo.cr"]),
        ("text", "url", ["www.ejemplo.cr", "https://a.cr/x"], ["https://www.ejemplo.cr", "https://a.cr/x"]),
        ("text", "dropdown", ["Norte", "norte", "Sur"], ["Norte", "Norte", "Sur"]),
        ("number", "text", [1, 2.5, 1234567], ["1", "2.5", "1234567"]),
        ("number", "money", [1, 2.5], [1, 2.5]),
        ("boolean", "text", [True, False], ["Sí", "No"]),
        ("date", "text", ["2026-01-05"], ["2026-01-05"]),
        ("phone", "text", ["+50688887777"], ["+50688887777"]),
        ("number", "phone", [88887777], ["+50688887777"]),
        ("date", "phone", [], []),
    ],
)
def test_a_type_changes_with_all_its_values(
    company: Company, settings: Settings, before: str, after: str, values: list[Any], becomes: list[Any]
) -> None:
    field = add(company, "Dato", before)
    with_values(company, settings, "dato", [value for value in values if value is not None])
    if None in values:
        with tenant_session(settings, company.tenant) as session:
            session.add(Customer(first_name=f"Cliente {len(values) - 1}", custom_fields={"otro": len(values) - 1}))
    changed = change(company, field, {"field_type": after})
    assert changed.status_code == 200, changed.text
    assert changed.json()["field_type"] == after
    assert stored(company, settings, "dato") == becomes
    with tenant_session(settings, company.tenant) as session:
        audited = session.execute(
            text("select entity, action, user_id, after from audit_log where action in ('updated', 'converted')")
        ).all()
    # One line for the field and one for all of its values, if any changed; none for each customer.
    rewritten = sum(new != old for old, new in zip(values, becomes, strict=True))
    assert {(line.entity, line.action, line.user_id) for line in audited} == {
        ("custom_field", "updated", company.user_id)
    } | ({("custom_field", "converted", company.user_id)} if rewritten else set())
    assert [line.after for line in audited if line.action == "converted"] == [
        {"field_name": "dato", "values": rewritten} for _ in range(min(rewritten, 1))
    ]


@pytest.mark.parametrize(
    ("before", "after", "values", "wrong"),
    [
        ("text", "number", ["12", "muchos", "muchos", "x"], 3),
        ("text", "date", ["31/12/2025", "30/02/2026"], 1),
        ("text", "boolean", ["sí", "quizás"], 1),
        ("text", "phone", ["8888-7777", "123"], 1),
        ("text", "email", ["ana@ejemplo.cr", "ana"], 1),
        ("text", "url", ["javascript:alert(1)"], 1),
        ("number", "date", [45000], 1),
        ("number", "boolean", [1, 7], 1),
        ("boolean", "number", [True], 1),
        ("date", "phone", ["2026-03-05"], 1),
        ("date", "number", ["2026-03-05"], 1),
        ("phone", "money", ["+50688881111", "+50622223333"], 2),
        ("phone", "number", ["+50688881111"], 1),
        ("phone", "date", ["+50620260305"], 1),
        ("money", "phone", [88887777], 1),
        ("number", "date", [20260305], 1),
        ("email", "url", ["ana@ejemplo.cr"], 1),
    ],
)
def test_a_type_changes_not_at_all_where_one_value_does_not_convert(
    company: Company, settings: Settings, before: str, after: str, values: list[Any], wrong: int
) -> None:
    field = add(company, "Dato", before)
    with_values(company, settings, "dato", values)
    body = problem(change(company, field, {"field_type": after, "label": "Otro"}), 409, "values_do_not_convert")
    assert fields(body) == {"field_type": f"No se convierten {wrong} de {len(values)} valores."}
    assert not any(str(value) in body["detail"] for value in values if isinstance(value, str) and len(value) > 3)
    assert stored(company, settings, "dato") == values
    assert company.get(f"{PATH}/{field['field_id']}").json() == field | {"values_count": len(values)}


def test_a_change_of_type_and_writers_at_once_leave_no_value_of_the_old_type(
    company: Company, settings: Settings
) -> None:
    field = add(company, "Dato")
    with_values(company, settings, "dato", ["1", "2"])
    answers: list[int] = []

    def write() -> None:
        body = {"first_name": "Ana", "custom_fields": {"dato": "3"}}
        answers.extend(company.post("/api/customers", body).status_code for _ in range(15))

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    assert change(company, field, {"field_type": "number"}).status_code == 200
    for writer in writers:
        writer.join()
    # Before the change a text goes in, and is converted; after it, it is refused.
    assert set(answers) <= {201, 422}
    with tenant_session(settings, company.tenant) as session:
        kinds = session.execute(
            text("select jsonb_typeof(custom_fields -> 'dato'), count(*) from customers group by 1")
        )
        assert [tuple(row) for row in kinds] == [("number", 2 + answers.count(201))]


@pytest.mark.parametrize("entity", ["customer", "opportunity", "interaction", "sale"])
def test_types_and_options_change_in_every_entity(company: Company, settings: Settings, entity: str) -> None:
    number = add(company, "Cantidad", entity_type=entity)
    color = add(company, "Color", "dropdown", entity_type=entity, options=["Rojo", "Azul"])
    customer = company.post("/api/customers", {"first_name": "Ana"}).json()["customer_id"]
    with tenant_session(settings, company.tenant) as session:
        (stage,) = session.execute(text("select pipeline_id, stage_id from stages order by position limit 1"))
        for place, (count, name) in enumerate((("1.500,5", "Rojo"), ("7", "Azul"), (None, "Rojo"))):
            values = {"color": name, "otro": place} | ({"cantidad": count} if count else {})
            rows: dict[str, Any] = {
                "customer": Customer(first_name="Luis"),
                "opportunity": Opportunity(title="X", pipeline_id=stage.pipeline_id, stage_id=stage.stage_id),
                "interaction": Interaction(customer_id=customer, type="Llamada"),
                "sale": Sale(sold_at=utc_now(), amount=1, currency="CRC"),
            }
            rows[entity].custom_fields = values
            session.add(rows[entity])
    assert change(company, number, {"field_type": "number"}).status_code == 200
    assert change(company, color, {"rename_options": {"Rojo": "Carmín"}}).status_code == 200
    table = ENTITY_TABLES[entity]
    query = text(f"select custom_fields from {table} where custom_fields ? 'otro' order by custom_fields -> 'otro'")
    with tenant_session(settings, company.tenant) as session:
        assert list(session.execute(query).scalars()) == [
            {"cantidad": 1500.5, "color": "Carmín", "otro": 0},
            {"cantidad": 7, "color": "Azul", "otro": 1},
            {"color": "Carmín", "otro": 2},
        ]


def test_renaming_an_option_renames_its_values(company: Company, settings: Settings) -> None:
    field = add(company, "Talla", "dropdown", options=["S", "M", "L"], default="S")
    with_values(company, settings, "talla", ["S", "M", "M", "L"])
    swapped = change(company, field, {"rename_options": {"S": "L", "L": "S"}})
    assert swapped.json()["options"] == ["L", "M", "S"]
    assert stored(company, settings, "talla") == ["L", "M", "M", "S"]
    named = change(company, field, {"options": ["Mediana", "S", "L", "XL"], "rename_options": {"M": "Mediana"}})
    assert named.json()["options"] == ["Mediana", "S", "L", "XL"]
    assert stored(company, settings, "talla") == ["L", "Mediana", "Mediana", "S"]


def test_an_option_in_use_goes_only_with_a_replacement(company: Company, settings: Settings) -> None:
    field = add(company, "Talla", "dropdown", options=["S", "M", "L", "XL"])
    with_values(company, settings, "talla", ["S", "M", "M", "L"])
    assert change(company, field, {"options": ["S", "M", "L"]}).json()["options"] == ["S", "M", "L"]
    refused = problem(change(company, field, {"options": ["S"]}), 409, "option_in_use")
    assert fields(refused) == {"options.M": "La usan 2 registros.", "options.L": "La usan 1 registros."}
    assert stored(company, settings, "talla") == ["S", "M", "M", "L"]
    gone = change(company, field, {"options": ["S"], "replace_options": {"M": "S", "L": None}})
    assert gone.status_code == 200, gone.text
    assert stored(company, settings, "talla") == ["S", "S", "S", None]
    for body, name in (
        ({"rename_options": {"Z": "S"}}, "rename_options.Z"),
        ({"replace_options": {"S": "Z"}}, "replace_options.S"),
        ({"options": None}, "options"),
        ({"options": []}, "options"),
        ({"field_type": "text", "rename_options": {"S": "P"}}, "rename_options"),
    ):
        assert name in fields(problem(change(company, field, body), 422))


def test_an_archived_field_loses_no_value(company: Company, settings: Settings) -> None:
    field = add(company, "Apodo", is_required=True)
    made = company.post("/api/customers", {"first_name": "Ana", "custom_fields": {"apodo": "Nena"}}).json()
    path = f"{PATH}/{field['field_id']}"
    tag = company.get(path).headers["etag"]
    change(company, field, {"help_text": "Cómo le dicen"})
    problem(company.delete(path, headers={"If-Match": tag}), 412)
    assert company.delete(path).status_code == 204
    assert company.get(PATH).json()["total"] == 0
    archived = company.get(PATH, params={"archived": True}).json()["items"]
    assert [(item["label"], item["archived_at"] is not None) for item in archived] == [("Apodo", True)]
    customer = f"/api/customers/{made['customer_id']}"
    company.put(customer, {"custom_fields": {}, "first_name": "Ana María"})
    # What was read can be sent back.
    read = company.get(customer).json()["custom_fields"]
    assert company.put(customer, {"custom_fields": read}).status_code == 200
    unknown = company.put(customer, {"custom_fields": {"apodo": "x"}})
    assert list(fields(problem(unknown, 422))) == ["custom_fields.apodo"]
    other = add(company, "Apodo")
    assert other["field_name"] == "apodo_2"
    problem(company.post(f"{path}/restore"), 409, "duplicate")
    change(company, other, {"label": "Otro apodo"})
    assert company.post(f"{path}/restore").json() == field | {"help_text": "Cómo le dicen"}
    assert company.get(customer).json()["custom_fields"] == {"apodo": "Nena"}


def test_a_field_required_later_is_no_reason_against_other_changes(company: Company) -> None:
    made = company.post("/api/customers", {"first_name": "Ana"}).json()
    add(company, "Zona", is_required=True)
    add(company, "Cajas", "number")
    path = f"/api/customers/{made['customer_id']}"
    changed = company.put(path, {"custom_fields": {"cajas": 9}})
    assert (changed.status_code, changed.json()["custom_fields"]) == (200, {"cajas": 9})
    assert company.put(path, {"custom_fields": {"zona": "Norte"}}).status_code == 200
    emptied = company.put(path, {"custom_fields": {"zona": None}})
    assert list(fields(problem(emptied, 422))) == ["custom_fields.zona"]
    refused = company.post("/api/customers", {"first_name": "Eva"})
    assert list(fields(problem(refused, 422))) == ["custom_fields.zona"]


def test_the_order_is_that_of_the_screens(company: Company) -> None:
    keys = [add(company, label, section=section)["field_id"] for label, section in
            (("A", "Uno"), ("B", "Dos"), ("C", "Uno"))]  # fmt: skip
    listed = company.get(PATH, params={"entity_type": "customer"})
    assert [item["label"] for item in listed.json()["items"]] == ["A", "C", "B"]
    body = {"entity_type": "customer", "field_ids": [keys[1], keys[2], keys[0]]}
    headers = {"If-Match": listed.headers["etag"]}
    ordered = company.put(f"{PATH}/order", body, headers=headers)
    assert [item["label"] for item in ordered.json()["items"]] == ["B", "C", "A"]
    assert company.get(PATH, params={"entity_type": "customer"}).json() == ordered.json()
    problem(company.put(f"{PATH}/order", body, headers=headers), 412)
    for wrong in (keys[1:], [*keys, keys[0]]):
        refused = company.put(f"{PATH}/order", body | {"field_ids": wrong})
        assert list(fields(problem(refused, 422))) == ["field_ids"]


def test_another_company_has_none_of_it(company: Company, company_b: Company) -> None:
    field = add(company, "Secreto")
    path = f"{PATH}/{field['field_id']}"
    for method, address, body in (
        ("GET", path, None), ("PUT", path, {"label": "X"}), ("DELETE", path, None), ("POST", f"{path}/restore", None),
    ):  # fmt: skip
        problem(company_b.request(method, address, json=body), 404)
    foreign = company_b.put(f"{PATH}/order", {"entity_type": "customer", "field_ids": [field["field_id"]]})
    problem(foreign, 422)
    assert company.get(path).json() == field | {"values_count": 0}


@pytest.mark.parametrize(("role", "status"), [("admin", 201), ("manager", 403), ("seller", 403), ("viewer", 403)])
def test_who_may_add_fields(
    company_a: Company, colleague: Callable[[Company, str], Company], role: str, status: int
) -> None:
    person = colleague(company_a, role)
    body = {"entity_type": "customer", "label": f"Campo de {role}"}
    assert person.post(PATH, body).status_code == status
    assert person.get(PATH).status_code == 200
