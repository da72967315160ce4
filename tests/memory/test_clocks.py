"""Times of the day are found as they are said, and numbers that are none are let be."""

from datetime import time

import pytest

from usermind.memory.clocks import (
    in_figures,
    is_impossible,
    meant,
    part_of_day,
    time_in,
    times_in,
    without_impossible,
    without_times,
)
from usermind.memory.particulars import tells_apart


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("at 9", "09:00"),
        ("dinner at 7 tonight", "07:00"),
        ("gym @ 7", "07:00"),
        ("at 9.30 sharp", "09:30"),
        ("tomorrow 9.30", "09:30"),
        ("by 9.30", "09:30"),
        ("15:30", "15:30"),
        ("9 pm", "21:00"),
        ("at 12 am", "00:00"),
        ("12:15pm", "12:15"),
        ("8:05 a.m.", "08:05"),
        ("noon, or midnight", "12:00 00:00"),
        ("at 9 and at half past ten", "09:00 10:30"),
        ("half past three", "03:30"),
        ("a quarter to one", "12:45"),
        ("quarter past 11 pm", "23:15"),
        ("at five to nine", "08:55"),
        ("at twenty-five to one", "12:35"),
        ("ten past 9", "09:10"),
        ("at 20 to 9", "08:40"),
        ("at nine thirty", "09:30"),
        ("at about 9 o'clock", "09:00"),
        ("from nine to half past ten", "09:00"),
        ("from ten to six", "10:00"),
        ("ten to six, or half nine", ""),
        ("at nine o'clock", "09:00"),
        ("at seven pm", "19:00"),
        ("from nine to eleven", "09:00"),
        ("from 10 to 11", "10:00"),
        ("9-10 am", "09:00"),
        ("11 to 1 pm", "11:00"),
        ("09:00–09:15", "09:00"),
        ("from 18.30 to 20", "18:30"),
        ("at 9 we leave", "09:00"),
        ("at nine we leave", "09:00"),
        ("at 3 I have a call", "03:00"),
        ("at 7 dinner with Eva", "07:00"),
        ("at 9 or at 10", "09:00 10:00"),
        ("(at 9)", "09:00"),
        ("at 9, then home", "09:00"),
        ("at 9. Then home", "09:00"),
    ],
)
def test_a_time_is_found(text: str, found: str) -> None:
    assert " ".join(f"{one.at:%H:%M}" for one in times_in(in_figures(text))) == found


@pytest.mark.parametrize(
    "text",
    [
        "at 3 May",
        "at 20 %",
        "at 20 degrees",
        "look at 2 hours of film",
        "look at one flat",
        "look at 3 flats",
        "recall@10",
        "choose from 3 colours",
        "from one I know",
        "at 2 parties",
        "at 3 restaurants",
        "at two parties",
        "at 10 Downing Street",
        "at 3,000 m",
        "at 5.5 km",
        "pay 9.50 euros",
        "by 9",
        "9 people",
        "2026-12-03",
        "at 1500",
        "at 25:00",
        "9:75",
        "14 pm",
        "version 1.30",
        "I am at home",
    ],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert times_in(in_figures(text)) == []


@pytest.mark.parametrize(
    ("text", "impossible"),
    [
        ("tomorrow at 25:00", True),
        ("at 24", True),
        ("9:75", True),
        ("14 pm", True),
        ("at 23:59", False),
        ("at 30 places", False),
    ],
)
def test_a_time_that_no_clock_has_is_told(text: str, impossible: bool) -> None:
    assert is_impossible(text) == impossible


@pytest.mark.parametrize(
    ("text", "after", "at"),
    [
        ("at 3", None, time(15)),
        ("half past three", None, time(15, 30)),
        ("at 3 in the morning", None, time(3)),
        ("at 03:00", None, time(3)),
        ("at 3 am", None, time(3)),
        ("at 5:30", None, time(5, 30)),
        ("at 7 in the evening", None, time(19)),
        ("tonight at 8", None, time(20)),
        ("at 9", time(8), time(9)),
        ("at 9", time(9), time(9)),
        ("at 9", time(10), time(21)),
        ("at 9:30", time(10), time(21, 30)),
        ("at 9", time(22), time(9)),
        ("at 12", time(14), time(12)),
        ("at 15:30", time(16), time(15, 30)),
    ],
)
def test_the_half_of_the_day_is_the_one_that_is_meant(
    text: str, after: time | None, at: time
) -> None:
    text = in_figures(text)
    (one,) = times_in(text)
    assert meant(one, text, after=after) == at


def test_of_several_the_one_with_at_is_meant() -> None:
    one = time_in("the 15:30 call, moved, is at 16:00")
    assert one is not None
    assert one.at == time(16)
    assert time_in("the call") is None


@pytest.mark.parametrize(
    ("text", "until"),
    [("from 10 to 11", time(11)), ("3 pm–4:30 pm", time(16, 30)), ("at 9", None)],
)
def test_a_stretch_of_time_says_until_when(text: str, until: time | None) -> None:
    (one,) = times_in(text)
    assert one.until == until


def test_a_text_can_be_told_without_its_times() -> None:
    told = without_times("Lunch, 12:30, with Sue from 1 to 2 pm")
    assert " ".join(told.split()) == "Lunch , with Sue"


def test_what_no_clock_has_is_no_time_and_can_be_left_out() -> None:
    assert without_times("Lunch at 25:00 with Sue") == "Lunch at 25:00 with Sue"
    assert without_impossible("Lunch at 25:00 with Sue") == "Lunch   with Sue"


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("I owe 75:00", "I owe 80:00", True),
        ("Call at 40", "Call at 41", True),
        ("Call at 25:00", "Call at 26:00", True),
        ("Call at 3", "Call at 15:00", False),
        ("Call from 3 to 4", "Call 3 pm to 4 pm", False),
        ("Call at 3", "Call at 4", True),
        ("Show 3 restaurants", "Show the pictures at 3 restaurants", False),
        ("Pictures at 2 parties", "Pictures at 3 parties", True),
    ],
)
def test_two_texts_are_told_apart_by_their_numbers(one: str, other: str, apart: bool) -> None:
    assert tells_apart(one, other) == apart


@pytest.mark.parametrize(
    ("text", "part"),
    [("in the evening", "evening"), ("tonight", "tonight"), ("the morningstar", None)],
)
def test_a_part_of_the_day_is_found(text: str, part: str | None) -> None:
    assert part_of_day(text) == part
