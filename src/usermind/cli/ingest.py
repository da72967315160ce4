"""`usermind ingest`: observations from a file into a user's memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Literal

import typer

from usermind.cli.flags import JsonFlag, StoreFlag, UserFlag, example, given
from usermind.cli.opening import Workplace, opened
from usermind.cli.progress import bar
from usermind.cli.screen import count, emit, note, plain, say
from usermind.errors import InvalidInputError, UsermindError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from usermind.ingest import BadLine, Line, Tally

SHOWN = 50
"""Bad lines that are told one by one; more are only counted."""
SHOWN_JSON = 1_000


Format = Literal["jsonl", "locomo"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=example(
            "usermind ingest mails.jsonl --user ana",
            "cat chat.jsonl | usermind ingest - --user ana --json",
            "usermind ingest locomo10.json --format locomo --store bench",
        )
    )(ingest)


def ingest(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file; - reads standard input.")],
    form: Annotated[Format, typer.Option("--format", help="What the file is.")] = "jsonl",
    store: StoreFlag = None,
    user: UserFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Store what happened, one JSON object a line.

    Fields: text (required), at (ISO 8601 time), author ("user" is the user), source, session, id,
    tier. Running a file again stores nothing twice. Lines that cannot be used are told with
    their number, the others go in, and the exit status is 1.

    The format locomo takes LoCoMo's JSON: every conversation becomes a user of its own.
    """
    flags = given(ctx)
    with _opened(file) as data, opened(flags, create=True) as place:
        run = Run(place)
        try:
            if form == "locomo":
                run.locomo(data)
            else:
                run.jsonl(data, _size(file))
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                # The batch that was under way may have been stored, too.
                f"At least {_stored(run.tally)} kept. Run the same command again to store the rest."
            ) from None
        except UsermindError:
            note(f"Before the failure: {_stored(run.tally)} kept; a second run goes on there.")
            raise
    run.finish()


class Run:
    """One run of the command, with what became of the lines so far."""

    def __init__(self, place: Workplace) -> None:
        from usermind.ingest import Tally

        self.place = place
        self.tally: Tally = Tally()
        self.users: list[str] = []
        self._bad: list[BadLine] = []

    def jsonl(self, file: BinaryIO, size: int | None) -> None:
        """Store the lines of a file whose size in bytes may be known."""
        from usermind.ingest import read_lines

        with bar("Storing", size) as advance:
            self._store(self.place.settings.user, read_lines(file), advance)

    def locomo(self, file: BinaryIO) -> None:
        """Store the conversations of a LoCoMo file, each as a user."""
        from usermind.evals.benchmarks.locomo_files import read_samples

        samples = read_samples(file)
        user = self.place.settings.user if self.place.origins["user"] == "flag" else None
        if user is not None and len(samples) > 1:
            raise InvalidInputError(
                f"The file holds {len(samples)} conversations, and each becomes a user of its own. "
                "Nothing was stored. Leave `--user` out, or give a file with one conversation."
            )
        with bar("Storing", sum(len(sample.lines) for sample in samples)) as advance:
            done = 0
            for sample in samples:
                start = done
                self._store(user or sample.user, sample.lines, lambda end: advance(start + end))  # noqa: B023  # called before the next round
                done += len(sample.lines)

    def _store(
        self, user: str, lines: Iterable[Line | BadLine], advance: Callable[[int], None]
    ) -> None:
        from usermind.ingest import BadLine, store

        self.users.append(user)
        for event in store(self.place.store.user(user), lines):
            self.tally.add(event)
            if isinstance(event, BadLine):
                self._tell(event)
            else:
                advance(event.lines[-1].end)

    def _tell(self, bad: BadLine) -> None:
        if len(self._bad) < SHOWN_JSON:
            self._bad.append(bad)
        if self.tally.bad <= SHOWN and not self.place.flags.as_json:
            note(f"{bad.place}: {bad.reason}")

    def finish(self) -> None:
        """Print the summary; exit with 1 when lines were bad."""
        if self.place.flags.as_json:
            self._emit()
        else:
            self._say()
        if self.tally.bad:
            raise typer.Exit(1)

    def _emit(self) -> None:
        tally = self.tally
        emit(
            {
                "users": self.users,
                "stored": tally.stored,
                "known": tally.known,
                "forgotten": tally.forgotten,
                "private": tally.private,
                "bad": tally.bad,
                "naive_times": tally.naive_times,
                "without_time": tally.without_time,
                "ignored_fields": dict(tally.ignored_fields),
                "bad_lines": [{"place": bad.place, "reason": bad.reason} for bad in self._bad],
            }
        )

    def _say(self) -> None:
        tally = self.tally
        if tally.bad > SHOWN:
            note(f"… and {tally.bad - SHOWN:,} more bad lines.")
        names = plain(", ".join(self.users[:5])) + (" and others" if len(self.users) > 5 else "")
        say(
            f"{names}: {tally.stored:,} stored, {tally.known:,} already known, "
            f"{tally.forgotten:,} forgotten before and left out, {tally.bad:,} bad."
        )
        if tally.private:
            say(f"{count(tally.private, 'line')} left out as private; see `usermind privacy`.")
        if tally.naive_times:
            say(f"{count(tally.naive_times, 'time')} without a zone, taken as local time.")
        if tally.without_time:
            say(f"{count(tally.without_time, 'line')} without a time, taken as said now.")
        for name, number in tally.ignored_fields.most_common(5):
            say(f"The field {plain(name[:40])!r} was ignored in {count(number, 'line')}.")
        if tally.stored:
            who = f" --user {self.users[0]}" if len(self.users) == 1 else " --all"
            say(f"To learn from it: usermind reflect{plain(who)}")


def _stored(tally: Tally) -> str:
    lines = count(tally.stored + tally.known, "line")
    return f"{lines} {'is' if tally.stored + tally.known == 1 else 'are'} stored and"


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    if str(path) == "-":
        yield sys.stdin.buffer
        return
    try:
        file = path.open("rb")
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be read: {error.strerror}.") from None
    with file:
        yield file


def _size(path: Path) -> int | None:
    """Return the bytes of a file; None for what has no size, like a pipe."""
    return path.stat().st_size if path.is_file() else None
