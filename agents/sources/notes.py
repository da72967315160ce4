"""Notes: a folder of Markdown and plain text, of which each new paragraph is a happening."""

import codecs
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta, tzinfo
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from usermind.agents.sources.paragraphs import Paragraph, paragraphs
from usermind.agents.sources.source import (
    LIMIT,
    BadPart,
    Cursor,
    Happening,
    Poll,
    fingerprint,
    full,
    label,
    parsed,
    reading,
    short,
    storable,
    utc_now,
    why,
    written,
)
from usermind.errors import SourceError
from usermind.memory.journal import USER
from usermind.memory.zones import in_zone
from usermind.types import Clock

SUFFIXES: Final = (".md", ".markdown", ".txt")
LARGEST: Final = 900_000
"""Bytes of a note."""
MOST_DEEP: Final = 32
"""Folders within folders."""
MOST_FILES: Final = 20_000
"""Notes that are read; those after them in order of name are not."""
MOST_KNOWN: Final = 100_000
"""Paragraphs that a cursor knows, 8 bytes each. A note beyond them is told anew as a whole when it
changes; a store knows its paragraphs by their ids."""


MOST_TOLD: Final = 1_000
"""Things left out that are told of one by one."""

_HIDDEN: Final = "it is hidden; rename it without the dot if it is to be read"


class _Note(Cursor):
    """What is known of one file."""

    stamp: str
    """Stands for its inode, size and time."""
    words: str
    """Stands for all of what it says."""
    known: str | None
    """Stand for its paragraphs, each of `len(short())`; None: there are too many notes."""
    tasks: str = ""
    """The series of its open tasks that are due, each of `len(short())`."""


class _Cursor(Cursor):
    kind: Literal["notes"] = "notes"
    notes: dict[str, _Note] = Field(default_factory=dict)
    told: dict[str, str] = Field(default_factory=dict)
    """What is left out and was said to be, each with its stamp."""


@dataclass(slots=True)
class _Walk:
    """What a folder holds, by name."""

    files: dict[str, os.stat_result] = field(default_factory=dict)
    left_out: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Stamp, and why."""

    def leave(self, name: str, reason: str, stamp: str = "") -> None:
        """Take down what is left out."""
        if len(self.left_out) < MOST_TOLD:
            self.left_out[name] = (stamp, reason)
        else:
            self.left_out["…"] = ("", "more is left out than is told of here")

    def left(self, name: str) -> bool:
        """Say whether a note may be there that was not found: nobody knows what it says now."""
        above = (name[: place + 1] for place, letter in enumerate(name) if letter == "/")
        return "…" in self.left_out or any(each in self.left_out for each in (name, *above, "/"))


@dataclass(slots=True)
class _Told:
    """What a poll has to tell so far."""

    notes: dict[str, _Note]
    happenings: list[Happening] = field(default_factory=list)
    bad: list[BadPart] = field(default_factory=list)


class NotesFolder:
    """A folder of `.md`, `.markdown` and `.txt` files, with all folders in it.

    Each paragraph and each task is a happening, with the headings it stands under; of a note that
    changed only what it did not say before. `Poll.gone` names the tasks that are done, due at
    another time, or no longer there; one that stands under another heading or in another note is
    the same. Hidden files, links and files above `LARGEST` bytes are
    left out. The user wrote it all, when the file was last written.

    Args:
        path: The folder.
        clock: The present.
        quiet: A note that was written more recently is still being written and waits.
        zone: Where a day begins at midnight; None: this machine's.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        clock: Clock = utc_now,
        quiet: timedelta = timedelta(0),
        zone: tzinfo | None = None,
    ) -> None:
        self.path = full(path)
        self.name = f"notes:{self.path}"
        self._clock = clock
        self._quiet = quiet
        self._zone = zone

    def poll(self, cursor: str | None) -> Poll:
        """Return the paragraphs that are new since a cursor; see `Source.poll`.

        Raises:
            SourceError: The folder cannot be read, or is none.
        """
        before = parsed(_Cursor, cursor, of=self.name) or _Cursor()
        with reading(self.name):
            if not stat.S_ISDIR(self.path.stat().st_mode):
                raise SourceError(
                    self.name, found="it is no folder", do="Give the folder that holds the notes."
                )
            next(self.path.iterdir(), None)  # raises where reading is not allowed
        walk = _Walk()
        self._walk(walk, "")
        return self._tell(walk, before)

    def _walk(self, walk: _Walk, folder: str) -> None:
        """Find the notes of a folder and of those in it, in order of name."""
        try:
            with os.scandir(self.path / folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            walk.leave(f"{folder}/", why(error))
            return
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
            try:
                name.encode("utf-8")
                self._found(walk, name, entry)
            except UnicodeEncodeError:
                walk.leave(name.encode("utf-8", "replace").decode(), "its name is not UTF-8")
            except OSError as error:
                walk.leave(name, why(error))

    def _found(self, walk: _Walk, name: str, entry: "os.DirEntry[str]") -> None:
        hidden = entry.name.startswith(".")
        note = entry.name.lower().endswith(SUFFIXES)
        if entry.is_symlink():
            if note and not self._inside(entry.path):  # one inside is read where it stands
                walk.leave(name, "it is a link out of the folder; links are not followed")
        elif entry.is_dir(follow_symlinks=False):
            if hidden:
                walk.leave(f"{name}/", _HIDDEN)
            elif name.count("/") >= MOST_DEEP:
                walk.leave(f"{name}/", f"it is more than {MOST_DEEP} folders deep")
            else:
                self._walk(walk, name)
        elif note and entry.is_file(follow_symlinks=False):
            status = entry.stat(follow_symlinks=False)
            if hidden:
                walk.leave(name, _HIDDEN)
            elif status.st_size > LARGEST:
                size = f"it has {status.st_size:,} bytes, more than {LARGEST:,}; split it"
                walk.leave(name, size, _stamp(status))
            elif len(walk.files) >= MOST_FILES:
                walk.leave(
                    "…", f"it holds more than {MOST_FILES:,} notes; name its folders instead"
                )
            else:
                walk.files[name] = status

    def _inside(self, path: str) -> bool:
        try:
            return Path(path).resolve(strict=True).is_relative_to(self.path.resolve())
        except (OSError, RuntimeError):  # it leads nowhere, or in circles
            return False

    def _tell(self, walk: _Walk, before: _Cursor) -> Poll:
        told = _Told(
            {
                name: note
                for name, note in before.notes.items()
                if name in walk.files or walk.left(name)
            }
        )
        vanished = {
            note.words: note for name, note in before.notes.items() if name not in told.notes
        }
        more = False
        for name, status in walk.files.items():
            known = told.notes.get(name)
            if (known and known.stamp == _stamp(status)) or self._is_fresh(status):
                continue
            if len(told.happenings) >= LIMIT:
                # What has vanished may be found again under another name.
                told.notes |= {n: note for n, note in before.notes.items() if n not in told.notes}
                more = True
                break
            try:
                self._read(told, name, status, vanished)
            except OSError as error:
                walk.leave(name, why(error), _stamp(status))
        for name, (stamp, reason) in walk.left_out.items():
            if before.told.get(name) != stamp:
                told.bad.append(BadPart(self._where(name), reason))
        _bound(told.notes)
        left_out = {name: stamp for name, (stamp, _) in walk.left_out.items()}
        after = _Cursor(notes=told.notes, told=left_out)
        open_now = {task for note in told.notes.values() for task in _marks(note.tasks)}
        gone = sorted(
            {task for note in before.notes.values() for task in _marks(note.tasks)} - open_now
        )
        bad = tuple(told.bad)
        return Poll(tuple(told.happenings), after.model_dump_json(), bad, more, tuple(gone))

    def _is_fresh(self, status: os.stat_result) -> bool:
        age = self._clock().timestamp() - status.st_mtime
        return 0 <= age < self._quiet.total_seconds()

    def _read(
        self, told: _Told, name: str, status: os.stat_result, vanished: Mapping[str, _Note]
    ) -> None:
        data = _content(self.path / name)
        before, words = told.notes.get(name), short(data)
        if before is None and words in vanished:
            told.notes[name] = vanished[words].model_copy(update={"stamp": _stamp(status)})
            return
        text = self._decoded(data, told, name)
        known = _marks(before.known or "") if before else set()
        marks: dict[str, None] = {}
        tasks: dict[str, None] = {}
        for paragraph in paragraphs(text, markdown=not name.lower().endswith(".txt")):
            mark = short(paragraph.text)
            if mark not in marks and mark not in known:
                told.happenings.append(self._happening(paragraph, name, status))
                if paragraph.no_day:
                    where = f"{self._where(name)}, line {paragraph.line}"
                    told.bad.append(BadPart(where, "the task is due on a day that there is not"))
            marks[mark] = None
            if paragraph.due is not None:
                tasks[_series(paragraph)] = None
        told.notes[name] = _Note(
            stamp=_stamp(status), words=words, known="".join(marks), tasks="".join(tasks)
        )

    def _decoded(self, data: bytes, told: _Told, name: str) -> str:
        """Return what a file says; of what is no text nothing, and that is told."""
        text, doubt = decoded(data)
        if doubt:
            told.bad.append(BadPart(self._where(name), doubt))
        return text

    def _happening(self, paragraph: Paragraph, name: str, status: os.stat_result) -> Happening:
        due = paragraph.due
        return Happening(
            text=paragraph.text,
            at=written(status, self._clock),
            source=self._where(name),
            author=USER,
            # A task that stands in two folders is done in each for itself.
            external_id=fingerprint(*([] if due is None else [self.name]), name, paragraph.text),
            kind="note",
            session=self._where(name),
            due=None if due is None else in_zone(due, self._zone),
            all_day=paragraph.all_day,
            series=None if due is None else _series(paragraph),
            tier="first_party",
        )

    def _where(self, name: str) -> str:
        return label("notes:", name)


def _series(paragraph: Paragraph) -> str:
    """Return what stands for a task wherever it is."""
    due = "" if paragraph.due is None else paragraph.due.isoformat()
    return short(paragraph.task, due, "day" if paragraph.all_day else "time")


def decoded(data: bytes) -> tuple[str, str | None]:
    """Return the text of a file, and what is doubtful about it; no text where it is none."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text, doubt = data.decode("utf-16", "replace"), None
    else:
        try:
            text, doubt = data.decode("utf-8-sig"), None
        except UnicodeDecodeError:
            text = data.decode("latin-1")
            doubt = "it is not UTF-8 and was read as Latin-1; convert it if letters are wrong"
    if "\x00" in text:
        return "", "it is no text; rename it, or take it out of the folder"
    return storable(text), doubt


def _content(path: Path) -> bytes:
    """Return the bytes of a file; what has become a link since it was found is refused."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    with open(handle, "rb") as file:  # noqa: PTH123  # a handle has no path
        return file.read(LARGEST + 1)


def _stamp(status: os.stat_result) -> str:
    return short(f"{status.st_ino} {status.st_size} {status.st_mtime_ns}")


def _marks(known: str) -> set[str]:
    size = len(short())
    return {known[at : at + size] for at in range(0, len(known), size)}


def _bound(notes: dict[str, _Note]) -> None:
    """Take from a cursor what it has no room for."""
    room = MOST_KNOWN * len(short())
    for name, note in notes.items():
        room -= len(note.known or "")
        if room < 0:
            notes[name] = note.model_copy(update={"known": None})
