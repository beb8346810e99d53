"""The API's OpenAPI document, as a process builds it once: it follows from the code alone, and takes two seconds."""

from typing import Any

from crm_api.main import create_app
from pymeai.settings import Settings

DOCUMENT: dict[str, Any] = create_app(
    Settings(database_url="postgresql://nowhere", secret_key="a secret that is long enough")
).openapi()
OPERATIONS: dict[tuple[str, str], dict[str, Any]] = {
    (method.upper(), path): operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
