"""/api/auth: registration, sign-in, tokens, sessions."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Request, Response

from crm_api.auth import service
from crm_api.auth.schemas import (
    LoginAnswer,
    LoginRequest,
    LogoutRequest,
    RefreshRequest,
    RegisterRequest,
    SessionAnswer,
    SessionList,
    Tokens,
)
from crm_api.dependencies import AnyCaller, PlatformSession, SettingsOf
from crm_api.problems import problem_of
from pymeai.errors import Unauthorized

router = APIRouter(prefix="/api/auth", tags=["Autenticación"])


@router.post("/register", status_code=201, summary="Registrar una organización y a su dueño")
def register(settings: SettingsOf, session: PlatformSession, request: Request, body: RegisterRequest) -> LoginAnswer:
    """Crea la organización con lo que su industria trae de entrada, y deja adentro a quien la registra."""
    service.register(settings, body)
    return service.sign_in(session, settings, body.email, body.password, _device(request))


@router.post("/login", summary="Ingresar")
def login(settings: SettingsOf, session: PlatformSession, request: Request, body: LoginRequest) -> LoginAnswer:
    """Da un access_token de 15 minutos y un refresh_token que sirve una sola vez."""
    return service.sign_in(session, settings, body.email, body.password, _device(request))


@router.post("/refresh-token", summary="Renovar los tokens", response_model=Tokens)
def refresh_token(settings: SettingsOf, session: PlatformSession, body: RefreshRequest) -> Tokens | Response:
    """Cambia un refresh_token por tokens nuevos. Usar uno ya usado cierra la sesión entera."""
    tokens = service.rotate(session, settings, body.refresh_token)
    if tokens is None:
        # Not raised: an exception would roll the revocation back.
        return problem_of(Unauthorized("Su sesión terminó. Ingrese de nuevo.", code="session_ended"))
    return tokens


@router.post("/logout", status_code=204, summary="Salir")
def logout(caller: AnyCaller, session: PlatformSession, _body: Annotated[LogoutRequest | None, Body()] = None) -> None:
    """Cierra la sesión con la que se hace la llamada."""
    service.end_session(session, caller.user_id, caller.session_id)


@router.get("/sessions", summary="Ver mis sesiones")
def sessions(caller: AnyCaller, session: PlatformSession) -> SessionList:
    """Los dispositivos en los que usted ha ingresado y que siguen abiertos."""
    items = [SessionAnswer.model_validate(found) for found in service.sessions_of(session, caller.user_id)]
    for item in items:
        item.current = item.session_id == caller.session_id
    return SessionList(items=items, total=len(items))


@router.delete("/sessions/{session_id}", status_code=204, summary="Cerrar una de mis sesiones")
def end_session(caller: AnyCaller, session: PlatformSession, session_id: UUID) -> None:
    """Desde ese momento, ese dispositivo debe ingresar de nuevo."""
    service.end_session(session, caller.user_id, session_id)


def _device(request: Request) -> service.Device:
    agent = request.headers.get("User-Agent", "").replace("\x00", "")[:200]
    return service.Device(agent or None, request.client.host if request.client else None)
