"""Registration, sign-in, tokens, sessions."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import jwt
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import func, select, text

from crm_api.auth import passwords, tokens
from pymeai.clock import utc_now
from pymeai.database.tables.platform import Organization, User, UserSession
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session, tenant_connection
from tests.crm_api.conftest import PASSWORD, Company, fields, problem

pytestmark = pytest.mark.usefixtures("product_passwords")

Register = Callable[..., Company]


def test_registering_gives_a_company_with_what_its_industry_starts_with(register: Register, settings: Settings) -> None:
    company = register("Depósito El Clavo", "ferreteria")
    pipelines = company.get("/api/pipelines").json()
    assert [stage["name"] for stage in pipelines["items"][0]["stages"]] == [
        "Solicitud", "Cotizada", "Negociación", "Orden", "Ganada", "Perdida",
    ]  # fmt: skip
    boards = company.get("/api/dashboards").json()["items"]
    assert [(board["name"], len(board["widgets"])) for board in boards] == [("Inicio", 7)]
    names = {field["field_name"] for field in company.get("/api/custom-fields").json()["items"]}
    assert {"tipo_cliente", "credito", "plazo_dias", "lugar_entrega"} <= names
    organization = company.get("/api/organization").json()
    assert organization["industry_type"] == "ferreteria"
    assert organization["settings"]["currency"] == "CRC"
    with tenant_connection(settings, company.tenant) as connection:
        kinds = connection.execute(text("select name from interaction_types order by name")).scalars().all()
    assert "Entrega" in kinds
    assert len(kinds) == 6


def test_the_answer_to_a_sign_in_is_the_contract(client: TestClient, company_a: Company) -> None:
    answer = client.post("/api/auth/login", json={"email": company_a.email.upper(), "password": PASSWORD}).json()
    assert {"access_token", "refresh_token", "expires_in", "user", "organization"} <= set(answer)
    assert answer["expires_in"] == 900
    assert answer["user"]["role"] == "owner"
    assert answer["organization"]["name"] == "Ferretería La Prueba"
    assert "password_hash" not in str(answer)


def test_a_second_organization_with_the_same_email_is_refused(
    client: TestClient, company_a: Company, settings: Settings
) -> None:
    with platform_session(settings) as session:
        before = session.execute(select(func.count()).select_from(Organization)).scalar_one()
    body = {"organization_name": "Otra", "email": company_a.email.upper(), "password": "otra clave larga"}
    found = problem(client.post("/api/auth/register", json=body), 409, "email_in_use")
    assert "correo" in found["detail"]
    with platform_session(settings) as session:
        assert session.execute(select(func.count()).select_from(Organization)).scalar_one() == before


def test_one_of_many_registrations_of_one_email_wins(client: TestClient, settings: Settings) -> None:
    body = {"organization_name": "Carrera", "email": f"{uuid4().hex}@ejemplo.cr", "password": PASSWORD}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: client.post("/api/auth/register", json=body).status_code, range(4)))
    assert sorted(answers) == [201, 409, 409, 409]
    with platform_session(settings) as session:
        named = select(func.count()).select_from(Organization).where(Organization.name == "Carrera")
        assert session.execute(named).scalar_one() == 1


def test_a_retried_registration_leads_to_the_same_organization(client: TestClient, settings: Settings) -> None:
    body = {"organization_name": "Repetida", "email": f"{uuid4().hex}@ejemplo.cr", "password": PASSWORD}
    headers = {"Idempotency-Key": uuid4().hex}

    def register(headers: dict[str, str], **changes: str) -> Response:
        return client.post("/api/auth/register", json=body | changes, headers=headers)

    first, second = register(headers), register(headers)
    assert [first.status_code, second.status_code] == [201, 201]
    assert first.json()["organization"] == second.json()["organization"]
    assert first.json()["refresh_token"] != second.json()["refresh_token"]
    # The key alone opens nothing, nor does another one, nor other data.
    problem(register(headers, password="otra clave larga"), 409, "idempotency_key_reused")
    problem(register({"Idempotency-Key": uuid4().hex}), 409, "email_in_use")
    problem(register(headers, organization_name="Otra"), 409, "idempotency_key_reused")
    problem(register({}), 409, "email_in_use")
    with platform_session(settings) as session:
        named = select(func.count()).select_from(Organization).where(Organization.name == "Repetida")
        assert session.execute(named).scalar_one() == 1


def test_retries_of_a_registration_at_once_all_get_in(client: TestClient, settings: Settings) -> None:
    """None of them finds the others' organization when it begins, and one alone is made."""
    body = {"organization_name": "A la vez", "email": f"{uuid4().hex}@ejemplo.cr", "password": PASSWORD}
    headers = {"Idempotency-Key": uuid4().hex}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: client.post("/api/auth/register", json=body, headers=headers), range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["organization"]["organization_id"] for answer in answers}) == 1
    with platform_session(settings) as session:
        named = select(func.count()).select_from(Organization).where(Organization.name == "A la vez")
        assert session.execute(named).scalar_one() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "no es correo"}, "email"),
        ({"email": "a@b"}, "email"),
        ({"email": "a,otra@ejemplo.cr"}, "email"),
        ({"email": "<otra@ejemplo.cr>"}, "email"),
        ({"email": "a@ejemplo.cr,otra@ejemplo.cr"}, "email"),
        ({"email": "a@ejemplo.cr\nbcc:x"}, "email"),
        ({"password": "corta"}, "password"),
        ({"organization_name": "  "}, "organization_name"),
        ({"industry_type": "nada"}, "industry_type"),
        ({"industry_type": "../general"}, "industry_type"),
        ({"currency": "EUR"}, "currency"),
        ({"first_name": "A\x00"}, "first_name"),
        ({"first_name": "A\nB"}, "first_name"),
        ({"last_name": "\u200b"}, "last_name"),
        ({"organization_name": "\aCampana"}, "organization_name"),
        ({"organization_name": "A\nB"}, "organization_name"),
        ({"organization_name": "A\u2028B"}, "organization_name"),
        ({"organization_name": "\u200b\u3164\ufeff"}, "organization_name"),
        ({"role": "owner"}, "role"),
    ],
)
def test_a_registration_that_cannot_be(client: TestClient, change: dict[str, str], field: str) -> None:
    body = {"organization_name": "X", "email": f"{uuid4().hex}@ejemplo.cr", "password": PASSWORD} | change
    found = problem(client.post("/api/auth/register", json=body), 422, "invalid")
    assert list(fields(found)) == [field]


def test_a_registration_whose_template_fails_leaves_nothing(
    client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("crm_api.auth.service.apply_template", fail)
    email = f"{uuid4().hex}@ejemplo.cr"
    body = {"organization_name": "A medias", "email": email, "password": PASSWORD}
    problem(client.post("/api/auth/register", json=body), 500, "internal")
    monkeypatch.undo()
    with platform_session(settings) as session:
        assert session.execute(select(User).where(User.email == email)).first() is None
    assert client.post("/api/auth/register", json=body).status_code == 201


def test_wrong_pairs_get_equal_answers(client: TestClient, company_a: Company, settings: Settings) -> None:
    pairs = [(company_a.email, "otra"), ("nadie@ejemplo.cr", PASSWORD), ("nadie@ejemplo.cr", "otra")]
    answers = [client.post("/api/auth/login", json={"email": email, "password": word}) for email, word in pairs]
    assert len({answer.text for answer in answers}) == 1
    problem(answers[0], 401, "wrong_credentials")


def test_an_unknown_email_costs_a_hash_as_well(
    client: TestClient, company_a: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    original = passwords._HASHER.verify

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            verified.append(stored[:30])
            return original(stored, password)

    monkeypatch.setattr(passwords, "_HASHER", Counting())
    for email in (company_a.email, "nadie@ejemplo.cr"):
        client.post("/api/auth/login", json={"email": email, "password": "otra"})
    assert len(verified) == 2
    # The same algorithm with the same cost.
    assert verified[0] == verified[1] == "$argon2id$v=19$m=19456,t=2,p=1"


def test_passwords_are_stored_as_argon2id(company_a: Company, settings: Settings) -> None:
    with platform_session(settings) as session:
        stored = session.execute(select(User.password_hash).where(User.user_id == company_a.user_id)).scalar_one()
    assert stored is not None
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_refresh_token_works_once_and_its_reuse_ends_the_sign_in(client: TestClient, register: Register) -> None:
    company = register("Rotación")
    first = client.post("/api/auth/refresh-token", json={"refresh_token": company.refresh_token})
    assert first.status_code == 200
    assert first.json()["refresh_token"] != company.refresh_token
    second = client.post("/api/auth/refresh-token", json={"refresh_token": first.json()["refresh_token"]})
    assert second.status_code == 200
    company.access_token = second.json()["access_token"]
    assert company.get("/api/organization").status_code == 200
    # The very first token, two generations old.
    reused = client.post("/api/auth/refresh-token", json={"refresh_token": company.refresh_token})
    problem(reused, 401, "session_ended")
    after = client.post("/api/auth/refresh-token", json={"refresh_token": second.json()["refresh_token"]})
    problem(after, 401, "session_ended")
    problem(company.get("/api/organization"), 401, "session_ended")


def test_one_of_many_refreshes_of_one_token_wins(client: TestClient, register: Register) -> None:
    company = register("Rotación a la vez")
    body = {"refresh_token": company.refresh_token}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: client.post("/api/auth/refresh-token", json=body).status_code, range(4)))
    assert sorted(answers) == [200, 401, 401, 401]


def test_refresh_tokens_are_stored_hashed(company_a: Company, settings: Settings) -> None:
    with platform_session(settings) as session:
        stored = session.execute(select(UserSession).where(UserSession.user_id == company_a.user_id)).scalars().all()
    assert tokens.hash_token(company_a.refresh_token) in {found.refresh_hash for found in stored}
    assert all(company_a.refresh_token not in str(vars(found)) for found in stored)


@pytest.mark.parametrize("token", ["x", "A" * 86, "ñ", "=" * 10])
def test_a_refresh_token_that_is_none(client: TestClient, token: str) -> None:
    problem(client.post("/api/auth/refresh-token", json={"refresh_token": token}), 401, "session_ended")


def test_logging_out_ends_this_sign_in_alone(sign_in: Callable[[str], Company], company_a: Company) -> None:
    other = sign_in(company_a.email)
    assert other.post("/api/auth/logout", {"refresh_token": other.refresh_token}).status_code == 204
    problem(other.get("/api/organization"), 401, "session_ended")
    assert company_a.get("/api/organization").status_code == 200


def test_sessions_are_listed_and_ended(sign_in: Callable[[str], Company], register: Register) -> None:
    here = register("Sesiones")
    there = sign_in(here.email)
    listed = here.get("/api/auth/sessions").json()
    assert listed["total"] == 2
    assert [item["current"] for item in listed["items"]].count(True) == 1
    other = next(item for item in listed["items"] if not item["current"])
    assert here.delete(f"/api/auth/sessions/{other['session_id']}").status_code == 204
    problem(there.get("/api/organization"), 401, "session_ended")
    problem(here.delete(f"/api/auth/sessions/{other['session_id']}"), 404, "not_found")


def test_a_deactivated_user_is_out_at_once(register: Register, settings: Settings, client: TestClient) -> None:
    company = register("Desactivada")
    with platform_session(settings) as session:
        session.execute(
            text("update platform.users set is_active = false where user_id = :id"), {"id": company.user_id}
        )
    problem(company.get("/api/organization"), 401, "session_ended")
    problem(client.post("/api/auth/login", json={"email": company.email, "password": PASSWORD}), 401)
    problem(client.post("/api/auth/refresh-token", json={"refresh_token": company.refresh_token}), 401)


def _forged(  # noqa: PLR0911 - a table in the form of a function
    settings: Settings, company: Company, kind: str
) -> str:
    good = jwt.decode(company.access_token, options={"verify_signature": False})
    key = tokens.access_key(settings)
    if kind == "expired":
        return jwt.encode(good | {"exp": utc_now() - timedelta(seconds=1)}, key, algorithm="HS256")
    if kind == "without expiry":
        return jwt.encode({name: value for name, value in good.items() if name != "exp"}, key, algorithm="HS256")
    if kind == "other algorithm":
        return jwt.encode(good, key + key, algorithm="HS512")
    if kind == "unsigned":
        return jwt.encode(good, "", algorithm="none")
    if kind == "other key":
        return jwt.encode(good, b"k" * 32, algorithm="HS256")
    if kind == "other issuer":
        return jwt.encode(good | {"iss": "x"}, key, algorithm="HS256")
    if kind == "odd subject":
        return jwt.encode(good | {"sub": "x"}, key, algorithm="HS256")
    return kind


@pytest.mark.parametrize(
    "kind",
    [
        "expired",
        "without expiry",
        "other algorithm",
        "unsigned",
        "other key",
        "other issuer",
        "odd subject",
        "",
        "a.b.c",
    ],
)
def test_tokens_that_do_not_open(company_a: Company, client: TestClient, settings: Settings, kind: str) -> None:
    token = _forged(settings, company_a, kind)
    response = client.get("/api/organization", headers={"Authorization": f"Bearer {token}"})
    problem(response, 401)
    assert response.headers["www-authenticate"] == "Bearer"


def test_nobody_gets_in_without_a_token(client: TestClient) -> None:
    problem(client.get("/api/customers"), 401, "not_signed_in")
    problem(client.get("/api/customers", headers={"Authorization": "Basic eDp5"}), 401, "not_signed_in")
