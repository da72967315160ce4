"""Ratings: how much a rating says that somebody likes something.

    weight = (rating − middle) / (highest − middle), where middle = (lowest + highest) / 2

so that the best rating is 1, the worst −1, and one in the middle of its scale says nothing. As
people say them, in English, stars are of five and begin with one; what is out of ten or of a
hundred begins with nought.
"""

import re

_WORDS = {
    "zero": 0, "half a": 0.5, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_COUNT = (
    r"(?<![\w/.,])(?:\d{1,3}(?:[.,]\d)?|zero|half a|one|two|three|four|five|six|seven|eight|nine|"
    r"ten)(?: and a half|½)?"
)
_MOST = r"(?:100|a hundred|10|ten|5|five)"
RATING = (
    rf"(?:{_COUNT} ?(?:/|out of) ?{_MOST}(?![\d/])(?:[ -]stars?\b)?"
    rf"|{_COUNT} of {_MOST} stars\b|{_COUNT}[ -]stars?\b(?: (?:out of|of) {_MOST}(?![\d/]))?"
    rf"|(?:[★⭐]\uFE0F?){{1,5}}☆{{0,4}})"
)
"""A rating, as a regular expression: "9/10", "two stars", "3.5 out of 5", "★★★☆☆"."""
_PARTS = re.compile(
    rf"(?P<count>{_COUNT})[ -]?(?:stars? )?(?:(?:/|out of|of) ?(?P<most>{_MOST}))?", re.IGNORECASE
)


def scaled(rating: float, lowest: float, highest: float) -> float:
    """Return a rating as a weight in [−1, 1]; one beyond its scale as the end of it.

    >>> [scaled(stars, 1, 5) for stars in (1, 2, 3, 4, 5)]
    [-1.0, -0.5, 0.0, 0.5, 1.0]
    """
    middle = (lowest + highest) / 2
    return max(-1.0, min(1.0, (rating - middle) / (highest - middle)))


def rated(text: str) -> float | None:
    """Return the weight, in [−1, 1], of what is written as `RATING` has it; None: it is none.

    >>> rated("9/10"), rated("2 out of 5 stars"), rated("three stars"), rated("12/10")
    (0.8, -0.5, 0.0, None)
    """
    if stars := sum(text.count(star) for star in "★⭐"):
        return scaled(stars, 1, 5)
    found = _PARTS.search(text)
    if found is None:
        return None
    count = _counted(found["count"].lower())
    most = {"five": 5, "ten": 10, "a hundred": 100}.get(said := (found["most"] or "").lower())
    highest = most or (int(said) if said else 5 if count <= 5 else 10)
    if count > highest:
        return None
    return round(scaled(count, 1 if highest == 5 else 0, highest), 2)


def _counted(text: str) -> float:
    number = re.sub(r" and a half|½", "", text)
    half = 0.5 if number != text else 0.0
    return half + (_WORDS[number] if number in _WORDS else float(number.replace(",", ".")))
