"""Subjects: what a turn speaks of, and what of the user's own goes with it, each of some kind.

    message, reply → concepts named, entities named, names that are new → present
    entities that co-occur with those, the user's home, what they like, whom they have → own

What kind of thing a name stands for is told by a concept's category, by a claim ("lives in Oslo"),
or by the words before it in what the user wrote ("by Norda", "in Porto"); else it is a thing.

Source: K-LaMP (Baek et al., WWW 2024, arXiv 2311.06318), section on context entities: those of the
query and of what was read, looked up in the entity store.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from usermind.graphs.claim_subjects import claimed
from usermind.graphs.plan import is_for_the_user
from usermind.graphs.subject import Kind, Subject, kind_in, kind_of_category
from usermind.memory import Concept, Entity, UserMemory
from usermind.memory.earlier import naming
from usermind.memory.entities import LAPSE
from usermind.memory.keyphrases import keyphrases
from usermind.memory.naming import folded

_FIRST_PERSON = re.compile(r"\b(?:i|me|my|mine|we|us|our|i'm|i've|i'd)\b", re.IGNORECASE)

KEY_WORDS = 8
"""Words up to which a message in small letters may be a search."""
_SENTENCE = re.compile(
    r"[?!.]|\b(?:i|i'm|my|me|you|is|are|was|do|does|did|can|could|should|would|what|how|who|when"
    r"|which|why|please|tell)\b",
    re.IGNORECASE,
)
PRESENT = 4
"""Subjects of a turn that queries are made about, at most."""
BESIDE = 6
"""Entities that co-occur with them, at most."""
OF_THEIR_LIFE = 0.9
"""Fit of a concept: the user, or reflection, thought it worth a record of its own."""
LIVING = 3
"""People that are put beside a subject, at most; and as many pets."""
SHOWN_BY = 3
"""Messages by which the kind of a name is told, at most."""
REPLY = 300
"""Characters of the reply in which names are looked for."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """What queries are made of."""

    present: tuple[Subject, ...]
    """What the turn speaks of, in its order."""
    own: tuple[Subject, ...]
    """What of the user's may be put beside it; none of it is present."""


def subjects_of(
    memory: UserMemory, message: str, reply: str, *, now: datetime, titles: Sequence[str] = ()
) -> Subjects:
    """Return what a turn speaks of and what goes with it; both empty without a memory.

    What the reply names counts where the message asks for something to be made for the user and
    names nothing; and if the reply names nothing either, it is about where they live.

    Args:
        memory: The user's.
        message: What they said.
        reply: What they were told.
        now: The present.
        titles: That the message names, as it writes them; a part of one is no subject.
    """
    if not memory.exists:
        return Subjects((), ())
    claims, living = tuple(claimed(memory)), _living(memory)
    kinds = {folded(each.name): each.kind for each in claims}
    present = _present(memory, message, kinds, now, titles)
    if not present and is_for_the_user(message):
        home = tuple(each for each in claims if each.kind == "home")
        present = _present(memory, reply[:REPLY], kinds, now) or home
    taken = {folded(each.name) for each in present}
    beside = _beside(memory, present, kinds, now)
    own = [each for each in (*beside, *claims, *living) if folded(each.name) not in taken]
    unique = {folded(each.name): each for each in reversed(own)}
    return Subjects(present, tuple(each for each in own if unique[folded(each.name)] is each))


def is_key_words(message: str) -> bool:
    """Say whether a message is a search and no sentence.

    >>> is_key_words("gravel bike oslo"), is_key_words("Where do I live?")
    (True, False)
    """
    few = len(message.split()) <= KEY_WORDS
    return few and message == message.lower() and _SENTENCE.search(message) is None


# -- what the turn speaks of --------------------------------------------------------------


def _present(
    memory: UserMemory,
    message: str,
    kinds: Mapping[str, Kind],
    now: datetime,
    titles: Sequence[str] = (),
) -> tuple[Subject, ...]:
    """Return what a text names: concepts, entities, and names of a kind that it tells."""
    found: dict[str, Subject] = {}
    for concept in _concepts(memory, message):
        found.setdefault(folded(concept.name), concept)
    for entity in memory.entities.mentioned_in(message):
        if not (
            _within(entity.name, found.values()) or _is_of_a_title(entity.name, message, titles)
        ):
            subject = _entity(memory, entity, message, kinds, now)
            if subject is not None:
                found[folded(entity.name)] = subject
    if _says_names(message):
        for name in keyphrases(message):
            kind = kinds.get(folded(name)) or kind_in(name, [message])
            # A run of words that nobody has met may be anything: "17 times 3".
            if kind is None or (kind == "thing" and not is_key_words(message)):
                continue
            if not (_within(name, found.values()) or _is_of_a_title(name, message, titles)):
                found[folded(name)] = Subject(name, kind)
    return tuple(found.values())[:PRESENT]


def _concepts(memory: UserMemory, text: str) -> Iterator[Subject]:
    """Yield the concepts that a text names for sure."""
    for mention in memory.concepts.named_in(text):
        concept = None if mention.ambiguous else memory.concepts.get(mention.keys[0])
        if concept is not None:
            yield _concept(concept, memory.concepts.ids(mention.keys))


def _concept(concept: Concept, ids: tuple[str, ...]) -> Subject:
    sort = f", your {concept.category}" if concept.category else ""
    return Subject(
        concept.name,
        kind_of_category(concept.category),
        ids=ids,
        fit=OF_THEIR_LIFE,
        why=f"you told about {concept.name}{sort}",
        details={name: value for name in concept.attributes if (value := concept.value(name))},
    )


def _living(memory: UserMemory) -> list[Subject]:
    """Return the people and pets among the concepts, of each the oldest few."""
    found = [_concept(concept, (id_,)) for id_, (_, concept) in memory.concepts.by_id().items()]
    return [
        each
        for kind in ("pet", "person")
        for each in [one for one in found if one.kind == kind][:LIVING]
    ]


def _entity(
    memory: UserMemory,
    entity: Entity,
    message: str,
    kinds: Mapping[str, Kind],
    now: datetime,
    *,
    related: bool = False,
) -> Subject | None:
    """Return an entity as a subject; None where it cannot be told what it is."""
    kind = kinds.get(folded(entity.name))
    if kind is None:
        with memory.open() as file, file.database.read() as connection:
            texts = [each.text for each in naming(connection, entity.name, most=SHOWN_BY)]
        kind = kind_in(entity.name, [message, *texts])
    if kind is None:
        return None
    times = "once" if entity.count == 1 else f"{entity.count} times"
    return Subject(
        entity.name,
        kind,
        ids=(entity.id,),
        fit=1 - 0.5**entity.count,
        why=f"{entity.name} came up {times}, last on {entity.last_seen:%Y-%m-%d}",
        lapsed=now - entity.last_seen > LAPSE,
        related=related,
    )


def _beside(
    memory: UserMemory, present: Sequence[Subject], kinds: Mapping[str, Kind], now: datetime
) -> list[Subject]:
    """Return the entities that co-occur with what is present, best first."""
    names = [each.name for each in present]
    found = memory.entities.discover(names, k=BESIDE) if names else []
    made = (_entity(memory, each, "", kinds, now, related=True) for each in found)
    return [each for each in made if each is not None]


def _says_names(message: str) -> bool:
    """Say whether names can be told from a message: it has capitals, or is a search query."""
    return message != message.lower() or _FIRST_PERSON.search(message) is None


def _within(name: str, found: Iterable[Subject]) -> bool:
    """Say whether a name is part of one that was found: Bo is, of the concept "Bo the dog"."""
    words = set(folded(name).split())
    return any(words <= set(folded(each.name).split()) for each in found)


def _is_of_a_title(name: str, message: str, titles: Iterable[str]) -> bool:
    """Say whether a name stands only in titles that say more: "Black" in "Men in Black"."""
    rest = message
    for title in titles:
        if folded(title) != folded(name):
            rest = rest.replace(title, " ")
    return rest != message and folded(name) not in folded(rest)
