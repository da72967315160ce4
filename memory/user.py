"""One user's memory: the door through which everything about them is read and written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from usermind.errors import UnknownUserError
from usermind.memory import export, forgetting, intake, outbox, user_vector
from usermind.memory.actions import ActionDoor
from usermind.memory.agenda import AgendaDoor
from usermind.memory.concept_door import ConceptDoor
from usermind.memory.door import PropositionDoor
from usermind.memory.entities import EntityDoor
from usermind.memory.feedback import FeedbackDoor
from usermind.memory.gather import gather, held, recollect, resting_on
from usermind.memory.journal import USER, Draft, Journal, Observation, Receipt
from usermind.memory.letters import LettersDoor
from usermind.memory.outbox import Event
from usermind.memory.picture_door import PictureDoor
from usermind.memory.privacy.doors import PrivacyDoor, PrivateDoor
from usermind.memory.profiles import Profile, ProfileDoor, Summariser
from usermind.memory.propositions import Proposition
from usermind.memory.quarantine import QuarantineDoor
from usermind.memory.recall import Recollection, embed_pending
from usermind.memory.receipt import DeletionReceipt
from usermind.memory.relevance import Passage, likeness, relevance
from usermind.memory.spend import UserAccount
from usermind.memory.suggestions import SuggestionDoor
from usermind.memory.timeline import moment
from usermind.memory.twins import twin
from usermind.memory.user_file import UserFile
from usermind.memory.user_vector import TEMPERATURE
from usermind.memory.vectors import Floats
from usermind.memory.watched import WatchedDoor
from usermind.memory.work import Failed, Outlook, Queue, QueueStatus
from usermind.types import Kind, Tier, UserId

if TYPE_CHECKING:
    from usermind.memory.index import Doubles
    from usermind.memory.store import ReflectionReport, Store


class UserMemory(UserFile):
    """The memory of one user. Made by `store.user(id)`; there is no way to it without an id.

    Cheap to make and safe to share between threads. Each method with an `a` in front is its
    twin for event loops: the same work in a thread.
    """

    def __init__(self, store: Store, user_id: UserId) -> None:
        super().__init__(store, user_id)
        self.leases = store.leases
        self.propositions = PropositionDoor(self)
        self.profiles = ProfileDoor(self)
        self.concepts = ConceptDoor(self)
        self.pictures = PictureDoor(self)
        self.privacy = PrivacyDoor(self, store.gate)
        self.private = PrivateDoor(self)
        self.quarantine = QuarantineDoor(self)
        self.entities = EntityDoor(self)
        self.feedback = FeedbackDoor(self)
        self.suggestions = SuggestionDoor(self)
        self.agenda = AgendaDoor(self)
        self.actions = ActionDoor(self)
        self.watched = WatchedDoor(self)
        self.letters = LettersDoor(self)

    def __repr__(self) -> str:
        return f"UserMemory({self.user_id!r})"

    # -- observations ---------------------------------------------------------------------

    def observe(
        self,
        text: str,
        *,
        at: datetime | None = None,
        source: str = "chat",
        author: str = USER,
        tier: Tier | None = None,
        session: str | None = None,
        external_id: str | None = None,
    ) -> Receipt:
        """Store an event about the user; durable on return, and reflected on later.

        The same arriving twice is stored once: by `source` and `external_id`, or without an id
        by source, author, words and stated time.

        Args:
            text: What was said or seen, at most 1,000,000 characters.
            at: When it happened; naive means local time, None means now.
            source: Where it comes from ("chat", "email", …).
            author: Who wrote it; `"user"` is the user, `"assistant"` is never evidence.
            tier: Who vouches for it; None: first party for the user, else third party.
            session: Conversation or document it belongs to; None: told by the time.
            external_id: Its id at the source; recall gives it back.

        Raises:
            InvalidInputError: A field cannot be stored.
            ConflictingObservationError: The external id came back with other content.
            PrivacyError: The privacy gate broke; nothing was stored.
            StoreError: The file cannot be written.
        """
        draft = Draft(
            text=text,
            at=at,
            source=source,
            author=author,
            tier=tier,
            session=session,
            external_id=external_id,
        )
        return self.observe_many([draft])[0]

    def observe_many(self, drafts: Sequence[Draft]) -> list[Receipt]:
        """Store several observations in one transaction: all of them, or none when one fails."""
        return intake.store(self, drafts)

    def observation(self, observation_id: str) -> Observation:
        """Return one observation.

        Raises:
            UnknownItemError: There is none with this id.
        """
        with self.open() as file:
            return Journal(file.database).get(observation_id)

    def find_observation(self, source: str, external_id: str) -> Observation | None:
        """Return the observation that has this id at its source, or None."""
        if not self.exists:
            return None
        with self.open() as file:
            return Journal(file.database).find(
                source, self.privacy.label(external_id) or external_id
            )

    def resting_on(self, observation_id: str) -> tuple[str, ...]:
        """Return the ids of what rests on an observation; raises what `observation` does."""
        with self.open() as file, file.database.read() as connection:
            return resting_on(connection, observation_id)

    def observations(
        self,
        *,
        session: str | None = None,
        source: str | None = None,
        until: datetime | None = None,
        word: str | None = None,
        limit: int = 100,
    ) -> list[Observation]:
        """Return observations, newest first; of one session, the last that arrived first.

        Args:
            session: Only those of this conversation or document.
            source: Only those of this source.
            until: Only those up to this event time; naive means local time.
            word: Only those that have this word, in whatever form: "remind" finds "reminder".
            limit: How many at most.
        """
        then = None if until is None else moment(until, now=self.now())
        with self.open() as file:
            return Journal(file.database).list(
                session=self.privacy.label(session),
                source=source,
                until=then,
                word=word,
                limit=limit,
            )

    def count_observations(self, *, session: str | None = None, source: str | None = None) -> int:
        """Return how many observations there are, of a conversation and source where named."""
        with self.open() as file:
            named = self.privacy.label(session)
            return Journal(file.database).count(session=named, source=source)

    def remember(
        self, text: str, *, evidence: str | None = None, author: str = USER
    ) -> Proposition | None:
        """Keep one claim at once, without reflection; None when it was denied.

        What is known already comes back as it stands, with the evidence added. Words that were
        forgotten are kept again, since somebody asks for them; reflection alone cannot bring
        them back, and neither can the observation of a third party: then None.

        Args:
            text: The claim, in the third person.
            evidence: Observation it rests on; None stores the text as one, said by the user.
            author: Who decided to keep it; shown in its history.

        Raises:
            InvalidInputError: The text cannot be stored, or the evidence is the assistant's.
            UnknownItemError: There is no such observation.
            PrivateTopicError: The text touches a private topic, or the privacy policy bars it.
        """
        return intake.keep(self, text, evidence=evidence, author=author)

    # -- recall ---------------------------------------------------------------------------

    def recall(
        self,
        query: str,
        *,
        k: int = 10,
        kinds: Sequence[Kind] | None = None,
        min_score: float = 0.0,
        exclude: Sequence[str] = (),
        as_of: datetime | None = None,
        written_by: str | None = None,
    ) -> list[Recollection]:
        """Return the memories that fit a query, best first.

        The vectors that are missing are computed first, but no more at once than
        `vectors.INLINE_ROWS` and `INLINE_CHUNKS` allow; what is left for the next recall, or for
        `embed`, is scored by its words. While the embedder is down all goes by words, and so
        does a query that touches a private topic where the embedder is not in this process; a
        `DegradedRecallWarning` says either.

        Args:
            query: Words or a question; empty lists the newest first.
            k: How many at most.
            kinds: `"observation"`, `"proposition"`, `"concept"`, `"entity"`, `"profile"`,
                `"feedback"`, `"exposure"`. None for the first five: what the user made of items,
                and was shown, comes only where it is asked for, and is found by title alone.
            min_score: Leave out what scores lower. Scores are absolute, in [0, 1].
            exclude: Ids to leave out.
            as_of: Only what had happened by then, and claims as they stood then, by event time;
                they are searched by their present words. Naive means local time, None means now.
            written_by: Author of the query where it is stored text: an embedder elsewhere then
                sees of it what it may see of a row, else all goes by words. None: said now.

        Raises:
            UnknownUserError: Nothing is stored for this user.
            InvalidInputError: `k` is below 1, a kind is unknown, or the query is no text.
            EmbedderMismatchError: The store holds vectors of another embedding model.
        """
        with self.open() as file:
            return gather(
                file,
                self._store.vectors,
                query,
                k=k,
                kinds=kinds,
                min_score=min_score,
                exclude=exclude,
                as_of=as_of,
                written_by=written_by,
                now=self.now(),
            )

    def user_vector(
        self, query: str, *, temperature: float = TEMPERATURE, as_of: datetime | None = None
    ) -> Floats | None:
        """Return the user as one vector of unit length, seen from a query.

        The mean of what they said and did, each by how near it is to the query. Replies of the
        assistant, text of others, what is in quarantine or touches a private topic take no part.
        Vectors that are missing are computed first, all of them. It is made anew at each call.

        Args:
            query: What the user is looked at for; empty: everything counts the same.
            temperature: 0 gives the nearest observation, infinity the mean of all.
            as_of: Only what had happened by then; naive means local time, None means all.

        Returns:
            `(dimensions,)`, float32. None when there is nothing of the user's own, or when it
            cancels out.

        Raises:
            UnknownUserError: Nothing is stored for this user.
            InvalidInputError: An argument is outside what is accepted.
            EmbedderMismatchError: The store holds vectors of another embedding model.
            ModelError: The embedder failed; without it there is no vector.
            PrivacyError: The query touches a private topic and the embedder is elsewhere, or the
                gate broke; nothing was sent.
        """
        with self.open() as file:
            return user_vector.of_file(
                file,
                self._store.vectors,
                query,
                temperature=temperature,
                as_of=as_of,
                now=self.now(),
            )

    def relevance(
        self, queries: Sequence[str], passages: Sequence[Passage], *, written_by: str | None = None
    ) -> Doubles:
        """Return `(queries, passages)` how well texts fit, each other text left out of account.

        See `relevance.relevance`; raises `UnknownUserError`.
        """
        with self.open() as file:
            return relevance(
                file.database, self._store.vectors, queries, passages, written_by=written_by
            )

    def likeness(self, texts: Sequence[str]) -> Doubles:
        """Return `(texts, texts)` how near texts are to each other; see `relevance.likeness`.

        Raises:
            UnknownUserError: Nothing is stored for this user.
        """
        with self.open() as file:
            return likeness(file.database, self._store.vectors, texts)

    def authors(self) -> tuple[str, ...]:
        """Return the names of others who wrote what is stored, sorted."""
        with self.open() as file:
            return Journal(file.database).authors()

    def kinds(self) -> tuple[Kind, ...]:
        """Return the kinds of memory, beside observations and claims, that hold anything."""
        with self.open() as file:
            return held(file)

    def recollect(self, ids: Sequence[str]) -> list[Recollection]:
        """Return the memories of these ids, in their order; what is gone is left out."""
        with self.open() as file:
            return recollect(file, ids)

    def embed(self) -> int:
        """Compute the vectors that are missing; return how many rows got theirs.

        Recall does it for itself, some at a time; call it after a large import.
        """
        with self.open() as file:
            return embed_pending(file, self._store.vectors)

    def changes(self, *, after: int = 0, limit: int = 1_000) -> list[Event]:
        """Return what changed since an event, oldest first, for whoever keeps something made of it.

        Args:
            after: Number of the last event that the caller saw; 0 for all that are kept, the
                newest 10,000.
            limit: How many at most.
        """
        with self.open() as file, file.database.read() as connection:
            return outbox.events(connection, after=after, limit=limit)

    def last_change(self) -> int:
        """Return the number of the last event of `changes`, kept or not; 0 where there is none."""
        if not self.exists:
            return 0
        with self.open() as file, file.database.read() as connection:
            return outbox.last(connection)

    def lost_since(self, event: int) -> bool:
        """Say whether anything was forgotten, wholly or in part, since a `last_change`."""
        with self.open() as file, file.database.read() as connection:
            return outbox.lost_since(connection, event)

    def profile(
        self,
        *,
        task: str = "conversation",
        reasoner: Summariser | None = None,
        as_of: datetime | None = None,
    ) -> Profile:
        """Return the user summed up for a task; see `ProfileDoor.get`.

        Args:
            task: In words, such as `"email-writing"`.
            reasoner: Who makes it (`graphs.profiling.Profiler(reasoner)`); None: rules.
            as_of: By what was known then, by event time; None for now.
        """
        return self.profiles.get(task, summariser=reasoner, as_of=as_of)

    # -- reflection -----------------------------------------------------------------------

    def reflect(self) -> ReflectionReport:
        """Work off what is due; up to a minute, wait for what other threads here are at."""
        return self._store.reflect(self)

    def queue(self) -> QueueStatus:
        """Return how many observations wait for reflection, and in which state."""
        with self.open() as file:
            return Queue(file.database, now=self.now()).status()

    def failures(self) -> list[Failed]:
        """Return the observations whose reflection failed, dead letters included."""
        with self.open() as file:
            return Queue(file.database, now=self.now()).failed()

    def revive(self) -> int:
        """Make dead and backing-off observations due now; return how many."""
        with self.open() as file:
            revived = Queue(file.database, now=self.now()).revive()
            if revived:
                self._store.registry.mark_due(self.user_id, at=self.now().timestamp())
        return revived

    def outlook(self) -> Outlook:
        """Return what reflection can do for this user, and when to look next."""
        with self.open() as file:
            return Queue(file.database, now=self.now()).outlook()

    def settle_due(self) -> int:
        """Note when something can next be done; return how many items are in the queue."""
        registry = self._store.registry
        with self.open() as file:
            outlook = Queue(file.database, now=self.now()).outlook()
            if outlook.pending == 0:
                registry.clear_due(self.user_id)
            else:
                registry.set_due(self.user_id, at=outlook.next_at)
            # An observation that came in between is seen here or marks the user again.
            again = Queue(file.database, now=self.now()).outlook()
            if again.ready:
                registry.mark_due(self.user_id, at=self.now().timestamp())
        return outlook.pending

    @property
    def account(self) -> UserAccount:
        """What this user's models cost, and the budget that they must fit."""
        return UserAccount(self, self._store.budget_of(self.user_id))

    # -- rights of the user ---------------------------------------------------------------

    def forget(
        self,
        *,
        observations: Sequence[str] = (),
        propositions: Sequence[str] = (),
        concepts: Sequence[str] = (),
        attributes: Mapping[str, Sequence[str]] | None = None,
        pictures: Mapping[str, Sequence[str]] | None = None,
        entities: Sequence[str] = (),
        entity_events: Iterable[bytes] = (),
        profiles: Iterable[str] = (),
        feedback: Sequence[str] = (),
        exposures: Iterable[str] = (),
    ) -> DeletionReceipt:
        """Delete items with everything that holds their words; see `forgetting.forget`.

        All are named by id; `attributes` are names, by the id of the concept that they are of, and
        `pictures` are ids by that. `feedback.forget` takes an item of a catalogue by its own id.

        Raises:
            UnknownItemError: One of the ids does not exist; nothing was deleted.
        """
        with self.open() as file:
            if feedback or propositions:  # what is left of a message may be for reflection
                self.mark_due()
            try:
                return forgetting.forget(
                    file.database,
                    self.user_id,
                    observations=observations,
                    propositions=propositions,
                    concepts=concepts,
                    attributes=attributes,
                    pictures=pictures,
                    entities=entities,
                    entity_events=entity_events,
                    profiles=profiles,
                    feedback=feedback,
                    exposures=exposures,
                    now=self.now(),
                )
            finally:  # also when the rows are gone and their bytes could not be overwritten
                file.index.clear()

    def forget_everything(self) -> DeletionReceipt:
        """Delete this user's file; nothing of them is left in the store.

        Raises:
            UnknownUserError: Nothing is stored for this user.
        """
        if not self.exists:
            raise UnknownUserError(self.user_id)
        return self._store.erase(self.user_id)

    def export(self, path: str | Path) -> int:
        """Write everything about this user to a JSONL file; return the number of lines.

        Raises:
            UnknownUserError: Nothing is stored for this user.
            InvalidInputError: The file exists already.
        """
        with self.open() as file:
            return export.write(file.database, self.user_id, Path(path), now=self.now())

    # -- twins for event loops ------------------------------------------------------------

    aobserve = twin(observe)
    aobserve_many = twin(observe_many)
    arecall = twin(recall)
    aprofile = twin(profile)
    areflect = twin(reflect)
    aforget = twin(forget)
    aforget_everything = twin(forget_everything)
    aexport = twin(export)
