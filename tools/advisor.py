"""Who recommends from a catalogue to a user, by what is known of them this very moment.

    message, memory → taste (events, preferences, conditions) → recommender → items with reasons

No model is called, and nothing is trained: a claim that was learnt, or a film that was panned, a
second ago moves the list. Hard conditions, and what the user has seen, hold whatever the scores.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from usermind.tools.advice import Advice, Note, near_to
from usermind.tools.afterthoughts import with_afterthoughts
from usermind.tools.conversation import said_before
from usermind.tools.explaining import (
    all_with_that,
    asked_of,
    explained,
    said_before_shown,
    with_that,
)
from usermind.tools.gate import gated
from usermind.tools.hearing import all_heard, heard, titled
from usermind.tools.item_filter import Condition, ItemFilter, condition_on
from usermind.tools.item_history import ItemHistory, item_history
from usermind.tools.mentions import shortened
from usermind.tools.recommenders.listwise import reranked
from usermind.tools.recommenders.recommendation import Recommendation
from usermind.tools.requests import MOST, asks, count_asked, kinds_of, stated
from usermind.tools.rewording import Reword, reworded
from usermind.tools.shelf import Asked, Shelf, both
from usermind.tools.shelf_reader import ShelfReader
from usermind.tools.shown import ids, last_list
from usermind.tools.taste import Taste, taste
from usermind.tools.unheard import unheard
from usermind.tools.verdicts import recorded, settled, unclear_in
from usermind.tools.wishes import Utterance, Wishes, narrows, wishes

if TYPE_CHECKING:
    from usermind.memory import UserMemory
    from usermind.memory.item_events import Exposure, ItemEvent
    from usermind.models.reasoner import Reasoner
    from usermind.tools.catalogue import Catalogue
    from usermind.tools.items import Item
    from usermind.tools.recommenders.recommender import Recommender

RERANKED: Final = 20
"""Items that a model puts in order, where one does."""
K: Final = 5
"""Items that a turn offers."""
LATELY: Final = timedelta(hours=12)
"""How long what was shown in a conversation does not come again: a thread may go on for years."""
REPEATED: Final = "nothing else fits: you were shown this before"
ANY: Final = ItemFilter()


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
        self._reader = ShelfReader(catalogue, recommender)
        self._rerank = rerank
        self._blind = blind

    def steps(self) -> Generator[None, None, None]:
        """Read the catalogue and what was fitted on it, a step at a time, so that nobody waits.

        What was never fitted is left to whoever asks first.

        Raises:
            ModelError: The embedder of the catalogue failed.
            StoreError: The catalogue, or what was fitted on it, cannot be read.
        """
        return self._reader.steps()

    # -- asking ---------------------------------------------------------------------------

    def is_asked(
        self,
        memory: UserMemory,
        message: str,
        *,
        thread: str | None = None,
        earlier: Sequence[Utterance] = (),
    ) -> bool:
        """Say whether a message asks for something of the catalogue, by rules; English.

        It does where it asks, and speaks of what the catalogue holds: its things, words of its
        attributes, or an item as an example. After a list that was just shown, "something older"
        or "not these" is enough; "what do you recommend?" is where the user has just spoken of what
        it holds.

        Args:
            memory: The user's.
            message: What they write.
            thread: The conversation.
            earlier: Their earlier messages of it, the oldest first.
        """
        if not len(self.catalogue):
            return False
        shelf = self._reader.now()
        shown = self._shown(memory, thread, limit=MOST)
        if self._asks(shelf, shortened(message), shown, earlier, after_a_list=bool(shown)):
            return True
        # After a request that nothing answered, "a comedy then" goes on as after a list.
        return (
            not shown
            and bool(earlier)
            and self._asks(shelf, shortened(earlier[-1].text), (), earlier[:-1], after_a_list=False)
            and self._asks(shelf, shortened(message), (), earlier, after_a_list=True)
        )

    def history(self, memory: UserMemory, message: str) -> ItemHistory | None:
        """Return what a message asks of items that were recommended or judged before, if anything.

        See `usermind.tools.item_history`.

        Raises:
            ModelError, StoreError: As `advise`.
        """
        if not len(self.catalogue):
            return item_history(memory, message)
        return item_history(memory, shortened(message), self._reader.now().mentions)

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
        shelf, message = self._reader.now(), shortened(message)
        shown = self._shown(memory, thread)
        said = heard(shelf, with_that(shelf, message, shown, earlier), shown)
        earlier = all_with_that(shelf, earlier, shown)
        read = partial(
            taste,
            memory,
            shelf.mentions,
            said,
            earlier=all_heard(shelf, earlier, shown),
            shown=tuple(each.item_id for each in reversed(shown)),
            blind=self._blind,
            observation=observation,
        )
        found = read()
        if k is None:
            things = (*shelf.mentions.things, *kinds_of(shelf.mentions, found.said))
            k = count_asked(message, things, after_a_list=bool(shown)) or K
        others, unworded = reworded(found.query, reword, shelf.mentions)

        def asked_for(found: Taste) -> Asked:
            meant = replace(found.query, preferences=(*found.query.preferences, *others))
            return Asked(
                gated(memory, meant, self.catalogue.recipient),
                found.where,
                where,
                found.said.orders,
                frozenset(each.item_id for each in shown),
            )

        def ranked_by(asked: Asked) -> tuple[list[Recommendation], str | None]:
            return self._ranked(memory, shelf, asked, k or K, found.query.text or message)

        asked = asked_for(found)
        ranked, unranked = ranked_by(asked)
        looser: list[tuple[str, Taste, Asked]] = []
        if not ranked and narrows(found.said, said):
            if shown:
                whole = replace(asked, query=replace(asked.query, session=()), shown=frozenset())
                looser.append((REPEATED, found, whole))
            if left := found.said.going_on:
                anew = read(anew=True)
                note = f"nothing is all of that: {', '.join(left)} did not count any more"
                looser.append((note, anew, asked_for(anew)))
        instead = ""
        for note, less, of in looser:
            wider, unranked = ranked_by(of)
            if wider:
                ranked, found, asked, instead = wider, less, of, note
                break
        some_left, few = bool(ranked), len(ranked) < k
        still = found.said.going_on if some_left else ()
        told = [
            *found.notes,
            *([instead] if instead else ()),
            *([f"still: {', '.join(still)}"] if still else ()),
            *(shelf.heeded(asked) if some_left else ()),
            *unheard(shelf.mentions, shelf.measures, said, found.said),
            *shelf.uncompared(message, ids(last_list(shown))),
        ]
        return Advice(
            tuple(ranked),
            (
                *(shelf.left_out(asked, k) if some_left else ()),
                *(shelf.missing(asked, some_left=some_left) if few else ()),
                *(Note(text) for text in told),
            ),
            "; ".join(filter(None, (unworded, unranked))) or None,
        )

    def explain(
        self,
        memory: UserMemory,
        message: str,
        *,
        thread: str | None = None,
        earlier: Sequence[Utterance] = (),
    ) -> Advice | None:
        """Return what speaks for items that were shown, where a message asks; None: it does not.

        "Why?", "why number 2?", "the 1984 one", "tell me about Heat". The reasons are those of now,
        for what was asked when they were shown: what was forgotten since is none of them.

        Args:
            memory: The user's.
            message: What they write.
            thread: The conversation.
            earlier: Their earlier messages of it, the oldest first.

        Raises:
            ModelError, StoreError: As `advise`.
        """
        if not len(self.catalogue):
            return None
        shelf, shown = self._reader.now(), self._shown(memory, thread)
        asked = asked_of(shelf, shortened(message), shown, earlier)
        if asked is None or (
            asked.rest and self._asks(shelf, asked.rest, shown, earlier, after_a_list=True)
        ):
            return None
        said = said_before_shown(shelf, asked, shown, earlier)
        found = taste(
            memory,
            shelf.mentions,
            said[-1].text if said else "",
            earlier=said[:-1],
            blind=self._blind,
            observation=said[-1].observation if said else None,
        )
        query = gated(memory, found.query, self.catalogue.recipient)
        return explained(shelf.recommender, found, query, asked, last_list(shown))

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
        shelf = self._reader.now()
        found = taste(memory, shelf.mentions, "", blind=self._blind)
        row = shelf.items.row(item.id)
        met = tuple(
            condition
            for condition in found.where.conditions
            if row is None or condition.mask(shelf.items)[row]
        )
        known = found.where.exclude | found.query.seen
        passing = both(replace(found.where, conditions=met, exclude=known), where)
        ask = shelf.recommender.complementary if goes_with else shelf.recommender.similar
        listed = ask(item.id, k, passing)
        return Advice(tuple(near_to(item, each, goes_with=goes_with) for each in listed))

    def find(self, title: str) -> list[Item]:
        """Return the items of an id or a title; several where several are called so."""
        shelf = self._reader.now()
        if (row := shelf.items.row(title)) is not None:
            return [shelf.items[row]]
        named = shelf.mentions.find(f"“{title}”").items
        rows = shelf.items.rows(id_ for each in named[:1] for id_ in (each.item_id, *each.others))
        return [shelf.items[int(row)] for row in rows]

    def near_titles(self, title: str) -> list[Item]:
        """Return the items whose titles are spelt most like one, three at most, best first."""
        shelf = self._reader.now()
        return [shelf.items[row] for row in shelf.mentions.titles.nearest(title)]

    def mentioned_in(self, text: str) -> frozenset[str]:
        """Return the ids of the items that a text names, or may name."""
        found = self._reader.now().mentions.find(text).items
        return frozenset(id_ for each in found for id_ in (each.item_id, *each.others))

    def titles_in(self, text: str) -> tuple[str, ...]:
        """Return the titles that a text names, or may name, as it writes them."""
        if not len(self.catalogue):
            return ()
        return tuple(each.text for each in self._reader.now().mentions.find(text).items)

    def condition(self, written: str) -> Condition:
        """Return a condition as a person or a model writes it; raises what `condition_on` does."""
        return condition_on(self.catalogue.items, written)

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
        heard_in = memory.observation(observation)
        earlier = said_before(memory, thread=thread, source=heard_in.source, message=observation)
        said = self._stated(memory, message, thread, earlier)
        if kept := recorded(memory, said, observation=observation):
            return kept
        mentions = self._reader.now().mentions
        for each in earlier[-1:]:  # that judged, perhaps, and this one says what
            asked = unclear_in(mentions.items, self._stated(memory, each.text, thread))
            kept += settled(
                memory, shortened(message), asked, each.observation,
                things=mentions.things, observation=observation,
            )  # fmt: skip
        return kept

    def unclear(
        self, memory: UserMemory, message: str, *, thread: str | None = None
    ) -> list[tuple[float, tuple[str, ...]]]:
        """Return the verdicts of a message on a title that several items bear: nothing is kept.

        So where several are spelt alike, and it is spelt like none of them. Each with its weight in
        [−1, 1], and the titles that may be meant, the likeliest first.

        Raises:
            StoreError: The catalogue cannot be read.
        """
        if not len(self.catalogue):
            return []
        found = unclear_in(self._reader.now().items, self._stated(memory, message, thread))
        return [(weight, tuple(each.title for each in of)) for weight, of in found]

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

    def _stated(
        self,
        memory: UserMemory,
        message: str,
        thread: str | None,
        earlier: Sequence[Utterance] = (),
    ) -> Wishes:
        """Return what a message states of items, "the second one" being that of the last list."""
        shelf, shown = self._reader.now(), self._shown(memory, thread)
        named = partial(titled, shelf, shown=shown)
        told = stated(with_afterthoughts(shelf.mentions, shortened(message), named))
        return wishes(shelf.mentions, named(with_that(shelf, told, shown, earlier)))

    def _asks(
        self,
        shelf: Shelf,
        message: str,
        shown: Sequence[Exposure],
        earlier: Sequence[Utterance],
        *,
        after_a_list: bool,
    ) -> bool:
        """Say whether a message asks for something, the list that it goes on from being known."""
        text = heard(shelf, with_that(shelf, message, shown, earlier), shown)
        said = wishes(shelf.mentions, text)
        return asks(
            shelf.mentions,
            text,
            said,
            after_a_list=after_a_list,
            more=[
                *unheard(shelf.mentions, shelf.measures, text, said),
                *shelf.uncompared(message, ids(last_list(shown))),
            ],
            before=[each.text for each in earlier],
        )

    def _ranked(
        self, memory: UserMemory, shelf: Shelf, asked: Asked, k: int, words: str
    ) -> tuple[list[Recommendation], str | None]:
        """Return a list, and why a model that was asked to put it in order did not, if so."""
        # The order that the user asks for is no model's to change.
        if self._rerank is None or shelf.strict(asked) is not None:
            return shelf.ranked(asked, k), None
        again = reranked(
            memory,
            shelf.ranked(asked, max(k, RERANKED)),
            self._rerank,
            preferences=asked.query.preferences,
            asked=words,
            n=RERANKED,
        )
        return list(again.recommendations[:k]), again.note

    def _shown(self, memory: UserMemory, thread: str | None, *, limit: int = 100) -> list[Exposure]:
        """Return what was shown in a conversation lately, the latest first."""
        if thread is None or not memory.exists:
            return []
        since = memory.now() - LATELY
        shown = memory.feedback.exposures(thread=thread, limit=limit)
        return [each for each in shown if each.at >= since]
