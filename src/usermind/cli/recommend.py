"""`usermind recommend`: what of the catalogue fits a user, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from usermind.cli.flags import (
    BlindFlag,
    CatalogueFlag,
    ChromaFlag,
    EmbedderFlag,
    JsonFlag,
    LimitFlag,
    ModelFlag,
    ModelNameFlag,
    RerankFlag,
    StoreFlag,
    TimeoutFlag,
    UserFlag,
    WhereFlag,
    example,
    given,
)
from usermind.cli.opening import advisor as advisor_of
from usermind.cli.opening import catalogue as opened_catalogue
from usermind.cli.opening import loaded, opened
from usermind.cli.screen import emit, flat, note, say
from usermind.errors import InvalidInputError, NotInCatalogueError

if TYPE_CHECKING:
    from usermind.memory import UserMemory
    from usermind.tools.advice import Advice
    from usermind.tools.advisor import Advisor
    from usermind.tools.recommenders import Recommendation


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=example(
            "usermind recommend --user ana",
            'usermind recommend "a comedy from the 90s, nothing too silly" --user ana -n 3',
            'usermind recommend --like "Blade Runner" --where "year>=2000" --user ana',
        )
    )(recommend)


def recommend(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WORDS]...", help="What they ask for; none: what fits them."),
    ] = None,
    like: Annotated[
        str | None,
        typer.Option("--like", metavar="TITLE", help="What is most like this item, in place."),
    ] = None,
    after: Annotated[
        str | None,
        typer.Option("--after", metavar="TITLE", help="What people turn to after this item."),
    ] = None,
    where: WhereFlag = None,
    limit: LimitFlag = 5,
    rerank: RerankFlag = False,
    blind: BlindFlag = True,
    model: ModelFlag = None,
    model_name: ModelNameFlag = None,
    timeout: TimeoutFlag = None,
    catalogue: CatalogueFlag = None,
    chroma: ChromaFlag = None,
    embedder: EmbedderFlag = None,
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Recommend from the catalogue by what the user's memory says, with reasons.

    No model is asked but by `--rerank`. Of a user of whom nothing is known, what most people like
    comes. What they cannot stand, and what they know already, does not.
    """
    _check(words, like, after, rerank=rerank)
    flags = given(ctx)
    settings, _ = loaded(flags)
    # The catalogue first: where there is none, no store is made beside it.
    with opened_catalogue(settings) as shelf, opened(flags, create=True) as place:
        from usermind.tools.item_filter import ItemFilter

        advisor = advisor_of(place, shelf, rerank=rerank, blind=blind)
        passing = ItemFilter(tuple(advisor.condition(each) for each in where or ()))
        memory = place.memory
        if title := like or after:
            advice = _near(advisor, memory, title, limit, passing, goes_with=after is not None)
        else:
            advice = advisor.advise(memory, " ".join(words or ()), k=limit, where=passing)
    if flags.as_json:
        emit(record(advice))
    else:
        _say(advice)


def _check(words: list[str] | None, like: str | None, after: str | None, *, rerank: bool) -> None:
    """Refuse what asks for several lists at once."""
    if sum(map(bool, (words, like, after))) > 1:
        raise InvalidInputError(
            "WORDS, `--like` and `--after` ask for different lists. Nothing was ranked. Give one."
        )
    if rerank and (like or after):
        raise InvalidInputError(
            "`--rerank` puts in order what fits a user, and `--like` and `--after` ask for what "
            "goes with an item. Nothing was ranked. Leave one of them out."
        )


def _say(advice: Advice) -> None:
    if not advice.recommendations:
        note("Nothing in the catalogue fits.")
    for each in advice.recommendations:
        say(f"{each.rank}. {flat(each.item.title)}  [{flat(each.item.id)}]")
        for reason in each.reasons:
            cited = f" [{reason.memory}]" if reason.memory else ""
            say(f"   {flat(reason.text)}{cited}", style="dim")
    for told in advice.notes:
        note(f"({flat(told.text)}{f' [{told.memory}]' if told.memory else ''})", style="dim")
    if advice.instead:
        note(f"(order of the model: {flat(advice.instead)})", style="dim")


def _near(
    advisor: Advisor, memory: UserMemory, title: str, limit: int, where: object, *, goes_with: bool
) -> Advice:
    from usermind.tools.item_filter import ItemFilter

    assert isinstance(where, ItemFilter)
    found = advisor.find(title)
    if len(found) != 1:
        if not found:
            near = [(item.id, item.title) for item in advisor.near_titles(title)]
            raise NotInCatalogueError(title, near=near)
        some = "; ".join(f"{item.id}: {flat(item.title)}" for item in found[:5])
        raise InvalidInputError(
            f"Several items are called {title!r}: {some}. Nothing was ranked. Give the id of one."
        )
    return advisor.near(memory, found[0], k=limit, where=where, goes_with=goes_with)


def record(advice: Advice) -> dict[str, object]:
    """Return advice for JSON."""
    return {
        "recommendations": [row(each) for each in advice.recommendations],
        "notes": [{"text": each.text, "memory": each.memory} for each in advice.notes],
        "instead": advice.instead,
    }


def row(each: Recommendation) -> dict[str, object]:
    """Return a recommendation for JSON."""
    return {
        "id": each.item.id,
        "title": each.item.title,
        "attributes": dict(each.item.attributes),
        "rank": each.rank,
        "score": round(each.score, 4),
        "reasons": list(each.reasons),
    }
