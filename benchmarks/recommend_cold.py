"""New users who say one sentence, and new items of which there is only text.

    user: "I like comedy and drama films. I loved Heat, Alien and Up." → what else they watched
    item: title, genres, plot → users who would watch it, among items nobody has touched

Wanted is all that a new user did but for the titles they name; figures are hits / min(20, wanted),
since most want far more than 20.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from benchmarks import ranking_metrics as metrics
from benchmarks.recommend_data import Rows, Split, Tested, load, without_items, without_users
from benchmarks.recommend_product import (
    Product,
    places_in,
    product,
    said_title,
)
from benchmarks.recommend_runs import Cell, Progress, apart
from benchmarks.retrieval import CachedMiniLM
from numpy.typing import NDArray

from usermind.tools.items import ItemTable
from usermind.tools.recommenders import Ease, Event, Popularity, TextMap, UserQuery
from usermind.tools.recommenders.recommender import finite
from usermind.tools.recommenders.text import TextSource

Floats = NDArray[np.float32]

K = 20
GENRES = 2
"""Genres that a sentence names: those the user has most of."""
RIDGE = 500.0
"""Of EASE: what is best on the other split of MovieLens-1M."""
POPULAR, TOLD = 0.5, 0.2
"""Weights of popularity and of text beside EASE, each in standard deviations over the items."""
UNDERSTOOD = "titles understood"
AIM = 0.43
"""Of the best row for new users, with three titles."""
VIEW = 256
"""Dimensions of the space of co-occurrence that text is mapped to."""
MAP_RIDGE = 30.0
"""Of the map; unit vectors of some 3,000 items."""
STEP = 6.0
"""Years between two marks of time, and how far each of them reaches."""
GENRE_BLOCK, YEAR_BLOCK = 0.7, 0.5
"""Weights of genres and years beside a text vector of length 1."""


@dataclass(frozen=True, slots=True)
class NewUser:
    """Somebody the log knows nothing of."""

    sentence: str
    named: Rows
    """Rows of the titles in it."""
    genres: tuple[str, ...]
    wanted: Rows
    """What else they did."""


def listed(words: Sequence[str]) -> str:
    """Return words in a list of English: "a, b and c"."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


def new_user(split: Split, liked: Rows, titles: int, source: np.random.Generator) -> NewUser:
    """Return a user of whom is known what they liked, with a sentence that names some of it."""
    order = source.permutation(len(liked))
    named, wanted = liked[order[:titles]], liked[order[titles:]]
    counts: dict[str, int] = {}
    for row in liked:
        for genre in split.items[row].words("genre"):
            counts[genre] = counts.get(genre, 0) + 1
    genres = tuple(sorted(counts, key=lambda genre: (-counts[genre], genre))[:GENRES])
    films = listed([said_title(split.items[row]) for row in named])
    kinds = listed([genre.lower() for genre in genres])
    return NewUser(f"I like {kinds} films. I loved {films}.", named, genres, wanted)


# -- ways to answer a sentence --------------------------------------------------------------------


def standard(scores: Floats) -> Floats:
    """Return scores in standard deviations from their mean; 0 where all are equal."""
    spread = scores.std()
    found: Floats = (scores - scores.mean()) / spread if spread > 0 else scores * 0
    return found


class ByHand:
    """What a sentence leads to when its titles are known: the bar for the product's own path."""

    def __init__(self, split: Split, vectors: Floats) -> None:
        self.split, self.vectors = split, vectors
        self.ease = Ease(ridge=RIDGE).fit(split.log)
        self.popular = standard(finite(Popularity().fit(split.log).scores(UserQuery())))

    def rows(self, user: NewUser, asked: Floats) -> Mapping[str, Floats]:
        """Return (items,) the scores of each rung, by its name."""
        ids = self.split.items.ids
        query = UserQuery(events=tuple(Event(ids[row]) for row in user.named))
        folded, told = standard(finite(self.ease.scores(query))), standard(self.vectors @ asked)
        both = folded + POPULAR * self.popular
        return {
            "text alone": told,
            "popularity": self.popular,
            "EASE, titles folded in": folded,
            f"+ {POPULAR} popularity": both,
            f"+ {TOLD} text": both + TOLD * told,
        }


def ask_users(
    split: Split,
    users: Sequence[NewUser],
    asked: Floats,
    answer: Callable[[NewUser, Floats], Mapping[str, Floats]],
) -> dict[str, NDArray[np.float64]]:
    """Return (users,) recall of what is wanted, by way to answer."""
    values: dict[str, list[float]] = {}
    progress = Progress("new users", len(users), "users")
    for place, user in enumerate(users):
        among = np.ones(len(split.items), dtype=bool)
        among[user.named] = False
        for name, scores in answer(user, asked[place]).items():
            found = metrics.places(scores, user.wanted, among)
            values.setdefault(name, []).append(metrics.capped_recall(found, K))
        progress(place + 1)
    return {name: np.array(of) for name, of in values.items()}


def ask_product(product: Product, users: Sequence[NewUser]) -> dict[str, NDArray[np.float64]]:
    """Return (users,) recall through the product's own door, and how many titles it understood.

    Once the sentence is what the user remembers them saying, and they ask nothing; once it is the
    message itself, of somebody unknown.
    """
    ids = product.split.items.ids
    values: dict[str, list[float]] = {}
    progress = Progress("new users, through the product", len(users), "users")
    for place, user in enumerate(users):
        memory = product.told(f"user {place}", [user.sentence], listen=True)
        nobody = product.store.user(f"nobody {place}")
        understood = product.advisor.mentioned_in(user.sentence)
        for name, advice in {
            "product, from memory": product.advise(memory),
            "product, from the message": product.advise(nobody, user.sentence),
        }.items():
            found = places_in(product.listed(advice), user.wanted)
            values.setdefault(name, []).append(metrics.capped_recall(found, K))
        linked = sum(ids[row] in understood for row in user.named) / len(user.named)
        values.setdefault(UNDERSTOOD, []).append(linked)
        progress(place + 1)
    return {name: np.array(of) for name, of in values.items()}


# -- items of which there is only text ------------------------------------------------------------


def unit(rows: NDArray[np.floating]) -> Floats:
    """Return rows at length 1; zero rows stay."""
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    return (rows / np.where(norms > 0, norms, 1)).astype(np.float32)


def described(items: ItemTable, vectors: Floats) -> Floats:
    """Return (items, d) text vectors beside genres and years, each a block of its own."""
    genres = sorted(items.values("genre"))
    marked = np.zeros((len(items), len(genres)), dtype=np.float32)
    for column, genre in enumerate(genres):
        marked[items.values("genre")[genre], column] = 1.0
    years = items.numbers("year")
    years = np.where(np.isnan(years), np.nanmean(years), years)
    steps = np.arange(years.min(), years.max() + STEP, STEP)
    near = np.exp(-(((years[:, None] - steps) / STEP) ** 2))
    blocks = (vectors, GENRE_BLOCK * unit(marked - marked.mean(axis=0)), YEAR_BLOCK * near)
    return np.hstack(blocks).astype(np.float32)


def mapped(split: Split, features: Floats) -> Floats:
    """Return (items, VIEW) where each item lies among what people like together.

    The space is that of the first singular vectors of the log, degrees evened out as graph filters
    do; a ridge regression leads from what is told of an item into it. Rows keep their lengths,
    which grow with how many people an item is for.
    """
    from scipy.sparse import diags
    from scipy.sparse.linalg import svds

    liked = split.log.matrix()
    people = np.asarray(liked.sum(axis=1)).ravel()
    items = split.counts
    even = diags(np.maximum(people, 1) ** -0.5) @ liked @ diags(np.maximum(items, 1) ** -0.5)
    _, _, right = svds(even, k=VIEW, random_state=0)
    space = np.array(right.T)
    warm, cold = items > 0, items == 0
    middle, center = features[warm].mean(axis=0), space[warm].mean(axis=0)
    known = features[warm] - middle
    inner = known.T @ known + MAP_RIDGE * np.eye(known.shape[1])
    ridge = np.linalg.solve(inner, known.T @ (space[warm] - center))
    space[cold] = (features[cold] - middle) @ ridge + center
    return space.astype(np.float32)


Scorer = Callable[[Tested], Floats]
"""Scores (items,) for a user by what they did."""


def item_scorers(split: Split, vectors: Floats, embedder: CachedMiniLM) -> dict[str, Scorer]:
    """Return the ways to rank items that nobody has touched."""
    source = np.random.default_rng(0)
    middle = unit(vectors - vectors.mean(axis=0))
    spaces = {
        "cosine of texts": vectors,
        "cosine of texts, their mean left out": middle,
        "by hand: map of text": mapped(split, vectors),
        "by hand: map of text, genres and years": mapped(split, described(split.items, vectors)),
    }
    made = TextMap(TextSource(vectors, embedder)).fit(split.log)
    by_space: dict[str, Scorer] = {
        name: lambda user, space=space: space @ space[user.history].mean(axis=0)  # type: ignore[misc]
        for name, space in spaces.items()
    }
    return {
        "chance": lambda user: source.random(len(split.items), dtype=np.float32),
        **by_space,
        "product: TextMap": lambda user: finite(made.scores(split.query(user))),
    }


def ask_items(
    split: Split, cold: Rows, scorers: Mapping[str, Scorer]
) -> dict[str, dict[str, Cell]]:
    """Return recall and area under the curve of cold items ranked among themselves."""
    among = np.zeros(len(split.items), dtype=bool)
    among[cold] = True
    progress = Progress("new items", len(split.tested), "users")
    found: dict[str, dict[str, list[float]]] = {}
    for number, user in enumerate(split.tested):
        for name, scorer in scorers.items():
            places = metrics.places(scorer(user), user.wanted, among)
            cells = found.setdefault(name, {"cR@20": [], "AUC": []})
            cells["cR@20"].append(metrics.capped_recall(places, K))
            cells["AUC"].append(metrics.area(places, len(cold)))
        progress(number + 1)
    return {
        name: {measure: Cell.of(np.array(values)) for measure, values in cells.items()}
        for name, cells in found.items()
    }


# -- the tables -----------------------------------------------------------------------------------


def show_users(values: dict[str, NDArray[np.float64]], titles: int) -> dict[str, Cell]:
    """Print the ladder and return its cells; the product may have been asked by fewer users."""
    understood = values.pop(UNDERSTOOD, None)
    cells = {name: Cell.of(of) for name, of in values.items()}
    n = next(iter(cells.values())).n
    print(f"\n### New users, one sentence with {titles} titles: {n:,} asked\n")
    print("| | users | cR@20 | beyond popularity |\n| --- | --- | --- | --- |")
    for name, cell in cells.items():
        beyond = apart(values[name], values["popularity"][: cell.n])
        print(f"| {name} | {cell.n:,} | {cell} | {beyond} |")
    if understood is not None:
        print(f"\n- The product understood {understood.mean():.3f} of the titles.")
    best = max(cells, key=lambda name: cells[name].mean)
    verdict = "met" if cells[best].mean >= AIM else "missed"
    if titles == 3:
        print(f"\n- cR@20 ≥ {AIM}: {verdict} by {best}, {cells[best].mean:.3f}")
    return cells


def show_items(cells: Mapping[str, Mapping[str, Cell]], split: Split, cold: Rows) -> None:
    """Print the table of cold items."""
    print(f"\n### New items, text only: {len(cold):,} of {len(split.items):,}, {split.protocol}\n")
    print(f"{len(split.tested):,} users asked.\n\n| | cR@20 | AUC |\n| --- | --- | --- |")
    for name, of in cells.items():
        print(f"| {name} | {of['cR@20']} | {of['AUC']} |")


def main() -> None:
    """Run and print everything."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--users", type=int, default=1_000, help="new users")
    parser.add_argument(
        "--product", type=int, default=300, help="how many of them ask the product too; 0: none"
    )
    parser.add_argument("--titles", type=int, nargs="+", default=[3, 5])
    parser.add_argument("--item-users", type=int, default=2_000, help="asked for new items")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minilm", type=Path, help="folder of MiniLM's weights")
    parser.add_argument("--vectors", type=Path, help="file (.npz) to keep computed vectors in")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args()

    embedder = CachedMiniLM(options.minilm, options.vectors)
    whole = load("ml1m_gsasrec", options.data)
    vectors = embedder.vectors([item.told() for item in whole.items])
    embedder.save()
    told: dict[str, object] = {"seed": options.seed}

    split, liked = without_users(whole, options.users, options.seed)
    by_hand = ByHand(split, vectors)
    for titles in options.titles:
        source = np.random.default_rng(options.seed)
        users = [new_user(split, rows, titles, source) for rows in liked if len(rows) > titles]
        asked = embedder.vectors([user.sentence for user in users])
        values = ask_users(split, users, asked, by_hand.rows)
        if options.product:
            tell = Progress("catalogue", 0, "rows")
            with product(split, embedder, tell) as made:
                values |= ask_product(made, users[: options.product])
        told[f"{titles} titles"] = {n: asdict(c) for n, c in show_users(values, titles).items()}

    without, cold = without_items(whole, options.seed)
    without = without.sampled(options.item_users, options.seed)
    cells = ask_items(without, cold, item_scorers(without, vectors, embedder))
    show_items(cells, without, cold)
    told["items"] = {n: {m: asdict(c) for m, c in of.items()} for n, of in cells.items()}
    embedder.save()
    if options.json is not None:
        options.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
