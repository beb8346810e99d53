"""Invitations: from the mail to a colleague who is signed in."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select, text

from crm_api.auth import limits
from crm_api.auth.tokens import hash_token
from crm_api.throttling import Attempt, enter
from pymeai.database.tables.platform import Invitation
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session
from tests.crm_api.conftest import PASSWORD, Company, fields, problem
from tests.crm_api.outbox import mails_to, token_in

Colleague = Callable[[Company, str], Company]


@pytest.fixture
def invite(settings: Settings) -> Callable[..., tuple[str, str, str]]:
    """Invite somebody new; gives their e-mail, the token of the mail, and the invitation's id."""

    def run(company: Company, role: str = "seller", email: str | None = None) -> tuple[str, str, str]:
        address = email or f"{uuid4().hex}@ejemplo.cr"
        made = company.post("/api/users/invite", {"email": address, "role": role})
        assert made.status_code == 201, made.text
        return address, token_in(mails_to(settings, address)[-1]), made.json()["invitation_id"]

    return run


Invite = Callable[..., tuple[str, str, str]]


def _accept(client: TestClient, token: str, /, **changes: Any) -> Response:
    body = {"token": token, "first_name": "Lucía", "last_name": "Rojas", "password": PASSWORD} | changes
    return client.post("/api/auth/accept-invitation", json=body)


def test_somebody_invited_joins_and_is_signed_in(
    client: TestClient, company_a: Company, invite: Invite, settings: Settings
) -> None:
    email, token, invitation_id = invite(company_a, "manager")
    mail = mails_to(settings, email)[0]
    assert mail["Subject"] == "Le invitaron a Ferretería La Prueba en PymeAI"
    assert "rol de gerente" in mail.get_content()
    pending = company_a.get("/api/users/invitations", params={"q": email}).json()["items"]
    assert [(item["email"], item["role"], item["invited_by"]) for item in pending] == [
        (email, "manager", str(company_a.user_id))
    ]
    answer = _accept(client, token)
    assert answer.status_code == 201
    body = answer.json()
    assert (body["user"]["email"], body["user"]["role"], body["user"]["first_name"]) == (email, "manager", "Lucía")
    assert body["organization"]["organization_id"] == str(company_a.tenant.organization_id)
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    assert client.post("/api/customers", json={"first_name": "X"}, headers=headers).status_code == 201
    assert client.post("/api/auth/login", json={"email": email, "password": PASSWORD}).status_code == 200
    assert company_a.get("/api/users/invitations", params={"q": email}).json()["total"] == 0
    lines = company_a.get("/api/audit", params={"entity_id": invitation_id, "sort": "created_at"}).json()["items"]
    assert [(line["action"], line["user_id"]) for line in lines] == [
        ("invited", str(company_a.user_id)),
        ("accepted", body["user"]["user_id"]),
    ]
    assert lines[0]["after"] == {"email": email, "role": "manager"}
    assert token not in str(lines)


def test_an_invitation_is_accepted_once(client: TestClient, company_a: Company, invite: Invite) -> None:
    _, token, _ = invite(company_a)
    with ThreadPoolExecutor(8) as pool:
        answers = [answer.status_code for answer in pool.map(lambda _: _accept(client, token), range(8))]
    assert sorted(answers) == [201] + [400] * 7
    problem(_accept(client, token), 400, "invitation_invalid")


def test_a_retried_acceptance_signs_in_again(client: TestClient, company_a: Company, invite: Invite) -> None:
    _, token, _ = invite(company_a)
    body = {"token": token, "first_name": "Lucía", "password": PASSWORD}
    headers = {"Idempotency-Key": uuid4().hex}
    first, second = (client.post("/api/auth/accept-invitation", json=body, headers=headers) for _ in range(2))
    assert [first.status_code, second.status_code] == [201, 201]
    assert first.json()["user"]["user_id"] == second.json()["user"]["user_id"]
    for other, sent in (
        (headers, body | {"password": "otra clave larga"}),
        ({"Idempotency-Key": uuid4().hex}, body),
        ({}, body),
    ):
        answer = client.post("/api/auth/accept-invitation", json=sent, headers=other)
        problem(answer, 400, "invitation_invalid")


def test_an_invitation_withdrawn_or_expired_or_renewed_is_none(
    client: TestClient, company_a: Company, invite: Invite, settings: Settings
) -> None:
    _, withdrawn, withdrawn_id = invite(company_a)
    assert company_a.delete(f"/api/users/invitations/{withdrawn_id}").status_code == 204
    problem(company_a.delete(f"/api/users/invitations/{withdrawn_id}"), 404, "not_found")
    problem(_accept(client, withdrawn), 400, "invitation_invalid")

    _, expired, expired_id = invite(company_a)
    with platform_session(settings) as session:
        moved = "update platform.invitations set expires_at = now() where invitation_id = :id"
        session.execute(text(moved), {"id": expired_id})
    problem(_accept(client, expired), 400, "invitation_invalid")

    email, older, _ = invite(company_a, "viewer")
    _, newer, _ = invite(company_a, "manager", email)
    problem(_accept(client, older), 400, "invitation_invalid")
    assert _accept(client, newer).json()["user"]["role"] == "manager"
    assert company_a.get("/api/users", params={"q": email}).json()["total"] == 1


def test_an_invitation_lasts_a_week_and_is_stored_hashed(
    company_a: Company, invite: Invite, settings: Settings
) -> None:
    _, token, invitation_id = invite(company_a)
    assert len(token) == 22
    with platform_session(settings) as session:
        row = session.execute(select(Invitation).where(Invitation.invitation_id == invitation_id)).scalar_one()
        assert (row.expires_at - row.created_at).days in (6, 7)
        assert row.token_hash == hash_token(token)
        leaks = "select count(*) from platform.invitations i where i::text like :token"
        assert session.execute(text(leaks), {"token": f"%{token}%"}).scalar_one() == 0


@pytest.mark.parametrize("role", ["owner", "admin", "manager", "seller", "viewer"])
def test_nobody_invites_above_themselves(company_a: Company, colleague: Colleague, role: str) -> None:
    admin = colleague(company_a, "admin")
    answer = admin.post("/api/users/invite", {"email": f"{uuid4().hex}@ejemplo.cr", "role": role})
    if role == "owner":
        problem(answer, 403, "role_above_own")
    else:
        assert answer.status_code == 201


def test_a_colleague_is_not_invited_again(company_a: Company, colleague: Colleague) -> None:
    email = colleague(company_a, "viewer").email
    found = problem(company_a.post("/api/users/invite", {"email": email.upper()}), 409, "already_a_colleague")
    assert list(fields(found)) == ["email"]


def test_inviting_does_not_tell_who_has_an_account_elsewhere(
    client: TestClient, company_a: Company, company_b: Company, invite: Invite
) -> None:
    """The person of company B learns it, from their own mailbox; company A does not."""
    answers = [
        company_a.post("/api/users/invite", {"email": e}) for e in (company_b.email, f"{uuid4().hex}@ejemplo.cr")
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json().keys() == answers[1].json().keys()
    _, token, _ = invite(company_a, "viewer", company_b.email)
    problem(_accept(client, token), 409, "email_in_use")
    # Nothing of it happened: they are who they were, and the invitation is still there for a colleague to withdraw.
    assert company_b.get(f"/api/users/{company_b.user_id}").json()["role"] == "owner"
    assert client.post("/api/auth/login", json={"email": company_b.email, "password": PASSWORD}).status_code == 200
    assert company_a.get("/api/users/invitations", params={"q": company_b.email}).json()["total"] == 1


def test_somebody_who_had_left_comes_back_as_themselves(
    client: TestClient, company_a: Company, colleague: Colleague, invite: Invite
) -> None:
    left = colleague(company_a, "manager")
    assert company_a.delete(f"/api/users/{left.user_id}").status_code == 204
    _, token, _ = invite(company_a, "viewer", left.email)
    body = _accept(client, token, password="otra clave nueva").json()
    assert (body["user"]["user_id"], body["user"]["role"]) == (str(left.user_id), "viewer")
    assert client.post("/api/auth/login", json={"email": left.email, "password": PASSWORD}).status_code == 401
    # The sign-in from before they left stays closed.
    problem(left.get("/api/customers"), 401, "session_ended")


def test_a_retry_sends_one_mail(company_a: Company, settings: Settings) -> None:
    email, headers = f"{uuid4().hex}@ejemplo.cr", {"Idempotency-Key": uuid4().hex}
    answers = [company_a.post("/api/users/invite", {"email": email}, headers=headers) for _ in range(3)]
    assert {answer.json()["invitation_id"] for answer in answers} == {answers[0].json()["invitation_id"]}
    assert len(mails_to(settings, email)) == 1


def test_an_invitation_that_was_refused_sends_no_mail(
    company_a: Company, colleague: Colleague, settings: Settings
) -> None:
    email = f"{uuid4().hex}@ejemplo.cr"
    colleague(company_a, "admin").post("/api/users/invite", {"email": email, "role": "owner"})
    assert mails_to(settings, email) == []


def test_one_person_is_not_invited_without_end(company_a: Company) -> None:
    email = f"{uuid4().hex}@ejemplo.cr"
    answers = [company_a.post("/api/users/invite", {"email": email}).status_code for _ in range(6)]
    assert answers == [201] * 5 + [429]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"password": "corta"}, "password"), ({"password": "Password1!"}, "password"), ({"first_name": ""}, "first_name"),
     ({"first_name": "a\x00"}, "first_name"), ({"role": "owner"}, "role"), ({"token": ""}, "token"),
     ({"email": "x@y.cr"}, "email")],
)  # fmt: skip
def test_an_acceptance_that_cannot_be(
    client: TestClient, company_a: Company, invite: Invite, change: dict[str, str], field: str
) -> None:
    _, token, _ = invite(company_a)
    found = problem(_accept(client, token, **change), 422, "invalid")
    assert list(fields(found)) == [field]
    assert _accept(client, token).status_code == 201


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("Uno\nBcc: victima@ejemplo.cr", "Uno Bcc: victima@ejemplo.cr"),
        ("\x07Campana", "Campana"),
        ("A\u2028B\x85C", "A B C"),
    ],
)
def test_a_name_that_is_stored_already_makes_no_header_and_stops_no_mail(
    register: Callable[..., Company], settings: Settings, stored: str, shown: str
) -> None:
    company = register("Por nombrar")
    with platform_session(settings) as session:
        rename = "update platform.organizations set name = :name where organization_id = :id"
        session.execute(text(rename), {"name": stored, "id": company.tenant.organization_id})
    email = f"{uuid4().hex}@ejemplo.cr"
    assert company.post("/api/users/invite", {"email": email}).status_code == 201
    mail = mails_to(settings, email)[0]
    assert mail["Bcc"] is None
    assert mail["Subject"] == f"Le invitaron a {shown} en PymeAI"
    assert f"\n{shown} le invita" in mail.get_content()


def _audited(company: Company, invitation_id: str) -> list[str]:
    lines = company.get("/api/audit", params={"entity": "invitation", "entity_id": invitation_id}).json()["items"]
    return [line["action"] for line in lines]


def test_who_lost_a_role_does_not_get_it_back_by_an_invitation_of_theirs(
    client: TestClient, register: Callable[..., Company], colleague: Colleague, invite: Invite
) -> None:
    """An owner's second address, invited while they were one; what a viewer could give as well still works."""
    first = register("Dueño de paso")
    second = colleague(first, "owner")
    _, as_owner, owner_id = invite(second, "owner")
    _, as_viewer, _ = invite(second, "viewer")
    assert first.put(f"/api/users/{second.user_id}/role", {"role": "viewer"}).status_code == 200
    problem(_accept(client, as_owner), 400, "invitation_invalid")
    assert _audited(first, owner_id) == ["revoked", "invited"]
    # Nor later, when they are an owner again: it was withdrawn.
    first.put(f"/api/users/{second.user_id}/role", {"role": "owner"})
    problem(_accept(client, as_owner), 400, "invitation_invalid")
    assert _accept(client, as_viewer).json()["user"]["role"] == "viewer"


def test_who_was_dismissed_does_not_come_back_by_an_invitation_of_theirs(
    client: TestClient,
    register: Callable[..., Company],
    colleague: Colleague,
    invite: Invite,
    settings: Settings,
) -> None:
    owner = register("Administrador de paso")
    admin = colleague(owner, "admin")
    invited = [invite(admin, role) for role in ("admin", "viewer")]
    assert owner.delete(f"/api/users/{admin.user_id}").status_code == 204
    with platform_session(settings) as session:
        session.execute(text("update platform.users set is_active = true where user_id = :id"), {"id": admin.user_id})
    for _, token, invitation_id in invited:
        problem(_accept(client, token), 400, "invitation_invalid")
        assert _audited(owner, invitation_id) == ["revoked", "invited"]
    assert owner.get("/api/users").json()["total"] == 2


@pytest.mark.parametrize("loss", ["is_active = false", "role = 'viewer'"])
def test_an_invitation_works_while_who_sent_it_could_send_it(
    client: TestClient,
    company_a: Company,
    colleague: Colleague,
    invite: Invite,
    settings: Settings,
    loss: str,
) -> None:
    """Whatever took their access or their role without withdrawing what they had sent."""
    admin = colleague(company_a, "admin")
    _, token, invitation_id = invite(admin, "admin")
    with platform_session(settings) as session:
        session.execute(text(f"update platform.users set {loss} where user_id = :id"), {"id": admin.user_id})
    problem(_accept(client, token), 400, "invitation_invalid")
    pending = company_a.get("/api/users/invitations", params={"limit": 500}).json()["items"]
    assert invitation_id in {invitation["invitation_id"] for invitation in pending}
    with platform_session(settings) as session:
        back = "update platform.users set is_active = true, role = 'admin' where user_id = :id"
        session.execute(text(back), {"id": admin.user_id})
    assert _accept(client, token).json()["user"]["role"] == "admin"


def test_an_owners_invitation_of_an_owner_is_not_an_administrators_to_end(
    client: TestClient, company_a: Company, colleague: Colleague, invite: Invite
) -> None:
    admin = colleague(company_a, "admin")
    email, token, invitation_id = invite(company_a, "owner")
    problem(admin.delete(f"/api/users/invitations/{invitation_id}"), 403, "role_above_own")
    problem(admin.post("/api/users/invite", {"email": email, "role": "viewer"}), 403, "role_above_own")
    assert _accept(client, token).json()["user"]["role"] == "owner"


def test_a_company_invites_so_many_people_in_a_day(register: Callable[..., Company], settings: Settings) -> None:
    company = register("Invita a todo el mundo")
    attempt = Attempt(limits.INVITE_ORGANIZATION, str(company.tenant.organization_id))
    for _ in range(limits.INVITE_ORGANIZATION.hits - 1):
        enter(settings, [attempt])
    statuses = [company.post("/api/users/invite", {"email": f"{uuid4().hex}@ejemplo.cr"}).status_code for _ in range(2)]
    assert statuses == [201, 429]
