"""Queries on interactions. The session's search_path says whose."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, Text, and_, literal_column, or_, select
from sqlalchemy.orm import Session

from crm_api.references import display_name, owned_by
from crm_api.search import matches_beside_customer
from pymeai.database.tables.indexes import INTERACTION_SEARCH
from pymeai.database.tables.tenant import Customer, Interaction, InteractionType, Opportunity

SEARCHED: ColumnElement[str] = literal_column(INTERACTION_SEARCH, Text)


def visible(own: UUID | None = None) -> Select[Interaction]:
    """All interactions with customers that are not deleted; for the user `own` only theirs and their customers'."""
    statement = select(Interaction).join(Customer, Customer.customer_id == Interaction.customer_id)
    statement = statement.where(Customer.deleted_at.is_(None))
    return statement if own is None else statement.where(or_(Interaction.user_id == own, _of(own)))


def _of(user_id: UUID) -> ColumnElement[bool]:
    return or_(Customer.owner_user_id == user_id, Customer.owner_user_id.is_(None))


def matches(query: str) -> list[ColumnElement[bool]]:
    """What makes an interaction be found: its type, notes, outcome or customer has every word."""
    return matches_beside_customer(Interaction.interaction_id, SEARCHED, Interaction.customer_id, query)


def responsible(user_id: UUID) -> ColumnElement[bool]:
    """Whose it is to follow up: who had the contact, or else whose customer it is."""
    return or_(Interaction.user_id == user_id, (Interaction.user_id.is_(None)) & (Customer.owner_user_id == user_id))


def find(session: Session, interaction_id: UUID, *, own: UUID | None = None, lock: bool = False) -> Interaction | None:
    """One interaction; held until the end of the transaction when it is to be changed."""
    statement = visible(own).where(Interaction.interaction_id == interaction_id)
    if lock:
        # What this session read before it had to wait is not what is there now.
        statement = statement.with_for_update(of=Interaction).execution_options(populate_existing=True)
    return session.execute(statement).scalar_one_or_none()


def customer_is_visible(session: Session, customer_id: UUID, own: UUID | None) -> bool:
    """Whether there is such a customer that the user may see."""
    statement = select(Customer.customer_id).where(Customer.customer_id == customer_id, Customer.deleted_at.is_(None))
    if own is not None:
        statement = statement.where(_of(own))
    return session.execute(statement).scalar_one_or_none() is not None


def types_in_use(session: Session) -> Sequence[InteractionType]:
    """The kinds of contact that are not archived, in the order of the screens."""
    order = (InteractionType.position, InteractionType.name)
    statement = select(InteractionType).where(InteractionType.archived_at.is_(None)).order_by(*order)
    return session.execute(statement).scalars().all()


def type_named(session: Session, name: str) -> InteractionType | None:
    """The kind of contact of exactly this name, archived or not."""
    return session.execute(select(InteractionType).where(InteractionType.name == name)).scalar_one_or_none()


def add(session: Session, interaction: Interaction) -> Interaction:
    """Store a new interaction and read back what the database filled in."""
    session.add(interaction)
    session.flush()
    session.refresh(interaction)
    return interaction


def beside(session: Session, interaction_ids: Collection[UUID], own: UUID | None) -> dict[UUID, RowMapping]:
    """Customer's name and telephone and opportunity's id and title of each, in one query.

    Without the opportunity where it is somebody else's and the user `own`, if any, sees only their own.
    """
    statement = (
        select(
            Interaction.interaction_id,
            display_name().label("customer_name"),
            Customer.phone.label("customer_phone"),
            Opportunity.opportunity_id,
            Opportunity.title.label("opportunity_title"),
        )
        .join(Customer, Customer.customer_id == Interaction.customer_id)
        .outerjoin(Opportunity, and_(Opportunity.opportunity_id == Interaction.opportunity_id, *owned_by(own)))
        .where(Interaction.interaction_id.in_(interaction_ids))
    )
    return {row["interaction_id"]: row for row in session.execute(statement).mappings()}
