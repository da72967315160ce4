"""A folder of notes: what is new in it, and what is left out."""

import json
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from usermind.agents.sources import NotesFolder
from usermind.agents.sources import notes as notes_module
from usermind.errors import InvalidInputError, SourceError
from usermind.testing import StoppedClock

OSLO = timezone(timedelta(hours=1))
Fixture = Any


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes"
    path.mkdir()
    return path


@pytest.fixture
def source(notes: Path, clock: StoppedClock) -> NotesFolder:
    return NotesFolder(notes, clock=clock, zone=OSLO)


def test_each_paragraph_is_told_with_its_headings_and_the_time_of_the_file(
    source: NotesFolder, notes: Path, write: Fixture, drain: Fixture, now: datetime
) -> None:
    text = "---\ntags: [x]\n---\n# Diary\n## 3 May\n\nSaw Bo.\nIt rained.\n\nSlept.\n## 4 May\nRan."
    write(notes / "life" / "diary.md", text)
    happenings, bad, _ = drain(source)
    assert [one.text for one in happenings] == [
        "Diary › 3 May\n\nSaw Bo.\nIt rained.",
        "Diary › 3 May\n\nSlept.",
        "Diary › 4 May\n\nRan.",
    ]
    first = happenings[0]
    assert (first.source, first.author, first.kind) == ("notes:life/diary.md", "user", "note")
    assert (first.tier, first.session, first.due) == ("first_party", "notes:life/diary.md", None)
    assert first.at == now - timedelta(hours=1)
    assert bad == []


def test_a_note_that_changed_tells_only_what_is_new(
    source: NotesFolder, notes: Path, write: Fixture, drain: Fixture
) -> None:
    write(notes / "a.txt", "One.\n\nTwo.\n")
    write(notes / "b.txt", "Other.")
    _, _, cursor = drain(source)
    assert drain(source, cursor)[0] == []
    write(notes / "a.txt", "Zero.\n\nOne.\n\nTwo, changed.\n", age=timedelta(minutes=1))
    happenings, _, later = drain(source, cursor)
    assert [one.text for one in happenings] == ["Zero.", "Two, changed."]
    assert drain(source, later)[0] == []


@pytest.mark.parametrize(
    ("task", "due"),
    [
        ("- [ ] call the dentist 📅 2026-12-01", datetime(2026, 12, 1, tzinfo=OSLO)),
        ("* [ ] call the dentist due: 2026-12-01", datetime(2026, 12, 1, tzinfo=OSLO)),
        ("1. [ ] call (due:: 2026-12-01)", datetime(2026, 12, 1, tzinfo=OSLO)),
        ("- [ ] call @2026-12-01 9:30", datetime(2026, 12, 1, 9, 30, tzinfo=OSLO)),
        ("- [ ] call @due(2026-12-01T14:00)", datetime(2026, 12, 1, 14, tzinfo=OSLO)),
        ("- [/] call, begun 📆2026-12-01", datetime(2026, 12, 1, tzinfo=OSLO)),
        ("- [x] called 📅 2026-12-01", None),
        ("- [-] dropped 📅 2026-12-01", None),
        ("- [ ] write to bo@2026-12-01.example", None),
        ("- [ ] order part 2026-12-01", None),
        ("The rent is due: 2026-12-01", None),
    ],
)
def test_an_open_task_says_when_it_is_due(
    source: NotesFolder, notes: Path, write: Fixture, drain: Fixture, task: str, due: object
) -> None:
    write(notes / "todo.md", task)
    [happening], bad, _ = drain(source)
    assert (happening.text, happening.due, bad) == (task, due, [])


def test_tasks_are_told_one_by_one_and_again_when_they_are_done(
    source: NotesFolder, notes: Path, write: Fixture, drain: Fixture
) -> None:
    text = "# Home\n- [ ] fix the tap\n  in the bath\n- [ ] paint 📅 2026-02-30\n- a list\n- of two"
    write(notes / "todo.md", text)
    happenings, [bad], cursor = drain(source)
    assert [one.text.removeprefix("Home\n\n") for one in happenings] == [
        "- [ ] fix the tap\n  in the bath",
        "- [ ] paint 📅 2026-02-30",
        "- a list\n- of two",
    ]
    assert (happenings[1].due, bad.where) == (None, "notes:todo.md, line 4")
    write(notes / "todo.md", text.replace("[ ] fix", "[x] fix"), age=timedelta(minutes=1))
    [done], *_ = drain(source, cursor)
    assert done.text.startswith("Home\n\n- [x] fix the tap")


def test_fences_stay_whole_and_headings_alone_are_told(
    source: NotesFolder, notes: Path, write: Fixture, drain: Fixture
) -> None:
    text = "# Learn the cello\n# Recipes\n## Soup\n```\nleeks\n\n# salt\n```\n\n---\n\n## Pie\n"
    write(notes / "a.md", text)
    assert [one.text for one in drain(source)[0]] == [
        "Learn the cello",
        "Recipes › Soup\n\n```\nleeks\n\n# salt\n```",
        "Recipes › Pie",
    ]


def test_a_note_that_was_moved_tells_nothing_anew(
    source: NotesFolder, notes: Path, write: Fixture, drain: Fixture
) -> None:
    path = write(notes / "a.md", "One.\n\nTwo.")
    *_, cursor = drain(source)
    path.rename(notes / "z.md")
    moved, _, cursor = drain(source, cursor)
    assert moved == []
    write(notes / "z.md", "One.\n\nTwo.\n\nThree.", age=timedelta(minutes=1))
    assert [one.text for one in drain(source, cursor)[0]] == ["Three."]


def test_what_is_left_out_is_told_once_and_why(
    source: NotesFolder,
    notes: Path,
    tmp_path: Path,
    write: Fixture,
    drain: Fixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(notes_module, "LARGEST", 1_000)
    outside = write(tmp_path / "secret.md", "The password of the neighbour.")
    write(notes / ".hidden.md", "x")
    write(notes / ".obsidian" / "plugin.md", "x")
    write(notes / "huge.md", "x" * 1_001)
    write(notes / "bytes.txt", b"a\x00b")
    write(notes / "photo.jpg", b"\xff\xd8")
    write(notes / "good.md", "Good.")
    (notes / "link.md").symlink_to(outside)
    (notes / "again.md").symlink_to(notes / "good.md")
    (notes / "away").symlink_to(tmp_path)
    (notes / "loop").symlink_to(notes)

    happenings, bad, cursor = drain(source)
    assert [one.text for one in happenings] == ["Good."]
    assert {part.where: part.why.split(";")[0] for part in bad} == {
        "notes:.hidden.md": "it is hidden",
        "notes:.obsidian/": "it is hidden",
        "notes:huge.md": "it has 1,001 bytes, more than 1,000",
        "notes:bytes.txt": "it is no text",
        "notes:link.md": "it is a link out of the folder",
    }
    assert drain(source, cursor)[:2] == ([], [])
    write(notes / "huge.md", "Small now.", age=timedelta(minutes=1))
    assert [one.text for one in drain(source, cursor)[0]] == ["Small now."]


@pytest.mark.parametrize(
    ("data", "text", "flagged"),
    [
        (b"\xef\xbb\xbfCaf\xc3\xa9", "Café", False),
        ("Café".encode("utf-16"), "Café", False),
        (b"Caf\xe9", "Café", True),
    ],
    ids=["utf-8 with a mark", "utf-16", "latin-1"],
)
def test_encodings(
    source: NotesFolder,
    notes: Path,
    write: Fixture,
    drain: Fixture,
    data: bytes,
    text: str,
    flagged: bool,
) -> None:
    write(notes / "a.txt", data)
    [happening], bad, _ = drain(source)
    assert (happening.text, bool(bad)) == (text, flagged)


def test_a_note_that_is_being_written_waits_where_that_is_asked_for(
    notes: Path, write: Fixture, drain: Fixture, clock: StoppedClock
) -> None:
    source = NotesFolder(notes, clock=clock, quiet=timedelta(seconds=30))
    write(notes / "a.md", "Half a sen", age=timedelta(seconds=5))
    nothing, _, cursor = drain(source)
    assert nothing == []
    write(notes / "a.md", "Half a sentence no more.", age=timedelta(0))
    clock.advance(timedelta(seconds=31))
    assert [one.text for one in drain(source, cursor)[0]] == ["Half a sentence no more."]


def test_a_cursor_is_bounded_and_the_store_knows_what_it_forgot(
    source: NotesFolder,
    notes: Path,
    write: Fixture,
    drain: Fixture,
    stored: Fixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(notes_module, "MOST_KNOWN", 3)
    write(notes / "a.md", "A1.\n\nA2.")
    write(notes / "b.md", "B1.\n\nB2.")
    first, _, cursor = drain(source)
    assert stored(first) == ["stored"] * 4
    known = sum(len(note["known"] or "") for note in json.loads(cursor)["notes"].values())
    assert known <= 3 * 8
    write(notes / "b.md", "B1.\n\nB2.\n\nB3.", age=timedelta(minutes=1))
    again, *_ = drain(source, cursor)
    assert [one.text for one in again] == ["B1.", "B2.", "B3."]
    assert stored(again) == ["known", "known", "stored"]


def test_many_notes_come_in_several_polls(
    source: NotesFolder, notes: Path, write: Fixture, drain: Fixture
) -> None:
    for number in range(40):
        write(notes / f"{number:02}.md", "\n\n".join(f"{number}: {n}" for n in range(20)))
    first = source.poll(None)
    assert first.more
    assert len(first.happenings) < 300
    happenings, *_ = drain(source)
    assert [one.text for one in happenings] == [f"{a}: {b}" for a in range(40) for b in range(20)]


def test_strange_names_can_be_stored(
    source: NotesFolder, notes: Path, write: Fixture, drain: Fixture, stored: Fixture
) -> None:
    write(notes / "line\nbreak.md", "One.")
    write(notes / ("x" * 240 + ".md"), "Two.")
    (notes / os.fsdecode(b"caf\xe9.md")).write_text("Three.", "utf-8")
    happenings, [bad], _ = drain(source)
    assert stored(happenings) == ["stored", "stored"]
    assert bad.why == "its name is not UTF-8"


def test_a_folder_that_is_not_there_says_what_to_do(tmp_path: Path, write: Fixture) -> None:
    with pytest.raises(SourceError, match=r"no such file or folder.*Check the path"):
        NotesFolder(tmp_path / "gone").poll(None)
    with pytest.raises(SourceError, match="it is no folder"):
        NotesFolder(write(tmp_path / "a.md", "x")).poll(None)


@pytest.mark.parametrize("cursor", ["", "{}x", '{"kind": "mail", "form": "mbox"}', "[1]"])
def test_a_cursor_of_another_source_is_refused(source: NotesFolder, cursor: str) -> None:
    with pytest.raises(InvalidInputError, match=r"cursor of .* cannot be read"):
        source.poll(cursor)


def test_a_date_in_the_future_is_now(
    source: NotesFolder, notes: Path, write: Fixture, drain: Fixture, now: datetime
) -> None:
    write(notes / "a.md", "Tomorrow?", age=timedelta(days=-30))
    [happening], *_ = drain(source)
    assert happening.at == now
    assert happening.at.tzinfo is not None
    assert now.tzinfo is UTC


def test_a_task_that_is_done_moved_or_gone_is_told_to_be(
    source: NotesFolder, notes: Path, write: Fixture, drain: Fixture
) -> None:
    lines = [f"- [ ] {name} 📅 2026-12-01" for name in ("call", "write", "pay", "sweep")]
    write(notes / "todo.md", "\n".join(lines))
    told, _, cursor = drain(source)
    series = {one.text.split()[3]: one.series for one in told}
    changed = [lines[0].replace("[ ]", "[x]"), lines[1].replace("-01", "-03"), lines[3]]
    write(notes / "todo.md", "\n".join(changed), age=timedelta(minutes=1))
    poll = source.poll(cursor)
    assert set(poll.gone) == {series["call"], series["write"], series["pay"]}
    [moved] = [one for one in poll.happenings if one.due]
    assert moved.due == datetime(2026, 12, 3, tzinfo=OSLO)
    (notes / "todo.md").unlink()
    assert set(source.poll(poll.cursor).gone) == {series["sweep"], moved.series}


def test_a_task_under_another_heading_or_in_another_note_is_the_same(
    source: NotesFolder, notes: Path, write: Fixture, drain: Fixture
) -> None:
    write(notes / "a.md", "# Home\n- [ ] call Bo 📅 2026-12-01\n")
    [first], _, cursor = drain(source)
    write(notes / "a.md", "# This week\n- [/] call Bo 📅 2026-12-01\n", age=timedelta(minutes=9))
    poll = source.poll(cursor)
    assert ([one.series for one in poll.happenings], poll.gone) == ([first.series], ())
    (notes / "a.md").unlink()
    write(notes / "z.md", "Other.\n- [ ] Call Bo @2026-12-01\n", age=timedelta(minutes=8))
    poll = source.poll(poll.cursor)
    assert [one.series for one in poll.happenings if one.due] == [first.series]
    assert poll.gone == ()


def test_a_task_in_a_note_that_cannot_be_read_is_not_gone(
    source: NotesFolder,
    notes: Path,
    write: Fixture,
    drain: Fixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(notes / "a.md", "- [ ] call Bo 📅 2026-12-01\n")
    *_, cursor = drain(source)
    monkeypatch.setattr(notes_module, "LARGEST", 5)
    poll = source.poll(cursor)
    assert (len(poll.bad), poll.gone) == (1, ())
    monkeypatch.undo()
    (notes / "a.md").unlink()
    assert len(source.poll(poll.cursor).gone) == 1


@pytest.mark.parametrize(("when", "all_day"), [("", True), (" 00:00", False), (" 9:00", False)])
def test_a_task_says_whether_it_names_a_time(
    source: NotesFolder, notes: Path, write: Fixture, drain: Fixture, when: str, all_day: bool
) -> None:
    write(notes / "a.md", f"- [ ] call Bo 📅 2026-12-01{when}")
    assert [one.all_day for one in drain(source)[0]] == [all_day]
