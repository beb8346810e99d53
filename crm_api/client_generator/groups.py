"""Which module of the client each operation and each model goes into: that of its group, the document's tag.

A model that one group alone uses is of that group; what several use is shared. Modules of models therefore import in one
direction: those of a part of a group from the group's, and these from the shared one.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from crm_api.client_generator.specification import PREFIX, Operation, Specification, identifier, reachable

NAMES = {
    "Alertas": "alerts",
    "Análisis": "analytics",
    "Auditoría": "audit",
    "Autenticación": "authentication",
    "Campos personalizados": "custom_fields",
    "Clientes": "customers",
    "Datos personales": "personal_data",
    "Duplicados": "duplicates",
    "Embudos": "pipelines",
    "Exportaciones": "exports",
    "Importaciones": "imports",
    "Interacciones": "interactions",
    "Kula": "kula",
    "Llaves de API": "api_keys",
    "Oportunidades": "opportunities",
    "Organización": "organization",
    "Tableros": "dashboards",
    "Tipos de interacción": "interaction_types",
    "Usuarios": "users",
    "Ventas": "sales",
    "Webhooks": "webhooks",
}
"""The document's tags, which are Spanish, as modules."""

SHARED = "shared"
"""The module of the models that several groups use."""


@dataclass(frozen=True)
class Division:
    """The operations of each module, by address, and the module of each model."""

    operations: Mapping[str, Sequence[Operation]]
    models: Mapping[str, str]


def divide(specification: Specification, by_address: Collection[str] = ()) -> Division:
    """One module for each group; the groups `by_address` are divided further, by the words of their addresses.

    Raises ValueError for a tag without a name.
    """
    operations: defaultdict[str, list[Operation]] = defaultdict(list)
    modules: defaultdict[str, set[str]] = defaultdict(set)
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for operation in specification.operations:
        group = _group(operation)
        module = _part(group, operation.path) if group in by_address else group
        operations[module].append(operation)
        for model in reachable(_schemas(operation), specification.schemas):
            modules[model].add(module)
            groups[model].add(group)
    models = {model: _only(modules[model]) or _only(groups[model]) or SHARED for model in specification.schemas}
    return Division(operations=dict(sorted(operations.items())), models=models)


def _group(operation: Operation) -> str:
    if operation.tag not in NAMES:
        raise ValueError(f"The tag {operation.tag!r} needs an English name, in {__name__}.NAMES.")
    return NAMES[operation.tag]


def _part(group: str, path: str) -> str:
    """/api/exports/sales is exports_sales, and /api/customers/{customer_id} is customers."""
    words = [identifier(part) for part in path.removeprefix(PREFIX).split("/") if not part.startswith("{")]
    return "_".join(dict.fromkeys([group, *words]))


def _schemas(operation: Operation) -> list[object]:
    return [operation.body, operation.answer, *(parameter.schema for parameter in operation.parameters)]


def _only(names: Collection[str]) -> str | None:
    return next(iter(names)) if len(names) == 1 else None
