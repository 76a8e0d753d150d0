"""All configuration. The only module that reads the environment.

Every setting can be given as ``HANDHOLD_<NAME>`` or ``HANDHOLD_<GROUP>__<NAME>``; ``handhold doctor`` prints the values
in force, secrets left out.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

from platformdirs import user_data_path
from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

GeneratorKind = Literal["embedded", "openai", "authored", "scripted"]


def silence() -> None:
    """Switch off everything in our dependencies that would report home. Must run before they are imported."""
    os.environ.update(
        ORT_DISABLE_TELEMETRY="1",
        OTEL_SDK_DISABLED="true",
        LITELLM_LOCAL_MODEL_COST_MAP="True",
        LANGSMITH_TRACING="false",
        LANGCHAIN_TRACING_V2="false",
        HF_HUB_OFFLINE="1",
        HF_HUB_DISABLE_TELEMETRY="1",
        DO_NOT_TRACK="1",
        TOKENIZERS_PARALLELISM="false",
    )


class DatabaseSettings(BaseModel):
    """PostgreSQL: the embedded server unless ``url`` names another."""

    url: SecretStr | None = None
    pool_size: int = Field(default=8, ge=2, le=100)


class GeneratorSettings(BaseModel):
    """Which model drafts replies. ``openai`` means any OpenAI-compatible address."""

    kind: GeneratorKind = "embedded"
    base_url: str | None = None
    model: str = "gpt-5-mini"
    api_key: SecretStr = SecretStr("none")
    temperature: float = Field(default=0.6, ge=0, le=2)
    max_tokens: int = Field(default=220, ge=32, le=2000)
    timeout_seconds: float = Field(default=20.0, gt=0)


class ServerSettings(BaseModel):
    """Where the API listens. Put a TLS proxy in front before it leaves the machine."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    secure_cookies: bool = False
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")


class SmtpSettings(BaseModel):
    """The mail server that takes alerts to counsellors."""

    host: str
    port: int = Field(default=587, ge=1, le=65535)
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: SecretStr = SecretStr("")
    sender: str


class WebhookSettings(BaseModel):
    """An address that is told of every alert, signed with a secret of at least 24 characters."""

    url: SecretStr
    secret: SecretStr = Field(min_length=24)


class AlertSettings(BaseModel):
    """How somebody is reached when a case waits. Without any way, the bell is the list and the log.

    ``base_url`` is the address under which counsellors reach the pages; ``outside`` an e-mail address for when nobody
    answers; ``quiet`` the hours, as in ``22:00-08:00 Europe/London``, in which nobody is woken for moderate risk.
    ``apprise`` holds addresses as the library of that name knows them, with a space between, for everything else.
    """

    base_url: str = "http://127.0.0.1:8000"
    smtp: SmtpSettings | None = None
    webhook: WebhookSettings | None = None
    apprise: SecretStr = SecretStr("")
    outside: str | None = None
    quiet: str | None = None


class MetricsSettings(BaseModel):
    """Numbers for a monitoring system. ``/metrics`` does not exist unless there is a token that opens it."""

    token: SecretStr | None = Field(default=None, min_length=24)


class SafetySettings(BaseModel):
    """Choices of the organisation that hosts it."""

    default_country: str = Field(default="ZZ", pattern="^[A-Z]{2}$")
    card_again_after_turns: int = Field(default=8, ge=2)
    #: Whether messages of closed cases are prepared, de-identified, for supervisors to approve as examples.
    learn_from_cases: bool = False


class CareSettings(BaseModel):
    """What people do beside talking. ``measure_texts``: a file with the words of WHO-5 or PSS-10, if licensed.

    ``learn_what_helps``: among several things that fit, what is offered depends on what people said helped them.
    """

    measure_texts: Path | None = None
    learn_what_helps: bool = False


class Settings(BaseSettings):
    """The whole configuration of one process."""

    model_config = SettingsConfigDict(
        env_prefix="HANDHOLD_", env_nested_delimiter="__", env_file=".env", extra="ignore"
    )

    data_dir: Path = Field(default_factory=lambda: user_data_path("handhold"))
    master_key_file: Path | None = None
    database: DatabaseSettings = DatabaseSettings()
    generator: GeneratorSettings = GeneratorSettings()
    server: ServerSettings = ServerSettings()
    safety: SafetySettings = SafetySettings()
    alerts: AlertSettings = AlertSettings()
    metrics: MetricsSettings = MetricsSettings()
    care: CareSettings = CareSettings()
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @classmethod
    def unknown_variables(cls) -> list[str]:
        """``HANDHOLD_`` variables in the environment that no setting reads: most likely misspelt."""
        known = set(_names("HANDHOLD_", cls))
        return sorted(v for v in os.environ if v.upper().startswith("HANDHOLD_") and v.upper() not in known)

    @property
    def key_file(self) -> Path:
        """The master key: outside the database, and outside its backups."""
        return self.master_key_file or self.data_dir / "keys" / "master.key"


def _names(prefix: str, group: type[BaseModel]) -> Iterator[str]:
    """The variables that a group of settings reads, those of groups within it among them."""
    for name, field in group.model_fields.items():
        yield f"{prefix}{name}".upper()
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from _names(f"{prefix}{name}__", inner)
