"""What each industry starts with."""

from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crm_api.custom_fields.rules import definition_errors, option_errors
from pymeai.costa_rica.text import fold
from pymeai.custom_fields.definition import FieldDefinition
from pymeai.metrics.catalogue import load_catalogue, manifest_path
from pymeai.metrics.compiler import compile_plan
from pymeai.metrics.plan import plan_query
from pymeai.metrics.query import MetricQuery, TimeRange
from pymeai.settings import Settings
from pymeai.templates.alerts import alert_dates
from pymeai.templates.catalogue import Template, load_template, load_templates, template_names
from pymeai.templates.widgets import COLUMNS, Period, period_dates

TODAY = date(2026, 11, 16)


def test_the_catalogue_begins_with_general() -> None:
    assert template_names() == (
        "general", "academia", "agro", "clinica", "ferreteria", "gimnasio", "inmobiliaria", "salon", "servicios", "soda",
        "taller", "tienda", "turismo",
    )  # fmt: skip
    assert [template.label for template in load_templates()][:3] == ["General", "Academia", "Agro"]


@pytest.mark.parametrize("name", ["", "nada", "../general", "General", "catalogue"])
def test_there_is_no_other(name: str) -> None:
    with pytest.raises(KeyError):
        load_template(name)


@pytest.mark.parametrize(
    ("name", "stages", "inactivity_days"),
    [
        ("soda", [("Consulta", 15), ("Cotización", 35), ("Adelanto", 85)], 45),
        ("tienda", [("Interés", 20), ("Stock", 35), ("Apartado", 70), ("Pago", 95)], 90),
        ("ferreteria", [("Solicitud", 20), ("Cotizada", 40), ("Negociación", 60), ("Orden", 90)], 60),
        ("salon", [("Consulta", 20), ("Prueba", 50), ("Adelanto", 85)], 45),
        ("clinica", [("Valoración", 40), ("Presupuesto", 60), ("Aceptado", 90)], 180),
        ("taller", [("Diagnóstico", 40), ("Cotización", 55), ("Aprobada", 90)], 180),
        ("turismo", [("Consulta", 10), ("Cotización", 30), ("Bloqueo", 55), ("Depósito", 85)], 400),
        (
            "inmobiliaria",
            [("Calificado", 15), ("Visita", 30), ("Oferta", 55), ("Opción", 80), ("Escritura", 95)],
            90,
        ),
        ("servicios", [("Reunión", 20), ("Propuesta", 45), ("Negociación", 65), ("Contrato", 90)], 60),
        ("academia", [("Información", 15), ("Clase prueba", 45), ("Matrícula", 75), ("Pago", 95)], 120),
        ("gimnasio", [("Visita", 20), ("Prueba", 40), ("Plan", 70), ("Pago", 95)], 21),
        ("agro", [("Visita", 20), ("Recomendación", 40), ("Cotización", 55), ("Pedido", 90)], 200),
        ("general", [("Contacto", 10), ("Propuesta", 40), ("Negociación", 70)], 90),
    ],
)
def test_stages_are_those_of_the_trade(name: str, stages: list[tuple[str, int]], inactivity_days: int) -> None:
    template = load_template(name)
    found = [(stage.name, stage.probability) for stage in template.pipeline.stages]
    assert found == [*stages, ("Ganada", 100), ("Perdida", 0)]
    assert [stage.kind for stage in template.pipeline.stages[-2:]] == ["won", "lost"]
    assert template.inactivity_days == inactivity_days


@pytest.mark.parametrize("template", load_templates(), ids=lambda template: template.name)
def test_every_template_has_the_common_contacts_and_a_board(template: Template) -> None:
    names = [kind.name for kind in template.interaction_types]
    assert names[:5] == ["WhatsApp", "Llamada", "Visita", "Correo", "Pago SINPE"]
    assert template.dashboard.name == "Inicio"
    widgets = {widget.id: widget for widget in template.dashboard.widgets}
    assert 6 <= len(widgets) <= 12
    sales = widgets["ventas"]
    assert (sales.chart, sales.period, sales.query["comparison"]) == ("kpi", "last_30_days", "previous_period")
    assert widgets["ventas_por_mes"].query["grain"] == "month"
    assert widgets["clientes_por_segmento"].query["group_by"] == ["customer__segment"]
    assert widgets["mejores_clientes"].query["limit"] == 10
    assert {"ventas_por_categoria", "ventas_por_producto"} & set(widgets)


@pytest.mark.parametrize(
    ("name", "kpi", "metric"),
    [
        ("soda", "Ticket promedio", "average_ticket"),
        ("tienda", "Recompra", "repeat_rate"),
        ("ferreteria", "De cotizado a vendido", "win_rate"),
        ("salon", "Clientes que vuelven a cita", "repeat_rate"),
        ("clinica", "Presupuestos aceptados", "win_rate"),
        ("taller", "Clientes que vuelven", "repeat_rate"),
        ("turismo", "Días de la consulta a la reserva", "average_days_to_close"),
        ("inmobiliaria", "Días promedio del ciclo de venta", "average_days_to_close"),
        ("servicios", "Clientes que renuevan", "repeat_rate"),
        ("academia", "Estudiantes que continúan", "repeat_rate"),
        ("gimnasio", "Pagaron hace 23 a 30 días", "customers_count"),
        ("agro", "Ventas frente al mismo ciclo del año pasado", "net_sales"),
        ("general", "Ventas netas", "net_sales"),
    ],
)
def test_the_figure_of_the_trade_comes_first(name: str, kpi: str, metric: str) -> None:
    first = load_template(name).dashboard.widgets[0]
    assert (first.title, first.chart, first.query["metrics"], first.x, first.y) == (kpi, "kpi", [metric], 0, 0)


@pytest.mark.parametrize("template", load_templates(), ids=lambda template: template.name)
def test_every_widget_and_alert_asks_what_can_be_asked(template: Template, settings: Settings) -> None:
    catalogue, manifest = load_catalogue(settings), manifest_path(settings)
    for widget in template.dashboard.widgets:
        query = MetricQuery.model_validate(widget.query)
        assert query.time_range is None, widget.id
        dates = period_dates(widget.period, TODAY)
        assert query.comparison is None or dates, widget.id
        time_range = TimeRange(start=dates[0], end=dates[1]) if dates else None
        plan = plan_query(query.model_copy(update={"time_range": time_range}), catalogue)
        compile_plan(plan, manifest)
        assert len(plan.metrics) == 1 or widget.chart != "kpi", widget.id
    for alert in template.alerts:
        query = MetricQuery.model_validate(alert.query)
        assert len(query.metrics) == 1, alert.id
        assert query.time_range is None, alert.id
        days = alert_dates(alert.condition.period, TODAY)
        time_range = TimeRange(start=days[0], end=days[1]) if days else None
        asked = {"time_range": time_range, "comparison": alert.condition.comparison}
        compile_plan(plan_query(query.model_copy(update=asked), catalogue), manifest)
        is_ratio = catalogue.metrics[query.metrics[0]].format == "percent"
        assert alert.condition.unit == "absolute" or alert.condition.comparison or is_ratio, alert.id


@pytest.mark.parametrize("template", load_templates(), ids=lambda template: template.name)
def test_filters_on_a_kind_of_contact_name_one_of_the_trade(template: Template) -> None:
    names = {kind.name for kind in template.interaction_types}
    queries = [widget.query for widget in template.dashboard.widgets] + [alert.query for alert in template.alerts]
    asked = {
        condition["value"]
        for query in queries
        for condition in query.get("filters", [])
        if condition["field"] == "interaction__type"
    }
    assert asked <= names


def test_what_a_trade_is_watched_for_is_its_own() -> None:
    for template in load_templates():
        assert 4 <= len(template.alerts) <= 5, template.name
        assert len({alert.name for alert in template.alerts}) == len(template.alerts)


@pytest.mark.parametrize("template", load_templates(), ids=lambda template: template.name)
def test_fields_are_ones_that_could_be_made_by_hand(template: Template) -> None:
    for section in template.sections:
        labels = [fold(each.label) for other in template.sections if other.entity == section.entity
                  for each in other.fields]  # fmt: skip
        assert len(set(labels)) == len(labels), section.entity
        for field in section.fields:
            definition = FieldDefinition(
                field.name,
                field.label,
                field.type,
                field.required,
                tuple(field.options),
                field.validation,
                field.default,
            )
            assert definition_errors(definition) == [], field.name
    for kind in template.interaction_types:
        for contact in kind.fields:
            assert option_errors(contact.type, contact.options) == [], contact.name


def test_trades_but_the_general_one_have_fields_for_customers_and_opportunities() -> None:
    for template in load_templates():
        entities = {section.entity for section in template.sections}
        assert ({"customer", "opportunity"} <= entities) == (template.name != "general")
        if template.name != "general":
            assert sum(len(section.fields) for section in template.sections) >= 15, template.name
            assert len({section.section for section in template.sections if section.entity == "customer"}) >= 1


def test_no_clinic_keeps_a_diagnosis() -> None:
    template = load_template("clinica")
    names = [field.name for section in template.sections for field in section.fields]
    assert not [name for name in names if "diagnost" in name or "enfermedad" in name or "medicamento" in name]
    assert {"fecha_nacimiento", "encargado", "aseguradora", "consentimiento_datos"} <= set(names)


def test_pipelines_of_two_trades_have_two_names_and_keys_differ() -> None:
    names = [template.pipeline.name for template in load_templates()]
    assert len(set(names)) == len(names)
    turismo, salon = load_template("turismo"), load_template("salon")
    assert turismo.key("interaction_type", "WhatsApp") == salon.key("interaction_type", "WhatsApp")
    assert turismo.key("stage", "Consulta") == "turismo:stage:Consulta"
    assert turismo.key("stage", "Consulta") != salon.key("stage", "Consulta")


@pytest.mark.parametrize("template", load_templates(), ids=lambda template: template.name)
def test_the_funnel_is_what_can_still_be_won_in_the_order_of_its_stages(template: Template) -> None:
    query = next(widget.query for widget in template.dashboard.widgets if widget.id == "embudo")
    assert query == {
        "metrics": ["open_value"],
        "group_by": ["opportunity__stage", "opportunity__stage_position"],
        "filters": [{"field": "opportunity__status", "op": "eq", "value": "open"}],
        "order": [{"field": "opportunity__stage_position", "descending": False}],
    }


@pytest.mark.parametrize("template", load_templates(), ids=lambda template: template.name)
def test_widgets_do_not_overlap(template: Template) -> None:
    taken: set[tuple[int, int]] = set()
    for widget in template.dashboard.widgets:
        assert widget.x + widget.w <= COLUMNS
        cells = {(x, y) for x in range(widget.x, widget.x + widget.w) for y in range(widget.y, widget.y + widget.h)}
        assert not cells & taken, widget.id
        taken |= cells


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"pipeline": {"name": "x", "description": "x", "stages": []}}, "exactly one won"),
        ({"inactivity_days": 0}, "greater than or equal to 1"),
        ({"colour": "blue"}, "Extra inputs"),
        ({"alerts": [{"id": "a", "name": "x", "query": {}, "condition": {"op": "eq", "value": 1}}]}, "op"),
        ({"interaction_types": [{"name": "a", "icon": "b"}] * 2}, "the same name"),
        (
            {
                "sections": [
                    {"entity": "customer", "section": "x", "fields": [{"name": "a", "label": "A", "options": ["1"]}]}
                ]
            },
            "only a dropdown",
        ),
    ],
)
def test_a_wrong_template_is_refused(change: dict[str, object], reason: str) -> None:
    right = yaml.safe_load(load_template("general").model_dump_json())
    with pytest.raises(ValidationError, match=reason):
        Template.model_validate(right | change)


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("this_month", date(2026, 3, 1), date(2026, 3, 31)),
        ("last_month", date(2026, 2, 1), date(2026, 2, 28)),
        ("last_30_days", date(2026, 3, 2), date(2026, 3, 31)),
        ("last_90_days", date(2026, 1, 1), date(2026, 3, 31)),
        ("last_12_months", date(2025, 4, 1), date(2026, 3, 31)),
        ("this_year", date(2026, 1, 1), date(2026, 3, 31)),
        ("last_year", date(2025, 1, 1), date(2025, 12, 31)),
        ("last_3_years", date(2023, 4, 1), date(2026, 3, 31)),
    ],
)
def test_periods_on_the_last_day_of_march(period: Period, start: date, end: date) -> None:
    assert period_dates(period, date(2026, 3, 31)) == (start, end)


def test_all_has_no_limits() -> None:
    assert period_dates("all", date(2026, 3, 31)) is None


@given(
    st.dates(min_value=date(1990, 1, 1)), st.sampled_from(["this_month", "last_12_months", "this_year", "last_year"])
)
def test_periods_are_never_empty_nor_in_the_future(today: date, period: Period) -> None:
    found = period_dates(period, today)
    assert found is not None
    assert found[0] <= found[1] <= today


@pytest.mark.parametrize("template", load_templates(), ids=lambda template: template.name)
def test_a_title_says_the_days_that_are_counted(template: Template) -> None:
    """Days since the last sale say nothing of when a plan of any length ends; a count over 30 days is not two weeks."""
    asked = [(widget.title, widget.query) for widget in template.dashboard.widgets]
    asked += [(alert.name, alert.query) for alert in template.alerts]
    for title, query in asked:
        days = [each["value"] for each in query.get("filters", []) if each["field"] == "customer__days_since_last_sale"]
        if days:
            assert "vence" not in title.lower(), title
            assert "atrasad" not in title.lower(), title
    for alert in template.alerts:
        if "semana" in alert.name:
            assert alert.condition.period == "last_7_days", alert.name


def test_options_name_what_there_is() -> None:
    fields = {
        (template.name, field.name): field
        for template in load_templates()
        for section in template.sections
        for field in section.fields
    }
    # A car insurer pays no clinic.
    assert "Qualitas" not in fields["clinica", "aseguradora"].options
    # One mutual, by its whole name.
    assert [bank for bank in fields["inmobiliaria", "banco"].options if "Mutual" in bank] == [
        "Grupo Mutual Alajuela-La Vivienda"
    ]
    # A yes or no is called so: names with "vence" are dates.
    assert [key for key, field in fields.items() if "vence" in key[1] and field.type != "date"] == []
