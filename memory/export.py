"""A user's whole memory as a JSONL file, for them to take away."""

import json
import os
from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from usermind.errors import InvalidInputError, StoreError, StoreNotWritableError
from usermind.memory.database import Database
from usermind.memory.journal import instant

FORMAT = 1


def write(database: Database, user_id: str, path: Path, *, now: datetime) -> int:
    """Write one JSON object a line; return how many lines.

    The first line names the user, the time and the format. The file appears whole or not at
    all, readable by its owner alone.

    Raises:
        InvalidInputError: The file exists already.
        StoreNotWritableError: The file cannot be written.
    """
    return write_lines(path, records(database, user_id, now))


def write_lines(path: Path, lines: Iterable[dict[str, object]]) -> int:
    """Write objects as JSONL, whole or not at all, readable by its owner alone; return how many.

    Raises:
        InvalidInputError: The file exists already.
        StoreNotWritableError: The file cannot be written.
    """
    if path.exists():
        raise InvalidInputError(f"{path} exists already. Nothing was written. Choose another name.")
    draft = path.with_name(path.name + ".part")
    try:
        draft.unlink(missing_ok=True)  # what a killed export left, with whatever mode it has
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            count = _fill(handle, lines)
            draft.rename(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except StoreError:
        raise  # of the memory, not of the file
    except OSError as error:
        raise StoreNotWritableError(
            f"{path} cannot be written ({error.strerror}). The memory is untouched. "
            "Choose another place."
        ) from error
    return count


def _fill(handle: int, records: Iterable[dict[str, object]]) -> int:
    count = 0
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            count += 1
    return count


def records(database: Database, user_id: str, now: datetime) -> Iterator[dict[str, object]]:
    """Yield what `write` writes, one JSON object a line, the first naming user, time and format."""
    yield {"type": "export", "format": FORMAT, "user": user_id, "at": now.isoformat()}
    with database.read() as connection:
        for kind, table, order in (
            ("observation", "observation", "id"),
            ("proposition", "proposition", "id"),
            ("version", "proposition_version", "proposition_id, version"),
            ("evidence", "evidence", "proposition_id, observation_id"),
            ("relation", "relation", "a, b, kind"),
            ("verdict", "verdict", "id"),
            ("concept", "concept", "id"),
            ("picture", "image", "id"),
            ("entity", "entity", "id"),
            ("entity event", "entity_event", "id"),
            ("entity mention", "entity_mention", "entity_id, event_id"),
            ("profile", "profile", "id"),
            ("feedback", "feedback", "id"),
            ("exposure", "exposure", "id"),
            ("suggestion", "suggestion", "id"),
            ("suggestion basis", "suggestion_basis", "suggestion_id, item"),
            ("suggestion answer", "suggestion_verdict", "id"),
            ("suggestion mute", "suggestion_muted", "kind, subject"),
            ("action", "action", "id"),
            ("spend", "spend", "day, purpose"),
            ("private topic", "private_topic", "id"),
            ("decision", "decision", "id"),
        ):
            cursor = connection.execute(f"SELECT * FROM {table} ORDER BY {order}")
            names = [column[0] for column in cursor.description]
            for row in cursor:
                yield {"type": kind} | _readable(dict(zip(names, row, strict=True)))


def _readable(row: dict[str, object]) -> dict[str, object]:
    offset = row.pop("utc_offset", 0)
    out: dict[str, object] = {}
    for name, value in row.items():
        if isinstance(value, bytes) and name == "data":
            out[name] = b64encode(value).decode()
            continue
        if isinstance(value, bytes) or name == "embedded":
            continue  # hashes and bookkeeping mean nothing outside
        is_time = name in ("at", "held_from") or name.endswith("_at")
        if is_time and isinstance(value, int | float):
            assert isinstance(offset, int)
            out[name] = instant(value, offset if name == "event_at" else 0).isoformat()
        else:
            out[name] = value
    return out
