"""What invitations take and give."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from crm_api.auth.schemas import Email, Name
from crm_api.schemas import Answer, Schema

Role = Literal["owner", "admin", "manager", "seller", "viewer"]


class InviteRequest(Schema):
    """Whom to invite, and as what."""

    email: Email
    role: Role = "seller"
    first_name: Name = ""


class InvitationAnswer(Answer):
    """An invitation that nobody accepted yet."""

    invitation_id: UUID
    email: str
    role: str
    invited_by: UUID | None
    created_at: datetime
    expires_at: datetime
