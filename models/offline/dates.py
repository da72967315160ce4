"""Relative dates in English text, made absolute."""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from usermind.models.offline.grammar import is_past
from usermind.types import MONTHS, WEEKDAYS

Tense = Literal["past", "future"]

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
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
"""First month of each season, north of the equator; a winter is named by the year it begins in."""


_DAY = "(?:" + "|".join(WEEKDAYS) + ")"
_MONTH = "(?:" + "|".join(MONTHS) + ")"
_SEASON = "(?:" + "|".join(SEASONS) + ")"
_COUNT = r"(?:\d{1,3}|a couple of|a few|an?|" + "|".join(w for w in _NUMBERS if len(w) > 2) + ")"
_UNIT = "(?:day|week|fortnight|month|year)s?"
_MARK = re.compile(
    "|".join(
        (
            r"(?P<around>\b(?:the )?day (?:after tomorrow|before yesterday)\b)",
            rf"(?P<near>\b(?:today|tonight|tomorrow(?: {_DAY})?|yesterday|last night|"
            r"this (?:morning|afternoon|evening))\b)",
            rf"(?P<week>\b(?:on )?(?P<wd>{_DAY}) (?:of )?(?P<ww>next|last|this) week\b)",
            rf"(?P<later>\b(?:on )?(?:(?P<la>{_DAY}) (?P<lu>week|fortnight)|"
            rf"a (?P<lv>week|fortnight) on (?P<lb>{_DAY})|next week,? (?:on )?(?P<lc>{_DAY}))\b)",
            r"(?P<turn>\b(?:on )?(?P<which>this coming|the coming|coming|this|next|last|"
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
            r"(?P<after>\b(?:the )?(?P<nu>week|month|year) after next\b)",
            r"(?P<span>\b(?P<sw>this|next|last) (?P<su>weekend|week|month|year)\b)",
            rf"(?P<season>\b(?:in )?(?P<sq>this|next|last|this past|this coming) "
            rf"(?P<sn>{_SEASON})\b)",
            rf"(?P<month>\b(?P<mp>in|since|last|next|this) (?P<mn>{_MONTH})\b(?! \d))",
        )
    ),
    re.IGNORECASE,
)


class _When(NamedTuple):
    """What a reader makes of an expression."""

    text: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A relative time expression of a text, and the days it stands for."""

    start: int
    """Offset of its first character."""
    end: int
    """Offset after its last character."""
    words: str
    """The expression as written: `"next Friday"`."""
    absolute: str
    """The same said absolutely: `"on Friday 18 September 2026"`."""
    first: date
    last: date
    """Both the same for one day; of a week, month, season or year its first and last day."""


def written(day: date) -> str:
    """Return `Friday 18 September 2026`."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def short(day: date) -> str:
    """Return `18 September 2026`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def absolute(text: str, at: datetime, *, tense: Tense) -> str:
    """Return the text with its relative dates resolved against `at`, in the zone of `at`.

    `tense` decides what is left open: which way "on Friday" or "in May" points. "next Friday"
    is the Friday of the next Monday-to-Sunday week, "this Friday" the coming one.

    >>> absolute("the dentist next Friday", datetime(2026, 9, 13), tense="future")
    'the dentist on Friday 18 September 2026'
    """

    def said(m: re.Match[str]) -> str:
        when = _read(m, at.date(), tense)
        return when.text if when else m[0]

    return _MARK.sub(said, _in_its_year(text, at))


_WHICH_YEAR = re.compile(r",? ?\b(?P<which>last|next) year\b(?!['’])", re.IGNORECASE)


def _in_its_year(text: str, at: datetime) -> str:
    """Return "last year … on 3 December" as "… on 3 December 2025"."""
    found = _WHICH_YEAR.search(text)
    if found is None or _PREPOSED.search(f"{text[: found.start()]} "):
        return text
    year = at.year + (1 if found["which"].lower() == "next" else -1)
    ends = [
        m.end()
        for m in _MARK.finditer(text)
        if (m["full"] or m["american"]) and not (m["fy"] or m["ay"])
    ]
    if not ends:
        return text
    cuts = [*((end, end, f" {year}") for end in ends), (*found.span(), "")]
    for start, end, put in sorted(cuts, reverse=True):
        text = text[:start] + put + text[end:]
    return text.strip(" ,")


SHORT_MONTHS = {name[:3].lower(): name for name in MONTHS} | {"sept": "September"}
"""The names of the months by their short ones."""
_SHORT = "(?:" + "|".join(sorted(SHORT_MONTHS, key=len, reverse=True)) + ")"
_DAY_WORD = re.compile(
    rf"(?:{_DAY}|mon|tues?|wed|thu(?:rs?)?|fri|sat|sun|{_MONTH}|{_SHORT}|"
    r"today|noon|midnight|all|day|to|from|until|and|at|on|the|of|am|pm|a\.m|p\.m|h|"
    r"o['’]clock|\d{1,4}(?:st|nd|rd|th|am|pm|h)?|utc|gmt|cet|cest)",
    re.IGNORECASE,
)


def names_day_alone(text: str) -> bool:
    """Tell whether a text is a day or a time, and nothing beside it.

    >>> names_day_alone("Tuesday 5 January 2027, 09:00–09:15"), names_day_alone("Sat alone")
    (True, False)
    """
    words = re.findall(r"[\w'’]+(?:\.m\b)?", text)
    return any(char.isdigit() for char in text) and all(map(_DAY_WORD.fullmatch, words))


def resolved(text: str, at: datetime) -> list[TimeSpan]:
    """Return the relative time expressions of a text with the days they stand for, in order.

    Days are counted in the zone of `at`, so no daylight-saving change moves them. Which way "on
    Friday" or "in May" points is told by the verbs of its sentence. What names its year already
    is left out.

    Args:
        text: Any English text.
        at: When it was written, in the zone where it was.
    """
    found = []
    for m in _MARK.finditer(text):
        if re.search(r"\b\d{4}$", m[0]):
            continue
        when = _read(m, at.date(), _told_in(text, m))
        if when is not None:
            found.append(TimeSpan(m.start(), m.end(), m[0], *when))
    return found


_STOPS = re.compile(r"[.!?;\n]")
_AHEAD = re.compile(r"\b(?:will|going to|gonna|about to|shall|plans? to|wants? to)\b|['’]ll\b")


def _told_in(text: str, m: re.Match[str]) -> Tense:
    """Return the tense of the sentence around an expression."""
    begin = max((s.end() for s in _STOPS.finditer(text, 0, m.start())), default=0)
    stop = _STOPS.search(text, m.end())
    around = f"{text[begin : m.start()]} {text[m.end() : stop.start() if stop else len(text)]}"
    if _AHEAD.search(around):
        return "future"
    return "past" if any(is_past(w) for w in re.findall(r"[A-Za-z]+", around)) else "future"


def first_day(text: str, at: datetime, *, tense: Tense = "future") -> date | None:
    """Return the first exact day that a text names, `2026-12-03` too, or None."""
    resolved = absolute(text, at, tense=tense)
    found = _EXACT.search(resolved)
    if found is None:
        return None
    if found["year"]:
        return _day(int(found["year"]), int(found["month"]), int(found["day"]))
    return _day(int(found[3]), _index(MONTHS, found[2]) + 1, int(found[1]))


_EXACT = re.compile(
    rf"\b(\d{{1,2}}) ({_MONTH}) (\d{{4}})\b|"
    r"(?<![\w-])(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?![\w-])"
)


def _read(m: re.Match[str], at: date, tense: Tense) -> _When | None:
    group = next(name for name in _READERS if m.group(name) is not None)
    before = m.string[: m.start()]
    if group == "ahead" and _PACE.search(before):
        return None
    try:
        when = _READERS[group](m, at, tense)
    except OverflowError:  # "in 999 years" near the end of the calendar
        return None
    if when and _PREPOSED.search(before):
        return when._replace(text=re.sub(r"^(?:in|on) ", "", when.text))
    return when


_PREPOSED = re.compile(
    r"\b(?:since|by|until|till|from|before|after|during|for|of|than) $", re.IGNORECASE
)
""" "by next Friday" is "by Friday 18 September", without the "on"."""
_PACE = re.compile(rf"\b(?:\d+|{'|'.join(_DIGITS)}|half|all) (?:[\w-]+ )?[\w-]+ $", re.IGNORECASE)
""" "nine towns in eleven days" is a pace, no date."""


def _on(day: date, part: str = "") -> _When:
    return _When(f"on {written(day)}{part}", day, day)


def _in_month(first: date, lead: str = "in") -> _When:
    last = first.replace(day=monthrange(first.year, first.month)[1])
    return _When(f"{lead} {MONTHS[first.month - 1]} {first.year}", first, last)


def _in_year(year: int, lead: str = "in") -> _When:
    if not 1 <= year <= 9999:
        raise OverflowError
    return _When(f"{lead} {year}", date(year, 1, 1), date(year, 12, 31))


def _around(m: re.Match[str], at: date, _: Tense) -> _When:
    return _on(at + timedelta(days=2 if "after" in m[0].lower() else -2))


def _near(m: re.Match[str], at: date, _: Tense) -> _When:
    word = m[0].lower()
    shift = 1 if word.startswith("tomorrow") else -1 if word in ("yesterday", "last night") else 0
    part = {"tonight": " in the evening", "last night": " in the evening"}.get(word, "")
    if word.startswith("this "):
        part = f" in the {word[5:]}"
    return _on(at + timedelta(days=shift), part)


def _monday(at: date) -> date:
    return at - timedelta(days=at.weekday())


def _week(m: re.Match[str], at: date, _: Tense) -> _When:
    step = {"this": 0, "next": 1, "last": -1}[m["ww"].lower()]
    return _on(_monday(at) + timedelta(days=7 * step + _index(WEEKDAYS, m["wd"])))


def _later(m: re.Match[str], at: date, _: Tense) -> _When | None:
    if m["lc"]:
        return _on(_monday(at) + timedelta(days=7 + _index(WEEKDAYS, m["lc"])))
    if m["lb"] and _OFTEN.search(m.string[: m.start()]):
        return None
    coming = at + timedelta(days=(_index(WEEKDAYS, m["la"] or m["lb"]) - at.weekday()) % 7 or 7)
    return _on(coming + timedelta(days=7 if (m["lu"] or m["lv"]).lower() == "week" else 14))


_OFTEN = re.compile(
    r"\b(?:once|twice|time|day|evening|hour|for|per|lasts?|lasted|(?!is\b|was\b|this\b)\w+s) $",
    re.IGNORECASE,
)
""" "Twice a week on Tuesday" and "for a week on Tuesday" name no day of another week."""


def _turn(m: re.Match[str], at: date, _: Tense) -> _When:
    which, day = m["which"].lower(), _index(WEEKDAYS, m["turned"])
    if which == "next":
        found = _monday(at) + timedelta(days=7 + day)
    elif which in ("last", "past"):
        found = at - timedelta(days=(at.weekday() - day) % 7 or 7)
    else:
        ahead = (day - at.weekday()) % 7
        found = at + timedelta(days=ahead if which == "this" else ahead or 7)
    return _on(found)


def _bare(m: re.Match[str], at: date, tense: Tense) -> _When:
    day = _index(WEEKDAYS, m["named"])
    if tense == "past":
        return _on(at - timedelta(days=(at.weekday() - day) % 7 or 7))
    return _on(at + timedelta(days=(day - at.weekday()) % 7 or 7))


def _full(m: re.Match[str], at: date, tense: Tense) -> _When | None:
    return _calendar(m, at, tense, m["fd"], m["fm"], m["fy"])


def _american(m: re.Match[str], at: date, tense: Tense) -> _When | None:
    return _calendar(m, at, tense, m["ad"], m["am"], m["ay"])


def _calendar(
    m: re.Match[str], at: date, tense: Tense, day: str, month: str, year: str | None
) -> _When | None:
    number = _index(MONTHS, month) + 1
    found = _day(int(year) if year else at.year, number, int(day))
    if found is None:
        return None
    if not year and tense == "future" and found < at - timedelta(days=30):
        found = _day(at.year + 1, number, int(day))
    elif not year and tense == "past" and found > at:
        found = _day(at.year - 1, number, int(day))
    if found is None:
        return None
    on = "on " if m[0].lower().startswith("on ") else ""
    return _When(f"{on}{written(found)}", found, found)


def _range(m: re.Match[str], at: date, tense: Tense) -> _When | None:
    last = _calendar(m, at, tense, m["rd"], m["rm"], m["ry"])
    first = last and _day(last.last.year, last.last.month, int(m["from"]))
    if last is None or first is None or first > last.last:
        return None
    return _When(f"{m['from']} to {short(last.last)}", first, last.last)


def _ending(m: re.Match[str], at: date, _: Tense) -> _When:
    step = 1 if m["ew"].lower() == "next" else 0
    lead = m[0][: m[0].lower().index("end")] + "end of"
    if m["eu"].lower() == "year":
        year = _in_year(at.year + step, lead)
        return year._replace(first=year.last.replace(day=1))
    month = _in_month(_months(at.replace(day=1), step), lead)
    return month._replace(first=month.last - timedelta(days=7))


def _ordinal(m: re.Match[str], at: date, tense: Tense) -> _When | None:
    nth, step = int(m["nth"]), -1 if tense == "past" else 1
    for months in range(0, 3 * step, step):
        first = _months(at.replace(day=1), months)
        found = _day(first.year, first.month, nth)
        if found and (found <= at if tense == "past" else found >= at):
            return _on(found)
    return None


def _ahead(m: re.Match[str], at: date, _: Tense) -> _When:
    return _shifted(at, m["an"], m["au"], 1)


def _ago(m: re.Match[str], at: date, _: Tense) -> _When:
    return _shifted(at, m["gn"], m["gu"], -1)


def _shifted(at: date, count: str, unit: str, sign: int) -> _When:
    n = _NUMBERS[count.lower()] if count.lower() in _NUMBERS else int(count)
    unit = unit.lower().removesuffix("s")
    if unit == "fortnight":
        n, unit = 2 * n, "week"
    if unit == "day":
        return _on(at + timedelta(days=sign * n))
    if unit == "week":
        day = at + timedelta(days=sign * 7 * n)
        return _When(f"around {short(day)}", day, day)
    if unit == "month":
        return _in_month(_months(at.replace(day=1), sign * n))
    return _in_year(at.year + sign * n)


def _after(m: re.Match[str], at: date, _: Tense) -> _When:
    return _stretch(m["nu"].lower(), at, 2)


def _span(m: re.Match[str], at: date, _: Tense) -> _When:
    return _stretch(m["su"].lower(), at, {"this": 0, "next": 1, "last": -1}[m["sw"].lower()])


def _stretch(unit: str, at: date, step: int) -> _When:
    """Return the week, weekend, month or year so many after the present one."""
    if unit == "week":
        first = _monday(at) + timedelta(days=7 * step)
        return _When(f"in the week of {short(first)}", first, first + timedelta(days=6))
    if unit == "weekend":
        first = _monday(at) + timedelta(days=5 + 7 * step)
        return _When(f"on the weekend of {short(first)}", first, first + timedelta(days=1))
    if unit == "month":
        return _in_month(_months(at.replace(day=1), step))
    return _in_year(at.year + step)


def _season(m: re.Match[str], at: date, tense: Tense) -> _When:
    """Read "last summer": the latest that is over; "next summer": the next to begin."""
    word, name = m["sq"].lower(), m["sn"].lower()
    month = SEASONS[name]
    seasons = [
        (first, _months(first, 3) - timedelta(days=1))
        for first in (_months(date(at.year, month, 1), 12 * years) for years in (-2, -1, 0, 1))
    ]
    if word == "last":
        first, last = [s for s in seasons if s[1] < at][-1]
    elif word == "this past" or (word == "this" and tense == "past"):
        first, last = [s for s in seasons if s[0] <= at][-1]
    elif word == "this":
        first, last = next(s for s in seasons if s[1] >= at)
    else:
        first, last = next(s for s in seasons if s[0] > at)
    year = f"{first.year}/{last.year}" if last.year > first.year else str(first.year)
    return _When(f"in {name} {year}", first, last)


def _month(m: re.Match[str], at: date, tense: Tense) -> _When:
    number, word = _index(MONTHS, m["mn"]) + 1, m["mp"].lower()
    if word in ("last", "since") or (word == "in" and tense == "past"):
        year = at.year - (number > at.month or (number == at.month and word == "last"))
    else:
        year = at.year + (number < at.month or (number == at.month and word == "next"))
    if not 1 <= year <= 9999:
        raise OverflowError
    return _in_month(date(year, number, 1), "since" if word == "since" else "in")


_Reader = Callable[[re.Match[str], date, Tense], _When | None]
_READERS: dict[str, _Reader] = {
    "around": _around,
    "near": _near,
    "week": _week,
    "later": _later,
    "turn": _turn,
    "range": _range,
    "ending": _ending,
    "full": _full,
    "american": _american,
    "ordinal": _ordinal,
    "bare": _bare,
    "ahead": _ahead,
    "ago": _ago,
    "after": _after,
    "span": _span,
    "season": _season,
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
