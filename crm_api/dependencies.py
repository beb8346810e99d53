"""What endpoints ask for: the settings, who calls, and one transaction, committed before the answer leaves (`routing`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from crm_api.access import SCOPES, Permission, allows
from crm_api.api_keys.repository import use_key
from crm_api.api_keys.tokens import hash_key, looks_like_key
from crm_api.auth.repository import find_caller
from crm_api.auth.tokens import read_access_token
from crm_api.listing import ListRequest, list_request
from crm_api.routing import in_callers_thread, keep
from pymeai.errors import Forbidden, Unauthorized
from pymeai.settings import Settings
from pymeai.tenancy.sessions import Actor, open_platform_session, open_tenant_session
from pymeai.tenancy.statements import platform_statements
from pymeai.tenancy.tenant import Tenant

bearer = HTTPBearer(
    auto_error=False, description="El access_token que da POST /api/auth/login, o una llave de API (pym_…)."
)
_CALLER = "pymeai.caller"


@dataclass(frozen=True)
class Caller:
    """Who makes this request, in which organization, and what their role is now.

    A person has signed in (`session_id`); a program has an API key (`api_key_id`), which acts for the person who made it,
    within `scopes`. `organization_settings` are those of this moment, read together with the role.
    """

    user_id: UUID
    session_id: UUID | None
    tenant: Tenant
    role: str
    organization_settings: Mapping[str, Any] = field(compare=False)
    request_id: str | None = None
    api_key_id: UUID | None = None
    scopes: frozenset[Permission] | None = None

    @property
    def actor(self) -> Actor:
        """The caller as the audit log names them."""
        return Actor(self.user_id, self.request_id, self.api_key_id)

    @property
    def currency(self) -> str:
        """The organization's currency, CRC or USD."""
        return str(self.organization_settings.get("currency") or "CRC")

    def may(self, permission: Permission) -> bool:
        """Whether the caller's role allows it, and the API key's scopes where there is one."""
        return allows(self.role, permission) and (self.scopes is None or permission in self.scopes)


# Async, as all here that waits for nothing: FastAPI hands a plain function to a thread, seven a request before.
async def application_settings(request: Request) -> Settings:
    """The settings that the application was made with."""
    settings: Settings = request.app.state.settings
    return settings


SettingsOf = Annotated[Settings, Depends(application_settings)]


async def caller_of(request: Request) -> Caller:
    """Who makes the request; asked once. Raises Unauthorized.

    Dependencies call this, and read the settings off the application: FastAPI solves what a dependency depends on anew for
    each that names it, a twentieth of a millisecond every time.
    """
    found: Caller | None = request.scope.get(_CALLER)
    if found is None:
        found = request.scope[_CALLER] = await _find_caller(request)
    return found


async def _find_caller(request: Request) -> Caller:
    credentials = await bearer(request)
    if credentials is None:
        raise Unauthorized("Ingrese con su correo y su contraseña.", code="not_signed_in")
    token = credentials.credentials
    found = _program if looks_like_key(token) else _signed_in
    caller = await in_callers_thread(found, request.app.state.settings, token, request.state.request_id)
    request.state.tenant, request.state.user = caller.tenant.schema, str(caller.user_id)
    return caller


def _signed_in(settings: Settings, token: str, request_id: str) -> Caller:
    claims = read_access_token(settings, token)
    with platform_statements(settings) as platform:
        found = find_caller(platform, claims.session_id, claims.user_id)
    if found is None:
        raise Unauthorized("Su sesión terminó. Ingrese de nuevo.", code="session_ended")
    return Caller(
        found.user_id,
        claims.session_id,
        Tenant(found.organization_id),
        found.role,
        found.organization_settings,
        request_id,
    )


def _program(settings: Settings, token: str, request_id: str) -> Caller:
    with platform_statements(settings) as platform:
        found = use_key(platform, hash_key(token))
    if found is None:
        raise Unauthorized("Esa llave de API no sirve: no existe, venció o fue revocada.", code="api_key_invalid")
    # A scope that the platform no longer knows, or no longer gives to keys, gives nothing.
    scopes = frozenset(scope for scope in SCOPES if scope in found.scopes)
    tenant = Tenant(found.organization_id)
    return Caller(
        found.user_id, None, tenant, found.role, found.organization_settings, request_id, found.api_key_id, scopes
    )


# What says in the OpenAPI that a token is needed.
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


async def _caller(request: Request, _credentials: Credentials) -> Caller:
    return await caller_of(request)


AnyCaller = Annotated[Caller, Depends(_caller)]
"""Somebody signed in or a program with an API key, whatever their role."""


async def in_person(caller: AnyCaller) -> Caller:
    """The dependency that lets pass who signed in, and no API key: accounts are not a program's business."""
    if caller.session_id is None:
        raise Forbidden("Con una llave de API no se puede hacer esto. Ingrese con su correo.", code="person_required")
    return caller


Person = Annotated[Caller, Depends(in_person)]
"""Somebody signed in, whatever their role; no API key."""


async def current_session(caller: Person) -> UUID:
    """The sign-in with which this call is made."""
    assert caller.session_id is not None
    return caller.session_id


CurrentSession = Annotated[UUID, Depends(current_session)]


class Requirement:
    """The dependency that lets a caller pass who may do `permission`, and raises Forbidden otherwise.

    An object and not a closure, so that the OpenAPI can say which permission an operation asks for.
    """

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self, request: Request, _credentials: Credentials) -> Caller:
        """The caller, who may do it."""
        caller = await caller_of(request)
        if not allows(caller.role, self.permission):
            raise Forbidden("Su rol no le permite hacer esto. Pídalo a quien administra la organización.")
        if not caller.may(self.permission):
            raise Forbidden("Esta llave de API no tiene permiso para esto.", code="scope_missing")
        return caller


def requires(permission: Permission) -> Requirement:
    """The dependency that asks for a permission."""
    return Requirement(permission)


Reader = Annotated[Caller, Depends(requires(Permission.READ))]
Asker = Annotated[Caller, Depends(requires(Permission.ASK_KULA))]
Editor = Annotated[Caller, Depends(requires(Permission.EDIT_OWN))]
Manager = Annotated[Caller, Depends(requires(Permission.EDIT_ALL))]
SalesRecorder = Annotated[Caller, Depends(requires(Permission.RECORD_SALES))]
Importer = Annotated[Caller, Depends(requires(Permission.IMPORT))]
DashboardEditor = Annotated[Caller, Depends(requires(Permission.EDIT_DASHBOARDS))]
OrganizationManager = Annotated[Caller, Depends(requires(Permission.MANAGE_ORGANIZATION))]
UserManager = Annotated[Caller, Depends(requires(Permission.MANAGE_USERS))]
ApiKeyManager = Annotated[Caller, Depends(requires(Permission.MANAGE_API_KEYS))]
AuditReader = Annotated[Caller, Depends(requires(Permission.READ_AUDIT))]
WebhookManager = Annotated[Caller, Depends(requires(Permission.MANAGE_WEBHOOKS))]


# Sessions connect with their first statement, which is the endpoint's: all that they do is done in its thread.
async def platform_session(request: Request) -> Session:
    """The dependency behind PlatformSession."""
    return keep(request, open_platform_session(request.app.state.settings))


async def tenant_session(request: Request) -> Session:
    """The dependency behind TenantSession."""
    caller = await caller_of(request)
    return keep(request, open_tenant_session(request.app.state.settings, caller.tenant, caller.actor))


PlatformSession = Annotated[Session, Depends(platform_session)]
TenantSession = Annotated[Session, Depends(tenant_session)]
Listing = Annotated[ListRequest, Depends(list_request)]
IfMatch = Annotated[str | None, Header(max_length=500, description="El ETag que usted leyó: si ya cambió, 412.")]
