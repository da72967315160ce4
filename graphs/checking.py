"""What is wrong with a reply, told without a model: few checks that seldom err.

    cites a memory that it was not given          [p99]
    claims to remember what nothing holds         "you told me that you have 17 cats"

A check speaks up only where code can tell. That a reply leaves something out, draws a wrong
conclusion, or says "I do not know" of what a memory tells, is not checked: words alone do not
show it (`benchmarks/checks.py`).
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from langchain_core.messages import BaseMessage, ToolMessage

from usermind.memory.text import header
from usermind.models.reasoner import ReplyRequest
from usermind.types import MONTHS, WEEKDAYS

SHOWN = 3
"""Words of a reply that a doubt names, at most."""
ALIKE = 4
"""First letters that a name must share with a word of the evidence: "Italian" rests on "Italy"."""
FROM = 13
"""Smallest number that is checked; smaller ones may have been counted, not remembered."""

_CITED = re.compile(r"\[([opcefvx]\d{1,9})\]")
_SENTENCE = re.compile(r"(?<=[.!?…])[\"”’)]*\s+|\n+")
_REMEMBERED = re.compile(
    r"""\byou(?:['’]ve|\ have|['’]d|\ had)?
        (?:\ (?:once|also|already|just|recently|previously|earlier|later|even))?
        \ (?:told\ me|said|mentioned|wrote|shared)\b
      | \bI\ (?:still\ |do\ )?remember\ (?:that\ )?(?:you|your)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_OPEN = re.compile(
    r"\b(?:if|unless|whether|not|never|no|nothing|none|cannot|without|maybe|perhaps|might|or)\b"
    r"|n['’]t\b|\?",
    re.IGNORECASE,
)
"""What asks, denies or leaves open: such a sentence does not claim to remember."""
_NUMBER = re.compile(r"(?<![\w.,:/-])\d[\d,]*(?:\.\d+)?(?![\w:/-])")
_NAME = re.compile(r"(?<=[a-zà-ÿ,] )[A-ZÀ-Þ][a-zà-ÿ]{2,}(?![\w])")
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_DATE = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}|\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b"
)
_WORD = re.compile(r"[^\W_]+")
_CALENDAR = frozenset(name.lower() for name in (*MONTHS, *WEEKDAYS, "Christmas", "Easter"))
"""Days and months: a reply may work them out from "next week" and the day that it was said."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a reply may rest on."""

    ids: frozenset[str]
    """Of the memories and facts that it was given."""
    texts: tuple[str, ...]
    """Memories, facts, the conversation, the message, what tools returned, and who wrote it."""


def evidence_of(request: ReplyRequest) -> Evidence:
    """Return what the reply to a request may rest on."""
    memories, facts = request.turn.memories, request.system.facts
    pictured = [named for line in request.turn.pictures for named in line.named]
    offer = request.turn.offer
    reasons = [*offer.notes, *(reason for item in offer.items for reason in item.reasons)]
    # What it said itself in this turn, and what it was told of that, bears nothing out.
    results = (step for step in request.steps if isinstance(step, ToolMessage))
    said: Sequence[BaseMessage] = [*request.history, *results]
    return Evidence(
        ids=frozenset(
            [
                *(line.id for line in memories),
                *(fact.id for fact in facts),
                *(named.id for named in pictured),
                *(reason.memory for reason in reasons if reason.memory),
            ]
        ),
        texts=(
            request.system.user_name,
            request.turn.message,
            *(fact.text for fact in facts),
            *(named.name for named in pictured),
            *(title for line in request.turn.heard for title in (line.title, *line.others)),
            *(item.render() for item in offer.items),
            *(reason.text for reason in offer.notes),
            *(f"{_dated(line.author, line.at)} {line.text}" for line in memories),
            *(message.text for message in said),
        ),
    )


def _dated(author: str, at: datetime) -> str:
    return header(author, at.timestamp())


def doubts(reply: str, evidence: Callable[[], Evidence]) -> tuple[str, ...]:
    """Return what is wrong with a reply, a sentence each; nothing where no check speaks up.

    Args:
        reply: What the assistant says.
        evidence: Returns what it may rest on; asked only where a check has something to look up.
    """
    cited = dict.fromkeys(_CITED.findall(reply))
    claims = [each for each in _SENTENCE.split(reply) if _claims_to_remember(each)]
    if not cited and not claims:
        return ()
    known = evidence()
    found = []
    if unknown := [id_ for id_ in cited if not _was_given(id_, known)]:
        found.append(f"It cites {_listed(unknown)}, which it was not given.")
    if invented := list(dict.fromkeys(word for each in claims for word in _unheld(each, known))):
        found.append(f"It claims to remember {_listed(invented)}, which nothing it was given says.")
    return tuple(found)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(repr(word) for word in list(words)[:SHOWN])


def _was_given(id_: str, known: Evidence) -> bool:
    return id_ in known.ids or any(f"[{id_}]" in text for text in known.texts)


def _claims_to_remember(sentence: str) -> bool:
    return _REMEMBERED.search(sentence) is not None and _OPEN.search(sentence) is None


def _unheld(sentence: str, known: Evidence) -> list[str]:
    """Return the numbers and names of a sentence that no evidence holds."""
    texts = " ".join(known.texts)
    numbers = {_plain(number) for number in _NUMBER.findall(texts)} | set(re.findall(r"\d+", texts))
    starts = {word[:ALIKE].casefold() for word in _WORD.findall(texts)}
    found = [
        number
        for number in _NUMBER.findall(_DATE.sub("", sentence))
        if _is_checked(_plain(number)) and _plain(number) not in numbers
    ]
    return found + [
        name
        for name in _NAME.findall(sentence)
        if name.casefold() not in _CALENDAR and name[:ALIKE].casefold() not in starts
    ]


def _plain(number: str) -> str:
    return number.replace(",", "").rstrip(".")


def _is_checked(number: str) -> bool:
    """Say whether a number was remembered, and not counted or worked out as a date is."""
    value = float(number)
    is_year = number.isdigit() and 1900 <= value <= 2100
    return value >= FROM and not is_year
