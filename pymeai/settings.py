"""Configuration from the environment (`PYMEAI_*`)."""

import hashlib
import hmac
import os
import re
import secrets
from datetime import date
from functools import cache
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pymeai.errors import ConfigurationError

# No "*" and no "null": whoever may call is named.
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?")
SECRET_FILE = "secret_key"  # noqa: S105 - a file's name


class Settings(BaseSettings):
    """All that the platform's processes are told from outside. Sizes are in bytes."""

    model_config = SettingsConfigDict(env_prefix="PYMEAI_", env_ignore_empty=True, frozen=True)

    home: Path = Path(".pymeai")
    database_url: str | None = None
    secret_key: SecretStr | None = None

    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    openai_model: str = "gpt-4.1-mini"

    smtp_url: str | None = None
    mail_from: str = "PymeAI <no-responder@pymeai.local>"
    # Where people open the dashboards, as links in e-mails name it; unset: the dashboards' own address.
    public_url: str | None = None
    # Origins (https://app.ejemplo.cr), with commas between, whose pages may call the API from a browser.
    cors_origins: str = ""
    today: date | None = None

    host: str = "127.0.0.1"
    api_port: int = Field(default=8000, ge=1, le=65535)
    dashboard_port: int = Field(default=8501, ge=1, le=65535)
    dagster_port: int = Field(default=3000, ge=1, le=65535)

    # A million customers of ten columns are 139 MB of CSV.
    max_upload_bytes: int = 200 * 1024 * 1024

    # Lets webhooks reach loopback and private networks, by http too: for tests and for trying a receiver at home.
    webhook_allow_private: bool = False

    @field_validator("cors_origins")
    @classmethod
    def _exact_origins(cls, text: str) -> str:
        wrong = [origin for origin in _listed(text) if not _ORIGIN.fullmatch(origin)]
        if wrong:
            raise ValueError(f"PYMEAI_CORS_ORIGINS: «{wrong[0]}» no es un origen exacto como https://app.ejemplo.cr")
        return text

    @property
    def allowed_origins(self) -> list[str]:
        """PYMEAI_CORS_ORIGINS, one by one."""
        return _listed(self.cors_origins)

    @property
    def home_path(self) -> Path:
        """PYMEAI_HOME as an absolute path; it may not exist yet."""
        return self.home.expanduser().resolve()

    @property
    def embedded(self) -> bool:
        """Whether the platform runs its own PostgreSQL."""
        return self.database_url is None

    def secret(self) -> bytes:
        """The server's secret, from which passwords and signing keys derive.

        Made once and kept in PYMEAI_HOME in embedded mode. Raises ConfigurationError where a server of one's own is
        used without PYMEAI_SECRET_KEY.
        """
        if self.secret_key is not None:
            value = self.secret_key.get_secret_value().encode()
            if len(value) < 16:
                raise ConfigurationError("PYMEAI_SECRET_KEY es muy corta: use al menos 16 caracteres al azar.")
            return value
        if not self.embedded:
            raise ConfigurationError("Falta PYMEAI_SECRET_KEY: es obligatoria cuando se usa PYMEAI_DATABASE_URL.")
        return _kept_secret(self.home)

    def derive(self, purpose: str) -> str:
        """A 64-digit hexadecimal secret for one purpose: HMAC-SHA256 of the purpose's name under the server's secret."""
        return hmac.new(self.secret(), purpose.encode(), hashlib.sha256).hexdigest()


def _listed(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


@cache
def _kept_secret(given: Path) -> bytes:
    # Resolved in here: it is asked for with every token, and the answer stays.
    home = given.expanduser().resolve()
    path = home / SECRET_FILE
    home.mkdir(parents=True, exist_ok=True)
    # Two processes may start at once: whoever links its complete file first wins, and the other reads that one.
    draft = home / f".{SECRET_FILE}.{os.getpid()}.{secrets.token_hex(4)}"
    if not path.exists():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes().strip()


@cache
def get_settings() -> Settings:
    """The settings of this process."""
    return Settings()
