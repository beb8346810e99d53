"""What changing people takes."""

from typing import Annotated

from pydantic import Field

from crm_api.auth.schemas import Name
from crm_api.filtering import AnyOf, ColumnFilters
from crm_api.invitations.schemas import Role
from crm_api.schemas import Schema


class UserFilters(ColumnFilters):
    """Which people of the organization."""

    role: AnyOf[Role] = ()
    is_active: Annotated[bool | None, Field(description="Falso: solo las desactivadas.")] = None


class UserChange(Schema):
    """What to change; the rest stays."""

    first_name: Annotated[Name, Field(min_length=1)] | None = None
    last_name: Name | None = None


class RoleChange(Schema):
    """The role to have."""

    role: Role
