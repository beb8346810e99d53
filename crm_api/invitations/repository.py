"""Queries on invitations."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session

from pymeai.database.tables.platform import Invitation, User


def open_in(organization_id: UUID) -> Select[Invitation]:
    """An organization's invitations that were neither accepted nor withdrawn; expired ones too."""
    return select(Invitation).where(*_open(organization_id))


def find(session: Session, organization_id: UUID, invitation_id: UUID) -> Invitation | None:
    """One open invitation of the organization, held until the end of the transaction."""
    statement = open_in(organization_id).where(Invitation.invitation_id == invitation_id).with_for_update()
    return session.execute(statement).scalar_one_or_none()


def active_colleague(session: Session, organization_id: UUID, email: str) -> bool:
    """Whether somebody with this e-mail works in the organization already."""
    statement = select(User.user_id).where(User.organization_id == organization_id, User.email == email, User.is_active)
    return session.execute(statement).scalar_one_or_none() is not None


def hold_open_to(session: Session, organization_id: UUID, email: str) -> Sequence[Invitation]:
    """The open invitations of an e-mail, held until the end of the transaction."""
    statement = open_in(organization_id).where(Invitation.email == email).with_for_update()
    return session.execute(statement).scalars().all()


def withdraw_of(
    session: Session, organization_id: UUID, inviter: UUID, roles: Collection[str], now: datetime
) -> Sequence[Invitation]:
    """End the open invitations that somebody sent for one of these roles; gives those that ended."""
    statement = update(Invitation).where(
        *_open(organization_id), Invitation.invited_by == inviter, Invitation.role.in_(roles)
    )
    return session.execute(statement.values(revoked_at=now).returning(Invitation)).scalars().all()


def add(session: Session, invitation: Invitation) -> Invitation:
    """Store a new invitation and read back what the database filled in."""
    session.add(invitation)
    session.flush()
    session.refresh(invitation)
    return invitation


def hold_inviter(session: Session, token_hash: str) -> User | None:
    """Who sent the invitation with this token, as they are until the end of the transaction.

    To be called before `take`: who takes somebody's role holds the person first and their invitations after.
    """
    statement = (
        select(User)
        .join(Invitation, Invitation.invited_by == User.user_id)
        .where(Invitation.token_hash == token_hash)
        .with_for_update(read=True, of=User)
    )
    return session.execute(statement).scalar_one_or_none()


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


def _open(organization_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        Invitation.organization_id == organization_id,
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
    )
