"""Plays one scenario against an assistant, in a store of its own, on a clock of its own.

    seed, in order of time → learn → each turn → learn → the memory at the end → bytes of its files

What an ablation takes is never there: it is not stored, not learnt, or not planned. Nothing of a
reply is changed for it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

from usermind.agents import ProactiveAgent, Reply
from usermind.errors import UsermindError
from usermind.evals.agent import Agent, AgentMaker, Equipment, assistant
from usermind.evals.overhearing import Overhearing
from usermind.evals.phrases import has_words
from usermind.evals.results import Ablation
from usermind.evals.scenario import Looking, Seed, Tolerance, Turn
from usermind.evals.scenario_files import Loaded
from usermind.evals.simulating import SimulatedUser
from usermind.evals.snapshots import forget_words, snapshot, traces
from usermind.evals.transcript import (
    Call,
    Deletion,
    Memory,
    Offer,
    Recommended,
    Step,
    StepKind,
    Transcript,
    Used,
)
from usermind.evals.unusable import UNUSABLE
from usermind.graphs.plan import Asked, by_rules
from usermind.graphs.sources import Source
from usermind.memory import (
    Concept,
    Draft,
    Moment,
    Patience,
    Suggestion,
    UserMemory,
)
from usermind.memory.appraisal import Answer
from usermind.store import MemoryStore
from usermind.testing import StoppedClock

if TYPE_CHECKING:
    from usermind.memory import ReflectionReport
    from usermind.models.reasoner import Reasoner
    from usermind.tools.catalogue import Catalogue
    from usermind.types import Embedder

_log = logging.getLogger(__name__)

STEP = timedelta(minutes=1)
"""Between two turns."""
SESSION = timedelta(hours=1)
"""How far apart two seeds are that are learnt from apart, as by a worker."""
OTHERS = "somebody else"
"""Who says what an `observe:` has no author for."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came of playing a scenario."""

    transcript: Transcript
    """Until it broke, where it did."""
    error: str | None = None
    """Why it broke."""
    turns: tuple[float, ...] = ()
    """Seconds that each turn took."""


@dataclass(slots=True)
class _Place:
    """A store, who lives in it, and who talks to them."""

    store: MemoryStore
    memory: UserMemory
    agent: Agent
    overheard: Overhearing
    watcher: ProactiveAgent


def play(
    loaded: Loaded,
    *,
    ablation: Ablation | None = None,
    reasoner: Callable[[MemoryStore], Reasoner] | None = None,
    embedder: Embedder | Callable[[], Embedder] | str | None = None,
    catalogue: Catalogue | None = None,
    simulator: Reasoner | None = None,
    agent: AgentMaker = assistant,
) -> Played:
    """Play a scenario and return what happened.

    With the offline engine it is the same each time.

    Args:
        loaded: The scenario.
        ablation: What the assistant has to do without; see `results.Ablation`.
        reasoner: Makes what replies and learns; None: the offline engine.
        embedder: As `MemoryStore` takes it.
        catalogue: The scenario's, where it has one.
        simulator: Words what a simulated user says; None: a script does.
        agent: Makes what is evaluated.
    """
    with TemporaryDirectory(prefix="usermind-eval-", ignore_cleanup_errors=True) as folder:
        playing = Playing(
            loaded,
            Path(folder),
            ablation=ablation,
            reasoner=reasoner,
            embedder=embedder,
            catalogue=catalogue,
            simulator=simulator,
            agent=agent,
        )
        error = None
        try:
            playing.run()
        except UsermindError as failure:
            error = str(failure)
        except Exception as failure:  # noqa: BLE001  # a defect in one run: the others go on
            _log.exception("Playing %s broke", loaded.path)
            error = f"it broke with {type(failure).__name__}: {failure}"
        finally:
            playing.close()
        return Played(playing.transcript, error, tuple(playing.seconds))


class Playing:
    """One playing of a scenario."""

    def __init__(
        self,
        loaded: Loaded,
        folder: Path,
        *,
        ablation: Ablation | None,
        reasoner: Callable[[MemoryStore], Reasoner] | None,
        embedder: Embedder | Callable[[], Embedder] | str | None,
        catalogue: Catalogue | None,
        simulator: Reasoner | None,
        agent: AgentMaker,
    ) -> None:
        self._simulator, self._agent = simulator, agent
        self._loaded, self._scenario = loaded, loaded.scenario
        self._folder, self._ablation = folder, ablation
        self._reasoner, self._embedder, self._catalogue = reasoner, embedder, catalogue
        self._clock = StoppedClock(self._scenario.begins)
        self._looking = Looking()
        self._places: dict[str, _Place] = {}
        self._offered: tuple[Offer, ...] = ()
        self.transcript = Transcript(ever=dict.fromkeys(self._sought(), False))
        self.seconds: list[float] = []

    def run(self) -> None:
        """Play it all."""
        self._seed()
        self._note_before()
        for number, turn in enumerate(self._scenario.turns, 1):
            for step in self._steps(number, turn):
                self.transcript = replace(self.transcript, steps=(*self.transcript.steps, step))
                self._seek()
                self._clock.advance(STEP)
        self.transcript = replace(self.transcript, after=self._memory())
        self.close()
        self.transcript = replace(
            self.transcript, traces=traces(self._folder, self.transcript.ever)
        )

    def close(self) -> None:
        """Close what is open; safe to call twice."""
        while self._places:
            _, place = self._places.popitem()
            place.agent.close()
            place.watcher.close()
            place.store.close()

    # -- where it plays -------------------------------------------------------------------

    def _at(self, thread: str) -> _Place:
        """Return where a conversation takes place: without memory, each in an empty one."""
        name = f"thread {thread}" if self._ablation == "memory" else "all"
        if name not in self._places:
            self._places[name] = self._opened(self._folder / str(len(self._places)))
        return self._places[name]

    def _opened(self, folder: Path) -> _Place:
        from usermind.models import Offline

        store = MemoryStore(folder, embedder=self._embedder, clock=self._clock)
        behind = Offline(store.embedder) if self._reasoner is None else self._reasoner(store)
        reasoner = Overhearing(behind)
        memory = store.user(self._scenario.persona.name)
        for seed in self._scenario.seed:
            if seed.private is not None:
                memory.private.add(seed.private)
        return _Place(
            store,
            memory,
            self._agent(Equipment(store, reasoner, self._plan, self._catalogue)),
            reasoner,
            ProactiveAgent(
                store=store,
                model=reasoner,
                patience=_patience(self._scenario.patience, self._scenario.zone),
                moment=lambda _: Moment(
                    self._looking.focus, self._looking.meeting, self._looking.device
                ),
            ),
        )

    def _plan(self, asked: Asked) -> Sequence[Source]:
        gone: Source | None = {"profile": "profile", "concepts": "concept"}.get(
            self._ablation or ""
        )  # type: ignore[assignment]  # both are sources
        return [source for source in by_rules(asked) if source != gone]

    # -- before ---------------------------------------------------------------------------

    def _seed(self) -> None:
        if self._ablation == "memory":
            return
        moment = self._scenario.moment
        memory = self._at("main").memory
        before: datetime | None = None
        for seed in sorted(self._scenario.seed, key=lambda each: moment(each.at)):
            if seed.kind == "private" or (seed.kind == "concept" and self._ablation == "concepts"):
                continue
            at = moment(seed.at)
            if before is not None and at - before > SESSION:
                self._learn(self._at("main"))
            self._clock.now, before = at, at
            self._plant(memory, seed, at)
        self._learn(self._at("main"))
        self._clock.now = self._scenario.begins

    def _plant(self, memory: UserMemory, seed: Seed, at: datetime) -> None:
        if seed.say is not None:
            memory.observe(seed.say, at=at, source=seed.source or "chat")
        elif seed.observe is not None:
            author = seed.author or OTHERS
            memory.observe(seed.observe, at=at, source=seed.source or "mail", author=author)
        elif seed.remember is not None:
            memory.remember(seed.remember)
        elif seed.appointment is not None:
            entry = seed.appointment
            told = Draft(text=entry.text, at=at, source=seed.source or "calendar", tier="observed")
            (receipt,) = memory.observe_many([told])
            if receipt.id is not None:
                memory.agenda.add(
                    receipt.id,
                    self._scenario.moment(entry.begins),
                    ends=None if entry.ends is None else self._scenario.moment(entry.ends),
                    kind="task" if entry.task else "appointment",
                )
        elif seed.concept is not None:
            note = seed.concept
            memory.concepts[note.key] = Concept(
                note.names[0],
                aliases=note.names[1:],
                category=note.category,
                attributes=note.attributes,
            )
            for name in note.pictures:
                memory.pictures.add(note.key, self._loaded.file(name), consent=True)

    def _learn(self, place: _Place) -> tuple[str, ...]:
        """Learn from what is new; return what a model got wrong.

        Raises:
            ModelError: It could not be asked.
        """
        if self._ablation == "memory" or not place.memory.exists:
            return ()
        report: ReflectionReport = place.agent.reflect(place.memory.user_id)
        if report.outages:
            raise UsermindError(f"Nothing could be learnt: {report.errors[-1]}")
        return tuple(dict.fromkeys(report.errors))

    # -- turns ----------------------------------------------------------------------------

    def _steps(self, number: int, turn: Turn) -> Iterator[Step]:
        """Yield what happens in a turn: one thing, or what a simulated user says until content."""
        if turn.goal is None:
            yield self._step(self._begun(number, turn), turn)
            return
        need = replace(turn.goal, name=self._scenario.persona.name)
        simulated = SimulatedUser(need, reasoner=self._simulator)
        said = simulated.opens().text
        for place in range(turn.within):
            step = self._replied(replace(self._begun(number, turn), said=said), turn)
            goods = [each.told for each in step.recommended]
            satisfied = not step.trouble and simulated.accepts(step.reply or "", goods)
            yield replace(step, satisfied=satisfied)
            if satisfied or step.trouble:
                return
            if place + 1 < turn.within:
                said = simulated.responds(step.reply or "", goods).text

    def _begun(self, number: int, turn: Turn) -> Step:
        return Step(
            len(self.transcript.steps) + 1,
            "user" if turn.kind == "goal" else cast("StepKind", turn.kind),
            self._clock(),
            _said(turn),
            number,
            turn.thread,
            images=turn.images,
        )

    def _step(self, step: Step, turn: Turn) -> Step:
        if turn.user is not None:
            return self._replied(step, turn)
        if turn.observe is not None:
            return self._observed(step, turn)
        if turn.forget is not None:
            return self._forgot(step, turn.forget)
        if turn.watch is not None:
            return self._looked(step, turn.watch)
        if turn.answer is not None:
            return self._answered(step, turn.answer)
        self._clock.advance(turn.wait or timedelta())
        return step

    def _replied(self, step: Step, turn: Turn) -> Step:
        place = self._at(turn.thread)
        place.overheard.calls.clear()
        began = time.perf_counter()
        reply = place.agent.turn(
            place.memory.user_id,
            step.said,
            thread_id=turn.thread,
            message_id=f"turn {step.number}",
            images=[self._loaded.file(name) for name in turn.images],
        )
        self.seconds.append(time.perf_counter() - began)
        # An agent that does not reply by the reasoner says at least which tools it used.
        calls = tuple(place.overheard.calls) or tuple(Call(name, {}) for name in reply.tools)
        trouble = (*_trouble(reply), *self._learn(place))
        return replace(
            step,
            reply=reply.text,
            used=tuple(
                Used(hit.id, hit.kind, hit.text, hit.author, hit.score, hit.confidence)
                for hit in reply.used
            ),
            calls=calls,
            recommended=tuple(
                Recommended(
                    each.item.id,
                    each.item.title,
                    tuple(word for name in each.item.attributes for word in each.item.words(name)),
                    tuple(reason.text for reason in each.reasons),
                )
                for each in reply.recommended
            ),
            seen=tuple(key for sighting in reply.sightings for key in sighting.keys),
            sources=reply.sources,
            doubts=reply.doubts,
            trouble=trouble,
        )

    def _observed(self, step: Step, turn: Turn) -> Step:
        place, author = self._at(turn.thread), turn.author or OTHERS
        if self._ablation == "memory":  # it is no part of the conversation
            return replace(step, author=author)
        place.memory.observe(
            step.said, at=self._clock(), source=turn.source or "mail", author=author
        )
        return replace(step, author=author, trouble=self._learn(place))

    def _forgot(self, step: Step, words: Sequence[str]) -> Step:
        items = residue = 0
        for place in self._places.values():
            receipt = forget_words(place.memory, words) if place.memory.exists else None
            if receipt is not None:
                residue += receipt.residue
                items += len(receipt.observations) + len(receipt.propositions)
                items += len(receipt.concepts) + len(receipt.profiles) + len(receipt.entities)
        trouble = (
            () if items or self._ablation else (f"nothing to forget has the words {step.said}",)
        )
        return replace(step, deletion=Deletion(items, residue), trouble=trouble)

    def _looked(self, step: Step, looking: Looking) -> Step:
        place = self._at("main")
        self._looking = looking
        look = place.watcher.look(place.memory.user_id)
        offers = (*map(_offer, look.shown), *(_offer(each, digest=True) for each in look.digest))
        self._offered = offers or self._offered
        return replace(step, offers=offers, trouble=(look.trouble,) if look.trouble else ())

    def _answered(self, step: Step, answer: Answer) -> Step:
        place = self._at("main")
        for each in self._offered:
            place.watcher.answer(place.memory.user_id, each.id, answer)
        offered, self._offered = self._offered, ()
        trouble = (
            () if offered or self._ablation else ("nothing was offered that could be answered",)
        )
        return replace(step, offers=offered, trouble=trouble)

    # -- what is known --------------------------------------------------------------------

    def _memory(self) -> Memory:
        found = [snapshot(place.memory) for place in self._places.values() if place.memory.exists]
        return Memory(
            tuple(claim for each in found for claim in each.claims),
            tuple(message for each in found for message in each.messages),
            tuple(note for each in found for note in each.notes),
        )

    def _note_before(self) -> None:
        self.transcript = replace(self.transcript, before=self._memory())
        self._seek()

    def _sought(self) -> list[str]:
        """Return the words that the memory must not hold at the end."""
        return [
            words
            for _, _, each in self._scenario.expectations()
            if each.kind in ("forgotten", "not_stored")
            for words in each.value
        ]

    def _seek(self) -> None:
        """Note which of those words the memory holds now."""
        if self.transcript.ever:
            texts = self._memory().texts
            now = {
                words: before or any(has_words(text, words) for text in texts)
                for words, before in self.transcript.ever.items()
            }
            self.transcript = replace(self.transcript, ever=now)


def _said(turn: Turn) -> str:
    if turn.forget is not None:
        return " or ".join(turn.forget)
    if turn.wait is not None:
        return str(turn.wait)
    return turn.user or turn.observe or turn.answer or ""


def _trouble(reply: Reply) -> tuple[str, ...]:
    """Return what a model got wrong.

    Raises:
        UsermindError: It could not be asked, which says nothing of what it would have said.
    """
    if reply.error is None:
        return () if reply.unoffered is None else (reply.unoffered,)
    if isinstance(reply.error, UNUSABLE):
        return (str(reply.error),)
    raise reply.error


def _offer(each: Suggestion, *, digest: bool = False) -> Offer:
    return Offer(each.id, each.kind, each.title, each.text, each.way, digest)


def _patience(given: Tolerance, zone: str) -> Patience:
    return Patience(
        per_day=given.per_day,
        burst=given.burst,
        every=given.every,
        quiet=(given.quiet[0], given.quiet[1]) if given.quiet else None,
        digest=given.digest,
        zone=zone,
    )
