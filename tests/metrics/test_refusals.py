"""What cannot be asked is refused in Spanish, with what is near."""

import pytest
from pydantic import ValidationError

from pymeai.errors import Invalid
from pymeai.metrics.query import MetricQuery
from pymeai.metrics.service import dimension_values

RANGE = {"start": "2026-01-01", "end": "2026-01-31"}


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ({"metrics": ["net_sale"]}, "unknown_name", "«net_sales»"),
        ({"metrics": ["costed_sales"]}, "unknown_name", "No existe la métrica «costed_sales»."),
        (
            {"metrics": ["net_sales"], "group_by": ["sale_line__categoria"]},
            "unknown_name",
            "No existe la dimensión «sale_line__categoria». ¿Quiso decir «sale_line__category»",
        ),
        (
            {"metrics": ["net_sales"], "group_by": ["opportunity__stage"]},
            "dimension_not_available",
            "«Ventas netas» no se puede ver por «Etapa»",
        ),
        (
            {"metrics": ["net_sales"], "filters": [{"field": "opportunity__stage", "op": "is_null"}]},
            "dimension_not_available",
            "«Etapa»",
        ),
        (
            {"metrics": ["net_sales"], "comparison": "previous_year"},
            "comparison_without_range",
            "hace falta un período",
        ),
        (
            {"metrics": ["win_rate"], "group_by": ["metric_time"], "share_of_total": True},
            "not_additive",
            "«Tasa de cierre»",
        ),
        ({"metrics": ["net_sales"], "share_of_total": True}, "share_without_group", "por qué separar"),
        ({"metrics": ["net_sales"], "order": [{"field": "sales_count"}]}, "unknown_name", "en el resultado"),
        (
            {"metrics": ["net_sales"], "filters": [{"field": "sale_line__category", "op": "gt", "value": "a"}]},
            "wrong_operator",
            "no tiene mayor ni menor",
        ),
        (
            {"metrics": ["net_sales"], "filters": [{"field": "customer__purchases", "op": "contains", "value": "1"}]},
            "wrong_operator",
            "no es un texto",
        ),
        (
            {"metrics": ["net_sales"], "filters": [{"field": "metric_time", "op": "gt", "value": "ayer"}]},
            "wrong_value",
            "«ayer» no es una fecha",
        ),
        (
            {"metrics": ["net_sales"], "filters": [{"field": "customer__purchases", "op": "gt", "value": "muchas"}]},
            "wrong_value",
            "no es del tipo",
        ),
        (
            {"metrics": ["net_sales"], "filters": [{"field": "sale__seller", "op": "in", "value": "Marta"}]},
            "wrong_value",
            "una lista de valores",
        ),
        (
            {"metrics": ["net_sales"], "filters": [{"field": "sale__seller", "op": "is_null", "value": "Marta"}]},
            "wrong_value",
            "no lleva valor",
        ),
        (
            {"metrics": ["net_sales"], "filters": [{"field": "sale__seller", "op": "eq", "value": "a\0b"}]},
            "wrong_value",
            "no es del tipo",
        ),
        (
            {"metrics": ["net_sales"], "metric_filters": [{"field": "net_sales", "op": "gt", "value": "mucho"}]},
            "wrong_value",
            "«Ventas netas»",
        ),
        (
            {"metrics": ["net_sales"], "metric_filters": [{"field": "net_sales", "op": "in", "value": [1]}]},
            "wrong_operator",
            "es un número",
        ),
    ],
)
def test_a_query_that_asks_for_what_there_is_not(store, query, code, message):
    with pytest.raises(Invalid) as caught:
        store.ask(**query)
    assert caught.value.code == code
    assert message in caught.value.message
    assert caught.value.errors[0].field in query


@pytest.mark.parametrize(
    "query",
    [
        {"metrics": []},
        {"metrics": ["net_sales"], "tenant": "other"},
        {"metrics": ["net_sales"], "limit": 0},
        {"metrics": ["net_sales"], "time_range": {"start": "2026-02-01", "end": "2026-01-01"}},
    ],
)
def test_a_query_of_another_shape(query):
    with pytest.raises(ValidationError):
        MetricQuery.model_validate(query)


def test_values_of_a_dimension(store, tours):
    ask = lambda company, name: dimension_values(company.settings, company.tenant, name)  # noqa: E731
    assert ask(store, "sale_line__category") == ["Herramientas", "Pinturas"]
    assert ask(store, "customer__name") == ["Ana Mora", "Comercial Beta S.A.", "Luis Rojas", "Sin Compras"]
    assert ask(store, "customer__is_valuable") == ["false", "true"]
    assert ask(store, "opportunity__stage") == ["Ganado", "Perdido", "Prospecto"]
    assert ask(tours, "sale_line__category") == []
    with pytest.raises(Invalid, match="es una fecha"):
        ask(store, "metric_time")
