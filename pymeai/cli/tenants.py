"""pymeai tenant, pymeai user: organizations and people, straight in the database."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from pymeai.cli.output import AsJson, print_json, print_table
from pymeai.cli.spanish_help import SpanishCommand, SpanishGroup
from pymeai.errors import BadRequest, Conflict, NotFound
from pymeai.settings import Settings, get_settings

if TYPE_CHECKING:
    from pymeai.tenancy.tenant import Tenant

tenant_commands = typer.Typer(cls=SpanishGroup, help="Organizaciones.", no_args_is_help=True, rich_markup_mode=None)
user_commands = typer.Typer(
    cls=SpanishGroup, help="Personas que ingresan.", no_args_is_help=True, rich_markup_mode=None
)

TenantOption = Annotated[
    str, typer.Option("--tenant", "-t", help="La organización: su nombre, su id o su esquema (t_…).")
]
ROLES = ("owner", "admin", "manager", "seller", "viewer")


def find_tenant(settings: Settings, wanted: str) -> "Tenant":
    """The tenant of this id, schema or name. Raises NotFound, and BadRequest where a name is shared."""
    from pymeai.costa_rica.text import fold
    from pymeai.tenancy.provisioning import all_tenants

    known = all_tenants(settings)
    exact = [tenant for tenant, _ in known if wanted in {str(tenant.organization_id), tenant.schema}]
    named = exact or [tenant for tenant, name in known if fold(name) == fold(wanted)]
    if not named:
        raise NotFound(f"No existe la organización «{wanted}». Vea cuáles hay con: pymeai tenant list")
    if len(named) > 1:
        schemas = ", ".join(tenant.schema for tenant in named)
        raise BadRequest(f"Hay varias organizaciones «{wanted}»: elija una por su esquema ({schemas}).")
    return named[0]


@tenant_commands.command("create", cls=SpanishCommand)
def create_tenant(
    name: Annotated[str, typer.Argument(metavar="NOMBRE", help="El nombre de la organización.")],
    industry: Annotated[str, typer.Option(help="La plantilla de su industria.")] = "general",
    currency: Annotated[str, typer.Option(help="La moneda en que ve sus montos: CRC o USD.")] = "CRC",
    as_json: AsJson = False,
) -> None:
    """Crea una organización con lo que su industria trae de entrada."""
    from pymeai.templates.catalogue import load_template, template_names
    from pymeai.tenancy.onboarding import apply_template
    from pymeai.tenancy.provisioning import provision
    from pymeai.tenancy.sessions import tenant_connection

    if not name.strip():
        raise BadRequest("El nombre de la organización no puede estar vacío.")
    if currency not in {"CRC", "USD"}:
        raise BadRequest(f"La moneda «{currency}» no se puede usar: elija CRC o USD.")
    settings = get_settings()
    if industry not in template_names():
        raise BadRequest(f"No hay una plantilla «{industry}»: elija {', '.join(template_names())}.")
    template = load_template(industry)
    tenant = provision(settings, name=name.strip(), industry_type=template.name, org_settings={"currency": currency})
    with tenant_connection(settings, tenant) as connection:
        apply_template(connection, template)
    if as_json:
        print_json({"organization_id": tenant.organization_id, "schema": tenant.schema, "name": name.strip()})
    else:
        print(f"Se creó «{name.strip()}» ({tenant.schema}).")


@tenant_commands.command("list", cls=SpanishCommand)
def list_tenants(as_json: AsJson = False) -> None:
    """Muestra las organizaciones."""
    from pymeai.tenancy.provisioning import all_tenants

    found = all_tenants(get_settings())
    if as_json:
        print_json([{"organization_id": t.organization_id, "schema": t.schema, "name": name} for t, name in found])
    else:
        print_table(("Nombre", "Esquema", "Id"), [(name, t.schema, t.organization_id) for t, name in found])


@user_commands.command("create", cls=SpanishCommand)
def create_user(
    email: Annotated[str, typer.Argument(metavar="CORREO", help="El correo con el que ingresa.")],
    tenant: TenantOption,
    role: Annotated[str, typer.Option(help=f"Su rol: {', '.join(ROLES)}.")] = "seller",
    first_name: Annotated[str, typer.Option(help="Nombre.")] = "",
    last_name: Annotated[str, typer.Option(help="Apellidos.")] = "",
    as_json: AsJson = False,
) -> None:
    """Crea una persona. La contraseña se pide en la terminal, o se lee de la entrada estándar."""
    from sqlalchemy import select
    from sqlalchemy.exc import IntegrityError

    from crm_api.auth.passwords import hash_password
    from pymeai.database.tables.platform import User
    from pymeai.tenancy.sessions import platform_session

    if role not in ROLES:
        raise BadRequest(f"El rol «{role}» no existe: elija {', '.join(ROLES)}.")
    address = email.strip().lower()
    if "@" not in address.strip("@"):
        raise BadRequest(f"«{email}» no parece un correo electrónico.")
    settings = get_settings()
    organization = find_tenant(settings, tenant)
    password = _ask_password()
    try:
        with platform_session(settings) as session:
            if session.scalars(select(User.user_id).where(User.email == address)).first() is not None:
                raise Conflict(f"Ya existe una cuenta con el correo {address}.")
            user = User(
                organization_id=organization.organization_id,
                email=address,
                password_hash=hash_password(password),
                first_name=first_name,
                last_name=last_name,
                role=role,
            )
            session.add(user)
            session.flush()
            user_id = user.user_id
    except IntegrityError as error:
        raise Conflict(f"Ya existe una cuenta con el correo {address}.") from error
    if as_json:
        print_json({"user_id": user_id, "email": address, "role": role})
    else:
        print(f"Se creó {address} ({role}).")


def _ask_password() -> str:
    if sys.stdin.isatty():
        password: str = typer.prompt("Contraseña", hide_input=True, confirmation_prompt="Otra vez")
    else:
        password = sys.stdin.readline().rstrip("\n")
    if len(password) < 8:
        raise BadRequest("La contraseña debe tener al menos 8 caracteres.")
    return password
