"""Which citations of a proposal count: not those of others' words, nor of our own come back."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from usermind.graphs.excerpts import Excerpt
from usermind.memory import Observation, UserMemory
from usermind.memory.changes import Quote
from usermind.memory.echoes import (
    asks,
    bears_out,
    content,
    echoed,
    echoes_in,
    hearsay,
    in_pasted,
    needs_bearing_out,
    speaks_of,
)
from usermind.memory.instructions import instruction
from usermind.memory.pasted import left_out, merged, pasted
from usermind.memory.propositions import Proposition
from usermind.prompts import Operation

ALIKE = 0.75
"""Share of a statement's content words from which on it says what a known claim says."""


@dataclass(slots=True)
class Hearing:
    """Judges the citations of one batch of proposals.

    A citation is dropped when its words are inside text that the user pasted; when they repeat
    what the assistant said or kept before; when they are to bear out a claim which recall had just
    shown, or which only others had made, and the user says nothing of the kind; and when others'
    words are to become a claim that reads like an instruction.
    """

    memory: UserMemory
    known: tuple[Proposition, ...]
    _echoes: dict[Quote, bool] = field(default_factory=dict)
    _claims: list[tuple[Proposition, set[str]]] | None = None

    def holds(self, operation: Operation, quote: Quote, observation: Observation) -> bool:
        """Return whether a citation of an operation counts."""
        if in_pasted(observation, quote.start, quote.end):
            return False
        if quote not in self._echoes:
            with self.memory.open() as file:
                self._echoes[quote] = echoed(file.database, observation, quote.start, quote.end)
        if self._echoes[quote]:
            return False
        if observation.tier == "third_party":
            return instruction(operation.statement) is None
        return self._is_borne_out(operation, quote, observation)

    def _is_borne_out(self, operation: Operation, quote: Quote, said: Observation) -> bool:
        if operation.op in ("contradict", "retire"):
            return True
        for claim in self._supported(operation):
            with self.memory.open() as file:
                doubtful = needs_bearing_out(file.database, claim.id, said)
            if not (doubtful or asks(said, quote.start, quote.end)):
                continue
            if not bears_out(said, quote.start, quote.end, claim.text):
                return False
        return True

    def _supported(self, operation: Operation) -> list[Proposition]:
        """Return the known claims that an operation would strengthen."""
        alias = operation.target
        if operation.op == "reinforce" and alias is not None and 1 <= alias <= len(self.known):
            return [self.known[alias - 1]]
        about = content(operation.statement)
        if not about:
            return []
        if self._claims is None:  # all of them: a claim that was not shown may have been recalled
            active = self.memory.propositions.list()
            self._claims = [(claim, content(claim.text)) for claim in active]
        return [claim for claim, its in self._claims if len(about & its) >= ALIKE * len(about)]


def heard(memory: UserMemory, excerpt: Excerpt) -> str:
    """Return what reflection reads of an excerpt: of the user's messages, their own words.

    What they pasted, and what repeats our own words, is no evidence; shown beside their words it
    could pass for them.
    """
    observation, end = excerpt.observation, excerpt.start + len(excerpt.text)
    if observation.tier != "first_party":
        return excerpt.text
    with memory.open() as file:
        echoes = echoes_in(file.database, observation, excerpt.start, end)
    spans = merged([*pasted(observation.text), *echoes])
    inside = [
        (max(start, excerpt.start) - excerpt.start, min(stop, end) - excerpt.start)
        for start, stop in spans
        if start < end and stop > excerpt.start
    ]
    return left_out(excerpt.text, inside)


def presentable(
    memory: UserMemory, shown: Sequence[Excerpt], known: Sequence[Proposition]
) -> tuple[Proposition, ...]:
    """Return the known claims without what only others say, unless the user speaks of it.

    Their claims are theirs in words, too: beside the user's messages they are shown only where
    the user may be confirming or denying them.
    """
    if all(excerpt.observation.tier == "third_party" for excerpt in shown):
        return tuple(known)
    with memory.open() as file:
        others = hearsay(file.database)
    if others.isdisjoint(claim.id for claim in known):
        return tuple(known)
    said = " ".join(heard(memory, excerpt) for excerpt in shown)
    name = memory.display_name
    return tuple(
        claim for claim in known if claim.id not in others or speaks_of(said, claim.text, name=name)
    )
