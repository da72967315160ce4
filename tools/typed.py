"""An item as somebody types it: by its id, or by its title."""

from usermind.errors import InvalidInputError, NotInCatalogueError
from usermind.tools.items import Item, ItemTable
from usermind.tools.titles import Titles

_SHOWN = 5
"""Items of one name that an error lists."""


def typed(items: ItemTable, given: str, *, title: str | None = None) -> Item:
    """Return the item of an id, or of a title that only one item has.

    Args:
        items: Those of the catalogue.
        given: An id, which is looked for first; or a title, in any spelling.
        title: What the item of this id is said to be called, to be held against it.

    Raises:
        NotInCatalogueError: There is none; what is spelt most alike is named.
        InvalidInputError: Several are called so, or the item of this id is not called `title`.
    """
    titles = Titles(items)
    if (row := items.row(given)) is not None:
        item: Item = items[row]
        if title is not None and title != item.title and row not in titles.named(title):
            raise InvalidInputError(
                f"Item {item.id!r} is called {item.title!r}, not {title!r}. Nothing was kept. "
                "Leave the title out, or give the id of the item that you mean."
            )
        return item
    rows = titles.named(given)
    if not rows:
        near = (titles.named(title) if title else ()) or titles.nearest(title or given)
        raise NotInCatalogueError(
            given, near=[(items[row].id, items[row].title) for row in near[:3]]
        )
    if len(rows) > 1:
        some = "; ".join(f"{items[row].title}, id {items[row].id}" for row in rows[:_SHOWN])
        raise InvalidInputError(
            f"{len(rows)} items are called {given!r}: {some}{'; …' * (len(rows) > _SHOWN)}. "
            "Nothing was kept. Give the id of one, or its title with the year."
        )
    if title is not None and title != items[rows[0]].title and rows[0] not in titles.named(title):
        raise InvalidInputError(
            f"{given!r} and {title!r} are not the same item. Nothing was kept. Give one of them."
        )
    found: Item = items[rows[0]]
    return found
