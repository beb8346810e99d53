"""What the database refused, said in Spanish: constraint -> field and message."""

import re

from sqlalchemy.exc import IntegrityError

from pymeai.errors import Conflict, FieldError, PymeError, invalid_field

_UNIQUE: dict[str, tuple[str, str]] = {
    "customers_identification_key": ("identification_number", "Ya hay un cliente con esta identificación."),
    "customers_external_id_key": ("external_id", "Ya hay un cliente con este código."),
    "sales_external_key_key": ("external_key", "Ya hay una venta con este número de documento."),
    "pipelines_name_key": ("name", "Ya hay un embudo con ese nombre."),
    "stages_pipeline_id_name_key": ("name", "Ya hay una etapa con ese nombre en este embudo."),
    "interactions_external_id_key": ("external_id", "Ya hay una interacción con este código."),
    "opportunities_external_id_key": ("external_id", "Ya hay una oportunidad con este código."),
}
_FOREIGN: dict[str, tuple[str, str]] = {
    "customer_id": ("customer_id", "Ese cliente no existe."),
    "opportunity_id": ("opportunity_id", "Esa oportunidad no existe."),
    "pipeline_id": ("pipeline_id", "Ese embudo no existe."),
    "stage_id": ("stage_id", "Esa etapa no existe."),
}
_FOREIGN_NAME = re.compile(r"^[a-z_]+?_(customer_id|opportunity_id|pipeline_id|stage_id)_fkey$")


def explain(error: IntegrityError) -> PymeError:
    """The error to answer with. It never repeats PostgreSQL's text, which quotes the data."""
    diagnosis = getattr(error.orig, "diag", None)
    name = str(getattr(diagnosis, "constraint_name", None) or "")
    if name in _UNIQUE:
        field, message = _UNIQUE[name]
        return Conflict(message, code="duplicate", errors=[FieldError(field, message)])
    foreign = _FOREIGN_NAME.match(name)
    if foreign:
        field, message = _FOREIGN[foreign.group(1)]
        return invalid_field(field, message)
    return Conflict("Los datos contradicen lo que ya está guardado.", code="constraint")
