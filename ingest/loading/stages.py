"""Pipelines and stages that a sheet names: matched by meaning, or made."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from ingest.loading.context import Load
from ingest.loading.lists import meaning
from pymeai.costa_rica.text import fold

StageKind = Literal["open", "won", "lost"]

DEFAULT_PIPELINE = "Ventas"
_DEFAULT_NAMES: dict[StageKind, str] = {"open": "Abierta", "won": "Ganada", "lost": "Perdida"}
_WON = re.compile(
    r"(?:closed? )?won|ganad[oa]s?|cerrad[oa]s? ganad[oa]s?|cierre ganado|vendid[oa]s?|facturad[oa]s?|aprobad[oa]s? y pagad[oa]s?|"
    r"exito(?:s[oa])?|pagad[oa]s?|closedwon|success(?:ful)?|matriculad[oa]s?|entregad[oa]s?|completad[oa]s?|concretad[oa]s?"
)
_LOST = re.compile(
    r"(?:closed? )?lost|perdid[oa]s?|cerrad[oa]s? perdid[oa]s?|cierre perdido|rechazad[oa]s?|cancelad[oa]s?|descartad[oa]s?|"
    r"no compro|no interesad[oa]s?|closedlost|abandonad[oa]s?|rejected|cancell?ed|disqualified|descalificad[oa]s?|no califica"
)
# How far along a stage is by its name, for the order and the probability of those that a sheet brings.
_ADVANCE: tuple[tuple[str, int], ...] = (
    (r"prospec|lead|nuev|new|consulta|solicitud|informacion|entrante", 10),
    (r"contact|interes|engag|primer", 20),
    (r"calific|qualif|reunion|visita|meeting|demo|diagnostico|prueba|valoracion|appointment", 35),
    (r"propuesta|cotiz|proforma|proposal|quot|presupuesto|presentation", 50),
    (r"negoc|negot|oferta|revision|seguimiento|decision", 70),
    (r"orden|pedido|adelanto|deposito|apartado|verbal|compromis|contrat|contract|commit|aprob|acept|por cerrar", 90),
)


@dataclass(frozen=True)
class NamedStage:
    """A stage as the sheet names it: pipeline (None: the default one), stage (None: by the status), and status."""

    pipeline: str | None
    stage: str | None
    status: str | None


def kind_of(name: str) -> StageKind:
    """Whether a stage's name says that it ends the matter, and how."""
    plain = re.sub(r"[^a-z ]+", " ", fold(name))
    plain = " ".join(plain.split())
    if _WON.fullmatch(plain):
        return "won"
    return "lost" if _LOST.fullmatch(plain) else "open"


def settle(load: Load, named: Sequence[NamedStage]) -> dict[NamedStage, tuple[UUID, UUID]]:
    """The pipeline and the stage of each, made where the tenant has none that means the same."""
    pipelines = _pipelines(load, [stage.pipeline for stage in named])
    found: dict[NamedStage, tuple[UUID, UUID]] = {}
    for pipeline_name in dict.fromkeys(stage.pipeline for stage in named):
        pipeline = pipelines[pipeline_name]
        own = [stage for stage in named if stage.pipeline == pipeline_name]
        for stage, stage_id in _stages(load, pipeline, own).items():
            found[stage] = (pipeline, stage_id)
    _restore(load, found.values())
    return found


def _restore(load: Load, used: Collection[tuple[UUID, UUID]]) -> None:
    """Bring back into use what a sheet names and somebody had archived: no board would show what is in it."""
    pipelines, stages = zip(*used, strict=True) if used else ((), ())
    for table, archived, set_in_use, keys in (
        ("pipelines", "pipeline_id = any(%s) and not is_active", "is_active = true", list(pipelines)),
        ("stages", "stage_id = any(%s) and archived_at is not null", "archived_at = null", list(stages)),
    ):
        load.record_update(table, archived, (keys,))
        load.run(f"update {table} set {set_in_use} where {archived}", (keys,))


def _pipelines(load: Load, names: Sequence[str | None]) -> dict[str | None, UUID]:
    existing = load.rows(
        "select pipeline_id, name from pipelines order by not is_active, position, created_at, pipeline_id"
    )
    by_meaning = {meaning(name): pipeline_id for pipeline_id, name in reversed(existing)}
    found: dict[str | None, UUID] = {}
    for name in dict.fromkeys(names):
        if name is None:
            default = existing[0][0] if existing else by_meaning.get(meaning(DEFAULT_PIPELINE))
            found[None] = default or _made_pipeline(load, DEFAULT_PIPELINE, by_meaning)
            continue
        matched = by_meaning.get(meaning(name))
        found[name] = matched or _made_pipeline(load, name, by_meaning)
    return found


def _made_pipeline(load: Load, name: str, by_meaning: dict[str, UUID]) -> UUID:
    made: UUID = load.value("insert into pipelines (name) values (%s) returning pipeline_id", (name,))
    by_meaning[meaning(name)] = made
    load.record_insert("pipelines", made)
    return made


def _stages(load: Load, pipeline: UUID, named: Sequence[NamedStage]) -> dict[NamedStage, UUID]:
    rows = load.rows(
        "select stage_id, name, kind from stages where pipeline_id = %s "
        "order by archived_at is not null, position, stage_id",
        (pipeline,),
    )
    by_meaning = {meaning(name): stage_id for stage_id, name, _ in reversed(rows)}
    by_kind: dict[str, UUID] = {}
    kinds: dict[UUID, str] = {}
    for stage_id, _, kind in rows:
        by_kind.setdefault(kind, stage_id)
        kinds[stage_id] = kind
    new = list(dict.fromkeys(s.stage for s in named if s.stage is not None and meaning(s.stage) not in by_meaning))
    for name in sorted(new, key=lambda name: (_advance(name), new.index(name))):
        kind = kind_of(name)
        stage_id = _made_stage(load, pipeline, name, kind)
        by_meaning[meaning(name)] = stage_id
        by_kind.setdefault(kind, stage_id)
        kinds[stage_id] = kind
    found: dict[NamedStage, UUID] = {}
    for stage in named:
        stage_id_of_name = by_meaning[meaning(stage.stage)] if stage.stage is not None else None
        wanted: StageKind = "won" if stage.status == "won" else "lost" if stage.status == "lost" else "open"
        if stage_id_of_name is not None and (
            stage.status is None or wanted == "open" or kinds[stage_id_of_name] == wanted
        ):
            found[stage] = stage_id_of_name
            continue
        # The sheet tells won and lost apart from the stage: the end of the matter is a stage of its own.
        if wanted not in by_kind:
            by_kind[wanted] = _made_stage(load, pipeline, _DEFAULT_NAMES[wanted], wanted)
            kinds[by_kind[wanted]] = wanted
        found[stage] = by_kind[wanted]
    return found


def _advance(name: str) -> int:
    kind = kind_of(name)
    if kind != "open":
        return 100 if kind == "won" else 101
    plain = fold(name)
    return next((share for pattern, share in _ADVANCE if re.search(pattern, plain)), 50)


def _made_stage(load: Load, pipeline: UUID, name: str, kind: StageKind) -> UUID:
    probability = {"won": 100, "lost": 0}.get(kind, _advance(name))
    made: UUID = load.value(
        """
        insert into stages (pipeline_id, name, position, probability, kind)
        values (%s, %s, (select coalesce(max(position) + 1, 0) from stages where pipeline_id = %s), %s, %s)
        returning stage_id
        """,
        (pipeline, name, pipeline, probability, kind),
    )
    load.record_insert("stages", made)
    return made
