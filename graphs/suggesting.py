"""Suggesting: what the user could ask next, after a turn; nothing where nothing is worth it.

    turn → subjects → candidates (rules, or a model that sees names alone) → what is fit to be shown
         → ranked by relatedness to the turn and personal fit → diversified → at most k

Both ways go through the same checks: nothing is suggested that the user asked before, that was just
said, that was offered in vain, that touches a private topic, or that tells of a sensitive matter
which the turn does not speak of. What is suggested is never evidence.

Source: K-LaMP (Baek et al., WWW 2024, arXiv 2311.06318): next queries from an entity store, which
alone is shown to the model. The diversity is maximal marginal relevance (Carbonell and Goldstein,
SIGIR 1998).
"""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from usermind.errors import InvalidInputError, ModelError
from usermind.graphs.next_queries import LEAST_FIT, Candidate, Strategy, candidates
from usermind.graphs.plan import plan_sources
from usermind.graphs.query_proposals import proposed
from usermind.graphs.subjects import Subjects, subjects_of
from usermind.memory import UserMemory
from usermind.memory.earlier import questions, said_before
from usermind.memory.echoes import content
from usermind.memory.index import Doubles
from usermind.memory.instructions import instruction
from usermind.memory.privacy import sensitive
from usermind.memory.text import fingerprint
from usermind.models.reasoner import Reasoner

_log = logging.getLogger(__name__)

MOST = 6
"""Candidates that are compared with the turn: each costs an embedding."""
QUESTIONS = 40
"""Earlier questions that are looked at."""
RELATED, FITTING = 0.6, 0.4
"""Weights of relatedness to the message and of personal fit. What the reply says decides what is
left to ask; its vector would cost as much as a candidate's."""
LEAST_RELATED = 0.15
"""Relatedness below which a model's query is beside the point. The rules' queries name a subject of
the turn."""
VARIETY = 0.4
"""How much likeness to what was chosen before takes away from a score."""
ALIKE = 0.93
"""Likeness from which on a query only repeats the message, or one that was chosen before."""
ANSWERED = 0.8
"""Share of what a query adds to the message from which on the reply has spoken of it."""
TURN = 300
"""Characters of the message that a query is compared with."""


@dataclass(frozen=True, slots=True)
class QuerySuggestion:
    """Something that the user could ask next."""

    text: str
    """As they would type it."""
    why: str
    """What speaks for it, in plain words; for the user's eyes."""
    strategy: Strategy
    rests_on: tuple[str, ...]
    """Ids of the entities, concepts, claims and messages that it is made of."""
    score: float
    """In [0, 1]: relatedness to the turn and personal fit."""


@dataclass(frozen=True, slots=True)
class Suggested:
    """What was suggested, and by whom."""

    suggestions: tuple[QuerySuggestion, ...]
    """Best first."""
    instead: str | None = None
    """Why the rules suggested in place of the model that was asked; None: they did not."""


def suggest(
    memory: UserMemory,
    message: str,
    reply_text: str,
    *,
    k: int = 3,
    reasoner: Reasoner | None = None,
    now: datetime | None = None,
    offered: Collection[bytes] = (),
) -> tuple[QuerySuggestion, ...]:
    """Return what the user could ask next, best first; see `suggested`."""
    return suggested(
        memory, message, reply_text, k=k, reasoner=reasoner, now=now, offered=offered
    ).suggestions


def suggested(
    memory: UserMemory,
    message: str,
    reply_text: str,
    *,
    k: int = 3,
    reasoner: Reasoner | None = None,
    now: datetime | None = None,
    offered: Collection[bytes] = (),
    titles: Sequence[str] = (),
) -> Suggested:
    """Return what the user could ask next, at most k, best first; often nothing.

    Nothing after small talk, where the turn speaks of nothing that is told, and where too little
    is known of what it speaks of.

    Args:
        memory: Whose turn it was.
        message: What they said.
        reply_text: What they were told.
        k: How many at most.
        reasoner: Who proposes queries, one call at the user's cost; None: the rules, which also
            do where it is the offline engine or fails.
        now: The present; None: by the store's clock.
        offered: `fingerprint` of each text that was offered before and not taken.
        titles: Of works that the message names, as it writes them.

    Raises:
        InvalidInputError: `k` is below 1.
        PrivacyError: The gate broke; nothing was sent.
    """
    if k < 1:
        raise InvalidInputError(f"`k` is {k}; ask for at least 1 suggestion. Nothing was made.")
    if not memory.exists or not plan_sources(message):
        return Suggested(())
    found = subjects_of(memory, message, reply_text, now=now or memory.now(), titles=titles)
    if not found.present:
        return Suggested(())
    made, instead = _made(memory, found, message, reply_text, reasoner)
    fit = _fit(memory, made, message, reply_text, offered)
    return Suggested(_chosen(memory, fit, message, k), instead)


def _made(
    memory: UserMemory, found: Subjects, message: str, reply: str, reasoner: Reasoner | None
) -> tuple[Sequence[Candidate], str | None]:
    """Return candidates, and why they are the rules' where a model was asked."""
    instead = None
    if reasoner is not None:
        try:
            return proposed(memory, found, message, reply, reasoner), None
        except ModelError as error:
            _log.warning("Queries are suggested by rules: %s", type(error).__name__)
            instead = str(error)
    with memory.open() as file, file.database.read() as connection:
        asked = questions(connection, most=QUESTIONS)
    return list(candidates(found, message, asked)), instead


# -- what is fit to be shown --------------------------------------------------------------


def _fit(
    memory: UserMemory,
    made: Iterable[Candidate],
    message: str,
    reply: str,
    offered: Collection[bytes],
) -> list[Candidate]:
    """Return the candidates that may be shown, at most `MOST`, the best known first."""
    unique = {fingerprint(each.text): each for each in reversed(list(made))}
    new = [each for key, each in reversed(unique.items()) if key not in offered]
    ranked = _spread(sorted(new, key=lambda each: -each.fit))  # stable
    kept: list[Candidate] = []
    private = _Reserve(memory, message)
    with memory.open() as file, file.database.read() as connection:
        for each in ranked:
            if each.fit < LEAST_FIT or _answered(each.text, message, reply):
                continue
            if instruction(each.text) is None and not said_before(connection, each.text):
                kept.append(each)
            if len(kept) == 2 * MOST:  # the gate, which comes next, is not free either
                break
    return private.shown(kept)[:MOST]


def _spread(made: Sequence[Candidate]) -> list[Candidate]:
    """Return candidates so that each memory has had its first before any has its second."""
    seen: dict[tuple[str, ...], int] = {}
    turns = []
    for each in made:
        seen[each.rests_on] = seen.get(each.rests_on, -1) + 1
        turns.append(seen[each.rests_on])
    return [made[place] for place in sorted(range(len(made)), key=lambda place: turns[place])]


def _answered(text: str, message: str, reply: str) -> bool:
    """Say whether a query adds nothing to the message, or what it adds the reply has spoken of."""
    said = content(message)
    adds = content(text) - said
    return not adds or len(adds & content(reply)) >= ANSWERED * len(adds)


class _Reserve:
    """What is not said of oneself unasked: private topics, and sensitive matters."""

    def __init__(self, memory: UserMemory, message: str) -> None:
        self._memory = memory
        self._spoken_of = {found.kind for found in sensitive.find(message)}

    def shown(self, made: Sequence[Candidate]) -> list[Candidate]:
        """Return the candidates that neither in their words nor in their reason tell of any."""
        with self._memory.privacy.egress("offline", log=False) as out:
            return [
                each
                for each in made
                if all(
                    out.text(text) == text
                    and {found.kind for found in sensitive.find(text)} <= self._spoken_of
                    for text in (each.text, each.why)
                )
            ]


# -- which of them ------------------------------------------------------------------------


def _chosen(
    memory: UserMemory, made: Sequence[Candidate], message: str, k: int
) -> tuple[QuerySuggestion, ...]:
    """Return the k best of different kinds, by maximal marginal relevance."""
    if not made:
        return ()
    likeness = memory.likeness([message[:TURN], *(each.text for each in made)])
    among, to_turn = likeness[1:, 1:], likeness[1:, 0]
    related = np.clip(to_turn, 0.0, 1.0)
    scores = RELATED * related + FITTING * np.array([each.fit for each in made])
    possible = [
        place
        for place, each in enumerate(made)
        if to_turn[place] < ALIKE and (each.strategy != "model" or related[place] >= LEAST_RELATED)
    ]
    return tuple(
        QuerySuggestion(
            text=made[place].text,
            why=made[place].why,
            strategy=made[place].strategy,
            rests_on=made[place].rests_on,
            score=float(np.clip(scores[place], 0.0, 1.0)),
        )
        for place in diverse(scores, among, possible, k)
    )


def diverse(scores: Doubles, likeness: Doubles, among: Sequence[int], k: int) -> list[int]:
    """Return up to k places, best first, each the best beside what was chosen before it.

    Args:
        scores: (candidates,).
        likeness: (candidates, candidates), in [−1, 1].
        among: Places that may be chosen; of equal ones the first.
        k: How many at most.
    """
    left, taken = list(among), list[int]()
    while left and len(taken) < k:
        worth = {
            place: scores[place]
            - VARIETY * max((float(likeness[place, one]) for one in taken), default=0.0)
            for place in left
        }
        best = max(left, key=lambda place: worth[place])
        taken.append(best)
        left = [place for place in left if place != best and likeness[place, best] < ALIKE]
    return taken
