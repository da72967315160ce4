"""Synthetic people whose lives are known: facts that begin and end, and what they say of them.

A persona is a timeline of facts over about two years and a stream of dated utterances in sessions:
what is so, what has just changed, what ended, the same again in other words, half-sure remarks,
slips with and without a correction, jokes that are taken back, wishes and what-ifs, questions,
small talk, and mails of others, right and wrong. Not every change is told, and not at once. All
follows from a seed; the rates are set here and in `lives.py` and were not fitted to anything. Lines
marked `~` in `wordings.txt` are used by held-out personas alone.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from benchmarks.lives import START, Fact, Life, midnight, order
from benchmarks.wordings import (
    KINDS,
    PLANS,
    SETS,
    SLOTS,
    SPECIES,
    VALUES,
    Kind,
    Line,
    Use,
    choices,
    with_article,
)

from usermind.types import MONTHS

SESSION_GAP = 10.0
"""Mean days between sessions."""
CHATTER = (3, 6)
"""Utterances of a session that state nothing, least and most."""
REPEAT_DAYS = 120.0
"""Mean days between mentions of a fact that stays as it is."""
DELAY_DAYS = 8.0
"""Mean days from a change to its being told."""
SILENT = 0.15
"""Share of beginnings and endings that are never told as such."""
AGAIN = 0.12
"""Share of statements said again in the same session."""
SLIP = 0.04
"""Share of statements with the wrong value."""
MENDED = 0.75
"""Share of slips put right in the next utterance; the rest are not."""
HEDGED, HEDGE_TRUE = 10, 0.6
"""Half-sure remarks of a persona, and the share that are so."""
JOKES, UNREAL, ASKED = 3, 16, 8
"""Lies taken back, what-ifs, and questions that name a value; of a persona."""
REPORTS, REPORT_TRUE = 16, 0.6
"""Mails of others that state something, and the share that are right."""

Style = Literal[
    "plain", "repeat", "hedged", "slip", "corrected", "joke", "retracted", "unreal", "asked",
    "chatter", "reported",
]  # fmt: skip
PLAIN, HALF_SURE = 1.0, 0.4
"""How strongly a mention speaks."""
NAMES = (
    "Nadia", "Lukas", "Priya", "Mateo", "Freya", "Omar", "Hanna", "Jakub", "Leila", "Soren",
    "Bianca", "Viktor", "Amara", "Rafael", "Ingrid", "Kenji", "Paula", "Declan", "Marta", "Felix",
)  # fmt: skip
OTHERS = ("Bea Holm", "Carl Ott", "Dana Pike", "Eli Marsh")


@dataclass(frozen=True, slots=True)
class Mention:
    """What an utterance says of one value."""

    kind: Kind
    value: str
    polarity: int
    """+1: it is so; −1: it is not, or no longer."""
    strength: float
    """1 for a plain statement, less for a half-sure one."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One message or mail."""

    id: str
    at: datetime
    session: str
    author: str
    """`"user"`, or the name of somebody else."""
    text: str
    style: Style
    mentions: tuple[Mention, ...] = ()
    """What it states; empty for small talk, jokes marked as such, what-ifs and questions."""


@dataclass(frozen=True, slots=True)
class Persona:
    """One person: how things were, and what was said."""

    name: str
    facts: tuple[Fact, ...]
    utterances: tuple[Utterance, ...]
    """In order of time."""

    def true_at(self, at: datetime) -> tuple[Fact, ...]:
        """Return the facts that hold at a time."""
        return tuple(fact for fact in self.facts if fact.holds(at))

    def of(self, kind: Kind, value: str) -> tuple[Fact, ...]:
        """Return the stretches of time in which a value was so, in order."""
        return tuple(f for f in self.facts if (f.kind, f.value) == (kind, value))

    def sessions(self) -> list[list[Utterance]]:
        """Return the utterances by session, in order of time."""
        grouped: dict[str, list[Utterance]] = {}
        for utterance in self.utterances:
            grouped.setdefault(utterance.session, []).append(utterance)
        return list(grouped.values())


def personas(seeds: Sequence[int], *, held_out: bool) -> list[Persona]:
    """Return one persona a seed; the same arguments always give the same."""
    return [persona(seed, held_out=held_out) for seed in seeds]


def persona(seed: int, *, held_out: bool = False) -> Persona:
    """Return the persona of a seed."""
    rng = random.Random(f"persona {seed} {held_out}")
    life = Life(rng)
    life.live()
    talk = _Talk(rng, NAMES[seed % len(NAMES)], life, held_out=held_out)
    said = tuple(talk.hold())  # moods come up as people speak
    return Persona(talk.name, tuple(sorted(life.facts, key=order)), said)


def _later(rng: random.Random, mean_days: float) -> timedelta:
    return timedelta(days=rng.expovariate(1 / mean_days))


# -- what is said of it -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wish:
    """Something to say in the first session after a time."""

    after: datetime
    use: Use
    fact: Fact


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    style: Style
    mentions: tuple[Mention, ...] = ()
    author: str = "user"


@dataclass(slots=True)
class _Talk:
    rng: random.Random
    name: str
    life: Life
    held_out: bool

    def hold(self) -> Iterator[Utterance]:
        """Yield all utterances in order of time."""
        starts = list(self._starts())
        extras = self._extras(starts)
        wishes = sorted(self._wishes(), key=lambda wish: wish.after)
        number = 0
        for place, start in enumerate(starts):
            due = [wish for wish in wishes if wish.after <= start]
            wishes = wishes[len(due) :]
            spoken = [group for wish in due if (group := self._spoken(wish, start))]
            spoken += [
                group for style in extras.get(place, ()) if (group := self._extra(style, start))
            ]
            spoken += [self._chatter() for _ in range(self.rng.randint(*CHATTER))]
            mood = self._mood(start)
            self.rng.shuffle(spoken)
            for step, said in enumerate([*mood, *(one for group in spoken for one in group)]):
                number += 1
                yield Utterance(
                    id=f"{self.name}:{number}",
                    at=start + timedelta(seconds=40 * step),
                    session=f"s{place:03}",
                    author=said.author,
                    text=said.text,
                    style=said.style,
                    mentions=said.mentions,
                )

    def _starts(self) -> Iterator[datetime]:
        at = START
        while at < self.life.end:
            yield at
            at = midnight(at + timedelta(days=1) + _later(self.rng, SESSION_GAP - 1))
            at += timedelta(hours=self.rng.randint(8, 20))

    def _wishes(self) -> Iterator[_Wish]:
        for fact in self.life.facts:
            told = fact.begins + _later(self.rng, DELAY_DAYS)
            if fact.kind in PLANS:
                yield _Wish(fact.begins, "begins", fact)
                if self.rng.random() < 0.3:
                    yield _Wish(fact.begins + timedelta(days=5), "begins", fact)
            elif fact.begins < START:
                told = START + timedelta(days=self.rng.uniform(0, 150))
                yield _Wish(told, "is", fact)
            elif self.rng.random() >= SILENT:
                yield _Wish(told, "begins" if self.rng.random() < 0.8 else "is", fact)
            if fact.kind not in PLANS:
                at = told + _later(self.rng, REPEAT_DAYS)
                while at < (fact.ends or self.life.end):
                    yield _Wish(at, "is", fact)
                    at += _later(self.rng, REPEAT_DAYS)
            if fact.ends and self.rng.random() >= SILENT:
                delay = 2.0 if fact.kind in PLANS else DELAY_DAYS
                if fact.kind not in PLANS or fact.cancelled:
                    yield _Wish(fact.ends + _later(self.rng, delay), "ends", fact)

    def _spoken(self, wish: _Wish, at: datetime) -> list[_Said] | None:
        """Return the utterances that carry out a wish, if it is still true to say so."""
        fact = wish.fact
        if wish.use == "ends":
            if any(f.holds(at) for f in self.life.facts if _same(f, fact)):
                return None
            successor = [f for f in self.life.facts if f.kind == fact.kind and f.holds(at)]
            if fact.kind in SLOTS and successor:
                return None  # the new value tells it
            if fact.due is not None and fact.due <= at:
                return None
        elif not fact.holds(at) or (fact.due is not None and fact.due <= at):
            return None
        if wish.use != "ends" and fact.kind not in PLANS and self.rng.random() < SLIP:
            return self._slip(fact, at)
        said = self._state(fact, wish.use, at)
        if said is None:
            return None
        if self.rng.random() < AGAIN and wish.use != "ends" and fact.kind not in PLANS:
            again = self._state(fact, "is", at)
            if again is not None and again.text != said.text:
                return [said, _Said(again.text, "repeat", again.mentions)]
        return [said]

    def _state(self, fact: Fact, use: Use, at: datetime) -> _Said | None:
        before = self.life.before(fact) if use == "begins" else None
        line = self._line(fact.kind, use, old=before is not None)
        if line is None:
            line = self._line(fact.kind, "is") if use == "begins" else None
        if line is None:
            return None
        polarity = -1 if use == "ends" else 1
        mentions = [Mention(fact.kind, fact.value, polarity, PLAIN)]
        if before is not None and "old" in line.fields():
            mentions.append(Mention(fact.kind, before.value, -1, PLAIN))
        text = self._words(line, fact, at, old=before.value if before else "")
        return _Said(text, "plain", tuple(mentions))

    def _slip(self, fact: Fact, at: datetime) -> list[_Said] | None:
        wrong = self.life.never(fact.kind, at)
        line = self._line(fact.kind, "is")
        if wrong is None or line is None:
            return None
        slipped = Fact(fact.kind, wrong, at, sort=fact.sort)
        said = _Said(self._words(line, slipped, at), "slip", (Mention(fact.kind, wrong, 1, PLAIN),))
        if self.rng.random() >= MENDED:
            return [said]
        mend = self._line("any", "corrected")
        assert mend is not None, "there are corrections"
        right = (Mention(fact.kind, fact.value, 1, PLAIN), Mention(fact.kind, wrong, -1, PLAIN))
        return [said, _Said(mend.said(v=fact.value, old=wrong), "corrected", right)]

    def _mood(self, start: datetime) -> list[_Said]:
        if self.rng.random() >= 0.15:
            return []
        value = self.rng.choice(VALUES["mood"])
        ends = start + timedelta(hours=self.rng.uniform(6, 40))
        self.life.facts.append(Fact("mood", value, start, ends))
        said = self._state(self.life.facts[-1], "is", start)
        return [said] if said else []

    def _chatter(self) -> list[_Said]:
        line = self._line("any", "chatter")
        assert line is not None, "there is small talk"
        return [_Said(line.text, "chatter")]

    # -- what is not simply so ------------------------------------------------------------

    def _extras(self, starts: Sequence[datetime]) -> dict[int, list[Style]]:
        """Return what else is said in each session."""
        placed: dict[int, list[Style]] = {}
        wanted: tuple[tuple[Style, int], ...] = (
            ("hedged", HEDGED),
            ("joke", JOKES),
            ("unreal", UNREAL),
            ("asked", ASKED),
            ("reported", REPORTS),
        )
        for style, count in wanted:
            for _ in range(count):
                placed.setdefault(self.rng.randrange(len(starts)), []).append(style)
        return placed

    def _extra(self, style: Style, at: datetime) -> list[_Said] | None:
        use: Use = "is" if style == "joke" else style  # type: ignore[assignment]  # the same words
        kinds = [kind for kind in KINDS if choices(kind, use, held_out=self.held_out)]
        if style == "joke":
            kinds = [kind for kind in kinds if kind in (*SETS, "diet")]
        kind = self.rng.choice(kinds)
        share = {"hedged": HEDGE_TRUE, "reported": REPORT_TRUE}.get(style, 0.0)
        holding = [f for f in self.life.facts if f.kind == kind and f.holds(at)]
        if style == "hedged" and kind not in ("likes", "dislikes", "allergy", *PLANS):
            soon = at + timedelta(days=60)  # "I might move to Porto", and so it comes
            holding = [f for f in self.life.facts if f.kind == kind and at < f.begins < soon]
        due = at + timedelta(days=self.rng.randint(3, 30))
        if self.rng.random() < share:
            if not holding:
                return None
            fact = self.rng.choice(holding)
        else:
            value = self.life.never(kind, at)
            if value is None:
                return None
            fact = Fact(kind, value, at, sort=self.rng.choice(SPECIES), due=due)
        line = self._line(kind, use)
        assert line is not None, "kinds without lines were left out"
        text = self._words(line, fact, at)
        if style in ("unreal", "asked"):
            return [_Said(text, style)]
        strength = HALF_SURE if style == "hedged" else PLAIN
        stated = (Mention(kind, fact.value, 1, strength),)
        if style == "reported":
            return [_Said(text, style, stated, author=self.rng.choice(OTHERS))]
        if style == "hedged":
            return [_Said(text, style, stated)]
        taken = self._line("any", "retracted")
        assert taken is not None, "jokes can be taken back"
        denied = (Mention(kind, fact.value, -1, PLAIN),)
        return [_Said(text, "joke", stated), _Said(taken.said(v=fact.value), "retracted", denied)]

    def _line(self, kind: str, use: Use, *, old: bool = False) -> Line | None:
        fitting = [
            line
            for line in choices(kind, use, held_out=self.held_out)
            if old or use == "corrected" or "old" not in line.fields()
        ]
        return self.rng.choice(fitting) if fitting else None

    def _words(self, line: Line, fact: Fact, at: datetime, *, old: str = "") -> str:
        is_job = fact.kind == "job"
        return line.said(
            v=fact.value,
            a=with_article(fact.value),
            old=with_article(old) if is_job and old else old,
            k=fact.sort or "pet",
            n=self.name,
            day=_day_in_words(self.rng, fact.due, at) if fact.due else "",
        )


def _same(one: Fact, other: Fact) -> bool:
    return (one.kind, one.value) == (other.kind, other.value)


def _day_in_words(rng: random.Random, due: datetime, at: datetime) -> str:
    """Return a day as people say it: "tomorrow", "in 3 days", "on Friday", "on 14 March"."""
    days = (midnight(due) - midnight(at)).days
    plain = f"on {due.day} {MONTHS[due.month - 1]}"
    if days == 1:
        return "tomorrow"
    if days < 7:
        return rng.choice([f"in {days} days", f"on {due:%A}", plain])
    ending = {1: "st", 2: "nd", 3: "rd"}.get(due.day % 10 if due.day // 10 != 1 else 0, "th")
    return rng.choice([plain, f"on the {due.day}{ending} of {MONTHS[due.month - 1]}"])
