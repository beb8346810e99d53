"""Whom to write to today, why, and with which words."""

from collections import defaultdict
from datetime import date
from uuid import UUID

import psycopg
from sqlalchemy.orm import Session

from crm_api.analytics import recommendation_repository as repository
from crm_api.analytics.recommendation_repository import StayingAway
from crm_api.analytics.report_schemas import Reason, Recommendation, RecommendationList
from crm_api.dependencies import Caller
from crm_api.logs import LOGGER, where
from crm_api.organization.visibility import seen_by
from pymeai.clock import business_today
from pymeai.costa_rica.money import format_date
from pymeai.costa_rica.phones import whatsapp_link
from pymeai.database.tables.tenant import Customer
from pymeai.errors import Unavailable
from pymeai.settings import Settings
from pymeai.tenancy.readers import reader_statements

MOST_OF_A_KIND = 500
"""The most follow-ups, opportunities and customers that are weighed: nobody writes to more in a day."""
# Promises come first, then who is leaving, then what stands still.
_WEIGHTS = {"followup_due": 100, "next_step_due": 90, "losing": 70, "at_risk": 60, "stalled": 50}
VALUABLE = 15
ANOTHER_REASON = 5
LATE_DAYS = 9
"""A promise gains one point a day that it is late, up to so many."""
WITHOUT_NAME = "Sin nombre"

Weighed = tuple[int, Reason]


def recommendations(
    settings: Settings, caller: Caller, session: Session, *, mine: bool, limit: int
) -> RecommendationList:
    """The customers to write to, the most urgent first; with `mine`, of the caller's own alone."""
    today = business_today(settings)
    visible = seen_by(caller)
    own = caller.user_id if mine else visible
    reasons: dict[UUID, list[Weighed]] = defaultdict(list)
    titles: dict[UUID, str] = {}
    for row in repository.due_followups(session, today, own, MOST_OF_A_KIND):
        reasons[row.customer_id].append(_followup(row.interaction_id, row.type, row.followup_date, today))
    for row in repository.due_opportunities(session, today, own, MOST_OF_A_KIND):
        titles[row.opportunity_id] = row.title
        reasons[row.customer_id].append(
            _next_step(row.opportunity_id, row.title, row.step_on, today)
            if row.step_due
            else _stalled(row.opportunity_id, row.title, row.stage, row.days)
        )
    promised = set(reasons)
    for away in _staying_away(settings, caller):
        reasons[away.customer_id].append(_away(away))
    found = repository.customers(session, reasons.keys(), visible)
    if mine:
        # What the segmentation says concerns whose customer it is.
        found = {key: customer for key, customer in found.items() if key in promised or customer.owner_user_id == own}
    items = [_recommendation(customer, reasons[key], titles) for key, customer in found.items()]
    items.sort(key=lambda item: (-item.priority, -(item.lifetime_value or 0), item.name, item.customer_id))
    return RecommendationList(items=items[:limit], total=len(items), today=today)


def _recommendation(customer: Customer, weighed: list[Weighed], titles: dict[UUID, str]) -> Recommendation:
    ordered = sorted(weighed, key=lambda reason: -reason[0])
    strongest = ordered[0][1]
    message = _message(customer, strongest, titles)
    return Recommendation(
        customer_id=customer.customer_id,
        name=_name(customer),
        phone=customer.phone,
        whatsapp=whatsapp_link(customer.phone, message) if customer.phone and _may_write(customer) else None,
        message=message,
        reasons=[reason for _, reason in ordered],
        priority=ordered[0][0] + ANOTHER_REASON * (len(ordered) - 1),
        owner_user_id=customer.owner_user_id,
        lifetime_value=float(customer.lifetime_value) if customer.lifetime_value is not None else None,
    )


def _followup(interaction_id: UUID, kind: str, due: date, today: date) -> Weighed:
    late = (today - due).days
    when = "hoy" if not late else f"el {format_date(due)} (hace {_days(late)})"
    text = f"Tiene un seguimiento pendiente para {when}: {kind}."
    weight = _WEIGHTS["followup_due"] + min(late, LATE_DAYS)
    return weight, Reason(kind="followup_due", text=text, interaction_id=interaction_id)


def _next_step(opportunity_id: UUID, title: str, due: date, today: date) -> Weighed:
    late = (today - due).days
    when = "es hoy" if not late else f"era el {format_date(due)} (hace {_days(late)})"
    weight = _WEIGHTS["next_step_due"] + min(late, LATE_DAYS)
    return weight, Reason(
        kind="next_step_due", text=f"El próximo paso de «{title}» {when}.", opportunity_id=opportunity_id
    )


def _stalled(opportunity_id: UUID, title: str, stage: str, days: int) -> Weighed:
    text = f"«{title}» lleva {_days(days)} en la etapa {stage}, más de lo previsto."
    return _WEIGHTS["stalled"], Reason(kind="stalled", text=text, opportunity_id=opportunity_id)


def _away(away: StayingAway) -> Weighed:
    losing = "perdiendose" in away.flags
    fallback = "Hace tiempo que no compra." if losing else "Tarda más de lo suyo en volver a comprar."
    weight = _WEIGHTS["losing" if losing else "at_risk"] + (VALUABLE if "valioso" in away.flags else 0)
    return weight, Reason(kind="losing" if losing else "at_risk", text=" ".join(away.reasons) or fallback)


def _staying_away(settings: Settings, caller: Caller) -> list[StayingAway]:
    """Empty where the marts cannot be read now: what was promised is worth showing without them."""
    try:
        with reader_statements(settings, caller.tenant) as reader:
            return repository.staying_away(reader, MOST_OF_A_KIND)
    except (Unavailable, psycopg.Error) as error:
        LOGGER.warning("customers at risk not read", extra={"fields": where(error)})
        return []


def _message(customer: Customer, reason: Reason, titles: dict[UUID, str]) -> str:
    called = customer.first_name or customer.company_name
    greeting = f"Hola {called}" if called else "Hola"
    title = titles.get(reason.opportunity_id) if reason.opportunity_id else None
    match reason.kind:
        case "followup_due":
            return f"{greeting}, le escribo para dar seguimiento a lo que conversamos. ¿Cómo le ha ido?"
        case "next_step_due":
            return f"{greeting}, como quedamos, le escribo sobre «{title}». ¿Le queda bien que conversemos hoy?"
        case "stalled":
            return f"{greeting}, ¿cómo va con «{title}»? Si le queda alguna duda, con mucho gusto le ayudo."
        case "losing" | "at_risk":
            return f"{greeting}, ¿cómo está? Hace días que no sabemos de usted. ¿En qué le podemos ayudar?"


def _may_write(customer: Customer) -> bool:
    said = customer.consent.get("whatsapp")
    return not (isinstance(said, dict) and said.get("granted") is False)


def _name(customer: Customer) -> str:
    person = " ".join(part for part in (customer.first_name, customer.last_name) if part)
    return customer.company_name or person or WITHOUT_NAME


def _days(number: int) -> str:
    return "1 día" if number == 1 else f"{number} días"
