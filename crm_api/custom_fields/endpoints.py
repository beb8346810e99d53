"""/api/custom-fields: the fields that the organization added."""

from fastapi import APIRouter

from crm_api.custom_fields import repository
from crm_api.custom_fields.schemas import CustomFieldAnswer, CustomFieldList, Entity
from crm_api.dependencies import Reader, TenantSession

router = APIRouter(prefix="/api/custom-fields", tags=["Campos personalizados"])


@router.get("", summary="Listar los campos personalizados")
def list_custom_fields(_caller: Reader, session: TenantSession, entity_type: Entity | None = None) -> CustomFieldList:
    """Los campos en uso, de una entidad o de todas."""
    items = [CustomFieldAnswer.model_validate(field) for field in repository.in_use(session, entity_type)]
    return CustomFieldList(items=items, total=len(items))
