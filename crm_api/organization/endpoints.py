"""/api/organization, /api/templates, /api/onboarding."""

from typing import Annotated

from fastapi import Path, Response

from crm_api.dependencies import IfMatch, OrganizationManager, PlatformSession, Reader, TenantSession
from crm_api.idempotency import Once
from crm_api.organization import repository, service
from crm_api.organization.schemas import (
    OnboardingAnswer,
    OnboardingRequest,
    OrganizationAnswer,
    OrganizationChange,
    TemplateAnswer,
    TemplateList,
)
from crm_api.routing import answering, new_router

router = new_router("/api", tag="Organización", slow=True)


@router.get("/organization", summary="Ver la organización")
def get_organization(caller: Reader, session: PlatformSession, response: Response) -> OrganizationAnswer:
    """Su organización y su configuración: moneda, zona horaria, umbrales."""
    organization = repository.find(session, caller.tenant.organization_id)
    response.headers["ETag"] = service.etag(organization)
    return OrganizationAnswer.model_validate(organization)


@router.put("/organization", summary="Cambiar la organización")
def change_organization(
    caller: OrganizationManager,
    session: PlatformSession,
    body: OrganizationChange,
    response: Response,
    if_match: IfMatch = None,
) -> OrganizationAnswer:
    """Cambia lo que se envía; lo demás queda igual."""
    organization = service.change(session, caller, body, if_match)
    response.headers["ETag"] = service.etag(organization)
    return OrganizationAnswer.model_validate(organization)


@router.get("/templates", summary="Ver las plantillas por industria")
def list_templates() -> TemplateList:
    """Con qué empieza cada tipo de negocio. No hace falta haber ingresado."""
    items = service.templates()
    return TemplateList(items=items, total=len(items))


@router.get("/templates/{name}", summary="Ver una plantilla")
def get_template(name: Annotated[str, Path(max_length=63)]) -> TemplateAnswer:
    """Entera, con las consultas de sus widgets y alertas. No hace falta haber ingresado."""
    return service.template(name)


@router.post("/onboarding", summary="Aplicar una plantilla", responses=answering(404))
def onboard(
    caller: OrganizationManager, session: TenantSession, once: Once, body: OnboardingRequest
) -> OnboardingAnswer:
    """Agrega lo que la plantilla trae y a usted le falta; no cambia lo que ya tiene, aunque lo haya renombrado.

    Lo que usted archivó sigue archivado, y lo que borró, borrado. Aplicarla otra vez no agrega nada.
    """
    return once.run(body, OnboardingAnswer, lambda: service.onboard(session, caller, body))
