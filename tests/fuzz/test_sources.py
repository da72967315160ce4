"""Calendars, mail and notes of any bytes: what they tell is stored, what they do not is told of."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fuzz.fuzzing import HALVES, ODD_TEXTS, bounded, inputs, mangled, odd_text, refused

from usermind import MemoryStore
from usermind.agents.sources import CalendarFiles, Mailbox, NotesFolder, Source, source
from usermind.agents.watching import read_one
from usermind.errors import InvalidInputError, SourceError
from usermind.testing import StoppedClock

ME: Final = ("ana@example.com",)
NOW: Final = datetime(2026, 11, 29, 12, tzinfo=UTC)

CALENDAR: Final = b"""\
BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//x//y//EN\r
X-WR-TIMEZONE:Europe/Oslo\r
BEGIN:VTIMEZONE\r
TZID:Here\r
BEGIN:STANDARD\r
DTSTART:19961027T030000\r
TZOFFSETFROM:+0200\r
TZOFFSETTO:+0100\r
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r
END:STANDARD\r
END:VTIMEZONE\r
BEGIN:VEVENT\r
UID:one@example.com\r
DTSTAMP:20261120T090000Z\r
DTSTART;TZID=Here:20261201T090000\r
DTEND;TZID=Here:20261201T093000\r
SUMMARY:Dentist\\, again\r
LOCATION:Main St 5\r
ORGANIZER;CN="Bo Berg":mailto:bo@example.com\r
ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ana@example.com\r
DESCRIPTION:Bring the\r
  letter.\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:two@example.com\r
DTSTART;VALUE=DATE:20261102\r
RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=20;INTERVAL=1\r
EXDATE;VALUE=DATE:20261109\r
SUMMARY:Choir\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:two@example.com\r
RECURRENCE-ID;VALUE=DATE:20261116\r
DTSTART;VALUE=DATE:20261117\r
DURATION:P1D\r
SUMMARY:Choir\\, moved\r
STATUS:CANCELLED\r
END:VEVENT\r
END:VCALENDAR\r
"""
MAILS: Final = (
    b"From bo@example.com Mon Nov 23 09:30:00 2026\n"
    b"From: =?utf-8?q?Bo_B=C3=A9rg?= <bo@example.com>\nTo: Ana <ana@example.com>\n"
    b"Date: Mon, 23 Nov 2026 09:30:00 +0100\nSubject: =?iso-8859-1?B?R3L832U=?=\n"
    b"Message-ID: <m1@example.com>\nReferences: <m0@example.com>\n\n"
    b"Shall we meet on Friday at 10?\n\n> On Monday Ana wrote:\n> yes\n-- \nBo\n\n"
    b"From ana@example.com Tue Nov 24 10:00:00 2026\n"
    b"From: ana@example.com\nTo: bo@example.com\nDate: Tue, 24 Nov 2026 10:00:00 +0100\n"
    b"Subject: Re: hello\nMIME-Version: 1.0\n"
    b'Content-Type: multipart/alternative; boundary="b1"\n\n'
    b"--b1\nContent-Type: text/plain; charset=utf-8; format=flowed\n"
    b"Content-Transfer-Encoding: quoted-printable\n\nYes, gr=C3=BC=C3=9Fe =\nAna\n"
    b"--b1\nContent-Type: text/html; charset=windows-1252\nContent-Transfer-Encoding: base64\n\n"
    b"PHA+WWVzPC9wPjxibG9ja3F1b3RlPm5vPC9ibG9ja3F1b3RlPg==\n"
    b"--b1\nContent-Type: application/pdf\n"
    b"Content-Disposition: attachment; filename*=utf-8''r%C3%A9sum%C3%A9.pdf\n\nx\n--b1--\n"
)
NOTES: Final = """\
---
title: Week 48
---
# Monday

Met **Bo** at the [café](https://x.example). He likes *tea*.

- [ ] call the dentist 📅 2026-12-01
- [x] buy milk
  1. oat
  2. soy

```python
print("no note")
```

| who | when |
|-----|------|
| Bo  | 10am |

> quoted words

<!-- hidden --> Grüße, e\u0301, 日本語
""".encode()

RULES: Final = (
    *(
        "FREQ=DAILY;BYYEARDAY=366;BYMONTH=1",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
        "FREQ=DAILY;COUNT=-1",
    ),
    *("FREQ=MONTHLY;BYDAY=6MO", "FREQ=WEEKLY;INTERVAL=999999999", "FREQ=DAILY;UNTIL=00010101"),
    *("FREQ=YEARLY;BYEASTER=1", "FREQ=SECONDLY", "FREQ=DAILY;BYSETPOS=400", "FREQ=DAILY;BYHOUR=25"),
    *(
        "FREQ=HOURLY;COUNT=3",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "COUNT=3",
        "FREQ=DAILY;WKST=XX",
    ),
    *("FREQ=DAILY;BYMONTH=13", "FREQ=MONTHLY;BYMONTHDAY=-31;BYMONTH=2;BYSETPOS=1", "FREQ=YEARLY"),
    *("FREQ=DAILY;COUNT=99999999999999999999", "FREQ=DAILY;UNTIL=99991231T235959Z", "FREQ="),
)
MOMENTS: Final = (
    *("20261201T090000", "20261201T090000Z", "20261201", "00010101T000000Z", "99991231T235959"),
    *("19000101", "20261332", "20261201T250000Z", "-20261201", "", "20261201T090000Z/PT1H"),
)


@st.composite
def calendars(draw: st.DrawFn) -> bytes:
    """Return a calendar whose events have odd times and rules."""
    lines = [b"BEGIN:VCALENDAR"]
    for number in range(draw(st.integers(1, 3))):
        begin, end, extra = (draw(st.sampled_from(MOMENTS)) for _ in range(3))
        lines += [b"BEGIN:VEVENT", b"UID:%d" % draw(st.integers(0, 1)), f"DTSTART:{begin}".encode()]
        optional = (
            f"DTEND:{end}",
            f"RRULE:{draw(st.sampled_from(RULES))}",
            f"RDATE:{extra}",
            f"EXDATE:{extra}",
            f"RECURRENCE-ID:{extra}",
            f"DURATION:{draw(st.sampled_from(('PT1H', '-P1D', 'P999999999W', 'P', 'PT1E9S')))}",
            f"SUMMARY:{draw(odd_text)}",
            f"ATTENDEE;CN={draw(odd_text)}:mailto:{draw(odd_text)}",
            f"DTSTAMP:{extra}",
            f"TRANSP:{number}",
        )
        chosen = draw(st.lists(st.sampled_from(optional), max_size=4, unique=True))
        lines += [line.encode("utf-8", "surrogatepass") for line in chosen]
        lines.append(b"END:VEVENT")
    return b"\r\n".join([*lines, b"END:VCALENDAR", b""])


HEADERS: Final = (
    *(
        "From",
        "Sender",
        "To",
        "Date",
        "Subject",
        "Message-ID",
        "References",
        "Received",
        "In-Reply-To",
    ),
    *("Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "X-Gmail-Labels"),
)
BODIES: Final = (
    "text/plain; charset=punycode", "text/html", "multipart/mixed; boundary=b", "message/rfc822",
    "multipart/mixed", "text/plain; charset*=utf-8''%FF", "text/x; name*0*=a; name*9=b", "/", "x",
    "base64", "quoted-printable", "x-uuencode", "attachment; filename*=x'y'%ZZ", "8bit", "utf-7",
    "Mon, 99 Foo 99999 99:99:99 +9999", "Mon, 23 Nov 2026 09:30:00 -0000", "<a@b> <", "a <c@d>, :;",
    "undisclosed-recipients:;", "=?utf-8?b?/w?=", "=?punycode?q?x?=", '"a\\" <x@[::1]>', "(((((",
)  # fmt: skip


@st.composite
def mails(draw: st.DrawFn) -> bytes:
    """Return mails with odd headers and bodies."""
    parts: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        parts.append("From x@y Mon Nov 23 09:30:00 2026")
        for name in draw(st.lists(st.sampled_from(HEADERS), max_size=6)):
            parts.append(f"{name}: {draw(st.one_of(st.sampled_from(BODIES), odd_text))}")
        parts += ["", draw(odd_text), "--b", draw(odd_text), "", draw(odd_text), "--b--", ""]
    return "\n".join(parts).encode("utf-8", "surrogatepass")


def _maildir(folder: Path, data: bytes, name: str) -> Mailbox:
    for inside in ("cur", "new", "tmp"):
        (folder / "Mail" / inside).mkdir(parents=True)
    (folder / "Mail" / "cur" / name).write_bytes(data.partition(b"\n")[2])
    (folder / "Mail" / "new" / "1.x").write_bytes(data)
    return Mailbox(folder / "Mail", me=ME, clock=StoppedClock(NOW))


def _mbox(folder: Path, data: bytes, _: str) -> Mailbox:
    (folder / "box").write_bytes(data)
    return Mailbox(folder / "box", me=ME, clock=StoppedClock(NOW))


def _calendar(folder: Path, data: bytes, _: str) -> CalendarFiles:
    (folder / "a.ics").write_bytes(data)
    return CalendarFiles(folder, me=ME, clock=StoppedClock(NOW), zone=UTC)


def _notes(folder: Path, data: bytes, name: str) -> NotesFolder:
    (folder / "day.md").write_bytes(data)
    (folder / f"{name}.txt").write_bytes(data)
    return NotesFolder(folder, clock=StoppedClock(NOW))


KINDS: Final[dict[str, tuple[Callable[..., Source], st.SearchStrategy[bytes]]]] = {
    "calendar": (_calendar, st.one_of(mangled(CALENDAR), calendars())),
    "mbox": (_mbox, st.one_of(mangled(MAILS), mails())),
    "maildir": (_maildir, st.one_of(mangled(MAILS), mails())),
    "notes": (
        _notes,
        st.one_of(mangled(NOTES), odd_text.map(lambda t: t.encode("utf-16", "replace")), mails()),
    ),
}
NAMES: Final = (
    "a:2,S",
    "1795000000.M1.host,S=9:2,",
    "9" * 30,
    "\udcff\udcfe",
    "é",
    "a\nb",
    "-",
    "~",
)


@pytest.mark.parametrize("kind", KINDS)
@inputs(15, share=0.5)
@given(draws=st.data(), name=st.sampled_from(NAMES))
def test_a_source_is_stored_and_forgotten_or_says_what_is_wrong(
    tmp_path: Path,
    open_store: Callable[..., MemoryStore],
    kind: str,
    draws: st.DataObject,
    name: str,
) -> None:
    make, contents = KINDS[kind]
    data = draws.draw(contents)
    folder = tmp_path / "read"
    folder.mkdir()
    kept = open_store(clock=StoppedClock(NOW))
    try:
        with bounded():
            reads = make(folder, data, name)
            eve = kept.user("eve")
            with eve.pinned(create=True) as held:
                report, again = read_one(held, reads), read_one(held, reads)
            assert report.error is None or "cannot be read" in report.error, report.error
            assert all(part.why and part.where for part in report.bad)
            assert again.new == 0
            if eve.exists:
                eve.agenda.between(NOW, NOW + timedelta(days=90))
                eve.forget_everything()
            assert not eve.exists
    finally:
        kept.close()
        shutil.rmtree(folder)


@inputs(40, share=0.3)
@given(
    kind=st.sampled_from(("notes", "mail", "calendar", "events", "other", "")),
    place=st.one_of(
        st.sampled_from(("pipe", "folder", "file", "loop", *ODD_TEXTS, *HALVES)), odd_text
    ),
)
def test_any_path_of_a_source_is_read_or_refused(tmp_path: Path, kind: str, place: str) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "folder").mkdir()
    (folder / "file").touch()
    (folder / "loop").symlink_to("loop")
    try:
        with bounded(), refused(InvalidInputError, SourceError):
            source(f"{kind}:{folder}/{place.replace('/', '_')}").poll(None)
    finally:
        shutil.rmtree(folder)
