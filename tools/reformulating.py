"""Query reformulation: a question searched for in other words too, by a model that puts them.

    query → n lists of terms, or made-up notes → one recall each → fused, the query's own counting
            as much as all of them

Of a catalogue, the notes are made-up entries, and each recall is a search or a ranking. Neither
recall nor a ranking asks a model itself; this is for who can spend some calls on a hard question.
Only the query goes out, through the privacy gate.

Source: GenQREnsemble (arXiv 2404.03746) for the ensemble of instructions, GenQRFusion (arXiv
2405.17658) for fusing one ranking each. Their query is repeated to weigh more; here its ranking is.
"""

from __future__ import annotations

import contextvars
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from usermind.errors import InvalidInputError, ModelError, PrivacyError
from usermind.memory import Recollection, UserMemory
from usermind.memory.naming import folded
from usermind.models.account import charging, metered
from usermind.models.reasoner import Reasoner
from usermind.prompts import (
    ExpandQueryPrompt,
    ImagineItemPrompt,
    ImagineNotePrompt,
    TextLine,
)
from usermind.prompts.expand_query import INSTRUCTIONS, Instruction
from usermind.tools.fusion import fused, held_to
from usermind.tools.item_filter import ItemFilter
from usermind.types import Kind

if TYPE_CHECKING:
    from usermind.tools.catalogue import Catalogue, Found

T = TypeVar("T")
How = Literal["ensemble", "pseudo", "fusion"]
"""ensemble: the query with the terms of all instructions, as one query. pseudo: made-up notes, a
query each. fusion: the terms of each instruction, a query each, and made-up notes."""
ANY = ItemFilter()

CALLS = 5
"""Instructions that are tried unless said otherwise."""
TERMS = 8
"""Terms of one instruction."""
NOTES = 3
"""Made-up notes."""
WIDER = 4
"""How many times more hits a ranking holds than are asked for: what two find late counts too."""
AT_ONCE = 8
"""Calls of the model that wait for each other's answers, at most; vLLM batches them."""
LONGEST_TERM = 60
"""Characters of one term."""

_log = logging.getLogger(__name__)
_WORD = re.compile(r"[^\W_]+")
_BETWEEN = re.compile(r"[,;|•·\n]|\s[-–—*]\s")
_BULLET = re.compile(r"^(?:[-–—*•·#>]+\s*|\(?\d{1,2}[.):]\s*|[a-z][.)]\s+)+")
_AROUND = " \t\"'“”‘’„«»`.:!?()[]{}*_"


@dataclass(frozen=True, slots=True)
class Reformulation:
    """A query in other words."""

    queries: tuple[str, ...]
    """Each is searched for by itself."""
    failures: tuple[str, ...] = ()
    """What went wrong with calls of the model that gave nothing."""


def parsed(answers: Iterable[str], query: str = "") -> tuple[str, ...]:
    """Return the terms that a model wrote, each once, without those that the query holds.

    Lists within a line, bullets, numbers and quotation marks are taken for what they are.

    >>> parsed(["1. night train, sleeper", "* 'Vienna'", "- night train"], "train to Vienna")
    ('night train', 'sleeper')
    """
    asked = f" {_words(query)} "
    found: dict[str, str] = {}
    for line in answers:
        for part in _BETWEEN.split(line):
            term = " ".join(_BULLET.sub("", part.strip()).strip(_AROUND).split())
            words = _words(term)
            if words and len(term) <= LONGEST_TERM and f" {words} " not in asked:
                found.setdefault(words, term)
    return tuple(found.values())


def _words(text: str) -> str:
    return " ".join(_WORD.findall(folded(text)))


def reformulated(
    memory: UserMemory,
    query: str,
    reasoner: Reasoner,
    *,
    how: How = "fusion",
    n: int = CALLS,
    things: Sequence[str] = (),
) -> Reformulation:
    """Return a query in other words, by n + 1 calls of a model at most, made at once.

    There are none for what touches a private topic: its other words could not be told from any, and
    would be shown to an embedder.

    Args:
        memory: Whose it is; they are charged for the calls.
        query: Words or a question.
        reasoner: Who is asked; the offline engine has no other words, and gives none.
        how: Which.
        n: Instructions that are tried, 1 to 10.
        things: How people speak of the items, where a catalogue is searched (`Catalogue.things`);
            empty: it is the memory.

    Raises:
        InvalidInputError: `how` is unknown, or `n` is out of range.
        ModelError: No call gave anything: the first failure.
        PrivacyError: The gate broke; nothing was sent.
    """
    if how not in get_args(How) or not 1 <= n <= len(INSTRUCTIONS):
        raise InvalidInputError(
            f"`how` is {how!r} and `n` is {n}. Expected one of {list(get_args(How))}, and 1 to "
            f"{len(INSTRUCTIONS)}. Nothing was asked."
        )
    recipient = str(getattr(reasoner, "recipient", "remote model"))
    if recipient == "offline" or not query.strip():
        return Reformulation(())
    with memory.privacy.egress(recipient, log=memory.exists) as out:
        if out.touched(query):
            return Reformulation(())
        shown = TextLine(out.said(query))
    ask = metered(reasoner)
    called = ", ".join(things)
    name = "" if called else memory.display_name
    calls: list[Callable[[], _Answer]] = []
    if how != "pseudo":
        calls += [
            partial(
                _terms, ask, ExpandQueryPrompt(Instruction(text), TERMS, shown, name, called), query
            )
            for text in INSTRUCTIONS[:n]
        ]
    if how != "ensemble":
        imagine = ImagineItemPrompt(called, NOTES, shown) if called else None
        calls.append(partial(_notes, ask, imagine or ImagineNotePrompt(name, NOTES, shown)))
    with charging(memory.account):
        answers, failures = _at_once(calls)
    if not answers and failures:
        raise failures[0]
    for failure in failures:
        _log.warning("A query is put in fewer words: %s", type(failure).__name__)
    return Reformulation(
        tuple(dict.fromkeys(_queries(query, answers, how))), tuple(map(str, failures))
    )


def recalled_with(
    memory: UserMemory,
    query: str,
    reasoner: Reasoner,
    *,
    how: How = "fusion",
    n: int = CALLS,
    k: int = 10,
    kinds: Sequence[Kind] | None = None,
    exclude: Sequence[str] = (),
) -> list[Recollection]:
    """Return the memories that fit a query in its own or in other words, best first.

    Each ranking counts by reciprocal rank, the query's own as much as all others together, and the
    better half of what it finds stays among the k. What it finds has the score that
    `memory.recall` gives it; of the rest the score is of the other words, and `why` says so. The
    order is the fusion's, not the scores'.

    Args:
        memory: Whose.
        query: Words or a question.
        reasoner: Who puts it in other words.
        how: See `How`.
        n: Instructions that are tried, 1 to 10.
        k: How many at most.
        kinds: See `UserMemory.recall`.
        exclude: Ids to leave out.

    Raises:
        InvalidInputError: An argument is out of range.
        UnknownUserError: Nothing is stored for this user.
        ModelError: The model gave nothing; `memory.recall` needs none.
        PrivacyError: The gate broke; nothing was sent.
    """

    def found(words: str) -> list[Recollection]:
        return memory.recall(words, k=k * WIDER, kinds=kinds, exclude=exclude)

    own = found(query)
    others = [found(words) for words in reformulated(memory, query, reasoner, how=how, n=n).queries]
    told = [[replace(hit, why=f"{OTHER_WORDS}; {hit.why}") for hit in hits] for hits in others]
    return merged(own, told, k, id_of=lambda hit: hit.id)


def searched_with(
    memory: UserMemory,
    catalogue: Catalogue,
    text: str,
    reasoner: Reasoner,
    *,
    how: How = "fusion",
    n: int = CALLS,
    k: int = 10,
    where: ItemFilter = ANY,
) -> list[Found]:
    """Return the items that fit a text in its own or in other words, as `recalled_with` ranks.

    What is called so comes with the text's own ranking. The embedder of the catalogue sees the
    text, and what the model made of it.

    Args:
        memory: Of the user who asks; they are charged for the calls, and their gate holds for what
            the model sees.
        catalogue: What is searched.
        text: A wish, or a title.
        reasoner: Who puts it in other words.
        how: See `How`.
        n: Instructions that are tried, 1 to 10.
        k: How many at most.
        where: What must hold of all that comes.

    Raises:
        InvalidInputError: An argument is out of range, or there are no words.
        ModelError: The model gave nothing (`Catalogue.search` needs none), or the embedder failed.
        PrivacyError: The gate broke, or the embedder of the catalogue may not see the text, which
            touches a private topic; nothing was sent.
        EmbedderMismatchError: As `Catalogue.search`.
    """
    with memory.privacy.egress(catalogue.recipient, log=False) as out:
        if catalogue.recipient != "offline" and out.touched(text):
            raise PrivacyError(
                "The words touch a private topic of this user, and the catalogue's embedder is not "
                "in this process. Nothing was sent or searched. `usermind private list` shows the "
                "topics."
            )
    own = catalogue.search(text, k * WIDER, where)
    made = reformulated(memory, text, reasoner, how=how, n=n, things=catalogue.things)
    others = [catalogue.search(words, k * WIDER, where) for words in made.queries]
    return merged(own, others, k, id_of=lambda found: found.item.id)


def merged(
    own: Sequence[T], others: Sequence[Sequence[T]], k: int, *, id_of: Callable[[T], str]
) -> list[T]:
    """Return the k best of what a query found and of what other words for it did.

    Each ranking counts by reciprocal rank, the query's own as much as all others together, and the
    better half of it stays among the k. What several found is as the first of them has it.

    Args:
        own: What the query found, best first.
        others: What each of the other words found, best first.
        k: How many at most.
        id_of: What tells one from another.
    """
    if not others:
        return list(own[:k])
    lists = [[id_of(each) for each in found] for found in (own, *others)]
    weights = [1.0, *(1 / len(others) for _ in others)]
    by_id = {id_of(each): each for found in reversed([own, *others]) for each in found}
    return [by_id[id_] for id_ in held_to(lists[0], fused(lists, weights), k)]


OTHER_WORDS = "found by other words"
"""Begins the reason of a memory that the query itself did not find."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one call gave."""

    terms: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def _terms(ask: Reasoner, prompt: ExpandQueryPrompt, query: str) -> _Answer:
    return _Answer(terms=parsed(ask.complete(prompt).terms, query)[:TERMS])


def _notes(ask: Reasoner, prompt: ImagineNotePrompt | ImagineItemPrompt) -> _Answer:
    notes = (" ".join(note.split()) for note in ask.complete(prompt).notes)
    return _Answer(notes=tuple(note for note in notes if note)[:NOTES])


def _at_once(calls: Sequence[Callable[[], _Answer]]) -> tuple[list[_Answer], list[ModelError]]:
    """Return what the calls gave, in their order, and how others failed."""
    answers: list[_Answer] = []
    failures: list[ModelError] = []
    with ThreadPoolExecutor(min(AT_ONCE, len(calls)), thread_name_prefix="usermind-words") as pool:
        # Who pays is found by the context, which threads do not share.
        running = [pool.submit(contextvars.copy_context().run, call) for call in calls]
        for each in running:
            try:
                answers.append(each.result())
            except ModelError as error:
                failures.append(error)
    return answers, failures


def _queries(query: str, answers: Sequence[_Answer], how: How) -> Iterator[str]:
    """Yield what is searched for; a note says by itself what it is about, terms do not."""
    lists = [answer.terms for answer in answers if answer.terms]
    if how == "ensemble" and lists:
        lists = [tuple(dict.fromkeys(term for terms in lists for term in terms))]
    yield from (f"{query} {' '.join(terms)}" for terms in lists)
    yield from (note for answer in answers for note in answer.notes)
