"""The e-mails that the application under test wrote."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from pymeai.mail.sending import OUTBOX
from pymeai.settings import Settings


def mails_to(settings: Settings, address: str) -> list[EmailMessage]:
    """All mails to an address, the oldest first."""
    found = []
    for path in sorted((settings.home_path / OUTBOX).glob("*.eml")):
        message = message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=default)
        if message["To"] == address:
            found.append(message)
    return found


def token_in(message: EmailMessage) -> str:
    """The token that a mail carries."""
    found = re.search(r"es este: (\S+)", message.get_content())
    assert found, message.get_content()
    assert f"token={found[1]}" in message.get_content()
    return found[1]
