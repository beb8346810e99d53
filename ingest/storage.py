"""Uploaded files, kept once under the hash of their content."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pymeai.errors import NotFound, TooLarge
from pymeai.settings import Settings
from pymeai.tenancy.tenant import Tenant

_PIECE = 1 << 20


@dataclass(frozen=True)
class StoredFile:
    """A file as kept: its SHA-256 in hexadecimal, where it lies, and whether it was there before."""

    sha256: str
    path: Path
    was_there: bool

    def discard(self) -> None:
        """Remove it, unless it was there before."""
        if not self.was_there:
            self.path.unlink(missing_ok=True)


def store(settings: Settings, tenant: Tenant, stream: BinaryIO, file_name: str) -> StoredFile:
    """Keep the stream's content; raises TooLarge, keeping nothing, past the largest upload."""
    folder = _folder(settings, tenant)
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    size = 0
    descriptor, name = tempfile.mkstemp(prefix=".upload-", dir=folder)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            while piece := stream.read(_PIECE):
                size += len(piece)
                _check_size(size, settings.max_upload_bytes, file_name)
                digest.update(piece)
                file.write(piece)
        path = folder / digest.hexdigest()
        was_there = path.exists()
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return StoredFile(digest.hexdigest(), path, was_there)


def _check_size(size: int, limit: int, file_name: str) -> None:
    if size > limit:
        raise TooLarge(
            f"El archivo «{file_name}» pesa más de {limit // (1024 * 1024)} MB. Divídalo en partes más pequeñas.",
            code="file_too_large",
        )


def path_of(settings: Settings, tenant: Tenant, sha256: str) -> Path:
    """Where the file with this hash lies; raises NotFound where it is gone."""
    path = _folder(settings, tenant) / sha256
    if not path.is_file():
        raise NotFound("El archivo de esta importación ya no está guardado. Súbalo de nuevo.", code="file_gone")
    return path


def _folder(settings: Settings, tenant: Tenant) -> Path:
    return settings.home_path / "files" / tenant.organization_id.hex
