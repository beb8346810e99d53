"""Pipelines and stages that a sheet brings, and the dates that are its own."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ingest.loading.lists import meaning, spelling
from ingest.loading.stages import kind_of

HEADER = "Código,Oportunidad,Cliente,Etapa,Valor,Fecha de creación,Fecha de cierre\n"


def day(year: int, month: int, number: int) -> datetime:
    """Midnight in Costa Rica."""
    return datetime(year, month, number, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Won", "won"),
        ("Closed Won", "won"),
        ("closedwon", "won"),
        ("GANADA", "won"),
        ("Cerrada / ganada", "won"),
        ("Perdido", "lost"),
        ("Closed Lost", "lost"),
        ("Cancelada", "lost"),
        ("Negociación", "open"),
        ("Prospecting", "open"),
        ("Por ganar", "open"),
    ],
)
def test_words_tell_how_a_stage_ends(name: str, kind: str) -> None:
    assert kind_of(name) == kind


def test_one_thing_written_two_ways_is_written_one_way() -> None:
    assert meaning("GTXPro") == meaning("GTX Pro")
    assert spelling({"GTXPro": 5, "gtx pro": 1}, ["GTX Pro"]) == {"GTXPro": "GTX Pro", "gtx pro": "GTX Pro"}
    assert spelling({"PERDIDA": 9, "Perdida": 2}, []) == {"PERDIDA": "Perdida", "Perdida": "Perdida"}
    assert spelling({"José": 1, "Jose": 3}, []) == {"José": "Jose", "Jose": "Jose"}


def test_stages_are_matched_by_meaning_or_made_in_order(company: Any) -> None:
    company.load(
        "opportunities",
        HEADER + "O1,Techo,Ana Mora,Ganada,1000,01/02/2025,20/02/2025\nO2,Piso,Luis Vega,Prospecto,,05/02/2025,\n"
        "O3,Tapia,Eva Paz,Perdida,300,06/02/2025,28/02/2025\nO4,Cielo,Eva Paz,NEGOCIACION,50,07/02/2025,\n"
        "O5,Verja,Eva Paz,Negociación,60,25/02/2025,\n",
    )
    stages = company.rows("select name, kind, probability::int from stages order by position")
    assert stages == [
        ("Prospecto", "open", 10),
        ("Negociación", "open", 70),
        ("Ganada", "won", 100),
        ("Perdida", "lost", 0),
    ]
    counts = company.load("opportunities", HEADER + "O2,Piso,Luis Vega,negociación,700,05/02/2025,\n")
    assert (counts.updated["opportunities"], len(company.rows("select from stages"))) == (1, 4)
    assert company.value("select count(*) from pipelines") == 1


def test_an_archived_stage_that_a_sheet_names_is_in_use_again(company: Any) -> None:
    company.load(
        "opportunities", HEADER + "O1,Techo,Ana Mora,Prospecto,1000,01/02/2025,\nO2,Piso,Eva,Propuesta,1,01/02/2025,\n"
    )
    company.run("update stages set archived_at = now()")
    company.load("opportunities", HEADER + "O3,Cielo,Eva Paz,prospecto,50,07/02/2025,\n")
    assert company.rows("select name, archived_at is null from stages order by name") == [
        ("Propuesta", False),
        ("Prospecto", True),
    ]


def test_history_has_the_sheets_dates(company: Any) -> None:
    company.load(
        "opportunities",
        HEADER + "O1,Techo,Ana Mora,Ganada,1000,01/02/2025,20/02/2025\nO2,Piso,Luis Vega,Prospecto,,25/02/2025,\n",
    )
    query = "select external_id, status, created_at, last_stage_change, won_at from opportunities order by 1"
    assert company.rows(query) == [
        ("O1", "won", day(2025, 2, 1), day(2025, 2, 20), day(2025, 2, 20)),
        ("O2", "open", day(2025, 2, 25), day(2025, 2, 25), None),
    ]
    assert company.rows("select changed_at from stage_history order by 1") == [(day(2025, 2, 20),), (day(2025, 2, 25),)]
    company.load("opportunities", HEADER + "O2,Piso,Luis Vega,Perdida,10,25/02/2025,30/03/2025\n")
    assert company.rows(
        "select h.changed_at, h.time_in_stage from stage_history h join opportunities using (opportunity_id) "
        "where external_id = 'O2' order by 1"
    ) == [(day(2025, 2, 25), 33 * 86400), (day(2025, 3, 30), None)]


def test_a_row_without_a_date_takes_the_sheets_last_one(company: Any) -> None:
    company.load(
        "opportunities",
        "opportunity_id,account,deal_stage,engage_date,close_date,close_value\n"
        "A,Acme,Won,2016-10-20,2017-03-01,1054\nB,,Prospecting,,,\nC,Acme,Engaging,2017-05-13,,\n",
    )
    query = "select external_id, title, created_at, value, customer_id is null from opportunities order by 1"
    assert company.rows(query) == [
        ("A", "Acme", day(2016, 10, 20), Decimal("1054.00000"), False),
        ("B", "B", day(2017, 5, 13), Decimal("0.00000"), True),
        ("C", "Acme", day(2017, 5, 13), Decimal("0.00000"), False),
    ]
    assert company.value("select counts -> 'notes' from imports") == [
        "1 oportunidades no tienen ninguna fecha: se les pone la última de la hoja (13/05/2017)."
    ]


def test_won_and_lost_told_apart_from_the_stage(company: Any) -> None:
    company.load(
        "opportunities",
        "Deal - Title,Deal - Stage,Deal - Status,Deal - Value,Deal - Deal created,Deal - Pipeline\n"
        "Uno,Propuesta,Won,100,2025-01-15,Mayoreo\nDos,Propuesta,Open,200,2025-01-16,Mayoreo\n"
        "Tres,Contacto,Lost,300,2025-01-17,Detalle\n",
    )
    assert company.rows(
        "select title, p.name, s.name, o.status from opportunities o join stages s using (stage_id) "
        "join pipelines p on p.pipeline_id = o.pipeline_id order by title"
    ) == [
        ("Dos", "Mayoreo", "Propuesta", "open"),
        ("Tres", "Detalle", "Perdida", "lost"),
        ("Uno", "Mayoreo", "Ganada", "won"),
    ]


def test_everything_else_of_an_opportunity_finds_its_column(company: Any) -> None:
    company.load(
        "opportunities",
        "Título,Cliente,Teléfono,Etapa,Valor estimado,Moneda,Vendedor,Producto,Cierre esperado,Probabilidad,Origen,Notas,Zona\n"
        "Boda,Ana Mora,8888-1111,Cotización,1500,USD,Rosa,Salón,28/12/2026,40%,Instagram,Llamar,norte\n",
    )
    assert company.rows(
        "select title, value, currency, seller, product, expected_close_date, probability_override, source, description, "
        "custom_fields, phone from opportunities join customers using (customer_id)".replace(", custom_fields", ", opportunities.custom_fields").replace(" source,", " opportunities.source,")
    ) == [
        ("Boda", Decimal("1500.00000"), "USD", "Rosa", "Salón", date(2026, 12, 28), Decimal("40.00"), "Instagram", "Llamar",
         {"zona": "norte"}, "+50688881111")
    ]  # fmt: skip
