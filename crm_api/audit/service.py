"""Who did what: the audit log with names and sentences."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.audit import repository
from crm_api.audit.schemas import AuditAnswer, AuditFilters
from crm_api.audit.sentences import sentence
from crm_api.dependencies import Caller
from crm_api.listing import ListRequest, fetch_slice
from crm_api.schemas import Page
from pymeai.database.tables.workspace import AuditLog
from pymeai.tenancy.sessions import platform_within

SORTABLE = {"created_at": AuditLog.created_at}


def list_audit(session: Session, caller: Caller, request: ListRequest, filters: AuditFilters) -> Page[AuditAnswer]:
    """One page of the log, the latest first unless told otherwise."""
    found = fetch_slice(
        session,
        repository.matching(filters),
        request,
        key=AuditLog.audit_id,
        sortable=SORTABLE,
        default_sort="-created_at",
    )
    things: dict[str, set[UUID]] = defaultdict(set)
    people: set[UUID] = set()
    for line in found.rows:
        if line.entity_id is not None:
            things[line.entity].add(line.entity_id)
        if line.user_id is not None:
            people.add(line.user_id)
    names = repository.entity_names(session, things)
    with platform_within(session, caller.tenant, caller.actor):
        people_names = repository.user_names(session, caller.tenant.organization_id, people | things.get("user", set()))
    items = [_answer(line, people_names, people_names | names) for line in found.rows]
    return Page(items=items, total=found.total, next_cursor=found.next_cursor)


def _answer(line: AuditLog, people: dict[UUID, str], names: dict[UUID, str]) -> AuditAnswer:
    who = people.get(line.user_id) if line.user_id else None
    name = (names.get(line.entity_id) if line.entity_id else None) or _said(line)
    return AuditAnswer(
        audit_id=line.audit_id,
        created_at=line.created_at,
        user_id=line.user_id,
        user_name=who,
        api_key_id=line.api_key_id,
        action=line.action,
        entity=line.entity,
        entity_id=line.entity_id,
        entity_name=name,
        summary=sentence(
            who,
            line.action,
            line.entity,
            name,
            line.after,
            by_key=line.api_key_id is not None,
            of_many=line.entity_id is None,
        ),
        before=line.before,
        after=line.after,
        request_id=line.request_id,
    )


def _said(line: AuditLog) -> str | None:
    """What the line itself calls a thing that is no longer there, or that has its name elsewhere."""
    said = (line.before or {}) | (line.after or {})
    return next((str(said[name]) for name in ("name", "title", "label", "email", "url") if said.get(name)), None)
