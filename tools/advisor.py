"""Who recommends from a catalogue to a user, by what is known of them this very moment.

    message, memory → taste (events, preferences, conditions) → recommender → items with reasons

No model is called, and nothing is trained: a claim that was learnt, or a film that was panned, a
second ago moves the list. Hard conditions, and what the user has seen, hold whatever the scores.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from usermind.errors import InvalidInputError, ModelError, PrivateTopicError, StoreDamagedError
from usermind.memory.naming import folded
from usermind.prompts import quoted
from usermind.tools.advice import Advice, Note
from usermind.tools.fitting import fitted, place_of
from usermind.tools.gate import gated
from usermind.tools.item_filter import Condition, ItemFilter
from usermind.tools.mentions import ItemMention, Mentions, shortened
from usermind.tools.recommenders.listwise import reranked
from usermind.tools.recommenders.query import Preference, UserQuery
from usermind.tools.recommenders.recommendation import Recommendation
from usermind.tools.recommenders.text import TextSource
from usermind.tools.reformulating import Reformulation
from usermind.tools.requests import MOST, asks, count_asked, stated, with_titles
from usermind.tools.taste import DISLIKED, LIKED, MILDLY, SEEN, Taste, taste
from usermind.tools.wishes import Utterance, Wishes, wishes

if TYPE_CHECKING:
    from usermind.memory import UserMemory
    from usermind.memory.item_events import Exposure, ItemEvent
    from usermind.models.reasoner import Reasoner
    from usermind.tools.catalogue import Catalogue
    from usermind.tools.items import Item, ItemTable
    from usermind.tools.recommenders.recommender import Recommender

_log = logging.getLogger(__name__)

Reword = Callable[[str], Reformulation]
"""Puts what is asked for in other words."""
RERANKED: Final = 20
"""Items that a model puts in order, where one does."""
K: Final = 5
"""Items that a turn offers."""
LATELY: Final = timedelta(hours=12)
"""How long what was shown in a conversation does not come again: a thread may go on for years."""
ANY: Final = ItemFilter()
_MOST_KNOWN: Final = 12
"""Words of an attribute that an error names."""


@dataclass(frozen=True, slots=True)
class _Shelf:
    """A catalogue as it was at one moment, and what was made of it."""

    version: tuple[int, int]
    mentions: Mentions
    recommender: Recommender

    @property
    def items(self) -> ItemTable:
        return self.recommender.items


class Advisor:
    """Recommends from one catalogue to any user. Thread-safe.

    What it recommends by is loaded when it is first needed, fitted where nothing was fitted yet,
    and loaded again when the catalogue's items change or `usermind catalogue fit` ran.

    Args:
        catalogue: What there is.
        recommender: Who ranks, fitted on `catalogue.log()`; None: see `usermind.tools.fitting`.
        rerank: A model that puts the first `RERANKED` of each list in order, at the cost of one
            call a list; where it fails the order stays. None, the default: nobody does. No gain
            has been measured.
        blind: Whether what memories tell of health, faith, politics and the like stays out of the
            ranking unless the message speaks of it.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        recommender: Recommender | None = None,
        rerank: Reasoner | None = None,
        blind: bool = True,
    ) -> None:
        self.catalogue = catalogue
        self._given = recommender
        self._rerank = rerank
        self._blind = blind
        self._shelf: _Shelf | None = None
        self._spoilt: tuple[tuple[int, int], str] | None = None
        """What is wrong with files that need not be read again as long as they are the same."""
        self._lock = threading.Lock()

    # -- asking ---------------------------------------------------------------------------

    def is_asked(self, memory: UserMemory, message: str, *, thread: str | None = None) -> bool:
        """Say whether a message asks for something of the catalogue, by rules; English.

        It does where it asks, and speaks of what the catalogue holds: its things, words of its
        attributes, or an item as an example. After a list that was just shown, "something older"
        or "not these" is enough.
        """
        if not len(self.catalogue):
            return False
        mentions, message = self._now().mentions, shortened(message)
        said = wishes(mentions, message)
        after_a_list = bool(self._shown(memory, thread, limit=1))
        return asks(mentions, message, said, after_a_list=after_a_list)

    def advise(
        self,
        memory: UserMemory,
        message: str = "",
        *,
        k: int | None = None,
        where: ItemFilter = ANY,
        thread: str | None = None,
        earlier: Sequence[Utterance] = (),
        observation: str | None = None,
        reword: Reword | None = None,
    ) -> Advice:
        """Return what fits a user, and what they ask for, best first; fewer where fewer fit.

        Args:
            memory: The user's; of one of whom nothing is known, what most people like comes.
            message: What they ask for; empty: nothing in particular.
            k: How many at most, 1 or more; None: as many as the message asks for, else `K`.
            where: Conditions beside those of their memory and their message.
            thread: The conversation; what was shown in it lately does not come again.
            earlier: Their earlier messages of it, the oldest first.
            observation: Id of the message, where it is kept, for the reasons to cite.
            reword: Puts what they ask for in other words, which count half as much, such as
                `partial(reformulated, memory, reasoner=…, things=catalogue.things)` of
                `usermind.tools.reformulating`; it takes calls of a model. Where it fails
                `Advice.instead` says so, and their own words serve. None: they serve alone.

        Raises:
            InvalidInputError: k is below 1, or the catalogue is empty and nothing can be fitted.
            ModelError: The embedder of the catalogue failed.
            StoreError: The catalogue, or what was fitted on it, cannot be read.
        """
        if not len(self.catalogue):
            return Advice((), (Note("the catalogue is empty"),))
        shelf, message = self._now(), shortened(message)
        if k is None:
            k = count_asked(message, shelf.mentions.things) or K
        shown = self._shown(memory, thread)
        found = taste(
            memory,
            shelf.mentions,
            with_titles(message, _last_list(shown)),
            earlier=earlier,
            shown=tuple(each.item_id for each in reversed(shown)),
            blind=self._blind,
            observation=observation,
        )
        others, instead = _reworded(found.query, reword, shelf.mentions)
        query = gated(
            memory,
            replace(found.query, preferences=(*found.query.preferences, *others)),
            self.catalogue.recipient,
        )
        passing = _both(found.where, where)
        wide = max(k, RERANKED) if self._rerank else k
        ranked = shelf.recommender.recommend(query, wide, passing, explain=True)
        if self._rerank is not None:
            again = reranked(
                memory,
                ranked,
                self._rerank,
                preferences=found.query.preferences,
                asked=found.query.text or message,
                n=RERANKED,
            )
            ranked = list(again.recommendations[:k])
            instead = "; ".join(filter(None, (instead, again.note))) or None
        ruled_out = [each for each in query.preferences if _rules_out(each)]
        would_come: list[Recommendation] = []
        if ruled_out:
            kept = tuple(each for each in query.preferences if each not in ruled_out)
            would_come = shelf.recommender.recommend(
                replace(query, preferences=kept), k, replace(passing, conditions=())
            )
        return Advice(tuple(ranked), _notes(found, ruled_out, would_come), instead)

    def near(
        self,
        memory: UserMemory,
        item: Item,
        *,
        k: int = K,
        where: ItemFilter = ANY,
        goes_with: bool = False,
    ) -> Advice:
        """Return what is like an item, or goes with it, without what the user knows or rules out.

        A condition that the item itself does not meet is set aside: who asks for more like it wants
        that.

        Raises:
            NotInCatalogueError: The recommender does not know the item.
            InvalidInputError, ModelError, StoreError: As `advise`.
        """
        shelf = self._now()
        found = taste(memory, shelf.mentions, "", blind=self._blind)
        row = shelf.items.row(item.id)
        met = tuple(
            condition
            for condition in found.where.conditions
            if row is None or condition.mask(shelf.items)[row]
        )
        known = found.where.exclude | found.query.seen
        passing = _both(replace(found.where, conditions=met, exclude=known), where)
        ask = shelf.recommender.complementary if goes_with else shelf.recommender.similar
        return Advice(tuple(ask(item.id, k, passing)))

    def find(self, title: str) -> list[Item]:
        """Return the items of an id or a title; several where several are called so."""
        shelf = self._now()
        if (row := shelf.items.row(title)) is not None:
            return [shelf.items[row]]
        named = shelf.mentions.find(f"“{title}”").items
        rows = shelf.items.rows(id_ for each in named[:1] for id_ in (each.item_id, *each.others))
        return [shelf.items[int(row)] for row in rows]

    def mentioned_in(self, text: str) -> frozenset[str]:
        """Return the ids of the items that a text names, or may name."""
        found = self._now().mentions.find(text).items
        return frozenset(id_ for each in found for id_ in (each.item_id, *each.others))

    def condition(self, written: str) -> Condition:
        """Return a condition as a person or a model writes it.

        Raises:
            InvalidInputError: It cannot be read, or speaks of what no item has.
        """
        condition = Condition.read(written)
        items = self._now().items
        name = {folded(known): known for known in items.names}.get(folded(condition.attribute))
        if name is None:
            known = ", ".join(map(quoted, items.names)) or "none"
            raise InvalidInputError(
                f"The condition {written!r} speaks of {condition.attribute!r}, which no item has. "
                f"Attributes are: {known}. Nothing was ranked."
            )
        words = items.values(name)
        unknown = [
            word for word in (*condition.any_of, *condition.none_of) if folded(word) not in words
        ]
        if unknown:
            most = sorted(words, key=lambda word: -len(words[word]))[:_MOST_KNOWN]
            some = ", ".join(map(quoted, most))
            raise InvalidInputError(
                f"The condition {written!r} speaks of {unknown[0]!r}, which is the {name} of no "
                f"item. Known are, among others: {some or 'none'}. Nothing was ranked."
            )
        return replace(condition, attribute=name)

    # -- hearing --------------------------------------------------------------------------

    def listen(
        self, memory: UserMemory, message: str, *, observation: str, thread: str | None = None
    ) -> list[ItemEvent]:
        """Keep what a message says of items by name, as feedback that rests on it.

        Only what is surely meant is kept: neither "it was great" nor a title that several bear.
        "The second one" is that of the last list of the conversation; a question tells nothing.

        Raises:
            StoreError: It could not be kept.
        """
        if not len(self.catalogue):
            return []
        kept = []
        shown = self._shown(memory, thread, limit=MOST)
        named = with_titles(stated(shortened(message)), _last_list(shown))
        for mention, weight in _verdicts(wishes(self._now().mentions, named)):
            try:
                event = memory.feedback.record(
                    mention.item_id, mention.title, weight, observation=observation
                )
            except PrivateTopicError:
                continue  # of what is private the policy keeps nothing
            if event is not None:
                kept.append(event)
        return kept

    def known_to(self, memory: UserMemory, advice: Advice, *, recipient: str) -> Advice:
        """Return advice without reasons that rest on what a recipient may not see.

        The items stay: a list of titles of the catalogue tells no memory.
        """
        with memory.privacy.egress(recipient, log=False) as out:
            known = {
                hit.id
                for hit in memory.recollect(list(advice.cites))
                if out.text(hit.text, author=hit.author) is not None
            }

            def passes(text: str, cites: str | None) -> bool:
                return (cites is None or cites in known) and out.text(text) is not None

            return replace(
                advice,
                recommendations=tuple(
                    replace(
                        each, reasons=tuple(r for r in each.reasons if passes(r.text, r.memory))
                    )
                    for each in advice.recommendations
                ),
                notes=tuple(note for note in advice.notes if passes(note.text, note.memory)),
            )

    # -- inside ---------------------------------------------------------------------------

    def _shown(self, memory: UserMemory, thread: str | None, *, limit: int = 100) -> list[Exposure]:
        """Return what was shown in a conversation lately, the latest first."""
        if thread is None or not memory.exists:
            return []
        since = memory.now() - LATELY
        shown = memory.feedback.exposures(thread=thread, limit=limit)
        return [each for each in shown if each.at >= since]

    def _now(self) -> _Shelf:
        """Return the catalogue as it is now; as it was, while another thread reads it anew."""
        shelf = self._shelf
        version = self._version()
        if shelf is not None and shelf.version == version:
            return shelf
        if self._spoilt is not None and self._spoilt[0] == version:
            raise StoreDamagedError(self._spoilt[1])
        if not self._lock.acquire(blocking=shelf is None):
            assert shelf is not None, "without one, the lock is waited for"
            return shelf
        try:
            if self._shelf is None or self._shelf.version != version:
                self._shelf = self._read()
            return self._shelf
        except StoreDamagedError as error:
            self._spoilt = version, str(error)
            raise
        finally:
            self._lock.release()

    def _read(self) -> _Shelf:
        version = self._version()
        recommender = self._recommender()
        if version[1] == 0:  # fitting it just now has made the file
            version = version[0], self._fitted_at()
        counts = self.catalogue.log(recommender.items).counts().tolist()
        return _Shelf(
            version, Mentions(recommender.items, self.catalogue.things, counts), recommender
        )

    def _version(self) -> tuple[int, int]:
        return self.catalogue.items_version, self._fitted_at()

    def _recommender(self) -> Recommender:
        if self._given is None:
            return fitted(self.catalogue)
        now = self.catalogue.snapshot()
        if self._given.items is now.items:
            return self._given
        return self._given.over(now.items, TextSource(now.vectors, self.catalogue.embedder))

    def _fitted_at(self) -> int:
        """Return when what is recommended by was fitted, in nanoseconds; 0: never, or elsewhere."""
        if self._given is not None:
            return 0
        try:
            return (place_of(self.catalogue) / "model.json").stat().st_mtime_ns
        except OSError:
            return 0


def _reworded(
    query: UserQuery, reword: Reword | None, mentions: Mentions
) -> tuple[Sequence[Preference], str | None]:
    """Return what a request may mean, in other words, and why not where that failed.

    Other words weigh half of the user's own, and rule nothing out. A word of an attribute counts
    where half of them or more name it, and the user does not.
    """
    if reword is None or not query.text.strip():
        return (), None
    try:
        queries = reword(query.text).queries
    except ModelError as error:  # their own words need no model
        _log.warning("Ranked by the request alone: %s", type(error).__name__)
        return (), f"Ranked by the request alone. {error}"
    known = {(each.attribute, each.value) for each in query.preferences}
    # Of what they name themselves it is settled whether they want it.
    known |= {(each.attribute, each.value) for each in mentions.find(query.text).values}
    named = Counter(
        word
        for words in queries
        for word in {(each.attribute, each.value) for each in mentions.find(words).values}
    )
    meant = (
        Preference(value, confidence=MILDLY, attribute=attribute, value=value)
        for (attribute, value), count in sorted(named.items())
        if 2 * count >= len(queries) and (attribute, value) not in known
    )
    return [*meant, *(Preference(words, confidence=MILDLY) for words in queries)], None


def _last_list(shown: Sequence[Exposure]) -> list[str]:
    """Return the titles that the last reply showed, in its order, of what comes latest first."""
    last = [each.title for each in shown[:MOST] if each.observation == shown[0].observation]
    return last[::-1]


def _verdicts(said: Wishes) -> Iterator[tuple[ItemMention, float]]:
    """Yield what a message surely says of items that it names: liked, disliked, or seen."""
    weights = {"like": LIKED, "dislike": DISLIKED, "seen": SEEN}
    for wish in said.items:
        if isinstance(wish.mention, ItemMention) and wish.mention.sure and wish.kind in weights:
            yield wish.mention, weights[wish.kind] * (MILDLY if wish.mild else 1.0)


def _both(one: ItemFilter, other: ItemFilter) -> ItemFilter:
    only = one.only if other.only is None else other.only & (one.only or other.only)
    return ItemFilter(
        (*one.conditions, *other.conditions),
        one.exclude | other.exclude,
        only,
        one.exclude_seen and other.exclude_seen,
    )


def _rules_out(preference: Preference) -> bool:
    return preference.hard and preference.polarity < 0 and preference.value is not None


def _notes(
    found: Taste, ruled_out: Sequence[Preference], would_come: Sequence[Recommendation]
) -> tuple[Note, ...]:
    """Say what the user rules out, where it makes a difference, and what was taken for what.

    Args:
        found: What was asked.
        ruled_out: What may not come.
        would_come: What would come if nothing was ruled out.
    """
    items = [each.item for each in would_come]
    had = {
        (name, folded(w)) for item in items for name in item.attributes for w in item.words(name)
    }
    left_out = {
        each.value: each.memory
        for each in ruled_out
        if (each.attribute, folded(each.value or "")) in had
    }
    return (
        *(Note(f"left out: {value}", memory) for value, memory in left_out.items()),
        *(Note(text) for text in found.notes),
    )
