"""The board: what each stage holds, in the organization's currency, and its cards page by page."""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from crm_api.board import repository
from crm_api.board.repository import Card, Place, Wanted
from crm_api.cursors import decode_cursor, encode_cursor, wrong_cursor
from crm_api.dependencies import Caller
from crm_api.organization.visibility import seen_by
from crm_api.pipelines import service as pipelines
from crm_api.pipelines import stages as pipeline_stages
from crm_api.pipelines.schemas import StageAnswer
from pymeai.clock import business_today
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session

_CENT = Decimal("0.01")
OTHER_STAGE = "El cursor no es de esta etapa. Recargue el tablero."


@dataclass(frozen=True)
class BoardRequest:
    """How many cards a stage shows, and which."""

    limit: int
    user_ids: tuple[UUID, ...] = ()
    query: str | None = None


@dataclass
class _Totals:
    count: int = 0
    value: Decimal = Decimal(0)
    weighted: Decimal = Decimal(0)
    without_rate: int = 0

    def figures(self) -> dict[str, Any]:
        """The fields of a BoardStage that are totals."""
        return {
            "count": self.count,
            "total_value": float(self.value.quantize(_CENT)),
            "weighted_value": float(self.weighted.quantize(_CENT)),
            "without_rate": self.without_rate,
        }


def board(session: Session, settings: Settings, caller: Caller, pipeline_id: UUID, request: BoardRequest) -> bytes:
    """The stages in use of a pipeline with their totals and first cards: the JSON of a BoardAnswer. Raises NotFound."""
    wanted, currency = _wanted(caller, request), caller.currency
    rows = repository.columns(session, pipeline_id, wanted, currency)
    if not rows:
        # Asked afterwards, since a pipeline that has stages is there.
        empty = pipelines.get_pipeline(session, pipeline_id)
        return orjson.dumps(_answer(pipeline_id, empty.name, currency, []))
    totals = _totals(settings, rows, currency)
    cards = repository.cards(session, pipeline_id, wanted, business_today(settings), request.limit + 1)
    found: dict[UUID, list[Card]] = defaultdict(list)
    for card in cards:
        found[card.stage_id].append(card)
    stages = []
    for row in {row["stage_id"]: row for row in rows}.values():
        shown, cursor = _page(found[row["stage_id"]], request.limit)
        stage = {name: row[name] for name in StageAnswer.model_fields}
        stages.append(stage | totals[row["stage_id"]].figures() | {"cards": shown, "next_cursor": cursor})
    return orjson.dumps(_answer(pipeline_id, rows[0]["pipeline"], currency, stages))


def _answer(pipeline_id: UUID, name: str, currency: str, stages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"pipeline_id": pipeline_id, "name": name, "currency": currency, "stages": stages}


def stage_page(
    session: Session,
    settings: Settings,
    caller: Caller,
    pipeline_id: UUID,
    stage_id: UUID,
    request: BoardRequest,
    cursor: str | None,
) -> bytes:
    """The cards of one stage from `cursor` on: the JSON of a CardPage.

    Raises NotFound, and Invalid for a cursor that is none.
    """
    after = _parsed(cursor) if cursor is not None else None
    wanted, today = _wanted(caller, request), business_today(settings)
    cards = repository.cards(session, pipeline_id, wanted, today, request.limit + 1, stage_id=stage_id, after=after)
    if not cards:
        # Asked afterwards, since a stage that has cards is there.
        pipeline_stages.get_stage(session, pipeline_id, stage_id)
    shown, following = _page(cards, request.limit)
    return orjson.dumps({"items": shown, "next_cursor": following})


def _wanted(caller: Caller, request: BoardRequest) -> Wanted:
    return Wanted(seen_by(caller), request.user_ids, request.query)


def _totals(settings: Settings, rows: Sequence[RowMapping], currency: str) -> dict[UUID, _Totals]:
    rates: Sequence[tuple[date, Decimal]] = ()
    if any(row["day"] is not None for row in rows):
        with platform_session(settings) as platform:
            rates = repository.rates(platform, currency)
    found: dict[UUID, _Totals] = defaultdict(_Totals)
    for row in rows:
        total, cards = found[row["stage_id"]], row["cards"] or 0
        total.count += cards
        rate = Decimal(1) if row["day"] is None else _rate(rates, row["day"])
        if rate is None or row["factor"] is None:
            total.without_rate += cards
            continue
        total.value += row["value"] * row["factor"] / rate
        total.weighted += row["weighted"] * row["factor"] / rate
    return found


def _rate(rates: Sequence[tuple[date, Decimal]], day: date) -> Decimal | None:
    """The last rate known by the day, or the first one known at all: as the marts take it."""
    place = bisect_right(rates, day, key=lambda rate: rate[0])
    return rates[max(place - 1, 0)][1] if rates else None


def _page(cards: Sequence[Card], limit: int) -> tuple[orjson.Fragment, str | None]:
    """The list of the first `limit` cards, and the cursor of those that follow."""
    shown = cards[:limit]
    content = orjson.Fragment("[" + ",".join(card.json for card in shown) + "]")
    return content, _cursor(shown[-1].place) if len(cards) > limit else None


def _cursor(place: Place) -> str:
    return encode_cursor([place.position, place.opportunity_id.hex])


def _parsed(cursor: str) -> Place:
    try:
        position, key = decode_cursor(cursor, 2)
        place = Place(float(position), UUID(key))
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise wrong_cursor(OTHER_STAGE) from None
    if not math.isfinite(place.position):
        raise wrong_cursor(OTHER_STAGE)
    return place
