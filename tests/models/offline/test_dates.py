"""Relative dates against dates worked out by hand."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usermind.models.offline.dates import Tense, absolute, first_day

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
