"""Write the memories, questions and vectors that `benchmarks/peers.py` hands to every system.

Usage: python -m benchmarks.peer_workload FOLDER --users 1000 --memories 100 [--seed 0]
       python -m benchmarks.peer_workload FOLDER --locomo PATH/locomo.json

FOLDER gets `texts.json` (all distinct texts), `vectors.npy` (their MiniLM vectors, unit length,
float32) and `workload.json` (per user: memories as text and event time, questions as text and the
memories that answer it). The texts are made up here: short notes of one person about their days,
in which facts about some people stand among talk that mentions the same people and subjects. A
question asks for one fact; the fact's note is its only answer. Same seed, same workload.
"""

import argparse
import json
import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

START = datetime(2017, 1, 2, 8, tzinfo=UTC).timestamp()
DAY = 86_400.0


def options_of(text: str) -> list[str]:
    """Return the parts between the commas."""
    return [" ".join(part.split()) for part in text.split(",")]


NAMES = options_of("""
    Rita, Tom, Aisha, Jonas, Mei, Pablo, Ingrid, Kofi, Lena, Marco, Noor, Olga, Priya, Quentin,
    Rosa, Sven, Tara, Umar, Vera, Wim, Xenia, Yusuf, Zoe, Anton, Bea, Carlos, Dina, Emil, Farah,
    Gus, Hanna, Ivo, Jun, Karin, Luca, Mira, Nils, Otto, Paula, Ravi, Selma, Tariq, Ulla, Vito,
    Wanda, Yara, Zeno, Ada, Bruno, Clara, Dario, Elif, Finn, Greta, Hugo, Ida, Jasper, Klara, Leo,
    Maud
""")
RELATIONS = ("friend", "cousin", "neighbour", "colleague", "flatmate")
TALK_PER_NAME = 170
"""Notes without a fact that mention one name."""
TALK_OF_FEW = 40
"""So many of them are used where there are many users. Users who know people of the same name share
notes, so that 100,000 memories need some 8,000 vectors."""
VALUES_PER_NAME = 3
"""Values that an attribute of a name may have, among all users."""

VALUES = {
    "job": """nurse, plumber, violin teacher, tram driver, beekeeper, tax adviser, stage designer,
        pharmacist, welder, librarian, pastry cook, vet, surveyor, translator, optician""",
    "town": """Bergen, Porto, Ghent, Tartu, Lyon, Kraków, Aarhus, Bologna, Sligo, Graz, Malmö,
        Valencia, Leipzig, Utrecht, Brno""",
    "food": """lentil soup, ramen, moussaka, pancakes, kimchi stew, risotto, falafel, fish pie,
        pierogi, jollof rice, gazpacho, dumplings, lasagne, pho, rhubarb crumble""",
    "allergy": """peanuts, cat hair, birch pollen, shellfish, penicillin, wasp stings, sesame,
        house dust, kiwis, nickel, celery, latex, mustard, horse hair, almonds""",
    "instrument": """cello, trombone, accordion, banjo, oboe, harp, ukulele, marimba, clarinet,
        bagpipes, double bass, recorder, sitar, drums, mandolin""",
    "pet": """parrot, tortoise, greyhound, ferret, canary, hedgehog, rabbit, gecko, poodle,
        goldfish, hamster, pony, kitten, terrier, budgie""",
    "sport": """fencing, rowing, handball, bouldering, judo, curling, badminton, water polo,
        archery, orienteering, squash, skating, cricket, table tennis, karate""",
    "language": """Portuguese, Finnish, Korean, Swahili, Welsh, Greek, Turkish, Hungarian, Hindi,
        Dutch, Arabic, Czech, Icelandic, Vietnamese, Basque""",
    "month": """January, February, March, April, May, June, July, August, September, October,
        November, December""",
    "vehicle": """camper van, cargo bike, old Volvo, scooter, tandem, electric Renault, motorbike,
        tractor, sailing boat, canoe, red Fiat, folding bike, pick-up, unicycle, jeep""",
}
FACTS = {
    "job": (("{s} got a job as a {v}.", "{s} earns a living as a {v}, and likes it."),
            ("What does {p} do for a living?", "What is {p}'s profession?")),
    "town": (("{s} moved to {v} for good.", "{s} found a flat and now lives in {v}."),
             ("Where does {p} live?", "Which town did {p} move to?")),
    "food": (("{s} could eat {v} every single day.", "Nothing makes {s} happier than {v}."),
             ("What is {p}'s favourite dish?", "What should I cook for {p}?")),
    "allergy": (("{s} gets a rash from {v}.", "The doctor told {s} to keep away from {v}."),
                ("What is {p} allergic to?", "Which things does {p} have to avoid?")),
    "instrument": (("{s} plays the {v} in a small band.", "{s} takes lessons on the {v}."),
                   ("Which instrument does {p} play?", "What does {p} play in the band?")),
    "pet": (("{s} took in a {v} from the shelter.", "{s} has a {v} at home now."),
            ("Which pet does {p} have?", "What animal lives with {p}?")),
    "sport": (("{s} trains {v} twice a week.", "{s} joined a club for {v}."),
              ("Which sport does {p} do?", "What does {p} train for?")),
    "language": (("{s} is learning {v} with an app.", "{s} signed up for a course in {v}."),
                 ("Which language is {p} learning?", "What course did {p} sign up for?")),
    "month": (("{s} was born in {v}.", "{s} celebrates a birthday in {v}."),
              ("When is {p}'s birthday?", "In which month was {p} born?")),
    "vehicle": (("{s} bought a {v} from a stranger.", "{s} goes everywhere with a {v} these days."),
                ("What vehicle does {p} have?", "How does {p} get around?")),
}  # fmt: skip

TALK = (
    "Had {food} for lunch with {n} {where}.",
    "{n} asked me about {topic}; we talked until {hour}.",
    "Rain all {part}, so {n} and I stayed in and read about {topic}.",
    "Went {where} with {n} and came home at {hour}.",
    "{n} was late again and blamed it on {cause}.",
    "Watched a film about {topic} with {n}, it was {mood}.",
    "Spent the {part} {where} with {n}, which was {mood}.",
    "{n} told me a long story about {cause}.",
    "Called {n} at {hour}, mostly about {topic}.",
    "The meeting with {n} on {topic} was {mood} and ended at {hour}.",
    "Bought a present for {n} {where}, it has to do with {topic}.",
    "Forgot my keys {where} and {n} brought them over.",
    "Cooked {food} for the first time; {n} said it was {mood}.",
    "Met {n} by chance {where} this {part}.",
)
SLOTS = {
    "where": """at the market, by the river, at the library, in the old town, at the pool, in the
        office, at the station, on the allotment, at the theatre, in the park, at the harbour,
        at a flea market, in a tiny café, at the gym, on the roof terrace""",
    "topic": """the new job, moving house, pets, learning languages, music lessons, allergies,
        cars, birthdays, the football results, taxes, holidays, gardening, old photographs,
        the election, renovating kitchens, train strikes, sourdough, hiking maps""",
    "cause": """a flat tyre, the neighbours, a broken lift, road works, a lost parcel, the heat,
        an alarm clock, a cancelled train, a dead phone, a leaking tap, a barking dog, the exam""",
    "mood": """lovely, dull, surprisingly good, exhausting, funny, a bit sad, too long, worth it,
        chaotic, better than expected""",
    "part": "morning, afternoon, evening, weekend, day",
    "hour": """seven, half past eight, nine, ten, noon, one, two, half past three, four, five,
        six, midnight""",
}


@dataclass(slots=True)
class User:
    """One user's memories and questions."""

    id: str
    memories: list[tuple[str, float, str]] = field(default_factory=list)
    """Text, event time in seconds since 1970, author."""
    questions: list[tuple[str, list[int]]] = field(default_factory=list)
    """Text, and the places of the memories that answer it."""


POOLS = {name: options_of(text) for name, text in (VALUES | SLOTS).items()}


@cache
def talk(name: str) -> list[str]:
    """Return the notes that mention a name and state none of the facts."""
    random_ = random.Random(name)
    found: dict[str, None] = {}
    while len(found) < TALK_PER_NAME:
        said = {slot: random_.choice(values) for slot, values in POOLS.items()}
        found[random_.choice(TALK).format(n=name, **said)] = None
    return list(found)


@cache
def values_of(name: str, attribute: str) -> list[str]:
    """Return what may be so of a name."""
    return random.Random(f"{name} {attribute}").sample(POOLS[attribute], VALUES_PER_NAME)


def make_user(number: int, memories: int, random_: random.Random) -> User:
    """Return a user with so many distinct memories, a fifth of them facts that are asked for."""
    circle = min(len(NAMES), max(6, memories // 20))
    names = random_.sample(NAMES, circle)
    pairs = [(name, attribute) for name in names for attribute in FACTS]
    chosen = random_.sample(pairs, min(len(pairs), memories // 5))
    user = User(f"user-{number:05d}")
    texts: dict[str, tuple[str, str] | None] = {}
    for name, attribute in chosen:
        statements, _ = FACTS[attribute]
        said = random_.choice(statements).format(
            s=f"my {RELATIONS[NAMES.index(name) % len(RELATIONS)]} {name}",
            v=random_.choice(values_of(name, attribute)),
        )
        texts[said[0].upper() + said[1:]] = (name, attribute)
    most = TALK_OF_FEW if circle < len(NAMES) else TALK_PER_NAME
    notes = [note for name in names for note in talk(name)[:most]]
    if len(notes) + len(texts) < memories:
        raise SystemExit(f"At most {len(notes) + len(texts)} memories a user can be made up.")
    texts |= dict.fromkeys(random_.sample(notes, memories - len(texts)))
    order = list(texts)
    random_.shuffle(order)
    at = START
    for place, text in enumerate(order):
        # A few notes within minutes, then hours or days of nothing.
        quiet = random_.random() < 0.25
        at += random_.uniform(0.2, 2.0) * DAY if quiet else random_.uniform(30, 600)
        user.memories.append((text, at, "user"))
        fact = texts[text]
        if fact is not None:
            asked = random_.choice(FACTS[fact[1]][1]).format(p=fact[0])
            user.questions.append((asked, [place]))
    return user


def locomo_users(path: Path) -> Iterator[User]:
    """Yield the conversations of a LoCoMo file, one a user, with their questions and evidence."""
    from usermind.evals.benchmarks.locomo_files import read_samples
    from usermind.ingest import Line

    raw = json.loads(path.read_text("utf-8"))
    with path.open("rb") as file:
        samples = read_samples(file)
    for sample, data in zip(samples, raw if isinstance(raw, list) else [raw], strict=True):
        lines = [line.draft for line in sample.lines if isinstance(line, Line)]
        place = {str(draft.external_id): number for number, draft in enumerate(lines)}
        user = User(sample.user)
        for draft in lines:
            assert draft.at is not None
            user.memories.append((draft.text, draft.at.timestamp(), draft.author))
        for item in data["qa"]:
            named = item.get("evidence_corrected") or item.get("evidence") or []
            ids = {id_ for text in named for id_ in re.findall(r"D\d+:\d+", text)}
            if ids & place.keys():
                gold = sorted(place[id_] for id_ in ids & place.keys())
                user.questions.append((str(item["question"]), gold))
        yield user


def known_vectors(folders: Sequence[Path]) -> dict[str, npt.NDArray[np.float32]]:
    """Return the vectors that earlier workloads hold, by text."""
    found: dict[str, npt.NDArray[np.float32]] = {}
    for folder in folders:
        texts = json.loads((folder / "texts.json").read_text("utf-8"))
        found |= dict(zip(texts, np.load(folder / "vectors.npy"), strict=True))
    return found


def write(folder: Path, users: Sequence[User], reuse: Sequence[Path]) -> None:
    """Write the three files."""
    from usermind.models.embeddings import open_embedder

    texts: dict[str, int] = {}
    for user in users:
        for text in [m[0] for m in user.memories] + [q[0] for q in user.questions]:
            texts.setdefault(text, len(texts))
    known = known_vectors(reuse)
    missing = [text for text in texts if text not in known]
    print(f"{len(texts)} texts, {len(missing)} to embed", file=sys.stderr, flush=True)
    if missing:
        embedded = np.asarray(open_embedder("minilm").embed_documents(missing), dtype=np.float32)
        embedded /= np.linalg.norm(embedded, axis=1, keepdims=True)
        known |= dict(zip(missing, embedded, strict=True))
    vectors = np.stack([known[text] for text in texts])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "texts.json").write_text(json.dumps(list(texts)), "utf-8")
    np.save(folder / "vectors.npy", vectors)
    workload = [
        {
            "id": user.id,
            "memories": [[texts[text], at, author] for text, at, author in user.memories],
            "questions": [[texts[text], gold] for text, gold in user.questions],
        }
        for user in users
    ]
    (folder / "workload.json").write_text(json.dumps(workload), "utf-8")


def main() -> None:
    """Make one workload."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--users", type=int, default=1_000)
    parser.add_argument("--memories", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--locomo", type=Path)
    parser.add_argument("--reuse", type=Path, nargs="*", default=[], help="earlier FOLDERs")
    options = parser.parse_args()
    if options.locomo:
        users = list(locomo_users(options.locomo))
    else:
        random_ = random.Random(options.seed)
        users = [make_user(n, options.memories, random_) for n in range(options.users)]
    write(options.folder, users, options.reuse)


if __name__ == "__main__":
    main()
