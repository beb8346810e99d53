"""API keys: made by an administrator, shown once, acting for who made them."""

from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.api_keys import repository
from crm_api.api_keys.schemas import NewApiKey
from crm_api.api_keys.tokens import SHOWN_CHARACTERS, hash_key, make_key
from crm_api.auth import audit
from crm_api.dependencies import Caller
from crm_api.listing import ListRequest, Slice, fetch_slice
from crm_api.organization.repository import hold
from crm_api.search import contains_words, folded
from pymeai.clock import utc_now
from pymeai.database.tables.platform import ApiKey
from pymeai.errors import Conflict, NotFound
from pymeai.tenancy.sessions import platform_within

SORTABLE = {"created_at": ApiKey.created_at, "name": ApiKey.name, "last_used_at": ApiKey.last_used_at}
MAX_KEYS = 100
"""Usable keys that an organization can have."""


def make(session: Session, caller: Caller, request: NewApiKey) -> tuple[ApiKey, str]:
    """A new key and its secret, which nothing keeps. `session` is the tenant's. Raises Conflict where there are too many."""
    secret = make_key()
    organization_id = caller.tenant.organization_id
    with platform_within(session, caller.tenant, caller.actor):
        # Counted under a lock: of many at once, each would find the place that one of them takes.
        hold(session, organization_id)
        if repository.count_usable(session, organization_id) >= MAX_KEYS:
            raise Conflict(f"Ya hay {MAX_KEYS} llaves de API. Revoque las que no use.", code="too_many_api_keys")
        key = repository.add(
            session,
            ApiKey(
                organization_id=organization_id,
                user_id=caller.user_id,
                name=request.name,
                prefix=secret[:SHOWN_CHARACTERS],
                key_hash=hash_key(secret),
                scopes=[scope.value for scope in request.scopes],
                expires_at=request.expires_at,
            ),
        )
        after = {"name": key.name, "scopes": key.scopes, "expires_at": key.expires_at and key.expires_at.isoformat()}
        audit.record(session, caller.tenant, caller.actor, "created", "api_key", key.api_key_id, after=after)
    return key, secret


def list_keys(session: Session, organization_id: UUID, request: ListRequest) -> Slice[ApiKey]:
    """One page of the organization's keys that nobody revoked."""
    statement = repository.living(organization_id)
    if request.q:
        statement = statement.where(*contains_words(folded([ApiKey.name, ApiKey.prefix]), request.q))
    key = ApiKey.api_key_id
    return fetch_slice(session, statement, request, key=key, sortable=SORTABLE, default_sort="-created_at")


def revoke(session: Session, caller: Caller, api_key_id: UUID) -> None:
    """End a key, from the next request on. Raises NotFound, for another organization's as well."""
    key = repository.find(session, caller.tenant.organization_id, api_key_id)
    if key is None:
        raise NotFound("No se encontró esa llave de API.")
    key.revoked_at = utc_now()
    before = {"name": key.name, "scopes": key.scopes}
    audit.record(session, caller.tenant, caller.actor, "revoked", "api_key", api_key_id, before=before)
