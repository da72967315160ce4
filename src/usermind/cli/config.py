"""`usermind config`: what is set, and by what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from usermind.cli.flags import (
    CatalogueFlag,
    ChromaFlag,
    EmbedderFlag,
    JsonFlag,
    ModelFlag,
    ModelNameFlag,
    StoreFlag,
    TimeoutFlag,
    UserFlag,
    example,
    given,
)
from usermind.cli.opening import connected, loaded
from usermind.cli.opening import embedder as opened_embedder
from usermind.cli.screen import columns, emit, note, plain, say, show, shown_url
from usermind.errors import UsermindError

if TYPE_CHECKING:
    from usermind.settings import Origin, Settings

SECRET = ("api_key", "judge_api_key", "embedder_api_key")
ADDRESSES = ("model", "chroma")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=example("usermind config", "USERMIND_STORE=/data/minds usermind config --json")
    )(config)


def config(
    ctx: typer.Context,
    store: StoreFlag = None,
    user: UserFlag = None,
    model: ModelFlag = None,
    model_name: ModelNameFlag = None,
    embedder: EmbedderFlag = None,
    timeout: TimeoutFlag = None,
    catalogue: CatalogueFlag = None,
    chroma: ChromaFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Show every setting with its value and where it came from.

    A flag beats the environment (USERMIND_STORE, USERMIND_USER, …), which beats the settings
    file, which beats the default.
    """
    flags = given(ctx)
    from usermind.settings import config_file

    settings, origins = loaded(flags)
    used = {"model": _model(settings), "embedder": _embedder(settings)}
    values = {name: _shown(name, getattr(settings, name)) for name in origins}
    if flags.as_json:
        emit(
            {
                "file": config_file(),
                "settings": {
                    name: {"value": value, "from": origins[name]} for name, value in values.items()
                },
                "used": {name: each.told for name, each in used.items()},
            }
        )
    else:
        _say(settings, values, origins, used)
    for name, each in used.items():
        if each.problem:
            note(f"Error: {name}: {each.problem}")
    if any(each.problem for each in used.values()):
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class Used:
    """What a setting amounts to on this machine."""

    told: str
    problem: str | None = None
    """Why it cannot be used."""


def _model(settings: Settings) -> Used:
    if not settings.model:
        return Used("offline engine")
    shown = str(_shown("model", settings.model))
    try:
        connected(settings)
    except UsermindError as error:
        return Used(f"{shown} (unusable)", str(error).replace(settings.model, shown))
    return Used(shown)


def _embedder(settings: Settings) -> Used:
    from usermind.models import find_minilm

    if not settings.embedder:
        found = find_minilm()
        return Used("minilm (installed)" if found else "lexical (minilm is not installed)")
    shown = str(_shown("embedder", settings.embedder))
    try:
        opened_embedder(settings)
    except UsermindError as error:
        return Used(f"{shown} (unusable)", str(error).replace(settings.embedder, shown))
    return Used(shown)


def _say(
    settings: Settings,
    values: dict[str, object],
    origins: dict[str, Origin],
    used: dict[str, Used],
) -> None:
    from usermind.settings import config_file

    told = values | {name: each.told for name, each in used.items()}
    told["catalogue"] = told["catalogue"] or "in the store's folder"
    told["chroma"] = told["chroma"] or "in the catalogue's folder"
    if not told["model_name"]:
        told["model_name"] = "the first that the endpoint lists" if settings.model else "none"
    table = columns("setting", "from", "value")
    for name, value in told.items():
        table.add_row(name, origins[name], plain(str(value)))
    show(table)
    found = "" if config_file().is_file() else " (not there)"
    say(f"\nSettings file: {config_file()}{found}")


def _shown(name: str, value: object) -> object:
    """Return a value as it may be seen: of a secret, only whether it is set."""
    if name in SECRET:
        return "set" if value else "not set"
    if name in ADDRESSES and isinstance(value, str):  # whatever it looks like
        from usermind.models._transport import veiled

        return veiled(value)
    return shown_url(value) if isinstance(value, str) else value
