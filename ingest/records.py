"""The rows of `imports`: what is known of each import, read and written in short transactions."""

from collections.abc import Mapping as Lookup
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.engine import Row

from ingest.model import ColumnMapping, Counts, ImportOptions, Kind, Mapping
from pymeai.database.tables.workspace import Import
from pymeai.errors import FieldError, Invalid, NotFound
from pymeai.settings import Settings
from pymeai.tenancy.sessions import tenant_connection
from pymeai.tenancy.tenant import Tenant

_OPTIONS = TypeAdapter(ImportOptions)
_OPTION_NAMES = frozenset(field.name for field in fields(ImportOptions))


@dataclass(frozen=True)
class ImportRecord:
    """One import. `mapping` is {"columns": [{source, target, confidence, samples, reason}], "header", "notes", …}."""

    import_id: UUID
    file_hash: str
    file_name: str
    kind: Kind
    status: str
    mapping: dict[str, Any]
    options: ImportOptions
    counts: dict[str, Any]
    progress: dict[str, Any]
    error: str | None
    run_id: str | None
    created_by: UUID | None
    created_at: datetime
    queued_at: datetime | None
    finished_at: datetime | None
    undone_at: datetime | None
    loaded_at: datetime | None

    def columns(self) -> Mapping:
        """The mapping as proposed or agreed to."""
        columns = [ColumnMapping(**column) for column in self.mapping.get("columns", [])]
        return Mapping(self.kind, columns)


def get_import(settings: Settings, tenant: Tenant, import_id: UUID) -> ImportRecord:
    """One import of the tenant; raises NotFound."""
    with tenant_connection(settings, tenant) as connection:
        return read(connection, import_id)


def list_imports(settings: Settings, tenant: Tenant, *, limit: int = 50) -> list[ImportRecord]:
    """The newest imports of the tenant."""
    statement = select(Import.__table__).order_by(Import.created_at.desc(), Import.import_id.desc()).limit(limit)
    with tenant_connection(settings, tenant) as connection:
        return [_record(row) for row in connection.execute(statement)]


def read(connection: Connection, import_id: UUID) -> ImportRecord:
    """The same within a transaction of the tenant."""
    row = connection.execute(select(Import.__table__).where(Import.import_id == import_id)).one_or_none()
    if row is None:
        raise NotFound("No existe esa importación.", code="import_not_found")
    return _record(row)


def _record(row: Row[Any]) -> ImportRecord:
    values = row._asdict()
    values.pop("organization_id")
    values["options"] = _OPTIONS.validate_python(values["options"] or {})
    return ImportRecord(**values)


def add(connection: Connection, **values: Any) -> UUID:
    """Insert an import; returns its id."""
    values["options"] = asdict(values["options"])
    found: UUID = connection.execute(insert(Import).values(**values).returning(Import.import_id)).scalar_one()
    return found


def change(connection: Connection, import_id: UUID, **values: Any) -> None:
    """Update columns of an import."""
    if "options" in values:
        values["options"] = asdict(values["options"])
    connection.execute(update(Import).where(Import.import_id == import_id).values(**values))


def mapping_json(mapping: Mapping, **more: Any) -> dict[str, Any]:
    """A mapping as the column keeps it."""
    return {"columns": [asdict(column) for column in mapping.columns], **more}


def options_of(given: ImportOptions | Lookup[str, Any] | None, base: ImportOptions) -> ImportOptions:
    """`base` with what was given; raises Invalid, naming the options that are not what they should be."""
    if given is None:
        return base
    if isinstance(given, ImportOptions):
        return given
    unknown = sorted(set(given) - _OPTION_NAMES)
    if unknown:
        raise Invalid(
            f"No existe la opción «{unknown[0]}».",
            code="unknown_option",
            errors=[FieldError(f"options.{name}", "No existe esa opción.") for name in unknown],
        )
    try:
        options = _OPTIONS.validate_python({**asdict(base), **given})
    except ValidationError as error:
        places = [".".join(["options", *(str(part) for part in problem["loc"])]) for problem in error.errors()]
        raise Invalid(
            "Hay opciones con un valor que no se entiende.",
            code="invalid_option",
            errors=[FieldError(place, "El valor no es válido.") for place in places],
        ) from error
    _check(options)
    return options


def _check(options: ImportOptions) -> None:
    errors: list[FieldError] = []
    if options.currency not in ("CRC", "USD"):
        errors.append(FieldError("options.currency", "La moneda es CRC o USD."))
    policies = {"options.default_policy": options.default_policy} | {
        f"options.policies.{target}": policy for target, policy in options.policies.items()
    }
    errors += [
        FieldError(place, "Debe ser fill (llenar vacíos), overwrite (reemplazar) o never (no tocar).")
        for place, policy in policies.items()
        if policy not in ("fill", "overwrite", "never")
    ]
    if options.exchange_rate is not None and not _is_rate(options.exchange_rate):
        errors.append(
            FieldError("options.exchange_rate", "El tipo de cambio es un número mayor que cero, como 512.35.")
        )
    if errors:
        raise Invalid(errors[0].message, code="invalid_option", errors=errors)


def _is_rate(text: str) -> bool:
    try:
        return 0 < float(text) < 1_000_000
    except ValueError:
        return False


def counts_of(values: Lookup[str, Any]) -> Counts:
    """Counts from their JSON."""
    known = {field.name for field in fields(Counts)}
    return Counts(**{name: value for name, value in values.items() if name in known})
