"""Sends what the queue holds, beside the API's requests: one thread for the queue, a few that wait for receivers."""

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Event, Lock, Thread
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from crm_api.logs import LOGGER, where
from crm_api.webhooks import queue
from crm_api.webhooks.events import payload
from crm_api.webhooks.queue import Due
from crm_api.webhooks.sending import TIMEOUT_SECONDS, Deadline, Outcome, post
from crm_api.webhooks.signing import signed_headers
from pymeai.clock import utc_now
from pymeai.database.tables.workspace import AuditLog
from pymeai.errors import PymeError
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session, tenant_session
from pymeai.tenancy.tenant import Tenant

SENDERS = 8
"""How many receivers are waited for at once."""
SENDERS_OF_ONE = 2
"""How many of them one organization holds: with 20 webhooks at servers that never answer it held all of them, and its
neighbours' deliveries came 15 seconds late."""
BATCH = 64
POLL_SECONDS = 1.0
OUTAGE_SECONDS = 10.0
CLEANING_SECONDS = 3600.0
TURN_SECONDS = 60.0
"""How long after they were taken deliveries are begun, well within their lease: what is left goes back to the queue."""

Attempts = list[tuple[Due, Outcome]]


class DeliveryWorker:
    """Starts with the API and stops with it. Any number of processes may run one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stopping = Event()
        self._lock = Lock()
        self._deadlines: set[Deadline] = set()
        self._running: dict[Future[Attempts], list[Due]] = {}
        self._cleaned_at = time.monotonic()
        self._thread = Thread(target=self._run, name="webhook deliveries", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Cut what is being sent, give it back to the queue, and end."""
        self._stopping.set()
        with self._lock:
            for deadline in self._deadlines:
                deadline.cut()
        self._thread.join()

    def _run(self) -> None:
        out = False
        with ThreadPoolExecutor(SENDERS, thread_name_prefix="webhook sender") as senders:
            while not self._stopping.is_set():
                try:
                    self._turn(senders)
                    out = False
                except Exception as error:  # noqa: BLE001 - the edge of this thread: what is due has to go on coming due
                    if not out:
                        LOGGER.warning("webhook queue failed", extra={"fields": where(error)})
                    out = True
                    self._stopping.wait(OUTAGE_SECONDS)
        try:
            self._record_done()
        except (PymeError, SQLAlchemyError) as error:
            # Their leases end by themselves.
            LOGGER.warning("webhook queue failed", extra={"fields": where(error)})

    def _turn(self, senders: ThreadPoolExecutor) -> None:
        self._record_done()
        if time.monotonic() - self._cleaned_at > CLEANING_SECONDS:
            self._cleaned_at = time.monotonic()
            with platform_session(self._settings) as session:
                queue.remove_old(session)
        found: list[Due] = []
        held: Counter[UUID] = Counter()
        if len(self._running) < SENDERS:
            busy = {group[0].webhook_id for group in self._running.values()}
            held = self._held()
            full = [organization for organization, count in held.items() if count >= SENDERS_OF_ONE]
            with platform_session(self._settings) as session:
                found = queue.take_due(session, BATCH, busy, full)
        taken_at = time.monotonic()
        too_many: list[Due] = []
        for deliveries in _of_each_webhook(found):
            organization = deliveries[0].organization_id
            if held[organization] >= SENDERS_OF_ONE:
                too_many += deliveries
                continue
            held[organization] += 1
            self._running[senders.submit(self._send, deliveries, taken_at)] = deliveries
        if too_many:
            with platform_session(self._settings) as session:
                queue.give_back(session, too_many)
        if self._running:
            wait(self._running, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
        elif not found:
            self._stopping.wait(POLL_SECONDS)

    def _held(self) -> Counter[UUID]:
        """How many senders each organization holds."""
        return Counter(group[0].organization_id for group in self._running.values())

    def _record_done(self) -> None:
        for future in [future for future in self._running if future.done()]:
            deliveries = self._running.pop(future)
            attempts = future.result()
            tried = {due.delivery_id for due, _ in attempts}
            off: UUID | None = None
            with platform_session(self._settings) as session:
                queue.hold(session, deliveries[0].webhook_id)
                queue.give_back(session, [due for due in deliveries if due.delivery_id not in tried])
                for due, outcome in attempts:
                    if queue.record(session, due, outcome):
                        off = due.webhook_id
            for due, outcome in attempts:
                _log(due, outcome)
            if off is not None:
                self._switch_off(deliveries[0])

    def _send(self, deliveries: Sequence[Due], taken_at: float) -> Attempts:
        """Send one webhook's deliveries, one after the other, until its receiver is down or its turn is over."""
        attempts: Attempts = []
        for due in deliveries:
            if self._stopping.is_set() or time.monotonic() - taken_at > TURN_SECONDS:
                break
            outcome = self._post(due)
            if self._stopping.is_set() and not outcome.delivered:
                # Cut by us, which says nothing of the receiver.
                break
            attempts.append((due, outcome))
            if outcome.receiver_is_down:
                break
        return attempts

    def _post(self, due: Due) -> Outcome:
        body = payload(due.event, due.entity, due.entity_id, due.created_at)
        headers = signed_headers(
            self._settings, due.webhook_id, due.secret_version, due.delivery_id, int(utc_now().timestamp()), body
        )
        deadline = Deadline(TIMEOUT_SECONDS)
        with self._lock:
            self._deadlines.add(deadline)
        try:
            return post(
                due.url,
                headers | {"Content-Type": "application/json"},
                body,
                allow_private=self._settings.webhook_allow_private,
                deadline=deadline,
            )
        except Exception as error:  # noqa: BLE001 - one receiver's oddity must not stop the others' deliveries
            LOGGER.error("webhook delivery broke", extra={"fields": where(error)})
            return Outcome(error="La entrega falló de nuestro lado.")
        finally:
            with self._lock:
                self._deadlines.discard(deadline)

    def _switch_off(self, due: Due) -> None:
        """Switch the webhook off, and say so in its organization's audit log."""
        with platform_session(self._settings) as session:
            switched = queue.switch_off(session, due.webhook_id)
        if switched:
            with tenant_session(self._settings, Tenant(due.organization_id)) as session:
                session.add(AuditLog(action="disabled", entity="webhook", entity_id=due.webhook_id))
            LOGGER.info("webhook switched off", extra={"fields": {"webhook_id": str(due.webhook_id)}})


def _of_each_webhook(found: Sequence[Due]) -> list[list[Due]]:
    """The deliveries of each webhook, and the webhooks, in the order in which they were found."""
    groups: dict[UUID, list[Due]] = {}
    for due in found:
        groups.setdefault(due.webhook_id, []).append(due)
    return list(groups.values())


def _log(due: Due, outcome: Outcome) -> None:
    fields = {
        "webhook_id": str(due.webhook_id),
        "delivery_id": str(due.delivery_id),
        "event": due.event,
        "status": outcome.status,
        "delivered": outcome.delivered,
    }
    LOGGER.info("webhook delivery", extra={"fields": fields})
