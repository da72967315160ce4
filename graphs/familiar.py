"""Familiar observations: those that say nothing new, found without asking a model.

Three sorts: small talk that states nothing; the words of an earlier message of the same author
once more; and nearly those words. A repeat supports what its first telling taught. What names a
time is never a repeat: "next Friday" is another day each week.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from usermind.graphs.excerpts import Excerpt
from usermind.graphs.proposals import located
from usermind.memory import UserMemory
from usermind.memory.changes import Change, Quote
from usermind.memory.journal import Observation
from usermind.memory.ranking import mentions_time
from usermind.memory.repeats import Lesson, lessons

SMALL_TALK = 6
"""Words that small talk has, at most."""
ALIKE = 3
"""Earlier observations that a new one is compared with, at most."""

_SMALL = """
hi hello hey hiya howdy morning afternoon evening night good goodnight bye goodbye cheers thanks
thank thx ty you please welcome ok okay k kk sure yes yeah yep yup no nope nah right fine cool great
nice perfect awesome lovely wonderful excellent wow haha hahaha lol hmm hm oh ah aha alright got it
i see sounds that's thats is all for now so very much again later np sorry oops well done then and
"""
_EMPTY = """
really very so just still honestly actually basically quite well oh hi hey hello yes yeah ok okay
please thanks a an the i'm im i am is are was be do does did my me of to and that it again anyway
also too as you know mentioned said told before
"""
_PHATIC, _FILLERS = frozenset(_SMALL.split()), frozenset(_EMPTY.split())
_WORD = re.compile(r"[\w'’+#-]+")


@dataclass(frozen=True, slots=True)
class Sifted:
    """Observations, parted into what a reasoner must see and what it need not."""

    fresh: tuple[Observation, ...]
    familiar: int
    """How many of the others there are."""
    plan: tuple[Change, ...]
    """What the familiar ones support."""


def sift(memory: UserMemory, observations: Sequence[Observation]) -> Sifted:
    """Return the observations with those set apart that say nothing new."""
    fresh: list[Observation] = []
    plan: list[Change] = []
    for item in observations:
        if is_small_talk(item.text):
            continue
        again = _repeated(memory, item)
        if again is None:
            fresh.append(item)
        else:
            plan += again
    return Sifted(tuple(fresh), len(observations) - len(fresh), tuple(plan))


def is_small_talk(text: str) -> bool:
    """Say whether a text is made of greetings, thanks and assent alone.

    >>> is_small_talk("Ok, thanks!"), is_small_talk("Thanks, I'm vegan.")
    (True, False)
    """
    words = [word.lower().replace("’", "'") for word in _WORD.findall(text)]
    return len(words) <= SMALL_TALK and _PHATIC.issuperset(words)


def _repeated(memory: UserMemory, item: Observation) -> list[Change] | None:
    """Return the support that a repeat gives; None for what is no repeat, or no harmless one."""
    if mentions_time(item.text) or len(item.text) > 500:
        return None
    words = _content(item.text)
    near = memory.recall(item.text, k=ALIKE, kinds=["observation"], exclude=[item.id])
    for hit in near:
        if hit.author != item.author or _content(hit.text) != words:
            continue
        earlier = memory.observation(hit.id)
        with memory.open() as file, file.database.read() as connection:
            learnt = lessons(connection, earlier.id)
        # Where what it taught was replaced or denied since, saying it again is news.
        if (
            earlier.tier == item.tier
            and learnt is not None
            and all(each.polarity > 0 and each.status == "active" for each in learnt)
        ):
            return [_support(item, earlier, each) for each in learnt]
    return None


def _content(text: str) -> tuple[str, ...]:
    words = (word.casefold().replace("’", "'") for word in _WORD.findall(text))
    return tuple(sorted(word for word in words if word not in _FILLERS))


def _support(item: Observation, earlier: Observation, lesson: Lesson) -> Change:
    whole = Excerpt(item, 0, item.text)
    quote = located(earlier.text[slice(*lesson.quote)], whole)
    return Change(
        op="reinforce",
        statement="",
        evidence=(quote or Quote(item.id, 0, len(item.text)),),
        said_at=item.at.timestamp(),
        vouched=item.tier != "third_party",
        confidence=0.5,
        durability="year",
        target=lesson.proposition,
        expected_version=lesson.version,
    )
