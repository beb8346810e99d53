"""The indexes of customers, opportunities, interactions and sales: what their lists search, sort and filter by.

docs/lists.md says which orders and filters have none, and why.
"""

from sqlalchemy import Index, TextClause, text

CUSTOMER_SEARCH = (
    "platform.customer_text(first_name, last_name, company_name, email::text, "
    "phone, phone_alt, identification_number, external_id)"
)
"""All that a customer is searched by, folded: what customers.search_text keeps."""
OPPORTUNITY_SEARCH = "platform.opportunity_text(title, product, seller)"
INTERACTION_SEARCH = "platform.interaction_text(type, notes, outcome)"
SALE_SEARCH = "platform.sale_text(external_key, seller, channel)"
LIVING = "deleted_at is null"


def customer_indexes() -> tuple[Index, ...]:
    """The indexes of the table customers."""
    return (
        Index(
            "customers_identification_key",
            "identification_number",
            unique=True,
            postgresql_where=text("deleted_at is null"),
        ),
        Index(
            "customers_external_id_key",
            "external_id",
            unique=True,
            postgresql_where=text("deleted_at is null"),
        ),
        Index("customers_phone_idx", "phone"),
        Index("customers_email_idx", "email"),
        _ordered("customers", "created_at", "customer_id", where=LIVING, empty=False),
        _ordered("customers", "updated_at", "customer_id", where=LIVING, empty=False),
        _ordered("customers", "lifetime_value", "customer_id", where=LIVING),
        _ordered("customers", "last_interaction", "customer_id", where=LIVING),
        _ordered("customers", "owner_user_id", "customer_id", where=LIVING),
        _ordered("customers", "first_name", "customer_id", folded=True, where=LIVING),
        _ordered("customers", "last_name", "customer_id", folded=True, where=LIVING),
        _ordered("customers", "company_name", "customer_id", folded=True, where=LIVING),
        _ordered("customers", "canton", "district", where=LIVING, empty=False),
        Index("customers_phone_alt_idx", "phone_alt", postgresql_where=text("phone_alt is not null")),
        Index(
            "customers_consent_idx",
            text("consent jsonb_path_ops"),
            postgresql_using="gin",
            postgresql_where=text("consent <> '{}'::jsonb"),
        ),
        Index("customers_segment_idx", "segment", "created_at"),
        Index("customers_search_idx", text("search_text gin_trgm_ops"), postgresql_using="gin"),
        Index("customers_custom_fields_idx", "custom_fields", "tags", postgresql_using="gin"),
    )


def opportunity_indexes() -> tuple[Index, ...]:
    """The indexes of the table opportunities."""
    return (
        # The order of a stage's cards on the board, to the last tie: a page is read without sorting the stage.
        Index("opportunities_stage_id_idx", "stage_id", "board_position", "opportunity_id"),
        Index("opportunities_customer_id_idx", "customer_id"),
        Index(
            "opportunities_external_id_key",
            "external_id",
            unique=True,
            postgresql_where=text("deleted_at is null"),
        ),
        _ordered("opportunities", "created_at", "opportunity_id", where=LIVING, empty=False),
        _ordered("opportunities", "updated_at", "opportunity_id", where=LIVING, empty=False),
        _ordered("opportunities", "value", "opportunity_id", where=LIVING, empty=False),
        _ordered("opportunities", "title", "opportunity_id", folded=True, where=LIVING, empty=False),
        _ordered("opportunities", "product", "opportunity_id", folded=True, where=LIVING),
        _ordered("opportunities", "seller", "opportunity_id", folded=True, where=LIVING),
        _ordered("opportunities", "expected_close_date", "opportunity_id", where=LIVING),
        _ordered("opportunities", "next_step_at", "opportunity_id", where=LIVING),
        _ordered("opportunities", "last_stage_change", "opportunity_id", where=LIVING),
        _ordered("opportunities", "won_at", "opportunity_id", where=LIVING),
        _ordered("opportunities", "lost_at", "opportunity_id", where=LIVING),
        Index("opportunities_user_id_idx", "user_id", "status"),
        Index("opportunities_search_idx", text(f"{OPPORTUNITY_SEARCH} gin_trgm_ops"), postgresql_using="gin"),
        Index("opportunities_custom_fields_idx", "custom_fields", postgresql_using="gin"),
    )


def interaction_indexes() -> tuple[Index, ...]:
    """The indexes of the table interactions."""
    return (
        Index("interactions_customer_id_idx", "customer_id", "date_time"),
        _ordered("interactions", "date_time", "interaction_id", empty=False),
        _ordered("interactions", "created_at", "interaction_id", empty=False),
        _ordered("interactions", "updated_at", "interaction_id", empty=False),
        _ordered("interactions", "user_id", "date_time"),
        Index(
            "interactions_followup_order_idx",
            "followup_date",
            "interaction_id",
            postgresql_where=text("followup_date is not null"),
        ),
        Index(
            "interactions_followup_done_at_idx",
            "followup_done_at",
            postgresql_where=text("followup_done_at is not null"),
        ),
        Index("interactions_search_idx", text(f"{INTERACTION_SEARCH} gin_trgm_ops"), postgresql_using="gin"),
        Index("interactions_custom_fields_idx", "custom_fields", postgresql_using="gin"),
        Index(
            "interactions_followup_date_idx",
            "followup_date",
            postgresql_where=text("followup_done_at is null"),
        ),
        Index("interactions_opportunity_id_idx", "opportunity_id", postgresql_where=text("opportunity_id is not null")),
    )


def sale_indexes() -> tuple[Index, ...]:
    """The indexes of the table sales."""
    return (
        Index("sales_external_key_key", "external_key", unique=True),
        Index("sales_customer_id_idx", "customer_id", "sold_at"),
        _ordered("sales", "sold_at", "sale_id", empty=False),
        _ordered("sales", "amount", "sale_id", empty=False),
        _ordered("sales", "created_at", "sale_id", empty=False),
        _ordered("sales", "updated_at", "sale_id", empty=False),
        _ordered("sales", "user_id", "sold_at"),
        _ordered("sales", "seller", "sale_id", folded=True),
        Index("sales_search_idx", text(f"{SALE_SEARCH} gin_trgm_ops"), postgresql_using="gin"),
        Index("sales_custom_fields_idx", "custom_fields", postgresql_using="gin"),
        Index("sales_opportunity_id_idx", "opportunity_id", postgresql_where=text("opportunity_id is not null")),
    )


def _folded(column: str) -> TextClause:
    """The column as crm_api.columns.Folded sorts and compares it. C: no new version of a library makes its order wrong."""
    return text(f'(platform.fold({column}) collate "C")')


def _ordered(
    table: str, column: str, then: str, *, folded: bool = False, where: str | None = None, empty: bool = True
) -> Index:
    """The index of a list's order, to the last tie, and of the column's filters.

    `empty` leaves out rows without the value: they come last, by the key.
    """
    conditions = [*([where] if where else []), *([f"{column} is not null"] if empty else [])]
    return Index(
        f"{table}_{column}_idx",
        _folded(column) if folded else column,
        then,
        postgresql_where=text(" and ".join(conditions)) if conditions else None,
    )
