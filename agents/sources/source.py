"""A source of the user's life: what it tells, and where reading goes on."""

import base64
import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from usermind.errors import InvalidInputError, SourceError
from usermind.memory import Draft
from usermind.memory.journal import ASSISTANT, MAX_LABEL, USER
from usermind.types import Clock, Tier

LIMIT = 256
"""Happenings of one poll; `Poll.more` says that there are others."""

Kind = Literal["note", "mail", "appointment", "event"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened, fit to be stored as it is: see `draft`."""

    text: str
    at: datetime
    """When it was written, sent or entered; aware, and not in the future."""
    source: str
    """`"notes:diary.md"`, `"mail:inbox"`, `"calendar:work"`."""
    author: str
    """`"user"`, or who sent it."""
    external_id: str
    """Its id at the source: the same each time it is read, and another when its words are others.

    A mail's is its Message-ID, which its senders choose: of two mails with one id in a mailbox the
    store keeps the first and raises ConflictingObservationError for the second.
    """
    kind: Kind
    session: str | None
    """The note, the mails that answer one another, the series of appointments."""
    due: datetime | None = None
    """When an appointment starts or a task is due, aware; midnight where only a day is named."""
    ends: datetime | None = None
    """When an appointment ends, aware; midnight after its last day where it takes whole days."""
    all_day: bool = False
    """Whether `due` names a day alone, and no time of it."""
    busy: bool = True
    """Whether an appointment takes the user's time; not what the calendar shows as free."""
    series: str | None = None
    """By what `Poll.gone` names it; it stays the same where the words around it change. Another
    source may tell of the same series: `gone` speaks of its own alone. None: its `external_id`."""
    tier: Tier
    direct: bool = False
    """Whether it is a mail that somebody wrote to the user in person."""

    def draft(self) -> Draft:
        """Return what a memory observes of it."""
        return Draft(
            text=self.text,
            at=self.at,
            source=self.source,
            author=self.author,
            tier=self.tier,
            session=self.session,
            external_id=self.external_id,
        )


@dataclass(frozen=True, slots=True)
class BadPart:
    """A part of a source that could not be read, or not as it was meant."""

    where: str
    """A file's name, and the place in it."""
    why: str
    """What is wrong and what to do; never a text of the user's."""


@dataclass(frozen=True, slots=True)
class Poll:
    """What a source had to tell since a cursor."""

    happenings: tuple[Happening, ...]
    """At most about `LIMIT`, in the order of the source."""
    cursor: str
    """JSON: where the next poll begins, once these are stored."""
    bad: tuple[BadPart, ...] = ()
    """Told once, until they change; those that pass by themselves, like a lock, at each poll."""
    more: bool = False
    """Whether the next poll has more to tell, at once."""
    gone: tuple[str, ...] = ()
    """Series of appointments to come that are called off or that another one replaces, and of tasks
    that are done, moved or no longer there."""


class Source(Protocol):
    """A part of the user's life that can be read again and again; reading changes nothing."""

    @property
    def name(self) -> str:
        """Kind and full path, `"notes:/home/ana/notes"`: whose cursor it is."""
        ...

    def poll(self, cursor: str | None) -> Poll:
        """Return what is new since a cursor; None: everything.

        The same cursor gives the same happenings while the files stay as they are, so the caller
        stores the cursor after the happenings: a crash in between repeats some and loses none.

        Raises:
            SourceError: The source as a whole cannot be read; a later poll may go well.
            InvalidInputError: The cursor is none of this source's.
        """
        ...


class Cursor(BaseModel):
    """Where reading goes on; each source has its own fields."""

    model_config = ConfigDict(extra="forbid", strict=True)


AnyCursor = TypeVar("AnyCursor", bound=Cursor)


def parsed(model: type[AnyCursor], cursor: str | None, *, of: str) -> AnyCursor | None:
    """Return what a cursor says; None for none.

    Raises:
        InvalidInputError: It is another source's, or damaged.
    """
    if cursor is None:
        return None
    try:
        return model.model_validate_json(cursor)
    except ValidationError:
        raise InvalidInputError(
            f"The cursor of {of!r} cannot be read. Nothing was read. Give None to begin anew: what "
            "is stored already is not stored twice."
        ) from None


def full(path: str | Path) -> Path:
    """Return the absolute path of what a person wrote.

    Raises:
        InvalidInputError: It begins with the home of a user who does not exist, or holds a NUL or
            half a character, which no path can.
    """
    with suppress(RuntimeError, UnicodeEncodeError):
        whole = os.path.abspath(Path(path).expanduser())  # noqa: PTH100  # `resolve` follows links
        if b"\0" not in os.fsencode(whole):
            return Path(whole)
    raise InvalidInputError(
        f"{str(path)!r} is no path. Nothing was read. Give the full path of a file or folder."
    )


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn what the file system says of a whole source into a `SourceError`."""
    try:
        yield
    except SourceError:
        raise
    except FileNotFoundError:
        raise SourceError(
            name, found="there is no such file or folder", do="Check the path, or mount its disk."
        ) from None
    except PermissionError:
        raise SourceError(
            name, found="reading it is not allowed", do="Give this account the right to read it."
        ) from None
    except OSError as error:
        raise SourceError(
            name,
            found=error.strerror or type(error).__name__,
            do="Check the path and its disk.",
        ) from None


def regular(path: Path, name: str, *, expected: str) -> None:
    """Raise SourceError where a path is no file, and OSError where there is nothing.

    Args:
        path: What to look at; a pipe or device would make whoever opens it wait.
        name: Of the source.
        expected: What should be there: `"a file of one JSON object a line"`.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise SourceError(name, found="it is no file", do=f"Give {expected}.")


def why(error: OSError) -> str:
    """Return why a part of a source could not be read."""
    return f"it cannot be read ({error.strerror or type(error).__name__})"


def label(prefix: str, name: str) -> str:
    """Return a name that can stand as author or source: printable, of one line, not too long."""
    whole = prefix + name
    shown = "".join(char if char.isprintable() else "?" for char in whole)
    if shown == whole and len(shown) <= MAX_LABEL:
        return shown
    mark = "~" + short(whole)
    return shown[: MAX_LABEL - len(mark)] + mark


def sender(name: str, address: str) -> str:
    """Return how an author is called who is not the user; either may be empty."""
    shown = " ".join(f"{name} <{address}>".split()) if name and address else name or address
    if not shown.strip():
        return "unknown sender"
    # Who calls themselves "user" is not the user.
    bare = unicodedata.normalize("NFKC", shown).strip(" '\"<>").casefold()
    return label("", f"mail of <{shown}>" if bare in (USER, ASSISTANT) else shown)


def storable(text: str) -> str:
    """Return text without what no store takes: NULs and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def short(*parts: str | bytes) -> str:
    """Return 8 characters for cursors that may hold many: one in 10¹⁴ pairs has the same."""
    return _digest(parts, 6)


def fingerprint(*parts: str | bytes) -> str:
    """Return 24 characters that stand for these parts, as an id."""
    return _digest(parts, 18)


def _digest(parts: tuple[str | bytes, ...], size: int) -> str:
    hasher = hashlib.blake2b(digest_size=size)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        hasher.update(len(data).to_bytes(8, "big") + data)
    return base64.urlsafe_b64encode(hasher.digest()).decode("ascii")


def written(status: os.stat_result, clock: Clock) -> datetime:
    """Return when a file was last written, in this machine's zone; never in the future."""
    now = clock()
    try:
        at = datetime.fromtimestamp(status.st_mtime, UTC)
        return min(at, now).astimezone()
    except (OverflowError, ValueError, OSError):  # a date that no calendar has
        return now.astimezone()


def plausible(at: datetime | None, clock: Clock) -> bool:
    """Say whether something can have been written then: since 1980, and not in the future."""
    if at is None or at.tzinfo is None:
        return False
    try:
        moment = at.astimezone(UTC)
    except (OverflowError, ValueError):
        return False
    return datetime(1980, 1, 1, tzinfo=UTC) <= moment <= clock() + timedelta(hours=1)


def utc_now() -> datetime:
    """Return the present."""
    return datetime.now(UTC)
