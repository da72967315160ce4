"""The summary of a user for a task, by rules: what is believed, best supported first, with cites.

Nothing is inferred: a claim is a proposition as it stands, and none is taken up that reads as
demographics or personality, unless the user pinned it. In one published set of 3,328 profiles such
fields were nearly the same for everybody, and without them prediction was as good.

Source: GenUP, arXiv 2410.20643, for the kinds of claims; its traits and attributes are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from usermind.memory.relevance import Passage
from usermind.types import ObservationId, PropositionId

if TYPE_CHECKING:
    from datetime import datetime

    from usermind.memory.propositions import Proposition
    from usermind.memory.user import UserMemory

ClaimKind = Literal["preference", "routine", "style", "fact"]

RULES = "rules 3"
"""Version of this summary, a part of the cache key; raise it with any change of the rules."""
SURE = 0.5
"""Confidence above which a proposition is part of the history; third parties alone stay below."""
RELEVANT = 0.001
"""Score from which on a proposition belongs to the task. A task is no question and scores far below
one: with the lexical embedder claims that share a word with "email writing" had 0.002 to 0.005,
others less than 0.0005."""
MOST = 12
"""Claims of a profile, at most."""
MOST_WORDS = 120
"""Words of a profile's text, at most."""

_ORDER: tuple[ClaimKind, ...] = ("preference", "routine", "style", "fact")
_PREFERENCE = re.compile(
    r"\b(?:likes?|loves?|enjoys?|prefers?|hates?|dislikes?|avoids?|adores?|favou?rites?|"
    r"can(?:no|['’])t stand|(?:does not|doesn['’]t|do not|don['’]t) (?:like|eat|drink)|"
    r"(?<!not )allergic to|vegetarian|vegan|pescatarian)\b",
    re.IGNORECASE,
)
_ROUTINE = re.compile(
    r"\b(?:every|usually|always|often|daily|weekly|monthly|each (?:day|week|month|morning|evening)|"
    r"on (?:mon|tues|wednes|thurs|fri|satur|sun)days|(?:morning|afternoon|evening|night|"
    r"weekend|weekday)s|twice a|once a|times a)\b",
    re.IGNORECASE,
)
_STYLE = re.compile(
    r"\b(?:writes?|signs?|greets?|answers?|replies|reply) (?:with|in|like|by|off|people|her|his|"
    r"their|short|long|brief)", re.IGNORECASE,
)  # fmt: skip
_BARRED = re.compile(
    # age
    r"\b(?:\d{1,3}[- ]years?[- ]old|aged? \d|age is|years? of age|(?:is|turn(?:s|ed)) \d{1,3}\b"
    r"(?! \w)|in (?:her|his|their) (?:early |mid |late )?(?:teens|\w+ties)|elderly|middle-aged|"
    r"teenager|adolescent|millennial)"
    # gender and sexuality
    r"|\b(?:is|identifies as) (?:an? )?(?:man|woman|male|female|boy|girl|non-?binary|trans\w*)\b"
    r"|\b(?:gender|gay|lesbian|bisexual|heterosexual|homosexual|queer|asexual|sexuality|"
    r"sexual orientation)\b"
    # ethnicity and religion
    r"|\b(?:ethnic\w*|race is|caucasian|hispanic|latin[oax]|african[- ]american|is (?:black|white|"
    r"asian|arab))\b"
    r"|\b(?:christian|catholic|protestant|muslim|islamic|jewish|jew|hindu|buddhist|sikh|atheist|"
    r"agnostic|religious|religion)\b"
    # class and personality
    r"|\b(?:middle|working|upper|lower)[- ]class\b"
    r"|\b(?:personality|(?:intro|extra|extro|ambi)vert(?:ed)?|neurotic\w*|agreeable|"
    r"conscientious\w*|antagonistic|emotionally (?:un)?stable|shy|outgoing|narcissis\w*|lazy|"
    r"open to experience|open-minded|anxious person|perfectionist)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ProfileClaim:
    """One thing that a profile says."""

    text: str
    kind: ClaimKind
    cites: tuple[ObservationId, ...]
    """Observations that it rests on; never empty."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a summariser made of a history."""

    claims: tuple[ProfileClaim, ...]
    """Best first."""
    made_by: str
    """`"rules"`, or the name of a reasoner."""
    seen: tuple[ObservationId, ...]
    """All observations whose words it may repeat, those that are cited included."""
    rests_on: tuple[PropositionId, ...]
    """Propositions that it was made from."""


@dataclass(frozen=True, slots=True)
class Backed:
    """A proposition of the history, and the observations that speak for it."""

    claim: Proposition
    cites: tuple[ObservationId, ...]


_ANOTHER = re.compile(r"\S+['’]s ")
"""How a claim about somebody or something of the user's begins: "Ana's dad was a driver"."""
_QUOTED = re.compile(r"\bsaid: [“\"]")
"""What repeats words of the user's because nothing could be made of them: it sums nothing up."""


def barred(text: str) -> bool:
    """Return whether a text reads as a statement of demographics or personality."""
    return _BARRED.search(text) is not None


def kind_of(text: str) -> ClaimKind:
    """Return what kind of claim a text is, by its words."""
    if _STYLE.search(text):
        return "style"
    if _PREFERENCE.search(text):
        return "preference"
    return "routine" if _ROUTINE.search(text) else "fact"


def chosen(
    memory: UserMemory, task: str, *, most: int = MOST, as_of: datetime | None = None
) -> list[Backed]:
    """Return what a profile for a task may be made from: what fits the task best, then the rest.

    Active propositions above `SURE`, with evidence, that are not barred. Of the rest, the user's
    own likings, habits and manner come first, then facts of which one holds at a time (home, job,
    …), then all others, each best supported first. What was not known at the time plays no part,
    not even in the order: claims are compared with the task in the words that they had, and with
    each other alone.

    Args:
        memory: Whose.
        task: In words, such as `"email-writing"`.
        most: How many at most.
        as_of: What was known then, as `propositions.list(as_of=)` has it; None for now.

    Raises:
        UnknownUserError: Nothing is stored for this user.
        InvalidInputError: `as_of` is no time of the past.
    """
    known = [
        claim
        for claim in memory.propositions.list(as_of=as_of)
        if claim.confidence > SURE
        and (claim.pinned or not (barred(claim.text) or _QUOTED.search(claim.text)))
    ]
    fit = _fit(memory, task, known)
    found: list[Backed] = []
    for claim in sorted(known, key=lambda claim: (-fit.get(claim.id, 0.0), _rank(claim))):  # stable
        if len(found) == most:
            break
        if cites := memory.propositions.supporters(claim.id, as_of=as_of):
            found.append(Backed(claim, cites))
    return found


def _rank(claim: Proposition) -> int:
    """Return how early a claim comes that says nothing of the task; 0 is first."""
    of_another = _ANOTHER.match(claim.text) is not None
    if claim.pinned or (kind_of(claim.text) != "fact" and not of_another):
        return 0
    return 1 if claim.slot else 2 + of_another


def _fit(memory: UserMemory, task: str, known: Sequence[Proposition]) -> dict[str, float]:
    """Return how well claims fit a task, of those that do: relevance × trust and freshness."""
    words = task.replace("-", " ").replace("_", " ")
    passages = [Passage(claim.id, claim.text) for claim in known]
    (scores,) = memory.relevance([words], passages)
    fit = {
        str(claim.id): score * (0.5 + 0.5 * claim.confidence) * (0.3 + 0.7 * claim.freshness)
        for claim, score in zip(known, scores.tolist(), strict=True)
    }
    return {id_: score for id_, score in fit.items() if score >= RELEVANT}


def sketched(backed: Sequence[Backed]) -> Sketch:
    """Return propositions as a sketch, as they stand and in this order, while there is room."""
    claims = [ProfileClaim(b.claim.text, kind_of(b.claim.text), b.cites) for b in backed]
    return Sketch(
        claims=fitted(claims),
        made_by="rules",
        seen=tuple(dict.fromkeys(cite for b in backed for cite in b.cites)),
        rests_on=tuple(b.claim.id for b in backed),
    )


def fitted(claims: Iterable[ProfileClaim]) -> tuple[ProfileClaim, ...]:
    """Return the claims that fit into `MOST_WORDS` together, first come first served."""
    kept: list[ProfileClaim] = []
    room = MOST_WORDS
    for claim in claims:
        size = len(claim.text.split())
        if size <= room:
            kept.append(claim)
            room -= size
    return tuple(kept)


def told(claims: Sequence[ProfileClaim]) -> str:
    """Return the text of claims: preferences, routines, style, facts, each group on its line."""
    groups = (
        " ".join(_sentence(claim.text) for claim in claims if claim.kind == kind) for kind in _ORDER
    )
    return "\n".join(group for group in groups if group)


def _sentence(text: str) -> str:
    plain = text.strip()
    return plain if plain[-1:] in ".!?…" else f"{plain}."
