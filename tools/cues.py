"""Cues: the words of a sentence that say how its speaker stands to what they name after them.

    "something like ▢ but not ▢, and I've already seen ▢"
      → example ▢ · refuse ▢ · seen ▢

A cue governs what is named behind it in its sentence, up to the next cue. What is said behind a
name ("▢ bored me") comes first, and is said of all names of a list ("▢ and ▢ bored me"). What other
people like or say, and what stands in a quotation, governs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from usermind.memory.pasted import merged
from usermind.memory.privacy.findings import words as word_set
from usermind.memory.privacy.sensitive import RELATIVES
from usermind.memory.ranking import STOP_WORDS
from usermind.tools.cue_worth import VEIL, VIEWS, WISHED, Cue, Kind, denied, framed
from usermind.tools.mentions import ItemMention, Mention, Mentioned
from usermind.tools.ratings import RATING, rated
from usermind.tools.scope import left_open

SENTENCE = re.compile(r"[^.!?;\n]+(?:[.](?=\d)[^.!?;\n]*)*[.!?;\n]*")
"""A sentence of a text; the point of a number ends none."""
_OTHERS = re.compile(
    r"(?P<who>[\w'’]+)(?: (?:really|also|always|all|both|just|absolutely|is|are|was|were|has|have|"
    r"had|gets?|got|never|so))*\s*$"
)
_NOT_I = RELATIVES | word_set(
    """he she they you people everyone everybody someone somebody nobody anyone who critics
    reviewers friend friends boss colleague colleagues fans viewers audiences"""
)
_OPENERS = word_set("i i'm i've i'd we and but also just still so then yes yeah ok again truly")
"""Words with a capital before a verb that are no name: "Also loved ▢"."""
_OWN_VIEW = re.compile(
    r"\b(?:i|we)(?:'ve|'d| have| had| must| do)? (?:\w+ly |still |just |always |also )?"
    r"(?:think|thought|find|found|feel|felt|believe|reckon|guess|say|said|admit|consider)\b",
    re.IGNORECASE,
)
_HEARSAY = re.compile(
    r"\b(?:says?|said|saying|thinks?|thought|believes?|believed|claims?|claimed|reckons?|tells?|"
    r"told|calls?|called|considers?|finds?|found|heard|hear|read|argues?|insists?|wrote|writes|"
    r"according to|reviews?|critics?|reviewers?|what's|what is|which is|apparently|supposedly|"
    r"reportedly|allegedly|"
    r"don't think|do not think|didn't think|if|whether|unless|how|wish)\b|\w:\W*$",
    re.IGNORECASE,
)
_QUOTER = re.compile(
    r"[,”\"!.]+ ?(?:(?:said|says|wrote|writes) \w|(?!i )\w+ (?:said|says|wrote|writes|thinks)\b)|"
    r"\baccording to\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"\bbut\b|;|,? \band\b(?= (?:i|we)\b)|, (?:so|and|yet)\b", re.IGNORECASE)
_RATER = word_set(
    """i i'd i'll i've i'm we would will have to had only just finally also probably really give
    gave giving rate rated score scored grade saw seen watched rewatched think say thought found
    film movie book the a an with it it's that's and but so then well ok okay for me personally
    honestly overall imo again my rating ratings score scores verdict is of easily yesterday
    tonight today solid strong weak at gets get film's"""
)
"""Words before a rating that is the speaker's own: "I'd give the film ▢ 4 stars"."""


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
    bare: bool = False
    """Whether it names nobody whose view it is, so that it is the speaker's only where no one else
    stands before it: "critics find ▢ great"."""
    rates: bool = False
    """Whether it holds a rating, which says what kind of cue it is."""


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
        spoken: Whether a name before a verb is that of somebody else: who speaks is "I", and whom a
            claim is about goes by name.
    """

    def __init__(
        self,
        before: Sequence[Pattern],
        behind: Sequence[Pattern] = (),
        weak: Sequence[Pattern] = (),
        *,
        spoken: bool = True,
    ) -> None:
        self._spoken = spoken
        self._before = _Table(before, spoken=spoken)
        self._weak = _Table(weak, spoken=spoken)
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
                if not start <= mention.start < end:
                    continue
                cue = self._said_behind(veiled, mention, start, end, cues)
                cue = cue or _governing(cues, weak, mention.start)
                if cue is not None and cue.kind in VIEWS:
                    cue = framed(veiled, mention, start, end, cue, spoken=self._spoken)
                if cue is not None and cue.kind in WISHED and self._spoken:
                    cue = denied(veiled, mention, start, cue, cues)
                if cue is None or cue.kind == "none":
                    continue
                if cue.kind in VIEWS and (
                    _is_quoted(veiled, mention, start) or _is_asked(veiled, start, cue, end)
                ):
                    continue
                if isinstance(mention, ItemMention) and _is_left_out(veiled, cue, cues):
                    cue = replace(cue, kind="dislike", mild=True)
                found.append(Stance(cue.kind, cue.mild, mention, cue, len(found)))
        return _in_runs(veiled, found)

    def refused(self, text: str, mentioned: Mentioned) -> list[tuple[int, int]]:
        """Return the stretches of a text that say what is not wanted, or how something was."""
        veiled = veil(text, mentioned.all)
        found: list[tuple[int, int]] = []
        for start, end in _sentences(veiled):
            cues = list(self._before.cues(veiled, start, end))
            for mention in mentioned.all:
                if start <= mention.start < end and (
                    cue := self._said_behind(veiled, mention, start, end, cues)
                ):
                    found += [(mention.start, cue.end)] if cue.kind in VIEWS else []
                if start <= mention.start < end:
                    view = _governing(cues, [], mention.start)
                    if view is not None and view.kind in VIEWS:
                        told = framed(veiled, mention, start, end, view, spoken=self._spoken)
                        found += [] if told else [(start, mention.end)]
            stops = [*(cue.start for cue in cues[1:]), end]
            found += [
                (cue.start, stop)
                for cue, stop in zip(cues, stops, strict=False)
                if cue.kind in ("dislike", "refuse", "seen")
            ]
        return merged(found)

    def unclear(self, text: str, mentioned: Mentioned) -> list[tuple[int, int]]:
        """Return the stretches of a text of which it is unclear whether they ask or refuse."""
        veiled = veil(text, mentioned.all)
        found: list[tuple[int, int]] = []
        for start, end in _sentences(veiled):
            cues = list(self._before.cues(veiled, start, end))
            weak = list(self._weak.cues(veiled, start, end))
            for mention in mentioned.all:
                if start <= mention.start < end:
                    if self._said_behind(veiled, mention, start, end, cues):
                        continue
                    if words := left_open(veiled[start : mention.start]):
                        found.append((start + words.start(), mention.end))
                        continue
                    cue = _governing(cues, weak, mention.start)
                    wished = cue and cue.kind in WISHED and not isinstance(mention, ItemMention)
                    if cue and wished and denied(veiled, mention, start, cue, cues) is None:
                        found.append((cue.start, mention.end))
        return merged(found)

    def before(self, text: str, place: int) -> Cue | None:
        """Return the cue that governs a place of a text in which nothing is named."""
        veiled = veil(text, ())
        for start, end in _sentences(veiled):
            if start <= place < end:
                return _governing(list(self._before.cues(veiled, start, end)), [], place)
        return None

    def _said_behind(
        self, veiled: str, mention: Mention, start: int, end: int, cues: Sequence[Cue]
    ) -> Cue | None:
        """Return the cue behind a name, or behind the last of a list that begins with it."""
        governed = any(cue.end <= mention.start for cue in cues)
        before, place = veiled[start : mention.start], mention.end
        for _ in range(MOST_LISTED):
            for pattern, words in self._behind:
                match = words.match(veiled, place, end)
                if match and re.search(pattern.after, before, re.IGNORECASE):
                    return _cue(pattern, match, match.start(), before, veiled[place:end])
            listed = None if governed else _LISTED.match(veiled, place, end)
            if listed is None:
                return None
            place = listed.end()
        return None


class _Table:
    def __init__(self, patterns: Sequence[Pattern], *, spoken: bool) -> None:
        self._patterns, self._spoken = tuple(patterns), spoken
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
            cue = _cue(pattern, match, start + match.start(), before, sentence[match.end() :])
            if cue.kind in VIEWS and _is_of_others(before, match[0], spoken=self._spoken):
                cue = replace(cue, kind="none")
            yield cue


MOST_LISTED = 8
"""Names of a list of which what is said behind the last is said too."""
_LISTED = re.compile(
    rf"['\")”]*(?: \(\d{{4}}\))?['\")”]*(?:\s*(?:,|/|,?\s*\b(?:and|or|&))\s*(?:the |an? )?|[\s-]+)"
    rf"[\"“']?{VEIL}+"
)


def _cue(pattern: Pattern, match: re.Match[str], start: int, before: str, behind: str) -> Cue:
    """Return a cue where it was found; none where it is somebody else's, or a rating of no scale.

    Args:
        pattern: What was found.
        match: Where.
        start: The place in the whole text.
        before: The sentence before it, or before the name that it stands behind.
        behind: The sentence behind it, or behind that name.
    """
    kind, mild, weight = pattern.kind, pattern.mild, None
    if pattern.rates:
        said = _RATED.search(match[0])
        weight = rated(said[0]) if said else None
        kind = (
            "none" if weight is None else "like" if weight > 0 else "dislike" if weight else "seen"
        )
        mild = weight is not None and abs(weight) < CLEAR
    if (pattern.rates and not _is_own_rating(before)) or (
        pattern.bare and (_is_told(before) or _QUOTER.search(behind))
    ):
        kind = "none"
    return Cue(kind, mild, start, start + match.end() - match.start(), weight=weight)


CLEAR = 0.75
"""Weight from which a rating insists."""
_RATED = re.compile(RATING, re.IGNORECASE)


_YEAR = re.compile(r"\(\d{4}\)")


def _is_own_rating(before: str) -> bool:
    """Say whether only words of the speaker's stand before a rating, or before what it rates."""
    rest = _YEAR.sub(" ", _RATED.sub(" ", before).replace(VEIL, " "))
    return all(word in _RATER for word in re.findall(r"[\w']+", rest.lower()))


def _is_told(before: str) -> bool:
    """Say whether a clause begins so that what follows is the view of others, or of nobody."""
    clause = _CLAUSE.split(before)[-1]
    return bool(_HEARSAY.search(_OWN_VIEW.sub("", clause)))


def _is_quoted(veiled: str, mention: Mention, start: int) -> bool:
    """Say whether a name stands in a quotation of more than itself."""
    before = veiled[: mention.start]
    depth = before.count("“") - before.count("”")
    opened = before.count('"', start) % 2 == 1
    own = _OPENS_A_NAME.search(before)
    if own and _CLOSES_A_NAME.match(veiled, mention.end):
        # Marks around a name alone are no quotation, but may stand in one.
        depth, opened = (depth - 1, opened) if own["mark"] == "“" else (depth, False)
    return depth > 0 or opened


_OPENS_A_NAME = re.compile(r"(?P<mark>[\"“])(?:the |an? )?$", re.IGNORECASE)
_CLOSES_A_NAME = re.compile(r"[!?.…]*\s*(?:\(\d{4}\))?[\"”]")


def _is_asked(veiled: str, start: int, cue: Cue, end: int) -> bool:
    """Say whether a question asks whether it is so: "Would I like ▢?"."""
    begins = _ASKING.match(veiled, start, cue.end) and veiled.find(",", start, cue.start) < 0
    return bool(begins) and veiled[start:end].rstrip().endswith("?")


_ASKING = re.compile(
    r"\W*(?:do|did|does|would|should|could|can|will|have|had|am|was|were) "
    r"(?:i|we|you|he|she|they)\b",
    re.IGNORECASE,
)


def _is_left_out(veiled: str, cue: Cue, cues: Sequence[Cue]) -> bool:
    """Say whether it is refused as what is not liked: "I love ▢ but not ▢", "▢ yes, ▢ no"."""
    if cue.kind != "refuse":
        return False
    said = veiled[cue.start : cue.end]
    if re.fullmatch(r"\W*(?:but |and )?(?:no|nope|nah|no to)", said, re.IGNORECASE):
        return cue not in cues or said.lower().endswith("to")
    earlier = [each for each in cues if each.end <= cue.start]
    liked = bool(earlier) and earlier[-1].kind == "like"
    return liked and bool(re.fullmatch(r"\W*(?:but|and|just)?,? ?not\b.*", said, re.IGNORECASE))


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
    """Yield the sentences of a text; one that never ends is read in parts, between its clauses.

    What stands before a name is read for each of the names in its sentence.
    """
    for match in SENTENCE.finditer(veiled):
        start, end = match.span()
        while end - start > FAR:
            places = (veiled.rfind(by, start + FAR // 2, start + FAR) for by in (",", " and ", " "))
            cut = next((place for place in places if place >= 0), start + FAR - 1) + 1
            yield start, cut
            start = cut
        yield start, end


FAR = 2_000
"""Characters of a sentence that are read as one."""


def _is_of_others(before: str, words: str, *, spoken: bool) -> bool:
    """Say whether somebody else stands before the words of a cue: "my sister", "Bob"."""
    match = _OTHERS.search(before[-LONGEST:])
    if match is None:
        return False
    who = match["who"].lower().removesuffix("'s").removesuffix("'re")
    if who in _NOT_I or not spoken:
        return who in _NOT_I
    opens = who in _OPENERS or who in STOP_WORDS or who.endswith("ly")
    named = match["who"][0].isupper() and not opens
    return named and not _OF_MINE.match(words)


LONGEST = 80
"""Characters before a verb in which its subject is looked for."""
_OF_MINE = re.compile(r"(?:i|we|i'm|my|our)\b", re.IGNORECASE)
