"""Familiar observations: those that say nothing new, found without asking a model.

Two sorts: small talk that states nothing; and the words of an earlier message of the same author
once more, in their order, but for fillers. A repeat supports what its first telling taught, where
it would count as a citation. What names a time is never a repeat: "next Friday" is another day
each week. Neither is a question, nor what the user pasted, nor an echo of our own words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import dropwhile

from usermind.graphs.echo import Hearing
from usermind.graphs.excerpts import Excerpt
from usermind.graphs.proposals import located
from usermind.memory import UserMemory
from usermind.memory.changes import Change, Quote
from usermind.memory.echoes import echoed, in_pasted
from usermind.memory.journal import Observation
from usermind.memory.ranking import mentions_time
from usermind.memory.repeats import Lesson, lessons
from usermind.prompts import Citation, Operation

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
_PHATIC = frozenset(_SMALL.split())
_OPENINGS = frozenset(
    ["hi", "hello", "hey", "oh", "ok", "okay", "well", "so", "please", "thanks", "basically"]
)
"""Words that say nothing before a sentence; within one, "well" and "so" may."""
_FILLERS = frozenset(["really", "honestly", "actually", "just", "please"])
"""Words that say nothing wherever they stand."""
_WORD = re.compile(r"[\w'’+#-]+")
_TOKEN = re.compile(r"[\w'’+#-]+|[^\s\w.,;:!…。！，'’+#-]")
"""A word, or a mark that may change what words say: "?", quotation marks, ">"."""
_ASKS = frozenset("?？؟;⁇⁈⁉")


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
    if mentions_time(item.text) or len(item.text) > 500 or not _ASKS.isdisjoint(item.text):
        return None
    said = _said(item.text)
    near = memory.recall(
        item.text, k=ALIKE, kinds=["observation"], exclude=[item.id], written_by=item.author
    )
    for hit in near:
        if hit.author != item.author or _said(hit.text) != said:
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
            support = [_support(item, earlier, each) for each in learnt]
            return support if _own_word(memory, item, support) else None
    return None


def _own_word(memory: UserMemory, item: Observation, support: Sequence[Change]) -> bool:
    """Say whether an observation counts as evidence just as a model's citations of it would."""
    end = len(item.text)
    with memory.open() as file:
        if in_pasted(item, 0, end) or echoed(file.database, item, 0, end):
            return False
    for change in support:
        assert change.target is not None, "a repeat supports what is known"
        claim = memory.propositions.get(change.target)
        [quote] = change.evidence
        operation = Operation(
            op="reinforce",
            target=1,
            statement="",
            evidence=[Citation(observation=1, quote=item.text[quote.start : quote.end][:240])],
            confidence=change.confidence,
            durability=change.durability,
            slot=None,
        )
        if not Hearing(memory, (claim,)).holds(operation, quote, item):
            return False
    return True


def _said(text: str) -> tuple[str, ...]:
    """Return the words of a text in their order, with the marks that count, without fillers."""
    words = [word.casefold().replace("’", "'") for word in _TOKEN.findall(text)]
    told = list(dropwhile((_OPENINGS | _FILLERS).__contains__, words))
    return tuple(word for word in told if word not in _FILLERS)


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
