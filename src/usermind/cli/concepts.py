"""`usermind concept`: the named people, pets, things and places in a user's life."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from usermind.cli import receipts
from usermind.cli.flags import JsonFlag, StoreFlag, UserFlag, YesFlag, example, given
from usermind.cli.opening import Workplace, opened
from usermind.cli.screen import columns, confirmed, day, emit, flat, note, say, show
from usermind.errors import InvalidInputError, UnknownItemError

if TYPE_CHECKING:
    from usermind.memory import Attribute, Concept

app = typer.Typer(
    no_args_is_help=True,
    help="Name the people, pets, things and places in a user's life, and what is known of them.",
    epilog=example(
        "usermind concept add bo Bo --category dog --set eats=salmon --user ana",
        "usermind concept list --user ana",
    ),
)

Key = Annotated[str, typer.Argument(metavar="KEY", help="Key of a concept, like bo.")]
Other = Annotated[str, typer.Argument(metavar="OTHER", help="Key of another concept.")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="An attribute of it."),
]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="An attribute; NAME alone takes it away."),
]
Aliases = Annotated[
    list[str] | None, typer.Option("--alias", metavar="NAME", help="Another name of it.")
]
Category = Annotated[str | None, typer.Option(help='What it is, like "dog".')]
Relations = Annotated[
    list[str] | None,
    typer.Option("--relation", metavar="KIND=KEY", help='Like "owned by=tobias".'),
]


@app.command("list", epilog=example("usermind concept list --user ana --json"))
def list_(
    ctx: typer.Context,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """List the concepts, the oldest first."""
    flags = given(ctx)
    with opened(flags) as place:
        show_all(place)


def show_all(place: Workplace, *, limit: int | None = None) -> None:
    """Print the concepts, the oldest first."""
    found = list(place.known.concepts.by_id().items())[:limit]
    if place.flags.as_json:
        emit([record(id_, key, concept) for id_, (key, concept) in found])
        return
    if not found:
        note("No concepts yet. `usermind concept add KEY NAME` makes one.")
        return
    table = columns("id", "key", "what is known")
    for id_, (key, concept) in found:
        table.add_row(id_, flat(key), flat(concept.render(key), width=400))
    show(table)


@app.command("show", epilog=example("usermind concept show bo --user ana"))
def show_(
    ctx: typer.Context,
    key: Key,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Show one concept with where each attribute comes from."""
    flags = given(ctx)
    with opened(flags) as place:
        show_one(place, key)


def show_one(place: Workplace, key: str, *, words: bool = False) -> None:
    """Print a concept with where each attribute comes from.

    Args:
        place: Where it is.
        key: Which.
        words: Also the words of the messages that they come from.
    """
    memory = place.known
    concept = memory.concepts[key]
    (id_,) = memory.concepts.ids([key])
    sources = _sources(concept)
    said = {each: memory.observation(each) for each in sorted(set(sources.values())) if words}
    if place.flags.as_json:
        emit(record(id_, key, concept) | ({"messages": list(said.values())} if words else {}))
        return
    say(flat(concept.render(key)))
    for name in concept.attributes:
        if name in sources:
            say(f"  {flat(name)} comes from {sources[name]}")
        elif words:
            say(f"  {flat(name)} was entered by hand")
    for id_, message in said.items():
        say(f"\n{id_}, {day(message.at)}\n    “{flat(message.text, width=400)}”")


@app.command(epilog=example("usermind concept add bo Bo --category dog --set eats=salmon"))
def add(
    ctx: typer.Context,
    key: Key,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called.")],
    category: Category = None,
    alias: Aliases = None,
    sets: Sets = None,
    relation: Relations = None,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Add a concept under a key that is not taken."""
    from usermind.memory import Concept

    flags = given(ctx)
    with opened(flags, create=True) as place:
        held = place.memory.concepts
        if key in held:
            raise InvalidInputError(
                f"There is a concept under {key!r} already. Nothing was changed. Choose another "
                "key, or use `usermind concept edit`."
            )
        for text in sets or ():
            _pair(text, "--set", "eats=salmon")  # there is nothing yet to take away
        held[key] = _edited(Concept(name), key, None, category, alias, sets, relation)
        tell(place, key, "Added")


@app.command(epilog=example('usermind concept edit bo --set "weighs=9 kg" --user ana'))
def edit(
    ctx: typer.Context,
    key: Key,
    name: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    category: Category = None,
    alias: Aliases = None,
    sets: Changes = None,
    relation: Relations = None,
    consent: Annotated[
        bool | None,
        typer.Option(
            "--consent/--no-consent",
            help="Whether pictures may be kept; taking it back deletes them at once, for good.",
        ),
    ] = None,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Change what is known of a concept; what is not named stays."""
    flags = given(ctx)
    if (name, category, consent) == (None, None, None) and not (alias or sets or relation):
        raise InvalidInputError(
            f"It was not said what to change of {key!r}. Nothing was changed. Name it with "
            "`--name`, `--category`, `--alias`, `--set`, `--relation` or `--consent`; "
            "`usermind concept show` shows what it has."
        )
    with opened(flags) as place:
        held = place.known.concepts
        edited = _edited(held[key], key, name, category, alias, sets, relation)
        held[key] = edited if consent is None else replace(edited, consent=consent)
        tell(place, key, "Changed")


@app.command(epilog=example("usermind concept rename bo rex --user ana"))
def rename(
    ctx: typer.Context,
    key: Key,
    new: Annotated[str, typer.Argument(metavar="NEW", help="The new key.")],
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Put a concept under another key; relations to it follow."""
    flags = given(ctx)
    with opened(flags) as place:
        place.known.concepts.rename(key, new)
        tell(place, new, "Renamed")


@app.command(epilog=example("usermind concept merge bo bobo --user ana"))
def merge(
    ctx: typer.Context,
    key: Key,
    other: Other,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Make one of two concepts; what the first says of itself counts."""
    flags = given(ctx)
    with opened(flags) as place:
        place.known.concepts.merge(key, other)
        tell(place, key, "Merged")


@app.command(epilog=example("usermind concept split bo rex Rex --set eats --user ana"))
def split(
    ctx: typer.Context,
    key: Key,
    new: Annotated[str, typer.Argument(metavar="NEW", help="Key of the new concept.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the new one is called.")],
    alias: Annotated[
        list[str] | None, typer.Option("--alias", metavar="NAME", help="A name that moves.")
    ] = None,
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME", help="An attribute that moves.")
    ] = None,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Move part of a concept to a new one."""
    flags = given(ctx)
    with opened(flags) as place:
        place.known.concepts.split(key, new, name, aliases=alias or (), attributes=sets or ())
        tell(place, new, "Split off")


@app.command(epilog=example("usermind concept delete bo --user ana"))
def delete(
    ctx: typer.Context,
    key: Key,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Delete a concept; `usermind concept undo` brings it back."""
    flags = given(ctx)
    with opened(flags) as place:
        del place.known.concepts[key]
    if flags.as_json:
        emit({"deleted": key})
    else:
        say(f"Deleted {flat(key)}. `usermind concept undo` brings it back.")


@app.command(epilog=example("usermind concept undo --user ana"))
def undo(
    ctx: typer.Context,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Take the last edit of the concepts back; again for the one before."""
    flags = given(ctx)
    with opened(flags) as place:
        last = place.known.concepts.edits()[:1]
        keys = place.known.concepts.undo()
    if flags.as_json:
        emit({"undone": list(keys)})
    elif not last:
        note("There is nothing to undo.")
    else:
        say(f"Took back: {last[0].what} {', '.join(map(flat, keys))}, of {day(last[0].at)}.")


@app.command(epilog=example("usermind concept forget bo --user ana"))
def forget(
    ctx: typer.Context,
    key: Key,
    attributes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME", help="Forget this attribute only."),
    ] = None,
    yes: YesFlag = False,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Delete a concept for good, with its edits, pictures and the replies made from it.

    One that was deleted, or an attribute that was taken away, is forgotten too: `undo` could bring
    it back.
    """
    flags = given(ctx)
    with opened(flags) as place:
        held = place.known.concepts
        name = held[key].name if key in held else key
        what = f"{', '.join(map(flat, attributes))} of {flat(name)}" if attributes else flat(name)
        if not yes and not confirmed(f"Forget {what} for good?"):
            note("Nothing was forgotten.")
            raise typer.Exit(1)
        receipts.tell(place, held.forget(key, attributes=attributes or ()))


def _edited(
    concept: Concept,
    key: str,
    name: str | None,
    category: str | None,
    aliases: list[str] | None,
    sets: list[str] | None,
    relations: list[str] | None,
) -> Concept:
    from usermind.memory import Relation

    attributes: dict[str, Attribute | str] = dict(concept.attributes)
    for each, value in map(_change, sets or ()):
        if value:
            attributes[each] = value
        elif attributes.pop(each, None) is None:
            raise UnknownItemError(each, kind=f"attribute of {key!r}")
    related = [Relation(*_pair(text, "--relation", "owned by=tobias")) for text in relations or ()]
    return replace(
        concept,
        name=concept.name if name is None else name,
        category=concept.category if category is None else category,
        aliases=tuple(dict.fromkeys([*concept.aliases, *(aliases or ())])),
        attributes=attributes,
        relations=tuple(dict.fromkeys([*concept.relations, *related])),
    )


def _change(text: str) -> tuple[str, str]:
    """Return an attribute's name and its value; without a value it is to go."""
    return _pair(text if "=" in text else f"{text}=", "--set", "eats=salmon", empty=True)


def _pair(text: str, flag: str, like: str, *, empty: bool = False) -> tuple[str, str]:
    name, _, value = (part.strip() for part in text.partition("="))
    if not name or not (value or empty):
        raise InvalidInputError(
            f"`{flag}` needs a name, an equals sign and a value. Nothing was changed. "
            f'Write it like `{flag} "{like}"`.'
        )
    return name, value


def tell(place: Workplace, key: str, done: str) -> None:
    """Say what was done, and what the concept is now."""
    concept = place.memory.concepts[key]
    if place.flags.as_json:
        emit(record(place.memory.concepts.ids([key])[0], key, concept))
    else:
        say(f"{done}: {flat(concept.render(key))}")


def record(id_: str, key: str, concept: Concept) -> dict[str, object]:
    """Return a concept as one record."""
    return {
        "id": id_,
        "key": key,
        "name": concept.name,
        "aliases": list(concept.aliases),
        "category": concept.category,
        "attributes": {name: concept.value(name) for name in concept.attributes},
        "sources": _sources(concept),
        "images": list(concept.images),
        "consent": concept.consent,
        "relations": [{"kind": each.kind, "to": each.to} for each in concept.relations],
    }


def _sources(concept: Concept) -> dict[str, str]:
    """Return the observations that attributes rest on, by name of the attribute."""
    from usermind.memory import Attribute

    return {
        name: held.source
        for name, held in concept.attributes.items()
        if isinstance(held, Attribute) and held.source is not None
    }
