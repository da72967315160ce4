"""Public entities as files and people give them: checked row by row, and compared by spelling."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from usermind.errors import InvalidInputError
from usermind.memory.keyphrases import LONGEST
from usermind.memory.links import LONGEST_ID
from usermind.memory.naming import bare, folded
from usermind.tools.row_files import Row, json_lines

MOST_ALIASES = 200
EMBEDDED = 5
"""Names of an entity that its vector is made of."""
LONGEST_TEXT = 4_000
"""Characters of a description or a URL, at most."""
SHOWN_ROWS = 5
"""Rows of a file whose faults are told."""

Name = Annotated[str, Field(min_length=1, max_length=LONGEST)]


@dataclass(frozen=True, slots=True)
class PublicEntity:
    """Something that is known to the public: a place, a work, a company, a person of history."""

    id: str
    """1 to 200 characters that can be seen, such as `"Q60"`."""
    name: str
    aliases: tuple[str, ...] = ()
    kind: str = ""
    """In plain words: `"city"`."""
    description: str = ""
    """What tells it from others of its name."""
    url: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Its name and its aliases."""
        return (self.name, *self.aliases)

    def told(self) -> str:
        """Return what its vector is made of: its first names, what it is, and the description."""
        return f"{', '.join(self.names[:EMBEDDED])}. {self.about()}"

    def about(self) -> str:
        """Return what tells it from others of its name."""
        return f"{self.kind}: {self.description}" if self.kind else self.description


class _Row(BaseModel):
    """One line of a file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: str = Field(min_length=1, max_length=LONGEST_ID)
    name: Name
    aliases: list[Name] = Field(default_factory=list, max_length=MOST_ALIASES)
    kind: str = Field(default="", max_length=LONGEST)
    description: str = Field(default="", max_length=LONGEST_TEXT)
    url: str | None = Field(default=None, max_length=LONGEST_TEXT)


def checked_entity(entity: PublicEntity) -> PublicEntity:
    """Return an entity that can be stored.

    Raises:
        InvalidInputError: A field is missing, too long, or of the wrong type.
    """
    try:
        _Row(
            id=entity.id,
            name=entity.name,
            aliases=list(entity.aliases),
            kind=entity.kind,
            description=entity.description,
            url=entity.url,
        )
        fault = _unseen(entity)
    except ValidationError as error:
        fault = _faults(error)
    if fault:
        raise InvalidInputError(
            f"The entity {entity.id!r} cannot be stored: {fault}. Nothing was stored."
        )
    return entity


def read_entities(path: str | Path) -> list[PublicEntity]:
    """Return the entities of a JSONL file; blank lines are passed over.

    Raises:
        InvalidInputError: The file cannot be read; or rows are wrong, which are named by number.
    """
    found: dict[str, PublicEntity] = {}
    wrong: list[str] = []
    for number, fields in json_lines(Path(path)):
        row = fields if isinstance(fields, str) else _read(fields)
        if isinstance(row, str):
            wrong.append(f"row {number}: {row}")
        elif row.id in found:
            wrong.append(f"row {number}: the id {row.id!r} came before")
        else:
            found[row.id] = row
    if wrong:
        more = len(wrong) - SHOWN_ROWS
        listed = "; ".join(wrong[:SHOWN_ROWS]) + (f"; and {more} more" if more > 0 else "")
        raise InvalidInputError(
            f"{path} cannot be loaded: {listed}. Nothing was stored. Each row is a JSON object "
            'like {"id": "Q60", "name": "New York City", "aliases": ["NYC"], "kind": "city"}.'
        )
    return list(found.values())


def _read(fields: Row) -> PublicEntity | str:
    """Return the entity of a row, or what is wrong with it."""
    try:
        row = _Row.model_validate(fields)
    except ValidationError as error:
        return _faults(error)
    entity = PublicEntity(row.id, row.name, tuple(row.aliases), row.kind, row.description, row.url)
    return _unseen(entity) or entity


def _unseen(entity: PublicEntity) -> str:
    """Return what cannot be seen of an entity, if anything."""
    if not entity.id.isprintable() or entity.id != entity.id.strip():
        return "the id has characters that cannot be seen"
    if any(not folded(name) or not name.isprintable() for name in entity.names):
        return "a name is blank or has characters that cannot be seen"
    texts = (entity.id, *entity.names, entity.kind, entity.description, entity.url or "")
    if any("\ud800" <= character <= "\udfff" for text in texts for character in text):
        return "a text holds a lone surrogate"
    return ""


def _faults(error: ValidationError) -> str:
    told = [
        f"{'.'.join(map(str, each['loc'])) or 'the row'}: {each['msg']}" for each in error.errors()
    ]
    return ", ".join(told[:3])


def spelt_alike(name: str, names: Sequence[str]) -> float:
    """Return how alike a name is spelt to the likest of others, in [0, 1].

    Dice's coefficient over the groups of three letters, the words padded; case and the accents of
    Latin, Greek and Cyrillic do not count.

    >>> spelt_alike("new york citty", ["NYC", "New York City"]) > 0.8
    True
    """
    asked = _trigrams(name)
    return max((_dice(asked, _trigrams(other)) for other in names), default=0.0)


def _dice(a: set[str], b: set[str]) -> float:
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def _trigrams(name: str) -> set[str]:
    fold = bare(folded(name))
    padded = f"  {fold} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)} if fold else set()
