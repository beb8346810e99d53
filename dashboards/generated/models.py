"""What the API takes and answers, as models. Written by `make client`: change the API, not this file."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict

from dashboards.api_wire import Part


class AcceptInvitationRequest(Part):
    """The token of the e-mail, who one is, and the password to set."""

    model_config = ConfigDict(
        extra="forbid",
    )
    token: str
    """El código del correo."""
    first_name: str
    last_name: str = ""
    password: str
    """8 caracteres o más, los que quiera; no una de las más comunes."""


class Acknowledgement(Part):
    """What was understood, and what happens next."""

    detail: str


class AlertAnswer(Part):
    """An alert. `last_state` is what its last run found, empty before the first."""

    alert_id: UUID
    name: str
    query: dict[str, Any]
    condition: dict[str, Any]
    schedule: Literal["daily", "weekly", "monthly"]
    channel: Literal["app", "email"]
    is_active: bool
    last_state: dict[str, Any]
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime


class ApiKeyAnswer(Part):
    """A key, without its secret."""

    api_key_id: UUID
    name: str
    prefix: str
    """Cómo empieza, para reconocerla."""
    scopes: list[str]
    user_id: UUID
    """La persona por la que actúa."""
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class ApiKeyMade(Part):
    """A key just made."""

    api_key_id: UUID
    name: str
    prefix: str
    """Cómo empieza, para reconocerla."""
    scopes: list[str]
    user_id: UUID
    """La persona por la que actúa."""
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    key: str | None = None
    """La llave entera. Se muestra solo esta vez: si se repite la solicitud con la misma Idempotency-Key, viene vacía."""


class AppliedThing(Part):
    """One thing of a template: what kind of thing, and the name that the template gives it."""

    kind: Literal["custom_field", "pipeline", "stage", "interaction_type", "dashboard", "alert"]
    name: str


class AuditAnswer(Part):
    """One line of the log.

    `summary` says it in Spanish. `before` and `after` have the columns that changed; both are empty for what was erased.
    `user_id` is null for what the platform did by itself.
    """

    audit_id: UUID
    created_at: datetime
    user_id: UUID | None
    user_name: str | None
    api_key_id: UUID | None
    action: str
    entity: str
    entity_id: UUID | None
    entity_name: str | None
    summary: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str | None


class BulkAnswer(Part):
    """How many customers it was about, and how many of them were not so already."""

    matched: int
    changed: int


class BulkFilter(Part):
    """The filters of the list, and what is searched for, without the answers to typing errors."""

    model_config = ConfigDict(
        extra="forbid",
    )
    customer_id: list[UUID] | None = None
    """Se puede repetir: cualquiera de ellos."""
    kind: list[Literal["person", "company"]] | None = None
    """Se puede repetir: cualquiera de ellos."""
    status: list[Literal["active", "inactive"]] | None = None
    """Se puede repetir: cualquiera de ellos."""
    segment: list[str] | None = None
    """Se puede repetir: cualquiera de ellos."""
    segment_empty: bool | None = None
    """Verdadero: solo los que no tienen este dato; falso: los que sí."""
    first_name: list[str] | None = None
    """Se puede repetir: cualquiera de ellos."""
    first_name_empty: bool | None = None
    """Verdadero: solo los que no tienen este dato; falso: los que sí."""
    last_name: list[str] | None = None
    """Se puede repetir: cualquiera de ellos."""
    last_name_empty: bool | None = None
    """Verdadero: solo los que no tienen este dato; falso: los que sí."""
    company_name: list[str] | None = None
    """Se puede repetir: cualquiera de ellos."""
    company_name_empty: bool | None = None
    """Verdadero: solo los que no tienen este dato; falso: los que sí."""
    identification_type: list[str] | None = None
    """Se puede repetir: cualquiera de ellos."""
    identification_number: list[str] | None = None
    """Se puede repetir: cualquiera de ellos."""
    identification_number_empty: bool | None = None
    """Verdadero: solo los que no tienen este dato; falso: los que sí."""
    email: list[str] | None = None
    """Se puede repetir: cualquiera de ellos."""
    email_empty: bool | None = None
    """Verdadero: solo los que no tienen este dato; falso: los que sí."""
    phone: list[str] | None = None
    """Se puede repetir: cualquiera de ellos."""
    phone_empty: bool | None = None
    """Verdadero: solo los que no tienen este dato; falso: los que sí."""
    phone_alt: list[str] | None = None
    """Se puede repetir: cualquiera de ellos."""
    phone_alt_empty: bool | None = None
    """Verdadero: solo los que no tienen este dato; falso: los que sí."""
    address_empty: bool | None = None
    """Verdadero: solo los que no tienen este dato; falso: los que sí."""
    province: list[str] | None = None
    """Se puede repetir: cualquiera de ellos."""
    province_empty: bool | None = None
    """Verdadero: solo los que no tienen este dato; falso: los que sí."""
    canton: list[str] | None = None
    """Se puede repetir: cualquiera de ellos."""
    canton_empty: bool | None = None
    """Verdadero: solo los que no tienen este dato; falso: los que sí."""
    district: list[str] | None = None
    """Se puede repetir: cualquiera de ellos."""
    district_empty: bool | None = None
    """Verdadero: solo los que no tienen este dato; falso: los que sí."""
    tags: list[str] | None = None
    """Se puede repetir: cualquiera de ellos."""
    tag: list[str] | None = None
    """Se puede repetir: cualquiera de ellos."""
    tags_all: list[str] | None = None
    """Se puede repetir: todas ellas."""
    tags_empty: bool | None = None
    """Verdadero: solo los que no tienen este dato; falso: los que sí."""
    owner_user_id: list[UUID] | None = None
    """Se puede repetir: cualquiera de ellos."""
    owner_user_id_empty: bool | None = None
    """Verdadero: solo los que no tienen este dato; falso: los que sí."""
    external_id: list[str] | None = None
    """Se puede repetir: cualquiera de ellos."""
    external_id_empty: bool | None = None
    """Verdadero: solo los que no tienen este dato; falso: los que sí."""
    source: list[str] | None = None
    """Se puede repetir: cualquiera de ellos."""
    source_empty: bool | None = None
    """Verdadero: solo los que no tienen este dato; falso: los que sí."""
    consent: list[Literal["whatsapp", "call", "sms", "email", "visit", "other"]] | None = None
    """Dieron su consentimiento para todos estos canales."""
    created_at_from: datetime | None = None
    """Desde este día (AAAA-MM-DD) o momento (ISO 8601), inclusive."""
    created_at_to: datetime | None = None
    """Hasta este día entero o este momento, inclusive."""
    updated_at_from: datetime | None = None
    """Desde este día (AAAA-MM-DD) o momento (ISO 8601), inclusive."""
    updated_at_to: datetime | None = None
    """Hasta este día entero o este momento, inclusive."""
    last_interaction_from: datetime | None = None
    """Desde este día (AAAA-MM-DD) o momento (ISO 8601), inclusive."""
    last_interaction_to: datetime | None = None
    """Hasta este día entero o este momento, inclusive."""
    last_interaction_empty: bool | None = None
    """Verdadero: solo los que no tienen este dato; falso: los que sí."""
    lifetime_value_from: Decimal | None = None
    """Un número, inclusive."""
    lifetime_value_to: Decimal | None = None
    """Un número, inclusive."""
    lifetime_value_empty: bool | None = None
    """Verdadero: solo los que no tienen este dato; falso: los que sí."""
    custom: list[str] | None = None
    """Filtro por un campo personalizado: `nombre_del_campo:operador:valor`, con los operadores eq, ne, gte, lte, contains y empty (`true` o `false`). Se puede repetir: deben cumplirse todos."""
    q: str | None = None


class BulkValues(Part):
    """What becomes of each customer. Null empties a field; what is not sent stays."""

    model_config = ConfigDict(
        extra="forbid",
    )
    tags_add: list[str] | None = None
    tags_remove: list[str] | None = None
    owner_user_id: UUID | None = None
    status: Literal["active", "inactive"] | None = None
    kind: Literal["person", "company"] | None = None
    province: str | None = None
    source: str | None = None
    custom_fields: dict[str, Any] | None = None


class BulkRequest(Part):
    """Which customers, by id or by filter, and what becomes of them."""

    model_config = ConfigDict(
        extra="forbid",
    )
    ids: list[UUID] | None = None
    filter: BulkFilter | None = None
    set: BulkValues


class CardAnswer(Part):
    """An opportunity as a card shows it; `etag` is what If-Match takes when it is moved or changed."""

    opportunity_id: UUID
    stage_id: UUID
    title: str
    customer_id: UUID | None
    customer_name: str | None
    user_id: UUID | None
    seller: str | None
    product: str | None
    value: Decimal
    currency: str
    status: Literal["open", "won", "lost"]
    effective_probability: Decimal
    weighted_value: Decimal
    board_position: Decimal
    expected_close_date: date | None
    next_step_at: datetime | None
    last_stage_change: datetime | None
    days_in_stage: int
    is_stalled: bool
    is_overdue: bool
    lost_reason: str | None
    etag: str


class BoardStage(Part):
    """A stage with its totals, in the organization's currency, and its first cards.

    `count` counts all cards that match; `without_rate` those whose amount is in neither total, since nobody knows their
    exchange rate.
    """

    stage_id: UUID
    pipeline_id: UUID
    name: str
    order: int
    color: str | None
    probability: Decimal
    expected_duration_days: int | None
    kind: Literal["open", "won", "lost"]
    suggested_activities: list[Any]
    archived_at: datetime | None
    count: int
    total_value: Decimal
    weighted_value: Decimal
    without_rate: int
    cards: list[CardAnswer]
    next_cursor: str | None


class BoardAnswer(Part):
    """A pipeline's stages in order."""

    pipeline_id: UUID
    name: str
    currency: str
    stages: list[BoardStage]


class CardPage(Part):
    """The next cards of one stage. `next_cursor` is null on the last page."""

    items: list[CardAnswer]
    next_cursor: str | None


class ChangeItem(Part):
    """A change of the customer's own data; what the columns were and what they became."""

    id: UUID
    at: datetime
    summary: str
    user_id: UUID | None
    user_name: str | None
    kind: Literal["change"]
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Chart(Part):
    """How to draw the rows: `x` and `series` name columns of the reply."""

    type: Literal["number", "bar", "line"]
    x: str | None = None
    series: list[str]
    title: str = ""


class Column(Part):
    """A column of a result. `values` says in Spanish what coded values mean."""

    name: str
    label: str
    kind: Literal["dimension", "time", "metric"]
    format: str
    values: dict[str, str]


class ColumnChoice(Part):
    """Where one column of the file goes: a target of GET /api/imports/targets, "ignore", or null while undecided."""

    model_config = ConfigDict(
        extra="forbid",
    )
    source: str
    target: str | None = None


class CommitAnswer(Part):
    """The import is in the queue; `run_id` is Dagster's run, null while another request is asking for it."""

    import_id: UUID
    status: str
    run_id: str | None


class Condition(Part):
    """What makes an alert fire.

    Without `comparison` the metric's own value is measured; with it, how much the value changed from the days compared
    with. `unit` percent measures that change in percent (20 is a fifth more), or a metric that is a ratio (25 is 0.25).
    `changes_by` has the change's direction in the sign of `value`: -20 fires when it fell by 20 or more.
    `period` moves with the days; the query's own time range is not used.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    op: Literal["gt", "gte", "lt", "lte", "changes_by"]
    value: float
    unit: Literal["absolute", "percent"] = "absolute"
    comparison: Literal["previous_period", "previous_year"] | None = None
    period: Literal[
        "yesterday",
        "last_7_days",
        "this_month",
        "last_month",
        "last_30_days",
        "last_90_days",
        "last_12_months",
        "this_year",
        "last_year",
        "last_3_years",
        "all",
    ] = "all"


class AlertFields(Part):
    """A whole alert. `query` is a MetricQuery of one metric; grouped, each of its rows is measured."""

    model_config = ConfigDict(
        extra="forbid",
    )
    name: str
    query: dict[str, Any]
    condition: Condition
    schedule: Literal["daily", "weekly", "monthly"] = "daily"
    channel: Literal["app", "email"] = "app"
    is_active: bool = True


class Consent(Part):
    """Whether the customer lets themselves be written to on one channel; `at` is now where it is not given."""

    model_config = ConfigDict(
        extra="forbid",
    )
    granted: bool
    at: datetime | None = None
    how: str | None = None


class ContactField(Part):
    """A field that contacts of this kind have. Its `name` comes from the label unless it is sent."""

    model_config = ConfigDict(
        extra="forbid",
    )
    name: str | None = None
    label: str
    type: Literal["text", "number", "date", "dropdown", "boolean", "money", "phone", "email", "url"] = "text"
    options: list[str] | None = None
    required: bool = False


class ConversationAnswer(Part):
    """A conversation of the caller's, by its first question."""

    conversation_id: UUID
    title: str
    messages: int
    started_at: datetime
    last_at: datetime


class ConversationList(Part):
    """The caller's latest conversations."""

    items: list[ConversationAnswer]
    total: int


class ConversionFigures(Part):
    """Opportunities by the day they were opened (`opened`) and closed (the rest). `win_rate` is won / (won + lost)."""

    opened: int
    won: int
    lost: int
    win_rate: Decimal | None
    won_value: Decimal
    lost_value: Decimal
    average_days_to_close: Decimal | None


class ConversionGroup(Part):
    """The figures of one pipeline, seller, source or product; the name is empty where nobody said."""

    opened: int
    won: int
    lost: int
    win_rate: Decimal | None
    won_value: Decimal
    lost_value: Decimal
    average_days_to_close: Decimal | None
    name: str | None


class ConversionMonth(Part):
    """The figures of one month, by its first day."""

    opened: int
    won: int
    lost: int
    win_rate: Decimal | None
    won_value: Decimal
    lost_value: Decimal
    average_days_to_close: Decimal | None
    month: date


class CountsAnswer(Part):
    """How many rows of the file become what, by entity."""

    rows: int
    rejected: int
    warnings: int
    duplicates: int
    inserted: dict[str, int]
    updated: dict[str, int]
    unchanged: dict[str, int]


class CustomFieldAnswer(Part):
    """A field that the organization added; `field_name` is its key in custom_fields."""

    field_id: UUID
    entity_type: Literal["customer", "opportunity", "interaction", "sale"]
    field_name: str
    label: str
    field_type: str
    is_required: bool
    options: list[Any]
    display_order: int
    section: str | None
    help_text: str | None
    default: str | None
    validation: dict[str, Any]
    archived_at: datetime | None = None


class CustomFieldDetail(Part):
    """One field, with how many records have a value in it."""

    field_id: UUID
    entity_type: Literal["customer", "opportunity", "interaction", "sale"]
    field_name: str
    label: str
    field_type: str
    is_required: bool
    options: list[Any]
    display_order: int
    section: str | None
    help_text: str | None
    default: str | None
    validation: dict[str, Any]
    archived_at: datetime | None = None
    values_count: int


class CustomFieldList(Part):
    """All fields."""

    items: list[CustomFieldAnswer]
    total: int


class CustomerAnswer(Part):
    """A customer. `segment`, `lifetime_value` and `last_interaction` are computed."""

    customer_id: UUID
    kind: Literal["person", "company"]
    first_name: str | None
    last_name: str | None
    company_name: str | None
    identification_type: str | None
    identification_number: str | None
    email: str | None
    phone: str | None
    phone_alt: str | None
    address: str | None
    province: str | None
    canton: str | None
    district: str | None
    tags: list[str]
    owner_user_id: UUID | None
    external_id: str | None
    consent: dict[str, Any]
    source: str | None
    custom_fields: dict[str, Any]
    status: Literal["active", "inactive"]
    created_at: datetime
    updated_at: datetime
    last_interaction: datetime | None
    segment: str | None
    lifetime_value: Decimal | None


class CustomerDetail(Part):
    """A customer with what the last segmentation said: sentences, and the flags en_riesgo, perdiendose, valioso."""

    customer_id: UUID
    kind: Literal["person", "company"]
    first_name: str | None
    last_name: str | None
    company_name: str | None
    identification_type: str | None
    identification_number: str | None
    email: str | None
    phone: str | None
    phone_alt: str | None
    address: str | None
    province: str | None
    canton: str | None
    district: str | None
    tags: list[str]
    owner_user_id: UUID | None
    external_id: str | None
    consent: dict[str, Any]
    source: str | None
    custom_fields: dict[str, Any]
    status: Literal["active", "inactive"]
    created_at: datetime
    updated_at: datetime
    last_interaction: datetime | None
    segment: str | None
    lifetime_value: Decimal | None
    segment_reasons: list[str]
    flags: list[str]


class CustomerFields(Part):
    """What may be said of a customer. Null empties a field; in a change, what is not sent stays."""

    model_config = ConfigDict(
        extra="forbid",
    )
    kind: Literal["person", "company"] | None = None
    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None
    identification_type: str | None = None
    identification_number: str | None = None
    email: str | None = None
    phone: str | None = None
    phone_alt: str | None = None
    address: str | None = None
    province: str | None = None
    canton: str | None = None
    district: str | None = None
    tags: list[str] | None = None
    owner_user_id: UUID | None = None
    external_id: str | None = None
    consent: dict[str, Consent | None] | None = None
    source: str | None = None
    custom_fields: dict[str, Any] | None = None
    status: Literal["active", "inactive"] | None = None


class DashboardAnswer(Part):
    """A board. `owner_user_id` is null for the one that the organization started with."""

    dashboard_id: UUID
    owner_user_id: UUID | None
    name: str
    widgets: list[dict[str, Any]]
    is_favorite: bool
    shared: bool
    created_at: datetime
    updated_at: datetime


class DashboardCopy(Part):
    """What the copy is called ("Copia de …" unless told) and whether colleagues see it."""

    model_config = ConfigDict(
        extra="forbid",
    )
    name: str | None = None
    shared: bool = False


class DeliveryAnswer(Part):
    """One event for one webhook. `delivery_id` is the header webhook-id, the same in every attempt."""

    delivery_id: UUID
    webhook_id: UUID
    event: str
    entity: str
    entity_id: UUID | None
    status: Literal["pending", "delivered", "failed"]
    attempts: int
    response_status: int | None
    last_error: str | None
    created_at: datetime
    next_attempt_at: datetime | None
    delivered_at: datetime | None


class DimensionAnswer(Part):
    """A dimension and the metrics that can be asked by it. `values` says what coded values mean."""

    name: str
    label: str
    description: str
    synonyms: list[str]
    type: Literal["categorical", "time"]
    format: str
    metrics: list[str]
    values: dict[str, str]


class DismissAnswer(Part):
    """How many pairs will not be proposed again."""

    dismissed: int


class DismissRequest(Part):
    """Customers that somebody looked at and that are not one."""

    model_config = ConfigDict(
        extra="forbid",
    )
    customer_ids: list[UUID]


class DuplicateGroup(Part):
    """Customers that may be one, the oldest first; why, and how sure that is (0 to 1)."""

    score: Decimal
    reasons: list[Literal["identification", "email", "phone", "name"]]
    customers: list[CustomerAnswer]


class DuplicatePage(Part):
    """Groups, the surest first. A page may be short or empty and have a next one: the search goes on there."""

    items: list[DuplicateGroup]
    next_cursor: str | None = None


class ErasureAnswer(Part):
    """What was erased: when, and in how many rows of each table."""

    customer_id: UUID
    erased_at: datetime
    rows: dict[str, int]


class ErasureRequest(Part):
    """An erasure cannot be undone: it has to be confirmed."""

    model_config = ConfigDict(
        extra="forbid",
    )
    confirm: Literal[True]


class Feedback(Part):
    """Whether an answer was right."""

    model_config = ConfigDict(
        extra="forbid",
    )
    feedback: Literal["up", "down"]


class FieldOrder(Part):
    """The fields in use of one entity, all of them, in the order of the screens."""

    model_config = ConfigDict(
        extra="forbid",
    )
    entity_type: Literal["customer", "opportunity", "interaction", "sale"]
    field_ids: list[UUID]


class FieldValidation(Part):
    """What a value must be: of numbers and amounts their range, of dates their days, of texts their length and form."""

    model_config = ConfigDict(
        extra="forbid",
    )
    min: Decimal | None = None
    max: Decimal | None = None
    pattern: str | None = None


class CustomFieldChange(Part):
    """What may change; what is not sent stays. `field_name` and `entity_type` never change.

    `rename_options` (old -> new) rewrites the values that are stored; `replace_options` (option to remove -> another
    one, or null to leave the value empty) says what becomes of the values of an option that goes.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    label: str | None = None
    field_type: Literal["text", "number", "date", "dropdown", "boolean", "money", "phone", "email", "url"] | None = None
    section: str | None = None
    is_required: bool | None = None
    options: list[str] | None = None
    rename_options: dict[str, str] | None = None
    replace_options: dict[str, str | None] | None = None
    help_text: str | None = None
    default: str | None = None
    validation: FieldValidation | None = None


class Filter(Part):
    """A condition on a dimension, or (in `metric_filters`) on a metric. `between` takes [least, most], both inclusive."""

    model_config = ConfigDict(
        extra="forbid",
    )
    field: str
    op: Literal["eq", "ne", "in", "not_in", "contains", "gt", "gte", "lt", "lte", "between", "is_null", "not_null"]
    value: bool | int | float | date | str | list[bool | int | float | date | str] | None = None


class FollowupAnswer(Part):
    """A follow-up to be done: whom to write to. `days_overdue` is 0 until its day has passed."""

    interaction_id: UUID
    customer_id: UUID
    customer_name: str | None
    opportunity_id: UUID | None
    opportunity_title: str | None
    user_id: UUID | None
    type: str
    direction: str | None
    channel: str | None
    date_time: datetime
    notes: str | None
    outcome: str | None
    followup_date: date | None
    followup_done_at: datetime | None
    external_id: str | None
    custom_fields: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    customer_phone: str | None
    days_overdue: int


class FollowupDone(Part):
    """How the follow-up went."""

    model_config = ConfigDict(
        extra="forbid",
    )
    outcome: str | None = None


class ForgotPasswordRequest(Part):
    """Whose password was forgotten."""

    model_config = ConfigDict(
        extra="forbid",
    )
    email: str


class FunnelStage(Part):
    """How many of the opportunities opened in the period got as far as this stage; `share` is of all of them."""

    stage_id: UUID
    stage: str
    kind: Literal["open", "won"]
    reached: int
    share: Decimal | None


class Funnel(Part):
    """One pipeline's funnel."""

    pipeline_id: UUID
    pipeline: str
    opened: int
    stages: list[FunnelStage]


class HelpAnswer(Part):
    """A page of help; `text` is Markdown."""

    name: str
    title: str
    text: str


class HistoryAnswer(Part):
    """A move into a stage.

    `time_in_stage` is in seconds, once the stage is left; `seconds_so_far` as well where it is an open one and the
    opportunity is still in it.
    """

    history_id: UUID
    stage_id: UUID
    stage_name: str
    stage_kind: Literal["open", "won", "lost"]
    from_stage_id: UUID | None
    from_stage_name: str | None
    user_id: UUID | None
    changed_at: datetime
    notes: str | None
    time_in_stage: int | None
    seconds_so_far: int | None


class HistoryList(Part):
    """All moves of an opportunity, the first first."""

    items: list[HistoryAnswer]
    total: int


class ImportAnswer(Part):
    """A file that somebody handed in, and what became of it.

    `status`: uploaded, ready, queued, running, done, failed or undone. `progress`: {"step", "done": 0 to 1}.
    `mapping`: {"columns": [{source, target, confidence, samples, reason}], "header", "notes", "sheet", "sheets", "rows",
    "encoding", "delimiter", "header_row"}; the last three say how the file was read, `header_row` counted from 1.
    """

    import_id: UUID
    file_name: str
    kind: Literal["customers", "sales", "opportunities", "interactions"]
    status: str
    mapping: dict[str, Any]
    options: dict[str, Any]
    counts: dict[str, Any]
    progress: dict[str, Any]
    error: str | None
    run_id: str | None
    created_by: UUID | None
    created_at: datetime
    queued_at: datetime | None
    finished_at: datetime | None
    undone_at: datetime | None


class ImportCreated(Part):
    """The new import, and what there is to say of its file: that it was imported before, which rows are no data."""

    id: UUID
    notices: list[str]


class ImportItem(Part):
    """A file that brought the customer (insert) or changed them (update)."""

    id: UUID
    at: datetime
    summary: str
    user_id: UUID | None
    user_name: str | None
    kind: Literal["import"]
    import_id: UUID
    file_name: str
    action: Literal["insert", "update"]


class InteractionAnswer(Part):
    """A contact with a customer. What a file brought has its own words in `type`, `direction` and `channel`."""

    interaction_id: UUID
    customer_id: UUID
    customer_name: str | None
    opportunity_id: UUID | None
    opportunity_title: str | None
    user_id: UUID | None
    type: str
    direction: str | None
    channel: str | None
    date_time: datetime
    notes: str | None
    outcome: str | None
    followup_date: date | None
    followup_done_at: datetime | None
    external_id: str | None
    custom_fields: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class InteractionFields(Part):
    """What may be said of a contact. Null empties a field; in a change, what is not sent stays.

    `type` is the name of one of the organization's interaction types; `custom_fields` takes the type's own fields and those
    of interactions. Without `followup_date` it is the type's number of days later; null: no follow-up.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    type: str | None = None
    direction: Literal["inbound", "outbound"] | None = None
    channel: Literal["whatsapp", "call", "email", "visit", "sinpe", "other"] | None = None
    date_time: datetime | None = None
    notes: str | None = None
    outcome: str | None = None
    followup_date: date | None = None
    opportunity_id: UUID | None = None
    user_id: UUID | None = None
    external_id: str | None = None
    custom_fields: dict[str, Any] | None = None


class InteractionItem(Part):
    """A contact."""

    id: UUID
    at: datetime
    summary: str
    user_id: UUID | None
    user_name: str | None
    kind: Literal["interaction"]
    type: str
    direction: str | None
    channel: str | None
    notes: str | None
    outcome: str | None
    followup_date: date | None
    followup_done_at: datetime | None
    opportunity_id: UUID | None


class InteractionTypeAnswer(Part):
    """A kind of contact, with what its notes start with and after how many days one follows up."""

    interaction_type_id: UUID
    name: str
    icon: str | None
    fields: list[dict[str, Any]]
    note_template: str | None
    followup_days: int | None
    position: int
    archived_at: datetime | None


class InteractionTypeChange(Part):
    """What may change; what is not sent stays. Another name is given to the contacts of this kind as well."""

    model_config = ConfigDict(
        extra="forbid",
    )
    name: str | None = None
    icon: str | None = None
    fields: list[ContactField] | None = None
    note_template: str | None = None
    followup_days: int | None = None


class InteractionTypeList(Part):
    """All kinds of contact."""

    items: list[InteractionTypeAnswer]
    total: int


class InteractionTypeOrder(Part):
    """The kinds in use, all of them, in the order of the screens."""

    model_config = ConfigDict(
        extra="forbid",
    )
    interaction_type_ids: list[UUID]


class InvitationAnswer(Part):
    """An invitation that nobody accepted yet."""

    invitation_id: UUID
    email: str
    role: str
    invited_by: UUID | None
    created_at: datetime
    expires_at: datetime


class InviteRequest(Part):
    """Whom to invite, and as what."""

    model_config = ConfigDict(
        extra="forbid",
    )
    email: str
    role: Literal["owner", "admin", "manager", "seller", "viewer"] = "seller"
    first_name: str = ""


class KulaQuestion(Part):
    """A question in Spanish. `today` stands in for the business day."""

    model_config = ConfigDict(
        extra="forbid",
    )
    question: str
    conversation_id: UUID | None = None
    today: date | None = None


class LoginRequest(Part):
    """E-mail and password."""

    model_config = ConfigDict(
        extra="forbid",
    )
    email: str
    password: str


class LogoutRequest(Part):
    """The bearer token says which sign-in ends; the refresh token may come along."""

    model_config = ConfigDict(
        extra="forbid",
    )
    refresh_token: str | None = None


class LostReason(Part):
    """Why opportunities were lost in the period; empty where nobody said."""

    reason: str | None
    opportunities: int
    value: Decimal


class MappingChange(Part):
    """What the user agreed to. Columns that are not named get no target."""

    model_config = ConfigDict(
        extra="forbid",
    )
    columns: list[ColumnChoice]
    options: dict[str, Any] | None = None


class MeasuredRow(Part):
    """One row of the query: its groups, the value, the value it is compared with, and whether it fires."""

    group: list[Any]
    value: Decimal | None
    previous: Decimal | None
    measured: Decimal | None
    fires: bool


class MergeItem(Part):
    """Another customer that was found to be this one; `undone_at` where it was not after all."""

    id: UUID
    at: datetime
    summary: str
    user_id: UUID | None
    user_name: str | None
    kind: Literal["merge"]
    merged_customer_id: UUID
    merged_name: str
    undone_at: datetime | None


class MergeRecord(Part):
    """One customer that became part of another: what changed, how much moved, and whether it was undone."""

    merge_id: UUID
    kept_customer_id: UUID
    merged_customer_id: UUID
    merged_name: str
    before: dict[str, Any]
    after: dict[str, Any]
    moved: dict[str, int]
    merged_by: UUID | None
    merged_at: datetime
    undone_by: UUID | None
    undone_at: datetime | None


class MergeAnswer(Part):
    """The customer as it is now, and one record for each that became part of it."""

    customer: CustomerAnswer
    merges: list[MergeRecord]


class MergeList(Part):
    """All merges into a customer, the latest first."""

    items: list[MergeRecord]
    total: int


class MergeRequest(Part):
    """Which customer stays, which ones become part of it, and whose value is taken where it is not the obvious one."""

    model_config = ConfigDict(
        extra="forbid",
    )
    keep: UUID
    merge: list[UUID]
    fields: dict[str, UUID] | None = None


class MessageAnswer(Part):
    """A question of a conversation and what was answered then."""

    message_id: UUID
    question: str
    answer: dict[str, Any]
    feedback: str | None
    created_at: datetime


class MessageList(Part):
    """A conversation from its beginning."""

    items: list[MessageAnswer]
    total: int


class MetricAnswer(Part):
    """A metric. `good` says which way is good news."""

    name: str
    label: str
    description: str
    synonyms: list[str]
    format: str
    good: Literal["up", "down"] | None


class CatalogueAnswer(Part):
    """All that a MetricQuery may name."""

    metrics: list[MetricAnswer]
    dimensions: list[DimensionAnswer]


class NewApiKey(Part):
    """A key to make."""

    model_config = ConfigDict(
        extra="forbid",
    )
    name: str
    """Para qué es: «Tienda en línea»."""
    scopes: list[
        Literal[
            "read",
            "ask_kula",
            "edit_own",
            "edit_all",
            "record_sales",
            "import",
            "edit_dashboards",
            "manage_organization",
            "manage_users",
            "manage_api_keys",
            "read_audit",
            "manage_webhooks",
        ]
    ]
    """Lo que puede hacer, siempre dentro de lo que usted puede."""
    expires_at: datetime | None = None
    """Hasta cuándo sirve; vacío: sin fecha."""


class NewCustomField(Part):
    """A field to add. Its `field_name` comes from the label unless it is sent."""

    model_config = ConfigDict(
        extra="forbid",
    )
    entity_type: Literal["customer", "opportunity", "interaction", "sale"]
    label: str
    field_type: Literal["text", "number", "date", "dropdown", "boolean", "money", "phone", "email", "url"] = "text"
    field_name: str | None = None
    section: str | None = None
    is_required: bool = False
    options: list[str] | None = None
    help_text: str | None = None
    default: str | None = None
    validation: FieldValidation | None = None


class NewInteractionType(Part):
    """A kind of contact to add. `icon` is a name of Material Symbols."""

    model_config = ConfigDict(
        extra="forbid",
    )
    name: str
    icon: str | None = None
    fields: list[ContactField] | None = None
    note_template: str | None = None
    followup_days: int | None = None


class OnboardingAnswer(Part):
    """What a template brought, and what was there already and stays as it is."""

    template: str
    label: str
    industry_type: str
    added: list[AppliedThing]
    already_there: list[AppliedThing]


class OnboardingRequest(Part):
    """An industry's template to add to what is there."""

    model_config = ConfigDict(
        extra="forbid",
    )
    template: str
    change_industry: bool = True
    """Pasar la organización a esa industria: sus umbrales son otros."""


class OpportunityAnswer(Part):
    """An opportunity. `status` follows its stage; percentages are from 0 to 100.

    `effective_probability` is 100 where it is won and 0 where it is lost; else `probability_override`, `probability` (the
    model's) or the stage's. `weighted_value` is in `currency`. `is_stalled`: open, in its stage for half as long again as
    the stage should take (a month where nobody said), and no next step to come. `sale_id` is its first sale.
    """

    opportunity_id: UUID
    pipeline_id: UUID
    stage_id: UUID
    stage_name: str
    customer_id: UUID | None
    customer_name: str | None
    user_id: UUID | None
    seller: str | None
    title: str
    value: Decimal
    currency: str
    exchange_rate: Decimal | None
    product: str | None
    status: Literal["open", "won", "lost"]
    board_position: Decimal
    lost_reason: str | None
    created_at: datetime
    updated_at: datetime
    last_stage_change: datetime | None
    expected_close_date: date | None
    won_at: datetime | None
    lost_at: datetime | None
    probability: Decimal | None
    probability_override: Decimal | None
    effective_probability: Decimal
    weighted_value: Decimal
    days_in_stage: int
    is_stalled: bool
    is_overdue: bool
    sale_id: UUID | None
    next_step_at: datetime | None
    description: str | None
    source: str | None
    external_id: str | None
    custom_fields: dict[str, Any]


class OpportunityFields(Part):
    """What may be said of an opportunity. Null empties a field; in a change, what is not sent stays.

    Without `exchange_rate` it is that of its day; null says that nobody knows it, and sums leave the opportunity out.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    title: str | None = None
    pipeline_id: UUID | None = None
    stage_id: UUID | None = None
    customer_id: UUID | None = None
    user_id: UUID | None = None
    value: Decimal | None = None
    currency: str | None = None
    exchange_rate: Decimal | None = None
    product: str | None = None
    expected_close_date: date | None = None
    probability_override: Decimal | None = None
    next_step_at: datetime | None = None
    description: str | None = None
    source: str | None = None
    external_id: str | None = None
    lost_reason: str | None = None
    custom_fields: dict[str, Any] | None = None


class Option(Part):
    """A button: what it says, and the question that it asks."""

    label: str
    question: str


class Order(Part):
    """A column of the result to sort by; empty cells come last."""

    model_config = ConfigDict(
        extra="forbid",
    )
    field: str
    descending: bool = True


class OrganizationAnswer(Part):
    """The caller's company."""

    organization_id: UUID
    name: str
    industry_type: str
    subscription_plan: str
    created_at: datetime
    active_until: datetime | None
    settings: dict[str, Any]


class OrganizationSummary(Part):
    """The company one signed in to."""

    organization_id: UUID
    name: str
    industry_type: str
    settings: dict[str, Any]


class PageAlertAnswer(Part):
    """PageAlertAnswer, as the API knows it."""

    items: list[AlertAnswer]
    total: int
    next_cursor: str | None = None


class PageApiKeyAnswer(Part):
    """PageApiKeyAnswer, as the API knows it."""

    items: list[ApiKeyAnswer]
    total: int
    next_cursor: str | None = None


class PageAuditAnswer(Part):
    """PageAuditAnswer, as the API knows it."""

    items: list[AuditAnswer]
    total: int
    next_cursor: str | None = None


class PageCustomerAnswer(Part):
    """PageCustomerAnswer, as the API knows it."""

    items: list[CustomerAnswer]
    total: int
    next_cursor: str | None = None


class PageDashboardAnswer(Part):
    """PageDashboardAnswer, as the API knows it."""

    items: list[DashboardAnswer]
    total: int
    next_cursor: str | None = None


class PageDeliveryAnswer(Part):
    """PageDeliveryAnswer, as the API knows it."""

    items: list[DeliveryAnswer]
    total: int
    next_cursor: str | None = None


class PageFollowupAnswer(Part):
    """PageFollowupAnswer, as the API knows it."""

    items: list[FollowupAnswer]
    total: int
    next_cursor: str | None = None


class PageImportAnswer(Part):
    """PageImportAnswer, as the API knows it."""

    items: list[ImportAnswer]
    total: int
    next_cursor: str | None = None


class PageInteractionAnswer(Part):
    """PageInteractionAnswer, as the API knows it."""

    items: list[InteractionAnswer]
    total: int
    next_cursor: str | None = None


class PageInvitationAnswer(Part):
    """PageInvitationAnswer, as the API knows it."""

    items: list[InvitationAnswer]
    total: int
    next_cursor: str | None = None


class PageOpportunityAnswer(Part):
    """PageOpportunityAnswer, as the API knows it."""

    items: list[OpportunityAnswer]
    total: int
    next_cursor: str | None = None


class PasswordChange(Part):
    """The password that one has, and the one that one wants."""

    model_config = ConfigDict(
        extra="forbid",
    )
    current_password: str
    new_password: str
    """8 caracteres o más, los que quiera; no una de las más comunes."""


class PersonalData(Part):
    """All that is stored about one customer, table by table; `exported_at` is when it was read."""

    exported_at: datetime
    organization: str
    customer: dict[str, Any]
    merged_customers: list[dict[str, Any]]
    interactions: list[dict[str, Any]]
    opportunities: list[dict[str, Any]]
    stage_history: list[dict[str, Any]]
    sales: list[dict[str, Any]]
    imports: list[dict[str, Any]]
    merges: list[dict[str, Any]]
    questions_to_kula: list[dict[str, Any]]
    audit_log: list[dict[str, Any]]


class PipelineFields(Part):
    """What may be said of a pipeline; in a change, what is not sent stays."""

    model_config = ConfigDict(
        extra="forbid",
    )
    name: str | None = None
    description: str | None = None


class PipelineOrder(Part):
    """All pipelines in use, in their new order."""

    model_config = ConfigDict(
        extra="forbid",
    )
    pipeline_ids: list[UUID]


class ProblemAnswer(Part):
    """What is wrong with one cell. `row_number` 1 is the first row below the header."""

    row_number: int
    column: str | None
    value: str | None
    code: str
    message: str
    suggestion: str | None


class ReadingAnswer(Part):
    """How a column's text was read; `question` asks where another reading was possible."""

    column: str
    reading: str
    ambiguous: bool
    question: str | None
    alternatives: list[str]


class Reason(Part):
    """Why to write to somebody, in Spanish, and what it is about."""

    kind: Literal["followup_due", "next_step_due", "losing", "at_risk", "stalled"]
    text: str
    opportunity_id: UUID | None = None
    interaction_id: UUID | None = None


class Recommendation(Part):
    """A customer to write to today, with the strongest reason first.

    `whatsapp` opens a chat with `message` written; it is empty without a phone number and where the customer said no to
    WhatsApp. `value` is what is open with them, or what they have bought, in colones.
    """

    customer_id: UUID
    name: str
    phone: str | None
    whatsapp: str | None
    message: str
    reasons: list[Reason]
    priority: int
    owner_user_id: UUID | None
    lifetime_value: Decimal | None


class RecommendationList(Part):
    """Whom to write to today, the most urgent first. `total` counts all that there are."""

    items: list[Recommendation]
    total: int
    today: date


class RefreshRequest(Part):
    """The refresh token of the last answer."""

    model_config = ConfigDict(
        extra="forbid",
    )
    refresh_token: str


class RegisterRequest(Part):
    """A company and the person who owns it."""

    model_config = ConfigDict(
        extra="forbid",
    )
    organization_name: str
    industry_type: str = "general"
    """Un nombre de GET /api/templates."""
    currency: str = "CRC"
    email: str
    password: str
    """8 caracteres o más, los que quiera; no una de las más comunes."""
    first_name: str = ""
    last_name: str = ""


class RejectedRowAnswer(Part):
    """A row that does not go in, and why."""

    row_number: int
    original: dict[str, str | None]
    reasons: list[ProblemAnswer]


class DryRunAnswer(Part):
    """What a commit would do, with every problem at once."""

    counts: CountsAnswer
    rejected: list[RejectedRowAnswer]
    warnings: list[ProblemAnswer]
    readings: list[ReadingAnswer]
    proposals: list[dict[str, Any]]
    notes: list[str]
    truncated: bool = False


class ReplyColumn(Part):
    """A column of the rows: `kind` is dimension, time or metric; `format` is money, integer, percent, text, date and so on."""

    name: str
    label: str
    kind: Literal["dimension", "time", "metric"]
    format: str


class KulaAnswer(Part):
    """An answer, a question back, a refusal or a help topic. `rows` are in the order of `columns`."""

    kind: Literal["answer", "clarify", "refuse", "help"]
    understood: str
    assumptions: list[str]
    columns: list[ReplyColumn]
    rows: list[list[Any]]
    chart: Chart | None
    text: str
    options: list[Option]
    followups: list[str]
    sql: str | None
    engine: Literal["offline", "openai"]
    currency: str | None
    reason: str | None
    query: dict[str, Any] | None
    data_as_of: datetime | None
    message_id: UUID
    conversation_id: UUID


class ResetPasswordRequest(Part):
    """The token of the e-mail, and the password to set."""

    model_config = ConfigDict(
        extra="forbid",
    )
    token: str
    """El código del correo."""
    password: str
    """8 caracteres o más, los que quiera; no una de las más comunes."""


class RoleChange(Part):
    """The role to have."""

    model_config = ConfigDict(
        extra="forbid",
    )
    role: Literal["owner", "admin", "manager", "seller", "viewer"]


class SaleAnswer(Part):
    """A document. `exchange_rate` is how many colones one unit of `currency` was on its day."""

    sale_id: UUID
    customer_id: UUID | None
    customer_name: str | None = None
    opportunity_id: UUID | None
    user_id: UUID | None
    sold_at: datetime
    amount: Decimal
    tax: Decimal
    currency: str
    exchange_rate: Decimal | None
    document_type: Literal["invoice", "ticket", "credit_note", "debit_note", "other"]
    external_key: str | None
    payment_method: str | None
    source: str | None
    seller: str | None
    channel: str | None
    custom_fields: dict[str, Any]
    lines: list[dict[str, Any]]
    created_at: datetime
    updated_at: datetime


class PageSaleAnswer(Part):
    """PageSaleAnswer, as the API knows it."""

    items: list[SaleAnswer]
    total: int
    next_cursor: str | None = None


class SaleItem(Part):
    """A document. The amount is positive on a credit note too."""

    id: UUID
    at: datetime
    summary: str
    user_id: UUID | None
    user_name: str | None
    kind: Literal["sale"]
    amount: Decimal
    currency: str
    document_type: str
    external_key: str | None
    channel: str | None
    opportunity_id: UUID | None


class SaleLineFields(Part):
    """One line of a document: net of tax. Without `total`, it is quantity by price less discount."""

    model_config = ConfigDict(
        extra="forbid",
    )
    code: str | None = None
    description: str | None = None
    category: str | None = None
    quantity: Decimal = Decimal(1)
    unit_price: Decimal | None = None
    discount: Decimal | None = None
    cost: Decimal | None = None
    total: Decimal | None = None


class SaleChange(Part):
    """What changes of a document; what is not sent stays. New lines without an amount give their sum."""

    model_config = ConfigDict(
        extra="forbid",
    )
    customer_id: UUID | None = None
    opportunity_id: UUID | None = None
    user_id: UUID | None = None
    sold_at: datetime | None = None
    amount: Decimal | None = None
    tax: Decimal | None = None
    currency: str | None = None
    exchange_rate: Decimal | None = None
    document_type: Literal["invoice", "ticket", "credit_note", "debit_note", "other"] | None = None
    external_key: str | None = None
    payment_method: str | None = None
    source: str | None = None
    seller: str | None = None
    channel: str | None = None
    custom_fields: dict[str, Any] | None = None
    lines: list[SaleLineFields] | None = None


class SaleFields(Part):
    """A document. `amount` is positive and net of tax; a credit note is subtracted wherever sales are added up.

    Without `exchange_rate` it is that of its day; null says that nobody knows it, and sums leave the sale out.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    customer_id: UUID | None = None
    opportunity_id: UUID | None = None
    user_id: UUID | None = None
    sold_at: datetime
    amount: Decimal | None = None
    tax: Decimal = Decimal(0)
    currency: str | None = None
    exchange_rate: Decimal | None = None
    document_type: Literal["invoice", "ticket", "credit_note", "debit_note", "other"] = "invoice"
    external_key: str | None = None
    payment_method: str | None = None
    source: str | None = None
    seller: str | None = None
    channel: str | None = None
    custom_fields: dict[str, Any] | None = None
    lines: list[SaleLineFields] | None = None


class SaleOfWin(Part):
    """What is known of the sale when an opportunity is won; what is not sent is the opportunity's."""

    model_config = ConfigDict(
        extra="forbid",
    )
    sold_at: datetime | None = None
    amount: Decimal | None = None
    tax: Decimal | None = None
    currency: str | None = None
    exchange_rate: Decimal | None = None
    document_type: Literal["invoice", "ticket", "debit_note", "other"] = "other"
    external_key: str | None = None
    payment_method: str | None = None
    channel: str | None = None
    custom_fields: dict[str, Any] | None = None
    lines: list[SaleLineFields] | None = None


class SegmentCount(Part):
    """How many customers have a segment; null: not computed yet."""

    segment: str | None
    customers: int


class SegmentFigures(Part):
    """A segment: its customers as they are now, and what they bought in the period. Shares are ratios (0.25)."""

    segment: str | None
    label: str
    customers: int
    customers_share: Decimal | None
    at_risk: int
    being_lost: int
    valuable: int
    net_sales: Decimal
    net_sales_share: Decimal | None
    sales_count: int
    average_ticket: Decimal | None


class SegmentList(Part):
    """All segments that some customer has."""

    items: list[SegmentCount]
    total: int


class SegmentMonth(Part):
    """How many customers each segment had when the month was last computed."""

    month: date
    customers: dict[str, int]


class SessionAnswer(Part):
    """One sign-in on one device."""

    session_id: UUID
    device: str | None
    ip: str | None
    created_at: datetime
    last_seen: datetime
    expires_at: datetime
    current: bool = False


class SessionList(Part):
    """All live sign-ins of the caller."""

    items: list[SessionAnswer]
    total: int


class SheetChoice(Part):
    """Which sheet of a workbook is meant."""

    model_config = ConfigDict(
        extra="forbid",
    )
    sheet: str


class StageAnswer(Part):
    """A step of a pipeline; `probability` is a percentage."""

    stage_id: UUID
    pipeline_id: UUID
    name: str
    order: int
    color: str | None
    probability: Decimal
    expected_duration_days: int | None
    kind: Literal["open", "won", "lost"]
    suggested_activities: list[Any]
    archived_at: datetime | None


class PipelineAnswer(Part):
    """A way in which opportunities are won, with its stages in order."""

    pipeline_id: UUID
    name: str
    description: str | None
    order: int
    is_active: bool
    created_at: datetime
    stages: list[StageAnswer]


class PipelineList(Part):
    """All pipelines."""

    items: list[PipelineAnswer]
    total: int


class StageFields(Part):
    """What may be said of a stage; in a change, what is not sent stays.

    The probability of a won stage is 100 and that of a lost one 0, whatever is sent.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    name: str | None = None
    color: str | None = None
    probability: Decimal | None = None
    expected_duration_days: int | None = None
    kind: Literal["open", "won", "lost"] | None = None
    suggested_activities: list[str] | None = None


class PipelineCreation(Part):
    """A new pipeline. Without stages it gets those of the general template."""

    model_config = ConfigDict(
        extra="forbid",
    )
    name: str | None = None
    description: str | None = None
    stages: list[StageFields] | None = None


class StageFigures(Part):
    """A stage: what is in it now, and what passed through it in the period.

    `advanced` went on to a later stage or were won from here, `returned` went back, `lost` were lost from here.
    `advance_rate` is advanced / (advanced + lost). `median_days` is of those that left in the period.
    """

    stage_id: UUID
    stage: str
    kind: Literal["open", "won", "lost"]
    color: str | None
    open_opportunities: int
    open_value: Decimal
    weighted_value: Decimal
    stalled_opportunities: int
    entered: int
    advanced: int
    returned: int
    lost: int
    advance_rate: Decimal | None
    median_days: Decimal | None
    expected_days: int | None


class PipelineFigures(Part):
    """A pipeline with its stages in their order; the sums are of what is open now."""

    pipeline_id: UUID
    pipeline: str
    open_opportunities: int
    open_value: Decimal
    weighted_value: Decimal
    stalled_opportunities: int
    stages: list[StageFigures]


class StageItem(Part):
    """An opportunity that came into a stage; without `from_stage` it was created there."""

    id: UUID
    at: datetime
    summary: str
    user_id: UUID | None
    user_name: str | None
    kind: Literal["stage"]
    opportunity_id: UUID
    title: str
    from_stage: str | None
    stage: str
    stage_kind: str
    notes: str | None


class PageAnnotatedUnionInteractionItemStageItemSaleItemImportItemChangeItemMergeItemFieldInfoAnnotationNoneTypeRequiredTrueDiscriminatorKind(
    Part
):
    """PageAnnotatedUnionInteractionItemStageItemSaleItemImportItemChangeItemMergeItemFieldInfoAnnotationNoneTypeRequiredTrueDiscriminatorKind, as the API knows it."""

    items: list[InteractionItem | StageItem | SaleItem | ImportItem | ChangeItem | MergeItem]
    total: int
    next_cursor: str | None = None


class StageList(Part):
    """All stages of one pipeline, in order."""

    items: list[StageAnswer]
    total: int


class StageMove(Part):
    """Where an opportunity goes: its stage, and its place there.

    The place is `board_position`, or beside another card (`after_id`: below it; `before_id`: above it); without any of them
    it goes on top of another stage, and stays where it is in its own. `lost_reason` is required where it is lost. Where it
    is won, `sale` completes the sale that is written, or `false` leaves it out, and `value` is what it was won for.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    stage_id: UUID
    lost_reason: str | None = None
    notes: str | None = None
    board_position: float | None = None
    after_id: UUID | None = None
    before_id: UUID | None = None
    value: Decimal | None = None
    sale: SaleOfWin | bool | None = None


class StageOrder(Part):
    """All stages in use of one pipeline, in their new order."""

    model_config = ConfigDict(
        extra="forbid",
    )
    stage_ids: list[UUID]


class TargetAnswer(Part):
    """A place that a column can go to. `required`: without it nothing can be imported."""

    name: str
    label: str
    group: str
    required: bool


class TargetList(Part):
    """All places for one kind of import."""

    items: list[TargetAnswer]
    total: int


class TemplateAlert(Part):
    """An alert, and when it fires."""

    name: str
    schedule: str
    query: dict[str, Any] | None = None
    condition: dict[str, Any] | None = None


class TemplateField(Part):
    """A custom field of a template, or a field of one of its kinds of contact."""

    name: str
    label: str
    type: str
    required: bool
    options: list[str]


class TemplateContact(Part):
    """A kind of contact, with what its notes start with and after how many days one follows up."""

    name: str
    icon: str
    note: str | None
    followup_days: int | None
    fields: list[TemplateField]


class TemplateSection(Part):
    """Custom fields that stand together on the card of an entity."""

    entity: str
    section: str
    fields: list[TemplateField]


class TemplateStage(Part):
    """A stage of a template's pipeline, with its probability in percent and what to do in it."""

    name: str
    color: str
    probability: int
    kind: str
    expected_days: int | None
    activities: list[str]


class TemplateWidget(Part):
    """A widget of the first board and its place in the grid of 12 columns; `query` in GET /api/templates/{name} alone."""

    id: str
    title: str
    chart: str
    period: str
    x: int
    y: int
    w: int
    h: int
    query: dict[str, Any] | None = None


class TemplateAnswer(Part):
    """What an industry starts with, enough to show it before choosing."""

    name: str
    label: str
    description: str
    inactivity_days: int
    pipeline: str
    sections: list[TemplateSection]
    stages: list[TemplateStage]
    interaction_types: list[TemplateContact]
    dashboard: str
    widgets: list[TemplateWidget]
    alerts: list[TemplateAlert]


class TemplateList(Part):
    """All templates."""

    items: list[TemplateAnswer]
    total: int


class ThresholdsChange(Part):
    """The limits that segments go by. Null goes back to the industry's own; what is not sent stays."""

    model_config = ConfigDict(
        extra="forbid",
    )
    inactivity_days: int | None = None
    new_days: int | None = None
    frequent_purchases: int | None = None
    frequency_window_days: int | None = None
    at_risk_ratio: float | None = None
    losing_ratio: float | None = None
    valuable_quantile: float | None = None


class SettingsChange(Part):
    """What may change; what is not sent stays."""

    model_config = ConfigDict(
        extra="forbid",
    )
    currency: str | None = None
    time_zone: str | None = None
    thresholds: ThresholdsChange | None = None
    sellers_see: Literal["all", "own"] | None = None
    """Qué ven los vendedores: todo (all), o lo suyo y lo que no es de nadie (own)."""


class OrganizationChange(Part):
    """What may change; what is not sent stays."""

    model_config = ConfigDict(
        extra="forbid",
    )
    name: str | None = None
    settings: SettingsChange | None = None


class TimeRange(Part):
    """Days, both inclusive."""

    model_config = ConfigDict(
        extra="forbid",
    )
    start: date
    end: date


class AlertEvaluation(Part):
    """What an alert finds now. `text` is what it would say; `rows` that fire come first.

    `unit` is of `measured`: the metric's own (absolute) or percent.
    """

    fires: bool
    text: str
    value: Decimal | None
    previous: Decimal | None
    measured: Decimal | None
    unit: Literal["absolute", "percent"]
    rows: list[MeasuredRow]
    time_range: TimeRange | None
    previous_range: TimeRange | None
    currency: str
    data_as_of: datetime | None


class ConversionAnalysis(Part):
    """From opened to won. `previous` has the figures of the days compared with, where there are such days."""

    totals: ConversionFigures
    previous: ConversionFigures | None
    by: Literal["pipeline", "seller", "source", "product"]
    groups: list[ConversionGroup]
    months: list[ConversionMonth]
    lost_reasons: list[LostReason]
    funnels: list[Funnel]
    time_range: TimeRange | None
    previous_range: TimeRange | None
    currency: str
    data_as_of: datetime | None


class MetricQuery(Part):
    """A question to the marts.

    `group_by` names dimensions; a dimension of time may carry its grain ("customer__since_on__month"), and
    "metric_time" takes `grain` (month unless told). `comparison` needs `time_range` and adds "<metric>__previous" and
    "<metric>__change" (a ratio: 0.25 is a quarter more); `share_of_total` adds "<metric>__share".
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    metrics: list[str]
    group_by: list[str] | None = None
    filters: list[Filter] | None = None
    metric_filters: list[Filter] | None = None
    time_range: TimeRange | None = None
    grain: Literal["day", "week", "month", "quarter", "year"] | None = None
    comparison: Literal["previous_period", "previous_year"] | None = None
    share_of_total: bool = False
    order: list[Order] | None = None
    limit: int | None = None


class MetricResult(Part):
    """Rows in the order of `columns`: text, whole numbers, floats, booleans, dates (the first day of a longer grain).

    `truncated`: there is more than the limit let through. `previous_range`: the days compared with.
    """

    columns: list[Column]
    rows: list[list[Any]]
    sql: str
    data_as_of: datetime | None
    currency: str
    truncated: bool
    previous_range: TimeRange | None = None


class PipelinePerformance(Part):
    """How the pipelines do."""

    items: list[PipelineFigures]
    time_range: TimeRange | None
    currency: str
    data_as_of: datetime | None


class SegmentAnalysis(Part):
    """All segments, the largest first, and how they were month by month."""

    items: list[SegmentFigures]
    customers: int
    history: list[SegmentMonth]
    time_range: TimeRange | None
    currency: str
    data_as_of: datetime | None


class Tokens(Part):
    """`expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"
    expires_in: int


class UndoAnswer(Part):
    """The two customers as they are again."""

    kept: CustomerAnswer
    restored: CustomerAnswer


class UserAnswer(Part):
    """A person of the organization."""

    user_id: UUID
    email: str
    first_name: str
    last_name: str
    role: str
    is_active: bool
    last_login: datetime | None


class LoginAnswer(Part):
    """The tokens, and who and where one is."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"
    expires_in: int
    user: UserAnswer
    organization: OrganizationSummary


class PageUserAnswer(Part):
    """PageUserAnswer, as the API knows it."""

    items: list[UserAnswer]
    total: int
    next_cursor: str | None = None


class UserChange(Part):
    """What to change; the rest stays."""

    model_config = ConfigDict(
        extra="forbid",
    )
    first_name: str | None = None
    last_name: str | None = None


class WebhookAnswer(Part):
    """A webhook, without its secret."""

    webhook_id: UUID
    url: str
    events: list[str]
    description: str | None
    is_active: bool
    secret_version: int
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime


class PageWebhookAnswer(Part):
    """PageWebhookAnswer, as the API knows it."""

    items: list[WebhookAnswer]
    total: int
    next_cursor: str | None = None


class WebhookFields(Part):
    """A whole webhook. `events` names what it is told of; "*" is everything."""

    model_config = ConfigDict(
        extra="forbid",
    )
    url: str
    events: list[
        Literal[
            "*",
            "customer.created",
            "customer.updated",
            "customer.deleted",
            "opportunity.created",
            "opportunity.updated",
            "opportunity.deleted",
            "interaction.created",
            "interaction.updated",
            "interaction.deleted",
            "sale.created",
            "sale.updated",
            "sale.deleted",
            "custom_field.created",
            "custom_field.updated",
            "custom_field.deleted",
            "interaction_type.created",
            "interaction_type.updated",
            "interaction_type.deleted",
            "pipeline.created",
            "pipeline.updated",
            "pipeline.deleted",
            "stage.created",
            "stage.updated",
            "stage.deleted",
            "dashboard.created",
            "dashboard.updated",
            "dashboard.deleted",
            "alert.created",
            "alert.updated",
            "alert.deleted",
            "customer.restored",
            "opportunity.restored",
            "opportunity.won",
            "opportunity.lost",
            "opportunity.reopened",
        ]
    ]
    description: str | None = None
    is_active: bool = True


class WebhookWithSecret(Part):
    """A webhook and its secret, which is shown this once: keep it where the receiver finds it."""

    webhook_id: UUID
    url: str
    events: list[str]
    description: str | None
    is_active: bool
    secret_version: int
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime
    secret: str


class WidgetFields(Part):
    """A widget as it comes in: its query is checked to be a MetricQuery when it is stored."""

    model_config = ConfigDict(
        extra="forbid",
    )
    id: str
    title: str
    chart: Literal["kpi", "line", "bar", "horizontal_bar", "donut", "table"]
    period: Literal[
        "this_month",
        "last_month",
        "last_30_days",
        "last_90_days",
        "last_12_months",
        "this_year",
        "last_year",
        "last_3_years",
        "all",
    ] = "all"
    query: dict[str, Any]
    x: int = 0
    y: int = 0
    w: int
    h: int


class DashboardFields(Part):
    """A whole board."""

    model_config = ConfigDict(
        extra="forbid",
    )
    name: str
    widgets: list[WidgetFields] | None = None
    is_favorite: bool = False
    shared: bool = True


class WidgetResult(Part):
    """A widget with its figures, or with what went wrong in Spanish."""

    id: str
    title: str
    chart: str
    period: str
    time_range: TimeRange | None
    query: dict[str, Any]
    result: MetricResult | None
    problem: str | None


class DashboardResult(Part):
    """The board that opens first, with the figures of all its widgets."""

    dashboard_id: UUID
    name: str
    widgets: list[WidgetResult]
