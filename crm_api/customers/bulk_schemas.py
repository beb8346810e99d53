"""One change for many customers."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from crm_api.customers.filters import CustomerFilters
from crm_api.customers.schemas import Kind, Province, Status, Tags
from crm_api.schemas import Answer, JsonObject, Line, Schema

MAX_CUSTOMERS = 10_000


class BulkFilter(CustomerFilters):
    """The filters of the list, and what is searched for, without the answers to typing errors."""

    by_hand = CustomerFilters.by_hand | {"q"}

    q: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00]*$")] | None = None


class BulkValues(Schema):
    """What becomes of each customer. Null empties a field; what is not sent stays."""

    tags_add: Tags = Field(default_factory=list)
    tags_remove: Tags = Field(default_factory=list)
    owner_user_id: UUID | None = None
    status: Status | None = None
    kind: Kind | None = None
    province: Province | None = None
    source: Line | None = None
    custom_fields: JsonObject | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("Diga qué se cambia.")
        for name in ("status", "kind"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} no puede quedar vacío.")
        return self


class BulkRequest(Schema):
    """Which customers, by id or by filter, and what becomes of them."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=MAX_CUSTOMERS)] | None = None
    filter: BulkFilter | None = None
    set: BulkValues

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.ids is None) == (self.filter is None):
            raise ValueError("Mande ids o filter: uno de los dos.")
        return self


class BulkAnswer(Answer):
    """How many customers it was about, and how many of them were not so already."""

    matched: int
    changed: int
