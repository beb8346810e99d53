"""/api/custom-fields: the fields that the organization added."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from crm_api.custom_fields import definitions, repository
from crm_api.custom_fields.schemas import (
    CustomFieldAnswer,
    CustomFieldChange,
    CustomFieldDetail,
    CustomFieldList,
    Entity,
    FieldOrder,
    NewCustomField,
)
from crm_api.dependencies import IfMatch, OrganizationManager, Reader, SettingsOf, TenantSession
from crm_api.idempotency import Once
from crm_api.routing import new_router, takes_long
from crm_api.schemas import Nothing
from pymeai.clock import business_today
from pymeai.database.tables.tenant import CustomField

router = new_router("/api/custom-fields", tag="Campos personalizados")


@router.get("", summary="Listar los campos personalizados")
def list_custom_fields(
    _caller: Reader,
    session: TenantSession,
    response: Response,
    entity_type: Entity | None = None,
    archived: Annotated[bool, Query(description="Incluir los archivados.")] = False,
) -> CustomFieldList:
    """Los campos en uso, de una entidad o de todas, en el orden de las pantallas.

    De una sola entidad, el ETag sirve como If-Match al cambiar el orden.
    """
    fields = repository.listed(session, entity_type, archived=archived)
    if entity_type is not None:
        response.headers["ETag"] = definitions.order_etag([field for field in fields if field.archived_at is None])
    return CustomFieldList(items=[CustomFieldAnswer.model_validate(field) for field in fields], total=len(fields))


@router.post("", status_code=201, summary="Crear un campo personalizado")
def create_custom_field(
    _caller: OrganizationManager, session: TenantSession, once: Once, body: NewCustomField
) -> CustomFieldAnswer:
    """El nombre interno (`field_name`) sale de la etiqueta y no cambia nunca, aunque la etiqueta cambie."""
    return once.create(
        body,
        CustomFieldAnswer,
        lambda: CustomFieldAnswer.model_validate(definitions.create_field(session, body)),
        at="/api/custom-fields/{field_id}",
        etag=definitions.etag,
    )


@router.put("/order", summary="Ordenar los campos de una entidad")
def order_custom_fields(
    _caller: OrganizationManager,
    session: TenantSession,
    body: FieldOrder,
    response: Response,
    if_match: IfMatch = None,
) -> CustomFieldList:
    """Envíe todos los campos en uso de la entidad, en el orden deseado."""
    fields = definitions.order_fields(session, body, if_match)
    response.headers["ETag"] = definitions.order_etag(fields)
    return CustomFieldList(items=[CustomFieldAnswer.model_validate(field) for field in fields], total=len(fields))


@router.get("/{field_id}", summary="Ver un campo personalizado")
@takes_long
def get_custom_field(_caller: Reader, session: TenantSession, field_id: UUID, response: Response) -> CustomFieldDetail:
    """Con cuántos registros tienen un valor en él. El ETag sirve como If-Match al cambiarlo."""
    field = definitions.get_field(session, field_id)
    count = repository.count_values(session, field.entity_type, field.field_name)
    answer = _tagged(field, response)
    return CustomFieldDetail(**answer.model_dump(), values_count=count)


@router.put("/{field_id}", summary="Cambiar un campo personalizado")
@takes_long
def change_custom_field(
    caller: OrganizationManager,
    session: TenantSession,
    settings: SettingsOf,
    field_id: UUID,
    body: CustomFieldChange,
    response: Response,
    if_match: IfMatch = None,
) -> CustomFieldAnswer:
    """El tipo cambia solo si todos los valores guardados se convierten; si no, no cambia nada y se dice cuántos fallan.

    Renombrar una opción cambia los valores guardados. Una opción en uso no se quita sin decir con cuál se reemplaza.
    """
    this_year = business_today(settings).year
    return _tagged(definitions.change_field(session, caller, field_id, body, if_match, this_year=this_year), response)


@router.delete("/{field_id}", status_code=204, summary="Archivar un campo personalizado")
def archive_custom_field(
    _caller: OrganizationManager, session: TenantSession, field_id: UUID, if_match: IfMatch = None
) -> None:
    """Deja de mostrarse y de pedirse; sus valores no se pierden y vuelven al restaurarlo."""
    definitions.archive_field(session, field_id, if_match)


@router.post("/{field_id}/restore", summary="Restaurar un campo archivado")
def restore_custom_field(
    _caller: OrganizationManager, session: TenantSession, field_id: UUID, once: Once, response: Response
) -> CustomFieldAnswer:
    """Vuelve a usarse, con los valores que tenía."""
    restored = once.run(
        Nothing(),
        CustomFieldAnswer,
        lambda: CustomFieldAnswer.model_validate(definitions.restore_field(session, field_id)),
    )
    return _tagged(restored, response)


def _tagged(field: CustomField | CustomFieldAnswer, response: Response) -> CustomFieldAnswer:
    response.headers["ETag"] = definitions.etag(field)
    return CustomFieldAnswer.model_validate(field)
