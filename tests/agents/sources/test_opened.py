"""A source by its spec."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from usermind.agents.sources import CalendarFiles, EventStream, Mailbox, NotesFolder, source
from usermind.errors import InvalidInputError
from usermind.testing import StoppedClock


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("notes", NotesFolder),
        ("mail", Mailbox),
        ("calendar", CalendarFiles),
        ("events", EventStream),
    ],
)
def test_a_spec_names_a_source(tmp_path: Path, kind: str, made: type) -> None:
    opened = source(f"{kind}:{tmp_path}/a:b")
    assert isinstance(opened, made)
    assert opened.name == f"{kind}:{tmp_path}/a:b"


def test_a_path_may_begin_at_home_or_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert source("notes:~/x").name == source("notes:x").name == f"notes:{tmp_path}/x"


@pytest.mark.parametrize(
    "spec", ["", "notes", "notes:", "notes: ", "web:x", "/home/ana/notes", "NOTES:x"]
)
def test_what_names_none_says_what_does(spec: str) -> None:
    with pytest.raises(InvalidInputError, match=r"names no source.*notes:PATH, mail:PATH"):
        source(spec)


@pytest.mark.parametrize("path", ["~nobody-of-that-name/x", "a\x00b", "a\ud800b"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(InvalidInputError, match="no path"):
        source(f"notes:{path}")


@pytest.mark.parametrize("kind", ["notes", "calendar"])
def test_times_are_meant_in_the_zone_of_the_user(
    tmp_path: Path, clock: StoppedClock, kind: str
) -> None:
    (tmp_path / "a.md").write_text("- [ ] call Bo 📅 2026-12-01 9:00", "utf-8")
    (tmp_path / "a.ics").write_text(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:a\r\n"
        "DTSTART:20261201T090000\r\nSUMMARY:Call\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        "utf-8",
    )
    opened = source(f"{kind}:{tmp_path}", clock=clock, zone=ZoneInfo("Asia/Tokyo"))
    assert [one.due for one in opened.poll(None).happenings] == [datetime(2026, 12, 1, tzinfo=UTC)]
