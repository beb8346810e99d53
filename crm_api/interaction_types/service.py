"""Kinds of contact: added, changed, put in order, archived and brought back."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.custom_fields import repository as custom_fields
from crm_api.custom_fields.rules import option_errors
from crm_api.etags import etag_of, require_match
from crm_api.interaction_types import repository
from crm_api.interaction_types.schemas import (
    ContactField,
    InteractionTypeAnswer,
    InteractionTypeChange,
    InteractionTypeOrder,
    NewInteractionType,
)
from pymeai.clock import utc_now
from pymeai.costa_rica.text import fold, snake_name
from pymeai.database.tables.tenant import InteractionType
from pymeai.errors import Conflict, FieldError, Invalid, NotFound, invalid_field

MAX_TYPES = 100
"""Kinds in use that an organization may have."""


def etag(kind: InteractionType | InteractionTypeAnswer) -> str:
    """The tag of the kind as it is now."""
    content = [kind.name, kind.icon, kind.fields, kind.note_template, kind.followup_days, kind.position]
    return etag_of(kind.interaction_type_id, [*content, kind.archived_at])


def order_etag(kinds: Sequence[InteractionType]) -> str:
    """The tag of the order in which kinds stand."""
    return etag_of(UUID(int=0), [kind.interaction_type_id for kind in kinds])


def get_type(session: Session, interaction_type_id: UUID, *, lock: bool = False) -> InteractionType:
    """One kind, archived or not. Raises NotFound, for another tenant's as well."""
    kind = repository.find(session, interaction_type_id, lock=lock)
    if kind is None:
        raise NotFound("No se encontró ese tipo de interacción.")
    return kind


def create_type(session: Session, request: NewInteractionType) -> InteractionType:
    """Add a kind. Raises Invalid, or Conflict where there is one of that name, archived or not."""
    repository.hold(session)
    there = repository.listed(session, archived=True)
    if sum(kind.archived_at is None for kind in there) >= MAX_TYPES:
        raise Conflict(f"Se admiten como máximo {MAX_TYPES} tipos. Archive alguno.", code="too_many_types")
    _check_name(there, request.name, None)
    kind = InteractionType(
        name=request.name,
        icon=request.icon,
        fields=_fields(session, request.fields, ()),
        note_template=request.note_template or None,
        followup_days=request.followup_days,
    )
    return repository.add(session, kind)


def change_type(
    session: Session, interaction_type_id: UUID, request: InteractionTypeChange, if_match: str | None
) -> InteractionType:
    """Apply what was sent. Raises NotFound, PreconditionFailed, Invalid, and Conflict.

    A field keeps its type as long as a contact has a value in it (`field_in_use`); one that is left out keeps its
    values, which are shown no more.
    """
    repository.hold(session)
    if request.name is not None:
        # Before the kind's own row: whoever writes contacts takes them in this order too.
        custom_fields.hold_values(session, "interaction")
    kind = get_type(session, interaction_type_id, lock=True)
    require_match(if_match, etag(kind))
    for name in ("name", "fields"):
        if name in request.model_fields_set and getattr(request, name) is None:
            raise invalid_field(name, "No puede quedar vacío.")
    if request.fields is not None:
        fields = _fields(session, request.fields, kind.fields)
        _keep_types(session, kind, fields)
        kind.fields = fields
    if request.name is not None and request.name != kind.name:
        _check_name(repository.listed(session, archived=True), request.name, kind.interaction_type_id)
        repository.rename_contacts(session, kind.name, request.name)
        kind.name = request.name
    for name in ("icon", "note_template", "followup_days"):
        if name in request.model_fields_set:
            setattr(kind, name, getattr(request, name))
    session.flush()
    return kind


def archive_type(session: Session, interaction_type_id: UUID, if_match: str | None) -> None:
    """Take a kind out of use; its contacts stay. Raises NotFound, PreconditionFailed, Conflict for the last one."""
    repository.hold(session)
    kind = get_type(session, interaction_type_id, lock=True)
    require_match(if_match, etag(kind))
    if kind.archived_at is not None:
        return
    if len(repository.listed(session)) == 1:
        raise Conflict("Es el último tipo en uso: sin ninguno no se podría registrar un contacto.", code="last_type")
    kind.archived_at = utc_now()


def restore_type(session: Session, interaction_type_id: UUID) -> InteractionType:
    """Bring a kind back into use. Raises NotFound."""
    kind = get_type(session, interaction_type_id, lock=True)
    kind.archived_at = None
    session.flush()
    return kind


def order_types(session: Session, request: InteractionTypeOrder, if_match: str | None) -> Sequence[InteractionType]:
    """Put the kinds in use in order. Raises Invalid unless all of them are named, once each."""
    repository.hold(session)
    kinds = repository.listed(session)
    require_match(if_match, order_etag(kinds))
    by_id = {kind.interaction_type_id: kind for kind in kinds}
    if len(request.interaction_type_ids) != len(by_id) or set(request.interaction_type_ids) != set(by_id):
        message = "Envíe todos los tipos en uso, cada uno una vez."
        raise invalid_field("interaction_type_ids", message)
    for place, key in enumerate(request.interaction_type_ids):
        by_id[key].position = place
    session.flush()
    return repository.listed(session)


def _check_name(kinds: Sequence[InteractionType], name: str, own: UUID | None) -> None:
    for kind in kinds:
        if kind.interaction_type_id != own and fold(kind.name) == fold(name):
            message = "Ya hay un tipo con este nombre" + (", archivado: restáurelo." if kind.archived_at else ".")
            raise Conflict(message, code="duplicate", errors=[FieldError("name", message)])


def _fields(session: Session, sent: Sequence[ContactField], there: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The fields to store. Their names differ from each other and from those of the custom fields of contacts."""
    own = {str(field["name"]) for field in there}
    taken = {field.field_name for field in custom_fields.listed(session, "interaction", archived=True)}
    fields: list[dict[str, Any]] = []
    errors: list[FieldError] = []
    used: set[str] = set()
    for place, field in enumerate(sent):
        name = field.name or snake_name(field.label)
        errors += [FieldError(f"fields.{place}.{each.field}", each.message) for each in _errors(field)]
        if name in used:
            errors.append(FieldError(f"fields.{place}.label", "Hay dos campos con este nombre."))
        elif name in taken and name not in own:
            message = "Las interacciones ya tienen un campo personalizado con este nombre."
            errors.append(FieldError(f"fields.{place}.label", message))
        used.add(name)
        fields.append(field.model_dump() | {"name": name})
    if errors:
        raise Invalid("Revise los datos marcados.", errors=errors)
    return fields


def _errors(field: ContactField) -> list[FieldError]:
    return option_errors(field.type, field.options)


def _keep_types(session: Session, kind: InteractionType, fields: Sequence[dict[str, Any]]) -> None:
    types = {field["name"]: field["type"] for field in fields}
    for place, field in enumerate(kind.fields):
        name = field["name"]
        if name in types and types[name] != field["type"]:
            count = repository.count_values(session, kind.name, name)
            if count:
                message = f"Hay {count} contactos con un valor en este campo: agregue otro en lugar de cambiar su tipo."
                raise Conflict(message, code="field_in_use", errors=[FieldError(f"fields.{place}.type", message)])
