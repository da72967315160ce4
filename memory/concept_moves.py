"""What an edit makes of concepts: which are there, which keys are free, what two make together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from usermind.errors import InvalidInputError, UnknownItemError
from usermind.memory.concepts import Concept, Relation


def held(known: Mapping[str, Concept], key: str) -> Concept:
    """Return the concept under a key.

    Raises:
        UnknownItemError: There is none.
    """
    if key not in known:
        raise UnknownItemError(str(key), kind="concept")
    return known[key]


def check_free(known: Mapping[str, Concept], key: str) -> None:
    """Do nothing where no concept is under a key.

    Raises:
        InvalidInputError: There is one.
    """
    if key in known:
        raise InvalidInputError(
            f"There is a concept under {key!r} already. Nothing was changed. "
            "Choose another key, or call `merge`."
        )


def checked_part(
    key: str, kind: str, wanted: Sequence[str], there: tuple[str, ...]
) -> tuple[str, ...]:
    """Return what is to be parted from a concept.

    Args:
        key: Of the concept, for the error.
        kind: What is parted from it, for the error.
        wanted: What is to go.
        there: What the concept has.

    Raises:
        UnknownItemError: Something of it is not there.
    """
    for each in wanted:
        if each not in there:
            raise UnknownItemError(each, kind=f"{kind} of {key!r}")
    return tuple(wanted)


def led_elsewhere(
    known: Mapping[str, Concept], keys: Mapping[str, str]
) -> dict[str, Concept | None]:
    """Return the other concepts, by key, whose relations lead elsewhere once keys are others."""
    moved: dict[str, Concept | None] = {}
    for key, concept in known.items():
        led = tuple(Relation(each.kind, keys.get(each.to, each.to)) for each in concept.relations)
        if key not in keys and led != concept.relations:
            moved[key] = replace(concept, relations=tuple(dict.fromkeys(led)))
    return moved


def merger(a: Concept, b: Concept, keys: set[str]) -> Concept:
    """Return one concept that says what two say; of one value each, the first's counts.

    Args:
        a: Gives the name.
        b: Its name becomes an alias.
        keys: Those of both; relations between them end.
    """
    names = dict.fromkeys([*a.aliases, b.name, *b.aliases])
    relations = dict.fromkeys([*a.relations, *b.relations])
    return Concept(
        name=a.name,
        aliases=tuple(name for name in names if name != a.name),
        category=a.category or b.category,
        attributes={**b.attributes, **a.attributes},
        relations=tuple(each for each in relations if each.to not in keys),
        # Where only one may be pictured, its pictures alone are.
        images=tuple(dict.fromkeys([*_agreed(a), *_agreed(b)])),
        consent=a.consent or b.consent,
    )


def _agreed(concept: Concept) -> tuple[str, ...]:
    return concept.images if concept.consent else ()
