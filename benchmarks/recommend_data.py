"""The data sets of the recommender benchmarks, split as the published figures split them.

    files → `Split`: a log to fit on, and for each tested user what they did and what is held out

The files are named in README.md; none is in this repository.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from usermind.tools.interactions import InteractionLog
from usermind.tools.items import Item, ItemTable
from usermind.tools.movielens import read_movies
from usermind.tools.recommenders import Event, UserQuery

Rows = NDArray[np.int64]

LIKED = 4.0
"""Stars from which a rating of MovieLens is something liked: the users' mean is 3.5."""
DISLIKED = 2.0
"""Stars up to which it is something disliked."""
MIDDLE, REACH = 2.75, 2.25
"""Stars of a weight of 0, and from there to a weight of 1: as `usermind catalogue load` weighs."""
HELD_OUT = 0.2
"""Share of the ratings, users or items that is held out where no published split is followed."""


@dataclass(frozen=True, slots=True)
class Tested:
    """A user whose next items are known."""

    history: Rows
    """What they did before, the oldest first; it may not be recommended to them again."""
    wanted: Rows
    """What is held out."""
    weights: NDArray[np.float32]
    """(history,) in [−1, 1]."""
    times: NDArray[np.float64]
    """(history,) seconds since 1970; empty where none is known."""
    disliked: Rows
    """What is held out that they did not like; empty where nobody says so."""

    @classmethod
    def plain(cls, history: Iterable[int], wanted: Iterable[int]) -> "Tested":
        """Return one of whom is known what they did, and no more."""
        had = np.fromiter(history, dtype=np.int64)
        none = np.zeros(0)
        return cls(
            had,
            np.fromiter(wanted, dtype=np.int64),
            np.ones(len(had), dtype=np.float32),
            none,
            none.astype(np.int64),
        )


@dataclass(frozen=True)
class Split:
    """What a recommender is fitted on, and what it is asked."""

    name: str
    protocol: str
    """In words: what is held out, and whose split it is."""
    log: InteractionLog
    tested: tuple[Tested, ...]
    """Users of whom something is held out."""
    in_order: bool = True
    """Whether the places of a user's interactions say what came first."""

    @property
    def items(self) -> ItemTable:
        """The table of all items, held-out ones too."""
        return self.log.items

    @cached_property
    def counts(self) -> NDArray[np.float32]:
        """(items,) how many people liked each in the log."""
        return self.log.counts()

    def query(self, user: Tested) -> UserQuery:
        """Return what is asked of a recommender for one of the tested users."""
        ids = self.items.ids
        times: list[datetime | None] = [datetime.fromtimestamp(at, UTC) for at in user.times]
        times = times or [None] * len(user.history)
        return UserQuery(
            events=tuple(
                Event(ids[row], float(weight), at)
                for row, weight, at in zip(user.history, user.weights, times, strict=True)
            )
        )

    def sampled(self, most: int | None, seed: int) -> "Split":
        """Return it with at most so many of its tested users, drawn at random."""
        if most is None or len(self.tested) <= most:
            return self
        kept = np.sort(np.random.default_rng(seed).permutation(len(self.tested))[:most])
        return replace(self, tested=tuple(self.tested[place] for place in kept))


# -- the published splits -----------------------------------------------------------------------


def gowalla(folder: Path) -> Split:
    """Return Gowalla as NGCF and LightGCN split it: 80 % of each user's places, at random.

    The file of pairs to fit on is not to be had; the graph that LightGCN's authors keep beside it
    holds the same ones.
    """
    from scipy.sparse import load_npz

    lines = list(_numbers(folder / "test.txt"))
    n_users = len(lines)
    graph = load_npz(folder / "s_adj_mat.npz").tocsr()
    block = graph[:n_users, n_users:].tocoo()
    items = ItemTable.bare(map(str, range(block.shape[1])))
    log = _paired(items, block.row, block.col, n_users)
    histories = log.sequences()
    wanted = {line[0]: line[1:] for line in lines}
    protocol = "LightGCN's split, a fifth of each user's places at random"
    return Split("gowalla", protocol, log, _tested(histories, wanted), in_order=False)


def ml1m_ultragcn(folder: Path) -> Split:
    """Return MovieLens-1M as LCFN split it, and UltraGCN after it: at random, by user."""
    had = {line[0]: line[1:] for line in _numbers(folder / "train.txt")}
    wanted = {line[0]: line[1:] for line in _numbers(folder / "test.txt")}
    n_users = max(had) + 1
    n_items = 1 + max(row for rows in (*had.values(), *wanted.values()) for row in rows)
    histories = [had.get(user, []) for user in range(n_users)]
    log = _sequential(ItemTable.bare(map(str, range(n_items))), histories)
    protocol = "LCFN's split as UltraGCN took it, at random by user"
    return Split("ml1m_ultragcn", protocol, log, _tested(histories, wanted), in_order=False)


def beauty_seq(folder: Path) -> Split:
    """Return Amazon Beauty, leave one out: the last item is held out, the one before unfitted.

    The item before the last is what others tune on; it is in the history that is asked about, and
    not in the log.
    """
    named = _named_beauty(folder)
    sequences = [[row - 1 for row in line[1:]] for line in _numbers(folder / "Beauty.txt")]
    log = _sequential(named, [sequence[:-2] for sequence in sequences])
    tested = tuple(Tested.plain(sequence[:-1], sequence[-1:]) for sequence in sequences)
    return Split("beauty_seq", "leave one out, the item before it not fitted on", log, tested)


def _named_beauty(folder: Path) -> ItemTable:
    lines = (folder / "item_short_text.txt").read_text("utf-8").splitlines()
    texts = dict(line.split(" ", 1) for line in lines)
    numbers = [line[1:] for line in _numbers(folder / "Beauty.txt")]
    codes = [
        line.split()[1:] for line in (folder / "user_sequence_asin.txt").read_text().splitlines()
    ]
    of: dict[int, str] = {}
    for rows, ids in zip(numbers, codes, strict=True):
        of.update(zip(rows, ids, strict=True))
    return ItemTable(Item(of[row], texts.get(of[row], of[row])) for row in range(1, len(of) + 1))


def ml1m_gsasrec(folder: Path) -> Split:
    """Return MovieLens-1M as gSASRec validates: 512 users, the item before their last held out."""
    items = _named_ml1m(folder)
    sequences = [[row - 1 for row in line] for line in _numbers(folder / "train" / "input.txt")]
    asked = [[row - 1 for row in line] for line in _numbers(folder / "val" / "input.txt")]
    wanted = [[row - 1 for row in line] for line in _numbers(folder / "val" / "output.txt")]
    tested = tuple(Tested.plain(had, next_) for had, next_ in zip(asked, wanted, strict=True))
    protocol = "gSASRec's validation, the last but one item of 512 users"
    return Split("ml1m_gsasrec", protocol, _sequential(items, sequences), tested)


def _named_ml1m(folder: Path) -> ItemTable:
    numbers = {line[0]: line[1] for line in _numbers(folder / "sas_to_original_items.txt")}
    films = {film.id: film for film in read_movies(folder / "movies.dat")}
    plots = {row["movie_id"]: row["summary"] for row in _table(folder / "movies_augmentation.csv")}
    ids = (str(numbers[row]) for row in range(1, len(numbers) + 1))
    return ItemTable(replace(films[id_], text=plots.get(id_, "")) for id_ in ids)


# -- MovieLens, small: ratings with times, split in three ways ----------------------------------


@dataclass(frozen=True, slots=True)
class Ratings:
    """MovieLens' small edition: four columns of one length."""

    items: ItemTable
    users: Rows
    rows: Rows
    stars: NDArray[np.float64]
    times: NDArray[np.float64]

    def log(self, kept: NDArray[np.bool_]) -> InteractionLog:
        """Return the kept ratings as a log; users keep their rows."""
        columns = (self.users[kept], self.rows[kept], weights(self.stars[kept]), self.times[kept])
        return InteractionLog(self.items, *columns, n_users=int(self.users.max()) + 1)

    def tested(self, had: NDArray[np.bool_], out: NDArray[np.bool_]) -> tuple[Tested, ...]:
        """Return the users of whom something liked is held out.

        Args:
            had: (ratings,) what is known of them.
            out: (ratings,) what is held out.
        """
        order = np.lexsort((self.times, self.users))
        parts = np.split(order, np.searchsorted(self.users[order], np.arange(1, self._n_users)))
        found = (self._one(part[had[part]], part[out[part]]) for part in parts)
        return tuple(user for user in found if len(user.wanted))

    def _one(self, had: Rows, out: Rows) -> Tested:
        return Tested(
            self.rows[had],
            self.rows[out[self.stars[out] >= LIKED]],
            weights(self.stars[had]),
            self.times[had],
            self.rows[out[self.stars[out] <= DISLIKED]],
        )

    @property
    def _n_users(self) -> int:
        return int(self.users.max()) + 1


def weights(stars: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return (n,) how much ratings of ½ to 5 stars say that something was liked, in [−1, 1]."""
    return ((stars - MIDDLE) / REACH).astype(np.float32)


def ml_latest_small(folder: Path) -> Ratings:
    """Return MovieLens' small edition, films with their genres, years and what people tag them."""
    items = ItemTable(read_movies(folder / "movies.csv", tags=folder / "tags.csv"))
    rated = list(_table(folder / "ratings.csv"))
    return Ratings(
        items,
        np.array([int(row["userId"]) - 1 for row in rated], dtype=np.int64),
        items.rows(row["movieId"] for row in rated),
        np.array([float(row["rating"]) for row in rated]),
        np.array([float(row["timestamp"]) for row in rated]),
    )


def later(ratings: Ratings) -> Split:
    """Return each user's last fifth held out; others' later ratings are fitted on all the same."""
    order = np.lexsort((ratings.times, ratings.users))
    out = np.zeros(len(order), dtype=bool)
    for part in np.split(order, np.flatnonzero(np.diff(ratings.users[order])) + 1):
        out[part[len(part) - int(len(part) * HELD_OUT) :]] = True
    protocol = "the last fifth of each user's ratings, liked ones wanted"
    return Split("ml_latest_small", protocol, ratings.log(~out), ratings.tested(~out, out))


def temporal(ratings: Ratings) -> Split:
    """Return all after one day held out: nothing is fitted that came later than a question.

    Most users of this edition rate on one day, so most tested ones are new and have no history.
    """
    out = ratings.times > np.quantile(ratings.times, 1 - HELD_OUT)
    protocol = "one cut in time: the last fifth of all ratings, liked ones wanted"
    tested = ratings.tested(~out, out)
    return Split("ml_latest_small_temporal", protocol, ratings.log(~out), tested)


def cold_users(ratings: Ratings, seed: int, share: float = HELD_OUT) -> Split:
    """Return a share of the users unfitted; of each the earlier half is known."""
    source = np.random.default_rng(seed)
    n_users = int(ratings.users.max()) + 1
    new = np.zeros(n_users, dtype=bool)
    new[source.permutation(n_users)[: int(n_users * share)]] = True
    cold = new[ratings.users]
    order = np.lexsort((ratings.times, ratings.users))
    out = np.zeros(len(order), dtype=bool)
    for part in np.split(order, np.flatnonzero(np.diff(ratings.users[order])) + 1):
        out[part[(len(part) + 1) // 2 :]] = True
    protocol = (
        f"{int(new.sum())} users unfitted; the later half of their ratings, liked ones wanted"
    )
    tested = ratings.tested(cold & ~out, cold & out)
    return Split("ml_latest_small_cold_users", protocol, ratings.log(~cold), tested)


# -- splits of any of them -----------------------------------------------------------------------


def without_items(split: Split, seed: int) -> tuple[Split, Rows]:
    """Return a split in which a fifth of the items have no interaction, and their rows.

    Wanted is whatever each user did with those, in the log or held out; users are those of the
    log, which must be in the order of `Split.tested` or all of them.
    """
    source = np.random.default_rng(seed)
    n_items = len(split.items)
    cold = np.sort(source.permutation(n_items)[: int(n_items * HELD_OUT)])
    is_cold = np.zeros(n_items, dtype=bool)
    is_cold[cold] = True
    log = kept(split.log, ~is_cold[split.log.rows])
    tested = (
        Tested.plain(rows[~is_cold[rows]], rows[is_cold[rows]]) for rows in split.log.sequences()
    )
    protocol = "a fifth of the items without any interaction, ranked among themselves"
    found = tuple(user for user in tested if len(user.wanted) and len(user.history))
    return Split(f"{split.name}_cold_items", protocol, log, found), cold


def without_users(split: Split, n: int, seed: int) -> tuple[Split, list[Rows]]:
    """Return a split without n users of the log, and what those liked, the oldest first.

    Nobody is tested in it: what is known of a new user, and what is wanted, is for the caller.
    """
    source = np.random.default_rng(seed)
    new = np.sort(source.permutation(split.log.n_users)[:n])
    sequences = split.log.sequences()
    log = kept(split.log, ~np.isin(split.log.users, new))
    protocol = f"{n:,} users unfitted"
    found = Split(f"{split.name}_cold_users", protocol, log, ())
    return found, [sequences[user] for user in new]


def kept(log: InteractionLog, those: NDArray[np.bool_]) -> InteractionLog:
    """Return some interactions of a log."""
    columns = (log.users[those], log.rows[those], log.weights[those], log.times[those])
    return InteractionLog(log.items, *columns, n_users=log.n_users)


# -- reading --------------------------------------------------------------------------------------


def _numbers(path: Path) -> Iterator[list[int]]:
    with path.open(encoding="utf-8") as file:
        yield from ([int(part) for part in line.split()] for line in file)


def _table(path: Path) -> Iterator[Mapping[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _sequential(items: ItemTable, histories: Sequence[Sequence[int]]) -> InteractionLog:
    users = np.repeat(np.arange(len(histories)), [len(rows) for rows in histories])
    rows = np.array([row for history in histories for row in history], dtype=np.int64)
    return _paired(items, users, rows, len(histories))


def _paired(
    items: ItemTable, users: NDArray[np.integer], rows: NDArray[np.integer], n_users: int
) -> InteractionLog:
    n = len(rows)
    return InteractionLog(
        items,
        users.astype(np.int64),
        rows.astype(np.int64),
        np.ones(n, dtype=np.float32),
        np.arange(n, dtype=np.float64),
        n_users,
    )


def _tested(
    histories: Sequence[Iterable[int]], wanted: Mapping[int, Sequence[int]]
) -> tuple[Tested, ...]:
    pairs = ((history, wanted.get(user, ())) for user, history in enumerate(histories))
    return tuple(Tested.plain(history, out) for history, out in pairs if len(out))


# -- by name --------------------------------------------------------------------------------------

LOADERS: Mapping[str, Callable[[Path], Split]] = {
    "gowalla": lambda data: gowalla(data / "gowalla"),
    "ml1m_ultragcn": lambda data: ml1m_ultragcn(data / "ml1m_ultragcn"),
    "beauty_seq": lambda data: beauty_seq(data / "beauty_seq"),
    "ml1m_gsasrec": lambda data: ml1m_gsasrec(data / "ml1m_gsasrec"),
    "ml_latest_small": lambda data: later(ml_latest_small(data / "ml_latest_small")),
    "ml_latest_small_temporal": lambda data: temporal(ml_latest_small(data / "ml_latest_small")),
    "ml_latest_small_cold_users": lambda data: cold_users(
        ml_latest_small(data / "ml_latest_small"), seed=0
    ),
}
"""The splits by name, each from the folder that holds all data sets."""


def load(name: str, data: Path) -> Split:
    """Return a split by its name.

    Raises:
        SystemExit: There is no such split, or its files are not in the folder.
    """
    if name not in LOADERS:
        raise SystemExit(f"There is no data set {name!r}. Expected one of {', '.join(LOADERS)}.")
    try:
        return LOADERS[name](data)
    except FileNotFoundError as error:
        raise SystemExit(
            f"{error.filename} is missing. benchmarks/README.md says where the data of {name} is "
            "to be had."
        ) from error
