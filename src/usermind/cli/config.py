"""`usermind config`: what is set, and by what."""

from urllib.parse import urlsplit

import typer

from usermind.cli.flags import (
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
from usermind.cli.opening import loaded
from usermind.cli.screen import columns, emit, plain, say, show

SECRET = ("api_key", "embedder_api_key")


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
    as_json: JsonFlag = False,
) -> None:
    """Show every setting with its value and where it came from.

    A flag beats the environment (USERMIND_STORE, USERMIND_USER, …), which beats the settings
    file, which beats the default.
    """
    flags = given(
        ctx,
        store=store,
        user=user,
        model=model,
        model_name=model_name,
        embedder=embedder,
        timeout=timeout,
        as_json=as_json,
    )
    from usermind.settings import config_file

    settings, origins = loaded(flags)
    values = {name: _shown(name, getattr(settings, name)) for name in origins}
    if flags.as_json:
        emit(
            {
                "file": config_file(),
                "settings": {
                    name: {"value": value, "from": origins[name]} for name, value in values.items()
                },
            }
        )
        return
    table = columns("setting", "from", "value")
    for name, value in values.items():
        table.add_row(name, origins[name], "none" if value is None else plain(str(value)))
    show(table)
    found = "" if config_file().is_file() else " (not there)"
    say(f"\nSettings file: {config_file()}{found}")


def _shown(name: str, value: object) -> object:
    """Return a value as it may be seen: of a secret, only whether it is set."""
    if name in SECRET:
        return "set" if value else "not set"
    if isinstance(value, str) and "@" in value and "://" in value:
        login = urlsplit(value).netloc.rpartition("@")[0]
        return value.replace(f"{login}@", "…@", 1) if login else value
    return value
