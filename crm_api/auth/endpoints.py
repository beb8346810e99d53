"""/api/auth: registration, sign-in, tokens, sessions, passwords."""

from typing import Annotated
from uuid import UUID

from fastapi import BackgroundTasks, Body, Request, Response

from crm_api.auth import recovery, service
from crm_api.auth.limits import forgot
from crm_api.auth.retries import RetryKey
from crm_api.auth.schemas import (
    Acknowledgement,
    ForgotPasswordRequest,
    LoginAnswer,
    LoginRequest,
    LogoutRequest,
    PasswordChange,
    RefreshRequest,
    RegisterRequest,
    ResetPasswordRequest,
    SessionAnswer,
    SessionList,
    Tokens,
)
from crm_api.dependencies import CurrentSession, Person, PlatformSession, SettingsOf
from crm_api.problems import problem_of
from crm_api.routing import answering, new_router
from crm_api.throttling import enter
from pymeai.errors import Unauthorized
from pymeai.forwarded_address import forwarded_address
from pymeai.tenancy.tenant import Tenant

router = new_router("/api/auth", tag="Autenticación", slow=True)


@router.post(
    "/register", status_code=201, summary="Registrar una organización y a su dueño", responses=answering(409, 429)
)
def register(
    settings: SettingsOf, request: Request, body: RegisterRequest, idempotency_key: RetryKey = None
) -> LoginAnswer:
    """Crea la organización con lo que su industria trae de entrada, y deja adentro a quien la registra."""
    return noted(request, service.register(settings, body, device_of(request), idempotency_key))


@router.post("/login", summary="Ingresar", response_model=LoginAnswer, responses=answering(401, 429))
def login(
    settings: SettingsOf, request: Request, body: LoginRequest, afterwards: BackgroundTasks
) -> LoginAnswer | Response:
    """Da un access_token de 15 minutos y un refresh_token que sirve una sola vez.

    Tras 5 intentos fallidos hay que esperar: un minuto, y el doble con cada fallo siguiente (429, con Retry-After).
    """
    device = device_of(request)
    answer = service.sign_in(settings, body.email, body.password, device)
    if isinstance(answer, service.Refusal):
        if answer.blocked is not None:
            afterwards.add_task(service.note_lock_out, settings, answer.blocked, device)
        # Not raised: an exception would drop the background task.
        request.state.problem = answer.error.code
        return problem_of(answer.error)
    return noted(request, answer)


@router.post("/refresh-token", summary="Renovar los tokens", response_model=Tokens, responses=answering(401))
def refresh_token(
    settings: SettingsOf, session: PlatformSession, request: Request, body: RefreshRequest
) -> Tokens | Response:
    """Cambia un refresh_token por tokens nuevos. Usar uno ya usado cierra la sesión entera."""
    tokens = service.rotate(session, settings, body.refresh_token)
    if tokens is None:
        # Not raised: an exception would roll the revocation back.
        request.state.problem = "session_ended"
        return problem_of(Unauthorized("Su sesión terminó. Ingrese de nuevo.", code="session_ended"))
    return tokens


@router.post("/logout", status_code=204, summary="Salir")
def logout(
    caller: Person,
    here: CurrentSession,
    session: PlatformSession,
    _body: Annotated[LogoutRequest | None, Body()] = None,
) -> None:
    """Cierra la sesión con la que se hace la llamada."""
    service.sign_out(session, caller.user_id, here)


@router.post("/forgot-password", status_code=202, summary="Olvidé mi contraseña", responses=answering(429))
def forgot_password(
    settings: SettingsOf, request: Request, body: ForgotPasswordRequest, afterwards: BackgroundTasks
) -> Acknowledgement:
    """Si hay una cuenta con ese correo, le llega un enlace que sirve una vez y por una hora.

    La respuesta es la misma la haya o no.
    """
    enter(settings, forgot(body.email, device_of(request).ip))
    afterwards.add_task(recovery.request_reset, settings, body.email)
    return Acknowledgement(
        detail="Si ese correo tiene una cuenta, en unos minutos le llega un enlace para cambiar la contraseña."
    )


@router.post(
    "/reset-password",
    status_code=204,
    summary="Poner una contraseña nueva con el código del correo",
    responses=answering(429),
)
def reset_password(
    settings: SettingsOf, request: Request, body: ResetPasswordRequest, afterwards: BackgroundTasks
) -> None:
    """Cambia la contraseña y cierra todas las sesiones. El código sirve una sola vez."""
    address = recovery.reset(settings, body.token, body.password, device_of(request).ip, request.state.request_id)
    afterwards.add_task(recovery.warn, settings, address)


@router.put("/password", status_code=204, summary="Cambiar mi contraseña", responses=answering(429))
def change_password(
    caller: Person,
    here: CurrentSession,
    settings: SettingsOf,
    request: Request,
    body: PasswordChange,
    afterwards: BackgroundTasks,
) -> None:
    """Pide la contraseña actual. Cierra sus otras sesiones; esta sigue abierta."""
    address = recovery.change(settings, caller.actor, here, body, device_of(request).ip)
    afterwards.add_task(recovery.warn, settings, address)


@router.get("/sessions", summary="Ver mis sesiones")
def list_sessions(caller: Person, here: CurrentSession, session: PlatformSession) -> SessionList:
    """Los dispositivos en los que usted ha ingresado y que siguen abiertos."""
    items = [SessionAnswer.model_validate(found) for found in service.sessions_of(session, caller.user_id)]
    for item in items:
        item.current = item.session_id == here
    return SessionList(items=items, total=len(items))


@router.delete("/sessions", status_code=204, summary="Cerrar mis otras sesiones")
def end_other_sessions(caller: Person, here: CurrentSession, session: PlatformSession) -> None:
    """Cierra todas sus sesiones menos esta."""
    service.end_other_sessions(session, caller.tenant, caller.actor, here)


@router.delete("/sessions/{session_id}", status_code=204, summary="Cerrar una de mis sesiones")
def end_session(caller: Person, session: PlatformSession, session_id: UUID) -> None:
    """Desde ese momento, ese dispositivo debe ingresar de nuevo."""
    service.end_session(session, caller.tenant, caller.actor, session_id)


def noted(request: Request, answer: LoginAnswer) -> LoginAnswer:
    """The answer to somebody who just got in, named in the request's line of the log."""
    tenant = Tenant(answer.organization.organization_id)
    request.state.tenant, request.state.user = tenant.schema, str(answer.user.user_id)
    return answer


def device_of(request: Request) -> service.Device:
    """From where a request comes: the address that our dashboards forward, or the one that it was made from.

    Behind a proxy that uvicorn trusts, that is the one that the proxy tells.
    """
    agent = request.headers.get("User-Agent", "").replace("\x00", "")[:200]
    address = forwarded_address(request.app.state.settings, request.headers)
    if address is None and request.client is not None:
        address = request.client.host
    return service.Device(agent or None, address, request.state.request_id)
