"""What many commands take; an option may stand before or after the command's name."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Annotated, Literal

import typer

StoreFlag = Annotated[
    str | None,  # not a Path: of an empty one would be left "."
    typer.Option("--store", "-s", metavar="FOLDER", help="Where the memories are kept."),
]
UserFlag = Annotated[
    str | None, typer.Option("--user", "-u", metavar="NAME", help="Whose memory to work on.")
]
ModelFlag = Annotated[
    str | None,
    typer.Option(
        "--model", "-m", metavar="URL", help="OpenAI-compatible endpoint; none: offline engine."
    ),
]
ModelNameFlag = Annotated[
    str | None,
    typer.Option("--model-name", metavar="NAME", help="Model to ask for at the endpoint."),
]
EmbedderFlag = Annotated[
    str | None,
    typer.Option("--embedder", metavar="WHICH", help="minilm, lexical, a folder, or URL#model."),
]
TimeoutFlag = Annotated[
    float | None, typer.Option("--timeout", metavar="SECONDS", help="How long to wait for a model.")
]
TokensFlag = Annotated[
    int | None,
    typer.Option(
        "--daily-tokens", metavar="N", help="Tokens the model may cost a user a day (UTC)."
    ),
]
CallsFlag = Annotated[
    int | None,
    typer.Option("--daily-calls", metavar="N", help="Calls of the model for a user a day (UTC)."),
]
CatalogueFlag = Annotated[
    str | None,
    typer.Option("--catalogue", metavar="FOLDER", help="Where the items to recommend are kept."),
]
ChromaFlag = Annotated[
    str | None,
    typer.Option("--chroma", metavar="URL", help="Chroma server for items; none: their folder."),
]
PlannerFlag = Annotated[
    Literal["rules", "model"],
    typer.Option(
        "--planner",
        help="Who chooses what a reply draws on: rules, or the model by one more call.",
    ),
]
SuggestionsFlag = Annotated[
    Literal["rules", "model", "none"],
    typer.Option(
        "--suggestions",
        help="Who says what could be asked next: rules, the model by one more call, or nobody.",
    ),
]
ReformulateFlag = Annotated[
    Literal["ensemble", "pseudo", "fusion"] | None,
    typer.Option(
        "--reformulate", help="How the model puts a search of memory in other words, by more calls."
    ),
]
RerankFlag = Annotated[
    bool,
    typer.Option("--rerank", help="Let the model put the first of each list in order, by a call."),
]
BlindFlag = Annotated[
    bool,
    typer.Option(
        "--blind/--no-blind",
        help="Whether what memory tells of health, faith and the like moves no ranking unasked.",
    ),
]
WhereFlag = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        "-w",
        metavar="CONDITION",
        help="What an attribute must be: genre=Comedy, genre!=Horror|War, year>=1990, year<=1999.",
    ),
]


def _on_the_calendar(as_of: datetime | None) -> datetime | None:
    """Refuse the first and the last year, which no other zone may have."""
    if as_of is not None and not 1 < as_of.year < 9999:
        raise typer.BadParameter("Expected a day of the years 2 to 9998.")
    return as_of


AsOfFlag = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        callback=_on_the_calendar,
        metavar="DAY",
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        help="As it stood then, like 2026-03-01 or 2026-03-01T18:30.",
    ),
]
LimitFlag = Annotated[int, typer.Option("--limit", "-n", min=1, help="How many at most.")]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
YesFlag = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
ActionId = Annotated[str, typer.Argument(metavar="ID", help="Its id, such as a3.")]
SuggestionId = Annotated[str, typer.Argument(metavar="ID", help="Its id, such as s3.")]


@dataclass(frozen=True, slots=True)
class Flags:
    """What was given on the command line; None: not given."""

    store: str | None = None
    user: str | None = None
    model: str | None = None
    model_name: str | None = None
    embedder: str | None = None
    timeout: float | None = None
    daily_tokens: int | None = None
    daily_calls: int | None = None
    catalogue: str | None = None
    chroma: str | None = None
    as_json: bool = False

    def settings(self) -> dict[str, object]:
        """Return those that are settings, by name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "as_json"}


def given(ctx: typer.Context, **later: object) -> Flags:
    """Return the flags before the command's name, overruled by those after it.

    A command names the flags that it takes among its parameters, so that its help lists them, and
    none of them is handed on one by one: they are read from the context by these names.

    Args:
        ctx: Of the command.
        later: What overrules both, by the name of a flag: an argument that says the same.
    """
    before = ctx.obj if isinstance(ctx.obj, Flags) else Flags()
    own = {each.name: ctx.params[each.name] for each in fields(Flags) if each.name in ctx.params}
    said = own | {name: value for name, value in later.items() if value is not None}
    return replace(before, **{n: v for n, v in said.items() if not (v is None or v is False)})


def example(*lines: str) -> str:
    """Return an epilog that shows how a command is called."""
    return "\n\n".join(f"Example: {line}" for line in lines)
