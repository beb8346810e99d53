"""E-mails leave through the SMTP server that PYMEAI_SMTP_URL names; without one they become files in PYMEAI_HOME/outbox.

`smtp://user:password@host:587` asks for STARTTLS and goes on only with it (not so on loopback), `smtps://` is TLS from the
first byte.
"""

import os
import re
import secrets
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pymeai.clock import utc_now
from pymeai.errors import ConfigurationError, Unavailable
from pymeai.settings import Settings

OUTBOX = "outbox"
SECONDS = 15
"""How long a mail server may take for one step."""
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Unencoded, so that whoever develops reads a file of the outbox as it is.
_POLICY = SMTP.clone(cte_type="8bit", max_line_length=120)


@dataclass(frozen=True)
class Mail:
    """One message to one person."""

    to: str
    subject: str
    text: str


def send(settings: Settings, mail: Mail) -> None:
    """Send it, or write it into the outbox. Raises Unavailable where the mail server does not take it."""
    message = _message(settings, mail)
    if settings.smtp_url is None:
        _write(settings.home_path / OUTBOX, message)
        return
    try:
        _transmit(settings.smtp_url, message)
    except (smtplib.SMTPException, OSError) as error:
        raise Unavailable("El servidor de correo no responde. Intente más tarde.", code="mail_unavailable") from error


def _message(settings: Settings, mail: Mail) -> EmailMessage:
    if _CONTROL.search(f"{settings.mail_from}{mail.to}{mail.subject}"):
        # A line break in an address or a subject would be a header of somebody else's.
        raise ConfigurationError("Un correo no se puede enviar: su dirección o su asunto no son válidos.")
    message = EmailMessage(policy=_POLICY)
    message["From"] = settings.mail_from
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(utc_now())
    message["Message-ID"] = make_msgid(domain="pymeai")
    # No out-of-office answers to what a program wrote.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    return message


def _write(outbox: Path, message: EmailMessage) -> None:
    outbox.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{utc_now():%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
    draft = outbox / f".{name}"
    # It may hold a token that opens an account: for the owner's eyes only, and never half there.
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(message.as_bytes())
    draft.rename(outbox / f"{name}.eml")


def _transmit(url: str, message: EmailMessage) -> None:
    server = urlsplit(url)
    if server.scheme not in ("smtp", "smtps") or not server.hostname:
        raise ConfigurationError("PYMEAI_SMTP_URL debe ser smtp://… o smtps://…, con el nombre del servidor.")
    with _connected(server.scheme, server.hostname, server.port) as client:
        if server.username:
            client.login(unquote(server.username), unquote(server.password or ""))
        client.send_message(message)


def _connected(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=SECONDS, context=context)
    client = smtplib.SMTP(host, port or 587, timeout=SECONDS)
    if host not in _LOOPBACK:
        # Raises where the server does not offer it: a token must not cross the network in the clear.
        try:
            client.starttls(context=context)
        except BaseException:
            client.close()
            raise
    return client
