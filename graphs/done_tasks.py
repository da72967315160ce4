"""What the user says they have done: it ends the task or deadline that it clearly is.

"I handed in the report", "The report is done": in their own words, without a question, a condition,
a doubt or a negation, and not of what others did. What is done must be named by words of the task,
do what the task asks for, and be one of those that are open: where two could be meant, none is.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from usermind.graphs.changed_plans import MOST_HEARD
from usermind.graphs.plan_words import SENTENCE_END, plan_words
from usermind.memory import UserMemory
from usermind.memory.journal import Observation, is_own_words, number
from usermind.models.offline.grammar import is_past
from usermind.models.offline.words import stem
from usermind.models.unsure import CONDITION, MIGHT, MISSED, PERHAPS, SPOKEN, THOUGHT, UNREAL

FORGIVEN: Final = timedelta(days=14)
"""How long after its time a task may be said to be done."""
LONGEST: Final = 160
"""Characters of a sentence; who tells that something is done says it in fewer."""

_UNSURE: Final = re.compile(
    rf"\b(?:{CONDITION}|{PERHAPS}|{MIGHT}|{THOUGHT}|{UNREAL}|{SPOKEN}|{MISSED}|"
    r"not|no|but|nobody|nothing|none|once|until|should|may|half|partly|mostly|some|most|"
    r"tr(?:y|ied)|want|forgot|ago|again|first|draft|part|half-?way|"
    r"will|going to|have to|has to|must|need(?:s|ed)? to)\b|n['’]t\b|['’]ll\b|[\"“”„«»?]|^\s*>",
    re.IGNORECASE,
)
_HAIL: Final = (
    r"^(?:[-*+]\s+)?(?:(?:ok|okay|oh|hey|hi|thanks|thank you|well|btw|by the way|done|so|and|yes|"
    r"great|good news|fyi|phew|finally)[,:!]?\s+)*"
)
_SINCE: Final = (
    r"(?:\s+(?:already|now|today|tonight|just now|at last|finally|(?P<day>yesterday)|"
    r"this (?:morning|afternoon|evening)|(?:by|on|in|via) (?:mail|email|e-mail|time|paper|post)))*"
)
_DID: Final = re.compile(
    rf"{_HAIL}(?:i|we)(?:['’]ve| have)?\s+(?:(?:already|just|now|finally|also|both)\s+)*"
    rf"(?P<did>[a-z]+)\s+(?:(?:in|off|out|back|up)\s+)?(?P<what>.+?)(?:\s+(?:in|off|out|back))?"
    rf"{_SINCE}$",
    re.IGNORECASE,
)
_IS: Final = re.compile(
    rf"{_HAIL}(?:(?:the|my|our|that|this)\s+)?(?P<what>(?!(?:he|she|it|they|you|that|this|his|her|"
    r"its|their|your|who|what|which|everything|all)\b)[^,]{2,80}?)"
    r"\s+(?:is|are|has been|have been|was|were)\s+(?:(?:all|already|now|finally|both)\s+)*"
    rf"(?P<did>done|finished|completed|handed in|turned in|submitted|sent|sent off|paid|filed|"
    rf"delivered|renewed|returned|booked|signed){_SINCE}$",
    re.IGNORECASE,
)
_WITH: Final = re.compile(
    rf"{_HAIL}(?:i|we)(?:['’]m|['’]re| am| are)\s+(?:(?:all|already|now|finally)\s+)*"
    rf"(?P<did>done|finished)\s+with\s+(?P<what>.+?){_SINCE}$",
    re.IGNORECASE,
)
_OTHERS: Final = re.compile(r"\b(?:his|her|its|their|your|\w+['’]s|\w+s['’])\s", re.IGNORECASE)
_HANDED: Final = frozenset(
    stem(word) for word in ("hand", "turn", "submit", "send", "deliver", "file", "upload", "give")
)
"""Doing one of these is doing any of them."""
_FINISHED: Final = frozenset(
    stem(word) for word in ("do", "finish", "complete", "write", "prepare", "make")
)
_BASE: Final = {
    "sent": "send", "paid": "pay", "did": "do", "done": "do", "wrote": "write", "made": "make",
    "bought": "buy", "gave": "give", "got": "get", "brought": "bring", "took": "take",
    "rang": "ring", "read": "read", "written": "write", "met": "meet", "spoke": "speak",
}  # fmt: skip
_VERB: Final = re.compile(
    r"^(?:(?:must|have to|has to|need(?:s)? to|should|plans? to|wants? to|(?:is|are|am) "
    r"supposed to)\s+)?(?P<verb>[a-z]+)\b",
    re.IGNORECASE,
)
_MADE: Final = _FINISHED | frozenset(
    stem(word) for word in ("book", "clean", "fill", "fix", "register", "renew", "sign", "update")
)
"""What is done with a thing when it "is done". To hand over, pay or bring it back may be left: who
misses that loses more than who is reminded in vain."""
_ENDED: Final = (_HANDED | _MADE | {stem("pay"), stem("return")}) - _FINISHED
"""What a deadline of a thing waits for, where that is not named."""
_NEXT_VERB: Final = re.compile(r"\b(?:and|then)\s+(?:to\s+)?(?P<verb>[a-z]+)\b", re.IGNORECASE)
_DUE: Final = re.compile(r"\b(?:due|deadline)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Done:
    """Something that the user says is done."""

    verb: str
    """Stem of what was done; empty: it is done, however."""
    objects: frozenset[str]
    """Stems of the words that name it; at least one."""
    heard: int
    """Number of the observation that says so: what was said later is still to be done."""
    since: datetime
    """Up to when it may have been done: a task of which they spoke later is another one."""


def done_tasks(heard: Iterable[Observation], *, zone: tzinfo | None) -> list[Done]:
    """Return what the user said is done, as it came.

    Args:
        heard: In which it is looked for; what others said of it says nothing.
        zone: The user's; None: that of the machine.
    """
    found = []
    for one in (each for each in heard if is_own_words(each)):
        for sentence in SENTENCE_END.split(one.text):
            read = _read(sentence)
            if read is None:
                continue
            verb, objects, before = read
            since = one.at.astimezone(zone)
            if before:
                since = since.replace(hour=0, minute=0, second=0, microsecond=0)
            found.append(Done(verb, objects, number(one.id, "o"), since))
    return sorted(found, key=lambda each: each.heard)


@dataclass(frozen=True, slots=True)
class ToDo:
    """Something that is to be done."""

    text: str
    heard: int
    """Number of the observation that says so last; 0: none does."""
    over: datetime
    """When it is due, or the end of that day."""


def ended(memory: UserMemory, tasks: Mapping[str, ToDo], *, zone: tzinfo | None) -> set[str]:
    """Return the names of the tasks that the user says are done.

    Args:
        memory: Whose.
        tasks: What is to be done, and what was to be: what is over by now was open, perhaps, when
            they said that "the report" is done.
        zone: The user's; None: that of the machine.
    """
    if not tasks:
        return set()
    left = dict(tasks)
    # What is not among them is older, or was forgotten just now, and asks for nothing more.
    heard = memory.observations(limit=MOST_HEARD)
    said = {number(one.id, "o"): one.at for one in heard}
    for done in done_tasks(heard, zone=zone):
        fitting = [
            name
            for name, one in left.items()
            if one.heard < done.heard
            and said.get(one.heard, done.since) <= done.since
            and one.over + FORGIVEN > done.since
            and _is_done(one.text, done, memory.display_name)
        ]
        if len(fitting) == 1:
            del left[fitting[0]]
    return tasks.keys() - left.keys()


def _read(sentence: str) -> tuple[str, frozenset[str], bool] | None:
    """Return the verb, the object, and whether it was done before today."""
    bare = " ".join(sentence.split()).rstrip(" .!;")
    if not bare or len(bare) > LONGEST or _UNSURE.search(bare):
        return None
    for shape in (_WITH, _IS, _DID):
        found = shape.match(bare)
        if found is None:
            continue
        if _OTHERS.search(found["what"]) or " and " in found["what"]:
            return None  # "Bob's report"; and of two things each may be another task
        verb = "" if shape is not _DID else _did(found["did"])
        objects = _stems(found["what"])
        if verb is None or not objects:
            return None
        if shape is _IS and found["did"].lower() not in ("done", "finished", "completed"):
            verb = _did(found["did"].split()[0]) or ""
        return verb, objects, found["day"] is not None
    return None


def _did(word: str) -> str | None:
    """Return the stem of a verb in the past; None where it is not."""
    lower = word.lower()
    if lower in _BASE:
        return stem(_BASE[lower])
    return stem(lower) if is_past(lower) else None


def _is_done(text: str, done: Done, name: str) -> bool:
    bare = re.sub(rf"^{re.escape(name)}\b\s*", "", text.strip(), flags=re.IGNORECASE)
    objects = _stems(bare)
    if not done.objects <= objects:
        return False
    found = None if _DUE.search(bare) else _VERB.match(bare)
    verb = stem(found["verb"].lower()) if found is not None else ""
    if not verb:
        return done.verb in _ENDED
    # "Finish and send the report": it is not finished that ends it.
    later = [stem(each["verb"].lower()) for each in _NEXT_VERB.finditer(bare)]
    verb = next((each for each in reversed(later) if each in _HANDED), verb)
    if not done.verb:
        return verb in _MADE or verb in done.objects
    if verb in done.objects:  # "I finished reading the report"
        return done.verb in _FINISHED
    groups = (_HANDED, _FINISHED)
    return verb == done.verb or any(verb in each and done.verb in each for each in groups)


def _stems(text: str) -> frozenset[str]:
    words = plan_words(text)
    return frozenset(stem(word) for word in words.names | words.sorts)
