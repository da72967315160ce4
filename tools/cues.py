"""Cues: the words of a sentence that say how its speaker stands to what they name after them.

    "something like ▢ but not ▢, and I've already seen ▢"
      → example ▢ · refuse ▢ · seen ▢

A cue governs what is named behind it in its sentence, up to the next cue. What is said behind a
name ("▢ bored me") comes first. What other people like governs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from usermind.memory.privacy.sensitive import RELATIVES
from usermind.tools.mentions import ItemMention, Mention, Mentioned

Kind = Literal["like", "dislike", "example", "seen", "refuse", "want", "none"]
"""like, dislike: what they think of it; example: something like it is wanted; seen: they know it;
refuse: it may not come; want: it is asked for; none: a word behind which no earlier cue governs."""

VEIL = "ꙮ"
"""Stands for each character of a name while cues are looked for, so that "No Country for Old Men"
refuses nothing: a letter that no word has. Patterns write it as `▢`."""

SENTENCE = re.compile(r"[^.!?;\n]+(?:[.](?=\d)[^.!?;\n]*)*[.!?;\n]*")
_OTHERS = re.compile(r"(?P<who>[\w'’]+)(?: (?:really|also|always|all|both|just|absolutely))*\s*$")
_NOT_I = RELATIVES | {"he", "she", "they", "you", "people", "everyone", "everybody", "who"}


@dataclass(frozen=True, slots=True)
class Pattern:
    """Words that are a cue, as a regular expression."""

    kind: Kind
    words: str
    mild: bool = False
    """Whether it says so without insisting: "not too", "prefers"."""
    after: str = ""
    """An expression without which earlier in the sentence it is no cue: "to" is one behind
    "prefers"."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue where it stands."""

    kind: Kind
    mild: bool
    start: int
    end: int
    weak: bool = False
    """Whether it counts only because no other one does."""


@dataclass(frozen=True, slots=True)
class Stance:
    """How the speaker stands to something they name."""

    kind: Kind
    mild: bool
    mention: Mention
    cue: Cue
    """For what is said behind the name, a cue of its own."""
    run: int = 0
    """Names of one run are said as one thing: "romantic comedies from the 90s"."""


class Cues:
    """A table of cues, made once.

    Args:
        before: Cues that stand before a name; of two that begin at one place, the first counts.
        behind: Cues that stand right behind a name.
        weak: Cues that stand before a name and count where no other one does.
    """

    def __init__(
        self,
        before: Sequence[Pattern],
        behind: Sequence[Pattern] = (),
        weak: Sequence[Pattern] = (),
    ) -> None:
        self._before = _Table(before)
        self._weak = _Table(weak)
        self._behind = [(each, _expression(each.words)) for each in behind]

    def stands_in(self, text: str) -> bool:
        """Return whether any cue that stands before a name is in a text, whatever it names."""
        return self._before.stands_in(text.replace("’", "'"))

    def stances(self, text: str, mentioned: Mentioned) -> list[Stance]:
        """Return how the speaker of a text stands to what it names, in the order of the text.

        What no cue governs is left out.
        """
        veiled = veil(text, mentioned.all)
        found: list[Stance] = []
        for start, end in _sentences(veiled):
            cues = list(self._before.cues(veiled, start, end))
            weak = list(self._weak.cues(veiled, start, end))
            for mention in mentioned.all:
                if start <= mention.start < end:
                    cue = self._said_behind(veiled, mention, end) or _governing(
                        cues, weak, mention.start
                    )
                    if cue is not None:
                        found.append(Stance(cue.kind, cue.mild, mention, cue, len(found)))
        return _in_runs(veiled, found)

    def refused(self, text: str, mentioned: Mentioned) -> list[tuple[int, int]]:
        """Return the stretches of a text that say what is not wanted, or is known already."""
        veiled = veil(text, mentioned.all)
        found: list[tuple[int, int]] = []
        for start, end in _sentences(veiled):
            cues = list(self._before.cues(veiled, start, end))
            stops = [*(cue.start for cue in cues[1:]), end]
            found += [
                (cue.start, stop)
                for cue, stop in zip(cues, stops, strict=False)
                if cue.kind in ("dislike", "refuse", "seen")
            ]
        return found

    def before(self, text: str, place: int) -> Cue | None:
        """Return the cue that governs a place of a text in which nothing is named."""
        veiled = veil(text, ())
        for start, end in _sentences(veiled):
            if start <= place < end:
                return _governing(list(self._before.cues(veiled, start, end)), [], place)
        return None

    def _said_behind(self, veiled: str, mention: Mention, end: int) -> Cue | None:
        for pattern, words in self._behind:
            if match := words.match(veiled, mention.end, end):
                return Cue(pattern.kind, pattern.mild, match.start(), match.end())
        return None


class _Table:
    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._patterns = tuple(patterns)
        groups = (f"(?P<c{at}>{each.words})" for at, each in enumerate(patterns))
        self._expression = _expression("|".join(groups) or "(?!)")

    def stands_in(self, text: str) -> bool:
        """Return whether any cue is in a text."""
        return self._expression.search(text) is not None

    def cues(self, veiled: str, start: int, end: int) -> Iterator[Cue]:
        """Yield the cues of a sentence, in order."""
        # By itself, so that "^" is the beginning of the sentence.
        sentence = veiled[start:end]
        for match in self._expression.finditer(sentence):
            pattern = self._patterns[int((match.lastgroup or "c0")[1:])]
            before = sentence[: match.start()]
            if pattern.after and not re.search(pattern.after, before, re.IGNORECASE):
                continue
            kind = pattern.kind
            if kind in ("like", "dislike", "seen") and _is_of_others(before):
                kind = "none"
            yield Cue(kind, pattern.mild, start + match.start(), start + match.end())


_RUN = re.compile(
    r"[\s-]*(?:films?|movies?|books?|shows?|series)?\s*(?:from|of|in)?(?: the)?\s*", re.IGNORECASE
)


def _in_runs(veiled: str, stances: Sequence[Stance]) -> list[Stance]:
    """Return stances with one run for those that stand together and are of one kind."""
    found: list[Stance] = []
    for each in stances:
        before = found[-1] if found else None
        if (
            before is not None
            and before.kind == each.kind
            and not isinstance(each.mention, ItemMention)
            and not isinstance(before.mention, ItemMention)
            and (
                before.mention.start == each.mention.start
                or _RUN.fullmatch(veiled, before.mention.end, each.mention.start)
            )
        ):
            found.append(replace(each, run=before.run))
        else:
            found.append(each)
    return found


def _expression(words: str) -> re.Pattern[str]:
    return re.compile(words.replace("▢", VEIL), re.IGNORECASE)


def _governing(cues: Sequence[Cue], weak: Sequence[Cue], place: int) -> Cue | None:
    strong = [cue for cue in cues if cue.end <= place]
    if strong and strong[-1].kind != "none":
        return strong[-1]
    begin = strong[-1].end if strong else 0
    soft = [cue for cue in weak if begin <= cue.start and cue.end <= place]
    return replace(soft[-1], weak=True) if soft else None


def veil(text: str, mentions: Sequence[Mention]) -> str:
    """Return a text with its names hidden, letter by letter, and straight apostrophes."""
    for each in mentions:
        text = f"{text[: each.start]}{VEIL * (each.end - each.start)}{text[each.end :]}"
    return text.replace("’", "'")


def _sentences(veiled: str) -> Iterator[tuple[int, int]]:
    yield from (match.span() for match in SENTENCE.finditer(veiled))


def _is_of_others(before: str) -> bool:
    match = _OTHERS.search(before)
    return match is not None and match["who"].lower() in _NOT_I
