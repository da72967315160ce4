"""What the user says of a close call: "it's Rex", "no, not Bo", or a bare yes or no.

Their no is kept as what a concept is not, by its vector; so that only plain words count, and what
asks, doubts or speaks of something else changes nothing.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from usermind.errors import UnknownItemError
from usermind.memory import UserMemory
from usermind.memory.picture_door import CloseCall
from usermind.memory.sight import Box, Seen, Sighting, Unsure
from usermind.models.unsure import IF, MIGHT, PERHAPS, THOUGHT

_BARE_NO = re.compile(
    r"^\W*(?:(?:no|nope|nah)\W*)?(?:(?:it|that|this|he|she)(?:['’]s| is)\s+)?(?:no|nope|nah|wrong|"
    r"not (?:right|true)|(?:neither|none)(?: of (?:them|those|these))?|nobody(?: you know)?|"
    r"(?:some(?:one|body)|something) else|a stranger)\W*$",
    re.IGNORECASE,
)
_BARE_YES = re.compile(
    r"^\W*(?:yes|yep|yeah|yup|right|exactly|correct|of course)\W*$", re.IGNORECASE
)
_HEDGED = re.compile(
    rf"\b(?:{IF}|{PERHAPS}|{MIGHT}|{THOUGHT}|believe|suppose|may|looks?|seems?|like|sure|certain|"
    r"wonder|hope)\b",
    re.IGNORECASE,
)
"""What leaves open whether it is so."""
_BEFORE = (
    r"^\W*(?:(?:yes|yep|yeah|no|nope|nah|oh|ah|well|actually|sorry)\b\W*)*"
    r"(?:(?:it|that|this|he|she|the (?:dog|cat|man|woman|person|one))"
)
_AFFIRMS = re.compile(
    _BEFORE
    + r"(?:['’]s| is| was)\s+)?(?:(?:my|our|the) )?(?:(?!not\b)[\w-]+ )?"
    + r"(?:called |named )?$",
    re.IGNORECASE,
)
_DENIES = re.compile(
    _BEFORE + r"(?:['’]s| is| was)?\s*)?(?:\bnot|\bisn['’]?t|\bwasn['’]?t|\bneither|\bnor)\s+"
    r"(?:called |my |our |really |actually )?$",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_CUT = re.compile(r"[,;:–—]+|\s+but\b", re.IGNORECASE)
"""Between clauses."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the user said of close calls."""

    confirmed: tuple[str, ...] = ()
    """Keys of what was shown, by their word."""
    denied: tuple[str, ...] = ()
    """Keys of what was not."""


def answered(memory: UserMemory, message: str, asked: Sequence[CloseCall], reply: str) -> Answer:
    """Keep what a message says of close calls, and return it.

    A clause that says no more than that it is one of the candidates, or is not, counts: "It's Rex",
    "no, that's not Bo". What asks, doubts or tells something else of them does not. Beside one that
    is affirmed the other candidates are denied. A bare yes or no counts only where the last reply
    asked about a candidate by name.

    Args:
        memory: Whose pictures.
        message: What the user says now.
        asked: The close calls of their message before.
        reply: What the assistant said to it.
    """
    affirmed, denied = said_of(memory, message)
    first = next(iter(_clauses(message)), "")
    was_asked = {key for each in memory.concepts.named_in(reply) for key in each.keys}
    confirmed: list[str] = []
    wrong: list[str] = []
    for call in asked:
        candidates = set(call.keys)
        yes, no = affirmed, denied
        if "?" in reply and was_asked & candidates and not (yes | no) & candidates:
            if len(candidates) == 1 and _BARE_YES.match(first):
                yes = candidates
            elif _BARE_NO.match(first):
                no = candidates
        right, out = _parted(candidates, yes, no)
        wrong += _heard(memory, call, right, out)
        confirmed += [key for key in call.keys if key in right]
    return Answer(tuple(dict.fromkeys(confirmed)), tuple(dict.fromkeys(wrong)))


def by_word(
    memory: UserMemory, message: str, sighting: Sighting, calls: Mapping[Box, CloseCall]
) -> Sighting:
    """Return what a picture shows, given what the user says with it; their no is kept.

    Args:
        memory: Whose.
        message: What they say with the picture: "This is Rex", "This is not Bo".
        sighting: What it was found to show.
        calls: What is to be kept of each region.
    """
    affirmed, denied = said_of(memory, message)
    seen: list[Seen] = []
    unsure: list[Unsure] = []
    for found in sighting.seen:
        _heard(memory, calls[found.box], affirmed & {found.key}, denied & {found.key})
        seen += [found] if found.key not in denied else []
    for close in sighting.unsure:
        right, out = _parted(set(close.keys), affirmed, denied)
        _heard(memory, calls[close.box], right, out)
        left = tuple(key for key in close.keys if key not in out)
        if right:
            seen += [Seen(key, close.box, close.score, close.score) for key in left]
        elif left:
            unsure.append(Unsure(left, close.box, close.score))
    return Sighting(tuple(seen), tuple(unsure))


def _parted(keys: set[str], affirmed: set[str], denied: set[str]) -> tuple[set[str], set[str]]:
    """Return which candidates it is, and which it is not: all others beside one that it is."""
    right = affirmed & keys
    return right, keys - right if right else denied & keys


def said_of(memory: UserMemory, message: str) -> tuple[set[str], set[str]]:
    """Return the keys that a message says it is, and those that it says it is not."""
    affirmed: set[str] = set()
    denied: set[str] = set()
    for clause in _clauses(message):
        for mention in memory.concepts.named_in(clause):
            before, after = clause[: mention.start], clause[mention.end :]
            if mention.ambiguous or re.search(r"\w", after) or _HEDGED.search(before):
                continue
            if _DENIES.match(before):
                denied.update(mention.keys)
            elif _AFFIRMS.match(before):
                affirmed.update(mention.keys)
    return affirmed, denied - affirmed


def _clauses(message: str) -> list[str]:
    """Return the clauses of what a message states; questions are left out."""
    sentences = (found[0].strip() for found in _SENTENCE.finditer(message))
    stated = (text for text in sentences if not text.endswith("?"))
    return [part.strip() for text in stated for part in _CUT.split(text) if part.strip()]


def _heard(
    memory: UserMemory, call: CloseCall, right: Collection[str], wrong: Collection[str]
) -> list[str]:
    """Keep a yes and a no, and return the keys of the no; a concept that is gone is left out."""
    kept = []
    for key in call.keys:
        with suppress(UnknownItemError):
            if key in right:
                memory.pictures.affirm(key, call)
            elif key in wrong:
                memory.pictures.deny(key, call)
                kept.append(key)
    return kept
