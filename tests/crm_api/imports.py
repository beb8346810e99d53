"""What tests do with imports over HTTP: files of customers, uploaded, and what is kept of them."""

from uuid import uuid4

from httpx2 import Response

from pymeai.settings import Settings
from tests.crm_api.conftest import Company

CUSTOMERS = """Nombre,Teléfono,Correo
Ana Mora,8888-1111,ana@ejemplo.cr
Luis Soto,2222-3333,luis@ejemplo.cr
Eva Vega,12,esto no es correo
"""


def upload(company: Company, content: bytes | str, name: str = "clientes.csv", kind: str = "customers") -> Response:
    raw = content.encode() if isinstance(content, str) else content
    return company.request("POST", "/api/imports", files={"file": (name, raw)}, data={"kind": kind})


def create_import(company: Company, content: bytes | str, **arguments: str) -> str:
    """The address of an import of this file."""
    response = upload(company, content, **arguments)
    assert response.status_code == 201, response.text
    return f"/api/imports/{response.json()['id']}"


def unique_customers() -> str:
    """Three customers whom nobody has imported before."""
    return CUSTOMERS.replace("ejemplo.cr", f"{uuid4().hex[:8]}.cr")


def stored_files(settings: Settings, company: Company) -> list[str]:
    """The names of the files that are kept of a company."""
    folder = settings.home_path / "files" / company.tenant.organization_id.hex
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []
