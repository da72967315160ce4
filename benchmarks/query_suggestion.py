"""Query suggestion: does what the user says next come closer to our suggestions than to others?

    python -m benchmarks.query_suggestion [--locomo FILE] [--users 30] [--turns 8] [--minilm FOLDER]

After a turn, three suggestions are made of the memory before it, by rules. What the user really
said next is held out. The same code runs with two other memories:

- somebody else's: the memory of another person of the same data;
- none: the same sentences, filled with what the message itself names.

next: cosine (MiniLM) of the nearest suggestion to the real next message. hit: whether a suggestion
names something that the next message names and this one did not. related: mean cosine to the
message. repeats: mean cosine of a suggestion to the nearest of the user's earlier messages; lower
is newer. own: share of suggestions that name something true of the person. Silent turns count for
the share alone; differences are taken over the turns where both speak. Intervals: 95 %, people
drawn anew.

Data: drawn shoppers (`uqa_logs`), drawn lives (`personas`), and LoCoMo where its file is named,
with one speaker as the user. In the drawn data the next message does not follow from the one
before; there the figures tell how well the memory is used, not how well a message is foreseen.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import numpy as np
from benchmarks import personas
from benchmarks.retrieval import CachedMiniLM

from usermind import MemoryStore, UserMemory
from usermind.evals.benchmarks import uqa_logs
from usermind.evals.benchmarks.intervals import grouped
from usermind.graphs.next_queries import candidates
from usermind.graphs.subject import Subject, kind_in
from usermind.graphs.subjects import Subjects
from usermind.graphs.suggesting import suggest
from usermind.memory.journal import Draft
from usermind.memory.keyphrases import keyphrases
from usermind.memory.naming import folded, says

SYSTEMS = ("own memory", "somebody else's", "none")
MEASURES = ("next", "hit", "related", "repeats", "own")
K = 3


@dataclass(frozen=True, slots=True)
class Turn:
    """A message, what was answered, and what the user said next."""

    message: str
    reply: str
    following: str
    names: tuple[str, ...]
    """What the next message names and this one does not."""
    at: datetime


@dataclass(slots=True)
class Person:
    """Somebody with a past and some turns to come."""

    name: str
    past: list[Draft]
    turns: list[Turn]
    true: tuple[str, ...] = ()
    """Names that are true of them, in the past that they told."""
    events: list[tuple[str, tuple[str, ...], datetime]] = field(default_factory=list)
    """Searches with what they name."""


# -- data -----------------------------------------------------------------------------------


def shoppers(count: int, turns: int) -> Iterator[Person]:
    """Yield drawn shoppers; a turn is an event, and the next is the next."""
    for one in uqa_logs.shoppers(count, seed=7):
        past, rest = one.events[: -turns - 1], one.events[-turns - 1 :]
        kinds = [event.kind for event in past]
        brands = [event.brand for event in past]
        yield Person(
            one.name,
            [Draft(text=event.text, at=event.at) for event in past],
            [
                Turn(now.text, "", then.text, _new(then.names, now.text), now.at)
                for now, then in pairwise(rest)
            ],
            true=(*_often(kinds, 4), *_often(brands, 2), one.whom),
            events=[(event.text, event.names, event.at) for event in past],
        )


def lives(count: int, turns: int) -> Iterator[Person]:
    """Yield drawn lives; their last messages are the turns."""
    for one in personas.personas(range(count), held_out=True):
        said = [each for each in one.utterances if each.author == "user"]
        past, rest = said[: -4 * turns], said[-4 * turns :]
        now = rest[0].at
        names = tuple(fact.value for fact in one.true_at(now))
        pairs = [
            Turn(a.text, "", b.text, _new(_named(b.text), a.text), a.at) for a, b in pairwise(rest)
        ]
        yield Person(
            one.name, [Draft(text=each.text, at=each.at) for each in past], pairs, true=names
        )


def locomo(path: Path, turns: int) -> Iterator[Person]:
    """Yield the first speaker of each conversation; what the other says is their reply."""
    for item in json.loads(path.read_text("utf-8")):
        talk = item["conversation"]
        speaker, other = talk["speaker_a"], talk["speaker_b"]
        numbers = [n for n in range(1, 100) if f"session_{n}" in talk]
        said: list[tuple[str, str, datetime]] = []
        for number in numbers:
            at = datetime.strptime(
                talk[f"session_{number}_date_time"], "%I:%M %p on %d %B, %Y"
            ).replace(tzinfo=UTC)
            said += [(each["speaker"], each["text"], at) for each in talk[f"session_{number}"]]
        cut = int(len(said) * 0.8)
        past = [
            Draft(text=text, at=at, author="user" if who == speaker else other, source="chat",
                  tier=None if who == speaker else "third_party")
            for who, text, at in said[:cut]
        ]  # fmt: skip
        triples = [
            Turn(a[1], b[1], c[1], _new(_named(c[1]), a[1]), a[2])
            for a, b, c in zip(said[cut:], said[cut + 1 :], said[cut + 2 :], strict=False)
            if (a[0], b[0], c[0]) == (speaker, other, speaker)
        ]
        random.Random(7).shuffle(triples)
        yield Person(speaker, past, triples[: 3 * turns])


def _named(text: str) -> tuple[str, ...]:
    return keyphrases(text) if text != text.lower() else ()


def _new(names: Sequence[str], message: str) -> tuple[str, ...]:
    return tuple(name for name in names if folded(name) not in folded(message))


def _often(values: Sequence[str], count: int) -> tuple[str, ...]:
    return tuple(sorted(set(values), key=lambda value: -values.count(value))[:count])


# -- systems --------------------------------------------------------------------------------


def filled(store: MemoryStore, person: Person, number: int) -> UserMemory:
    """Return the memory of somebody's past."""
    memory = store.user(f"person {number}")
    memory.observe_many(person.past)
    for place, (text, names, at) in enumerate(person.events):
        memory.entities.record(
            text, at=at, external_id=f"event {place}", extract=lambda _, n=names: n
        )
    while memory.reflect().processed:
        pass
    return memory


def without_memory(embedder: CachedMiniLM, turn: Turn) -> list[str]:
    """Return the same sentences, filled with what the message names."""
    present = tuple(
        Subject(name, kind_in(name, [turn.message]) or "thing", fit=1.0)
        for name in keyphrases(turn.message)
    )
    made = [each.text for each in candidates(Subjects(present, ()), turn.message, ())]
    if not made:
        return []
    near = embedder.vectors(made) @ embedder.vectors([turn.message])[0]
    return [made[place] for place in np.argsort(-near, kind="stable")[:K]]


def measured(
    embedder: CachedMiniLM, texts: Sequence[str], turn: Turn, person: Person
) -> dict[str, float]:
    """Return the measures of one turn; nothing where nothing was suggested."""
    if not texts:
        return {}
    vectors = embedder.vectors(list(texts))
    turned = embedder.vectors([turn.message, turn.following])
    earlier = embedder.vectors([each.text for each in person.past if each.author == "user"])
    found = {
        "next": float((vectors @ turned[1]).max()),
        "related": float((vectors @ turned[0]).mean()),
        "repeats": float((vectors @ earlier.T).max(axis=1).mean()),
    }
    if turn.names:
        found["hit"] = float(any(says(text, turn.names) for text in texts))
    if person.true:
        found["own"] = fmean(any(says(text, [name]) for name in person.true) for text in texts)
    return found


def run(embedder: CachedMiniLM, title: str, people: Sequence[Person]) -> None:
    """Measure one data set and print its table."""
    rows: list[list[dict[str, dict[str, float]]]] = []
    shown: list[tuple[str, str]] = []
    with tempfile.TemporaryDirectory() as folder, MemoryStore(folder, embedder=embedder) as store:
        memories = [filled(store, person, number) for number, person in enumerate(people)]
        for number, person in enumerate(people):
            stranger = memories[(number + 1) % len(people)]
            of_person = []
            for turn in person.turns:
                own = [s.text for s in _suggested(memories[number], turn)]
                texts = {
                    "own memory": own,
                    "somebody else's": [s.text for s in _suggested(stranger, turn)],
                    "none": without_memory(embedder, turn),
                }
                shown += [(turn.message, text) for text in own[:1]]
                of_person.append(
                    {name: measured(embedder, each, turn, person) for name, each in texts.items()}
                )
            rows.append(of_person)
    _table(title, rows)
    for message, text in random.Random(1).sample(shown, min(6, len(shown))):
        print(f"    {message[:60]!r} → {text!r}")


def _suggested(memory: UserMemory, turn: Turn):  # type: ignore[no-untyped-def]  # a tuple
    return suggest(memory, turn.message, turn.reply, k=K, now=turn.at)


def _table(title: str, rows: Sequence[Sequence[dict[str, dict[str, float]]]]) -> None:
    count = sum(map(len, rows))
    print(f"\n{title}: {len(rows)} people, {count} turns")
    for system in SYSTEMS:
        spoke = [turn[system] for person in rows for turn in person if turn[system]]
        cells = []
        for measure in MEASURES:
            values = [turn[measure] for turn in spoke if measure in turn]
            cells.append(f"{measure} {fmean(values):.3f}" if values else f"{measure} -")
        print(f"  {system:<16} speaks {len(spoke) / count:5.1%}   " + "   ".join(cells))
    for control in SYSTEMS[1:]:
        for measure in MEASURES:
            pairs = [
                [
                    turn[SYSTEMS[0]][measure] - turn[control][measure]
                    for turn in person
                    if measure in turn[SYSTEMS[0]] and measure in turn[control]
                ]
                for person in rows
            ]
            if kept := [each for each in pairs if each]:
                apart = fmean(value for each in kept for value in each)
                low, high = grouped(kept, lambda drawn: fmean(v for each in drawn for v in each))
                n = sum(map(len, kept))
                span = f"({low:+.3f} to {high:+.3f}), n {n}"
                print(f"  own − {control:<16} {measure:<8} {apart:+.3f} {span}")


def main() -> None:
    """Run and print everything."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--locomo", type=Path)
    parser.add_argument("--users", type=int, default=30)
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument("--minilm", type=Path)
    parser.add_argument("--vectors", type=Path)
    options = parser.parse_args()
    embedder = CachedMiniLM(options.minilm, options.vectors)
    run(embedder, "shoppers", list(shoppers(options.users, options.turns)))
    run(embedder, "lives", list(lives(options.users, options.turns)))
    if options.locomo:
        run(embedder, "LoCoMo", list(locomo(options.locomo, options.turns)))
    embedder.save()


if __name__ == "__main__":
    main()
