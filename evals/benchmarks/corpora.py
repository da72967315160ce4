"""A data set as memories to fill and questions to ask.

A draft is what a store is given, one turn of a chat, one purchase or one document. A unit is what
is scored: the turn itself, or the segment (one whole session) that holds it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from usermind.evals.benchmarks.sampling import drawn
from usermind.memory import Draft


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what answers it."""

    text: str
    category: str
    answers: tuple[frozenset[str], ...]
    """Ids of units: every set is one part of the answer, any id of a set gives that part."""
    missing: int = 0
    """Parts of the answer whose ids the data does not hold: no system can find them."""
    id: str = ""
    """Its id, or its place, in the file."""
    gold: tuple[str, ...] = ()
    """The right answer in words, value by value; empty: the question has none, and whoever answers
    it is wrong."""
    fooled: str = ""
    """What somebody says who was taken in by a question that has no answer."""
    outdated: tuple[str, ...] = ()
    """Values that were right once."""

    @property
    def labelled(self) -> bool:
        """Whether the data says what answers it."""
        return bool(self.answers or self.missing)


@dataclass(frozen=True, slots=True)
class Corpus:
    """One user's memory and the questions about it."""

    data: str
    """Name of the data set."""
    user: str
    drafts: tuple[Draft, ...]
    units: tuple[str, ...]
    """(drafts,), the unit that each belongs to."""
    questions: tuple[Question, ...]
    """Those that are searched for: the data says what answers them."""
    more: tuple[Question, ...] = ()
    """Those that are only asked, since it does not say, or nobody searches for them."""
    user_name: str = ""
    """Whose words are those of the author `user`; empty: nobody's."""

    @property
    def asked(self) -> tuple[Question, ...]:
        """All questions."""
        return (*self.questions, *self.more)


def sampled(corpora: Iterable[Corpus], count: int | None, *, seed: int = 0) -> list[Corpus]:
    """Return the corpora with some of their questions, drawn without replacement from all.

    The same count and seed draw the same questions, and the order stays. Memories stay whole;
    one that nobody asks anything of is left out.

    Args:
        corpora: What to draw from.
        count: Questions in all; None, or more than there are: all of them.
        seed: Of the draw.

    Raises:
        InvalidInputError: `count` is below 1.
    """
    given = list(corpora)
    if count is None:
        return given
    places = [
        (at, number) for at, corpus in enumerate(given) for number in range(len(corpus.asked))
    ]
    taken = set(drawn(places, count, seed=seed))
    found = []
    for at, corpus in enumerate(given):
        kept = [q for number, q in enumerate(corpus.asked) if (at, number) in taken]
        if kept:
            of = set(map(id, corpus.questions))
            found.append(
                replace(
                    corpus,
                    questions=tuple(q for q in kept if id(q) in of),
                    more=tuple(q for q in kept if id(q) not in of),
                )
            )
    return found


def categories(corpora: Sequence[Corpus], order: Sequence[str] = ()) -> list[str]:
    """Return the categories that occur, those of `order` first."""
    there = dict.fromkeys(q.category for corpus in corpora for q in corpus.asked)
    return [*(name for name in order if name in there), *(c for c in there if c not in order)]
