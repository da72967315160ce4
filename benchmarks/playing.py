"""Plays a persona into a store, session by session, and notes what the store then believes."""

import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from benchmarks.judging import Verdict, asserts, canonical, judged
from benchmarks.lives import Fact
from benchmarks.personas import Persona, Utterance
from benchmarks.wordings import PLANS, SLOTS
from langchain_core.messages import AIMessageChunk

from usermind import Draft, MemoryStore, UserMemory
from usermind.memory.propositions import Evidence
from usermind.models import Offline, Reasoner, ReplyRequest
from usermind.prompts import Operations, StructuredPrompt
from usermind.prompts._base import Output
from usermind.testing import StoppedClock
from usermind.types import Embedder, Tier

CHECKPOINT = timedelta(days=60)
NOTHING_STATED = ("chatter", "unreal", "asked")
"""Styles of utterances that state nothing."""


class Listening:
    """A reasoner that notes how sure the one behind it says it is."""

    def __init__(self, behind: Reasoner) -> None:
        self._behind = behind
        self.name, self.batch, self.recipient = behind.name, behind.batch, behind.recipient
        self.stated: dict[str, float] = {}
        """First stated confidence by statement."""
        self.calls = 0

    def complete(self, prompt: StructuredPrompt[Output]) -> Output:
        """Return the answer of the reasoner behind."""
        self.calls += 1
        answer = self._behind.complete(prompt)
        if isinstance(answer, Operations):
            for operation in answer.operations:
                statement = " ".join(operation.statement.split())
                self.stated.setdefault(statement, operation.confidence)
        return answer

    def reply(self, request: ReplyRequest) -> Iterator[AIMessageChunk]:
        """Yield the reply of the reasoner behind."""
        return self._behind.reply(request)


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence, in numbers."""

    polarity: int
    tier: Tier
    session: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """A claim as it stood at a checkpoint."""

    persona: int
    checkpoint: int
    at: datetime
    id: str
    text: str
    status: str
    confidence: float
    freshness: float
    stated: float | None
    """The reasoner's own number; None for words that are not its own."""
    durability: str
    age: timedelta
    """Since its last support."""
    verdict: Verdict
    rated: bool
    """Whether the simulated user has ruled on it."""
    rumour: bool
    """Whether nobody but third parties stands behind it."""
    baseless: bool
    """Whether all it rests on states nothing."""
    evidence: tuple[Piece, ...]
    sources: tuple[str, ...] = ()
    """Texts of the evidence, newest last."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A claim whose fact ended, and how long it stayed after that was first told."""

    kind: str
    value: str
    text: str
    days: float | None
    """From the first mention of the change; None: it stayed."""
    observations: int | None
    """Of the user, after that mention; None: it stayed."""


@dataclass(slots=True)
class Played:
    """What one persona's store believed over time."""

    persona: int
    shown: list[Shown] = field(default_factory=list)
    revealed: list[tuple[str, bool]] = field(default_factory=list)
    """For every checkpoint and true fact that the user had told: its kind, and whether known."""
    endings: list[Ending] = field(default_factory=list)
    observations: int = 0
    failed: int = 0
    """Observations whose reflection failed."""
    calls: int = 0
    verdicts: int = 0


def play(
    number: int,
    persona: Persona,
    *,
    reasoner: Reasoner | None = None,
    embedder: Embedder | str | None = None,
    verdicts: int = 0,
) -> Played:
    """Tell a store everything a persona says, in order, and return what it made of it.

    Args:
        number: Of the persona; seeds the simulated user's choices.
        persona: Whose life it is.
        reasoner: Who reflects; None: the offline engine.
        embedder: As `MemoryStore` takes it.
        verdicts: Claims that the user rules on at each checkpoint, drawn by chance from those
            shown: right ones are confirmed, wrong ones denied, outdated values corrected.
    """
    listening = Listening(reasoner or Offline())
    played = Played(number)
    rng = random.Random(f"verdicts {number}")
    sessions = persona.sessions()
    clock = StoppedClock(sessions[0][0].at)
    by_id = {utterance.id: utterance for utterance in persona.utterances}
    rated: set[str] = set()
    due = sessions[0][0].at + CHECKPOINT
    with (
        tempfile.TemporaryDirectory() as folder,
        MemoryStore(folder, embedder=embedder, reasoner=listening, clock=clock) as store,
    ):
        user = store.user(persona.name.lower())
        for place, session in enumerate(sessions):
            clock.now = session[-1].at
            user.observe_many([_draft(utterance) for utterance in session])
            report = user.reflect()
            played.failed += report.failed
            played.observations += len(session)
            if clock.now < due and place < len(sessions) - 1:
                continue
            due += CHECKPOINT
            step = played.shown[-1].checkpoint + 1 if played.shown else 0
            now = list(_looked(user, persona, clock.now, number, step, by_id, listening, rated))
            played.shown += now
            played.revealed += _revealed(persona, clock.now, now)
            if verdicts:
                played.verdicts += _ruled(user, persona, clock.now, now, rated, rng, verdicts)
        if not verdicts:
            played.endings = list(_endings(user, persona))
    played.calls = listening.calls
    return played


def _draft(utterance: Utterance) -> Draft:
    mine = utterance.author == "user"
    return Draft(
        text=utterance.text,
        at=utterance.at,
        source="chat" if mine else "email",
        author=utterance.author,
        session=utterance.session if mine else utterance.id,
        external_id=utterance.id,
    )


def _looked(
    user: UserMemory,
    persona: Persona,
    at: datetime,
    number: int,
    step: int,
    by_id: dict[str, Utterance],
    listening: Listening,
    rated: set[str],
) -> Iterator[Shown]:
    for claim in user.propositions.list(status=None):
        evidence = user.propositions.explain(claim.id).evidence
        support = [item for item in evidence if item.polarity > 0]
        said = [by_id[item.observation.external_id or ""] for item in support]
        yield Shown(
            persona=number,
            checkpoint=step,
            at=at,
            id=claim.id,
            text=claim.text,
            status=claim.status,
            confidence=claim.confidence,
            freshness=claim.freshness,
            stated=listening.stated.get(claim.text),
            durability=claim.durability,
            age=at - claim.supported_at,
            verdict=judged(claim.text, persona, at),
            rated=claim.id in rated or claim.pinned,
            rumour=all(item.observation.tier == "third_party" for item in support),
            baseless=all(utterance.style in NOTHING_STATED for utterance in said),
            evidence=tuple(map(_piece, evidence)),
            sources=tuple(utterance.text for utterance in said),
        )


def _piece(item: Evidence) -> Piece:
    seen = item.observation
    session = seen.session or f"{seen.source}{seen.at:%Y%m%d}"
    return Piece(item.polarity, seen.tier, session, seen.at)


def _revealed(persona: Persona, at: datetime, shown: Sequence[Shown]) -> Iterator[tuple[str, bool]]:
    active = [claim.text for claim in shown if claim.status == "active"]
    for fact in persona.true_at(at):
        if fact.kind != "mood" and _told(persona, fact, at):
            yield fact.kind, any(asserts(text, fact) for text in active)


def _told(persona: Persona, fact: Fact, until: datetime) -> bool:
    return any(
        (m.kind, m.value, m.polarity) == (fact.kind, fact.value, 1)
        for said in persona.utterances
        if said.author == "user" and fact.begins <= said.at <= until
        and said.style in ("plain", "repeat", "corrected")
        for m in said.mentions
    )  # fmt: skip


def _ruled(
    user: UserMemory,
    persona: Persona,
    at: datetime,
    shown: Sequence[Shown],
    rated: set[str],
    rng: random.Random,
    count: int,
) -> int:
    """Let the user rule on some of the claims that they are shown; return on how many."""
    open_ = [
        claim
        for claim in shown
        if claim.status == "active" and claim.verdict != "unjudged" and not claim.rated
    ]
    chosen = rng.sample(open_, min(count, len(open_)))
    for claim in chosen:
        rated.add(claim.id)
        if claim.verdict == "true":
            user.propositions.confirm(claim.id)
        elif claim.verdict == "ended" and (now := _instead(persona, claim, at)):
            user.propositions.correct(claim.id, canonical(now, persona.name))
        else:
            user.propositions.deny(claim.id)
    return len(chosen)


def _instead(persona: Persona, claim: Shown, at: datetime) -> Fact | None:
    """Return what fills the slot of an outdated claim now."""
    kinds = {fact.kind for fact in persona.facts if asserts(claim.text, fact)} & {*SLOTS}
    return next((fact for fact in persona.true_at(at) if fact.kind in kinds), None)


def _endings(user: UserMemory, persona: Persona) -> Iterator[Ending]:
    """Yield one ending for each claim of the user's that was active when its end was told."""
    claims = [
        claim
        for claim in user.propositions.list(status=None)
        if any(
            item.polarity > 0 and item.observation.tier != "third_party"
            for item in user.propositions.explain(claim.id).evidence
        )
    ]
    histories = {claim.id: user.propositions.history(claim.id) for claim in claims}
    mine = [said for said in persona.utterances if said.author == "user"]
    for fact in persona.facts:
        told = _first_told(persona, fact)
        if told is None or fact.kind == "mood":
            continue
        for claim in claims:
            versions = histories[claim.id]
            before = [version for version in versions if version.at < told.at]
            if not before or before[-1].status != "active" or not asserts(before[-1].text, fact):
                continue
            gone = next((v.at for v in versions if v.at >= told.at and v.status != "active"), None)
            since = [said for said in mine if gone is not None and told.at < said.at <= gone]
            yield Ending(
                fact.kind,
                fact.value,
                claim.text,
                None if gone is None else (gone - told.at) / timedelta(days=1),
                None if gone is None else len(since),
            )


def _first_told(persona: Persona, fact: Fact) -> Utterance | None:
    """Return the user's first words after a fact's end that say so or name its successor."""
    if fact.ends is None or (fact.kind in PLANS and not fact.cancelled):
        return None
    again = next(
        (f.begins for f in persona.of(fact.kind, fact.value) if f.begins >= fact.ends), None
    )
    for said in persona.utterances:
        if said.author != "user" or said.at < fact.ends or said.style not in ("plain", "repeat"):
            continue
        if again is not None and said.at >= again:
            return None  # it is so once more before anybody said that it was not
        for mention in said.mentions:
            same = mention.value == fact.value
            ends = same and mention.polarity < 0
            follows = fact.kind in SLOTS and not same and mention.polarity > 0
            if mention.kind == fact.kind and (ends or follows):
                return said
    return None
