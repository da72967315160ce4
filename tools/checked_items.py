"""Items as files and programs give them: what can be stored, and what is wrong with the rest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Final
from unicodedata import category

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from usermind.errors import InvalidInputError
from usermind.tools.items import Item, Value

LONGEST_ID: Final = 200
LONGEST_TITLE: Final = 1_000
LONGEST_TEXT: Final = 20_000
"""Characters of a description, at most."""
LONGEST_WORD: Final = 1_000
MOST_ATTRIBUTES: Final = 100
MOST_WORDS: Final = 1_000
"""Words of one attribute, at most."""
NOT_IN_NAMES: Final = frozenset("!<>=|")
"""Characters by which a condition is read; see `Condition.read`."""
RESERVED: Final = ("chroma:", "usermind:", "#", "$")
"""How no name may begin: Chroma and the catalogue keep their own beside the attributes."""

Word = Annotated[str, Field(min_length=1, max_length=LONGEST_WORD)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID)]


class ItemRow(BaseModel):
    """An item of which nothing is believed yet."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: str = Field(min_length=1, max_length=LONGEST_ID)
    title: str = Field(min_length=1, max_length=LONGEST_TITLE)
    text: str = Field(default="", max_length=LONGEST_TEXT)
    attributes: dict[
        Name, bool | float | Word | Annotated[list[Word], Field(max_length=MOST_WORDS)]
    ] = Field(default_factory=dict, max_length=MOST_ATTRIBUTES)

    def item(self) -> Item:
        """Return the item.

        Raises:
            InvalidInputError: A text cannot be seen or stored, a number is not finite, or an
                attribute has a name that is taken.
        """
        fault = _fault(self)
        if fault:
            raise InvalidInputError(fault)
        return Item(
            self.id,
            self.title,
            self.text,
            {name: _value(value) for name, value in sorted(self.attributes.items())},
        )


def checked_item(item: Item) -> Item:
    """Return an item as it is stored: attributes by name, numbers as floats, none without a value.

    Raises:
        InvalidInputError: A field is missing, too long, or of the wrong type.
    """
    found = read_item(
        {
            "id": item.id,
            "title": item.title,
            "text": item.text,
            "attributes": {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in item.attributes.items()
            },
        }
    )
    if isinstance(found, str):
        raise InvalidInputError(
            f"The item {item.id!r} cannot be stored: {found}. Nothing was stored."
        )
    return found


def read_item(row: Mapping[str, object]) -> Item | str:
    """Return the item of a row with the fields of `Item`, or what is wrong with it."""
    attributes = row.get("attributes")
    if isinstance(attributes, Mapping):
        kept = {name: value for name, value in attributes.items() if value not in (None, "", [])}
        row = {**row, "attributes": kept}
    try:
        return ItemRow.model_validate(row).item()
    except ValidationError as error:
        return faults(error)
    except InvalidInputError as error:
        return str(error)


def faults(error: ValidationError) -> str:
    """Return what pydantic found wrong with a row, the first three faults of it."""
    told = []
    for each in error.errors():
        # Which of the types of a value was tried last helps nobody.
        place = ".".join(str(part) for part in each["loc"][:2]) or "the row"
        told.append(f"{place}: {each['msg']}")
    return ", ".join(list(dict.fromkeys(told))[:3])


def unseen(text: str) -> bool:
    """Return whether an id or a name is blank, begins or ends so, or holds what cannot be seen."""
    return not text.isprintable() or text != text.strip() or not text


def unwritable(text: str, *, allowed: str = "") -> bool:
    """Return whether a text holds control characters, but for those allowed, or half characters.

    Marks that join letters, which titles in Persian or Hindi need, are none of them.
    """
    return any(category(each) in ("Cc", "Cs") and each not in allowed for each in text)


def _value(value: bool | float | str | list[str]) -> Value | tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else value


def _fault(row: ItemRow) -> str:
    if unseen(row.id):
        return "the id is blank or has characters that cannot be seen"
    if not row.title.strip() or unwritable(row.title):
        return "the title is blank or holds control characters"
    for name, value in row.attributes.items():
        if unseen(name) or NOT_IN_NAMES & set(name) or name.casefold().startswith(RESERVED):
            return f"the attribute {name!r} cannot be called so"
        if isinstance(value, float) and not math.isfinite(value):
            return f"the attribute {name!r} is no finite number"
        words = value if isinstance(value, list) else [value] if isinstance(value, str) else []
        if any(not word.strip() or unwritable(word) for word in words):
            return f"a word of the attribute {name!r} is blank or holds control characters"
    if unwritable(row.text, allowed="\n\r\t"):
        return "the text holds control characters"
    return ""
