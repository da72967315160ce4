"""Shopping logs of people who do not exist, and UQABench's seven kinds of questions about them.

A log is three months of events: a thing looked at, searched for or bought, with its brand,
its kind and the shop. Each user has three lasting interests, one more a month, a brand they prefer,
and somebody whom they shop for; a fifth of the events is chance. Gold answers are counted from the
log, by the definitions in `Kind`, and a log is drawn again until each of them is the only one that
fits. Distractors are brands and kinds of the same log wherever it has enough of them, so none can
be ruled out by never having been there; and the right one is drawn among its options, so that none
stands out by what it has in common with the rest.

Source: UQABench, arXiv 2502.19178, for the kinds. Its logs are not public; these are ours.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Literal, get_args

Kind = Literal["df", "df, for somebody", "mf", "ip", "ap", "li", "si", "it"]
"""df, direct feature: the brand of the n-th last thing. df, for somebody: what kind of thing it was
last for them. mf, counts: how many events of a kind of thing. li, long-term interests: the three
kinds with most events. si, short-term interest: the kind with most events in the last `RECENT`. it,
path of interests: the kind with most events in each month. ip, item prediction, and ap, attribute
prediction: the next thing and its brand, which are of the kind and the brand with most events in
the last `RECENT`. UQABench takes what the user really did next; drawn users do what they are drawn
to do, so here it is the best guess that the log allows."""
KINDS: tuple[Kind, ...] = get_args(Kind)

START = datetime(2026, 3, 1, tzinfo=UTC)
MONTHS = (START, datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC))
END = datetime(2026, 6, 1, tzinfo=UTC)
RECENT = timedelta(days=21)
"""Some 16 events: more than the 12 that a turn is given, or the newest would be all of them."""
EVENTS = 72
OPTIONS = 4
OF_THE_MONTH, LASTING, FOR_SOMEBODY = 0.45, 0.25, 0.1
"""Shares of the events by their cause; the rest is chance."""
PREFERRED = 0.5
"""Chance that a thing is of the preferred brand."""
TRIES = 2_000
"""Logs drawn for one user before giving up."""

THINGS: Mapping[str, tuple[str, ...]] = {
    "running shoes": ("Kestrel", "Marlin", "Tarn", "Sable"),
    "desk lamps": ("Orbit", "Halo", "Cinder", "Prism"),
    "coffee grinders": ("Mocha", "Burr", "Dawn", "Ember"),
    "rain jackets": ("Squall", "Fjord", "Drift", "Heron"),
    "board games": ("Citadel", "Mosaic", "Lantern", "Rook"),
    "garden tools": ("Thistle", "Loam", "Sorrel", "Bramble"),
    "headphones": ("Sonnet", "Echo", "Quaver", "Timbre"),
    "cookware": ("Skillet", "Copper", "Hearth", "Basil"),
    "backpacks": ("Nomad", "Ridge", "Trek", "Cairn"),
    "watches": ("Meridian", "Tempo", "Solstice", "Zenith"),
    "bedding": ("Linen", "Feather", "Lull", "Cotton"),
    "dog toys": ("Fetch", "Rumble", "Bounce", "Gnaw"),
}
"""Kinds of things, and the names of those that there are of each."""
BRANDS = (
    "Norda", "Lumo", "Fenn", "Varga", "Ostro", "Pellin", "Quist", "Ryde", "Sund", "Tolva",
)  # fmt: skip
SHOPS = ("Bergstad", "Nordhus", "Kallo", "Mirva")
PEOPLE = ("Ana", "Ben", "Chloe", "David", "Emma", "Felix", "Greta", "Hugo", "Iris", "Jonas")
SOMEBODY = (("Bo", "dog"), ("Mia", "sister"), ("Tomas", "colleague"), ("Rosa", "neighbour"))
ACTIONS = (
    "I looked at the {thing} {kind} by {brand} at {shop}{whom}.",
    "I searched {shop} for the {thing} {kind} by {brand}{whom}.",
    "I put the {thing} {kind} by {brand} in my basket at {shop}{whom}.",
    "I bought the {thing} {kind} by {brand} at {shop}{whom}.",
)
"""Each wording holds all that there is to an event, in one clause: what cuts sentences at commas
loses nothing."""
PLACES = 24
"""How far back the n-th last thing may lie: twice what a turn is given."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a user looked at."""

    id: str
    at: datetime
    thing: str
    brand: str
    kind: str
    shop: str
    whom: str | None
    text: str

    @property
    def names(self) -> tuple[str, str, str, str]:
        """What the shop's catalogue knows of it: thing, brand, kind and shop."""
        return (self.thing, self.brand, self.kind, self.shop)


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose from."""

    text: str
    names: tuple[str, ...]
    """What it says, as memories may say it: the decisive name first; of a path and of several
    interests each; of a count its digits."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its options."""

    id: str
    kind: Kind
    text: str
    options: tuple[Option, ...]
    gold: int
    """Place of the right one."""
    about: str = ""
    """The kind of thing that is counted, or the name of somebody."""
    place: int = 0
    """Which thing from the end; 1 for the last."""

    def message(self) -> str:
        """Return the question with its options, as a user would send it."""
        lines = [f"{chr(65 + n)}) {option.text}" for n, option in enumerate(self.options)]
        return "\n".join([self.text, *lines])


@dataclass(frozen=True, slots=True)
class Shopper:
    """A user, their log and the questions about it."""

    number: int
    name: str
    whom: str
    """Somebody whom they shop for."""
    whom_is: str
    """What that somebody is to them."""
    whom_wants: str
    """Kind of things that they get."""
    events: tuple[Event, ...]
    """Oldest first."""
    questions: tuple[Asked, ...]
    """One of each kind, in the order of `KINDS`."""


def shoppers(count: int, *, seed: int) -> Iterator[Shopper]:
    """Yield users; the same seed gives the same ones."""
    for number in range(count):
        yield shopper(number, seed=seed)


def shopper(number: int, *, seed: int) -> Shopper:
    """Return one user."""
    for again in range(TRIES):
        rng = random.Random(f"{seed} {number} {again}")  # noqa: S311  # no secret
        name, (whom, whom_is) = rng.choice(PEOPLE), rng.choice(SOMEBODY)
        *tastes, wants = rng.sample(sorted(THINGS), 7)
        events = _log(rng, tastes, wants, whom)
        questions = _questions(rng, f"u{number}", events, whom)
        if questions is not None:
            return Shopper(number, name, whom, whom_is, wants, tuple(events), questions)
    raise AssertionError(f"no log of {TRIES} fits all kinds of questions")


def _log(rng: random.Random, tastes: Sequence[str], wants: str, whom: str) -> list[Event]:
    """Return the events of a user, oldest first."""
    lasting, monthly = tastes[:3], tastes[3:]
    brand = rng.choice(BRANDS)
    span = (END - START).total_seconds()
    times = sorted(START + timedelta(seconds=rng.randrange(int(span))) for _ in range(EVENTS))
    events = []
    for place, at in enumerate(times):
        chance = rng.random()
        for_whom = False
        if chance < OF_THE_MONTH:
            kind = monthly[at.month - START.month]
        elif chance < OF_THE_MONTH + LASTING:
            kind = rng.choices(lasting, (5, 4, 3))[0]
        elif chance < OF_THE_MONTH + LASTING + FOR_SOMEBODY:
            kind, for_whom = wants, True
        else:
            kind = rng.choice(sorted(THINGS))
        made = brand if rng.random() < PREFERRED else rng.choice(BRANDS)
        thing, shop = rng.choice(THINGS[kind]), rng.choice(SHOPS)
        said = f" for {whom}" if for_whom else ""
        text = rng.choice(ACTIONS).format(thing=thing, brand=made, kind=kind, shop=shop, whom=said)
        receiver = whom if for_whom else None
        events.append(Event(f"e{place}", at, thing, made, kind, shop, receiver, text))
    return events


# -- questions --------------------------------------------------------------------------------


def most(values: Iterator[str] | Sequence[str], count: int = 1) -> tuple[str, ...] | None:
    """Return the `count` most frequent values, or None where a tie leaves them open.

    >>> most(["a", "b", "a"]), most(["a", "b"])
    (('a',), None)
    """
    ranked = Counter(values).most_common()
    if len(ranked) < count or (len(ranked) > count and ranked[count - 1][1] == ranked[count][1]):
        return None
    return tuple(value for value, _ in ranked[:count])


def _questions(
    rng: random.Random, user: str, events: Sequence[Event], whom: str
) -> tuple[Asked, ...] | None:
    """Return a question of each kind, or None where one has no single answer."""
    makers: Mapping[Kind, Callable[[], _Made | None]] = {
        "df": lambda: _direct(rng, events),
        "df, for somebody": lambda: _direct_for(rng, events, whom),
        "mf": lambda: _count(rng, events),
        "ip": lambda: _next_thing(rng, events),
        "ap": lambda: _next_brand(rng, events),
        "li": lambda: _lasting(rng, events),
        "si": lambda: _recent(rng, events),
        "it": lambda: _path(rng, events),
    }
    asked = []
    for kind, make in makers.items():
        made = make()
        if made is None:
            return None
        options = [made.gold, *made.others]
        rng.shuffle(options)
        gold = options.index(made.gold)
        asked.append(
            Asked(f"{user} {kind}", kind, made.text, tuple(options), gold, made.about, made.place)
        )
    return tuple(asked)


@dataclass(frozen=True, slots=True)
class _Made:
    text: str
    gold: Option
    others: Sequence[Option]
    about: str = ""
    place: int = 0


def _others(rng: random.Random, there: Sequence[str], every: Sequence[str], not_: set[str]
            ) -> list[Option]:  # fmt: skip
    """Return three distractors, of those that are in the log while there are enough."""
    mine = sorted(set(there) - not_)
    rest = sorted(set(every) - set(mine) - not_)
    rng.shuffle(mine)
    rng.shuffle(rest)
    return [Option(value, (value,)) for value in [*mine, *rest][: OPTIONS - 1]]


def _direct(rng: random.Random, events: Sequence[Event]) -> _Made:
    place = rng.randint(1, PLACES)
    gold = events[-place].brand
    others = _others(rng, [event.brand for event in events], BRANDS, {gold})
    text = (
        "Counting back from the last one, of which brand was thing number "
        f"{place} that I looked at, searched for or bought?"
    )
    return _Made(text, Option(gold, (gold,)), others, place=place)


def _direct_for(rng: random.Random, events: Sequence[Event], whom: str) -> _Made | None:
    mine = [event for event in events if event.whom]
    if not mine:
        return None
    gold = mine[-1].kind
    others = _others(rng, [event.kind for event in events], list(THINGS), {gold})
    text = f"What kind of thing was it that I last looked at or bought for {whom}?"
    return _Made(text, Option(gold, (gold,)), others, about=whom)


def _count(rng: random.Random, events: Sequence[Event]) -> _Made | None:
    counts = Counter(event.kind for event in events)
    enough = [kind for kind, count in sorted(counts.items()) if count >= OPTIONS]
    if not enough:
        return None
    kind = rng.choice(enough)
    lower = rng.randrange(OPTIONS)  # so many options lie below the right one
    right, *wrong = (counts[kind], *(counts[kind] + n - lower for n in range(OPTIONS)))
    options = [Option(str(number), (str(number),)) for number in wrong if number != right]
    text = f"How many times did I look at, search for or buy {kind}?"
    return _Made(text, Option(str(right), (str(right),)), options, about=kind)


def _lately(events: Sequence[Event]) -> list[Event]:
    return [event for event in events if event.at >= END - RECENT]


def _next_thing(rng: random.Random, events: Sequence[Event]) -> _Made | None:
    best = most([event.kind for event in _lately(events)])
    if best is None:
        return None
    others = rng.sample(sorted({event.kind for event in events} - set(best)), OPTIONS - 1)
    gold, *wrong = (_thing(rng.choice(THINGS[k]), rng.choice(BRANDS), k) for k in [*best, *others])
    return _Made("Which of these am I likely to look at next?", gold, wrong)


def _thing(thing: str, brand: str, kind: str) -> Option:
    return Option(f"the {thing} {kind} by {brand}", (kind, brand, thing))


def _next_brand(rng: random.Random, events: Sequence[Event]) -> _Made | None:
    best = most([event.brand for event in _lately(events)])
    if best is None:
        return None
    others = _others(rng, [event.brand for event in events], BRANDS, set(best))
    text = "Of which brand will the next thing be that I look at?"
    return _Made(text, Option(best[0], best), others)


def _lasting(rng: random.Random, events: Sequence[Event]) -> _Made | None:
    kinds = [event.kind for event in events]
    best = most(kinds, 3)
    rest = sorted(set(kinds) - set(best or ()))
    if best is None or len(rest) < len(best):
        return None
    pool = sorted([*best, *rng.sample(rest, len(best))])
    triples = [set(three) for three in combinations(pool, len(best)) if set(three) != set(best)]
    sets = [set(best), *rng.sample(triples, OPTIONS - 1)]
    options = [Option("{}, {} and {}".format(*sorted(one)), tuple(sorted(one))) for one in sets]
    text = "Which three kinds of things have I been most interested in over all this time?"
    return _Made(text, options[0], options[1:])


def _recent(rng: random.Random, events: Sequence[Event]) -> _Made | None:
    best = most([event.kind for event in _lately(events)])
    if best is None:
        return None
    others = _others(rng, [event.kind for event in events], list(THINGS), set(best))
    text = "Which kind of thing have I been most interested in over the last three weeks?"
    return _Made(text, Option(best[0], best), others)


def _path(rng: random.Random, events: Sequence[Event]) -> _Made | None:
    bests = [
        most([event.kind for event in events if event.at.month == month.month]) for month in MONTHS
    ]
    path = tuple(best[0] for best in bests if best)
    if len(set(path)) < len(MONTHS):
        return None
    a, b, c = path
    orders = rng.sample([(a, c, b), (b, a, c), (b, c, a), (c, a, b), (c, b, a)], OPTIONS - 1)
    options = [Option(", then ".join(names), names) for names in [path, *orders]]
    text = "How did my main interest move from March over April to May?"
    return _Made(text, options[0], options[1:])
