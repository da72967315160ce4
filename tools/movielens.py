"""MovieLens folders: `movies.csv`, `ratings.csv` and `tags.csv`, or `movies.dat`, `ratings.dat`.

    "Matrix, The (1999)", "Action|Sci-Fi" → title "The Matrix (1999)", year 1999.0, genre (…, …)

A title begins with its article, as people say it, in the names between brackets too. It keeps the
year, which tells films of one name apart. What people tagged a film with stands in its text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from usermind.tools.item_files import checked_rows
from usermind.tools.items import Item
from usermind.tools.row_files import Faults, Row, header, is_table, read_rows, text_file, unreadable

THINGS: Final = ("film", "movie", "films", "movies", "watch")
"""How people speak of what is in such a folder."""
MOVIES: Final = ("movieId", "title", "genres")
"""The header by which `movies.csv` is known."""
NO_GENRE: Final = "(no genres listed)"
MOST_TAGS: Final = 30
"""Tags of a film that its text holds, those that most people gave first."""
EXPECTED: Final = (
    "A row is like `1,Toy Story (1995),Animation|Comedy` in movies.csv, and like "
    "`1::Toy Story (1995)::Animation|Comedy` in movies.dat."
)
ARTICLES: Final = frozenset(
    {
        "the", "a", "an", "la", "le", "les", "l'", "un", "une", "el", "los", "las", "una", "il",
        "lo", "i", "gli", "der", "die", "das", "ein", "eine", "den", "det", "de", "het", "o", "os",
    }
)  # fmt: skip
"""What MovieLens puts behind a title: `Haine, La`."""

_YEAR = re.compile(r"\((?P<year>\d{4})(?:\s*[-–]\s*(?:\d{4})?)?\)\s*$")
_NAME = re.compile(r"[^()]+")
_BEHIND = re.compile(r"^(?P<name>.*\S), (?P<article>[^\W\d_]+'?)$")


def movies_in(path: Path) -> Path | None:
    """Return the file of films that a folder holds, or the file itself; None: it is neither."""
    if path.is_dir():
        files = (path / "movies.csv", path / "movies.dat")
        return next((file for file in files if file.is_file()), None)
    if path.suffix.lower() == ".dat":
        return path
    return path if path.is_file() and is_table(path) and header(path) == MOVIES else None


def ratings_beside(movies: Path) -> Path | None:
    """Return the file of ratings in the same folder, if there is one."""
    file = movies.with_name(f"ratings{movies.suffix}")
    return file if file.is_file() else None


def read_movies(movies: Path, *, tags: Path | None = None) -> list[Item]:
    """Return the films of a file.

    Args:
        movies: `movies.csv` or `movies.dat`.
        tags: `tags.csv`, if there is one; tags of other films are passed over.

    Raises:
        InvalidInputError: A file cannot be read; or rows are wrong, which are named by number.
    """
    told = _tags(tags) if tags is not None and tags.is_file() else {}
    wrong = Faults(movies)
    rows: list[tuple[int, Row]] = []
    for number, row in read_rows(movies) if is_table(movies) else _dat(movies):
        if isinstance(row, str):
            wrong.add(number, row)
        else:
            rows.append((number, _film(row, told)))
    return checked_rows(rows, wrong, EXPECTED)


def spoken(title: str) -> str:
    """Return a title with its articles in front.

    >>> spoken("City of Lost Children, The (Cité des enfants perdus, La) (1995)")
    'The City of Lost Children (La Cité des enfants perdus) (1995)'
    """
    return " ".join(_NAME.sub(lambda name: _turned(name[0]), title).split())


def _turned(name: str) -> str:
    bare = name.strip()
    found = _BEHIND.match(bare)
    if found is None or found["article"].casefold() not in ARTICLES:
        return name
    between = "" if found["article"].endswith("'") else " "
    return name.replace(bare, f"{found['article']}{between}{found['name']}")


def _film(row: Row, told: Mapping[str, str]) -> Row:
    """Return a row of MovieLens with the fields of `Item`."""
    id_, title = str(row["movieId"]).strip(), str(row["title"])
    genres = [word.strip() for word in str(row["genres"]).split("|")]
    year = _YEAR.search(title)
    return {
        "id": id_,
        "title": spoken(title),
        "text": told.get(id_, ""),
        "attributes": {
            "genre": [word for word in genres if word and word != NO_GENRE],
            "year": float(year["year"]) if year else None,
        },
    }


def _tags(path: Path) -> dict[str, str]:
    """Return for each film its tags as a sentence."""
    wrong = Faults(path)
    counted: dict[str, Counter[str]] = {}
    for number, row in read_rows(path):
        if isinstance(row, str) or not {"movieId", "tag"} <= row.keys():
            wrong.add(number, row if isinstance(row, str) else "no `movieId` and `tag`")
        elif tag := " ".join(str(row["tag"]).split()):
            counted.setdefault(str(row["movieId"]).strip(), Counter())[tag.casefold()] += 1
    wrong.check("A row is like `15,339,powerpoint,1137536770`.")
    return {film: f"Tags: {', '.join(_most(tags))}." for film, tags in counted.items()}


def _most(tags: Counter[str]) -> list[str]:
    return sorted(tags, key=lambda tag: (-tags[tag], tag))[:MOST_TAGS]


def _dat(path: Path) -> Iterator[tuple[int, Row | str]]:
    """Yield the rows of a file like MovieLens 1M's, `id::title::genres`.

    The file as it is published is in Latin-1; copies of it are often in UTF-8.
    """
    for number, line in enumerate(_lines(path), 1):
        cells = line.split("::")
        if len(cells) >= len(MOVIES):
            # Only a title may hold what parts the cells.
            yield (
                number,
                dict(zip(MOVIES, (cells[0], "::".join(cells[1:-1]), cells[-1]), strict=True)),
            )
        elif line.strip():
            yield number, f"{len(cells)} cells between `::`, expected {len(MOVIES)}"


def _lines(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            return file.read().split("\n")
    except UnicodeDecodeError:
        with text_file(path, encoding="latin-1") as file:
            return file.read().replace("\r\n", "\n").split("\n")
    except OSError as error:
        raise unreadable(path, error, "MovieLens' movies.dat") from error
