"""Questions asked again: what came of them before is no evidence for the answer.

A question fits itself better than any memory fits it. Were the last time that it was asked a memory
like others, it would be the best one found, and what answers it would look beside the point.
"""

from collections.abc import Sequence
from itertools import pairwise

from usermind.graphs.plan import is_for_the_user
from usermind.memory import Recollection, UserMemory
from usermind.memory.echoes import content, replied_to, words_of
from usermind.memory.journal import ASSISTANT, USER
from usermind.models.offline.clauses import sentences
from usermind.models.offline.questions import question

ALIKE = 0.8
"""Share of a message's content words from which on an earlier question, which has no others, asks
the same."""


def reasked(memory: UserMemory, message: str, hits: Sequence[Recollection]) -> frozenset[str]:
    """Return the ids of those hits that only echo a message.

    They are the user's own earlier questions that ask the same; the replies to these, unless
    something is to be made for the user, where what was made last is worth knowing; and of replies
    in the same words all but the best.
    """
    said = [hit for hit in hits if hit.kind == "observation"]
    replies = [hit for hit in said if hit.author == ASSISTANT]
    echoes = {hit.id for hit in said if hit.author == USER and asks_the_same(hit.text, message)}
    if replies and not is_for_the_user(message):
        with memory.open() as file:
            heard = replied_to(file.database, [hit.id for hit in replies])
        echoes |= {reply for reply, text in heard.items() if asks_the_same(text, message)}
    ordered = sorted(replies, key=lambda hit: words_of(hit.text))  # stable: the best comes first
    for better, hit in pairwise(ordered):
        if words_of(better.text) == words_of(hit.text):
            echoes.add(hit.id)
    return frozenset(echoes)


def asks_the_same(earlier: str, message: str) -> bool:
    """Say whether a text asks what a message asks, and says no more than that.

    >>> asks_the_same("what food must i avoid", "What food must I avoid?")
    True
    >>> asks_the_same("I must avoid food with nuts.", "What food must I avoid?")
    False
    >>> asks_the_same("Where does Mia live?", "Where does Bo live?")
    False
    """
    if not _only_asks(earlier):
        return False
    theirs, ours = content(earlier), content(message)
    if not ours:  # "Who am I?"
        return words_of(earlier) == words_of(message)
    return theirs <= ours and len(theirs) >= ALIKE * len(ours)


def _only_asks(text: str) -> bool:
    return all(
        each.question or question(each.text) is not None or is_for_the_user(each.text)
        for each in sentences(text)
    )
