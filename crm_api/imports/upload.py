"""Reads the multipart form of an upload, after and only after the caller was let in."""

import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any, BinaryIO

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from crm_api.dependencies import Importer
from crm_api.schemas import Schema
from pymeai.errors import FieldError, Invalid

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
MAX_NAME = 200


class UploadContent(Schema):
    """What makes two uploads the same one, whatever the file is called and how its form is cut."""

    sha256: str
    kind: str


@dataclass(frozen=True)
class Upload:
    """An uploaded file, on disk where it is large, and the kind of import that it is for."""

    stream: BinaryIO
    file_name: str
    kind: str

    def content(self) -> UploadContent:
        """The file's hash and its kind; the file is at its beginning again after it."""
        digest = hashlib.file_digest(self.stream, "sha256").hexdigest()  # type: ignore[arg-type]
        self.stream.seek(0)
        return UploadContent(sha256=digest, kind=self.kind)


OPENAPI_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "kind"],
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "CSV o XLSX."},
                        "kind": {
                            "type": "string",
                            "enum": ["customers", "sales", "opportunities", "interactions"],
                            "description": "Qué trae el archivo.",
                        },
                    },
                }
            }
        },
    }
}


async def _uploaded(request: Request, _caller: Importer) -> AsyncIterator[Upload]:
    # A parameter with File() would be read before any dependency ran: strangers could fill the disk.
    async with request.form(max_files=1, max_fields=5) as form:
        file, kind = form.get("file"), form.get("kind")
        errors = []
        if not isinstance(file, UploadFile):
            errors.append(FieldError("file", "Falta el archivo."))
        if not isinstance(kind, str) or not kind:
            errors.append(
                FieldError("kind", "Diga qué trae el archivo: customers, sales, opportunities o interactions.")
            )
        if errors or not isinstance(file, UploadFile) or not isinstance(kind, str):
            raise Invalid("Revise los datos marcados.", errors=errors)
        yield Upload(file.file, _plain_name(file.filename or ""), kind)


def _plain_name(name: str) -> str:
    last = _CONTROL.sub("", name.replace("\\", "/").rsplit("/", 1)[-1]).strip()
    return last[-MAX_NAME:] or "archivo"


Uploaded = Annotated[Upload, Depends(_uploaded)]
