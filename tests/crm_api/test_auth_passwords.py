"""Forgotten, reset and changed passwords, and which ones nobody may choose."""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Event, Lock
from typing import Any
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from sqlalchemy import select, text

from crm_api.auth import passwords
from crm_api.auth.password_rules import require_uncommon, require_unobvious
from crm_api.auth.tokens import hash_token
from pymeai.database.tables.platform import PasswordReset, User
from pymeai.errors import Unavailable
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session
from tests.crm_api.conftest import PASSWORD, Company, fields, problem
from tests.crm_api.outbox import mails_to, token_in
from tests.waiting import wait_for

pytestmark = pytest.mark.usefixtures("product_passwords")

Register = Callable[..., Company]
NEW = "tres perros verdes"


@pytest.fixture
def forgotten(client: TestClient, register: Register, settings: Settings) -> Callable[[], tuple[Company, str]]:
    """A company whose owner asked for a new password, and the token that the mail brought."""

    def run() -> tuple[Company, str]:
        company = register("Olvido")
        assert client.post("/api/auth/forgot-password", json={"email": company.email}).status_code == 202
        return company, token_in(mails_to(settings, company.email)[-1])

    return run


def _login(client: TestClient, email: str, password: str) -> int:
    return client.post("/api/auth/login", json={"email": email, "password": password}).status_code


def _reset(client: TestClient, token: str, password: str = NEW) -> int:
    return client.post("/api/auth/reset-password", json={"token": token, "password": password}).status_code


def _actions(company: Company) -> list[str]:
    return [line["action"] for line in company.get("/api/audit", params={"entity": "user"}).json()["items"]]


def test_a_forgotten_password_is_replaced_and_all_sign_ins_end(
    client: TestClient,
    forgotten: Callable[[], tuple[Company, str]],
    sign_in: Callable[[str], Company],
    settings: Settings,
) -> None:
    company, token = forgotten()
    phone = sign_in(company.email)
    assert _reset(client, token) == 204
    for device in (company, phone):
        problem(device.get("/api/organization"), 401, "session_ended")
        renewed = client.post("/api/auth/refresh-token", json={"refresh_token": device.refresh_token})
        problem(renewed, 401, "session_ended")
    assert _login(client, company.email, PASSWORD) == 401
    answer = client.post("/api/auth/login", json={"email": company.email, "password": NEW})
    assert answer.status_code == 200
    company.access_token = answer.json()["access_token"]
    assert sorted(_actions(company)) == ["password_reset", "password_reset_requested"]
    subjects = [mail["Subject"] for mail in mails_to(settings, company.email)]
    assert subjects == ["Cambie su contraseña de PymeAI", "Su contraseña de PymeAI cambió"]


def test_a_token_works_once(client: TestClient, forgotten: Callable[[], tuple[Company, str]]) -> None:
    company, token = forgotten()
    assert _reset(client, token) == 204
    again = client.post("/api/auth/reset-password", json={"token": token, "password": "otra clave más"})
    problem(again, 400, "reset_token_invalid")
    assert _login(client, company.email, NEW) == 200


def test_one_of_fifty_at_once_redeems_a_token(client: TestClient, forgotten: Callable[[], tuple[Company, str]]) -> None:
    company, token = forgotten()
    choices = [f"clave escogida número {number}" for number in range(50)]
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda choice: _reset(client, token, choice), choices))
    assert sorted(answers) == [204] + [400] * 49
    assert _login(client, company.email, choices[answers.index(204)]) == 200


def test_the_newest_token_alone_works(
    client: TestClient, forgotten: Callable[[], tuple[Company, str]], settings: Settings
) -> None:
    company, first = forgotten()
    client.post("/api/auth/forgot-password", json={"email": company.email})
    second = token_in(mails_to(settings, company.email)[-1])
    assert first != second
    assert _reset(client, first) == 400
    assert _reset(client, second) == 204


def test_a_token_lasts_an_hour(
    client: TestClient, forgotten: Callable[[], tuple[Company, str]], settings: Settings
) -> None:
    company, token = forgotten()
    with platform_session(settings) as session:
        life = session.execute(
            select(PasswordReset.expires_at - PasswordReset.created_at).where(PasswordReset.user_id == company.user_id)
        ).scalar_one()
        assert 3590 < life.total_seconds() <= 3601
        session.execute(
            text("update platform.password_resets set expires_at = now() - interval '1 second' where user_id = :id"),
            {"id": company.user_id},
        )
    assert _reset(client, token) == 400
    assert _login(client, company.email, PASSWORD) == 200


def test_tokens_have_128_bits_and_are_stored_hashed(
    forgotten: Callable[[], tuple[Company, str]], settings: Settings
) -> None:
    company, token = forgotten()
    assert len(token) == 22
    with platform_session(settings) as session:
        row = session.execute(select(PasswordReset).where(PasswordReset.user_id == company.user_id)).scalar_one()
        assert row.token_hash == hash_token(token)
        found = session.execute(
            text("select count(*) from platform.password_resets r where r::text like :token"), {"token": f"%{token}%"}
        ).scalar_one()
    assert found == 0


def test_known_and_unknown_emails_get_one_answer_and_one_of_them_a_mail(
    client: TestClient, register: Register, settings: Settings
) -> None:
    known, unknown = register("Conocida").email, f"{uuid4().hex}@ejemplo.cr"
    answers = [client.post("/api/auth/forgot-password", json={"email": email}) for email in (known, unknown)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].text == answers[1].text
    names = [{name for name in answer.headers if name != "x-request-id"} for answer in answers]
    assert names[0] == names[1]
    assert len(mails_to(settings, known)) == 1
    assert mails_to(settings, unknown) == []


def test_the_answer_to_a_forgotten_password_waits_for_nothing_that_depends_on_the_account(
    client: TestClient, register: Register, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """The account is looked up and the mail written once the answer is out: by then its first byte has gone."""
    from crm_api import middleware
    from crm_api.auth import repository
    from pymeai.mail import sending

    order: list[str] = []
    for module, name in ((repository, "find_user_by_email"), (sending, "_write")):
        original = getattr(module, name)

        def noted(*args: object, original: Callable[..., object] = original, name: str = name) -> object:
            order.append(name)
            return original(*args)

        monkeypatch.setattr(module, name, noted)
    add_headers = middleware._add_headers

    def answering(*args: Any, **kwargs: Any) -> None:
        order.append("answer")
        add_headers(*args, **kwargs)

    monkeypatch.setattr(middleware, "_add_headers", answering)
    email = register("Orden").email
    for address, expected in (
        (email, ["answer", "find_user_by_email", "_write"]),
        ("n@ejemplo.cr", ["answer", "find_user_by_email"]),
    ):
        order.clear()
        client.post("/api/auth/forgot-password", json={"email": address})
        assert list(dict.fromkeys(order)) == expected


def test_sign_ins_of_known_and_unknown_emails_do_the_same_work(
    client: TestClient, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many hashes of the same cost; and, coarsely, as much time."""
    known = [register("Tiempos").email for _ in range(3)]
    original, hashed = passwords._HASHER.verify, list[str]()

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            hashed.append(stored[:30])
            return original(stored, password)

    monkeypatch.setattr(passwords, "_HASHER", Counting())
    times: dict[bool, list[float]] = {True: [], False: []}
    for number in range(24):
        email = known[number % 3] if number % 2 else f"{uuid4().hex}@ejemplo.cr"
        started = time.perf_counter()
        assert _login(client, email, "otra clave") == 401
        times[bool(number % 2)].append(time.perf_counter() - started)
    assert len(hashed) == 24
    assert set(hashed) == {"$argon2id$v=19$m=19456,t=2,p=1"}
    assert 0.4 < statistics.median(times[True]) / statistics.median(times[False]) < 2.5


def test_a_mail_that_cannot_be_sent_is_no_answer_of_its_own(
    settings: Settings,
    register: Register,
) -> None:
    """A mail server that is down makes no difference that somebody outside could see."""
    from crm_api.main import create_app
    from tests.crm_api.conftest import closed_port

    email = register("Sin correo").email
    broken = settings.model_copy(update={"smtp_url": f"smtp://127.0.0.1:{closed_port()}"})
    with TestClient(create_app(broken)) as other:
        answers = [other.post("/api/auth/forgot-password", json={"email": e}) for e in (email, "n1@ejemplo.cr")]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].text == answers[1].text


def test_somebody_deactivated_gets_no_mail_and_no_way_back(
    client: TestClient, forgotten: Callable[[], tuple[Company, str]], settings: Settings
) -> None:
    company, token = forgotten()
    with platform_session(settings) as session:
        session.get_one(User, company.user_id).is_active = False
    assert _reset(client, token) == 400
    client.post("/api/auth/forgot-password", json={"email": company.email})
    assert len(mails_to(settings, company.email)) == 1


def test_a_lock_out_ends_with_a_reset(client: TestClient, forgotten: Callable[[], tuple[Company, str]]) -> None:
    company, token = forgotten()
    assert [_login(client, company.email, "otra") for _ in range(6)][-1] == 429
    assert _reset(client, token) == 204
    assert _login(client, company.email, NEW) == 200


@pytest.mark.parametrize("token", ["x", "A" * 22, "ñ", "\x00", "'; drop table users; --", " ", "A" * 200])
def test_a_token_that_is_none(client: TestClient, token: str) -> None:
    answer = client.post("/api/auth/reset-password", json={"token": token, "password": NEW})
    problem(answer, 400, "reset_token_invalid")


def test_one_changes_ones_own_password(
    client: TestClient, register: Register, sign_in: Callable[[str], Company], settings: Settings
) -> None:
    here = register("Cambio")
    there = sign_in(here.email)
    body = {"current_password": PASSWORD, "new_password": NEW}
    assert here.put("/api/auth/password", body).status_code == 204
    assert here.get("/api/organization").status_code == 200
    problem(there.get("/api/organization"), 401, "session_ended")
    assert _login(client, here.email, PASSWORD) == 401
    assert _login(client, here.email, NEW) == 200
    assert _actions(here) == ["password_changed"]
    assert [mail["Subject"] for mail in mails_to(settings, here.email)] == ["Su contraseña de PymeAI cambió"]


def test_a_change_asks_for_the_present_password_and_not_without_end(register: Register) -> None:
    company = register("Cambio ajeno")
    body = {"current_password": "no es esta", "new_password": NEW}
    for _ in range(5):
        found = problem(company.put("/api/auth/password", body), 422, "invalid")
        assert list(fields(found)) == ["current_password"]
    right = {"current_password": PASSWORD, "new_password": NEW}
    problem(company.put("/api/auth/password", right), 429, "too_many_requests")


def test_a_change_to_the_same_password_is_none(register: Register) -> None:
    body = {"current_password": PASSWORD, "new_password": PASSWORD}
    found = problem(register("Igual").put("/api/auth/password", body), 422, "invalid")
    assert list(fields(found)) == ["new_password"]


def test_a_password_that_is_ones_email_is_refused_everywhere(
    client: TestClient, register: Register, forgotten: Callable[[], tuple[Company, str]]
) -> None:
    company, token = forgotten()
    own = company.email
    answer = client.post("/api/auth/reset-password", json={"token": token, "password": own})
    assert list(fields(problem(answer, 422))) == ["password"]
    # The token was not spent on that.
    assert _reset(client, token) == 204
    other = register("Correo")
    body = {"current_password": PASSWORD, "new_password": other.email.upper()}
    assert list(fields(problem(other.put("/api/auth/password", body), 422))) == ["new_password"]


@pytest.mark.parametrize(
    "password",
    ["password", "Password1!", "P@ssw0rd", "12345678", "123456789012", "87654321", "qwertyui", "Qwerty123", "1q2w3e4r",
     "contraseña", "Contraseña1", "contrasena2026", "costarica", "CostaRica2026!", "puravida", "PuraVida506",
     "saprissa1", "Saprissa2025", "alajuelense",  "iloveyou", "teamomucho", "aaaaaaaa",
     "abcabcabc", "abcdefgh", "11111111", "admin123", "administrador", "bienvenido1", "19901231", "31121990",
     "qwerty qwerty", "asdf1234", "zxcvbnm1", "pymeai2026", "imperial1", "princesa", "dragon123", "futbol10"],
)  # fmt: skip
def test_a_password_that_everybody_tries_is_refused(password: str) -> None:
    with pytest.raises(ValueError, match="primeras"):
        require_uncommon(password)


@pytest.mark.parametrize(
    "password",
    [PASSWORD, NEW, "correct horse battery staple", "Tr0ub4dor&3", "xK9#mQ2$vL", "el perro de San Roque", "ñandú-azul-77",
     "🙂🙃🙂🙃🐢🐍🦜🐙", "  dos  espacios  ", "x" + "yz" * 3 + "9w", "0h5mz81q", "clavel rojo en la maceta"],
)  # fmt: skip
def test_other_passwords_are_free(password: str) -> None:
    """Blanks, emojis, no capitals, no digits: no rule asks for any."""
    assert require_uncommon(password) == password


@pytest.mark.parametrize("password", ["ana@ejemplo.cr", "ANA.MORA@EJEMPLO.CR", "Ana.Mora", "ana.mora77", "Ferretería El Clavo",
                                      "ferreteria el clavo 99"])  # fmt: skip
def test_what_is_public_of_oneself_is_no_password(password: str) -> None:
    emails = ("ana@ejemplo.cr",) if password == "ana@ejemplo.cr" else ("ana.mora@ejemplo.cr",)
    with pytest.raises(ValueError, match="correo"):
        require_unobvious(password, *emails, "Ferretería El Clavo")


def test_a_password_counts_as_it_was_typed(client: TestClient, register: Register) -> None:
    """Neither cut off, nor trimmed, nor folded: capitals, blanks and the 128th character count."""
    long = " Ñandú con botas 🙂 " + "z9" * 54
    assert len(long) <= 128
    company = register("Literal", password=long)
    assert _login(client, company.email, long) == 200
    for other in (long[:-1], long.strip(), long.lower(), long[:72]):
        assert _login(client, company.email, other) == 401
    too_long = client.post("/api/auth/login", json={"email": company.email, "password": "x" * 129})
    problem(too_long, 422, "invalid")


def test_a_hash_of_another_cost_is_renewed_at_the_next_sign_in(
    client: TestClient, register: Register, settings: Settings
) -> None:
    company = register("Costo viejo")
    with platform_session(settings) as session:
        session.get_one(User, company.user_id).password_hash = PasswordHasher(1, 8 * 1024, 1).hash(PASSWORD)
    assert _login(client, company.email, "otra") == 401
    with platform_session(settings) as session:
        assert "m=8192,t=1" in str(session.get_one(User, company.user_id).password_hash)
    assert _login(client, company.email, PASSWORD) == 200
    with platform_session(settings) as session:
        assert "m=19456,t=2" in str(session.get_one(User, company.user_id).password_hash)
    assert _login(client, company.email, PASSWORD) == 200


def test_hashes_wait_for_each_other_and_a_flood_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more hashes at once than the machine bears, and no more waiting than the server has threads to spare."""
    running, most, lock, go = 0, 0, Lock(), Event()

    class Slow:
        def hash(self, password: str) -> str:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            assert go.wait(30)
            with lock:
                running -= 1
            return password

    monkeypatch.setattr(passwords, "_HASHER", Slow())
    room = passwords.AT_ONCE + passwords.WAITING
    with ThreadPoolExecutor(room + 10) as pool:
        taken = [pool.submit(passwords.hash_password, "x") for _ in range(room)]
        wait_for(lambda: passwords._QUEUE._value == 0, 30, "every place to be taken")
        with pytest.raises(Unavailable):
            passwords.hash_password("x")
        go.set()
        assert [future.result() for future in taken] == ["x"] * room
    assert most <= passwords.AT_ONCE
    assert passwords.hash_password("y") == "y"


def test_being_turned_away_is_no_failure_of_the_account(
    client: TestClient, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody looked at the password: a flood elsewhere does not lock people out."""
    email = register("Inundada").email
    monkeypatch.setattr(passwords, "_QUEUE", BoundedSemaphore(1))
    with passwords._QUEUE:
        for _ in range(8):
            answer = client.post("/api/auth/login", json={"email": email, "password": PASSWORD})
            problem(answer, 503, "busy")
            assert answer.headers["retry-after"]
    assert _login(client, email, PASSWORD) == 200
    assert [_login(client, email, "otra") for _ in range(6)] == [401] * 5 + [429]
