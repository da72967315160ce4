"""What can be set, and where each value came from: flag > environment > file > default."""

import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from usermind.errors import SettingsError

Origin = Literal["flag", "environment", "file", "default"]


def config_file() -> Path:
    """Return the settings file: `USERMIND_CONFIG`, else the user's configuration folder."""
    if given := os.environ.get("USERMIND_CONFIG"):
        return Path(given).expanduser()
    base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(base).expanduser() / "usermind" / "config.toml"


class Settings(BaseSettings):
    """Settings of the command line. In Python, pass arguments instead."""

    model_config = SettingsConfigDict(env_prefix="USERMIND_", extra="forbid", frozen=True)

    store: Path = Field(default=Path("~/.usermind"), description="Folder of the memories.")
    user: str = Field(default="me", description="Whose memory to work on.")
    model: str | None = Field(
        default=None, description="URL of an OpenAI-compatible endpoint; none: offline engine."
    )
    model_name: str | None = Field(
        default=None, description="Model to ask for; none: the first the endpoint lists."
    )
    api_key: str | None = Field(
        default=None, description="Key for the endpoint, where it wants one.", repr=False
    )
    embedder: str | None = Field(
        default=None,
        description="minilm, lexical, a folder, or URL[#model]; none: minilm if installed.",
    )
    embedder_api_key: str | None = Field(
        default=None, description="Key for an embedder behind a URL.", repr=False
    )
    timeout: float = Field(default=60.0, gt=0, description="Seconds to wait for a model.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put flags first, then the environment, then the file."""
        return init_settings, env_settings, _File(settings_cls)


class _File(PydanticBaseSettingsSource):
    """The TOML file, if there is one."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return one value of the file."""
        return _read_file().get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return all of it; unknown keys are refused by the model."""
        return _read_file()


def _read_file() -> dict[str, Any]:
    path = config_file()
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            f"The settings file {path} cannot be read ({error}). Mend or remove it."
        ) from error


def load(**flags: Any) -> tuple[Settings, dict[str, Origin]]:
    """Return the settings and, by name, where each value came from.

    Args:
        flags: Values given on the command line; None means not given.

    Raises:
        SettingsError: A value cannot be used; the message names it and where it came from.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    in_file = _read_file()
    try:
        settings = Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise SettingsError(
            f"{name!r} from the {_origin(name, given, in_file)} cannot be used: {first['msg']}. "
            f"Known settings: {', '.join(Settings.model_fields)}."
        ) from None
    return settings, {name: _origin(name, given, in_file) for name in Settings.model_fields}


def _origin(name: str, given: dict[str, Any], in_file: dict[str, Any]) -> Origin:
    if name in given:
        return "flag"
    if f"USERMIND_{name}".upper() in {key.upper() for key in os.environ}:
        return "environment"
    return "file" if name in in_file else "default"
