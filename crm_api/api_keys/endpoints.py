"""/api/api-keys: what programs call the API with."""

from uuid import UUID

from crm_api.api_keys import service
from crm_api.api_keys.schemas import ApiKeyAnswer, ApiKeyMade, NewApiKey
from crm_api.dependencies import ApiKeyManager, Listing, PlatformSession, TenantSession
from crm_api.idempotency import Once
from crm_api.routing import new_router
from crm_api.schemas import Page

router = new_router("/api/api-keys", tag="Llaves de API")


@router.get("", summary="Listar las llaves de API")
def list_api_keys(caller: ApiKeyManager, session: PlatformSession, listing: Listing) -> Page[ApiKeyAnswer]:
    """Las llaves de su organización que no se han revocado, sin su secreto."""
    found = service.list_keys(session, caller.tenant.organization_id, listing)
    items = [ApiKeyAnswer.model_validate(key) for key in found.rows]
    return Page(items=items, total=found.total, next_cursor=found.next_cursor)


@router.post("", status_code=201, summary="Crear una llave de API")
def make_api_key(caller: ApiKeyManager, session: TenantSession, body: NewApiKey, once: Once) -> ApiKeyMade:
    """La llave se muestra una sola vez y se usa como `Authorization: Bearer pym_…`.

    Actúa por quien la crea, dentro de los permisos (`scopes`) que se le den. Nunca administra personas ni llaves.
    """
    secrets: list[str] = []

    def work() -> ApiKeyAnswer:
        key, secret = service.make(session, caller, body)
        secrets.append(secret)
        return ApiKeyAnswer.model_validate(key)

    # What a retry is answered with is stored: that is the key without its secret.
    made = once.run(body, ApiKeyAnswer, work)
    return ApiKeyMade(**made.model_dump(), key=secrets[0] if secrets else None)


@router.delete("/{api_key_id}", status_code=204, summary="Revocar una llave de API")
def revoke_api_key(caller: ApiKeyManager, session: PlatformSession, api_key_id: UUID) -> None:
    """Deja de servir de inmediato."""
    service.revoke(session, caller, api_key_id)
