"""pymeai tenant and pymeai user."""

import io
import json
from uuid import UUID

import pytest
from sqlalchemy import select

from crm_api.auth.passwords import verify_password
from pymeai.database.tables.platform import User
from pymeai.settings import Settings
from pymeai.tenancy.sessions import platform_session, tenant_connection
from pymeai.tenancy.tenant import Tenant
from tests.cli.conftest import Command


def test_a_created_tenant_is_listed_and_has_what_its_industry_starts_with(pymeai: Command, settings: Settings) -> None:
    created = json.loads(pymeai("tenant", "create", "Tornillos Ñu", "--industry", "ferreteria", "--json").out)
    listed = json.loads(pymeai("tenant", "list", "--json").out)
    assert created in listed
    tenant = Tenant(UUID(created["organization_id"]))
    assert tenant.schema == created["schema"]
    with tenant_connection(settings, tenant) as connection:
        stages = connection.exec_driver_sql("select name from stages order by position").scalars().all()
    assert stages == ["Solicitud", "Cotizada", "Negociación", "Orden", "Ganada", "Perdida"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("Bazar", "--currency", "EUR"), "La moneda «EUR» no se puede usar: elija CRC o USD."),
        (("  ",), "El nombre de la organización no puede estar vacío."),
    ],
)
def test_a_tenant_that_cannot_be_is_refused(pymeai: Command, arguments: tuple[str, ...], reason: str) -> None:
    ended = pymeai("tenant", "create", *arguments)
    assert (ended.code, ended.err) == (1, f"pymeai: {reason}\n")


def test_an_unknown_industry_is_refused_and_nothing_is_made(pymeai: Command) -> None:
    ended = pymeai("tenant", "create", "Nave Uno", "--industry", "astronautas")
    assert ended.code == 1
    assert "astronautas" in ended.err
    assert "Nave Uno" not in pymeai("tenant", "list").out


def test_a_name_that_two_share_must_be_said_by_schema(pymeai: Command) -> None:
    schemas = [json.loads(pymeai("tenant", "create", "Gemelos", "--json").out)["schema"] for _ in range(2)]
    ended = pymeai("ask", "¿Cuánto vendí?", "--tenant", "gemelos")
    assert ended.code == 1
    assert all(schema in ended.err for schema in schemas)


def test_a_user_gets_the_password_of_the_standard_input(
    pymeai: Command, settings: Settings, tenant_a: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("montaña-azul-7\n"))
    ended = pymeai("user", "create", "Ana@Correo.example", "--tenant", tenant_a.schema, "--role", "manager", "--json")
    assert ended.code == 0
    with platform_session(settings) as session:
        user = session.scalars(select(User).where(User.user_id == UUID(json.loads(ended.out)["user_id"]))).one()
        assert (user.email, user.role, user.organization_id) == (
            "ana@correo.example",
            "manager",
            tenant_a.organization_id,
        )
        assert verify_password("montaña-azul-7", user.password_hash)
    monkeypatch.setattr("sys.stdin", io.StringIO("montaña-azul-7\n"))
    again = pymeai("user", "create", "ana@correo.example", "--tenant", tenant_a.schema)
    assert (again.code, again.err) == (1, "pymeai: Ya existe una cuenta con el correo ana@correo.example.\n")


@pytest.mark.parametrize(
    ("email", "role", "password", "reason"),
    [
        ("beto@correo.example", "jefe", "montaña-azul-7", "El rol «jefe» no existe"),
        ("beto", "seller", "montaña-azul-7", "«beto» no parece un correo electrónico."),
        ("beto@correo.example", "seller", "corta", "La contraseña debe tener al menos 8 caracteres."),
    ],
)
def test_a_user_that_cannot_be_is_refused(
    pymeai: Command,
    tenant_a: Tenant,
    monkeypatch: pytest.MonkeyPatch,
    email: str,
    role: str,
    password: str,
    reason: str,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    ended = pymeai("user", "create", email, "--tenant", tenant_a.schema, "--role", role)
    assert ended.code == 1
    assert ended.err.startswith(f"pymeai: {reason}")
