"""An item as somebody types it: by its id, or by its title."""

from typing import TYPE_CHECKING

from usermind.errors import InvalidInputError, NotInCatalogueError
from usermind.tools.items import Item, ItemTable
from usermind.tools.titles import Titles

if TYPE_CHECKING:
    from usermind.tools.catalogue import Catalogue

_SHOWN = 5
"""Items of one name that an error lists."""


def typed(catalogue: "Catalogue", given: str, *, title: str | None = None) -> Item:
    """Return the item of an id, or of a title that only one item has.

    Args:
        catalogue: What there is.
        given: An id, which is looked for first; or a title, in any spelling.
        title: What the item is said to be called, to be held against it.

    Raises:
        NotInCatalogueError: There is none; what is spelt most alike is named.
        InvalidInputError: Several are called so, or the item of this id is not called `title`.
        StoreError: The catalogue cannot be read.
    """
    item = catalogue.get(given) if given in catalogue else _called(catalogue, given, title)
    if title is None or title == item.title or Titles(ItemTable([item])).named(title):
        return item
    raise InvalidInputError(
        f"Item {item.id!r} is called {item.title!r}, not {title!r}. Nothing was kept. Leave the "
        "title out, or give the id of the item that you mean."
    )


def _called(catalogue: "Catalogue", given: str, title: str | None) -> Item:
    items = catalogue.items
    titles = Titles(items)
    rows = titles.named(given)
    if not rows:
        rows = (titles.named(title) if title else ()) or titles.nearest(title or given)
        near = [items[row] for row in rows[:3]]
        raise NotInCatalogueError(given, near=[(each.id, each.title) for each in near])
    if len(rows) > 1:
        some = "; ".join(f"{items[row].title}, id {items[row].id}" for row in rows[:_SHOWN])
        raise InvalidInputError(
            f"{len(rows)} items are called {given!r}: {some}{'; …' * (len(rows) > _SHOWN)}. "
            "Nothing was kept. Give the id of one, or its title with the year."
        )
    found: Item = items[rows[0]]
    return found
