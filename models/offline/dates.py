"""Relative dates in English text, made absolute."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Literal

Tense = Literal["past", "future"]

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DIGITS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_NUMBERS = {word: n for n, word in enumerate(_DIGITS)} | {
    "a": 1,
    "an": 1,
    "a couple of": 2,
    "a few": 3,
}

_DAY = "(?:" + "|".join(WEEKDAYS) + ")"
_MONTH = "(?:" + "|".join(MONTHS) + ")"
_COUNT = r"(?:\d{1,3}|a couple of|a few|an?|" + "|".join(w for w in _NUMBERS if len(w) > 2) + ")"
_UNIT = "(?:day|week|month|year)s?"
_MARK = re.compile(
    "|".join(
        (
            r"(?P<around>\b(?:the )?day (?:after tomorrow|before yesterday)\b)",
            rf"(?P<near>\b(?:today|tonight|tomorrow(?: {_DAY})?|yesterday|last night|"
            r"this (?:morning|afternoon|evening))\b)",
            r"(?P<turn>\b(?:on )?(?P<which>this|this coming|the coming|coming|next|last|"
            rf"past) (?P<turned>{_DAY})\b(?!s))",
            r"(?P<range>\b(?P<from>\d{1,2})(?:st|nd|rd|th)? ?(?:-|–|to|until|"
            r"till) ?(?:the )?(?P<rd>\d{1,2})(?:st|nd|rd|"
            rf"th)? (?:of )?(?P<rm>{_MONTH})(?:,? (?P<ry>\d{{4}}))?\b)",
            r"(?P<ending>\b(?:at |by |until )?(?:the )?end of (?P<ew>the|this|"
            r"next) (?P<eu>month|year)\b)",
            rf"(?P<full>\b(?:on )?(?:{_DAY},? )?(?:the )?(?P<fd>\d{{1,2}})(?:st|nd|rd|"
            rf"th)? (?:of )?(?P<fm>{_MONTH})(?:,? (?P<fy>\d{{4}}))?\b)",
            rf"(?P<american>\b(?:on )?(?:{_DAY},? )?(?P<am>{_MONTH}) (?:the )?(?P<ad>\d{{1,2}})"
            rf"(?:st|nd|rd|th)?\b(?:,? (?P<ay>\d{{4}}))?)",
            r"(?P<ordinal>\bon the (?P<nth>\d{1,2})(?:st|nd|rd|th)\b)",
            rf"(?P<bare>\bon (?P<named>{_DAY})\b(?!s| mornings| evenings| afternoons| nights))",
            rf"(?P<ahead>\b(?:in|within) (?P<an>{_COUNT}) (?P<au>{_UNIT})(?:['’]? time)?\b)",
            rf"(?P<ago>\b(?P<gn>{_COUNT}) (?P<gu>{_UNIT}) (?:ago|back)\b)",
            r"(?P<span>\b(?P<sw>this|next|last) (?P<su>weekend|week|month|year)\b)",
            rf"(?P<month>\b(?P<mp>in|since|last|next|this) (?P<mn>{_MONTH})\b(?! \d))",
        )
    ),
    re.IGNORECASE,
)


def written(day: date) -> str:
    """Return `Friday 18 September 2026`."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def short(day: date) -> str:
    """Return `18 September 2026`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def absolute(text: str, at: datetime, *, tense: Tense) -> str:
    """Return the text with its relative dates resolved against `at`.

    `tense` decides what is left open: which way "on Friday" or "in May" points. "next Friday"
    is the Friday of the next Monday-to-Sunday week, "this Friday" the coming one.

    >>> absolute("the dentist next Friday", datetime(2026, 9, 13), tense="future")
    'the dentist on Friday 18 September 2026'
    """
    return _MARK.sub(lambda m: _resolved(m, at.date(), tense), text)


def first_day(text: str, at: datetime, *, tense: Tense = "future") -> date | None:
    """Return the first exact day that a text names, or None."""
    resolved = absolute(text, at, tense=tense)
    found = re.search(rf"\b(\d{{1,2}}) ({_MONTH}) (\d{{4}})\b", resolved)
    return _day(int(found[3]), _index(MONTHS, found[2]) + 1, int(found[1])) if found else None


def _resolved(m: re.Match[str], at: date, tense: Tense) -> str:
    group = next(name for name in _READERS if m.group(name) is not None)
    try:
        return _READERS[group](m, at, tense) or m[0]
    except OverflowError:  # "in 999 years" near the end of the calendar
        return m[0]


def _around(m: re.Match[str], at: date, _: Tense) -> str:
    return "on " + written(at + timedelta(days=2 if "after" in m[0].lower() else -2))


def _near(m: re.Match[str], at: date, _: Tense) -> str:
    word = m[0].lower()
    shift = 1 if word.startswith("tomorrow") else -1 if word in ("yesterday", "last night") else 0
    part = {"tonight": " in the evening", "last night": " in the evening"}.get(word, "")
    if word.startswith("this "):
        part = f" in the {word[5:]}"
    return f"on {written(at + timedelta(days=shift))}{part}"


def _turn(m: re.Match[str], at: date, _: Tense) -> str:
    which, day = m["which"].lower(), _index(WEEKDAYS, m["turned"])
    monday = at - timedelta(days=at.weekday())
    if which == "next":
        found = monday + timedelta(days=7 + day)
    elif which in ("last", "past"):
        found = at - timedelta(days=(at.weekday() - day) % 7 or 7)
    else:
        found = at + timedelta(days=(day - at.weekday()) % 7)
    return "on " + written(found)


def _bare(m: re.Match[str], at: date, tense: Tense) -> str:
    day = _index(WEEKDAYS, m["named"])
    if tense == "past":
        return "on " + written(at - timedelta(days=(at.weekday() - day) % 7 or 7))
    return "on " + written(at + timedelta(days=(day - at.weekday()) % 7 or 7))


def _full(m: re.Match[str], at: date, tense: Tense) -> str:
    return _calendar(m, at, tense, m["fd"], m["fm"], m["fy"])


def _american(m: re.Match[str], at: date, tense: Tense) -> str:
    return _calendar(m, at, tense, m["ad"], m["am"], m["ay"])


def _calendar(
    m: re.Match[str], at: date, tense: Tense, day: str, month: str, year: str | None
) -> str:
    number = _index(MONTHS, month) + 1
    found = _day(int(year) if year else at.year, number, int(day))
    if found is None:
        return m[0]
    if not year and tense == "future" and found < at - timedelta(days=30):
        found = _day(at.year + 1, number, int(day))
    elif not year and tense == "past" and found > at:
        found = _day(at.year - 1, number, int(day))
    if found is None:
        return m[0]
    named = written(found)
    return f"on {named}" if m[0].lower().startswith("on ") else named


def _range(m: re.Match[str], at: date, tense: Tense) -> str:
    last = _calendar(m, at, tense, m["rd"], m["rm"], m["ry"])
    return f"{m['from']} to {last.partition(' ')[2]}" if " " in last and last != m[0] else m[0]


def _ending(m: re.Match[str], at: date, _: Tense) -> str:
    step = 1 if m["ew"].lower() == "next" else 0
    lead = m[0][: m[0].lower().index("end")] + "end of "
    if m["eu"].lower() == "year":
        return f"{lead}{at.year + step}"
    found = _months(at.replace(day=1), step)
    return f"{lead}{MONTHS[found.month - 1]} {found.year}"


def _ordinal(m: re.Match[str], at: date, tense: Tense) -> str:
    nth, step = int(m["nth"]), -1 if tense == "past" else 1
    for months in range(0, 3 * step, step):
        first = _months(at.replace(day=1), months)
        found = _day(first.year, first.month, nth)
        if found and (found <= at if tense == "past" else found >= at):
            return "on " + written(found)
    return m[0]


def _ahead(m: re.Match[str], at: date, _: Tense) -> str:
    return _shifted(at, m["an"], m["au"], 1)


def _ago(m: re.Match[str], at: date, _: Tense) -> str:
    return _shifted(at, m["gn"], m["gu"], -1)


def _shifted(at: date, count: str, unit: str, sign: int) -> str:
    n = _NUMBERS[count.lower()] if count.lower() in _NUMBERS else int(count)
    unit = unit.lower().removesuffix("s")
    if unit == "day":
        return "on " + written(at + timedelta(days=sign * n))
    if unit == "week":
        return "around " + short(at + timedelta(days=sign * 7 * n))
    if unit == "month":
        found = _months(at.replace(day=1), sign * n)
        return f"in {MONTHS[found.month - 1]} {found.year}"
    year = at.year + sign * n
    if not 1 <= year <= 9999:
        raise OverflowError
    return f"in {year}"


def _span(m: re.Match[str], at: date, _: Tense) -> str:
    step = {"this": 0, "next": 1, "last": -1}[m["sw"].lower()]
    unit = m["su"].lower()
    monday = at - timedelta(days=at.weekday())
    if unit == "week":
        return "in the week of " + short(monday + timedelta(days=7 * step))
    if unit == "weekend":
        return "on the weekend of " + short(monday + timedelta(days=5 + 7 * step))
    if unit == "month":
        found = _months(at.replace(day=1), step)
        return f"in {MONTHS[found.month - 1]} {found.year}"
    return f"in {at.year + step}"


def _month(m: re.Match[str], at: date, tense: Tense) -> str:
    number, word = _index(MONTHS, m["mn"]) + 1, m["mp"].lower()
    if word in ("last", "since") or (word == "in" and tense == "past"):
        year = at.year - (number > at.month or (number == at.month and word == "last"))
    else:
        year = at.year + (number < at.month or (number == at.month and word == "next"))
    return f"{'since' if word == 'since' else 'in'} {MONTHS[number - 1]} {year}"


_Reader = Callable[[re.Match[str], date, Tense], str]
_READERS: dict[str, _Reader] = {
    "around": _around,
    "near": _near,
    "turn": _turn,
    "range": _range,
    "ending": _ending,
    "full": _full,
    "american": _american,
    "ordinal": _ordinal,
    "bare": _bare,
    "ahead": _ahead,
    "ago": _ago,
    "span": _span,
    "month": _month,
}


def _index(names: tuple[str, ...], name: str) -> int:
    return names.index(name.capitalize())


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:  # 31 June, year 0
        return None


def _months(first: date, step: int) -> date:
    index = first.year * 12 + first.month - 1 + step
    if not 12 <= index < 120000:
        raise OverflowError
    return date(index // 12, index % 12 + 1, 1)
