"""Whether a memory of what users like and hate makes their lists better than none.

    earlier ratings → sentences → memory → Advisor.advise → list ↔ later ratings, held out

Users of MovieLens on whom nothing was fitted write what they loved, what they hated and which
genres they like and cannot stand, in sentences made from the earlier half of their ratings. Then
each asks for a list without a word more. The control is the same product, asked by somebody it
knows nothing of. No language model.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from benchmarks import ranking_metrics as metrics
from benchmarks.recommend_data import (
    DISLIKED,
    LIKED,
    REACH,
    Rows,
    Split,
    Tested,
    cold_users,
    ml_latest_small,
)
from benchmarks.recommend_data import MIDDLE as MIDDLE_STARS
from benchmarks.recommend_product import K, Product, places_in, product, said_title
from benchmarks.recommend_runs import Cell, Progress, apart
from benchmarks.retrieval import CachedMiniLM
from numpy.typing import NDArray

from usermind.tools.advice import Advice
from usermind.tools.recommenders import Event, UserQuery

SHARE = 0.3
"""Share of the users that are asked, and not fitted on."""
LOVED, HATED = 5, 3
"""Titles that a user names at most, the best and the worst rated."""
FEW = 4
"""Films of a genre from which on a user is sure about it."""
CLEAR = 0.4
"""Stars by which the mean of a genre must lie off the user's mean to be told."""
LOVES = ("I loved {}.", "{} is one of my favourite films.", "I really liked {}.")
HATES = ("I hated {}.", "I did not like {}.", "I could not stand {}.")
LIKES_GENRE = "I love {} films."
HATES_GENRE = "I can't stand {} films."


@dataclass(frozen=True, slots=True)
class Person:
    """A user, what they say, and what they will like."""

    tested: Tested
    named: Rows
    """Rows of the titles they name."""
    hated_genre: str | None
    sentences: tuple[str, ...]


def person(split: Split, tested: Tested, source: np.random.Generator) -> Person:
    """Return what a user says of their earlier ratings, in an order drawn at random."""
    stars = tested.weights * REACH + MIDDLE_STARS
    order = np.lexsort((source.random(len(stars)), -stars))
    loved = tested.history[order[stars[order] >= LIKED][:LOVED]]
    hated = tested.history[order[stars[order] <= DISLIKED][::-1][:HATED]]
    likes, cannot_stand = _genres(split, tested.history, stars)
    told = [
        *(_said(LOVES, said_title(split.items[row]), source) for row in loved),
        *(_said(HATES, said_title(split.items[row]), source) for row in hated),
        *([LIKES_GENRE.format(likes.lower())] if likes else []),
        *([HATES_GENRE.format(cannot_stand.lower())] if cannot_stand else []),
    ]
    source.shuffle(told)
    return Person(tested, np.concatenate([loved, hated]), cannot_stand, tuple(told))


def _said(ways: Sequence[str], title: str, source: np.random.Generator) -> str:
    return ways[int(source.integers(len(ways)))].format(title)


def _genres(split: Split, rows: Rows, stars: NDArray[np.floating]) -> tuple[str | None, str | None]:
    """Return the genres that a user rates highest and lowest, where they are clear about it."""
    by: dict[str, list[float]] = {}
    for row, of in zip(rows, stars, strict=True):
        for genre in split.items[row].words("genre"):
            by.setdefault(genre, []).append(float(of))
    means = {genre: float(np.mean(of)) for genre, of in by.items() if len(of) >= FEW}
    if not means:
        return None, None
    mean = float(stars.mean())
    best, worst = max(means, key=lambda g: means[g]), min(means, key=lambda g: means[g])
    return (
        best if means[best] >= mean + CLEAR else None,
        worst if means[worst] <= mean - CLEAR else None,
    )


# -- what is measured of a list -------------------------------------------------------------------


@dataclass(slots=True)
class Lists:
    """One way to make lists, and what is measured of each, by user."""

    values: dict[str, list[float]]

    def add(self, split: Split, person: Person, rows: Rows, control: Rows, cited: float) -> None:
        """Add the list of one user; NaN where a measure does not apply to them."""
        found = places_in(rows, person.tested.wanted)
        genre = _rows_of(split, person.hated_genre)
        hits = places_in(rows, person.tested.disliked)
        for name, value in {
            "cR@20": metrics.capped_recall(found, K),
            "N@20": metrics.ndcg(found, K),
            "HR@10": metrics.hit_rate(found, 10),
            "of a hated genre": np.nan if genre is None else metrics.share_in(rows, genre),
            "later disliked": float(np.isfinite(hits).sum()) / K,
            "named before": float(np.isin(rows, person.named).sum()) / K,
            "new beside control": 1 - len(np.intersect1d(rows, control)) / K,
            "cites memory": cited,
        }.items():
            self.values.setdefault(name, []).append(value)

    def array(self, measure: str) -> NDArray[np.float64]:
        """Return (users,) the values of a measure."""
        return np.array(self.values[measure])


def _rows_of(split: Split, genre: str | None) -> NDArray[np.bool_] | None:
    if genre is None:
        return None
    marked = np.zeros(len(split.items), dtype=bool)
    marked[split.items.values("genre")[genre.casefold()]] = True
    return marked


def cited(advice: Advice) -> float:
    """Return the share of a list with a reason that cites a memory."""
    told = [any(reason.memory for reason in each.reasons) for each in advice.recommendations]
    return sum(told) / len(told) if told else 0.0


WITH, BARE, SEEN = "memory", "control", "control without what was named"
CLAIMS, KNOWN = "memory, claims alone", "events of the named titles, by hand"


def measure(product: Product, people: Sequence[Person]) -> dict[str, Lists]:
    """Return what is measured of the lists of all users, by the way they were made."""
    ways = {name: Lists({}) for name in (WITH, CLAIMS, KNOWN, SEEN, BARE)}
    progress = Progress("users", len(people), "asked")
    for number, one in enumerate(people):
        nobody = product.store.user(f"nobody {number}")
        control = product.listed(product.advise(nobody))
        given: dict[str, Callable[[], Advice]] = {
            WITH: lambda: product.advise(
                product.told(f"user {number}", one.sentences, listen=True)  # noqa: B023  # called now
            ),
            CLAIMS: lambda: product.advise(
                product.told(f"claims {number}", one.sentences, listen=False)  # noqa: B023  # called now
            ),
            SEEN: lambda: product.advise(nobody, without=one.named),  # noqa: B023  # called now
        }
        for name, call in given.items():
            advice = call()
            ways[name].add(product.split, one, product.listed(advice), control, cited(advice))
        ways[KNOWN].add(product.split, one, by_hand(product, one), control, 0.0)
        ways[BARE].add(product.split, one, control, control, 0.0)
        progress(number + 1)
    return ways


def by_hand(product: Product, person: Person) -> Rows:
    """Return the list for the events that the sentences were made of: nothing is lost in words."""
    weight = dict(zip(person.tested.history.tolist(), person.tested.weights.tolist(), strict=True))
    ids = product.split.items.ids
    events = tuple(Event(ids[row], 1.0 if weight[row] > 0 else -1.0) for row in person.named)
    ranked = product.blend.recommend(UserQuery(events=events), K)
    return product.split.items.rows(each.item.id for each in ranked)


def show(ways: dict[str, Lists], people: Sequence[Person], split: Split) -> None:
    """Print the table, and how the memory differs from the control without what was named."""
    hating = sum(one.hated_genre is not None for one in people)
    sentences = float(np.mean([len(one.sentences) for one in people]))
    print(f"\n### Memory beside none: {split.protocol}\n")
    print(
        f"{len(people)} users asked, {hating} of them cannot stand a genre; "
        f"{sentences:.1f} sentences each.\n"
    )
    names = list(next(iter(ways.values())).values)
    print(f"| | {' | '.join(names)} |\n| --- |{' --- |' * len(names)}")
    for way, lists in ways.items():
        cells = [str(Cell.of(lists.array(name))) for name in names]
        print(f"| {way} | {' | '.join(cells)} |")
    beyond = [apart(ways[WITH].array(name), ways[SEEN].array(name)) for name in names]
    print(f"| {WITH} − {SEEN} | {' | '.join(map(str, beyond))} |")


def main() -> None:
    """Run and print everything."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--share", type=float, default=SHARE, help="of the users, to be asked")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minilm", type=Path, help="folder of MiniLM's weights")
    parser.add_argument("--vectors", type=Path, help="file (.npz) to keep computed vectors in")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args()

    split = cold_users(
        ml_latest_small(options.data / "ml_latest_small"), options.seed, options.share
    )
    source = np.random.default_rng(options.seed)
    people = [person(split, tested, source) for tested in split.tested]
    embedder = CachedMiniLM(options.minilm, options.vectors)
    with product(split, embedder, Progress("catalogue", 0, "rows")) as made:
        embedder.save()
        ways = measure(made, people)
    embedder.save()
    show(ways, people, split)
    if options.json is not None:
        told = {
            way: {name: asdict(Cell.of(lists.array(name))) for name in lists.values}
            for way, lists in ways.items()
        }
        options.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
