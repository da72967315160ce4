"""A stream of events that other programs append to."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from usermind.agents.sources import EventStream
from usermind.errors import SourceError
from usermind.testing import StoppedClock

Fixture = Any


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stream.jsonl"


@pytest.fixture
def source(path: Path, clock: StoppedClock) -> EventStream:
    return EventStream(path, clock=clock)


def line(text: str, **fields: object) -> str:
    return json.dumps({"text": text, **fields}) + "\n"


def test_a_line_has_the_fields_of_ingest(
    source: EventStream, path: Path, write: Fixture, drain: Fixture, now: datetime, stored: Fixture
) -> None:
    full = line(
        "Opened the map of Lisbon.",
        at="2026-05-04T09:30:00+02:00",
        author="user",
        source="browser",
        session="s1",
        id=7,
        tier="observed",
    )
    write(path, "\ufeff" + full + "\n" + line("Dinner?", author="Bo") + line("I am home."))
    happenings, bad, _ = drain(source)
    first, second, third = happenings
    assert (first.text, first.source, first.session) == (
        "Opened the map of Lisbon.",
        "browser",
        "s1",
    )
    assert (first.external_id, first.tier, first.kind) == ("7", "observed", "event")
    assert first.at.isoformat() == "2026-05-04T09:30:00+02:00"
    assert (second.author, second.tier, second.source) == ("Bo", "third_party", "events:stream")
    assert (third.author, third.tier) == ("user", "first_party")
    assert third.at == now - timedelta(hours=1)
    assert bad == []
    assert stored(happenings) == ["stored"] * 3
    assert stored(drain(source)[0]) == ["known"] * 3


def test_bad_lines_are_told_with_their_number_and_the_others_go_on(
    source: EventStream, path: Path, write: Fixture, drain: Fixture, stored: Fixture
) -> None:
    lines = [
        line("Good."),
        "my secret",
        '{"text": 1}',
        line("From tomorrow.", at="2027-05-04T09:30:00+02:00").strip(),
        line("x", author="a" * 300).strip(),
        line("Also good.").strip(),
    ]
    write(path, lines[0] + "\n".join(lines[1:]) + "\n")
    happenings, bad, cursor = drain(source)
    assert [one.text for one in happenings] == ["Good.", "Also good."]
    assert [part.where for part in bad] == [f"events:stream, line {n}" for n in (2, 3, 4, 5)]
    assert "secret" not in " ".join(part.why for part in bad)
    assert stored(happenings) == ["stored", "stored"]
    with path.open("a", encoding="utf-8") as file:
        file.write("bad\n")
    _, [later], _ = drain(source, cursor)
    assert later.where == "events:stream, line 7"


def test_a_line_that_is_half_written_waits(
    source: EventStream, path: Path, write: Fixture, drain: Fixture
) -> None:
    write(path, line("One.") + line("Two.")[:-5])
    happenings, bad, cursor = drain(source)
    assert ([one.text for one in happenings], bad) == (["One."], [])
    write(path, line("One.") + line("Two."))
    assert [one.text for one in drain(source, cursor)[0]] == ["Two."]


@pytest.mark.parametrize(
    "after", ["", line("Three."), line("Three, and longer than both were together, by far.")]
)
def test_a_file_that_was_begun_anew_is_read_from_its_beginning(
    source: EventStream, path: Path, write: Fixture, drain: Fixture, after: str
) -> None:
    write(path, line("One.") + line("Two."))
    *_, cursor = drain(source)
    write(path, after)
    happenings, bad, cursor = drain(source, cursor)
    assert [one.text for one in happenings] == ([json.loads(after)["text"]] if after else [])
    assert bad == []
    write(path, after + line("Four."))
    assert [one.text for one in drain(source, cursor)[0]] == ["Four."]


def test_the_rest_of_a_file_that_was_rotated_is_read_first(
    source: EventStream, path: Path, write: Fixture, drain: Fixture
) -> None:
    write(path, line("One."))
    *_, cursor = drain(source)
    write(path, line("One.") + line("Two.") + line("Three.").strip())
    path.rename(path.with_name("stream.jsonl.1"))
    write(path, line("Four."))
    happenings, _, cursor = drain(source, cursor)
    assert [one.text for one in happenings] == ["Two.", "Three.", "Four."]
    assert drain(source, cursor)[0] == []


def test_a_long_stream_comes_in_several_polls(
    source: EventStream, path: Path, write: Fixture, drain: Fixture
) -> None:
    write(path, "".join(line(f"Number {n}.") for n in range(1_000)))
    first = source.poll(None)
    assert (len(first.happenings), first.more, len(first.cursor) < 300) == (256, True, True)
    assert [one.text for one in drain(source)[0]] == [f"Number {n}." for n in range(1_000)]


def test_what_is_no_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        EventStream(tmp_path / "gone.jsonl").poll(None)
    with pytest.raises(SourceError, match="one JSON object a line"):
        EventStream(tmp_path).poll(None)


def test_the_same_words_at_another_time_are_another_event(
    source: EventStream, path: Path, write: Fixture, drain: Fixture, stored: Callable[[Any], Any]
) -> None:
    at = "2026-05-0{}T09:30:00+02:00"
    write(path, "".join(line("Ran.", at=at.format(day)) for day in (4, 5, 5)))
    assert stored(drain(source)[0]) == ["stored", "stored", "known"]
