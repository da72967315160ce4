"""Findings: where a text holds something that is not for everybody, and the text without it."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Subject = Literal["user", "other", "unknown"]
"""Whom a finding is about; secrets and numbers mostly do not say."""

SECRETS = frozenset(
    {
        "password", "passphrase", "PIN", "access code", "card code", "one-time code", "key",
        "private key", "token",
    }
)  # fmt: skip
"""Kinds of findings that open something."""
NUMBERS = frozenset(
    {"card number", "bank account", "national id", "passport number", "licence number"}
)
"""Kinds of findings by which somebody can pass for another."""
CONTACTS = frozenset({"email", "phone number", "IP address"})
"""Kinds of findings by which somebody is reached."""
SENSITIVE = frozenset(
    {
        "health", "sexuality", "religion", "politics", "ethnicity", "finance", "legal", "children",
        "biometrics",
    }
)  # fmt: skip
"""Kinds of facts that most people tell only where they trust."""
KINDS = SECRETS | NUMBERS | CONTACTS | SENSITIVE
PICTURES = frozenset({"picture"})
"""Reference pictures of concepts, which may show a face or a home. No text holds one."""


def words(text: str) -> frozenset[str]:
    """Return the words of a list that is written as one text."""
    return frozenset(text.split())


MASK = "\x00"
"""Stands for what was found already; no text that is stored holds one, and no pattern takes it."""

_LABEL = "|".join(sorted(KINDS))
PLACEHOLDER = re.compile(rf"\[(?:{_LABEL})(?: detail)? removed\]")
"""What `redacted` writes."""

GAP = 3
"""Blanks in a row that a detector reads, at most: patterns that look across blanks would else try
every way to share a long run among them."""
_FOLDED = re.compile(rf"[^\x00-\x7f]|\s{{{GAP + 1}}}")
# Marks that show nothing, beyond Unicode's own category of format characters.
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\ufe00-\ufe0f\uffa0]")


@dataclass(frozen=True, slots=True)
class Finding:
    """One stretch of a text."""

    kind: str
    """One of `KINDS`, or of a detector that somebody added."""
    start: int
    end: int
    """Characters of the text as it was given; the end is not part of it."""
    subject: Subject = "unknown"


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as detectors read it, and where each of its characters stands in the original."""

    text: str
    places: Sequence[int] | None
    """None: the same places."""
    length: int
    """Of the original."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the stretch of the original that a stretch of the folded text stands for."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1


def folded(text: str) -> Folded:
    """Return a text without invisible characters, wide and foreign digits and dashes as ASCII.

    Of a run of blanks the first `GAP` stay. Someone who puts a zero-width space into a card number
    still writes a card number.
    """
    if _FOLDED.search(text) is None:
        return Folded(text, None, len(text))
    out: list[str] = []
    places: list[int] = []
    blanks = 0
    for place, char in enumerate(text):
        if (plain := char if char < "\x80" else _plain(char)) is not None:
            blanks = blanks + 1 if plain.isspace() else 0
            if blanks <= GAP:
                out.append(plain)
                places.append(place)
    return Folded("".join(out), places, len(text))


@lru_cache(maxsize=4096)
def _plain(char: str) -> str | None:
    category = unicodedata.category(char)
    if category == "Cf" or _INVISIBLE.match(char):
        return None
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category == "Pd" or char == "\u2212":
        return "-"
    if category == "Zs":
        return " "
    # Only what stays one character, so that places can be told; ideographs are left alone.
    narrow = unicodedata.normalize("NFKC", char)
    return narrow if len(narrow) == 1 and narrow < "\x80" else char


def masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return the text with stretches taken out of sight, none overlapping, of the same length."""
    parts, at = [], 0
    for start, end in sorted(spans):
        parts += [text[at:start], MASK * (end - start)]
        at = end
    return "".join([*parts, text[at:]])


def placeholder(kind: str) -> str:
    """Return what stands in place of a finding: `"[password removed]"`."""
    return f"[{kind} detail removed]" if kind in SENSITIVE else f"[{kind} removed]"


def redacted(text: str, findings: Iterable[Finding]) -> str:
    """Return the text with a placeholder for each finding; the rest is untouched.

    Findings that overlap become one, of the kind that begins first.
    """
    parts: list[str] = []
    end = 0
    for finding in sorted(findings, key=lambda item: (item.start, -item.end)):
        if finding.start >= end:
            parts += [text[end : finding.start], placeholder(finding.kind)]
        end = max(end, finding.end)
    return "".join([*parts, text[end:]])


def quote_pattern(words: str) -> str:
    """Return a pattern that finds a quote in any spacing.

    A placeholder in it stands for words that a model was not shown.
    """
    *parts, last = (
        r"\s+".join(map(re.escape, part.split()))
        for part in PLACEHOLDER.split(" ".join(words.split()))
    )
    gap = r"\s*\S{1,200}(?:\s+\S{1,200}){0,6}?\s*"
    end = r"\s*\S{1,200}?(?=[.,;:!?)]*(?:\s|$))"  # the marks behind it are no part of it
    if not parts:
        return last
    return gap.join([*parts, last]) if last else gap.join(parts) + end
