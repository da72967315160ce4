"""Sources of a user's life that can be read again and again: notes, mail, calendars, events.

A source is read from a cursor on, says what happened since, and changes nothing.
"""

from usermind.agents.sources.calendar import CalendarFiles
from usermind.agents.sources.events import EventStream
from usermind.agents.sources.mailbox import Mailbox
from usermind.agents.sources.notes import NotesFolder
from usermind.agents.sources.opened import source
from usermind.agents.sources.source import BadPart, Happening, Poll, Source

__all__ = [
    "BadPart",
    "CalendarFiles",
    "EventStream",
    "Happening",
    "Mailbox",
    "NotesFolder",
    "Poll",
    "Source",
    "source",
]
