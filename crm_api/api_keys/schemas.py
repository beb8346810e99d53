"""What API keys take and give."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from crm_api.access import SCOPES, Permission
from crm_api.schemas import Answer, Line, Moment, Schema


def _grantable(scopes: list[Permission]) -> list[Permission]:
    refused = [scope.value for scope in scopes if scope not in SCOPES]
    if refused:
        raise ValueError(f"Una llave de API no puede tener: {', '.join(refused)}.")
    return sorted(set(scopes))


def _in_future(moment: datetime) -> datetime:
    if moment <= datetime.now(UTC):
        raise ValueError("Debe ser una fecha futura.")
    return moment


class NewApiKey(Schema):
    """A key to make."""

    name: Annotated[Line, Field(max_length=100, description="Para qué es: «Tienda en línea».")]
    scopes: Annotated[
        list[Permission],
        Field(min_length=1, max_length=50, description="Lo que puede hacer, siempre dentro de lo que usted puede."),
        AfterValidator(_grantable),
    ]
    expires_at: Annotated[
        Annotated[Moment, AfterValidator(_in_future)] | None, Field(description="Hasta cuándo sirve; vacío: sin fecha.")
    ] = None


class ApiKeyAnswer(Answer):
    """A key, without its secret."""

    api_key_id: UUID
    name: str
    prefix: Annotated[str, Field(description="Cómo empieza, para reconocerla.")]
    scopes: list[str]
    user_id: Annotated[UUID, Field(description="La persona por la que actúa.")]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class ApiKeyMade(ApiKeyAnswer):
    """A key just made."""

    key: Annotated[
        str | None,
        Field(
            description="La llave entera. Se muestra solo esta vez: si se repite la solicitud con la misma "
            "Idempotency-Key, viene vacía."
        ),
    ] = None
