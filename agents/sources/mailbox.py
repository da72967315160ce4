"""Mail: an mbox file or a Maildir folder, of which each mail is a happening."""

import os
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from usermind.agents.sources.letter import LARGEST, Letter, letter
from usermind.agents.sources.mbox import Piece, is_locked, pieces
from usermind.agents.sources.source import (
    LIMIT,
    BadPart,
    Cursor,
    Happening,
    Poll,
    full,
    label,
    parsed,
    plausible,
    reading,
    regular,
    short,
    utc_now,
    why,
    written,
)
from usermind.errors import SourceError
from usermind.types import Clock

SETTLED: Final = timedelta(seconds=10)
"""An mbox that nobody wrote to for so long ends with a whole mail."""
MOST_MAILS: Final = 200_000
"""Mails of a Maildir that are read, the latest; a cursor knows each by 8 bytes."""


class _Cursor(Cursor):
    kind: Literal["mail"] = "mail"
    form: Literal["mbox", "maildir"]
    begin: int = 0
    """Of an mbox: where the last mail that was read begins, where it ends, what stands for it."""
    end: int = 0
    last: str = ""
    seen: str = ""
    """Of a Maildir: what stands for each mail that is in it and was read."""
    crowded: bool = False
    """Whether it was told that there are too many."""


@dataclass(slots=True)
class _Told:
    """What a poll has to tell so far."""

    happenings: list[Happening] = field(default_factory=list)
    bad: list[BadPart] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.happenings) + len(self.bad)


class Mailbox:
    """An mbox file, or a Maildir folder with `cur` and `new` in it; folders in that are others.

    A mail's text is what its sender wrote: quoted replies, forwarded mails and signatures are left
    out, and attachments are named. An mbox is read on where it ended. One that was rewritten is
    read from its beginning, where a store knows the mails by their ids. Nothing is read of it while
    it is locked, and a last mail that may still be written waits until `SETTLED` has passed. Drafts
    and deleted mails of a Maildir are left out.

    Mails from an address of `me` are the user's: in their own words where no server received them,
    as in a folder of sent mail, and on nobody's word (third party) where one did, since anybody can
    write an address there.

    Args:
        path: The file or folder.
        me: The user's addresses.
        clock: The present, which no mail may be past.
    """

    def __init__(
        self, path: str | Path, *, me: Collection[str] = (), clock: Clock = utc_now
    ) -> None:
        self.path = full(path)
        self.name = f"mail:{self.path}"
        self._me = frozenset(address.strip().casefold() for address in me)
        self._source = label("mail:", self.path.stem.lstrip(".") or self.path.name)
        self._clock = clock

    def poll(self, cursor: str | None) -> Poll:
        """Return the mails since a cursor; see `Source.poll`."""
        known = parsed(_Cursor, cursor, of=self.name)
        with reading(self.name):
            if self.path.is_dir():
                return self._maildir(known)
            regular(self.path, self.name, expected="an mbox file or a Maildir folder")
            return self._mbox(known)

    # -- mbox -----------------------------------------------------------------------------

    def _mbox(self, known: _Cursor | None) -> Poll:
        known = known if known and known.form == "mbox" else _Cursor(form="mbox")
        if is_locked(self.path):
            reason = (
                "another program has locked it, so nothing was read. It is tried again; if none "
                f"has it open, delete {self.path.name}.lock"
            )
            return Poll((), known.model_dump_json(), (BadPart(self._source, reason),))
        status = self.path.stat()
        last_written = written(status, self._clock)
        settled = abs(self._clock().timestamp() - status.st_mtime) >= SETTLED.total_seconds()
        told = _Told()
        more = False
        begin = known.end if self._is_same(known) else 0
        read: Piece | None = None
        with self.path.open("rb") as file:
            for piece in pieces(file, begin):
                if piece.last and not settled:
                    break
                if len(told) >= LIMIT:
                    more = True
                    break
                where = f"{self._source}, byte {piece.begin:,}"
                if piece.mail is None:
                    told.bad.append(BadPart(where, _belongs_to_none(piece)))
                else:
                    fallback = piece.envelope or last_written
                    self._tell(told, piece.mail, where, fallback)
                read = piece
        after = known if begin else _Cursor(form="mbox")
        if read:
            mark = self._mark(read)
            after = _Cursor(form="mbox", begin=read.begin, end=read.end, last=mark)
        return Poll(tuple(told.happenings), after.model_dump_json(), tuple(told.bad), more)

    def _mark(self, piece: Piece) -> str:
        """Return what stands for a mail, also when a mail program has marked it as read."""
        found = letter(piece.mail or b"", me=self._me, clock=self._clock)
        return short(found.id if isinstance(found, Letter) else "")

    def _is_same(self, known: _Cursor) -> bool:
        """Say whether the last mail that was read stands where it stood."""
        if not known.end or self.path.stat().st_size < known.end:
            return False
        with self.path.open("rb") as file:
            piece = next(pieces(file, known.begin), None)
        return piece is not None and self._mark(piece) == known.last

    # -- Maildir --------------------------------------------------------------------------

    def _maildir(self, known: _Cursor | None) -> Poll:
        known = known if known and known.form == "maildir" else _Cursor(form="maildir")
        found = self._found()
        told = _Told()
        if len(found) > MOST_MAILS and not known.crowded:
            reason = f"it holds more than {MOST_MAILS:,} mails; the oldest were not read"
            told.bad.append(BadPart(self._source, reason))
        size = len(short())
        before = {known.seen[at : at + size] for at in range(0, len(known.seen), size)}
        seen: list[str] = []
        more = False
        for name, path in sorted(found.items(), key=lambda one: (_delivered(one[0]), one[0]))[
            -MOST_MAILS:
        ]:
            mark = short(os.fsencode(name))
            if mark in before:
                seen.append(mark)
            elif len(told) >= LIMIT:
                more = True
            elif self._read(told, path, _delivered(name)):
                seen.append(mark)
        after = _Cursor(
            form="maildir", seen="".join(seen), crowded=len(found) > MOST_MAILS
        ).model_dump_json()
        return Poll(tuple(told.happenings), after, tuple(told.bad), more)

    def _found(self) -> dict[str, Path]:
        """Return the mails of the folder by the part of their names that stays."""
        if not (self.path / "cur").is_dir():
            raise SourceError(
                self.name,
                found="it is a folder without `cur`, so no Maildir",
                do="Give an mbox file or a Maildir folder.",
            )
        found: dict[str, Path] = {}
        for folder in ("new", "cur"):
            if not (self.path / folder).is_dir():
                continue
            with os.scandir(self.path / folder) as entries:
                for entry in entries:
                    name, _, flags = entry.name.partition(":2,")
                    if entry.name.startswith(".") or not entry.is_file(follow_symlinks=False):
                        continue
                    if not {"T", "D"} & set(flags):
                        found[name.partition(",")[0]] = Path(entry.path)
        return found

    def _read(self, told: _Told, path: Path, delivered: int) -> bool:
        """Tell of one mail; False: it has just been moved or cannot be read, and waits."""
        try:
            with path.open("rb") as file:
                raw = file.read(LARGEST + 1)
                fallback = written(os.fstat(file.fileno()), self._clock)
        except FileNotFoundError:
            return False
        except OSError as error:
            told.bad.append(BadPart(self._where(path), why(error)))
            return False
        stated = _instant(delivered)
        at = stated if stated and plausible(stated, self._clock) else fallback
        self._tell(told, raw, self._where(path), at)
        return True

    def _where(self, path: Path) -> str:
        return label(f"{self._source}, ", path.name)

    # -- both -----------------------------------------------------------------------------

    def _tell(self, told: _Told, raw: bytes, where: str, fallback: datetime) -> None:
        """Take down what a mail says, or why it cannot be read."""
        found = letter(raw, me=self._me, clock=self._clock)
        if isinstance(found, str):
            told.bad.append(BadPart(where, found))
            return
        told.bad += [BadPart(where, doubt) for doubt in found.doubts]
        if any(found.id == known.external_id for known in told.happenings):
            return  # the same mail twice, as where it came to two addresses of the user
        told.happenings.append(
            Happening(
                text=found.text,
                at=found.at or fallback,
                source=self._source,
                author=found.author,
                external_id=found.id,
                kind="mail",
                session=found.thread,
                tier="first_party" if found.own and found.vouched else "third_party",
                direct=found.direct,
            )
        )


def _belongs_to_none(piece: Piece) -> str:
    size = piece.end - piece.begin
    return f"{size:,} bytes that belong to no mail: none begins here with a line like 'From …'"


def _delivered(name: str) -> int:
    """Return when a mail of a Maildir was delivered, seconds since 1970; 0 where it is not said."""
    digits = name.partition(".")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else 0


def _instant(seconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds).astimezone()
    except (OverflowError, ValueError, OSError):
        return None
