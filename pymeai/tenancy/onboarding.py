"""Gives a tenant what its industry starts with: pipeline, kinds of contact, custom fields, a first board."""

from typing import Any

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.dialects.postgresql import insert

from pymeai.database.tables.tenant import CustomField, InteractionType, Pipeline, Stage
from pymeai.database.tables.workspace import Dashboard
from pymeai.templates.catalogue import PipelineTemplate, Template


def apply_template(connection: Connection, template: Template) -> None:
    """Add what the template has and the tenant has not; nothing that is there is changed.

    `connection` is one of pymeai.tenancy.sessions.tenant_connection. Applying the same template again does nothing, so
    a registration that was cut off here can be finished later.
    """
    _add_pipeline(connection, template.pipeline)
    _add_missing(connection, InteractionType, [
        {"name": kind.name, "icon": kind.icon, "note_template": kind.note, "followup_days": kind.followup_days}
        for kind in template.interaction_types
    ])  # fmt: skip
    _add_missing(connection, CustomField, [
        {
            "entity_type": section.entity,
            "field_name": field.name,
            "label": field.label,
            "field_type": field.type,
            "is_required": field.required,
            "options": field.options,
            "display_order": order,
            "section": section.section,
            "help_text": field.help,
            "default": field.default,
            "validation": field.validation,
        }
        for section in template.sections
        for order, field in enumerate(section.fields)
    ])  # fmt: skip
    _add_dashboard(connection, template)


def _add_pipeline(connection: Connection, pipeline: PipelineTemplate) -> None:
    statement = (
        insert(Pipeline)
        .values(name=pipeline.name, description=pipeline.description)
        .on_conflict_do_nothing(index_elements=["name"])
        .returning(Pipeline.pipeline_id)
    )
    pipeline_id = connection.execute(statement).scalar_one_or_none()
    if pipeline_id is None:
        return
    _add_missing(connection, Stage, [
        {
            "pipeline_id": pipeline_id,
            "name": stage.name,
            "position": position,
            "color": stage.color,
            "probability": stage.probability,
            "expected_duration_days": stage.expected_days,
            "kind": stage.kind,
            "suggested_activities": stage.activities,
        }
        for position, stage in enumerate(pipeline.stages)
    ])  # fmt: skip


def _add_dashboard(connection: Connection, template: Template) -> None:
    name = template.dashboard.name
    if connection.execute(select(func.count()).select_from(Dashboard).where(Dashboard.name == name)).scalar_one():
        return
    widgets = [widget.model_dump(mode="json") for widget in template.dashboard.widgets]
    connection.execute(insert(Dashboard).values(name=name, widgets=widgets, is_favorite=True, shared=True))


def _add_missing(connection: Connection, table: type[Any], rows: list[dict[str, Any]]) -> None:
    if rows:
        target: Table = table.__table__
        connection.execute(insert(target).on_conflict_do_nothing(), rows)
