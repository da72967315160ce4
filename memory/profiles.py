"""`ana.profiles`: summaries of a user for a task, made again when enough is new.

A profile is kept under (task, hash of the history, version of what made it) and served while what
it says still stands and lacks nothing: fewer than `REFRESH_AFTER` own observations are new, nothing
has come to be believed since, each proposition that it was made from is active in the same words,
and nothing of it has become private. A trigger deletes it with any observation that it rests on.

Source: Richardson et al., arXiv 2310.20081, for task-aware summaries that are made offline; the
cites and the check of them are ours.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory.journal import OWN, USER, instant, number
from usermind.memory.leanings import ByRules
from usermind.memory.receipt import DeletionReceipt
from usermind.memory.style import Exchange, StyleCard, replies_like, style_of
from usermind.memory.summary import SURE, ProfileClaim, Sketch, told
from usermind.memory.text import checked, digest
from usermind.memory.timeline import moment, stood
from usermind.types import ObservationId, PropositionId

if TYPE_CHECKING:
    import sqlite3

    from usermind.memory.user import UserMemory

REFRESH_AFTER = 10
"""New observations of the user's own after which a profile is made again."""
LONGEST_TASK = 200
"""Characters of a task."""

_BELIEVED = "(status = 'active' AND log_odds > 0)"
"""Claims above `SURE` as they were before calibration: what can be told by a row alone."""
_SHOWN = f"{OWN} AND quarantine IS NULL"


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a user that matters for a task."""

    id: str
    """`"f"` and a number; `"f0"` for what is not kept: an empty one, or one of an earlier time."""
    task: str
    text: str
    """The claims as running text, at most 120 words; empty where nothing is known."""
    claims: tuple[ProfileClaim, ...]
    at: datetime
    """When it was made, or the moment that it is as of; aware, UTC."""
    items: int
    """Observations of the user's own, and propositions, that the history had then."""
    made_by: str
    """`"rules"`, or the name of a reasoner."""


class Summariser(Protocol):
    """Makes a sketch of a user; without one, the rules of `summary` do."""

    @property
    def version(self) -> str:
        """Name of its prompt and model; another one gives another profile."""
        ...

    def summarise(self, memory: UserMemory, task: str, *, as_of: datetime | None = None) -> Sketch:
        """Return what it makes of the history, of that which was known `as_of` a moment; None: now.

        It must read nothing that is later: not in its claims, nor in their order.
        """
        ...


@dataclass(frozen=True, slots=True)
class _History:
    hash: str
    items: int
    last: int
    """Newest row of the user's own observations."""
    newest: int
    """Newest row of the propositions."""
    doubted: tuple[int, ...]
    """Rows of those that were not believed then, or had been given up."""


class ProfileDoor:
    """Summaries of one user, the style of their messages, and how they reply."""

    def __init__(self, memory: UserMemory) -> None:
        self._memory = memory

    def get(
        self,
        task: str = "conversation",
        *,
        summariser: Summariser | None = None,
        as_of: datetime | None = None,
    ) -> Profile:
        """Return the profile for a task, from the cache or made now; empty if nothing is known.

        As of an earlier moment it is always made, and never kept: of the claims that stood then
        and the messages up to then, as `propositions.list(as_of=)` tells time. What was forgotten
        or became private since is gone from that past, too.

        Args:
            task: In words, such as `"email-writing"`, 1 to 200 characters.
            summariser: Who makes it; None: the rules, which cost no model call.
            as_of: By what was known then, by event time; naive means local time, None means now.

        Raises:
            UnknownUserError: Nothing is stored for this user.
            InvalidInputError: The task is blank or too long, or `as_of` is no time of the past.
            PrivateTopicError: The task touches a private topic; it would be stored.
        """
        name = self.task_name(task)
        maker = summariser or ByRules()
        if as_of is not None:
            return self._earlier(name, maker, moment(as_of, now=self._memory.now()))
        kept = self._kept(name, maker.version)
        return kept if kept is not None else self._made(name, maker)

    def refresh(
        self, task: str = "conversation", *, summariser: Summariser | None = None
    ) -> Profile:
        """Make the profile for a task anew, whatever is kept; raises what `get` does."""
        return self._made(self.task_name(task), summariser or ByRules())

    def find(self, profile_id: str) -> Profile:
        """Return a profile that is kept, by its id.

        Raises:
            UnknownUserError: Nothing is stored for this user.
            UnknownItemError: None is kept under this id.
        """
        found = next((each for each in self.list() if each.id == profile_id), None)
        if found is None:
            raise UnknownItemError(profile_id, kind="profile")
        return found

    def said_in(self, profile_id: str, text: str) -> tuple[ProfileClaim, ...]:
        """Return the claims that a kept profile's text consists of; none once it has another."""
        kept = next((each for each in self.list() if each.id == profile_id), None)
        return kept.claims if kept is not None and kept.text == text else ()

    def behind(self, profile_id: str) -> tuple[PropositionId, ...]:
        """Return the claims that a profile was made from; correcting them is how it is edited.

        Raises:
            UnknownUserError: Nothing is stored for this user.
            UnknownItemError: None is kept under this id.
        """
        with self._memory.open() as file, file.database.read() as connection:
            row = connection.execute(
                "SELECT body FROM profile WHERE id = ?", (number(profile_id, "f"),)
            ).fetchone()
        if row is None:
            raise UnknownItemError(profile_id, kind="profile")
        return tuple(map(PropositionId, json.loads(row[0])["rests_on"]))

    def forget(self, task_or_id: str) -> DeletionReceipt:
        """Delete what is kept for a task, or one profile; what it was made from stays.

        It is made anew when it is next asked for. Replies that were made from it go with it.

        Raises:
            UnknownUserError: Nothing is stored for this user.
            UnknownItemError: None is kept for this task or under this id.
        """
        name = " ".join(task_or_id.split())
        ids = [each.id for each in self.list() if name in (each.id, each.task)]
        if not ids:
            raise UnknownItemError(task_or_id, kind="profile")
        return self._memory.forget(profiles=ids)

    def list(self) -> list[Profile]:
        """Return the profiles that are kept, newest first."""
        with self._memory.open() as file, file.database.read() as connection:
            return kept(connection)

    def style(self) -> StyleCard:
        """Return how the user writes, counted over their newest messages; see `style.style_of`."""
        return style_of(self._memory)

    def replies_like(self, message: str, k: int = 3) -> Sequence[Exchange]:
        """Return what the user replied to messages like this one; see `style.replies_like`."""
        return replies_like(self._memory, message, k)

    # -- the cache ------------------------------------------------------------------------

    def task_name(self, task: str) -> str:
        """Return the name under which profiles for a task are kept.

        Raises:
            InvalidInputError: It is blank or too long.
            PrivateTopicError: It touches a private topic; it would be stored.
        """
        name = " ".join(checked(task, what="task").split())
        if len(name) > LONGEST_TASK:
            raise InvalidInputError(
                f"The task has {len(name)} characters; at most {LONGEST_TASK} were expected. "
                "Name it in a few words."
            )
        return self._memory.privacy.statement(name)

    def _kept(self, task: str, version: str) -> Profile | None:
        with self._memory.open() as file, file.database.read() as connection:
            row = connection.execute(
                f"{_SELECT} WHERE task = ? AND prompt_version = ? ORDER BY id DESC LIMIT 1",
                (task, version),
            ).fetchone()
            if row is None:
                return None
            body = json.loads(row[2])
            if (
                _newer(connection, body["last"]) >= REFRESH_AFTER
                or _learnt(connection, body)
                or _words(connection, body["rests_on"]) != body["rests_on"]
            ):
                return None
        profile = _profile(*row)
        return profile if profile.claims == self.storable(profile.claims) else None

    def _earlier(self, task: str, maker: Summariser, then: datetime) -> Profile:
        memory = self._memory
        with memory.open() as file, file.database.read() as connection:
            items = _items_then(connection, then)
        sketch = maker.summarise(memory, task, as_of=then)
        return self._profile(task, sketch, at=then, items=items)

    def _made(self, task: str, maker: Summariser) -> Profile:
        memory = self._memory
        with memory.open() as file, file.database.read() as connection:
            history = _history(connection)
        sketch = maker.summarise(memory, task)
        profile = self._profile(task, sketch, at=memory.now().astimezone(UTC), items=history.items)
        if not profile.claims:  # nothing is kept, and what is learnt next should show at once
            return profile
        with memory.open() as file, file.database.write(durable=False) as connection:
            if not _all_there(connection, sketch.seen):  # one was forgotten meanwhile
                rowid = None
            else:
                rowid = _write(connection, profile, sketch, history, maker.version)
        if rowid is None:
            return self._made(task, maker)
        return replace(profile, id=f"f{rowid}")

    def _profile(self, task: str, sketch: Sketch, *, at: datetime, items: int) -> Profile:
        claims = self.storable(sketch.claims)
        return Profile("f0", task, told(claims), claims, at, items, sketch.made_by)

    def storable(self, claims: Sequence[ProfileClaim]) -> tuple[ProfileClaim, ...]:
        """Return what of claims may be stored, without those of which nothing may."""
        screen = self._memory.privacy.storable
        screened = ((claim, screen(claim.text, author=USER)) for claim in claims)
        return tuple(replace(claim, text=text) for claim, text in screened if text)


_SELECT = "SELECT id, task, body, items, at FROM profile"


def kept(connection: sqlite3.Connection) -> list[Profile]:
    """Return the profiles that are kept, newest first."""
    rows = connection.execute(f"{_SELECT} ORDER BY id DESC").fetchall()
    return [_profile(*row) for row in rows]


def _profile(rowid: int, task: str, body: str, items: int, at: float) -> Profile:
    held = json.loads(body)
    claims = tuple(
        ProfileClaim(each["text"], each["kind"], tuple(map(ObservationId, each["cites"])))
        for each in held["claims"]
    )
    return Profile(f"f{rowid}", task, told(claims), claims, instant(at), items, held["made_by"])


def _history(connection: sqlite3.Connection) -> _History:
    own = connection.execute(f"SELECT id FROM observation WHERE {_SHOWN} ORDER BY id").fetchall()
    known = connection.execute(
        f"SELECT id, text, {_BELIEVED} FROM proposition ORDER BY id"
    ).fetchall()
    claims = [(rowid, text) for rowid, text, believed in known if believed]
    parts = [*(f"o{row[0]}" for row in own), *(f"p{rowid} {text}" for rowid, text in claims)]
    return _History(
        hash=digest(*parts).hex(),
        items=len(parts),
        last=own[-1][0] if own else 0,
        newest=known[-1][0] if known else 0,
        doubted=tuple(rowid for rowid, _, believed in known if not believed),
    )


def _learnt(connection: sqlite3.Connection, body: Mapping[str, object]) -> bool:
    """Say whether anything has come to be believed since a profile was made.

    Rows of propositions are never given twice, so only the newest and those that were in doubt then
    are looked at. A profile that was kept without a note of them may lack anything.
    """
    if "newest" not in body:
        return True
    found = connection.execute(
        f"SELECT EXISTS (SELECT 1 FROM proposition WHERE id > ? AND {_BELIEVED}) "
        "OR EXISTS (SELECT 1 FROM proposition WHERE id IN (SELECT value FROM json_each(?)) "
        f"AND {_BELIEVED})",
        (body["newest"], json.dumps(body["doubted"])),
    ).fetchone()
    return bool(found[0])


def _items_then(connection: sqlite3.Connection, then: datetime) -> int:
    own = connection.execute(
        f"SELECT COUNT(*) FROM observation WHERE {_SHOWN} AND MIN(event_at, ingested_at) <= ?",
        (then.timestamp(),),
    ).fetchone()[0]
    held = [p for p in stood(connection, then) if p.status in ("active", "stale")]
    return int(own) + sum(p.confidence > SURE for p in held)


def _newer(connection: sqlite3.Connection, last: int) -> int:
    sql = f"SELECT COUNT(*) FROM observation WHERE id > ? AND {_SHOWN}"
    return int(connection.execute(sql, (last,)).fetchone()[0])


def _words(
    connection: sqlite3.Connection, claims: Sequence[str] | dict[str, str]
) -> dict[str, str]:
    """Return a hash of the words of each of these propositions that is active."""
    found = {}
    for claim in claims:
        row = connection.execute(
            "SELECT text FROM proposition WHERE id = ? AND status = 'active'",
            (number(claim, "p"),),
        ).fetchone()
        if row is not None:
            found[claim] = digest(row[0]).hex()[:16]
    return found


def _all_there(connection: sqlite3.Connection, items: Sequence[ObservationId]) -> bool:
    sql = "SELECT 1 FROM observation WHERE id = ?"
    return all(connection.execute(sql, (number(item, "o"),)).fetchone() for item in items)


def _write(
    connection: sqlite3.Connection,
    profile: Profile,
    sketch: Sketch,
    history: _History,
    version: str,
) -> int:
    """Keep a profile in place of the last one for its task; return its row."""
    body = {
        "claims": [asdict(claim) for claim in profile.claims],
        "made_by": profile.made_by,
        "last": history.last,
        "newest": history.newest,
        "doubted": history.doubted,
        "rests_on": _words(connection, sketch.rests_on),
    }
    connection.execute(
        "DELETE FROM profile WHERE task = ? AND prompt_version = ?", (profile.task, version)
    )
    rowid = connection.execute(
        "INSERT INTO profile (task, history_hash, prompt_version, body, items, at) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (
            profile.task,
            history.hash,
            version,
            json.dumps(body, ensure_ascii=False),
            profile.items,
            profile.at.timestamp(),
        ),
    ).lastrowid
    assert rowid is not None
    connection.executemany(
        "INSERT INTO profile_basis (profile_id, observation_id) VALUES (?, ?)",
        [(rowid, number(item, "o")) for item in dict.fromkeys(sketch.seen)],
    )
    return rowid
