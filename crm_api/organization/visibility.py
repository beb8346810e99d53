"""What a seller sees: all of the organization's customers and opportunities, or only their own."""

from typing import Literal
from uuid import UUID

from crm_api.access import Permission
from crm_api.dependencies import Caller
from crm_api.organization import repository
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session
from pymeai.tenancy.tenant import Tenant

SellersSee = Literal["all", "own"]


def visibility(settings: Settings, tenant: Tenant) -> SellersSee:
    """What the organization lets its sellers see; all unless it chose otherwise."""
    with platform_session(settings) as session:
        return visibility_in(repository.find(session, tenant.organization_id).settings)


def visibility_in(values: dict[str, object]) -> SellersSee:
    """The same, of an organization's settings that were read already."""
    return "own" if values.get("sellers_see") == "own" else "all"


def seen_by(settings: Settings, caller: Caller) -> UUID | None:
    """The user whose records alone the caller sees: their own id, where the organization says so; None: they see all.

    What belongs to nobody is seen by all.
    """
    if caller.may(Permission.EDIT_ALL) or not caller.may(Permission.EDIT_OWN):
        # Viewers change nothing and own nothing: theirs is to read.
        return None
    return caller.user_id if visibility(settings, caller.tenant) == "own" else None
