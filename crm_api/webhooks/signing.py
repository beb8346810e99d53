"""Signatures as Standard Webhooks has them: HMAC-SHA256 of id, time and body."""

import base64
import hashlib
import hmac
from uuid import UUID

from pymeai.settings import Settings

PREFIX = "whsec_"


def secret_of(settings: Settings, webhook_id: UUID, version: int) -> str:
    """The secret with which a webhook's receiver checks signatures. It is stored nowhere: it derives from the server's."""
    return PREFIX + base64.b64encode(_key(settings, webhook_id, version)).decode()


def signed_headers(
    settings: Settings, webhook_id: UUID, version: int, message_id: UUID, seconds: int, body: bytes
) -> dict[str, str]:
    """The headers webhook-id, webhook-timestamp and webhook-signature.

    After a change of secret the signature of the one before stands beside the new one, so that a receiver loses nothing
    while it changes over. It proves nothing to whoever checks with the new one alone.
    """
    content = f"{message_id}.{seconds}.".encode() + body
    versions = [version, version - 1] if version > 1 else [version]
    signatures = [
        "v1," + base64.b64encode(hmac.digest(_key(settings, webhook_id, each), content, hashlib.sha256)).decode()
        for each in versions
    ]
    return {
        "webhook-id": str(message_id),
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(signatures),
    }


def _key(settings: Settings, webhook_id: UUID, version: int) -> bytes:
    return bytes.fromhex(settings.derive(f"webhook:{webhook_id}:{version}"))
