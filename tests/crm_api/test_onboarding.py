"""Industry templates applied: at registration, again, and on changing the trade."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text

from pymeai.database.tables.tenant import CustomField, InteractionType, Pipeline, Stage
from pymeai.database.tables.workspace import Alert, Dashboard
from pymeai.settings import Settings
from pymeai.templates.catalogue import load_template, template_names
from pymeai.tenancy.sessions import tenant_session
from tests.crm_api.conftest import Company, fields, problem

TABLES = (CustomField, InteractionType, Pipeline, Stage, Dashboard, Alert)


def everything(settings: Settings, company: Company) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables that templates write, whole."""
    with tenant_session(settings, company.tenant) as session:
        return {
            table.__tablename__: [
                {column.name: value for column, value in zip(table.__table__.columns, row, strict=True)}
                for row in session.execute(select(*table.__table__.columns).order_by(*table.__table__.primary_key))
            ]
            for table in TABLES
        }


def apply(company: Company, template: str, **more: Any) -> dict[str, Any]:
    answer = company.post("/api/onboarding", {"template": template} | more)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize("name", template_names())
def test_each_trade_starts_with_all_of_its_template(
    register: Callable[..., Company], settings: Settings, name: str
) -> None:
    company, template = register(f"Empresa de {name}", name), load_template(name)
    custom = {
        (item["entity_type"], item["section"], item["field_name"], item["field_type"], tuple(item["options"]))
        for item in company.get("/api/custom-fields").json()["items"]
    }
    assert custom == {
        (section.entity, section.section, field.name, field.type, tuple(field.options))
        for section in template.sections
        for field in section.fields
    }
    contacts = company.get("/api/interaction-types").json()["items"]
    assert [
        (item["name"], item["icon"], item["note_template"], item["followup_days"], [f["name"] for f in item["fields"]])
        for item in contacts
    ] == [
        (kind.name, kind.icon, kind.note, kind.followup_days, [field.name for field in kind.fields])
        for kind in template.interaction_types
    ]
    (pipeline,) = company.get("/api/pipelines").json()["items"]
    assert pipeline["name"] == template.pipeline.name
    (board,) = company.get("/api/dashboards").json()["items"]
    assert [widget["id"] for widget in board["widgets"]] == [widget.id for widget in template.dashboard.widgets]
    rows = everything(settings, company)
    assert [
        (row["name"], row["color"], row["probability"], row["expected_duration_days"], row["kind"],
         row["suggested_activities"])
        for row in sorted(rows["stages"], key=lambda row: int(row["position"]))
    ] == [
        (stage.name, stage.color, stage.probability, stage.expected_days, stage.kind, stage.activities)
        for stage in template.pipeline.stages
    ]  # fmt: skip
    assert {(row["name"], row["schedule"]) for row in rows["alerts"]} == {(a.name, a.schedule) for a in template.alerts}
    keys = [row["template_key"] for table in rows.values() for row in table]
    assert all(keys)
    assert len(set(keys)) == len(keys)


def test_applying_a_template_again_changes_nothing(register: Callable[..., Company], settings: Settings) -> None:
    company = register("Otra vez", "salon")
    before = everything(settings, company)
    with tenant_session(settings, company.tenant) as session:
        audited = session.execute(text("select count(*) from audit_log")).scalar_one()
    again = apply(company, "salon")
    assert again["added"] == []
    assert len(again["already_there"]) == sum(map(len, before.values()))
    assert everything(settings, company) == before
    with tenant_session(settings, company.tenant) as session:
        assert session.execute(text("select count(*) from audit_log")).scalar_one() == audited


def test_what_was_edited_renamed_or_archived_stays_as_it_is(
    register: Callable[..., Company], settings: Settings
) -> None:
    company = register("Todo cambiado", "ferreteria")
    items = {item["field_name"]: item for item in company.get("/api/custom-fields").json()["items"]}
    changed = {"label": "Clase de cliente", "options": ["Contratista", "Hogar"], "section": "Otra"}
    assert company.put(f"/api/custom-fields/{items['tipo_cliente']['field_id']}", changed).status_code == 200
    company.delete(f"/api/custom-fields/{items['obra']['field_id']}")
    contacts = {
        item["name"]: item["interaction_type_id"] for item in company.get("/api/interaction-types").json()["items"]
    }
    company.put(f"/api/interaction-types/{contacts['WhatsApp']}", {"name": "Mensaje", "followup_days": 9})
    company.delete(f"/api/interaction-types/{contacts['Correo']}")
    with tenant_session(settings, company.tenant) as session:
        session.execute(text("update pipelines set name = 'Mis ventas', is_active = false"))
        session.execute(text("update stages set name = 'Pedida', color = '#000000' where name = 'Solicitud'"))
        session.execute(text("update stages set archived_at = now() where name = 'Orden'"))
        session.execute(text("update dashboards set name = 'Mi tablero', widgets = '[]'"))
        session.execute(text("update alerts set name = name || ' (mía)', is_active = false"))
    before = everything(settings, company)
    assert apply(company, "ferreteria")["added"] == []
    assert everything(settings, company) == before


def test_what_was_deleted_stays_deleted(register: Callable[..., Company], settings: Settings) -> None:
    company = register("Todo borrado", "ferreteria")
    alerts = company.get("/api/alerts").json()["items"]
    (board,) = company.get("/api/dashboards").json()["items"]
    for path in (f"/api/alerts/{alerts[0]['alert_id']}", f"/api/dashboards/{board['dashboard_id']}"):
        assert company.delete(path).status_code == 204
    # What cannot be deleted is archived, of each kind one.
    with tenant_session(settings, company.tenant) as session:
        stage, pipeline = session.execute(
            text("select stage_id, pipeline_id from stages where kind = 'open' order by position limit 1")
        ).one()
    field = company.get("/api/custom-fields").json()["items"][0]["field_id"]
    contact = company.get("/api/interaction-types").json()["items"][0]["interaction_type_id"]
    for path in (
        f"/api/pipelines/{pipeline}/stages/{stage}",
        f"/api/custom-fields/{field}",
        f"/api/interaction-types/{contact}",
    ):
        assert company.delete(path).status_code == 204
    before = everything(settings, company)
    for _ in range(2):
        applied = apply(company, "ferreteria")
        assert applied["added"] == []
        assert applied["deleted"] == [
            {"kind": "dashboard", "name": board["name"]},
            {"kind": "alert", "name": alerts[0]["name"]},
        ]
        assert everything(settings, company) == before
    # What another trade brings is its own, and what one deletes of it stays deleted too.
    other = apply(company, "taller")
    assert {"dashboard", "alert", "pipeline", "stage", "custom_field"} <= {thing["kind"] for thing in other["added"]}
    assert other["deleted"] == []


def test_a_field_that_the_template_renamed_is_known_by_its_former_name(
    register: Callable[..., Company], settings: Settings
) -> None:
    company = register("Marchamo", "taller")
    former = load_template("taller").key("field", "customer", "vence_marchamo")
    with tenant_session(settings, company.tenant) as session:
        session.execute(
            text(
                "update custom_fields set field_name = 'vence_marchamo', template_key = :key "
                "where field_name = 'marchamo_al_dia'"
            ),
            {"key": former},
        )
    before = everything(settings, company)
    assert apply(company, "taller")["added"] == []
    assert everything(settings, company) == before


def test_rows_from_before_there_were_keys_are_known_by_their_names(
    register: Callable[..., Company], settings: Settings
) -> None:
    company = register("De antes", "turismo")
    with_keys = everything(settings, company)
    with tenant_session(settings, company.tenant) as session:
        for table in TABLES:
            session.execute(text(f"update {table.__tablename__} set template_key = null"))
        session.execute(text("update interaction_types set name = 'WHATSAPP' where name = 'WhatsApp'"))
        session.execute(text("delete from alerts"))
        audited = session.execute(text("select count(*) from audit_log")).scalar_one()
    applied = apply(company, "turismo")
    assert {thing["kind"] for thing in applied["added"]} == {"alert"}
    after = everything(settings, company)
    assert len(after["alerts"]) == len(with_keys["alerts"])
    for name in ("custom_fields", "pipelines", "stages", "dashboards"):
        same = [{key: value for key, value in row.items() if key != "updated_at"} for row in after[name]]
        assert same == [{key: value for key, value in row.items() if key != "updated_at"} for row in with_keys[name]]
    assert "WHATSAPP" in {row["name"] for row in after["interaction_types"]}
    with tenant_session(settings, company.tenant) as session:
        # The alerts that came back, and nothing else: nobody edited anything.
        count = session.execute(text("select count(*) from audit_log")).scalar_one()
    assert count == audited + len(after["alerts"])


def test_another_trade_joins_the_old_one(register: Callable[..., Company], settings: Settings) -> None:
    company = register("Cambia de giro", "soda")
    before = everything(settings, company)
    assert apply(company, "gimnasio", change_industry=False)["industry_type"] == "soda"
    applied = apply(company, "gimnasio")
    assert (applied["label"], applied["industry_type"], applied["added"]) == ("Gimnasio", "gimnasio", [])
    after = everything(settings, company)
    for name, rows in before.items():
        assert [row for row in after[name] if row in rows] == rows
    assert sorted(row["name"] for row in after["pipelines"]) == ["Catering y eventos", "Nuevos socios"]
    assert sorted(row["name"] for row in after["dashboards"]) == ["Inicio", "Inicio · Gimnasio"]
    assert [row["name"] for row in after["dashboards"] if row["is_favorite"]] == ["Inicio"]
    names = [row["name"] for row in after["interaction_types"]]
    assert names.count("WhatsApp") == 1
    assert names.count("Asistencia") == 1
    assert company.get("/api/organization").json()["industry_type"] == "gimnasio"
    with tenant_session(settings, company.tenant) as session:
        audited = session.execute(
            text("select user_id, before, after from audit_log where entity = 'organization' and action = 'updated'")
        ).all()
    assert [tuple(row) for row in audited] == [
        (company.user_id, {"industry_type": "soda"}, {"industry_type": "gimnasio"})
    ]


def test_a_name_that_is_taken_does_not_keep_a_template_out(
    register: Callable[..., Company], settings: Settings
) -> None:
    company = register("Nombres tomados")
    with tenant_session(settings, company.tenant) as session:
        session.execute(text("update pipelines set name = 'Reservas'"))
        session.execute(text("insert into pipelines (name) values ('Reservas · Turismo y hotel')"))
    apply(company, "turismo")
    names = {row["name"] for row in everything(settings, company)["pipelines"]}
    assert names == {"Reservas", "Reservas · Turismo y hotel", "Reservas · Turismo y hotel 2"}


def test_a_company_that_applies_a_template_touches_no_other(
    register: Callable[..., Company], company_b: Company, settings: Settings
) -> None:
    before = everything(settings, company_b)
    apply(register("Vecina"), "agro")
    assert everything(settings, company_b) == before


def test_an_unknown_template_is_refused(company_a: Company) -> None:
    for name in ("x", "", "../general", "general\n", "a\x00"):
        assert list(fields(problem(company_a.post("/api/onboarding", {"template": name}), 422))) == ["template"]


def test_a_template_can_be_seen_whole_before_choosing_it(client: TestClient) -> None:
    listed = client.get("/api/templates").json()
    assert [item["name"] for item in listed["items"]] == list(template_names())
    assert listed["total"] == 13
    for item in listed["items"]:
        whole = client.get(f"/api/templates/{item['name']}").json()
        template = load_template(item["name"])
        assert [widget["query"] for widget in whole["widgets"]] == [w.query for w in template.dashboard.widgets]
        assert [alert["query"] for alert in whole["alerts"]] == [alert.query for alert in template.alerts]
        for widget in [*whole["widgets"], *whole["alerts"]]:
            widget["query"] = None
        for alert in whole["alerts"]:
            alert["condition"] = None
        assert whole == item
    clinic = client.get("/api/templates/clinica").json()
    assert clinic["stages"][0] == {
        "name": "Valoración", "color": "#94a3b8", "probability": 40, "kind": "open", "expected_days": 5,
        "activities": ["Confirmar la cita el día antes", "Pedir el consentimiento informado", "Anotar la aseguradora"],
    }  # fmt: skip
    section = next(each for each in clinic["sections"] if each["section"] == "Consentimiento")
    assert section["fields"][0]["label"] == "Consentimiento informado firmado"
    for name in ("nada", "..%2Fgeneral", "general%0A"):
        problem(client.get(f"/api/templates/{name}"), 404)
