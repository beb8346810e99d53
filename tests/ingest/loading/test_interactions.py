"""Contacts with customers, from a sheet."""

from datetime import UTC, date, datetime
from typing import Any

TEXT = (
    "Cliente,Teléfono,Fecha y hora,Tipo,Canal,Notas,Resultado,Seguimiento\n"
    "Ana Mora,8888-1111,15/01/2025 14:30,Llamada,WhatsApp,Pidió precio,Interesada,20/01/2025\n"
    "Ana Mora,8888-1111,16/01/2025,llamada,whatsapp,Volver a llamar,,\n"
    ",,17/01/2025,Visita,,sin cliente,,\n"
)


def test_interactions_find_their_customer_and_keep_their_moment(company: Any) -> None:
    counts = company.load("interactions", TEXT)
    assert (counts.rejected, counts.inserted) == (1, {"customers": 1, "interactions": 2})
    assert company.rows(
        "select first_name, date_time, type, channel, notes, outcome, followup_date from interactions "
        "join customers using (customer_id) order by date_time"
    ) == [
        ("Ana", datetime(2025, 1, 15, 20, 30, tzinfo=UTC), "Llamada", "WhatsApp", "Pidió precio", "Interesada", date(2025, 1, 20)),
        ("Ana", datetime(2025, 1, 16, 6, tzinfo=UTC), "Llamada", "WhatsApp", "Volver a llamar", None, None),
    ]  # fmt: skip
    assert company.value("select last_interaction from customers") == datetime(2025, 1, 16, 6, tzinfo=UTC)
    again = company.load("interactions", TEXT + "Ana Mora,8888-1111,18/01/2025,Visita,,,,\n")
    assert (again.inserted["interactions"], again.unchanged["interactions"]) == (1, 2)
