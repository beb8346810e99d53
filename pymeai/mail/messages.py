"""What our e-mails say."""

import unicodedata
from urllib.parse import urlencode

from pymeai.mail.sending import Mail
from pymeai.settings import Settings

ROLE_NAMES = {
    "owner": "dueño",
    "admin": "administrador",
    "manager": "gerente",
    "seller": "vendedor",
    "viewer": "consulta",
}
"""The roles as people read them."""


def password_reset(settings: Settings, to: str, token: str) -> Mail:
    """The link with which somebody sets a new password, for an hour."""
    link = _link(settings, "nueva-clave", token)
    return Mail(
        to,
        "Cambie su contraseña de PymeAI",
        f"""Buenas:

Alguien pidió cambiar la contraseña de su cuenta de PymeAI. Si fue usted, abra este enlace antes de una hora:

{link}

Si se le pide un código, es este: {token}

Si no fue usted, no haga nada: su contraseña sigue siendo la misma.
""",
    )


def password_changed(to: str) -> Mail:
    """The warning after a password was changed."""
    return Mail(
        to,
        "Su contraseña de PymeAI cambió",
        """Buenas:

La contraseña de su cuenta de PymeAI acaba de cambiar, y se cerraron sus otras sesiones.

Si no fue usted, pida una nueva de inmediato en la pantalla de ingreso («Olvidé mi contraseña») y avise a quien
administra su organización.
""",
    )


def invitation(settings: Settings, to: str, organization: str, role: str, token: str, first_name: str = "") -> Mail:
    """The link with which somebody joins an organization, for a week."""
    link = _link(settings, "invitacion", token)
    organization, first_name = _on_one_line(organization), _on_one_line(first_name)
    greeting = f"Buenas, {first_name}:" if first_name else "Buenas:"
    return Mail(
        to,
        f"Le invitaron a {organization} en PymeAI",
        f"""{greeting}

{organization} le invita a su cuenta de PymeAI con el rol de {ROLE_NAMES.get(role, role)}. Abra este enlace antes de siete
días para escribir su nombre y su contraseña:

{link}

Si se le pide un código, es este: {token}

Si no conoce a esta empresa, no haga nada.
""",
    )


def _on_one_line(name: str) -> str:
    """A stored name as a subject can hold it: one with a bell or a line break in it would be refused as a header."""
    shown = (" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in name)
    return " ".join("".join(shown).split())


def _link(settings: Settings, page: str, token: str) -> str:
    # From the settings, never from the request: a forged Host header would send the token elsewhere.
    base = settings.public_url or f"http://{settings.host}:{settings.dashboard_port}"
    return f"{base.rstrip('/')}/{page}?{urlencode({'token': token})}"
