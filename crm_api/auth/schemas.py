"""What registration and sign-in take and give."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from crm_api.auth.password_rules import require_uncommon, require_unobvious
from crm_api.schemas import Answer, Currency, Line, Schema, require_one_line, require_visible

# None of the signs with which a mail's header lists several addresses: a mail goes to one person.
_PART = r"[^@\s\x00-\x1f\x7f<>()\[\],;:\\\""
_EMAIL = re.compile(rf"{_PART}]{{1,64}}@{_PART}.]+(\.{_PART}.]+)+")


def _plausible_email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise ValueError("No parece un correo electrónico.")
    return text


Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True, min_length=3, max_length=254),
    AfterValidator(_plausible_email),
]
"""An e-mail address in lower case: its form, not its existence."""


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=100, pattern=r"^[^\x00]*$"),
    AfterValidator(require_one_line),
    AfterValidator(require_visible),
]
"""A first or last name on one line; it may be empty."""
NewPassword = Annotated[
    str,
    Field(min_length=8, max_length=128, description="8 caracteres o más, los que quiera; no una de las más comunes."),
    AfterValidator(require_uncommon),
]
Password = Annotated[str, Field(min_length=1, max_length=128)]
MailedToken = Annotated[str, Field(min_length=1, max_length=200, description="El código del correo.")]


class RegisterRequest(Schema):
    """A company and the person who owns it."""

    organization_name: Line
    industry_type: Annotated[str, Field(max_length=63, description="Un nombre de GET /api/templates.")] = "general"
    currency: Currency = "CRC"
    email: Email
    password: NewPassword
    first_name: Name = ""
    last_name: Name = ""

    @model_validator(mode="after")
    def _not_the_obvious(self) -> Self:
        require_unobvious(self.password, self.email, self.organization_name)
        return self


class LoginRequest(Schema):
    """E-mail and password."""

    email: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=254, pattern=r"^[^\x00]*$")]
    password: Password


class RefreshRequest(Schema):
    """The refresh token of the last answer."""

    refresh_token: Annotated[str, Field(min_length=1, max_length=500)]


class LogoutRequest(Schema):
    """The bearer token says which sign-in ends; the refresh token may come along."""

    refresh_token: Annotated[str | None, Field(max_length=500)] = None


class ForgotPasswordRequest(Schema):
    """Whose password was forgotten."""

    email: Email


class ResetPasswordRequest(Schema):
    """The token of the e-mail, and the password to set."""

    token: MailedToken
    password: NewPassword


class PasswordChange(Schema):
    """The password that one has, and the one that one wants."""

    current_password: Password
    new_password: NewPassword


class AcceptInvitationRequest(Schema):
    """The token of the e-mail, who one is, and the password to set."""

    token: MailedToken
    first_name: Annotated[Name, Field(min_length=1)]
    last_name: Name = ""
    password: NewPassword


class Acknowledgement(Answer):
    """What was understood, and what happens next."""

    detail: str


class Tokens(Answer):
    """`expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105
    expires_in: int


class UserAnswer(Answer):
    """A person of the organization."""

    user_id: UUID
    email: str
    first_name: str
    last_name: str
    role: str
    is_active: bool
    last_login: datetime | None


class OrganizationSummary(Answer):
    """The company one signed in to."""

    organization_id: UUID
    name: str
    industry_type: str
    settings: dict[str, Any]


class LoginAnswer(Tokens):
    """The tokens, and who and where one is."""

    user: UserAnswer
    organization: OrganizationSummary


class SessionAnswer(Answer):
    """One sign-in on one device."""

    session_id: UUID
    device: str | None
    ip: str | None
    created_at: datetime
    last_seen: datetime
    expires_at: datetime
    current: bool = False


class SessionList(Answer):
    """All live sign-ins of the caller."""

    items: list[SessionAnswer]
    total: int
