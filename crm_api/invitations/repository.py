"""Queries on invitations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from pymeai.database.tables.platform import Invitation, User


def open_in(organization_id: UUID) -> Select[Invitation]:
    """An organization's invitations that were neither accepted nor withdrawn; expired ones too."""
    return select(Invitation).where(
        Invitation.organization_id == organization_id,
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
    )


def find(session: Session, organization_id: UUID, invitation_id: UUID) -> Invitation | None:
    """One open invitation of the organization, held until the end of the transaction."""
    statement = open_in(organization_id).where(Invitation.invitation_id == invitation_id).with_for_update()
    return session.execute(statement).scalar_one_or_none()


def active_colleague(session: Session, organization_id: UUID, email: str) -> bool:
    """Whether somebody with this e-mail works in the organization already."""
    statement = select(User.user_id).where(User.organization_id == organization_id, User.email == email, User.is_active)
    return session.execute(statement).scalar_one_or_none() is not None


def withdraw(session: Session, organization_id: UUID, email: str, now: datetime) -> None:
    """End the open invitations of an e-mail: the newest alone works."""
    session.execute(
        update(Invitation)
        .where(
            Invitation.organization_id == organization_id,
            Invitation.email == email,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


def add(session: Session, invitation: Invitation) -> Invitation:
    """Store a new invitation and read back what the database filled in."""
    session.add(invitation)
    session.flush()
    session.refresh(invitation)
    return invitation


def take(session: Session, token_hash: str) -> Invitation | None:
    """Use up a live invitation, once for all who come at the same time."""
    statement = (
        update(Invitation)
        .where(
            Invitation.token_hash == token_hash,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > func.now(),
        )
        .values(accepted_at=func.now())
        .returning(Invitation)
    )
    return session.execute(statement).scalar_one_or_none()


def email_of_accepted(session: Session, token_hash: str) -> str | None:
    """Who accepted the invitation with this token."""
    statement = select(Invitation.email).where(Invitation.token_hash == token_hash, Invitation.accepted_at.is_not(None))
    return session.execute(statement).scalar_one_or_none()
