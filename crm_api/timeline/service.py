"""The timeline of a customer: what happened, in order, in sentences."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from crm_api.audit.repository import user_names
from crm_api.audit.sentences import listed_fields, sentence
from crm_api.cursors import decode_cursor, encode_cursor, wrong_cursor
from crm_api.customers.service import require_visible
from crm_api.dependencies import Caller
from crm_api.listing import Slice
from crm_api.organization.visibility import seen_by
from crm_api.timeline import repository
from crm_api.timeline.repository import Event
from crm_api.timeline.schemas import ItemKind, TimelineItem
from pymeai.costa_rica.money import format_money
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session

_ITEM: TypeAdapter[TimelineItem] = TypeAdapter(TimelineItem)
_SHOWN = 160
_DOCUMENTS = {
    "invoice": "Factura",
    "ticket": "Tiquete",
    "credit_note": "Nota de crédito",
    "debit_note": "Nota de débito",
    "other": "Venta",
}
_DIRECTIONS = {"inbound": " (entrante)", "outbound": " (saliente)"}


def timeline(
    session: Session,
    settings: Settings,
    caller: Caller,
    customer_id: UUID,
    kinds: Sequence[ItemKind],
    limit: int,
    cursor: str | None,
) -> Slice[TimelineItem]:
    """One page of what happened with a customer, the newest first. Raises NotFound, Invalid."""
    require_visible(session, caller, customer_id)
    after = _parse_cursor(cursor) if cursor is not None else None
    wanted = kinds or repository.KINDS
    own = seen_by(caller)
    found = repository.events(session, customer_id, wanted, after, limit + 1, own)
    page = found[:limit]
    users = {event.user_id for event in page if event.user_id is not None}
    with platform_session(settings) as platform:
        people = user_names(platform, caller.tenant.organization_id, users) if users else {}
    next_cursor = _cursor(page[-1]) if len(found) > limit else None
    items = [_item(event, people) for event in page]
    return Slice(items, repository.count(session, customer_id, wanted, own), next_cursor)


def _item(event: Event, people: Mapping[UUID, str]) -> TimelineItem:
    who = people.get(event.user_id) if event.user_id else None
    shared = {
        "kind": event.kind,
        "id": event.key,
        "at": event.at,
        "user_id": event.user_id,
        "user_name": who,
        "summary": _summary(event.kind, event.data, who),
    }
    return _ITEM.validate_python(shared | event.data)


def _summary(kind: str, data: Mapping[str, Any], who: str | None) -> str:
    match kind:
        case "interaction":
            said = f"{data['type']}{_DIRECTIONS.get(data['direction'] or '', '')}"
            return f"{said}: {_short(data['notes'])}" if data["notes"] else said
        case "stage":
            return _stage_summary(data)
        case "sale":
            amount = format_money(Decimal(str(data["amount"])), data["currency"])
            number = f" ({data['external_key']})" if data["external_key"] else ""
            return f"{_DOCUMENTS.get(data['document_type'], 'Venta')} por {amount}{number}"
        case "import":
            return _import_summary(data)
        case "merge":
            done, mark = ("Se deshizo la fusión", "") if data["action"] == "undo" else ("Se fusionó", _undone(data))
            return f"{done} con «{data['merged_name']}»{mark}"
    return sentence(who, data["action"], "customer", None, data["after"], by_key=data["by_key"])


def _import_summary(data: Mapping[str, Any]) -> str:
    file = f"«{_short(data['file_name'])}»"
    if data["action"] == "undo":
        return f"Se deshizo la importación del archivo {file}"
    if data["action"] == "insert":
        return f"Llegó con el archivo {file}{_undone(data)}"
    fields = listed_fields(data["after"] or {})
    return f"Se actualizó con el archivo {file}{f': {fields}' if fields else ''}{_undone(data)}"


def _undone(data: Mapping[str, Any]) -> str:
    return " (se deshizo)" if data["undone_at"] else ""


def _stage_summary(data: Mapping[str, Any]) -> str:
    title = f"la oportunidad «{data['title']}»"
    moved = f"Pasó {title} de «{data['from_stage']}» a «{data['stage']}»"
    if data["is_of_same_kind"]:
        # From one won stage to another, nothing is won again.
        return moved
    if data["stage_kind"] == "won":
        return f"Se ganó {title}"
    if data["stage_kind"] == "lost":
        return f"Se perdió {title}"
    if data["from_stage"] is None:
        return f"Se abrió {title} en «{data['stage']}»"
    return moved


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def _cursor(event: Event) -> str:
    return encode_cursor([event.at.isoformat(), event.key.hex])


def _parse_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, key = decode_cursor(cursor, 2)
        found = datetime.fromisoformat(at), UUID(key)
    except (ValueError, TypeError, AttributeError):
        found = None
    if found is None or found[0].tzinfo is None:
        raise wrong_cursor()
    return found
