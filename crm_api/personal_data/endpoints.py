"""/api/customers/{customer_id}/export and /erase: what law 8968 gives each person a right to."""

from uuid import UUID

from fastapi import Response

from crm_api.dependencies import Manager, OrganizationManager, SettingsOf, TenantSession
from crm_api.idempotency import Once
from crm_api.personal_data import erasure, export
from crm_api.personal_data.schemas import ErasureAnswer, ErasureRequest, PersonalData
from crm_api.routing import answering, new_router

router = new_router("/api/customers", tag="Datos personales", slow=True)


@router.get("/{customer_id}/export", summary="Exportar los datos de una persona", responses=answering(409))
def export_customer(
    caller: Manager, settings: SettingsOf, session: TenantSession, customer_id: UUID, response: Response
) -> PersonalData:
    """Todo lo que hay de ella en todas las tablas (ley 8968, derecho de acceso). Queda en la bitácora."""
    response.headers["Content-Disposition"] = f'attachment; filename="cliente-{customer_id}.json"'
    return export.personal_data(session, settings, caller, customer_id)


@router.post("/{customer_id}/erase", summary="Borrar los datos personales de un cliente")
def erase_customer(
    caller: OrganizationManager, session: TenantSession, once: Once, customer_id: UUID, body: ErasureRequest
) -> ErasureAnswer:
    """Quita de todas partes lo que identifica a la persona y deja montos, fechas y productos. No se puede deshacer."""
    return once.run(body, ErasureAnswer, lambda: erasure.erase(session, caller, customer_id))
