"""The fields themselves: added, changed, put in order, archived and brought back. No value is ever lost by it."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.custom_fields import conversion, repository
from crm_api.custom_fields.rules import definition_errors
from crm_api.custom_fields.schemas import (
    CustomFieldAnswer,
    CustomFieldChange,
    FieldOrder,
    FieldValidation,
    NewCustomField,
)
from crm_api.dependencies import Caller
from crm_api.etags import etag_of, require_match
from pymeai.clock import utc_now
from pymeai.costa_rica.text import fold, snake_name
from pymeai.custom_fields.definition import FieldDefinition, definition_of
from pymeai.database.tables.tenant import CustomField
from pymeai.database.tables.workspace import AuditLog
from pymeai.errors import Conflict, FieldError, Invalid, NotFound, invalid_field

MAX_FIELDS = 300
"""Fields in use that one entity may have."""
_PLAIN = ("section", "is_required", "help_text")


def etag(field: CustomField | CustomFieldAnswer) -> str:
    """The tag of the field as it is now."""
    content = [
        field.label, field.field_type, field.is_required, field.options, field.display_order, field.section,
        field.help_text, field.default, field.validation, field.archived_at,
    ]  # fmt: skip
    return etag_of(field.field_id, content)


def order_etag(fields: Sequence[CustomField]) -> str:
    """The tag of the order in which fields stand."""
    return etag_of(UUID(int=0), [field.field_id for field in fields])


def get_field(session: Session, field_id: UUID, *, lock: bool = False) -> CustomField:
    """One field, archived or not. Raises NotFound, for another tenant's as well."""
    field = repository.find(session, field_id, lock=lock)
    if field is None:
        raise NotFound("No se encontró ese campo.")
    return field


def create_field(session: Session, request: NewCustomField) -> CustomField:
    """Add a field. Raises Invalid, or Conflict where the entity has one of that name in use."""
    repository.hold_definitions(session)
    there = repository.listed(session, request.entity_type, archived=True)
    if sum(field.archived_at is None for field in there) >= MAX_FIELDS:
        raise Conflict(f"Se admiten como máximo {MAX_FIELDS} campos. Archive alguno.", code="too_many_fields")
    _check_label(there, request.label, None)
    taken = {field.field_name for field in there}
    if request.entity_type == "interaction":
        taken |= repository.contact_field_names(session)
    if request.field_name in taken:
        message = "Ya hay un campo con este nombre interno, en uso o archivado."
        raise Conflict(message, code="duplicate", errors=[FieldError("field_name", message)])
    field = CustomField(
        entity_type=request.entity_type,
        field_name=request.field_name or _free_name(request.label, taken),
        label=request.label,
        field_type=request.field_type,
        is_required=request.is_required,
        options=request.options,
        section=request.section,
        help_text=request.help_text or None,
        default=request.default,
        validation=_validation(request.validation),
    )
    _check(definition_of(field))
    return repository.add(session, field)


def change_field(
    session: Session,
    caller: Caller,
    field_id: UUID,
    request: CustomFieldChange,
    if_match: str | None,
    *,
    this_year: int,
) -> CustomField:
    """Apply what was sent, with all stored values; all of it or nothing.

    Raises NotFound, PreconditionFailed, Invalid, and Conflict where a value does not convert to the new type or an
    option that goes is in use (`values_do_not_convert`, `option_in_use`).
    """
    repository.hold_definitions(session)
    field = get_field(session, field_id)
    changes_values = bool(request.field_type or request.rename_options or request.replace_options) or (
        request.options is not None
    )
    if changes_values:
        # Before the field's own row: whoever writes values takes them in this order too.
        repository.hold_values(session, field.entity_type)
    field = get_field(session, field_id, lock=True)
    require_match(if_match, etag(field))
    _check_nulls(request)
    if request.label is not None and request.label != field.label:
        _check_label(repository.in_use(session, field.entity_type), request.label, field.field_id)
    before, after = definition_of(field), _changed(field, request)
    after = conversion.with_options(session, field.entity_type, before, after, request)
    _check(after)
    rewritten = conversion.convert(session, field.entity_type, before, after, request, this_year=this_year)
    field.label, field.field_type, field.options = after.label, after.field_type, list(after.options)
    field.validation, field.default = dict(after.validation), after.default
    for name in _PLAIN:
        if name in request.model_fields_set:
            setattr(field, name, getattr(request, name))
    if rewritten:
        # The values' own audit rows are left out: this one says it for all of them.
        line = AuditLog(
            user_id=caller.user_id,
            api_key_id=caller.api_key_id,
            request_id=caller.request_id,
            action="converted",
            entity="custom_field",
            entity_id=field.field_id,
            after={"field_name": field.field_name, "values": rewritten},
        )
        session.add(line)
    session.flush()
    session.refresh(field)
    return field


def archive_field(session: Session, field_id: UUID, if_match: str | None) -> None:
    """Take a field out of use; its values stay where they are. Raises NotFound, PreconditionFailed."""
    field = get_field(session, field_id, lock=True)
    require_match(if_match, etag(field))
    if field.archived_at is None:
        field.archived_at = utc_now()


def restore_field(session: Session, field_id: UUID) -> CustomField:
    """Bring a field back into use. Raises NotFound, or Conflict where another has its label by now."""
    repository.hold_definitions(session)
    field = get_field(session, field_id, lock=True)
    if field.archived_at is not None:
        _check_label(repository.in_use(session, field.entity_type), field.label, field.field_id)
        field.archived_at = None
        session.flush()
    return field


def order_fields(session: Session, request: FieldOrder, if_match: str | None) -> Sequence[CustomField]:
    """Put the fields in use of one entity in order. Raises Invalid unless all of them are named, once each."""
    repository.hold_definitions(session)
    fields = repository.in_use(session, request.entity_type)
    require_match(if_match, order_etag(fields))
    by_id = {field.field_id: field for field in fields}
    if len(request.field_ids) != len(by_id) or set(request.field_ids) != set(by_id):
        message = "Envíe todos los campos en uso de esta entidad, cada uno una vez."
        raise invalid_field("field_ids", message)
    for place, field_id in enumerate(request.field_ids):
        by_id[field_id].display_order = place
    session.flush()
    return repository.in_use(session, request.entity_type)


def _changed(field: CustomField, request: CustomFieldChange) -> FieldDefinition:
    """The definition after the change; of another type, without the rules that belonged to the old one."""
    definition, sent = definition_of(field), request.model_fields_set
    if request.field_type is not None and request.field_type != field.field_type:
        kept = {"number", "money"} >= {request.field_type, field.field_type}
        definition = replace(
            definition,
            field_type=request.field_type,
            options=(),
            validation=definition.validation if kept else {},
            default=definition.default if kept else None,
        )
    if request.label is not None:
        definition = replace(definition, label=request.label)
    if "validation" in sent:
        definition = replace(definition, validation=_validation(request.validation))
    if "default" in sent:
        definition = replace(definition, default=request.default)
    return definition


def _check(definition: FieldDefinition) -> None:
    errors = definition_errors(definition)
    if errors:
        raise Invalid("Revise los datos marcados.", errors=errors)


def _check_nulls(request: CustomFieldChange) -> None:
    empty = [
        name
        for name in ("label", "field_type", "is_required", "options")
        if name in request.model_fields_set and getattr(request, name) is None
    ]
    if empty:
        raise Invalid(
            "Revise los datos marcados.", errors=[FieldError(name, "No puede quedar vacío.") for name in empty]
        )


def _check_label(fields: Sequence[CustomField], label: str, own: UUID | None) -> None:
    for field in fields:
        if field.archived_at is None and field.field_id != own and fold(field.label) == fold(label):
            message = "Ya hay un campo con este nombre."
            raise Conflict(message, code="duplicate", errors=[FieldError("label", message)])


def _free_name(label: str, taken: set[str]) -> str:
    name = first = snake_name(label)
    number = 2
    while name in taken:
        name, number = f"{first[:56]}_{number}", number + 1
    return name


def _validation(validation: FieldValidation | None) -> dict[str, object]:
    return {} if validation is None else validation.model_dump(exclude_none=True)
