"""However a file grows and however often it is polled: each happening once, in order, none lost."""

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from usermind.agents.sources import (
    CalendarFiles,
    EventStream,
    Happening,
    Mailbox,
    NotesFolder,
    Poll,
    Source,
)
from usermind.errors import SourceError
from usermind.memory.journal import prepared
from usermind.testing import StoppedClock

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
CLOCK = StoppedClock(NOW)
SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)

WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\x85"),
    min_size=1,
    max_size=30,
).filter(str.strip)


def put(path: Path, data: bytes, *, age: timedelta) -> None:
    path.write_bytes(data)
    moment = (NOW - age).timestamp()
    os.utime(path, (moment, moment))


def drained(source: Source, cursor: str | None) -> tuple[list[Happening], str]:
    happenings: list[Happening] = []
    while True:
        poll = source.poll(cursor)
        happenings += poll.happenings
        cursor = poll.cursor
        if not poll.more:
            return happenings, cursor


def grown(
    make: Callable[[Path], Source], name: str, data: bytes, cuts: Sequence[int]
) -> tuple[list[Happening], list[Happening]]:
    """Return what is told while a file grows to these lengths, and at the end at once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        source = make(path)
        told: list[Happening] = []
        cursor: str | None = None
        for cut in sorted(cuts):
            put(path, data[:cut], age=timedelta(seconds=1))
            some, cursor = drained(source, cursor)
            told += some
        put(path, data, age=timedelta(minutes=1))
        some, cursor = drained(source, cursor)
        assert drained(source, cursor)[0] == []
        return told + some, drained(source, None)[0]


def timeless(happenings: Sequence[Happening]) -> list[tuple[str, str, str]]:
    """Return what does not rest on when the file was last written."""
    return [(one.external_id, one.text, one.author) for one in happenings]


CUTS = st.lists(st.integers(0, 3_000), max_size=6)


@SETTINGS
@given(st.lists(st.tuples(WORDS, WORDS), max_size=8), CUTS)
def test_a_growing_stream_of_events(events: list[tuple[str, str]], cuts: list[int]) -> None:
    lines = [
        json.dumps({"text": text, "id": f"{n}", "session": session}, ensure_ascii=n % 2 == 0)
        for n, (text, session) in enumerate(events)
    ]
    data = "".join(f"{line}\n" for line in lines).encode()
    told, at_once = grown(lambda p: EventStream(p, clock=CLOCK), "s.jsonl", data, cuts)
    assert timeless(told) == timeless(at_once)
    assert [one.external_id for one in told] == [str(n) for n in range(len(events))]


BODY = st.lists(
    st.one_of(WORDS, st.sampled_from(["", "", "> quoted", ">From x", "From here", "-- ", "On it"])),
    max_size=8,
)


@SETTINGS
@given(st.lists(BODY, max_size=6), CUTS)
@example([["a", "", "b"], ["", ""]], [110, 111, 150])
def test_a_growing_mbox(bodies: list[list[str]], cuts: list[int]) -> None:
    data = b"".join(
        f"From b@example.com Mon May  4 10:00:00 2026\nFrom: b@example.com\nSubject: {n}\n"
        f"Message-ID: <{n}@x>\n\n{chr(10).join(lines)}\n\n".encode()
        for n, lines in enumerate(bodies)
    )
    told, at_once = grown(lambda p: Mailbox(p, clock=CLOCK), "inbox", data, cuts)
    assert timeless(told) == timeless(at_once)
    assert [one.external_id for one in told] == [f"{n}@x" for n in range(len(bodies))]


@SETTINGS
@given(st.lists(WORDS, max_size=12, unique_by=str.strip), st.sets(st.integers(0, 12)))
def test_a_growing_note(paragraphs: list[str], stops: set[int]) -> None:
    texts = [f"{n} {text.strip()}." for n, text in enumerate(paragraphs)]
    data = "\n\n".join(texts).encode()
    lengths = [len("\n\n".join(texts[:stop]).encode()) for stop in stops]
    with tempfile.TemporaryDirectory() as folder:
        source = NotesFolder(folder, clock=CLOCK)
        told: list[Happening] = []
        cursor: str | None = None
        for age, cut in zip(range(60, 0, -1), sorted([*lengths, len(data)]), strict=False):
            put(Path(folder, "diary.txt"), data[:cut], age=timedelta(minutes=age))
            some, cursor = drained(source, cursor)
            told += some
        assert timeless(told) == timeless(drained(source, None)[0])
        assert [one.text for one in told] == texts


@SETTINGS
@given(st.lists(st.integers(0, 99), max_size=30, unique=True), st.sets(st.integers(0, 30)))
def test_a_growing_maildir(mails: list[int], stops: set[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("cur", "new"):
            Path(folder, name).mkdir()
        source = Mailbox(folder, clock=CLOCK)
        told: list[Happening] = []
        cursor: str | None = None
        for n, mail in enumerate(mails, 1):
            raw = f"From: b@example.com\nSubject: {mail}\nMessage-ID: <{mail}@x>\n\nHi\n".encode()
            put(Path(folder, "new", f"1777{mail:06}.M1.host"), raw, age=timedelta(minutes=5))
            if n in stops:
                some, cursor = drained(source, cursor)
                told += some
        some, cursor = drained(source, cursor)
        told += some
        assert sorted(one.external_id for one in told) == sorted(f"{mail}@x" for mail in mails)
        assert [one.external_id for one in drained(source, None)[0]] == [
            f"{mail}@x" for mail in sorted(mails)
        ]


# -- anything at all ------------------------------------------------------------------------

MADE: dict[str, tuple[str, Callable[[Path], Source]]] = {
    "notes": ("a.md", lambda path: NotesFolder(path.parent, clock=CLOCK)),
    "mail": ("inbox", lambda path: Mailbox(path, me=["a@example.com"], clock=CLOCK)),
    "calendar": ("c.ics", lambda path: CalendarFiles(path, clock=CLOCK)),
    "events": ("s.jsonl", lambda path: EventStream(path, clock=CLOCK)),
}
TOKENS = [
    b"\n", b"\n\n", b"\r\n", b" ", b"\t", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x80",
    b"=?utf-8?B?", b"?=", b"<", b">", b"@", b":", b";", b",", b'"', b"(", b"[", b"{", b"}", b"---",
    b"```", b"# ", b"- [ ] ", b"@2026-12-01", b"\xf0\x9f\x93\x85 2026-02-31",
    b"\nFrom b@example.com Mon May  4 10:00:00 2026\n", b"From: ", b"To: ", b"Date: ",
    b"Received: ", b"Subject: ", b"Message-ID: ", b"References: ", b"a@example.com",
    b"Mon, 4 May 2026 12:00:00 +9999",
    b"Content-Type: ", b"multipart/mixed; boundary=b", b"multipart/alternative; boundary=b",
    b"message/rfc822", b"text/html", b"text/plain; charset=idna", b"; charset*=x''y", b"\n--b\n",
    b"\n--b--\n", b"Content-Transfer-Encoding: base64\n", b"<div style='display:none'>",
    b"<![if", b"<!", b"<script>", b"</div>", b"&#x110000;", b"&#xd800;",
    b"BEGIN:VCALENDAR\n", b"\nEND:VCALENDAR\n", b"\nBEGIN:VEVENT\n", b"\nEND:VEVENT\n", b"UID:1\n",
    b"DTSTART:20261201T090000Z\n", b"DTSTART;TZID=x:20261201T090000\n", b"DTEND:19000101\n",
    b"DURATION:-P1D\n", b"RRULE:FREQ=DAILY\n", b"RRULE:FREQ=YEARLY;UNTIL=", b"EXDATE:2026\n",
    b"RDATE:20261202T090000\n", b"RECURRENCE-ID;RANGE=THISANDFUTURE:20261201T090000Z\n",
    b"DTSTAMP:99991231T235959Z\n", b"DTSTART;VALUE=DATE:00010101\n", b"BEGIN:VTIMEZONE\n",
    b"X-WR-TIMEZONE:Nowhere/At_All\n", b"ATTENDEE:mailto:a@example.com\n", b"ORGANIZER:\n",
    b'{"text": "', b'"}', b'{"text": "a"}\n', b'"at": "9999-12-31T23:59:59"',
    b"1" * 5000, b"[" * 500,
]  # fmt: skip
BYTES = st.lists(st.one_of(st.sampled_from(TOKENS), st.binary(max_size=20)), max_size=25).map(
    b"".join
)


@pytest.mark.parametrize("kind", MADE)
@settings(SETTINGS, max_examples=250)
@given(data=BYTES, framed=st.booleans())
def test_bytes_of_any_kind_are_told_or_said_to_be_bad(kind: str, data: bytes, framed: bool) -> None:
    name, make = MADE[kind]
    if framed and kind == "calendar":
        data = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + data + b"\nEND:VEVENT\nEND:VCALENDAR\n"
    if framed and kind == "mail":
        data = b"From b@example.com Mon May  4 10:00:00 2026\nSubject: x\n" + data
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        put(path, data, age=timedelta(hours=1))
        try:
            poll = make(path).poll(None)
        except SourceError:
            return
        assert make(path).poll(None) == poll
        for one in poll.happenings:
            entry = prepared(one.draft(), now=NOW)  # a store takes it
            assert entry.external_id
            assert one.at.tzinfo is not None
            assert all(when is None or when.tzinfo for when in (one.due, one.ends))
        assert len({one.external_id for one in poll.happenings}) == len(poll.happenings) or (
            kind == "events"
        )
        again = make(path).poll(poll.cursor)
        assert poll.more or (again.happenings, again.bad) == ((), ())


@SETTINGS
@given(cursor=st.text(max_size=50))
@pytest.mark.parametrize("kind", MADE)
def test_no_cursor_breaks_a_source(kind: str, cursor: str) -> None:
    name, make = MADE[kind]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        put(path, b"", age=timedelta(hours=1))
        try:
            poll = make(path).poll(cursor)
        except (ValueError, SourceError):
            return
        assert isinstance(poll, Poll)
