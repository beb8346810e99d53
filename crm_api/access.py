"""Which role may do what: the only place that says so."""

from enum import StrEnum


class Permission(StrEnum):
    """One kind of thing that a user may or may not do."""

    READ = "read"
    ASK_KULA = "ask_kula"
    EDIT_OWN = "edit_own"
    EDIT_ALL = "edit_all"
    RECORD_SALES = "record_sales"
    IMPORT = "import"
    EDIT_DASHBOARDS = "edit_dashboards"
    MANAGE_ORGANIZATION = "manage_organization"
    MANAGE_USERS = "manage_users"
    MANAGE_API_KEYS = "manage_api_keys"
    READ_AUDIT = "read_audit"
    MANAGE_WEBHOOKS = "manage_webhooks"


_VIEWER = frozenset({Permission.READ, Permission.ASK_KULA})
_SELLER = _VIEWER | {Permission.EDIT_OWN, Permission.RECORD_SALES, Permission.EDIT_DASHBOARDS}
_MANAGER = _SELLER | {Permission.EDIT_ALL, Permission.IMPORT}
_ADMIN = _MANAGER | {
    Permission.MANAGE_ORGANIZATION,
    Permission.MANAGE_USERS,
    Permission.MANAGE_API_KEYS,
    Permission.READ_AUDIT,
    Permission.MANAGE_WEBHOOKS,
}

ROLES: dict[str, frozenset[Permission]] = {
    "viewer": _VIEWER,
    "seller": _SELLER,
    "manager": _MANAGER,
    "admin": _ADMIN,
    "owner": _ADMIN,
}
"""Owner and admin differ in billing and in closing the organization, which have no endpoint."""


def allows(role: str, permission: Permission) -> bool:
    """Whether `role` may do it; an unknown role may do nothing."""
    return permission in ROLES.get(role, frozenset())


SCOPES = frozenset(Permission) - {Permission.MANAGE_USERS, Permission.MANAGE_API_KEYS}
"""What an API key can be given: never people, nor other keys."""

RANKS = {"viewer": 0, "seller": 1, "manager": 2, "admin": 3, "owner": 4}
"""The roles by how much they may do."""


def roles_with(permission: Permission) -> list[str]:
    """The roles that may do it, the highest first."""
    return [role for role in sorted(ROLES, key=lambda name: -RANKS[name]) if allows(role, permission)]
