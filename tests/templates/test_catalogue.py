"""What each industry starts with."""

from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pymeai.templates.catalogue import Template, load_template, load_templates, template_names
from pymeai.templates.widgets import COLUMNS, Period, period_dates


def test_the_catalogue_begins_with_general() -> None:
    assert template_names() == ("general", "ferreteria", "turismo")
    assert [template.label for template in load_templates()] == ["General", "Ferretería", "Turismo y hotel"]


@pytest.mark.parametrize("name", ["", "nada", "../general", "General", "catalogue"])
def test_there_is_no_other(name: str) -> None:
    with pytest.raises(KeyError):
        load_template(name)


@pytest.mark.parametrize(
    ("name", "stages", "inactivity_days"),
    [
        ("general", [("Contacto", 10), ("Propuesta", 40), ("Negociación", 70)], 90),
        ("ferreteria", [("Solicitud", 20), ("Cotizada", 40), ("Negociación", 60), ("Orden", 90)], 60),
        ("turismo", [("Consulta", 10), ("Cotización", 30), ("Bloqueo", 55), ("Depósito", 85)], 400),
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
    assert 6 <= len(widgets) <= 8
    first = template.dashboard.widgets[0]
    assert (first.id, first.chart, first.period, first.query["comparison"]) == (
        "ventas",
        "kpi",
        "last_30_days",
        "previous_period",
    )
    assert widgets["ventas_por_mes"].query["grain"] == "month"
    assert widgets["clientes_por_segmento"].query["group_by"] == ["customer__segment"]
    assert widgets["mejores_clientes"].query["limit"] == 10
    assert {"ventas_por_categoria", "ventas_por_canal"} & set(widgets)


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
