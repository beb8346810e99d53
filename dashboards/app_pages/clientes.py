"""Clientes: the list, and one customer's card."""

from uuid import UUID

import streamlit as st

from dashboards import customer_card, customer_list
from dashboards.notices import empty_state
from pymeai.errors import NotFound


def chosen_customer() -> UUID | None:
    """The customer of the address, if it names one."""
    try:
        return UUID(st.query_params.get(customer_list.PARAMETER, ""))
    except ValueError:
        return None


customer_id = chosen_customer()
if customer_id is None:
    customer_list.show()
else:
    try:
        customer_card.show(customer_id)
    except NotFound:
        customer_card.back()
        empty_state(
            "person_search",
            "Ese cliente no está",
            "Puede que lo hayan borrado o unido con otro. Búsquelo en la lista.",
            key="customer",
        )
