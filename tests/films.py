"""A small catalogue of invented films, and people who each like one kind of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from usermind.tools import Catalogue, Item
from usermind.tools.interactions import Interaction

THINGS = ("film", "films", "movie", "movies", "watch")
TITLES: dict[str, Sequence[str]] = {
    "Horror": ("Cellar Door", "Grey Nursery", "Marrow Lane", "Pale Tenant", "Sallow Hill"),
    "Comedy": ("Custard Court", "Dizzy Dukes", "Llama Drama", "Pigeon Season", "Waffle Heist"),
    "Sci-Fi": ("Hollow Moon", "Ion Harbour", "Orbit Nine", "Quiet Engines", "Second Dawn"),
    "Romance": ("Blue Letters", "Candle Street", "Lisbon Again", "Paper Boats", "Slow Waltz"),
}
"""Five by genre; of each the first is of 1980, the last of 2020."""
PEOPLE = 60
"""A quarter of them likes each genre; the first genres have the most people who like all of it."""


def films() -> list[Item]:
    """Return the twenty films."""
    return [
        Item(
            f"{genre[0].lower()}{place}",
            f"{title} ({1980 + 10 * place})",
            f"A {genre.lower()} film.",
            {"genre": (genre,), "year": float(1980 + 10 * place)},
        )
        for genre, titles in TITLES.items()
        for place, title in enumerate(titles)
    ]


def watched() -> Iterator[Interaction]:
    """Yield what everybody liked: four films of one genre, one after the other."""
    for person in range(PEOPLE):
        genre = list(TITLES)[person % len(TITLES)]
        for step in range(4):
            place = (person // len(TITLES) + step) % 5
            yield Interaction(f"person {person}", f"{genre[0].lower()}{place}", 1.0, 60.0 * step)


def filled(folder: Path) -> Catalogue:
    """Return the catalogue in a folder."""
    made = Catalogue(folder, embedder="lexical")
    made.add(films())
    made.add_interactions(list(watched()))
    made.things = THINGS
    return made
