"""`usermind catalogue fit`: what a catalogue recommends by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from usermind.cli.flags import (
    CatalogueFlag,
    ChromaFlag,
    EmbedderFlag,
    JsonFlag,
    StoreFlag,
    example,
    given,
)
from usermind.cli.opening import catalogue as opened
from usermind.cli.opening import loaded
from usermind.cli.progress import bar
from usermind.cli.screen import emit, say

if TYPE_CHECKING:
    from usermind.tools.catalogue import Catalogue
    from usermind.tools.fitting import Order, Taste


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=example(
            "usermind catalogue fit", "usermind catalogue fit --taste lightgcn --epochs 20"
        )
    )(fit)


def fit(
    ctx: typer.Context,
    taste: Annotated[
        Literal["ease", "graph-filter", "lightgcn"] | None,
        typer.Option("--taste", help="What learns whose taste is alike; lightgcn is trained."),
    ] = None,
    sequence: Annotated[
        Literal["transitions", "sequential"] | None,
        typer.Option("--sequence", help="What learns what comes next; sequential is trained."),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option("--epochs", min=1, help="Rounds of what is trained, at most."),
    ] = None,
    catalogue: CatalogueFlag = None,
    chroma: ChromaFlag = None,
    embedder: EmbedderFlag = None,
    store: StoreFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Fit what recommends on all that is in the catalogue, in place of what was fitted before.

    If nothing is named, what suits the catalogue is fitted, in seconds. What is trained takes
    longer, and a GPU where there is one; after a Ctrl-C the same command goes on where it was. What
    was trained once is trained anew by each later fit or load, until another is named.
    """
    flags = given(ctx)
    settings, _ = loaded(flags)
    with opened(settings) as place:
        made = fitted(place, taste=taste, sequence=sequence, epochs=epochs)
    if flags.as_json:
        emit({"fitted": made})
    else:
        say(f"Fitted: {parts(made)}.")


def parts(made: Mapping[str, str]) -> str:
    """Return what was fitted for which role, in words."""
    return ", ".join(name if name == role else f"{name} for {role}" for role, name in made.items())


def fitted(
    place: Catalogue,
    *,
    taste: Taste | None = None,
    sequence: Order | None = None,
    epochs: int | None = None,
) -> dict[str, str]:
    """Fit, and return the name of what was fitted for each role."""
    from usermind.tools.fitting import fit, stopped

    with bar("Fitting") as advance:
        try:
            made = fit(place, taste=taste, sequence=sequence, epochs=epochs, progress=advance)
        except KeyboardInterrupt:
            under_way = ", ".join(stopped(place, {"taste": taste, "sequence": sequence}))
            go_on = (
                f"So is the training of {under_way}: the same command goes on with it."
                if under_way
                else "`usermind catalogue fit` begins anew."
            )
            raise KeyboardInterrupt(
                f"What was loaded, and what was fitted before, is kept. {go_on}"
            ) from None
    return {role: part.source for role, part in made.parts.items()}
