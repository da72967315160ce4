"""How things are in a synthetic life: facts that begin and end over about two years."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from benchmarks.wordings import SLOTS, SPECIES, VALUES, Kind

from usermind.types import MONTHS

START = datetime(2024, 3, 4, 9, tzinfo=UTC)
DAYS = 730
CANCELLED, MOVED = 0.25, 0.15
"""Shares of plans that are called off, and put on another day."""

COUNTS: Mapping[Kind, tuple[int, int]] = {
    "likes": (4, 7), "dislikes": (2, 4), "pet": (0, 2), "hobby": (2, 4), "language": (1, 3),
    "allergy": (0, 1),
}  # fmt: skip
"""Values of a set over the years, least and most."""
PLANNED: Mapping[Kind, int] = {"trip": 5, "event": 4}


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is so from one time to another."""

    kind: Kind
    value: str
    begins: datetime
    ends: datetime | None = None
    """None: still so when the persona's stream ends."""
    sort: str = ""
    """A pet's species."""
    due: datetime | None = None
    """Day of a plan."""
    cancelled: bool = False
    """Whether a plan ended without coming to pass."""

    def holds(self, at: datetime) -> bool:
        """Say whether it is so at a time."""
        return self.begins <= at and (self.ends is None or at < self.ends)


def order(fact: Fact) -> tuple[datetime, str, str]:
    """Return what facts are sorted by."""
    return fact.begins, fact.kind, fact.value


@dataclass(slots=True)
class Life:
    """The facts of one person, as chance has them."""

    rng: random.Random
    facts: list[Fact] = field(default_factory=list)
    end: datetime = START + timedelta(days=DAYS)

    def live(self) -> None:
        """Let everything happen: fill `facts`, in order of their beginnings."""
        self._slot("home", self.rng.choice([0, 1, 1, 2]))
        self._slot("employer", self.rng.choice([0, 1, 1, 2]), gap=0.25)
        self._slot("job", self.rng.choice([0, 0, 1]))
        self._slot("phone", self.rng.choice([0, 1, 2]))
        self._slot("partner", self.rng.choice([0, 0, 1]), gap=1.0, some=0.75)
        self._slot("diet", self.rng.choice([0, 1, 1]), gap=0.5, some=0.6)
        self._slot("origin", 0)
        self._years()
        for kind, (least, most) in COUNTS.items():
            self._set(kind, self.rng.randint(least, most))
        for kind, count in PLANNED.items():
            self._plans(kind, count)
        # Days begin and end things, so that nothing changes in the middle of a session.
        dated = [
            replace(f, begins=midnight(f.begins), ends=midnight(f.ends) if f.ends else None)
            for f in self.facts
        ]
        self.facts = sorted((f for f in dated if f.ends is None or f.begins < f.ends), key=order)

    def _day(self, low: float, high: float) -> datetime:
        return START + timedelta(days=self.rng.uniform(low, high))

    def _slot(self, kind: Kind, changes: int, *, gap: float = 0.0, some: float = 1.0) -> None:
        """Add a value and its successors; with chance `gap` nothing fills the time between."""
        values = self.rng.sample(VALUES[kind], changes + 1)
        times = sorted(self._day(150, DAYS - 30) for _ in range(changes))
        begins = self._day(-2000, -200) if self.rng.random() < some else self._day(60, 140)
        for value, change in zip(values, [*times, None], strict=True):
            if change is not None and change <= begins:
                continue
            self.facts.append(Fact(kind, value, begins, change))
            if change is not None:
                wait = self.rng.uniform(30, 90) if self.rng.random() < gap else 0.0
                begins = change + timedelta(days=wait)
        if begins > self.end:
            self.facts = [fact for fact in self.facts if fact.begins <= self.end]

    def _years(self) -> None:
        day = self.rng.choice(VALUES["birthday"])
        self.facts.append(Fact("birthday", day, START - timedelta(days=20_000)))
        date, month = day.split()
        first = datetime(START.year, MONTHS.index(month) + 1, int(date), tzinfo=UTC)
        age = self.rng.randint(34, 54)
        turns = [first.replace(year=first.year + step) for step in range(-1, 4)]
        for step, (begins, ends) in enumerate(pairwise(turns)):
            if ends > START and begins < self.end:
                self.facts.append(Fact("age", str(age + step), begins, ends))

    def _set(self, kind: Kind, count: int) -> None:
        lasting = kind in ("language", "allergy")
        for value in self.rng.sample(VALUES[kind], count):
            old = self.rng.random() < 0.65
            begins = self._day(-2000, -100) if old else self._day(30, DAYS - 90)
            ends = begins + timedelta(days=self.rng.uniform(60, 600)) if not old else None
            if old and self.rng.random() < (0.1 if lasting else 0.3):
                ends = self._day(150, DAYS - 20)
            elif lasting or self.rng.random() < 0.5:
                ends = None
            sort = self.rng.choice(SPECIES) if kind == "pet" else ""
            self.facts.append(Fact(kind, value, begins, ends, sort))

    def _plans(self, kind: Kind, count: int) -> None:
        for value in self.rng.sample(VALUES[kind], count):
            begins = self._day(20, DAYS - 40)
            due = midnight(begins + timedelta(days=self.rng.uniform(4, 40)))
            fate = self.rng.random()
            if fate < CANCELLED:
                ends = begins + (due - begins) * self.rng.uniform(0.3, 0.9)
                self.facts.append(Fact(kind, value, begins, ends, due=due, cancelled=True))
            elif fate < CANCELLED + MOVED:
                moved = begins + (due - begins) * self.rng.uniform(0.3, 0.9)
                later = due + timedelta(days=self.rng.randint(7, 30))
                self.facts.append(Fact(kind, value, begins, moved, due=due, cancelled=True))
                self.facts.append(Fact(kind, value, moved, later + timedelta(days=1), due=later))
            else:
                self.facts.append(Fact(kind, value, begins, due + timedelta(days=1), due=due))

    def before(self, fact: Fact) -> Fact | None:
        """Return what filled a slot until just before a fact, or None."""
        if fact.kind not in SLOTS:
            return None
        earlier = [f for f in self.facts if f.kind == fact.kind and f.begins < fact.begins]
        return earlier[-1] if earlier else None

    def never(self, kind: Kind, at: datetime) -> str | None:
        """Return a value of a kind that is at no time so, or None when all are."""
        taken = {f.value for f in self.facts if f.kind == kind}
        left = [value for value in VALUES[kind] if value not in taken]
        return self.rng.choice(left) if left else None


def midnight(at: datetime) -> datetime:
    """Return the beginning of a day."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
