"""What endpoints ask for: the settings, who calls, and one transaction, committed before the answer leaves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from crm_api.access import Permission, allows
from crm_api.auth.repository import find_caller
from crm_api.auth.tokens import read_access_token
from crm_api.listing import ListRequest, list_request
from pymeai.errors import Forbidden, Unauthorized
from pymeai.settings import Settings
from pymeai.tenancy.sessions import Actor, platform_session, tenant_session
from pymeai.tenancy.tenant import Tenant

_bearer = HTTPBearer(auto_error=False, description="El access_token que da POST /api/auth/login.")


@dataclass(frozen=True)
class Caller:
    """Who makes this request, in which organization, and what their role is now."""

    user_id: UUID
    session_id: UUID
    tenant: Tenant
    role: str
    request_id: str | None = None
    api_key_id: UUID | None = None

    @property
    def actor(self) -> Actor:
        """The caller as the audit log names them."""
        return Actor(self.user_id, self.request_id, self.api_key_id)

    def may(self, permission: Permission) -> bool:
        """Whether the caller's role allows it."""
        return allows(self.role, permission)


def application_settings(request: Request) -> Settings:
    """The settings that the application was made with."""
    settings: Settings = request.app.state.settings
    return settings


SettingsOf = Annotated[Settings, Depends(application_settings)]


def _caller(
    request: Request,
    settings: SettingsOf,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Caller:
    if credentials is None:
        raise Unauthorized("Ingrese con su correo y su contraseña.", code="not_signed_in")
    claims = read_access_token(settings, credentials.credentials)
    with platform_session(settings) as session:
        found = find_caller(session, claims.session_id, claims.user_id)
    if found is None:
        raise Unauthorized("Su sesión terminó. Ingrese de nuevo.", code="session_ended")
    caller = Caller(
        found.user_id, claims.session_id, Tenant(found.organization_id), found.role, request.state.request_id
    )
    request.state.tenant = caller.tenant.schema
    return caller


AnyCaller = Annotated[Caller, Depends(_caller)]
"""Somebody signed in, whatever their role."""


def requires(permission: Permission) -> Callable[[Caller], Caller]:
    """The dependency that lets a caller pass whose role allows `permission`, and raises Forbidden otherwise."""

    def check(caller: AnyCaller) -> Caller:
        if not caller.may(permission):
            raise Forbidden("Su rol no le permite hacer esto. Pídalo a quien administra la organización.")
        return caller

    return check


Reader = Annotated[Caller, Depends(requires(Permission.READ))]
Asker = Annotated[Caller, Depends(requires(Permission.ASK_KULA))]
Editor = Annotated[Caller, Depends(requires(Permission.EDIT_OWN))]
SalesRecorder = Annotated[Caller, Depends(requires(Permission.RECORD_SALES))]
Importer = Annotated[Caller, Depends(requires(Permission.IMPORT))]
DashboardEditor = Annotated[Caller, Depends(requires(Permission.EDIT_DASHBOARDS))]
OrganizationManager = Annotated[Caller, Depends(requires(Permission.MANAGE_ORGANIZATION))]


def _platform(settings: SettingsOf) -> Iterator[Session]:
    with platform_session(settings) as session:
        yield session


def _tenant(settings: SettingsOf, caller: AnyCaller) -> Iterator[Session]:
    with tenant_session(settings, caller.tenant, actor=caller.actor) as session:
        yield session


# scope="function": the transaction commits before the answer is sent, so that what is acknowledged is there.
PlatformSession = Annotated[Session, Depends(_platform, scope="function")]
TenantSession = Annotated[Session, Depends(_tenant, scope="function")]
Listing = Annotated[ListRequest, Depends(list_request)]
IfMatch = Annotated[str | None, Header(max_length=500, description="El ETag que usted leyó: si ya cambió, 412.")]
