"""The catalogue of what a column can be: the targets of each kind of import, by entity."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal, get_args

from ingest.model import IGNORE, Kind

Entity = Literal["customer", "sale", "line", "opportunity", "interaction"]
ENTITIES: tuple[Entity, ...] = get_args(Entity)

TargetType = Literal[
    "text",
    "date",
    "datetime",
    "money",
    "number",
    "integer",
    "percent",
    "boolean",
    "identification",
    "phone",
    "email",
    "list",
    "tags",
]

CUSTOM_ENTITIES: tuple[Entity, ...] = ("customer", "sale", "opportunity", "interaction")
"""Entities that a tenant can add fields to; a line of a sale is not one."""


@dataclass(frozen=True)
class Target:
    """One home for a column.

    `joined_with` is set where several columns may share the target (first and second surname): their texts are joined
    with it, in the order of the columns; None: one column at most. `choices` maps each value that the database takes to
    its Spanish label, where only those are taken; a `list` without choices is open (stages, sellers). `custom_field`
    names the custom field in which a target without a column of its own is kept. `identifying` says that a cell that
    cannot be read rejects its row, since a row without it could become somebody else's.
    """

    name: str
    type: TargetType
    label: str
    joined_with: str | None = None
    choices: tuple[tuple[str, str], ...] = ()
    custom_field: str | None = None
    identifying: bool = False

    @property
    def entity(self) -> Entity:
        """The entity before the dot."""
        return entity_of(self.name)

    @property
    def field(self) -> str:
        """The field after the dot."""
        return self.name.partition(".")[2]

    @property
    def repeats(self) -> bool:
        """Whether several columns may be mapped to it."""
        return self.joined_with is not None


DOCUMENT_TYPES = (
    ("invoice", "Factura"),
    ("ticket", "Tiquete"),
    ("credit_note", "Nota de crédito"),
    ("debit_note", "Nota de débito"),
    ("other", "Otro"),
)
IDENTIFICATION_TYPES = (
    ("01", "Cédula física"),
    ("02", "Cédula jurídica"),
    ("03", "DIMEX"),
    ("04", "NITE"),
    ("05", "Extranjero no domiciliado"),
    ("06", "No contribuyente"),
)
CURRENCIES = (("CRC", "Colones"), ("USD", "Dólares"))

_TARGETS: tuple[Target, ...] = (
    Target("customer.external_id", "text", "Código de cliente", identifying=True),
    Target("customer.name", "text", "Nombre completo o empresa"),
    Target("customer.first_name", "text", "Nombre", joined_with=" "),
    Target("customer.last_name", "text", "Apellidos", joined_with=" "),
    Target("customer.company_name", "text", "Empresa"),
    Target(
        "customer.kind",
        "list",
        "Persona o empresa",
        choices=(("person", "Persona"), ("company", "Empresa")),
    ),
    Target(
        "customer.identification",
        "identification",
        "Cédula o identificación",
        identifying=True,
    ),
    Target(
        "customer.identification_type",
        "list",
        "Tipo de identificación",
        choices=IDENTIFICATION_TYPES,
    ),
    Target("customer.email", "email", "Correo electrónico"),
    Target("customer.phone", "phone", "Teléfono"),
    Target("customer.phone_alt", "phone", "Otro teléfono"),
    Target("customer.address", "text", "Dirección", joined_with=", "),
    Target("customer.province", "list", "Provincia"),
    Target("customer.canton", "list", "Cantón"),
    Target("customer.district", "list", "Distrito"),
    Target("customer.city", "text", "Ciudad", custom_field="ciudad"),
    Target("customer.country", "text", "País", custom_field="pais"),
    Target("customer.tags", "tags", "Etiquetas", joined_with=","),
    Target("customer.source", "list", "Origen del cliente"),
    Target(
        "customer.status",
        "list",
        "Estado del cliente",
        choices=(("active", "Activo"), ("inactive", "Inactivo")),
    ),
    Target("customer.created_at", "datetime", "Cliente desde"),
    Target("sale.external_key", "text", "Número de documento", identifying=True),
    Target("sale.sold_at", "datetime", "Fecha de la venta"),
    Target("sale.amount", "money", "Monto sin impuesto"),
    Target("sale.tax", "money", "Impuesto"),
    # The amount is the total less the tax, where no amount is given.
    Target("sale.total", "money", "Total con impuesto"),
    Target("sale.currency", "list", "Moneda", choices=CURRENCIES),
    Target("sale.exchange_rate", "number", "Tipo de cambio"),
    Target("sale.document_type", "list", "Tipo de documento", choices=DOCUMENT_TYPES),
    Target("sale.seller", "list", "Vendedor"),
    Target("sale.channel", "list", "Canal"),
    Target("sale.payment_method", "list", "Medio de pago"),
    Target("sale.source", "list", "Origen de la venta"),
    Target("line.code", "text", "Código del producto"),
    Target("line.description", "text", "Producto"),
    Target("line.category", "list", "Categoría"),
    Target("line.subcategory", "list", "Subcategoría"),
    Target("line.unit", "list", "Unidad de medida"),
    Target("line.quantity", "number", "Cantidad"),
    Target("line.unit_price", "money", "Precio unitario"),
    # A fraction (0.2) or percent (20 %) as the file has it, or an amount: kept as information, never computed with.
    Target("line.discount", "number", "Descuento"),
    Target("line.tax", "money", "Impuesto de la línea"),
    Target("line.cost", "money", "Costo de la línea"),
    Target("line.unit_cost", "money", "Costo unitario"),
    # The cost is the total less the profit.
    Target("line.profit", "money", "Ganancia de la línea"),
    Target("line.total", "money", "Total de la línea sin impuesto"),
    Target("line.total_with_tax", "money", "Total de la línea con impuesto"),
    Target("opportunity.external_id", "text", "Código de la oportunidad", identifying=True),
    Target("opportunity.title", "text", "Título"),
    Target("opportunity.value", "money", "Valor"),
    Target("opportunity.currency", "list", "Moneda", choices=CURRENCIES),
    Target("opportunity.exchange_rate", "number", "Tipo de cambio"),
    Target("opportunity.stage", "list", "Etapa"),
    Target("opportunity.pipeline", "list", "Embudo"),
    Target(
        "opportunity.status",
        "list",
        "Estado",
        choices=(("open", "Abierta"), ("won", "Ganada"), ("lost", "Perdida")),
    ),
    Target("opportunity.seller", "list", "Vendedor"),
    Target("opportunity.product", "list", "Producto"),
    Target("opportunity.created_at", "datetime", "Fecha de creación"),
    Target("opportunity.entered_stage_at", "datetime", "Entrada a la etapa"),
    Target("opportunity.closed_at", "datetime", "Fecha de cierre"),
    Target("opportunity.expected_close_date", "date", "Cierre esperado"),
    Target("opportunity.probability", "percent", "Probabilidad"),
    Target("opportunity.lost_reason", "list", "Motivo de pérdida"),
    Target("opportunity.source", "list", "Origen"),
    Target("opportunity.description", "text", "Descripción", joined_with="\n"),
    Target("interaction.external_id", "text", "Código de la interacción", identifying=True),
    Target("interaction.type", "list", "Tipo"),
    Target("interaction.date_time", "datetime", "Fecha y hora"),
    Target(
        "interaction.direction",
        "list",
        "Dirección",
        choices=(("inbound", "Entrante"), ("outbound", "Saliente")),
    ),
    Target("interaction.channel", "list", "Canal"),
    Target("interaction.notes", "text", "Notas", joined_with="\n"),
    Target("interaction.outcome", "list", "Resultado"),
    Target("interaction.followup_date", "date", "Fecha de seguimiento"),
)
TARGETS: dict[str, Target] = {target.name: target for target in _TARGETS}

ENTITIES_OF: dict[Kind, tuple[Entity, ...]] = {
    "customers": ("customer",),
    "sales": ("customer", "sale", "line"),
    "opportunities": ("customer", "opportunity"),
    "interactions": ("customer", "interaction"),
}
"""Which entities' targets a kind of import may hold."""

CUSTOMER_NAMES = (
    "customer.name",
    "customer.first_name",
    "customer.last_name",
    "customer.company_name",
)
CUSTOMER_KEYS = (
    "customer.external_id",
    "customer.identification",
    "customer.phone",
    "customer.email",
)

REQUIRED: dict[Kind, tuple[tuple[str, ...], ...]] = {
    "customers": ((*CUSTOMER_NAMES, *CUSTOMER_KEYS),),
    "sales": (
        ("sale.sold_at",),
        (
            "sale.amount",
            "sale.total",
            "line.total",
            "line.total_with_tax",
            "line.unit_price",
        ),
    ),
    "opportunities": (
        (
            "opportunity.title",
            "opportunity.external_id",
            "opportunity.product",
            *CUSTOMER_NAMES,
            *CUSTOMER_KEYS,
        ),
    ),
    "interactions": (("interaction.date_time",), (*CUSTOMER_NAMES, *CUSTOMER_KEYS)),
}
"""For each kind, the groups of targets of which one at least must be mapped, and filled in every row."""

CUSTOM = "custom:"
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


def targets_for(kind: Kind) -> dict[str, Target]:
    """The targets that an import of `kind` may hold, by name, in the order to show them."""
    return {target.name: target for target in _TARGETS if target.entity in ENTITIES_OF[kind]}


def entity_of(target: str) -> Entity:
    """The entity of a target's name, custom ones included; ValueError where it names none."""
    prefix = target.partition(".")[0]
    for entity in ENTITIES:
        if entity == prefix:
            return entity
    raise ValueError(f"no entity in target {target!r}")


def custom_target(entity: Entity, field_name: str) -> str:
    """The target of a custom field: ("customer", "sector") -> "customer.custom:sector"."""
    return f"{entity}.{CUSTOM}{field_name}"


def custom_field_of(target: str) -> tuple[Entity, str] | None:
    """The entity and the field name of a custom target; None for any other."""
    prefix, _, field_name = target.partition("." + CUSTOM)
    if not _FIELD_NAME.fullmatch(field_name) or prefix not in CUSTOM_ENTITIES:
        return None
    return entity_of(target), field_name


def is_target(target: str, kind: Kind) -> bool:
    """Whether a column of an import of `kind` may be mapped to `target`: a known one, a custom field's, or IGNORE."""
    if target == IGNORE:
        return True
    custom = custom_field_of(target)
    if custom is not None:
        return custom[0] in ENTITIES_OF[kind]
    known = TARGETS.get(target)
    return known is not None and known.entity in ENTITIES_OF[kind]


def field_name_of(header: str) -> str:
    """A header as the name of a custom field: snake_case, no accents, no leading digit, 60 characters at most."""
    plain = unicodedata.normalize("NFKD", header).encode("ascii", "ignore").decode()
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain)
    name = re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")[:60].strip("_")
    if not name:
        return "campo"
    return name if name[0].isalpha() else f"campo_{name}"[:60]
