"""What can be set, and where each value came from: flag > environment > file > default."""

import difflib
import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from usermind.errors import SettingsError

Origin = Literal["flag", "environment", "file", "default"]

PREFIX = "USERMIND_"
NO_SETTINGS = ("CONFIG", "TRACING", "VLLM_PYTHON", "UPDATE_SNAPSHOTS")
"""Variables with our prefix that mean something else."""


def config_file() -> Path:
    """Return the settings file: `USERMIND_CONFIG`, else the user's configuration folder."""
    if given := os.environ.get("USERMIND_CONFIG"):
        return Path(given).expanduser()
    base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(base).expanduser() / "usermind" / "config.toml"


class Settings(BaseSettings):
    """Settings of the command line. In Python, pass arguments instead."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    store: Path = Field(default=Path("~/.usermind"), description="Folder of the memories.")
    user: str = Field(default="me", description="Whose memory to work on.")
    model: str | None = Field(
        default=None,
        description="URL of an OpenAI-compatible endpoint; none: offline engine.",
        repr=False,
    )
    model_name: str | None = Field(
        default=None, description="Model to ask for; none: the first the endpoint lists."
    )
    api_key: str | None = Field(
        default=None, description="Key for the endpoint, where it wants one.", repr=False
    )
    judge_api_key: str | None = Field(
        default=None,
        description="Key for a judge or a simulated user at another address than the model's.",
        repr=False,
    )
    embedder: str | None = Field(
        default=None,
        description="minilm, lexical, a folder, or URL[#model]; none: minilm if installed.",
        repr=False,
    )
    embedder_api_key: str | None = Field(
        default=None, description="Key for an embedder behind a URL.", repr=False
    )
    catalogue: Path | None = Field(
        default=None,
        description="Folder of the items to recommend; none: `catalogue` in the store's folder.",
    )
    chroma: str | None = Field(
        default=None,
        description="URL of a Chroma server for items; none: in their folder.",
        repr=False,
    )
    privacy: Literal["standard", "strict", "off"] = Field(
        default="standard", description="What may be stored and shown to models."
    )
    timeout: float = Field(
        default=60.0, gt=0, le=86_400, description="Seconds to wait for a model."
    )

    daily_tokens: int | None = Field(
        default=None, ge=0, description="Tokens that the model may cost a user a day; none: any."
    )
    daily_calls: int | None = Field(
        default=None, ge=0, description="Calls of the model for a user a day; none: any number."
    )

    @field_validator("store", "user", "catalogue", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        """Refuse an empty name: as a folder it would be the one that the shell stands in."""
        if isinstance(value, str) and not value.strip():
            raise ValueError("it is empty. Was a variable of the shell not set?")
        return value

    @property
    def catalogue_folder(self) -> Path:
        """Where the items to recommend are, told or not."""
        return (self.catalogue or self.store / "catalogue").expanduser()

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
        if os.environ.get("USERMIND_CONFIG"):
            raise SettingsError(
                f"There is no settings file {path}, which USERMIND_CONFIG names. "
                "Correct the variable, or unset it."
            ) from None
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
    _check_names(in_file)
    try:
        settings = Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        origin = _origin(name, given, in_file)
        where = f"settings file {config_file()}" if origin == "file" else origin
        why = first["msg"].removeprefix("Value error, ").rstrip(".")
        if name == "timeout":
            why = "expected a number of seconds above 0, at most 86400"
        elif name.startswith("daily_"):
            why = "expected a whole number, 0 or more"
        raise SettingsError(
            f"{name!r} from the {where} cannot be used: {why}{'' if why[-1] == '?' else '.'}"
        ) from None
    return settings, {name: _origin(name, given, in_file) for name in Settings.model_fields}


def _check_names(in_file: dict[str, Any]) -> None:
    """Refuse names that are no setting: most are mistyped ones."""
    known = list(Settings.model_fields)
    for name in in_file:
        if name not in known:
            raise SettingsError(
                f"The settings file {config_file()} sets {name!r}, which is no setting. "
                f"{_meant(name, known)}"
            )
    known = [f"{PREFIX}{name}".upper() for name in known]
    others = [f"{PREFIX}{name}" for name in NO_SETTINGS]
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in (*known, *others):
            raise SettingsError(
                f"The environment sets {name}, which is no setting. "
                f"{_meant(name.upper(), known)} If it is none of ours, unset it."
            )


def _meant(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"Did you mean {near[0]!r}?" if near else f"Known are: {', '.join(known)}."


def _origin(name: str, given: dict[str, Any], in_file: dict[str, Any]) -> Origin:
    if name in given:
        return "flag"
    if f"USERMIND_{name}".upper() in {key.upper() for key in os.environ}:
        return "environment"
    return "file" if name in in_file else "default"
