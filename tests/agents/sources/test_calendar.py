"""A calendar: occurrences near the present, across changes of the clock, changed and called off."""

from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from usermind.agents.sources import CalendarFiles, appointments
from usermind.agents.sources import calendar as calendar_module
from usermind.errors import MissingExtraError, SourceError
from usermind.testing import StoppedClock

Fixture = Any
OSLO = ZoneInfo("Europe/Oslo")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "work.ics"


@pytest.fixture
def source(path: Path, clock: StoppedClock) -> CalendarFiles:
    return CalendarFiles(path, me=["ana@example.com"], clock=clock, zone=OSLO)


def event(
    uid: str = "a", start: str = ":20261201T090000Z", *more: str, title: str = "Dentist"
) -> str:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{uid}",
        "DTSTAMP:20261101T080000Z",
        f"DTSTART{start}",
        f"SUMMARY:{title}",
        *more,
        "END:VEVENT",
    ]
    return "".join(f"{line}\r\n" for line in lines)


def ics(*events: str, head: str = "") -> str:
    inside = head + "".join(events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\n{inside}END:VCALENDAR\r\n"


def local(*at: int) -> datetime:
    return datetime(*at, tzinfo=OSLO)  # type: ignore[arg-type, misc]  # year, month, day, …


def test_an_appointment_is_told_with_its_time_in_words(
    source: CalendarFiles, path: Path, write: Fixture, drain: Fixture, stored: Fixture
) -> None:
    more = (
        "DTEND;TZID=Europe/Oslo:20261201T093000",
        "LOCATION:Storgata 1\\, Oslo",
        "DESCRIPTION:Bring the card.\\nFloor 2.",
        "ATTENDEE;CN=Bo Ek:mailto:bo@example.com",
        "ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:Ana@example.com",
    )
    write(path, ics(event("a", ";TZID=Europe/Oslo:20261201T090000", *more)))
    [one], bad, _ = drain(source)
    assert one.text == (
        "Dentist\nTuesday 1 December 2026, 09:00–09:30\nWhere: Storgata 1, Oslo\nWith: Bo Ek\n\n"
        "Bring the card.\nFloor 2."
    )
    assert (one.due, one.ends) == (local(2026, 12, 1, 9), local(2026, 12, 1, 9, 30))
    assert (one.source, one.kind, one.author) == ("calendar:work", "appointment", "user")
    assert (one.tier, one.session, bad) == ("observed", "a", [])
    assert one.at == datetime(2026, 11, 1, 8, tzinfo=UTC)
    assert stored([one]) == ["stored"]


@pytest.mark.parametrize(
    ("start", "more", "words", "due"),
    [
        (";VALUE=DATE:20261201", (), "Tuesday 1 December 2026", local(2026, 12, 1)),
        (
            ";VALUE=DATE:20261201",
            ("DTEND;VALUE=DATE:20261204",),
            "Tuesday 1 December 2026 to Thursday 3 December 2026",
            local(2026, 12, 1),
        ),
        (":20261201T090000", (), "Tuesday 1 December 2026, 09:00", local(2026, 12, 1, 9)),
        (":20261201T080000Z", (), "Tuesday 1 December 2026, 09:00", local(2026, 12, 1, 9)),
        (
            ";TZID=America/New_York:20261201T030000",
            ("DURATION:PT20H",),
            "Tuesday 1 December 2026, 09:00–Wednesday 2 December 2026, 05:00",
            local(2026, 12, 1, 9),
        ),
    ],
    ids=["a whole day", "whole days", "no zone", "UTC", "another zone"],
)
def test_zones_and_whole_days(
    source: CalendarFiles,
    path: Path,
    write: Fixture,
    drain: Fixture,
    start: str,
    more: tuple[str, ...],
    words: str,
    due: datetime,
) -> None:
    write(path, ics(event("a", start, *more)))
    [one], bad, _ = drain(source)
    assert (one.text, one.due, bad) == (f"Dentist\n{words}", due, [])


def test_a_zone_that_only_the_file_knows(
    source: CalendarFiles, path: Path, write: Fixture, drain: Fixture
) -> None:
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Home of Ana\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
        "TZOFFSETFROM:+0300\r\nTZOFFSETTO:+0300\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    write(path, ics(event("a", ";TZID=Home of Ana:20261201T090000"), head=zone))
    [one], bad, _ = drain(source)
    assert (one.due, bad) == (datetime(2026, 12, 1, 6, tzinfo=UTC), [])


def test_a_zone_that_nobody_knows_is_told_once_and_the_event_is_read(
    source: CalendarFiles, path: Path, write: Fixture
) -> None:
    lost = event("a", ";TZID=Nowhere/Land:20261201T090000", "RRULE:FREQ=DAILY;COUNT=3")
    write(path, ics(lost, event("b", ":20261202T090000Z")))
    poll = source.poll(None)
    assert len(poll.happenings) == 4
    assert [(bad.where, bad.why.split(",")[0]) for bad in poll.bad] == [
        ("calendar:work, event 1", "its time zone is unknown")
    ]
    write(path, ics(lost))
    after = source.poll(poll.cursor)
    assert after.gone  # the other one; that is known for sure
    assert "unknown" not in "".join(bad.why for bad in after.bad)


def test_a_series_keeps_its_hour_when_the_clocks_change(
    source: CalendarFiles, path: Path, write: Fixture, drain: Fixture, clock: StoppedClock
) -> None:
    clock.now = datetime(2026, 10, 20, tzinfo=UTC)
    weekly = event(
        "a",
        ";TZID=Europe/Oslo:20261012T090000",
        "DTEND;TZID=Europe/Oslo:20261012T100000",
        "RRULE:FREQ=WEEKLY;COUNT=5",
        "EXDATE;TZID=Europe/Oslo:20261019T090000",
        title="Choir",
    )
    moved = event(
        "a",
        ";TZID=Europe/Oslo:20261102T110000",
        "RECURRENCE-ID;TZID=Europe/Oslo:20261102T090000",
        title="Choir, late",
    )
    write(path, ics(weekly, moved), age=timedelta(days=60))
    happenings, bad, _ = drain(source)
    assert [(one.due, one.text.split("\n")[0]) for one in happenings] == [
        (local(2026, 10, 12, 9), "Choir"),
        (local(2026, 10, 26, 9), "Choir"),
        (local(2026, 11, 2, 11), "Choir, late"),
        (local(2026, 11, 9, 9), "Choir"),
    ]
    hours = [one.due.astimezone(UTC).hour for one in happenings if one.due]
    assert hours == [7, 8, 10, 8]  # summer time ended on 25 October
    assert {one.session for one in happenings} == {"a"}
    assert bad == []


def test_the_window_moves_on_and_tells_each_occurrence_once(
    source: CalendarFiles, path: Path, write: Fixture, drain: Fixture, clock: StoppedClock
) -> None:
    write(path, ics(event("a", ":20200101T090000Z", "RRULE:FREQ=DAILY")))
    happenings, _, cursor = drain(source)
    assert len(happenings) == 90
    days = {one.due.date() for one in happenings if one.due}
    for _ in range(5):
        clock.advance(timedelta(days=1))
        [one], _, cursor = drain(source, cursor)
        assert one.due is not None
        assert one.due.date() not in days
        days.add(one.due.date())
    clock.advance(timedelta(days=400))
    _, _, later = drain(source, cursor)
    assert len(later) < len(cursor) + 100


def test_what_changes_is_told_again_and_the_old_one_is_gone(
    source: CalendarFiles, path: Path, write: Fixture, drain: Fixture, stored: Fixture
) -> None:
    other = event("b", ":20261202T090000Z", title="Lunch")
    write(path, ics(event(), other))
    first, _, cursor = drain(source)
    moved = event("a", ":20261203T150000Z", "SEQUENCE:1")
    write(path, ics(moved, other), age=timedelta(minutes=5))
    poll = source.poll(cursor)
    [second] = poll.happenings
    assert second.due == datetime(2026, 12, 3, 15, tzinfo=UTC)
    assert second.external_id != first[0].external_id
    assert poll.gone == (first[0].series,)
    assert stored([*first, second]) == ["stored"] * 3

    cancelled = event("a", ":20261203T150000Z", "SEQUENCE:2", "STATUS:CANCELLED")
    write(path, ics(cancelled, other), age=timedelta(minutes=4))
    poll = source.poll(poll.cursor)
    [third] = poll.happenings
    assert third.text.startswith("Cancelled: Dentist\nThursday 3 December 2026")
    assert (third.due, third.ends) == (None, None)
    assert poll.gone == (second.series,)

    write(path, ics(), age=timedelta(minutes=3))
    poll = source.poll(poll.cursor)
    assert (poll.happenings, poll.gone) == ((), (first[1].series,))
    assert source.poll(poll.cursor).gone == ()


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("Canceled: Vendor sync", "Cancelled: Vendor sync"),
        ("Cancelled: Vendor sync", "Cancelled: Vendor sync"),
        ("Abgesagt: Vendor sync", "Cancelled: Vendor sync"),
        ("Annulé : Vendor sync", "Cancelled: Vendor sync"),
        ("Cancelado: Vendor sync", "Cancelled: Vendor sync"),
        ("Annullato: Vendor sync", "Cancelled: Vendor sync"),
        ("FW: Canceled: Vendor sync", "Cancelled: Vendor sync"),
        ("Talk: Canceled flights", "Talk: Canceled flights"),
        ("Canceled flights task force", "Canceled flights task force"),
    ],
)
def test_what_a_title_says_is_cancelled_takes_place_no_more(
    source: CalendarFiles, path: Path, write: Fixture, title: str, told: str
) -> None:
    write(path, ics(event(title=title)))
    [one] = source.poll(None).happenings
    assert one.text.startswith(f"{told}\n")
    assert (one.due is None) == told.startswith("Cancelled: ")


def test_what_others_arranged_is_theirs(
    source: CalendarFiles, path: Path, write: Fixture, drain: Fixture, stored: Fixture
) -> None:
    bo = "ORGANIZER;CN=Bo Ek:mailto:bo@example.com"
    fake = "ORGANIZER;CN=user:mailto:user"
    own = "ORGANIZER:mailto:ANA@example.com"
    answer = "ATTENDEE;PARTSTAT={}:mailto:ana@example.com"
    write(
        path,
        ics(
            event("1", ":20261201T090000Z", bo, answer.format("NEEDS-ACTION")),
            event("2", ":20261202T090000Z", own, answer.format("ACCEPTED")),
            event("3", ":20261203T090000Z", bo, answer.format("DECLINED")),
            event("4", ":20261204T090000Z", fake),
        ),
    )
    happenings, *_ = drain(source)
    assert [(one.text.split("\n")[0], one.author, one.tier) for one in happenings] == [
        ("Invited, not answered: Dentist", "Bo Ek <bo@example.com>", "third_party"),
        ("Dentist", "user", "observed"),
        ("Declined: Dentist", "Bo Ek <bo@example.com>", "third_party"),
        ("Dentist", "user <user>", "third_party"),
    ]
    assert [one.due is None for one in happenings] == [False, False, True, False]
    assert stored(happenings) == ["stored"] * 4


@pytest.mark.parametrize(
    "broken",
    [
        event("x", ":2026bad"),
        event("x", ":20261201T090000Z", "RRULE:FREQ=SOMETIMES"),
        event("x", ":20261201T090000Z", "RRULE:FREQ=SECONDLY"),
        event("x", ":20261201T090000Z", "RRULE:FREQ=DAILY;INTERVAL=0"),
        event("x", ":20261201T090000Z", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
        event(
            "x", ":20261201T090000Z", f"RRULE:FREQ=DAILY;BYMINUTE={','.join(map(str, range(60)))}"
        ),
        event("x", ":20261201T090000Z", "RRULE:FREQ=DAILY;BYYEARDAY=366;BYMONTH=1"),
        event("x", ":20261201T090000Z", "RRULE:FREQ=DAILY;BYMONTH=0"),
        event("x", ":20261201T090000Z", "RRULE:FREQ=DAILY;BYSETPOS=50"),
        event("x", ":00010101T090000Z", "RRULE:FREQ=DAILY;BYHOUR=9,10,11,12"),
        event("x", ":20261201T090000Z", "DTEND:20251201T090000Z"),
        "BEGIN:VEVENT\r\nUID:x\r\nSUMMARY:my secret\r\nEND:VEVENT\r\n",
    ],
    ids=[
        *("start", "rule", "flood", "interval", "never", "minutes", "no such day", "no month"),
        *("no such place", "for ages", "end", "no start"),
    ],
)
def test_a_broken_event_spoils_no_other_and_calls_nothing_off(
    source: CalendarFiles, path: Path, write: Fixture, drain: Fixture, broken: str
) -> None:
    write(path, ics(event("a"), event("x")))
    happenings, _, cursor = drain(source)
    assert len(happenings) == 2
    write(path, ics(event("a"), broken, event("b")), age=timedelta(minutes=1))
    poll = source.poll(cursor)
    assert [one.session for one in poll.happenings] == ["b"]
    [bad] = poll.bad
    assert bad.where == "calendar:work, event 2"
    assert "secret" not in bad.why
    assert poll.gone == ()
    write(path, ics(event("a"), broken, event("b"), event("c")), age=timedelta(seconds=1))
    assert source.poll(poll.cursor).bad == ()  # it was told


def test_events_that_never_end_do_not_keep_a_reader_busy(
    source: CalendarFiles, path: Path, write: Fixture, drain: Fixture
) -> None:
    write(path, ics(event("a"), "BEGIN:VEVENT\r\n" * 50_000))
    [one], bad, _ = drain(source)
    assert one.session == "a"
    assert "END:VEVENT" in bad[0].why


@pytest.mark.parametrize("cut", [0, 60, 150, -5])
def test_a_calendar_that_is_half_written_is_not_read(
    source: CalendarFiles, path: Path, write: Fixture, cut: int
) -> None:
    write(path, ics(event("a"), event("b"))[:cut])
    with pytest.raises(SourceError, match="Give an iCalendar file"):
        source.poll(None)


def test_a_folder_of_calendars(
    tmp_path: Path, clock: StoppedClock, write: Fixture, drain: Fixture
) -> None:
    folder = tmp_path / "calendars"
    for name in ("a", "b"):
        write(folder / "home" / f"{name}.ics", ics(event(name)))
    write(folder / "half.ics", ics(event("c"))[:-9])
    write(folder / ".hidden.ics", ics(event("d")))
    source = CalendarFiles(folder, clock=clock)
    happenings, [bad], cursor = drain(source)
    assert [one.session for one in happenings] == ["a", "b"]
    assert bad.where == "calendar:calendars, half.ics"
    (folder / "home" / "b.ics").unlink()
    assert source.poll(cursor).gone == ()  # one cannot be read: what is missing may be there
    (folder / "half.ics").unlink()
    assert len(source.poll(cursor).gone) == 1
    with pytest.raises(SourceError, match="no such file"):
        CalendarFiles(tmp_path / "gone").poll(None)


def test_a_crowded_calendar_comes_in_several_polls_nearest_first_kept(
    source: CalendarFiles,
    path: Path,
    write: Fixture,
    drain: Fixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(calendar_module, "MOST", 600)
    series = [event(str(n), ":20261101T090000Z", "RRULE:FREQ=DAILY") for n in range(10)]
    write(path, ics(*series))
    first = source.poll(None)
    assert (len(first.happenings), first.more) == (256, True)
    happenings, [bad], cursor = drain(source)
    assert len({one.external_id for one in happenings}) == len(happenings) == 600
    assert "more than 600" in bad.why
    assert len(cursor) < 600 * 50


def test_without_the_libraries_it_says_at_once_what_to_install(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = lambda name: None if name == "recurring_ical_events" else find_spec(name)  # noqa: E731
    monkeypatch.setattr(appointments, "find_spec", without)
    with pytest.raises(MissingExtraError, match=r"pip install 'usermind\[sources\]'"):
        CalendarFiles(path)


@pytest.mark.parametrize(
    ("start", "more", "all_day", "busy"),
    [
        (";VALUE=DATE:20261201", (), True, True),
        (":20261201T000000Z", (), False, True),
        (";TZID=Europe/Oslo:20261201T000000", (), False, True),
        (":20261201T090000Z", ("TRANSP:TRANSPARENT",), False, False),
        (":20261201T090000Z", ("TRANSP:OPAQUE",), False, True),
    ],
    ids=["a day", "midnight in London", "midnight here", "free", "busy"],
)
def test_whole_days_and_free_time_are_told_as_such(
    source: CalendarFiles,
    path: Path,
    write: Fixture,
    drain: Fixture,
    start: str,
    more: tuple[str, ...],
    all_day: bool,
    busy: bool,
) -> None:
    write(path, ics(event("a", start, *more)))
    assert [(one.all_day, one.busy) for one in drain(source)[0]] == [(all_day, busy)]


def test_what_becomes_free_is_told_again(
    source: CalendarFiles, path: Path, write: Fixture, drain: Fixture
) -> None:
    write(path, ics(event()))
    _, _, cursor = drain(source)
    write(path, ics(event("a", ":20261201T090000Z", "TRANSP:TRANSPARENT")), age=timedelta(0))
    poll = source.poll(cursor)
    assert [one.busy for one in poll.happenings] == [False]
    assert poll.gone == ()  # it is the same appointment


def test_a_broken_event_keeps_no_other_from_being_called_off(
    source: CalendarFiles, path: Path, write: Fixture, drain: Fixture
) -> None:
    broken = event("x\\, y", ":2026bad").replace("UID:x", "UID;X-A=1:x")
    write(path, ics(event("a"), event("b"), event("x\\, y")))
    happenings, _, cursor = drain(source)
    ids = {one.session: one.series for one in happenings}
    write(path, ics(broken, event("b")), age=timedelta(minutes=1))
    poll = source.poll(cursor)
    assert poll.gone == (ids["a"],)
    write(path, ics(event("b")), age=timedelta(seconds=1))
    assert source.poll(poll.cursor).gone == (ids["x, y"],)


@pytest.mark.parametrize(
    "broken",
    [
        event("x", ":2026bad").replace("UID:x\r\n", ""),
        event("x").replace("END:VEVENT\r\n", "") + event("y", ":2026bad").replace("UID:y\r\n", ""),
        event("x").replace("END:VEVENT\r\n", ""),
        event("x").replace("UID:x\r\n", "").replace("END:VEVENT\r\n", "") + event("y"),
    ],
    ids=["without an id", "two in one", "without an end", "one in another"],
)
def test_a_broken_event_that_may_be_any_calls_nothing_off(
    source: CalendarFiles, path: Path, write: Fixture, drain: Fixture, broken: str
) -> None:
    write(path, ics(event("a"), event("b")))
    *_, cursor = drain(source)
    write(path, ics(event("b"), broken), age=timedelta(minutes=1))
    poll = source.poll(cursor)
    assert poll.bad
    assert poll.gone == ()


def test_another_description_is_the_same_appointment(
    source: CalendarFiles, path: Path, write: Fixture, drain: Fixture
) -> None:
    write(path, ics(event("a", ":20261201T090000Z", "DESCRIPTION:Room 5")))
    [first], _, cursor = drain(source)
    changes = {
        "DESCRIPTION:Room 6": True,
        "ATTENDEE;CN=Bo Ek:mailto:bo@example.com": True,
        "DURATION:PT2H": False,
        "LOCATION:Oslo": False,
    }
    for minutes, (change, same) in enumerate(changes.items()):
        write(path, ics(event("a", ":20261201T090000Z", change)), age=timedelta(minutes=minutes))
        poll = source.poll(cursor)
        [second] = poll.happenings
        assert second.external_id != first.external_id
        assert (second.series == first.series, poll.gone == ()) == (same, same)
