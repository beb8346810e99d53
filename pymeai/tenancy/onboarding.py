"""Gives a tenant what its industry starts with: fields, pipeline, kinds of contact, a board, alerts.

Nothing that is there is changed. What came from a template carries its key (`template_key`), so that it is known again
however its owner renamed it; what was there before keys were is known by its name, and gets its key. Applying a template
again therefore adds nothing twice, and what was archived stays archived. What can be deleted for good, boards and alerts,
stays deleted: the audit log, which nobody can change, says which things of a template that happened to.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, Table, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from pymeai.costa_rica.text import fold
from pymeai.database.tables.tenant import CustomField, InteractionType, Pipeline, Stage
from pymeai.database.tables.workspace import Alert, AuditLog, Dashboard
from pymeai.templates.catalogue import Template

Kind = Literal["custom_field", "pipeline", "stage", "interaction_type", "dashboard", "alert"]


@dataclass(frozen=True)
class Thing:
    """One thing of a template, by its kind and the name that the template gives it."""

    kind: Kind
    name: str


@dataclass
class Applied:
    """What a template brought, and what was there already or was deleted by somebody."""

    added: list[Thing] = field(default_factory=list)
    already_there: list[Thing] = field(default_factory=list)
    deleted: list[Thing] = field(default_factory=list)


@dataclass(frozen=True)
class _Wanted:
    """A thing that the tenant should have: its key, the name it is known by, and its row."""

    thing: Thing
    key: str
    known_by: str
    row: dict[str, Any]


def apply_template(connection: Connection, template: Template) -> Applied:
    """Add what the template has and the tenant has not; nothing that is there is changed.

    `connection` is one of pymeai.tenancy.sessions.tenant_connection. Applying the same template again adds nothing, so a
    registration that was cut off here can be finished later. An industry's things join those of another.
    """
    # Two at once would both find nothing there.
    connection.execute(text("select pg_advisory_xact_lock(hashtextextended(current_schema() || ' template', 0))"))
    applied = Applied()
    _add_pipeline(connection, template, applied)
    _add_contacts(connection, template, applied)
    _add_fields(connection, template, applied)
    _add_dashboard(connection, template, applied)
    _add_alerts(connection, template, applied)
    return applied


def _add_pipeline(connection: Connection, template: Template, applied: Applied) -> None:
    pipeline = template.pipeline
    wanted = _Wanted(
        Thing("pipeline", pipeline.name),
        template.key("pipeline"),
        fold(pipeline.name),
        {"description": pipeline.description},
    )
    there = connection.execute(select(Pipeline.pipeline_id, Pipeline.name, Pipeline.template_key)).all()
    names = {fold(row.name) for row in there}
    # Another trade's, or one that somebody named so, is not this one.
    known = [row for row in there if row.template_key in (None, wanted.key)]
    found = _find(wanted, known, lambda row: fold(row.name))
    if found is None:
        applied.added.append(wanted.thing)
        pipeline_id = connection.execute(
            insert(Pipeline)
            .values(
                name=_free_name(pipeline.name, template.label, names),
                position=select(func.coalesce(func.max(Pipeline.position), -1) + 1).scalar_subquery(),
                template_key=wanted.key,
                **wanted.row,
            )
            .returning(Pipeline.pipeline_id)
        ).scalar_one()
        _insert(connection, Stage, list(_stages(template, pipeline_id)), applied)
        return
    # The steps of a pipeline that is there are its owner's: none is put among them.
    applied.already_there.append(wanted.thing)
    steps = connection.execute(
        select(Stage.stage_id, Stage.name, Stage.template_key).where(Stage.pipeline_id == found.pipeline_id)
    ).all()
    _mark(connection, Pipeline, {found.pipeline_id: wanted.key} if found.template_key is None else {})
    marks: dict[UUID, str] = {}
    for stage in _stages(template, found.pipeline_id):
        same = _find(stage, steps, lambda row: fold(row.name))
        if same is not None:
            applied.already_there.append(stage.thing)
            marks |= {same.stage_id: stage.key} if same.template_key is None else {}
    _mark(connection, Stage, marks)


def _stages(template: Template, pipeline_id: UUID) -> Iterator[_Wanted]:
    for position, stage in enumerate(template.pipeline.stages):
        row = {
            "pipeline_id": pipeline_id,
            "name": stage.name,
            "position": position,
            "color": stage.color,
            "probability": stage.probability,
            "expected_duration_days": stage.expected_days,
            "kind": stage.kind,
            "suggested_activities": stage.activities,
        }
        yield _Wanted(Thing("stage", stage.name), template.key("stage", stage.name), fold(stage.name), row)


def _add_contacts(connection: Connection, template: Template, applied: Applied) -> None:
    there = connection.execute(
        select(
            InteractionType.interaction_type_id,
            InteractionType.name,
            InteractionType.template_key,
            InteractionType.position,
        )
    ).all()
    last = max((row.position for row in there), default=-1)
    wanted = [
        _Wanted(
            Thing("interaction_type", kind.name),
            template.key("interaction_type", kind.name),
            fold(kind.name),
            {
                "name": kind.name,
                "icon": kind.icon,
                "note_template": kind.note,
                "followup_days": kind.followup_days,
                "fields": [each.model_dump() for each in kind.fields],
                "position": place,
            },
        )
        for place, kind in enumerate(template.interaction_types, start=last + 1)
    ]
    _add_missing(connection, InteractionType, wanted, there, lambda row: fold(row.name), applied)


def _add_fields(connection: Connection, template: Template, applied: Applied) -> None:
    there = connection.execute(
        select(
            CustomField.field_id,
            CustomField.entity_type,
            CustomField.field_name,
            CustomField.template_key,
            CustomField.display_order,
        )
    ).all()
    last = dict.fromkeys(("customer", "opportunity", "interaction", "sale"), -1)
    for row in there:
        last[row.entity_type] = max(last[row.entity_type], row.display_order)
    wanted = []
    renamed: dict[str, str] = {}
    for section in template.sections:
        for each in section.fields:
            last[section.entity] += 1
            row_values = {
                "entity_type": section.entity,
                "field_name": each.name,
                "label": each.label,
                "field_type": each.type,
                "is_required": each.required,
                "options": each.options,
                "display_order": last[section.entity],
                "section": section.section,
                "help_text": each.help,
                "default": each.default,
                "validation": each.validation,
            }
            key = template.key("field", section.entity, each.name)
            known_by = f"{section.entity}:{each.name}"
            if each.formerly is not None:
                renamed[f"{section.entity}:{each.formerly}"] = known_by
            wanted.append(_Wanted(Thing("custom_field", each.label), key, known_by, row_values))

    def name_of(row: Any) -> str:
        name = f"{row.entity_type}:{row.field_name}"
        return renamed.get(name, name)

    _add_missing(connection, CustomField, wanted, there, name_of, applied)


def _add_dashboard(connection: Connection, template: Template, applied: Applied) -> None:
    there = connection.execute(
        select(
            Dashboard.dashboard_id,
            Dashboard.name,
            Dashboard.template_key,
            Dashboard.is_favorite,
            Dashboard.owner_user_id,
        )
    ).all()
    board = template.dashboard
    names = {fold(row.name) for row in there}
    wanted = _Wanted(
        Thing("dashboard", board.name),
        template.key("dashboard"),
        fold(board.name),
        {
            "name": _free_name(board.name, template.label, names),
            "widgets": [widget.model_dump(mode="json") for widget in board.widgets],
            "is_favorite": not any(row.is_favorite for row in there),
            "shared": True,
        },
    )
    # A board that somebody made and called the same is theirs; the first one, of days without keys, belongs to nobody.
    known = [
        row
        for row in there
        if row.template_key == wanted.key or (row.template_key is None and row.owner_user_id is None)
    ]
    wanted_still = _without_deleted(connection, "dashboard", [wanted], known, applied)
    _add_missing(connection, Dashboard, wanted_still, known, lambda row: fold(row.name), applied)


def _add_alerts(connection: Connection, template: Template, applied: Applied) -> None:
    there = connection.execute(select(Alert.alert_id, Alert.name, Alert.template_key)).all()
    wanted = [
        _Wanted(
            Thing("alert", alert.name),
            template.key("alert", alert.id),
            fold(alert.name),
            {
                "name": alert.name,
                "query": alert.query,
                "condition": alert.condition.model_dump(mode="json"),
                "schedule": alert.schedule,
                "channel": alert.channel,
            },
        )
        for alert in template.alerts
    ]
    wanted_still = _without_deleted(connection, "alert", wanted, there, applied)
    _add_missing(connection, Alert, wanted_still, there, lambda row: fold(row.name), applied)


def _without_deleted(
    connection: Connection, kind: Kind, wanted: Sequence[_Wanted], there: Sequence[Any], applied: Applied
) -> list[_Wanted]:
    """What was not deleted since a template brought it; what is there is there, whatever happened before."""
    present = {row.template_key for row in there}
    missing = [each.key for each in wanted if each.key not in present]
    key = AuditLog.before["template_key"].astext
    deleted: set[str] = set(
        connection.scalars(
            select(key).where(AuditLog.entity == kind, AuditLog.action == "deleted", key.in_(missing)).distinct()
        )
    )
    applied.deleted += [each.thing for each in wanted if each.key in deleted]
    return [each for each in wanted if each.key not in deleted]


def _add_missing(
    connection: Connection,
    table: type[Any],
    wanted: Sequence[_Wanted],
    there: Sequence[Any],
    name_of: Callable[[Any], str],
    applied: Applied,
) -> None:
    missing: list[_Wanted] = []
    marks: dict[UUID, str] = {}
    for each in wanted:
        found = _find(each, there, name_of)
        if found is None:
            missing.append(each)
            continue
        applied.already_there.append(each.thing)
        if found.template_key is None:
            marks[found[0]] = each.key
    _mark(connection, table, marks)
    _insert(connection, table, missing, applied)


def _find(wanted: _Wanted, there: Sequence[Any], name_of: Callable[[Any], str]) -> Any:
    """What is there of a thing: under its key, whatever its name is now; else under its name, whoever brought it."""
    for row in there:
        if row.template_key == wanted.key:
            return row
    return next((row for row in there if name_of(row) == wanted.known_by), None)


def _insert(connection: Connection, table: type[Any], wanted: Sequence[_Wanted], applied: Applied) -> None:
    if not wanted:
        return
    applied.added += [each.thing for each in wanted]
    target: Table = table.__table__
    connection.execute(insert(target), [each.row | {"template_key": each.key} for each in wanted])


def _mark(connection: Connection, table: type[Any], keys: Mapping[UUID, str]) -> None:
    """Give rows from before there were keys theirs. Nobody edited anything: the audit log is spared."""
    if not keys:
        return
    target: Table = table.__table__
    (primary,) = target.primary_key.columns
    connection.execute(text("select set_config('pymeai.unaudited', 'template', true)"))
    for row_id, key in keys.items():
        connection.execute(update(target).where(primary == row_id).values(template_key=key))
    connection.execute(text("select set_config('pymeai.unaudited', '', true)"))


def _free_name(name: str, label: str, taken: set[str]) -> str:
    """`name`, or where another thing has it, with the trade's name behind it."""
    if fold(name) not in taken:
        return name
    first = candidate = f"{name} · {label}"
    number = 2
    while fold(candidate) in taken:
        candidate, number = f"{first} {number}", number + 1
    return candidate
