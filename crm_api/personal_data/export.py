"""All that is stored about one person, as JSON."""

from uuid import UUID

from sqlalchemy.orm import Session

from crm_api.customers.deleted import hold_remembered
from crm_api.dependencies import Caller
from crm_api.organization.repository import find as find_organization
from crm_api.personal_data.identifiers import identifiers_of, naming
from crm_api.personal_data.rows import person_of, read
from crm_api.personal_data.schemas import PersonalData
from pymeai.clock import utc_now
from pymeai.database.tables.workspace import AuditLog
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session

_TABLES = {
    "merged_customers": "select to_jsonb(c) - 'search_text' from customers c where c.customer_id = any (cast(:customers as uuid[])) "
    "and c.customer_id <> :customer_id order by c.customer_id",
    "interactions": "select to_jsonb(i) from interactions i where i.customer_id = any (cast(:customers as uuid[])) "
    "order by i.date_time, i.interaction_id",
    "opportunities": "select to_jsonb(o) from opportunities o where o.customer_id = any (cast(:customers as uuid[])) "
    "order by o.created_at, o.opportunity_id",
    "stage_history": "select to_jsonb(h) from stage_history h where h.opportunity_id = any (cast(:opportunities as uuid[])) "
    "order by h.changed_at, h.history_id",
    "sales": "select to_jsonb(s) from sales s where s.customer_id = any (cast(:customers as uuid[])) order by s.sold_at, s.sale_id",
    "imports": "select to_jsonb(c) || jsonb_build_object('file_name', i.file_name, 'imported_at', i.created_at) "
    "from import_changes c join imports i using (import_id) where c.row_id = any (cast(:keys as uuid[])) order by c.change_id",
    "merges": "select to_jsonb(m) from customer_merges m "
    "where m.kept_customer_id = any (cast(:customers as uuid[])) or m.merged_customer_id = any (cast(:customers as uuid[])) order by m.merge_id",
    "audit_log": "select to_jsonb(a) from audit_log a where a.entity_id = any (cast(:keys as uuid[])) order by a.created_at, a.audit_id",
}


def personal_data(session: Session, settings: Settings, caller: Caller, customer_id: UUID) -> PersonalData:
    """Everything about one customer, deleted or not; that it was read is in the audit log. Raises NotFound, Conflict."""
    hold_remembered(session, customer_id)
    person = person_of(session, customer_id)
    parameters = {
        "customer_id": customer_id,
        "customers": person.customers,
        "opportunities": person.opportunities,
        "keys": person.keys,
    }
    found = {name: read(session, statement, parameters) for name, statement in _TABLES.items()}
    customer = read(
        session, "select to_jsonb(c) - 'search_text' from customers c where c.customer_id = :customer_id", parameters
    )
    said = naming(session, identifiers_of(session, person))
    with platform_session(settings) as platform:
        organization = find_organization(platform, caller.tenant.organization_id).name
    session.add(
        AuditLog(
            user_id=caller.user_id,
            api_key_id=caller.api_key_id,
            request_id=caller.request_id,
            action="exported",
            entity="customer",
            entity_id=customer_id,
        )
    )
    return PersonalData(
        exported_at=utc_now(), organization=organization, customer=customer[0], questions_to_kula=said, **found
    )
