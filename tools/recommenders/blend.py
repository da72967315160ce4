"""Several recommenders as one: what each says, weighed by how much is known of the user.

    nothing known        popularity
    words and a few      + taste folded in from the items they named, + attributes, + text
    a history            + what usually comes next

The scores of a part are set off against their mean, in standard deviations, before they are
weighed: counts and cosines have no common measure. The deviation is that of the items that the
user's conditions let pass, or what is refused would drown what is liked of the rest. A part that
has nothing to say of anybody adds nothing.

Source: the ladder and its first weights are those of a measurement on MovieLens, see
`benchmarks/recommend_cold.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self, TypeVar, get_args
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from usermind.errors import InvalidInputError
from usermind.tools.interactions import InteractionLog
from usermind.tools.items import ItemTable
from usermind.tools.recommenders.aligned import Aligned
from usermind.tools.recommenders.query import UserQuery
from usermind.tools.recommenders.recommendation import Reason
from usermind.tools.recommenders.recommender import Progress, Recommender, Scores, finite
from usermind.tools.recommenders.text import TextMap, TextSource
from usermind.tools.recommenders.trained import Trained

_log = logging.getLogger(__name__)

Value = TypeVar("Value")
Role = Literal["taste", "sequence", "attributes", "text", "popularity"]
"""What a part is for: taste: people who like the same (EASE, a graph filter, LightGCN); sequence:
what comes next; attributes: the catalogue's words; text: anybody's words; popularity."""
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Rung:
    """How much each part counts from so many liked items on."""

    least: int
    """Liked items from which on it holds."""
    weights: Mapping[Role, float]


LADDER: tuple[Rung, ...] = (
    Rung(0, {"popularity": 1.0, "attributes": 2.25, "text": 0.5}),
    Rung(1, {"taste": 1.0, "sequence": 0.25, "popularity": 1.0, "attributes": 1.8, "text": 0.2}),
    Rung(5, {"taste": 1.0, "sequence": 0.5, "popularity": 0.75, "attributes": 1.0, "text": 0.1}),
    Rung(12, {"taste": 1.0, "sequence": 0.5, "popularity": 0.5, "attributes": 0.8, "text": 0.1}),
    Rung(40, {"taste": 1.0, "sequence": 0.5, "popularity": 0.2, "attributes": 0.4}),
)
"""The more a user has liked, the less what everybody likes tells of them. What comes next counts
half as much as taste: where the order of events means something, most of its gain is there at that
weight, and where it means nothing it costs no more than 0.006 of a recall of 0.60. Attributes are
what was said in so many words: at 1.5 times the weight that they had at first on the two lowest
rungs, lists for new users of MovieLens-1M have a recall of .493 instead of .486."""
BESIDE_AN_EXAMPLE = 0.3
"""Factor of popularity where something like an item is asked for: what all like is like nothing in
particular."""
CORE = 3
"""People who must like an item for it to take part in what is learnt of taste. Fewer tell of
themselves, and EASE's memory grows with the square of the items: of MovieLens' small edition 45 %
of the films would take 80 % of it."""
STEPS = 100
"""Steps of the progress of a part that is trained; what is fitted in closed form is one."""
ROWS = "core"
"""Name of the array that says which items those are."""


class Blend(Recommender):
    """Weighs the scores of its parts.

    Args:
        parts: A recommender by the role it plays; any of the roles may be missing.
        ladder: The weights, by how many items the user liked; the lowest rung begins at 0.

    Raises:
        InvalidInputError: There is no part, a role is unknown, or the ladder does not begin at 0.
    """

    name: ClassVar[str] = "blend"

    def __init__(self, parts: Mapping[Role, Recommender], ladder: Sequence[Rung] = LADDER) -> None:
        if not parts or not set(parts) <= set(ROLES):
            raise InvalidInputError(
                f"The parts of a blend play {sorted(parts)}. Expected at least one of: "
                f"{', '.join(ROLES)}. Nothing was made."
            )
        self.ladder = tuple(sorted(ladder, key=lambda rung: rung.least))
        if not self.ladder or self.ladder[0].least != 0:
            raise InvalidInputError(
                "The ladder of a blend has no rung for a user of whom nothing is known. Nothing "
                "was made. Begin it with `Rung(0, …)`."
            )
        self.parts = dict(parts)
        self.items = ItemTable(())
        self._known: WeakKeyDictionary[UserQuery, dict[Role, Scores]] = WeakKeyDictionary()

    def fit(self, log: InteractionLog, *, progress: Progress | None = None) -> Self:
        """Fit every part on the log; a part that is trained counts `STEPS` times in the progress.

        Raises:
            MissingExtraError: A library that a part needs is not installed.
            InvalidInputError, StoreDamagedError, StoreNotWritableError, KeyboardInterrupt: As
                `training.train`, where a part is trained.
        """
        steps = {role: STEPS if _trained(part) else 1 for role, part in self.parts.items()}
        done, total = 0, sum(steps.values())
        for role, part in self.parts.items():
            within = None
            if progress is not None:
                progress(done, total)
                within = _within(progress, done, steps[role], total) if _trained(part) else None
            if role == "taste":
                self.parts[role] = _fitted_on_core(part, log, within)
            else:
                self.parts[role] = part.fit(log, progress=within)
            done += steps[role]
        self.items = log.items
        self._known.clear()
        if progress is not None:
            progress(total, total)
        return self

    def update(self, log: InteractionLog) -> None:
        """Let every part take new interactions in; where one cannot, none does."""
        for part in self.parts.values():
            inner = part.inner if isinstance(part, Aligned) else part
            if type(inner).update is Recommender.update:
                inner.update(log)  # raises
        for part in self.parts.values():
            part.update(log)
        self._known.clear()

    def scores(self, query: UserQuery) -> Scores:
        """Return (items,) the weighed sum over the parts, in standard deviations."""
        found = np.zeros(len(self.items), dtype=np.float32)
        for share in self._shares(query).values():
            found += share
        return found

    def explain(self, query: UserQuery, row: int) -> Sequence[Reason]:
        """Return the reasons of the parts, each by its part's share in the item's score.

        That it is popular comes last.
        """
        shares = {role: float(max(s[row], 0.0)) for role, s in self._shares(query).items()}
        total = sum(shares.values())
        reasons = _once(
            Reason(
                reason.kind,
                reason.text,
                reason.contribution * share / total,
                reason.item_id,
                reason.memory,
            )
            for role, share in shares.items()
            if share > 0
            for reason in self.parts[role].explain(query, row)
        )
        # What speaks of the user comes first: that many like it is no reason of theirs.
        return sorted(reasons, key=lambda each: (each.kind == "popularity", -each.contribution))

    def over(self, items: ItemTable, text: TextSource | None = None) -> Recommender:
        """Return a blend of the parts over another table; without vectors, none that reads texts.

        What the parts cannot know of an item that is new, its attributes and its text tell. That
        the part which reads texts is left out is logged.
        """
        if text is None and "text" in self.parts:
            _log.warning(
                "A blend answers over %d items without the part that reads texts: no vectors of "
                "them were given.",
                len(items),
            )
        made = type(self)(
            {
                role: part.over(items, text)
                for role, part in self.parts.items()
                if text is not None or role != "text"
            },
            self.ladder,
        )
        made.items = items
        return made

    def neighbours(self, row: int, *, goes_with: bool = False) -> Scores:
        """Return what the part says that knows most of it: order, then taste, then text."""
        order: Sequence[Role] = ("sequence", "taste", "text") if goes_with else ("taste", "text")
        for role in order:
            if role in self.parts:
                found = self.parts[role].neighbours(row, goes_with=goes_with)
                if found.any():
                    return found
        return np.zeros(len(self.items), dtype=np.float32)

    def _shares(self, query: UserQuery) -> dict[Role, Scores]:
        """Return what each part adds to the scores; once a query, which its reasons ask again."""
        found = self._known.get(query)
        if found is None:
            found = self._known[query] = self._weighed(query)
        return found

    def _weighed(self, query: UserQuery) -> dict[Role, Scores]:
        liked = sum(self.items.row(event.item_id) is not None for event in query.liked)
        weights = dict([rung for rung in self.ladder if rung.least <= liked][-1].weights)
        if any(event.source == "example" for event in query.events):
            weights["popularity"] = BESIDE_AN_EXAMPLE * weights.get("popularity", 0.0)
        among = _possible(query, self.items)
        found = {
            role: weight * spread(self.parts[role].scores(query), among)
            for role in ROLES
            if role in self.parts and (weight := weights.get(role, 0.0))
        }
        return self._lifted(found, query, among)

    def _lifted(
        self, shares: dict[Role, Scores], query: UserQuery, among: NDArray[np.bool_]
    ) -> dict[Role, Scores]:
        """Return shares so that items whose text is near to what is asked for come first.

        How many like an item has no bound, how near it is has one: without that, who asks for
        "documentaries about music" would get what most people like. Where items are named, these
        say what is wanted better than the words around them.
        """
        text = self.parts.get("text")
        if not isinstance(text, TextMap) or {"chat", "example"} & {e.source for e in query.events}:
            return shares
        near = text.nearness(query)
        if not near[among].any():
            return shares
        whole = np.sum(list(shares.values()), axis=0)[among]
        reach = np.float32(whole.max() - np.median(whole))
        said = shares.get("text", np.zeros(len(self.items), dtype=np.float32))
        return shares | {"text": said + reach * near}

    def arrays(self) -> Mapping[str, NDArray[np.generic]]:
        """Return the arrays of all parts, each name behind that of its role."""
        cores = {
            f"{role}.{ROWS}": part.inner.items.rows_in(part.items)
            for role, part in self.parts.items()
            if isinstance(part, Aligned)
        }
        return cores | {
            f"{role}.{name}": array
            for role, part in self.parts.items()
            for name, array in part.arrays().items()
        }

    def settings(self) -> Mapping[str, float | int | str | bool]:
        """Return the name of the part in each role, and the settings of each behind its role."""
        named: dict[str, float | int | str | bool] = {
            role: part.source for role, part in self.parts.items()
        }
        for role, part in self.parts.items():
            named |= {f"{role}.{name}": value for name, value in part.settings().items()}
        return named

    @classmethod
    def restored(
        cls,
        items: ItemTable,
        arrays: Mapping[str, NDArray[np.generic]],
        settings: Mapping[str, float | int | str | bool],
    ) -> Self:
        """Return the blend of the restored parts, with the ladder that ships."""
        from usermind.tools.recommenders.files import kind_of

        parts: dict[Role, Recommender] = {}
        for role in ROLES:
            if role in settings:
                kind, own = kind_of(str(settings[role])), dict(_of(role, arrays))
                core = own.pop(ROWS, None)
                table = items if core is None else ItemTable(items[int(row)] for row in core)
                part = kind.restored(table, own, _of(role, settings))
                parts[role] = part if core is None else Aligned(part, items)
        made = cls(parts)
        made.items = items
        return made


def _trained(part: Recommender) -> bool:
    return isinstance(part.inner if isinstance(part, Aligned) else part, Trained)


def _within(progress: Progress, done: int, steps: int, total: int) -> Progress:
    """Return what tells how far one part is, as steps of the whole."""
    return lambda part, of: progress(done + steps * part // max(of, 1), total)


def _fitted_on_core(
    part: Recommender, log: InteractionLog, progress: Progress | None = None
) -> Recommender:
    """Fit a part on the items that enough people like; it scores the others 0."""
    rows = np.flatnonzero(log.counts() >= CORE)
    place = np.full(len(log.items), -1)
    place[rows] = np.arange(len(rows))
    kept = place[log.rows] >= 0
    core = InteractionLog(
        ItemTable(log.items[int(row)] for row in rows),
        log.users[kept],
        place[log.rows[kept]],
        log.weights[kept],
        log.times[kept],
        log.n_users,
    )
    inner = part.inner if isinstance(part, Aligned) else part
    return Aligned(inner.fit(core, progress=progress), log.items)


def _once(reasons: Iterable[Reason]) -> list[Reason]:
    """Return reasons without repeats: what several parts say of one thing adds up."""
    found: dict[object, Reason] = {}
    for reason in reasons:
        same = (reason.kind, reason.item_id or reason.text)
        said = found.get(same)
        added = reason.contribution + (said.contribution if said else 0.0)
        found[same] = replace(said or reason, contribution=added)
    return list(found.values())


def _of(role: str, named: Mapping[str, Value]) -> dict[str, Value]:
    start = f"{role}."
    return {
        name.removeprefix(start): each
        for name, each in named.items()
        if name[: len(start)] == start
    }


def _possible(query: UserQuery, items: ItemTable) -> NDArray[np.bool_]:
    """Return (items,) what can come: of what is asked for one of each kind, and nothing refused."""
    found = np.ones(len(items), dtype=bool)
    wanted: dict[str | None, NDArray[np.bool_]] = {}
    for each in query.preferences:
        if each.hard and each.polarity < 0:
            found &= ~each.mask(items)
        elif each.hard:
            wanted[each.attribute] = wanted.get(each.attribute, False) | each.mask(items)
    for one_of in wanted.values():
        found &= one_of
    return found


def spread(scores: Scores, among: NDArray[np.bool_] | None = None) -> Scores:
    """Return scores as standard deviations from their mean; all 0 where they are equal.

    Args:
        scores: (items,).
        among: (items,) whose deviation is taken, if their scores differ; None: that of all.
    """
    known = finite(scores).astype(np.float64)
    some = known if among is None or not _differ(known[among]) else known[among]
    if not _differ(some):
        return np.zeros(len(known), dtype=np.float32)
    return np.asarray((known - known.mean()) / some.std(), dtype=np.float32)


def _differ(scores: NDArray[np.float64]) -> bool:
    return len(scores) > 0 and bool(scores.min() < scores.max())
