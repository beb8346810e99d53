"""How often one may try to get in: the numbers of docs/security.md."""

from datetime import timedelta

from crm_api.throttling import Attempt, Limit, from_address

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

# Whoever mistypes from one place waits soon; a stranger elsewhere cannot lock the owner out so easily, yet a password is
# never guessed at more than some hundred times a day from all places together.
LOGIN_HERE = Limit("login account and address", 5, _DAY, first_block=_MINUTE)
LOGIN_ACCOUNT = Limit("login account", 50, _DAY, first_block=_MINUTE)
LOGIN_ADDRESS = Limit("login address", 100, timedelta(minutes=15))
REGISTER_ADDRESS = Limit("register address", 20, _HOUR)
FORGOT_ACCOUNT = Limit("forgot account", 5, _HOUR)
FORGOT_ADDRESS = Limit("forgot address", 20, _HOUR)
TOKEN_ADDRESS = Limit("mailed token address", 30, timedelta(minutes=15))
PASSWORD_CHANGE = Limit("password change", 5, _DAY, first_block=_MINUTE)
INVITE_ORGANIZATION = Limit("invite organization", 200, _DAY)
INVITE_EMAIL = Limit("invite email", 5, _DAY)


def login(email: str, address: str | None) -> list[Attempt]:
    """A sign-in: counted whether or not anybody has that e-mail, taken back when it succeeds."""
    return [
        Attempt(LOGIN_HERE, f"{email}\n{address}"),
        Attempt(LOGIN_ACCOUNT, email),
        *from_address(LOGIN_ADDRESS, address),
    ]


def forgot(email: str, address: str | None) -> list[Attempt]:
    """A request for a new password."""
    return [Attempt(FORGOT_ACCOUNT, email), *from_address(FORGOT_ADDRESS, address)]
