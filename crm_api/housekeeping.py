"""Removes what has served its time: answers kept for retries, sign-ins that ended, codes and invitations that are over."""

from datetime import timedelta
from threading import Event, Thread

from sqlalchemy import delete, func, or_
from sqlalchemy.orm import Session

from crm_api import idempotency
from crm_api.logs import LOGGER, where
from pymeai.database.tables.platform import IdempotencyKey, Invitation, PasswordReset, UserSession
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session

KEPT = timedelta(days=30)
"""For how long what is over can still be looked into. The audit log keeps who signed in, and who was invited, for good."""
EVERY_SECONDS = 3600.0


class Housekeeper:
    """Starts with the API and stops with it. Any number of processes may have one."""

    def __init__(self, settings: Settings, every_seconds: float = EVERY_SECONDS) -> None:
        self._settings, self._every = settings, every_seconds
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begin; for the first time after one interval, since whoever starts has better things to do."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the round that is under way."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            try:
                with platform_session(self._settings) as session:
                    remove_expired(session)
            except Exception as error:  # noqa: BLE001 - the edge of this thread: the next round may find the database up
                LOGGER.warning("housekeeping failed", extra={"fields": where(error)})


def remove_expired(session: Session) -> None:
    """Remove what is over; `session` is the platform's. Invitations that only expired stay listed as long as what ended."""
    long_ago = func.now() - KEPT
    for statement in (
        delete(IdempotencyKey).where(IdempotencyKey.created_at < func.now() - idempotency.KEPT),
        delete(UserSession).where(or_(UserSession.expires_at < long_ago, UserSession.revoked_at < long_ago)),
        delete(PasswordReset).where(or_(PasswordReset.expires_at < long_ago, PasswordReset.used_at < long_ago)),
        delete(Invitation).where(
            or_(
                Invitation.expires_at < long_ago,
                Invitation.accepted_at < long_ago,
                Invitation.revoked_at < long_ago,
            )
        ),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
