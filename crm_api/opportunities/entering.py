"""What entering a stage asks for and brings about: a reason where it is lost, a sale where it is won."""

from sqlalchemy.orm import Session

from crm_api.opportunities import winning
from crm_api.opportunities.schemas import SaleOfWin
from pymeai.database.tables.tenant import Opportunity
from pymeai.errors import invalid_field
from pymeai.settings import Settings


def lost_reason(kind: str, sent: str | None, stored: str | None = None) -> str | None:
    """The reason that an opportunity has in a stage of this kind; `stored` is the one it has if it is lost already.

    Raises Invalid where it is lost without one, or has one and is not lost.
    """
    if kind == "lost":
        if sent is None and stored is None:
            raise invalid_field("lost_reason", "Escriba por qué se perdió.")
        return sent or stored
    if sent is not None:
        message = "Solo una oportunidad perdida lleva motivo de pérdida."
        raise invalid_field("lost_reason", message)
    return None


def settle_sale(
    session: Session, settings: Settings, opportunity: Opportunity, was: str, wanted: SaleOfWin | bool | None = None
) -> None:
    """Write the sale of an opportunity that became won, or take back that of one that is won no more.

    The opportunity is stored and held. Raises Invalid where a sale is wanted of one that was not won now, and Conflict.
    """
    if opportunity.status == "won" and was != "won":
        winning.write_sale(session, settings, opportunity, wanted)
        return
    if wanted:
        message = "Solo lleva venta al pasar a una etapa ganada."
        raise invalid_field("sale", message)
    if was == "won" and opportunity.status != "won":
        winning.take_back_sale(session, opportunity)
