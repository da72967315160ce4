"""A source from a word and a path: `notes:~/notes`."""

from collections.abc import Callable, Collection
from datetime import timedelta, tzinfo

from usermind.agents.sources.calendar import CalendarFiles
from usermind.agents.sources.events import EventStream
from usermind.agents.sources.mailbox import Mailbox
from usermind.agents.sources.notes import NotesFolder
from usermind.agents.sources.source import Source, utc_now
from usermind.errors import InvalidInputError
from usermind.types import Clock


def source(
    spec: str,
    *,
    me: Collection[str] = (),
    clock: Clock = utc_now,
    quiet: timedelta = timedelta(0),
    zone: tzinfo | None = None,
) -> Source:
    """Return a source; nothing is read yet.

    Args:
        spec: `"notes:FOLDER"`, `"mail:MBOX-OR-MAILDIR"`, `"calendar:ICS-OR-FOLDER"` or
            `"events:JSONL"`.
        me: The user's mail addresses.
        clock: The present.
        quiet: Notes that were written more recently wait: for who polls while the user types.
        zone: The user's: where times are meant that name no zone, and where days begin; None: this
            machine's.

    Raises:
        InvalidInputError: It is no spec.
    """
    kind, _, path = spec.partition(":")
    made: dict[str, Callable[[], Source]] = {
        "notes": lambda: NotesFolder(path, clock=clock, quiet=quiet, zone=zone),
        "mail": lambda: Mailbox(path, me=me, clock=clock),
        "calendar": lambda: CalendarFiles(path, me=me, clock=clock, zone=zone),
        "events": lambda: EventStream(path, clock=clock),
    }
    if kind not in made or not path.strip():
        raise InvalidInputError(
            f"{spec!r} names no source. Nothing was read. Write one of "
            f"{', '.join(f'{kind}:PATH' for kind in made)}, like `notes:~/notes`."
        )
    return made[kind]()
