"""Claims of simple form, read as what the user likes, has or is about to do.

"Ana lives in Oslo." → a home; "Ana loves jazz." → a taste; "Ana's dog is called Bo." → a pet
"""

import re
from collections.abc import Iterator, Sequence

from usermind.graphs.subject import Kind, Subject
from usermind.memory import Proposition, UserMemory

CLAIMS = 60
"""Claims that are read, the best supported first."""
SURE = 0.6
"""Confidence from which on a claim is built upon."""
FRESH = 0.35
"""Freshness from which on it is."""

_VALUE = r"(?P<what>[^.,;:!?()]{2,60})"
_CLAIMS: Sequence[tuple[Kind, re.Pattern[str]]] = (
    (
        "home",
        re.compile(
            rf"^ (?:now |currently )?(?:lives|resides|(?:has )?moved|relocated) (?:in|to) {_VALUE}"
        ),
    ),
    (
        "diet",
        re.compile(
            r"^ is (?:now )?(?:an? )?(?:strict |mostly )?(?P<what>vegan|vegetarian|pescatarian)\b"
        ),
    ),
    ("game", re.compile(rf"^ (?:still |also |now )?plays (?:the )?{_VALUE}")),
    ("activity", re.compile(r"^ (?:still |also |often )?goes (?P<what>[a-z]+ing)\b")),
    (
        "taste",
        re.compile(
            r"^ (?:really |still |also |now |just )?(?:likes|loves|enjoys|adores"
            r"|has a (?:soft spot|weakness) for|is (?:fond of|into"
            rf"|interested in|crazy about|an? (?:big |huge )?fan of)) {_VALUE}"
        ),
    ),
    (
        "pet",
        re.compile(
            r"^(?:['’]s| has an?) (?:dog|cat|horse|rabbit|parrot|hamster|pony|puppy|kitten|bird"
            r"|tortoise|guinea pig) (?:is )?(?:called |named |by the name of )"
            r"(?P<what>[A-Z][\w'’-]+)"
        ),
    ),
    (
        "person",
        re.compile(
            r"^['’]s (?:best )?(?:sister|brother|mother|father|mum|mom|dad|daughter|son|wife"
            r"|husband|partner|girlfriend|boyfriend|friend|cousin|aunt|uncle|niece|nephew"
            r"|colleague|boss|neighbou?r|grandmother|grandfather) is (?:called |named )?"
            r"(?P<what>[A-Z][\w'’-]+)"
        ),
    ),
    (
        "place",
        re.compile(
            r"^ (?:is (?:going|travell?ing|flying|moving)|travels|flies|will (?:go|travel|fly)"
            r"|plans to (?:go|travel|fly)) to (?P<what>[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*)"
        ),
    ),
)
_ENDS = re.compile(
    r" (?:in|on|at|with|because|since|when|while|for|from|every|and|but|very|a lot|again|now|as"
    r"|than|more|most|to|that|who|which)\b.*$"
)
_VAGUE = re.compile(
    r"^(?:it|this|that|them|him|her|to|being|having|the|their|his|its|a|an|when|how|what)\b"
)
_ACTIVITY = re.compile(r"^[a-z]{3,}ing$")
_NO_ACTIVITY = frozenset({"spring", "morning", "evening", "something", "anything", "everything"})
LONGEST_VALUE = 4
"""Words of what somebody likes; more are a story."""


def claimed(memory: UserMemory) -> Iterator[Subject]:
    """Yield what claims of simple form say of the user, best supported first."""
    name = memory.display_name
    for claim in memory.propositions.list(limit=CLAIMS):
        if claim.confidence >= SURE and claim.freshness >= FRESH:
            yield from read(claim, name)


def read(claim: Proposition, user: str) -> Iterator[Subject]:
    """Yield the one subject of a claim about the user, or nothing.

    Args:
        claim: In the third person.
        user: What claims call the user.
    """
    subject = next((each for each in (user, "The user") if claim.text.startswith(each)), None)
    if subject is None:
        return
    rest = claim.text[len(subject) :]
    for kind, form in _CLAIMS:
        if (found := form.match(rest)) is None:
            continue
        what = _ENDS.sub("", found["what"]).strip()
        if not what or _VAGUE.match(what.lower()) or len(what.split()) > LONGEST_VALUE:
            return
        if kind == "taste" and _ACTIVITY.match(what) and what not in _NO_ACTIVITY:
            kind = "activity"
        yield Subject(
            what,
            kind,
            ids=(claim.id,),
            fit=claim.confidence * claim.freshness,
            why=claim.text,
        )
        return
