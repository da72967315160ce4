"""`usermind chat`: a conversation with an assistant that knows the user."""

from __future__ import annotations

import asyncio
import logging
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usermind.cli import claims
from usermind.cli.cost import note_cost, spent
from usermind.cli.flags import (
    BlindFlag,
    CallsFlag,
    CatalogueFlag,
    ChromaFlag,
    EmbedderFlag,
    JsonFlag,
    ModelFlag,
    ModelNameFlag,
    PlannerFlag,
    ReformulateFlag,
    RerankFlag,
    StoreFlag,
    SuggestionsFlag,
    TimeoutFlag,
    TokensFlag,
    UserFlag,
    example,
    given,
)
from usermind.cli.opening import Workplace, advisor, catalogue_of, model_for, opened
from usermind.cli.recommend import row
from usermind.cli.screen import NARROW, count, emit, flat, note, plain, say, screen, show
from usermind.errors import (
    CallError,
    InvalidInputError,
    MissingExtraError,
    ModelTimeoutError,
    ModelUnavailableError,
    UnknownUserError,
    UsermindError,
)

if TYPE_CHECKING:
    from usermind.agents import Assistant, Reply
    from usermind.memory import Recollection, ReflectionReport

SHOWN = 5
"""Memories shown below a reply, at most."""
SHOW = "/picture"
WHAT = "What is in this picture?"
"""Said with a picture that comes without words."""
ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
"""By which a path with spaces in it, written without quotation marks, is told from words."""
_NUMBER = re.compile(r"/\d{1,3}")
LEAVE = ("/quit", "/q", "/exit")
HELP = """\
/picture FILE [words]  show a picture, and say something with it
/1, /2, /3             say what is suggested below a reply
/memory                what is known about you
/help                  this list
/quit                  leave (so do exit or quit alone, and Ctrl-D)
Anything else is said to the assistant. Ctrl-C stops a reply, or leaves."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=example(
            "usermind chat --user ana",
            "usermind chat --user ana --model http://localhost:8000/v1 --thread trip",
            "usermind chat --user ana --model http://localhost:8000/v1 --planner model",
            'echo "Where do I live?" | usermind chat --user ana',
            'echo "/picture park.jpg Who is this?" | usermind chat --user ana',
        )
    )(chat)


def chat(
    ctx: typer.Context,
    thread: Annotated[
        str, typer.Option("--thread", "-t", help="Which conversation to go on with.")
    ] = "main",
    planner: PlannerFlag = "rules",
    suggestions: SuggestionsFlag = "rules",
    reformulate: ReformulateFlag = None,
    rerank: RerankFlag = False,
    blind: BlindFlag = True,
    catalogue: CatalogueFlag = None,
    chroma: ChromaFlag = None,
    store: StoreFlag = None,
    user: UserFlag = None,
    model: ModelFlag = None,
    model_name: ModelNameFlag = None,
    embedder: EmbedderFlag = None,
    timeout: TimeoutFlag = None,
    daily_tokens: TokensFlag = None,
    daily_calls: CallsFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Talk with the assistant; below each reply stands what it was made from.

    Where there is a catalogue, it recommends from that.

    Every message is stored before it is answered. With piped input each line is one message, and
    the exit status is 1 when one of them could not be answered. With a model, what was said
    is learnt from at the end; the last line, or JSON object, says so and what the model was asked.
    """
    flags = given(ctx)
    with (
        opened(flags, create=True) as place,
        catalogue_of(place.settings, place.origins) as shelf,
    ):
        from usermind.agents import Assistant

        _ = place.store.vectors.embedder  # one that cannot be used is told before the first message
        if planner == "model":
            model_for(place, "--planner model", "the rules need none")
        if suggestions == "model":
            model_for(place, "--suggestions model", "the rules need none")
        if reformulate is not None:
            model_for(place, f"--reformulate {reformulate}", "a query is searched for as it stands")
        recommends = shelf and advisor(place, shelf, rerank=rerank, blind=blind)
        assistant = Assistant(
            store=place.store,
            model=place.reasoner,
            ledger=place.ledger,
            planner=planner,
            catalogue=recommends,
            suggestions=None if suggestions == "none" else suggestions,
            reformulate=reformulate,
        )
        # What went wrong in a turn is told below its reply; the log would tell it once more.
        logging.getLogger("usermind").addHandler(logging.NullHandler())
        talk = Talk(place, assistant, thread)
        try:
            if sys.stdin.isatty():
                talk.live()
            else:
                talk.piped()
            talk.end()
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                "Everything you wrote is kept. `usermind reflect` learns from what is left."
            ) from None
    if talk.failed:
        raise typer.Exit(1)


class Talk:
    """One conversation on the terminal or through a pipe."""

    def __init__(self, place: Workplace, assistant: Assistant, thread: str) -> None:
        self._place = place
        self._assistant = assistant
        self._thread = thread
        self.failed = False
        """Whether a message got no real reply."""
        self._suggested: list[str] = []
        """What could be said next, as the last reply has it."""
        self._down = False
        """Whether the model could not be reached the last time it was asked."""

    def live(self) -> None:
        """Talk with a person until they leave."""
        with suppress(ImportError):  # not on Windows; arrow keys then do less
            import readline  # noqa: F401  # editing only: the history is never written to a file

        self._welcome()
        while True:
            try:
                line = input("\nyou › ").strip()
            except EOFError:
                say()
                return
            if _leaves(line):
                return
            if line:
                try:
                    self._take(line)
                except KeyboardInterrupt:
                    note("\nNo longer listening. What you wrote is kept.", style="dim")

    def piped(self) -> None:
        """Answer each line of standard input; one that cannot be used does not end the rest."""
        for number, line in enumerate(_lines(), 1):
            if line is None:
                self._refuse(
                    InvalidInputError(
                        f"Line {number} is not UTF-8. Nothing was stored. Convert the input first."
                    )
                )
            elif _leaves(line):
                return
            elif line:
                self._take(line)
                if self._place.reasoner is None:  # instant, and a script runs alike every time
                    self._assistant.wait()

    def end(self) -> None:
        """Learn from what is left of what was said, and say so; with a model also what it took.

        A model is asked in the background only for whole batches, so a short chat leaves all of
        it to this.
        """
        if self._place.reasoner is None:
            self._assistant.close()  # the offline engine has nothing left but its last message
            return
        report = self._learn()
        if self._place.flags.as_json:
            emit({"learnt": report, "model": spent(self._place.ledger)})
            return
        if report is not None:
            _note_learnt(report)
        note_cost(self._place.ledger)

    def _learn(self) -> ReflectionReport | None:
        """Reflect on what is due, unless nothing is; None then."""
        from usermind.memory import ReflectionReport

        memory = self._place.memory
        if sys.stdin.isatty() and memory.exists and not self._down:
            note("Learning from what you said … (Ctrl-C leaves it for later)", style="dim")
        self._assistant.close()
        if not memory.exists:
            return None
        due = memory.queue()
        if self._down:  # one more try would take another timeout, and count as a failed attempt
            return ReflectionReport(pending=due.ready + due.waiting + due.leased + due.dead)
        if not due.ready:
            return None
        # In this thread: Ctrl-C then gives back at once what was being learnt from.
        return self._assistant.reflect(memory.user_id)

    def _take(self, line: str) -> None:
        images: list[str] = []
        if _NUMBER.fullmatch(line):
            if (place := int(line[1:])) > len(self._suggested) or not place:
                note(f"Nothing is suggested as {line}, and nothing was said.")
                return
            line = self._suggested[place - 1]
            if not self._place.flags.as_json:
                note(f"  you say: {line}", style="dim")
        if (command := _command(line)) and command != SHOW:
            self._command(command)
            return
        try:
            if command:
                line, images = _shown(line)
            reply = self._reply(line, images)
        # This message cannot be stored; the next one can.
        except (InvalidInputError, MissingExtraError) as error:
            self._refuse(error)
            return
        self.failed = self.failed or reply.error is not None
        self._down = isinstance(reply.error, ModelUnavailableError | ModelTimeoutError)
        self._suggested = [each.text for each in reply.suggestions]
        if self._place.flags.as_json:
            emit(_record(reply))
        else:
            self._sources(reply)

    def _refuse(self, error: CallError) -> None:
        """Say why a line could not be used; in JSON as an object in the place of its reply."""
        from usermind.agents import Reply

        note(f"Error: {error}")
        self.failed = True
        if self._place.flags.as_json:
            empty = Reply(text="", used=(), thread_id=self._thread, observation=None)
            emit(_record(empty) | {"text": None, "error": _error(error)})

    def _reply(self, line: str, images: Sequence[str]) -> Reply:
        # The turn runs in a thread of its own: Ctrl-C is heard at once, not when the model is done.
        return asyncio.run(self._listen(line, images))

    async def _listen(self, line: str, images: Sequence[str]) -> Reply:
        from usermind.agents import Piece

        said = ""
        async for event in self._assistant.astream_turn(
            self._place.settings.user, line, thread_id=self._thread, images=images
        ):
            if isinstance(event, Piece):
                said += event.text
                self._write(event.text)
            else:
                # What did not come as a piece: the words about a failure.
                rest = "" if said.endswith(event.text) else event.text.removeprefix(said)
                self._write(rest + "\n")
                return event
        raise AssertionError("a stream ends with its reply")

    def _write(self, text: str) -> None:
        if not self._place.flags.as_json:
            sys.stdout.write(plain(text))
            sys.stdout.flush()

    def _sources(self, reply: Reply) -> None:
        if reply.instead:
            note(f"  (planned by rules: {plain(reply.instead)})", style="dim")
        if reply.degraded:
            note(f"  (answered without the model: {reply.degraded})", style="dim")
        for doubt in reply.doubts:
            note(f"  (in doubt: {plain(doubt)})", style="dim")
        console = screen()
        one_line = console.is_terminal and console.width >= NARROW
        width = console.width - 2 if one_line else None
        for hit in reply.used[:SHOWN]:
            say("  " + flat(_source(hit), width=width), style="dim")
        if len(reply.used) > SHOWN:
            say(f"  … and {len(reply.used) - SHOWN} more", style="dim")
        for place, text in enumerate(self._suggested, 1):
            note(f"  /{place} {flat(text, width=width and width - 3)}", style="dim")
        if reply.unsuggested:
            who = "by rules" if self._suggested else "nothing"
            note(f"  (suggested {who}: {plain(reply.unsuggested)})", style="dim")
        if reply.unoffered:
            note(f"  (the catalogue was not looked at: {plain(reply.unoffered)})", style="dim")
        if reply.unranked:
            note(
                f"  (the list was not put in order as asked: {plain(reply.unranked)})", style="dim"
            )
        if reply.missed:
            note(f"  (the picture was not compared with any: {reply.missed})", style="dim")

    def _welcome(self) -> None:
        place = self._place
        engine = place.settings.model or "the offline engine, which quotes what it remembers"
        say(f"usermind, talking with {plain(place.settings.user)} by {plain(engine)}.")
        say("/help lists what you can do besides talking.", style="dim")

    def _command(self, line: str) -> None:
        if line == "/help":
            note(HELP)
        elif line == "/memory":
            self._memory()
        else:
            note(f"There is no {line}, and nothing was said. /help lists what there is.")

    def _memory(self) -> None:
        memory = self._place.memory
        self._assistant.wait()
        try:
            found = claims.known(memory, limit=20)
        except UnknownUserError:
            found = []
        if self._place.flags.as_json:
            emit([claim.record() for claim in found])
        elif found:
            show(claims.table(found))
        else:
            say("Nothing is known about you yet.")


def _note_learnt(report: ReflectionReport) -> None:
    if report.processed:
        note(
            f"Learnt from {count(report.processed, 'message')}: "
            f"{count(report.changed, 'claim')} new or changed.",
            style="dim",
        )
    if report.pending:
        why = f" {report.errors[0]}" if report.errors else ""
        note(
            f"Kept and still to be learnt from: {count(report.pending, 'message')}.{why} "
            "`usermind reflect` goes on with it.",
            style="dim",
        )


def _command(line: str) -> str | None:
    """Return the command that a line is, in small letters; None for what is said."""
    first = line.split(maxsplit=1)[0]
    return first.lower() if re.fullmatch(r"/[\w?-]*", first) else None


def _shown(line: str) -> tuple[str, list[str]]:
    """Return what is said with a picture, and the picture's path.

    Raises:
        InvalidInputError: No path is given, or a quotation mark is open.
    """
    try:
        [_, path, *words] = shlex.split(line)
    except ValueError:
        raise InvalidInputError(
            f"`{SHOW}` takes the path of a picture, in quotation marks where it holds spaces, and "
            f"then what you say. Nothing was stored. Write `{SHOW} park.jpg Who is this?`."
        ) from None
    if spaced := _spaced(path, words):
        raise InvalidInputError(
            f"There is no file {path!r}. Nothing was stored. Put a path that holds spaces in "
            f"quotation marks: `{SHOW} {shlex.quote(spaced)} Who is this?`."
        )
    return " ".join(words) or WHAT, [path]


def _spaced(path: str, words: Sequence[str]) -> str | None:
    """Return what a path and words after it may name together, where it names no file alone."""
    if _is_file(path):
        return None
    longer = [" ".join([path, *words[:count]]) for count in range(1, len(words) + 1)]
    likely = (each for each in longer if _is_file(each) or each.lower().endswith(ENDINGS))
    return next(likely, None)


def _is_file(path: str) -> bool:
    try:
        return Path(path).expanduser().is_file()
    except (RuntimeError, OSError):  # nobody has such a home; a name too long for any file
        return False


def _leaves(line: str) -> bool:
    return line.lower() in ("exit", "quit") or (line != "" and _command(line) in LEAVE)


def _lines() -> Iterator[str | None]:
    """Yield the lines of standard input without their ends; None for one that is not UTF-8."""
    for raw in sys.stdin.buffer:
        try:
            yield raw.decode("utf-8").strip()
        except UnicodeDecodeError:
            yield None


def _source(hit: Recollection) -> str:
    sure = "" if hit.confidence is None else f" {hit.confidence:.2f}"
    return f"{hit.id}{sure} ({claims.provenance(hit)}) {flat(hit.text)}"


def _record(reply: Reply) -> dict[str, object]:
    return {
        "text": reply.text,
        "used": list(reply.used),
        "thread": reply.thread_id,
        "observation": reply.observation,
        "tools": reply.tools,
        "cut": reply.cut,
        "degraded": reply.degraded,
        "sources": list(reply.sources),
        "instead": reply.instead,
        "sightings": list(reply.sightings),
        "missed": reply.missed,
        "doubts": reply.doubts,
        "unoffered": reply.unoffered,
        "unranked": reply.unranked,
        "recommended": [row(each) for each in reply.recommended],
        "suggestions": list(reply.suggestions),
        "unsuggested": reply.unsuggested,
        "error": None if reply.error is None else _error(reply.error),
    }


def _error(error: UsermindError) -> dict[str, str]:
    return {"type": type(error).__name__, "message": str(error)}
