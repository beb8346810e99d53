"""Customers that are one and the same: merged in one transaction, and separated again but for what was written since."""

from itertools import combinations
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.customers import repository as customers
from crm_api.customers.schemas import CustomerAnswer
from crm_api.customers.service import require_visible
from crm_api.dependencies import Caller
from crm_api.merges import repository
from crm_api.merges.combining import combined, plain, separated
from crm_api.merges.schemas import (
    DismissAnswer,
    DismissRequest,
    MergeAnswer,
    MergeList,
    MergeRecord,
    MergeRequest,
    UndoAnswer,
)
from pymeai.clock import COSTA_RICA, utc_now
from pymeai.database.tables.tenant import Customer, CustomerMerge
from pymeai.database.tables.workspace import AuditLog
from pymeai.errors import Conflict, FieldError, NotFound

_TABLES = {"interactions": "contactos", "opportunities": "oportunidades", "sales": "ventas"}


def merge(session: Session, caller: Caller, request: MergeRequest) -> MergeAnswer:
    """Make several customers one. Raises NotFound where one of them is none."""
    held = customers.hold_all(session, [request.keep, *request.merge])
    if len(held) != 1 + len(request.merge):
        raise NotFound("No se encontró alguno de esos clientes. No se fusionó ninguno.")
    keep = held[request.keep]
    # One after the other, each with a record of its own: each can be undone.
    records = [_merge_one(session, caller, keep, held[key], request.fields) for key in request.merge]
    session.refresh(keep)
    names = {key: _name(held[key]) for key in request.merge}
    return MergeAnswer(
        customer=CustomerAnswer.model_validate(keep),
        merges=[_record(record, names[record.merged_customer_id]) for record in records],
    )


def undo(session: Session, caller: Caller, merge_id: UUID) -> UndoAnswer:
    """Separate two customers again: what the merge brought goes back, what somebody wrote since stays.

    Raises NotFound, and Conflict where another merge, a deletion or what became of the rows has to be undone first.
    """
    record = repository.find(session, merge_id)
    if record is None:
        raise NotFound("No se encontró esa fusión.")
    if record.undone_at is not None:
        raise Conflict("Esa fusión ya se deshizo.", code="already_undone")
    held = repository.hold_customers(session, [record.kept_customer_id, record.merged_customer_id])
    keep, merged = held[record.kept_customer_id], held[record.merged_customer_id]
    _require_undoable(session, record, keep, merged)
    repository.move(session, keep.customer_id, merged.customer_id, record.moved)
    for name, value in separated(record.before, record.after, keep, merged).items():
        setattr(keep, name, UUID(value) if name == "owner_user_id" and value else value)
    # First what both would have at once: an identification is one customer's.
    session.flush()
    merged.deleted_at = merged.merged_into = None
    record.undone_at, record.undone_by = utc_now(), caller.user_id
    session.add(_line(caller, "unmerged", record))
    session.flush()
    for customer in (keep, merged):
        session.refresh(customer)
    return UndoAnswer(kept=CustomerAnswer.model_validate(keep), restored=CustomerAnswer.model_validate(merged))


def merges_of(session: Session, caller: Caller, customer_id: UUID) -> MergeList:
    """What was merged into a customer. Raises NotFound."""
    require_visible(session, caller, customer_id)
    items = [_record(record, name) for record, name in repository.into(session, customer_id)]
    return MergeList(items=items, total=len(items))


def dismiss(session: Session, caller: Caller, request: DismissRequest) -> DismissAnswer:
    """Keep these customers from being proposed as one again. Raises NotFound where one of them is none."""
    if len(customers.hold_all(session, request.customer_ids)) != len(request.customer_ids):
        raise NotFound("No se encontró alguno de esos clientes.")
    pairs = list(combinations(sorted(request.customer_ids), 2))
    known = repository.dismissed_among(session, pairs)
    new = [pair for pair in pairs if pair not in known]
    now = utc_now()
    session.add_all(
        CustomerMerge(
            kept_customer_id=first,
            merged_customer_id=second,
            before={},
            after={},
            moved={},
            merged_by=caller.user_id,
            undone_by=caller.user_id,
            undone_at=now,
        )
        for first, second in new
    )
    session.flush()
    return DismissAnswer(dismissed=len(new))


def _merge_one(
    session: Session, caller: Caller, keep: Customer, merged: Customer, fields: dict[Any, UUID]
) -> CustomerMerge:
    values = combined(keep, merged, fields)
    before = {name: getattr(keep, name) for name in values}
    merged.deleted_at, merged.merged_into = utc_now(), keep.customer_id
    # It gives its identification and code free before the other one takes them.
    session.flush()
    for name, value in values.items():
        setattr(keep, name, value)
    session.flush()
    moved = repository.move(session, merged.customer_id, keep.customer_id)
    record = CustomerMerge(
        kept_customer_id=keep.customer_id,
        merged_customer_id=merged.customer_id,
        before=plain(before),
        after=plain(values),
        moved=moved,
        merged_by=caller.user_id,
    )
    session.add(record)
    session.flush()
    session.refresh(record)
    session.add(_line(caller, "merged", record))
    return record


def _require_undoable(session: Session, record: CustomerMerge, keep: Customer, merged: Customer) -> None:
    if keep.erased_at or merged.erased_at:
        message = "Los datos personales de uno de los dos clientes se borraron: ya no se pueden separar."
        raise Conflict(message, code="merge_cannot_be_undone")
    if keep.merged_into is not None:
        message = "El cliente que quedó se fusionó después con otro. Deshaga primero esa fusión."
        raise Conflict(message, code="merge_cannot_be_undone")
    if keep.deleted_at is not None:
        message = "El cliente que quedó está borrado. Restáurelo primero."
        raise Conflict(message, code="merge_cannot_be_undone")
    for other, name in repository.later(session, record):
        both = sorted(set(record.after) & set(other.after))
        if both:
            day = other.merged_at.astimezone(COSTA_RICA)
            message = f"Deshaga primero la fusión con «{name}» del {day:%d/%m/%Y}: juntó después los mismos datos."
            errors = [FieldError(column, f"Lo juntó también la fusión con «{name}».") for column in both]
            raise Conflict(message, code="merge_cannot_be_undone", errors=errors)
    errors = [
        FieldError(table, f"{number} {_TABLES[table]} son ahora de otro cliente.")
        for table, number in repository.moved_on(session, keep.customer_id, record.moved).items()
        if number
    ]
    if errors:
        message = "Lo que la fusión juntó es ahora de otro cliente. Devuélvaselo al que quedó, o sepárelo a mano."
        raise Conflict(message, code="merge_cannot_be_undone", errors=errors)


def _line(caller: Caller, action: str, record: CustomerMerge) -> AuditLog:
    return AuditLog(
        user_id=caller.user_id,
        api_key_id=caller.api_key_id,
        request_id=caller.request_id,
        action=action,
        entity="customer",
        entity_id=record.kept_customer_id,
        after={"merge_id": str(record.merge_id), "merged_customer_id": str(record.merged_customer_id)},
    )


def _record(record: CustomerMerge, merged_name: str) -> MergeRecord:
    counts = {table: len(keys) for table, keys in record.moved.items()}
    columns = {name: getattr(record, name) for name in MergeRecord.model_fields if name not in ("moved", "merged_name")}
    return MergeRecord(**columns, moved=counts, merged_name=merged_name)


def _name(customer: Customer) -> str:
    person = " ".join(part for part in (customer.first_name, customer.last_name) if part)
    return customer.company_name or person or "Cliente"
