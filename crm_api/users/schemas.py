"""What changing people takes."""

from typing import Annotated

from pydantic import Field

from crm_api.auth.schemas import Name
from crm_api.invitations.schemas import Role
from crm_api.schemas import Schema


class UserChange(Schema):
    """What to change; the rest stays."""

    first_name: Annotated[Name, Field(min_length=1)] | None = None
    last_name: Name | None = None


class RoleChange(Schema):
    """The role to have."""

    role: Role
