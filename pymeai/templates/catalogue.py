"""The industry templates: what a new organization starts with. One YAML file each, beside this module."""

import re
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal, Protocol, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from pymeai.templates.alerts import Channel, Condition, Schedule
from pymeai.templates.widgets import Widget

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Color = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]

FieldType = Literal["text", "number", "date", "dropdown", "boolean", "money", "phone", "email", "url"]

COMMON_CONTACTS = ("WhatsApp", "Llamada", "Visita", "Correo", "Pago SINPE")
"""The kinds of contact that every trade has: one and the same thing to an organization that changes its trade."""

_TEMPLATE_NAME = re.compile(r"^[a-z][a-z0-9_]*$")


class _Part(BaseModel):
    """A part of a template: nothing unknown in it, and nobody changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _WithOptions(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def type(self) -> str: ...

    @property
    def options(self) -> list[str]: ...


_Field = TypeVar("_Field", bound=_WithOptions)


def _with_fitting_options(field: _Field) -> _Field:
    if (field.type == "dropdown") != bool(field.options):
        raise ValueError(f"{field.name}: a dropdown, and only a dropdown, has options")
    return field


class FieldTemplate(_Part):
    """A custom field. `name` is its key in custom_fields; `label` is what screens show.

    `formerly` is the name that the template gave it before: who has it under that one is not given another.
    """

    name: Name
    formerly: Name | None = None
    label: str
    type: FieldType = "text"
    required: bool = False
    options: list[str] = []
    help: str | None = None
    default: str | None = None
    validation: dict[str, Any] = {}

    @model_validator(mode="after")
    def _options_belong_to_dropdowns(self) -> Self:
        return _with_fitting_options(self)


class SectionTemplate(_Part):
    """Custom fields that belong together on the card of an entity."""

    entity: Literal["customer", "opportunity", "interaction", "sale"]
    section: str
    fields: list[FieldTemplate] = Field(min_length=1)


class StageTemplate(_Part):
    """A step of the pipeline. `probability` is a percentage, 0 to 100."""

    name: str
    color: Color
    probability: Annotated[int, Field(ge=0, le=100)]
    expected_days: Annotated[int, Field(ge=0)] | None = None
    kind: Literal["open", "won", "lost"] = "open"
    activities: list[str] = []


class PipelineTemplate(_Part):
    """How the trade wins an opportunity: open stages, then one won and one lost."""

    name: str
    description: str
    stages: list[StageTemplate]

    @model_validator(mode="after")
    def _ends_won_or_lost(self) -> Self:
        kinds = [stage.kind for stage in self.stages]
        if kinds.count("won") != 1 or kinds.count("lost") != 1 or kinds[-2:] != ["won", "lost"] or len(kinds) < 3:
            raise ValueError("a pipeline has open stages and then exactly one won and one lost stage")
        if len({stage.name for stage in self.stages}) != len(self.stages):
            raise ValueError("two stages have the same name")
        return self


class ContactFieldTemplate(_Part):
    """A field that contacts of one kind have."""

    name: Name
    label: str
    type: FieldType = "text"
    options: list[str] = []
    required: bool = False

    @model_validator(mode="after")
    def _options_belong_to_dropdowns(self) -> Self:
        return _with_fitting_options(self)


class InteractionTypeTemplate(_Part):
    """A kind of contact with a customer. `icon` is a name of Material Symbols; `note` is what its notes start with."""

    name: str
    icon: str
    note: str | None = None
    followup_days: Annotated[int, Field(ge=0)] | None = None
    fields: list[ContactFieldTemplate] = []


class AlertTemplate(_Part):
    """A question to the metrics that is watched, and when its answer is news."""

    id: Name
    name: str
    query: dict[str, Any]
    condition: Condition
    schedule: Schedule = "daily"
    channel: Channel = "app"


class DashboardTemplate(_Part):
    """The board that opens first."""

    name: str
    widgets: list[Widget] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        if len({widget.id for widget in self.widgets}) != len(self.widgets):
            raise ValueError("two widgets have the same id")
        return self


class Template(_Part):
    """All that one trade starts with. `inactivity_days`: without a purchase for this long, a customer is inactive."""

    name: Name
    label: str
    description: str
    inactivity_days: Annotated[int, Field(ge=1)]
    sections: list[SectionTemplate] = []
    pipeline: PipelineTemplate
    interaction_types: list[InteractionTypeTemplate]
    dashboard: DashboardTemplate
    alerts: list[AlertTemplate] = []

    @model_validator(mode="after")
    def _fields_differ(self) -> Self:
        names = [(section.entity, field.name) for section in self.sections for field in section.fields]
        if len(set(names)) != len(names):
            raise ValueError("two fields of one entity have the same name")
        contacts = {name for entity, name in names if entity == "interaction"}
        for kind in self.interaction_types:
            own = [field.name for field in kind.fields]
            if len(set(own)) != len(own) or contacts & set(own):
                raise ValueError(f"{kind.name}: two fields of a contact have the same name")
        for things in ([kind.name for kind in self.interaction_types], [alert.id for alert in self.alerts]):
            if len(set(things)) != len(things):
                raise ValueError("two kinds of contact or two alerts have the same name")
        return self

    def key(self, *parts: str) -> str:
        """What marks a thing of this template in a tenant's tables, so that it is known under another name too."""
        owner = "general" if parts[0] == "interaction_type" and parts[1] in COMMON_CONTACTS else self.name
        return ":".join([owner, *parts])


@cache
def template_names() -> tuple[str, ...]:
    """The names of all templates: `general` first, the others in alphabetical order."""
    found = (file.name for file in files("pymeai.templates").iterdir())
    names = {name.removesuffix(".yaml") for name in found if name.endswith(".yaml")}
    return tuple(sorted(names, key=lambda name: (name != "general", name)))


@cache
def load_template(name: str) -> Template:
    """One template. Raises KeyError where there is none of this name."""
    if not _TEMPLATE_NAME.match(name) or name not in template_names():
        raise KeyError(name)
    source = files("pymeai.templates").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    template = Template.model_validate(yaml.load(source, Loader=yaml.CSafeLoader))
    if template.name != name:
        raise ValueError(f"{name}.yaml calls itself {template.name}")
    return template


def load_templates() -> tuple[Template, ...]:
    """All templates, in the order of `template_names`."""
    return tuple(load_template(name) for name in template_names())
