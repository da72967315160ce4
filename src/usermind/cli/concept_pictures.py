"""`usermind concept picture`, `denied` and `recognise`: what a concept looks like."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from usermind.cli import receipts
from usermind.cli.concepts import Key, tell
from usermind.cli.flags import JsonFlag, StoreFlag, UserFlag, YesFlag, example, given
from usermind.cli.opening import Workplace, opened
from usermind.cli.screen import confirmed, emit, flat, note, say
from usermind.errors import InvalidInputError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog=example(
            "usermind concept picture bo bo.jpg --consent --user ana",
            "usermind concept picture bo --remove i1f0c… --user ana",
        )
    )(picture)
    app.command(epilog=example("usermind concept denied bo --user ana"))(denied)
    app.command(epilog=example("usermind concept recognise park.jpg --user ana"))(recognise)


def picture(
    ctx: typer.Context,
    key: Key,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A PNG, JPEG or WEBP.")
    ] = None,
    consent: Annotated[
        bool, typer.Option("--consent", help="Whoever it shows agrees that pictures are kept.")
    ] = False,
    remove: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Take this picture away instead; `undo` brings it back."),
    ] = None,
    forget: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Delete this picture for good instead; it may be gone."),
    ] = None,
    yes: YesFlag = False,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Keep a reference picture of a concept, without its metadata; with no file, list them."""
    if sum(each is not None for each in (file, remove, forget)) > 1 or (consent and file is None):
        raise InvalidInputError(
            "A file, `--remove` and `--forget` exclude each other, and `--consent` needs a file. "
            "Nothing was changed. Say one of them."
        )
    flags = given(ctx)
    with opened(flags) as place:
        pictures = place.known.pictures
        if file is not None:
            kept = pictures.add(key, file, consent=consent)
            tell(place, key, "Pictured")
            _doubt(place, key, kept)
        elif remove is not None:
            pictures.remove(key, remove)
            tell(place, key, "Picture removed")
        elif forget is not None:
            if not yes and not confirmed(f"Forget a picture of {flat(key)} for good?"):
                note("Nothing was forgotten.")
                raise typer.Exit(1)
            receipts.tell(place, pictures.forget(key, forget))
        else:
            _show_pictures(place, key)


def _doubt(place: Workplace, key: str, id_: str) -> None:
    """Say so where a picture that was kept will hardly be known again."""
    from usermind.memory.sight import LEAST_REFERENCE, telling

    picture = next(each for each in place.known.pictures.of(key) if each.id == id_)
    if not telling(picture):
        note(
            f"{flat(key)} will hardly be known by it: it is less than {LEAST_REFERENCE} pixels "
            "wide or high, or all of one colour. Add another one."
        )


def _show_pictures(place: Workplace, key: str) -> None:
    found = place.known.pictures.of(key)
    if place.flags.as_json:
        emit([{"id": p.id, "type": p.media_type, "size": [p.width, p.height]} for p in found])
        return
    if not found:
        note(f"No pictures of {flat(key)}. `usermind concept picture KEY FILE` adds one.")
    for each in found:
        say(f"{each.id}  {each.media_type}, {each.width} × {each.height}")


def denied(
    ctx: typer.Context,
    key: Key,
    remove: Annotated[
        str | None, typer.Option(metavar="ID", help="Forget that this was denied, instead.")
    ] = None,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """List what the user said a concept is not, when a picture looked like it."""
    flags = given(ctx)
    with opened(flags) as place:
        if remove is not None:
            place.known.pictures.take_back(key, remove)
        found = place.known.pictures.denials(key)
    if flags.as_json:
        emit(found)
        return
    if not found:
        note(f"Nothing was said not to be {flat(key)}.")
    for each in found:
        said = f"with {each.observation}" if each.observation else "by hand"
        say(f"{each.id}  {flat(each.encoder)}, {said}")


def recognise(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A PNG, JPEG or WEBP.")],
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Say which concepts a picture shows; a close call is a question, and a stranger is nobody."""
    flags = given(ctx)
    with opened(flags) as place:
        found = place.known.pictures.recognise(file)
    if flags.as_json:
        emit(found)
        return
    for seen in found.seen:
        say(f"{flat(seen.key)}, {seen.score:.3f}")
    for close in found.unsure:
        say(f"perhaps {' or '.join(map(flat, close.keys))}, {close.score:.3f}")
    if not found.seen and not found.unsure:
        note("It shows no concept that is known.")
