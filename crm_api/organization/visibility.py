"""What a seller sees: all of the organization's customers and opportunities, or only their own."""

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from crm_api.access import Permission, allows
from crm_api.dependencies import Caller

SellersSee = Literal["all", "own"]


def visibility_in(values: Mapping[str, object]) -> SellersSee:
    """What an organization with these settings lets its sellers see; all unless it chose otherwise."""
    return "own" if values.get("sellers_see") == "own" else "all"


def seen_by(caller: Caller) -> UUID | None:
    """The user whose records alone the caller sees: their own id, where the organization says so; None: they see all.

    What belongs to nobody is seen by all. The role alone decides: an API key with fewer scopes changes less than its
    person, and sees what they see.
    """
    if allows(caller.role, Permission.EDIT_ALL) or not allows(caller.role, Permission.EDIT_OWN):
        # Viewers change nothing and own nothing: theirs is to read.
        return None
    return caller.user_id if visibility_in(caller.organization_settings) == "own" else None
