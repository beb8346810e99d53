"""What the list of customers can be filtered by."""

from collections.abc import Callable
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AfterValidator, Field
from sqlalchemy import ColumnElement, literal, literal_column
from sqlalchemy.orm import Session

from crm_api.columns import Folded
from crm_api.custom_fields.filters import custom_conditions
from crm_api.customers.schemas import Channel, Kind, Province, Status
from crm_api.filtering import Amount, AnyOf, Column, ColumnFilters, Custom, Empty, Since, Text, Until, Words, conditions
from pymeai.costa_rica.identification import parse_identification
from pymeai.costa_rica.phones import parse_phone
from pymeai.database.tables.tenant import Customer


def _as_stored(parse: Callable[[str], str]) -> Callable[[str], str]:
    """How a filter reads what is stored in one form; what cannot be read is looked for as it is, and not found."""

    def read(text: str) -> str:
        try:
            return parse(text)
        except ValueError:
            return text

    return read


Phone = Annotated[Text, AfterValidator(_as_stored(parse_phone))]
Identification = Annotated[Text, AfterValidator(_as_stored(lambda text: parse_identification(text, None).number))]


class CustomerFilters(ColumnFilters):
    """Filters of the list of customers."""

    by_hand: ClassVar[frozenset[str]] = frozenset({"custom", "tags_all", "consent", "consent_empty"})

    customer_id: AnyOf[UUID] = ()
    kind: AnyOf[Kind] = ()
    status: AnyOf[Status] = ()
    segment: AnyOf[Text] = ()
    segment_empty: Empty = None
    first_name: AnyOf[Text] = ()
    first_name_empty: Empty = None
    last_name: AnyOf[Text] = ()
    last_name_empty: Empty = None
    company_name: AnyOf[Text] = ()
    company_name_empty: Empty = None
    identification_type: AnyOf[Text] = ()
    identification_type_empty: Empty = None
    identification_number: AnyOf[Identification] = ()
    identification_number_empty: Empty = None
    email: AnyOf[Text] = ()
    email_empty: Empty = None
    phone: AnyOf[Phone] = ()
    phone_empty: Empty = None
    phone_alt: AnyOf[Phone] = ()
    phone_alt_empty: Empty = None
    address: Words = None
    address_empty: Empty = None
    province: AnyOf[Province] = ()
    province_empty: Empty = None
    canton: AnyOf[Text] = ()
    canton_empty: Empty = None
    district: AnyOf[Text] = ()
    district_empty: Empty = None
    tags: AnyOf[Text] = ()
    tag: AnyOf[Text] = ()
    tags_all: Annotated[tuple[Text, ...], Field(max_length=50, description="Se puede repetir: todas ellas.")] = ()
    tags_empty: Empty = None
    owner_user_id: AnyOf[UUID] = ()
    owner_user_id_empty: Empty = None
    external_id: AnyOf[Text] = ()
    external_id_empty: Empty = None
    source: AnyOf[Text] = ()
    source_empty: Empty = None
    consent: Annotated[
        tuple[Channel, ...], Field(max_length=10, description="Dieron su consentimiento para todos estos canales.")
    ] = ()
    consent_empty: Empty = None
    created_at_from: Since = None
    created_at_to: Until = None
    updated_at_from: Since = None
    updated_at_to: Until = None
    last_interaction_from: Since = None
    last_interaction_to: Until = None
    last_interaction_empty: Empty = None
    lifetime_value_from: Amount = None
    lifetime_value_to: Amount = None
    lifetime_value_empty: Empty = None
    custom: Custom = ()


NAMES = ("first_name", "last_name", "company_name")
COLUMNS: dict[str, Column] = (
    {column.key: getattr(Customer, column.key) for column in Customer.__table__.columns}
    | {name: Folded(getattr(Customer, name)) for name in NAMES}
    | {"tag": Customer.tags}
)


def customer_conditions(session: Session, filters: CustomerFilters) -> list[ColumnElement[bool]]:
    """What the filters ask of a customer. Raises Invalid for a filter on a custom field that cannot be."""
    found = conditions(filters, COLUMNS)
    if filters.tags_all:
        found.append(Customer.tags.contains(list(filters.tags_all)))
    if filters.consent or filters.consent_empty is False:
        # The index has those alone that gave any; to the letter, since a parameter proves nothing to the planner.
        found.append(Customer.consent != literal_column("'{}'::jsonb"))
    if filters.consent_empty:
        found.append(Customer.consent == literal({}, Customer.consent.type))
    found += [
        Customer.consent.contains(literal({channel: {"granted": True}}, Customer.consent.type))
        for channel in filters.consent
    ]
    return found + custom_conditions(session, "customer", Customer.custom_fields, filters.custom)
