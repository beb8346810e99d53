"""/api/users/invite, /api/users/invitations, /api/auth/accept-invitation."""

from uuid import UUID

from fastapi import BackgroundTasks, Request

from crm_api.auth.endpoints import device_of, noted
from crm_api.auth.recovery import deliver
from crm_api.auth.retries import RetryKey
from crm_api.auth.schemas import AcceptInvitationRequest, LoginAnswer
from crm_api.dependencies import Listing, PlatformSession, SettingsOf, TenantSession, UserManager
from crm_api.idempotency import Once
from crm_api.invitations import service
from crm_api.invitations.schemas import InvitationAnswer, InviteRequest
from crm_api.routing import answering, new_router
from crm_api.schemas import Page

router = new_router("/api", tag="Usuarios", slow=True)


@router.post("/users/invite", status_code=201, summary="Invitar a una persona", responses=answering(429))
def invite_user(
    caller: UserManager,
    session: TenantSession,
    settings: SettingsOf,
    body: InviteRequest,
    once: Once,
    afterwards: BackgroundTasks,
) -> InvitationAnswer:
    """Le llega un correo con un enlace que sirve una vez y por siete días. Invitar de nuevo anula el enlace anterior.

    Solo un dueño invita a otro dueño, o cambia la invitación de uno.
    """

    def work() -> InvitationAnswer:
        invited = service.invite(session, settings, caller, body)
        afterwards.add_task(deliver, settings, invited.mail)
        return InvitationAnswer.model_validate(invited.invitation)

    return once.run(body, InvitationAnswer, work)


@router.get("/users/invitations", summary="Listar las invitaciones pendientes")
def list_invitations(caller: UserManager, session: PlatformSession, listing: Listing) -> Page[InvitationAnswer]:
    """Las que nadie ha aceptado ni retirado, vencidas o no."""
    found = service.list_invitations(session, caller.tenant.organization_id, listing)
    items = [InvitationAnswer.model_validate(invitation) for invitation in found.rows]
    return Page(items=items, total=found.total, next_cursor=found.next_cursor)


@router.delete("/users/invitations/{invitation_id}", status_code=204, summary="Retirar una invitación")
def withdraw_invitation(caller: UserManager, session: PlatformSession, invitation_id: UUID) -> None:
    """El enlace que se envió deja de servir. La de un dueño la retira solo otro dueño."""
    service.withdraw(session, caller, invitation_id)


@router.post(
    "/auth/accept-invitation",
    status_code=201,
    tags=["Autenticación"],
    summary="Aceptar una invitación",
    responses=answering(409, 429),
)
def accept_invitation(
    settings: SettingsOf, request: Request, body: AcceptInvitationRequest, idempotency_key: RetryKey = None
) -> LoginAnswer:
    """Con el código del correo: crea su cuenta y la deja adentro. No hace falta haber ingresado."""
    return noted(request, service.accept(settings, body, device_of(request), idempotency_key))
