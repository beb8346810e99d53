"""Where a card stands among those of its stage: a number between its neighbours'."""

from uuid import UUID

from sqlalchemy import func, select, text, tuple_, update
from sqlalchemy.orm import Session

from pymeai.database.tables.tenant import Opportunity
from pymeai.errors import invalid_field

STEP = 1024.0
"""Between two cards that were just put in order: room for 30 more to be put between them, one beside the other."""
CLOSEST = 1e-6
"""Cards nearer than this are put in order anew first."""


def hold(session: Session) -> None:
    """Until this transaction ends, nobody else of the organization places cards beside each other.

    Call it before holding an opportunity. Whoever puts a stage in order writes all of its cards: two who do so, each with
    a card of the other's stage in hand, would wait for each other forever.
    """
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(current_schema() || ' board', 0))"))


def top(session: Session, stage_id: UUID) -> float:
    """The place above all cards of the stage."""
    highest = select(func.min(Opportunity.board_position)).where(
        Opportunity.stage_id == stage_id, Opportunity.deleted_at.is_(None)
    )
    found = session.execute(highest).scalar_one_or_none()
    return 0.0 if found is None else found - STEP


def beside(
    session: Session, stage_id: UUID, opportunity_id: UUID, after_id: UUID | None, before_id: UUID | None
) -> float:
    """The place below the card `after_id` and above `before_id`, or next to the one that is given.

    Puts the stage's cards in order where they are too close to each other. Raises Invalid where a card is not in the
    stage, or the two are the wrong way round.
    """
    found = _between(session, stage_id, opportunity_id, after_id, before_id)
    if found is None:
        _put_in_order(session, stage_id)
        found = _between(session, stage_id, opportunity_id, after_id, before_id)
    if found is None:
        raise invalid_field("before_id", "Las dos tarjetas están al revés. Recargue el tablero.")
    return found


def _between(
    session: Session, stage_id: UUID, opportunity_id: UUID, after_id: UUID | None, before_id: UUID | None
) -> float | None:
    above = _position(session, stage_id, opportunity_id, after_id, "after_id") if after_id else None
    below = _position(session, stage_id, opportunity_id, before_id, "before_id") if before_id else None
    if after_id and before_id is None:
        below = _neighbour(session, stage_id, opportunity_id, (above, after_id), below=True)
    elif before_id and after_id is None:
        above = _neighbour(session, stage_id, opportunity_id, (below, before_id), below=False)
    if above is None:
        return below - STEP if below is not None else 0.0
    if below is None:
        return above + STEP
    middle = (above + below) / 2
    return middle if below - above >= CLOSEST and above < middle < below else None


def _position(session: Session, stage_id: UUID, moved: UUID, other: UUID, field: str) -> float:
    statement = select(Opportunity.board_position).where(
        Opportunity.opportunity_id == other,
        Opportunity.opportunity_id != moved,
        Opportunity.stage_id == stage_id,
        Opportunity.deleted_at.is_(None),
    )
    found = session.execute(statement).scalar_one_or_none()
    if found is None:
        raise invalid_field(field, "Esa tarjeta no está en la etapa. Recargue el tablero.")
    return found


def _neighbour(
    session: Session, stage_id: UUID, moved: UUID, place: tuple[float | None, UUID], *, below: bool
) -> float | None:
    """The position of the card next to `place`; the moved card, which leaves its own, is none."""
    order = tuple_(Opportunity.board_position, Opportunity.opportunity_id)
    statement = select(Opportunity.board_position).where(
        Opportunity.stage_id == stage_id,
        Opportunity.deleted_at.is_(None),
        Opportunity.opportunity_id != moved,
        order > tuple_(*place) if below else order < tuple_(*place),
    )
    columns = (Opportunity.board_position, Opportunity.opportunity_id)
    ordered = statement.order_by(*(columns if below else [column.desc() for column in columns]))
    return session.execute(ordered.limit(1)).scalar_one_or_none()


def _put_in_order(session: Session, stage_id: UUID) -> None:
    """Give the stage's cards room between each other, in one statement. It is no edit: no tag changes, no audit."""
    place = func.row_number().over(order_by=(Opportunity.board_position, Opportunity.opportunity_id)) * text(str(STEP))
    ordered = (
        select(Opportunity.opportunity_id, place.label("place"))
        .where(Opportunity.stage_id == stage_id, Opportunity.deleted_at.is_(None))
        .subquery()
    )
    session.execute(
        update(Opportunity)
        .where(Opportunity.opportunity_id == ordered.c.opportunity_id)
        .values(board_position=ordered.c.place)
        .execution_options(synchronize_session=False)
    )
