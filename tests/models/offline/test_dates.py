"""Relative dates against dates worked out by hand."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usermind.models.offline.dates import Tense, TimeSpan, absolute, first_day, resolved
from usermind.types import WEEKDAYS

WEDNESDAY = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "tense", "resolved"),
    [
        ("tomorrow", "future", "on Thursday 5 March 2026"),
        ("yesterday", "past", "on Tuesday 3 March 2026"),
        ("tonight", "future", "on Wednesday 4 March 2026 in the evening"),
        ("the day after tomorrow", "future", "on Friday 6 March 2026"),
        ("the day before yesterday", "past", "on Monday 2 March 2026"),
        ("this Friday", "future", "on Friday 6 March 2026"),
        ("next Friday", "future", "on Friday 13 March 2026"),
        ("last Friday", "past", "on Friday 27 February 2026"),
        ("on Wednesday", "future", "on Wednesday 11 March 2026"),
        ("on Wednesday", "past", "on Wednesday 25 February 2026"),
        ("on Tuesday week", "future", "on Tuesday 17 March 2026"),
        ("a fortnight on Friday", "future", "on Friday 20 March 2026"),
        ("next week on Friday", "future", "on Friday 13 March 2026"),
        ("choir twice a week on Friday", "future", "choir twice a week on Friday"),
        ("on Tuesdays", "future", "on Tuesdays"),
        ("on Tuesday mornings", "future", "on Tuesday mornings"),
        ("in three weeks", "future", "around 25 March 2026"),
        ("two days ago", "past", "on Monday 2 March 2026"),
        ("a month ago", "past", "in February 2026"),
        ("five years ago", "past", "in 2021"),
        ("next month", "future", "in April 2026"),
        ("last year", "past", "in 2025"),
        ("next weekend", "future", "on the weekend of 14 March 2026"),
        ("in May", "future", "in May 2026"),
        ("in May", "past", "in May 2025"),
        ("last October", "past", "in October 2025"),
        ("since January", "past", "since January 2026"),
        ("on 12 June", "future", "on Friday 12 June 2026"),
        ("January 5th", "future", "Tuesday 5 January 2027"),
        ("the 22nd of December", "past", "Monday 22 December 2025"),
        ("on the 3rd", "future", "on Friday 3 April 2026"),
        ("from 16 to 19 October", "future", "from 16 to 19 October 2026"),
        ("at the end of the month", "future", "at the end of March 2026"),
        ("on 31 June", "future", "on 31 June"),
        ("May I come in?", "future", "May I come in?"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_relative_date_becomes_absolute(text: str, tense: Tense, resolved: str) -> None:
    assert absolute(text, WEDNESDAY, tense=tense) == resolved


def test_next_friday_said_on_a_sunday_is_five_days_away() -> None:
    sunday = datetime(2026, 9, 13, tzinfo=UTC)
    assert first_day("next Friday", sunday) == date(2026, 9, 18)


def test_a_text_without_a_date_has_no_first_day() -> None:
    assert first_day("I moved in May", WEDNESDAY) is None


@given(
    st.lists(
        st.sampled_from(
            [
                "next",
                "last",
                "this",
                "Friday",
                "on",
                "in",
                "31",
                "999",
                "February",
                "the",
                "29th",
                "years",
                "ago",
                "weeks",
                "a",
                "few",
                ",",
                "May",
            ]
        )
    ).map(" ".join),
    st.datetimes(timezones=st.just(UTC)),
    st.sampled_from(("past", "future")),
)
def test_any_text_at_any_time_resolves_without_an_error(
    text: str, at: datetime, tense: Tense
) -> None:
    first_day(absolute(text, at, tense=tense), at, tense=tense)


MOMENTS = st.datetimes(
    min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1),
    timezones=st.sampled_from([UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"),
                               ZoneInfo("Pacific/Apia")]),
)  # fmt: skip


def only(text: str, at: datetime) -> TimeSpan:
    (span,) = resolved(text, at)
    assert text[span.start : span.end] == span.words
    return span


@given(MOMENTS, st.sampled_from(WEEKDAYS))
def test_a_resolved_weekday_is_that_weekday_on_the_right_side(at: datetime, day: str) -> None:
    today = at.date()
    for phrase, least, most in (
        (f"I see her next {day}", 1, 13),
        (f"I see her this {day}", 0, 6),
        (f"I see her this coming {day}", 1, 7),
        (f"I see her on {day}", 1, 7),
        (f"I saw her last {day}", -7, -1),
        (f"I saw her on {day}", -7, -1),
        (f"I see her {day} next week", 1, 13),
        (f"I saw her {day} last week", -13, -1),
    ):
        span = only(phrase, at)
        assert span.first == span.last
        assert WEEKDAYS[span.first.weekday()] == day
        assert least <= (span.first - today).days <= most
        assert f"{span.first.day} " in span.absolute


@given(MOMENTS, st.integers(1, 60), st.sampled_from(("day", "week", "month", "year")))
def test_a_distance_lies_ahead_or_behind_as_said(at: datetime, n: int, unit: str) -> None:
    ahead, behind = only(f"We leave in {n} {unit}s", at), only(f"We left {n} {unit}s ago", at)
    assert behind.last < at.date() < ahead.last
    days = {"day": 1, "week": 7, "month": 30.4, "year": 365.25}[unit] * n
    slack = {"day": 0, "week": 0, "month": 32, "year": 366}[unit]
    assert abs((ahead.first - at.date()).days - days) <= slack + 2 * (unit != "day")


@given(MOMENTS, st.sampled_from(("spring", "summer", "autumn", "winter")))
def test_last_season_is_over_and_next_season_has_not_begun(at: datetime, season: str) -> None:
    assert only(f"We met last {season}", at).last < at.date()
    assert only(f"We meet next {season}", at).first > at.date()
    assert only(f"We meet this {season}", at).last >= at.date()


@given(MOMENTS)
def test_days_are_counted_in_the_zone_of_the_message(at: datetime) -> None:
    assert only("See you tomorrow", at).first == at.date() + timedelta(days=1)
    assert only("I was there yesterday", at).first == at.date() - timedelta(days=1)


def test_what_names_its_year_is_not_relative() -> None:
    assert resolved("We met on 3 May 2020, and again yesterday.", WEDNESDAY) == [
        TimeSpan(32, 41, "yesterday", "on Tuesday 3 March 2026", date(2026, 3, 3), date(2026, 3, 3))
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("by next Friday", "by Friday 13 March 2026"),
        ("since last year", "since 2025"),
        ("last year on 3 December at 6:00", "on Wednesday 3 December 2025 at 6:00"),
        ("on 3 February at 6:00 next year", "on Wednesday 3 February 2027 at 6:00"),
        ("nine towns in eleven days", "nine towns in eleven days"),
        ("last summer", "in summer 2025"),
        ("this winter", "in winter 2026/2027"),
        ("in a fortnight", "around 18 March 2026"),
        ("the week after next", "in the week of 16 March 2026"),
    ],
)
def test_a_preposition_is_not_said_twice(text: str, said: str) -> None:
    assert absolute(text, WEDNESDAY, tense="future") == said
