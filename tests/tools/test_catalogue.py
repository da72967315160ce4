"""A catalogue in a real Chroma: what is put in comes back, once, whoever dies in between."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from usermind.errors import (
    EmbedderMismatchError,
    InvalidInputError,
    InvalidModelOutputError,
    MissingExtraError,
    NotInCatalogueError,
    StoreDamagedError,
    StoreError,
    StoreNotWritableError,
    StoreVersionError,
)
from usermind.models.embeddings import LexicalEmbedder, open_embedder
from usermind.tools import Catalogue, Condition, Item, ItemFilter
from usermind.tools.catalogue import BATCH, FEW, STORE
from usermind.tools.fitting import fitted
from usermind.tools.interactions import Interaction
from usermind.tools.recommenders import Popularity, UserQuery
from usermind.types import Embedder

HEAT = Item("6", "Heat (1995)", "A thief and a detective.", {"genre": ("Crime",), "year": 1995.0})
MATRIX = Item(
    "2571",
    "The Matrix (1999)",
    "A hacker learns that the world is not real.",
    {"genre": ("Action", "Sci-Fi"), "year": 1999.0, "black and white": False},
)
ALIEN = Item("1214", "Alien (1979)", "", {"genre": ("Horror", "Sci-Fi"), "year": 1979.0})
FILMS = (HEAT, MATRIX, ALIEN)


@pytest.fixture
def open_it(tmp_path: Path) -> Iterator[Callable[..., Catalogue]]:
    """Open the same folder, each time as if by another process."""
    opened: list[Catalogue] = []

    def make(**given: Any) -> Catalogue:
        opened.append(Catalogue(tmp_path / "films", **{"embedder": "lexical", **given}))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


@pytest.fixture
def films(open_it: Callable[..., Catalogue]) -> Catalogue:
    made = open_it()
    made.add(FILMS)
    return made


def where(*conditions: str, **given: Any) -> ItemFilter:
    return ItemFilter(tuple(map(Condition.read, conditions)), **given)


def content(catalogue: Catalogue) -> tuple[list[Item], list[list[float]], list[tuple[Any, ...]]]:
    log = catalogue.log()
    events = zip(log.users.tolist(), log.rows.tolist(), log.weights.tolist(), strict=True)
    return list(catalogue.items), catalogue.vectors().tolist(), list(events)


# -- what is put in comes back ------------------------------------------------------------


def test_items_come_back_in_the_order_in_which_they_came(films: Catalogue) -> None:
    assert tuple(films.items) == FILMS
    assert films.get("2571") == MATRIX
    assert len(films) == 3
    assert "6" in films
    assert "7" not in films
    with pytest.raises(NotInCatalogueError):
        films.get("7")


def test_an_empty_catalogue_answers_politely(open_it: Callable[..., Catalogue]) -> None:
    empty = open_it()
    assert (len(empty), len(empty.items), len(empty.log()), empty.models) == (0, 0, 0, ())
    assert empty.vectors().shape[0] == 0
    assert empty.search("heat") == []
    assert empty.search("heat", where=where("genre=Crime")) == []
    assert empty.delete(["6"]) == 0
    assert empty.add([]).added == 0
    assert Popularity().fit(empty.log()).recommend(UserQuery()) == []


def test_a_snapshot_holds_together_whatever_another_writes(
    films: Catalogue, open_it: Callable[..., Catalogue]
) -> None:
    other, embedder = open_it(), LexicalEmbedder()

    def write() -> None:
        for turn in range(12):
            other.add([Item(f"n{turn}-{place}", f"Nova {turn} {place}") for place in range(3)])
            other.delete([f"n{turn}-0", f"n{turn}-1"])

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        running = True
        while running:
            running = not writing.done()
            now = films.snapshot()
            told = embedder.embed_documents([item.told() for item in now.items])
            assert np.allclose(now.vectors, np.array(told), atol=1e-6)
            assert fitted(films).items.ids[:3] == ("6", "2571", "1214")
        writing.result()

    assert len(films.snapshot().items) == len(films) == 15


def test_a_log_is_over_the_table_that_is_given(
    films: Catalogue, open_it: Callable[..., Catalogue]
) -> None:
    films.add_interactions([Interaction("bo", "6", 1.0, 1.0)])
    before, other = films.items, open_it()
    other.add([Item("7", "Later")])
    other.add_interactions([Interaction("bo", "7", 1.0, 2.0)])

    older = films.log(before)

    assert older.items is before
    assert older.rows.tolist() == [0]
    assert films.log().rows.tolist() == [0, 3]


def test_adding_again_embeds_and_writes_nothing(open_it: Callable[..., Catalogue]) -> None:
    counting = Counting()
    films = open_it(embedder=counting)
    assert films.add(FILMS).added == 3
    version, table = films.version, films.items
    again = films.add(reversed(FILMS))
    assert (again.added, again.changed, again.unchanged) == (0, 0, 3)
    assert (films.version, counting.texts) == (version, 3)
    assert films.items is table
    other = Item("6", "Heat (1995)", "Los Angeles.", HEAT.attributes)
    assert films.add([other, ALIEN]).changed == 1
    assert counting.texts == 4
    assert list(films.items) == [other, MATRIX, ALIEN]
    assert films.items[1] is table[1], "what did not change is not read again"


def test_vectors_are_of_unit_length_and_follow_every_change(
    films: Catalogue, open_it: Callable[..., Catalogue]
) -> None:
    seen = films.vectors()
    assert seen.dtype == np.float32
    assert np.linalg.norm(seen, axis=1) == pytest.approx(1.0)
    films.delete(["2571"])
    films.add([Item("9", "Solaris (1972)"), Item("6", "Heat (1986)")])
    fresh = open_it()
    assert content(films) == content(fresh)
    want = LexicalEmbedder().embed_documents([item.told() for item in films.items])
    assert films.vectors() == pytest.approx(np.array(want), abs=1e-6)
    with pytest.raises(ValueError, match="read-only"):
        films.vectors()[0] = 0


def test_what_others_write_is_seen(films: Catalogue, open_it: Callable[..., Catalogue]) -> None:
    other = open_it()
    version, table = other.version, other.items
    films.add_interactions([Interaction("u", "6")])
    assert other.version > version
    assert other.items is table, "interactions leave the table as it is"
    assert len(other.log()) == 1
    films.add([Item("9", "Solaris (1972)")])
    assert [item.id for item in other.items] == ["6", "2571", "1214", "9"]
    assert other.log().items is other.items
    films.delete(["6"])
    assert [item.id for item in other.items] == ["2571", "1214", "9"]
    assert len(other.log()) == 0


words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(
    str.strip
)
names = st.from_regex(r"[a-z][a-z _]{0,8}[a-z]", fullmatch=True)
values = (
    st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | words
    | st.lists(words, min_size=1, max_size=4).map(tuple)
)
items = st.builds(
    Item,
    id=st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=12),
    title=words,
    text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60),
    attributes=st.dictionaries(names, values, max_size=4),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(given_items=st.lists(items, max_size=6, unique_by=lambda item: item.id))
def test_whatever_is_put_in_comes_back(
    open_it: Callable[..., Catalogue], given_items: list[Item]
) -> None:
    with open_it() as catalogue:
        catalogue.delete(catalogue.items.ids)  # of an example that failed
        loaded = catalogue.add(given_items)
        assert loaded.added == len(given_items)
        assert list(catalogue.items) == given_items
        again = catalogue.add(catalogue.items)
        assert again.unchanged == len(given_items)
        assert catalogue.delete([item.id for item in given_items]) == len(given_items)
        assert len(catalogue) == 0


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        (Item("", "Heat"), "id"),
        (Item("x\n", "Heat"), "cannot be seen"),
        (Item("x", " "), "title"),
        (Item("x", "a\x1b[31m"), "control"),
        (Item("x", "a", "\ud800"), "text"),
        (Item("x", "a", "", {"genre=": "b"}), "cannot be called so"),
        (Item("x", "a", "", {"chroma:document": "b"}), "cannot be called so"),
        (Item("x", "a", "", {"year": float("nan")}), "finite"),
        (Item("x", "a", "", {"genre": ("",)}), "genre"),
        (Item("x", "a", "", {"who": {"a": 1}}), "who"),  # type: ignore[dict-item]  # on purpose
        (Item("x", "a" * 1001), "1000"),
    ],
)
def test_an_item_that_cannot_be_stored_is_refused_with_all_others(
    films: Catalogue, item: Item, fault: str
) -> None:
    version = films.version
    with pytest.raises(InvalidInputError, match="Nothing was stored") as raised:
        films.add([Item("new", "New"), item])
    assert fault in str(raised.value)
    with pytest.raises(InvalidInputError, match="came before"):
        films.add([Item("new", "New"), Item("new", "Newer")])
    assert films.version == version


# -- interactions -------------------------------------------------------------------------


def test_an_interaction_counts_once_and_the_last_word_holds(films: Catalogue) -> None:
    first = films.add_interactions(
        [
            Interaction("ana", "6", 1.0, 20.0, 5.0),
            Interaction("bo", "2571", -0.5, 10.0, 2.0),
            Interaction("ana", "6", 1.0, 30.0),
            Interaction("ana", "1214"),
            Interaction("bo", "no such film"),
        ]
    )
    assert (first.added, first.changed, first.strangers) == (4, 0, 1)
    log = films.log()
    assert log.users.tolist() == [0, 1, 0, 0]
    assert [films.items.ids[row] for row in log.rows] == ["6", "2571", "6", "1214"]
    assert log.weights.tolist() == [1.0, -0.5, 1.0, 1.0]
    assert log.times.tolist() == [20.0, 10.0, 30.0, 3.0], "without a time: the place in the log"
    version = films.version
    again = films.add_interactions([Interaction("ana", "1214"), Interaction("ana", "6", 1, 20, 5)])
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    assert films.version == version
    other = films.add_interactions([Interaction("bo", "2571", 0.5, 10.0, 4.0)])
    assert (other.added, other.changed) == (0, 1)
    assert films.log().weights.tolist() == [1.0, 0.5, 1.0, 1.0]
    assert films.sizes == (2, 4)


def test_deleted_items_take_their_interactions_along(films: Catalogue) -> None:
    films.add_interactions([Interaction("ana", "6"), Interaction("bo", "2571", 1.0, 3.0)])
    assert films.delete(["6", "6", "nothing"]) == 1
    assert films.sizes == (1, 1)
    log = films.log()
    assert (log.n_users, log.users.tolist(), log.rows.tolist()) == (1, [0], [0])
    films.add([HEAT])
    assert films.items.ids == ("2571", "1214", "6")
    assert films.sizes == (1, 1), "what was deleted does not come back with the item"


@pytest.mark.parametrize(
    "wrong",
    [
        Interaction("ana", "6", 1.5),
        Interaction("ana", "6", float("nan")),
        Interaction("", "6"),
        Interaction("ana", "6", at=float("inf")),
    ],
)
def test_an_interaction_that_cannot_be_stored_is_refused(
    films: Catalogue, wrong: Interaction
) -> None:
    with pytest.raises(InvalidInputError, match="cannot be stored"):
        films.add_interactions([wrong])
    assert films.sizes == (0, 0)


# -- searching ----------------------------------------------------------------------------


def test_what_is_called_so_comes_first(films: Catalogue) -> None:
    for asked in ("the matrix", "The Matrix (1999)", "THE  MATRIX"):
        found = films.search(asked)
        assert found[0].item == MATRIX
        assert found[0].score == 1.0
    assert [each.score for each in found] == sorted((e.score for e in found), reverse=True)
    assert films.search("the matrix", where=where("genre!=Sci-Fi"))[0].item == HEAT


def test_meaning_is_found(open_it: Callable[..., Catalogue]) -> None:
    films = open_it(embedder=open_embedder("minilm"))
    films.add(FILMS)
    assert films.search("simulated reality", 1)[0].item == MATRIX
    assert films.search("a policeman hunts a robber", 1)[0].item == HEAT


def test_a_search_for_nothing_is_refused(films: Catalogue) -> None:
    for words_, k in (("heat", 0), (" ", 3)):
        with pytest.raises(InvalidInputError, match="Nothing was searched"):
            films.search(words_, k)


class Tiny:
    """Vectors of eight numbers, by the letters of a text: thousands of items in no time."""

    model_id = "tiny"
    recipient = "offline"

    def embed_query(self, text: str) -> list[float]:
        return [1.0 + sum(ord(c) * (n + 1) % (7 + n) for c in text[:20]) % 97 for n in range(8)]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    size = FEW + 500
    with Catalogue(tmp_path_factory.mktemp("many"), embedder=Tiny()) as made:
        made.add(
            Item(f"i{n}", f"Thing {n * 7919 % size}", "", {"kind": "abc"[n % 3], "n": float(n)})
            for n in range(size)
        )
        yield made


@settings(max_examples=30, deadline=None)
@given(
    asked=st.text(st.characters(categories=["L"]), min_size=1, max_size=9),
    k=st.integers(1, 40),
    conditions=st.lists(
        st.sampled_from(["kind=a", "kind!=a", "kind=a|b", "n>=100", "n<=2300", "n=7", "kind=d"]),
        max_size=2,
    ),
    exclude=st.frozensets(st.integers(0, FEW).map(lambda n: f"i{n}"), max_size=3),
)
def test_filters_hold_and_enough_comes(
    many: Catalogue, asked: str, k: int, conditions: list[str], exclude: frozenset[str]
) -> None:
    asked_for = where(*conditions, exclude=exclude)
    passes = asked_for.mask(many.items)
    found = many.search(asked, k, asked_for)
    assert len(found) == min(k, int(passes.sum()))
    assert len({each.item.id for each in found}) == len(found)
    assert all(passes[many.items.row(each.item.id)] for each in found)
    assert all(-1 <= each.score <= 1 for each in found)
    assert [each.score for each in found] == sorted((e.score for e in found), reverse=True)


def test_the_best_of_many_that_pass_are_found(many: Catalogue) -> None:
    asked = np.array(Tiny().embed_query("what"))
    cosines = many.vectors() @ (asked / np.linalg.norm(asked)).astype(np.float32)
    for conditions in (["n>=100"], ["kind=a"]):
        mask = where(*conditions).mask(many.items)
        best = np.sort(cosines[mask])[::-1][:10]
        found = many.search("what", 10, where(*conditions))
        assert len(found) == 10
        # Chroma's index may miss one or two of the best.
        missed = [score for score in best if all(abs(e.score - score) > 1e-4 for e in found)]
        assert len(missed) <= 2


def test_a_number_and_a_yes_are_words_of_a_condition_too(films: Catalogue) -> None:
    assert where("year=1999").mask(films.items).tolist() == [False, True, False]
    assert where("year!=1999").mask(films.items).tolist() == [True, False, True]
    assert where("black and white=false").mask(films.items).tolist() == [False, True, False]


# -- how it is spoken of ------------------------------------------------------------------


def test_how_people_speak_of_its_items_is_kept(
    films: Catalogue, open_it: Callable[..., Catalogue]
) -> None:
    assert films.things == ("item", "items")
    films.things = ("film", " movie ", "film")
    assert open_it().things == ("film", "movie")
    for wrong in ([], ["film", ""], ["a\nb"]):
        with pytest.raises(InvalidInputError, match="were kept"):
            films.things = tuple(wrong)
    assert films.things == ("film", "movie")


# -- embedders ----------------------------------------------------------------------------


class Counting(LexicalEmbedder):
    """Counts the texts that it is given."""

    def __init__(self) -> None:
        self.texts = 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.texts += len(texts)
        return super().embed_documents(texts)


class Broken(LexicalEmbedder):
    """Gives, for the texts with a word, what is no vector."""

    def __init__(self, instead: list[float] | None, word: str = "Broken") -> None:
        self.instead, self.word = instead, word

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        made = [
            self.instead if self.word in text else vector
            for text, vector in zip(texts, super().embed_documents(texts), strict=True)
        ]
        return [vector for vector in made if vector is not None]


@pytest.mark.parametrize(
    ("instead", "told"),
    [
        ([float("nan")] * 512, "1 of 1 vectors"),
        ([float("inf")] * 512, "no numbers"),
        ([0.0] * 512, "zero"),
        (None, "0 vectors"),
        ([], "zero"),
    ],
    ids=["nan", "infinite", "zero", "none", "empty"],
)
def test_what_is_no_vector_is_told_and_nothing_is_lost(
    films: Catalogue, open_it: Callable[..., Catalogue], instead: list[float] | None, told: str
) -> None:
    before = content(films)
    with pytest.raises(InvalidModelOutputError, match=told):
        open_it(embedder=Broken(instead)).add([Item("9", "Broken")])
    assert content(open_it()) == before
    assert films.add([Item("9", "Broken")]).added == 1


def test_a_load_that_failed_goes_on_where_it_was(open_it: Callable[..., Catalogue]) -> None:
    every = [Item(str(n), f"Film {n}") for n in range(BATCH + 10)]
    every[BATCH + 5] = Item("bad", "Broken")
    with pytest.raises(InvalidModelOutputError, match="'bad'"):
        open_it(embedder=Broken([float("nan")] * 512)).add(every)
    assert len(open_it()) == BATCH
    counting, told = Counting(), list[tuple[int, int]]()
    whole = open_it(embedder=counting)
    loaded = whole.add(every, progress=lambda done, of: told.append((done, of)))
    assert (loaded.added, loaded.unchanged, counting.texts) == (10, BATCH, 10)
    assert told == [(BATCH, BATCH + 10), (BATCH + 10, BATCH + 10)]
    assert list(whole.items) == every


def test_another_embedder_is_refused_where_it_matters(
    films: Catalogue, open_it: Callable[..., Catalogue]
) -> None:
    other = open_it(embedder=Tiny())
    assert other.get("6") == HEAT
    assert other.vectors().shape == (3, 512)
    for call in (lambda: other.add([Item("9", "x")]), lambda: other.search("x")):
        with pytest.raises(EmbedderMismatchError, match="lexical"):
            call()
    assert tuple(films.items) == FILMS


def test_who_hears_of_a_search_is_told(open_it: Callable[..., Catalogue]) -> None:
    assert open_it().recipient == "offline"
    assert open_it(chroma="http://127.0.0.1:9").recipient == "local model"
    assert open_it(chroma="https://chroma.example.org").recipient == "remote model"


# -- places that cannot be used -----------------------------------------------------------


def test_items_that_chroma_lost_are_told_and_loaded_again(
    films: Catalogue, open_it: Callable[..., Catalogue]
) -> None:
    films.add_interactions([Interaction("ana", "6")])
    films.close()
    shutil.rmtree(films.folder / "chroma")
    with open_it() as damaged:
        for call in (lambda: damaged.items, damaged.vectors, lambda: damaged.get("6")):
            with pytest.raises(StoreDamagedError, match="load them again"):
                call()
        assert damaged.add(FILMS).added == 3
        assert tuple(damaged.items) == FILMS
        assert len(damaged.log()) == 1


def test_a_place_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreNotWritableError, match="cannot be made"):
        Catalogue(tmp_path / "file" / "films")
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / STORE).write_text("no database, but long enough to look like one" * 99)
    with pytest.raises(StoreDamagedError, match="not a healthy SQLite file"):
        Catalogue(tmp_path / "films")
    for place in ("ftp://example.org", "localhost:8000"):
        with pytest.raises(InvalidInputError, match="Chroma server"):
            Catalogue(tmp_path / "other", chroma=place)
    with (
        Catalogue(tmp_path / "far", chroma="http://127.0.0.1:9", embedder="lexical") as far,
        pytest.raises(StoreError, match="server runs there"),
    ):
        far.add(FILMS)


def test_a_file_of_a_newer_version_is_left_alone(
    films: Catalogue, open_it: Callable[..., Catalogue]
) -> None:
    films.close()
    with sqlite3.connect(films.folder / STORE) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreVersionError, match="newer usermind"):
        open_it()


@pytest.mark.parametrize("module", ["chromadb", "scipy"])
def test_without_what_it_needs_it_says_what_to_install_and_makes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"{module} .*'usermind\[recommenders\]'"):
        Catalogue(tmp_path / "films", embedder="lexical")
    assert not list(tmp_path.iterdir())


# -- processes and servers ----------------------------------------------------------------

WRITER = """
import sys
from usermind.tools import Catalogue, Item
from usermind.tools.interactions import Interaction
films, who = Catalogue(sys.argv[1], embedder="lexical"), sys.argv[2]
for n in range(20):
    films.add([Item("both", f"Told by {who}{n}"), *(Item(f"{who}{n}-{m}", "x") for m in range(3))])
    films.add_interactions([Interaction(who, "both", at=n), Interaction("all", f"{who}{n}-0")])
    if n % 4 == 3:
        films.delete(["both", f"{who}{n}-2"])
print("done", flush=True)
sys.stdin.readline()
found = films.search("told", 500)
print(len(films), len(films.items), len(films.vectors()), len(found), flush=True)
"""


def test_two_processes_write_at_once_and_see_each_other(
    films: Catalogue, python: Callable[..., "subprocess.Popen[str]"]
) -> None:
    both = [python(WRITER, films.folder, who) for who in "ab"]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "done\n", process.communicate()
    films.delete(["both"])
    want = 3 + 2 * (20 * 3 - 5)
    for process in both:
        out, err = process.communicate("\n", timeout=60)
        assert out.split() == [str(want)] * 4, err
    assert len(films.items) == len(films.vectors()) == want
    assert len(films.search("told", 500)) == want
    assert films.sizes == (1, 40), "those with what was deleted are gone, and who had no other"


LOADER = """
import os, signal, sys
from usermind.models.embeddings import LexicalEmbedder
from usermind.tools import Catalogue
from usermind.tools.interaction_store import InteractionStore
from usermind.tools.item_collection import ItemCollection

folder, file, events, where, after = sys.argv[1:]
left = int(after)

def deadly(call, before):
    def dying(*given, **named):
        global left
        left -= 1
        if before and left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        done = call(*given, **named)
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return done
    return dying

cls, name = {"chroma": (ItemCollection, "write"), "sqlite": (InteractionStore, "put"),
             "delete": (InteractionStore, "remove"), "embed": (LexicalEmbedder, "embed_documents"),
             "record": (InteractionStore, "record")}[where]
setattr(cls, name, deadly(getattr(cls, name), before=where == "embed"))
Catalogue(folder, embedder="lexical").load(file, interactions=events, prune=True)
print("not killed")
"""


@pytest.mark.parametrize(
    ("step", "after"),
    [("embed", 1), ("chroma", 0), ("sqlite", 0), ("delete", 0), ("record", 0)],
)
def test_a_load_that_was_killed_is_done_by_the_next_one(
    step: str,
    after: int,
    tmp_path: Path,
    open_it: Callable[..., Catalogue],
    python: Callable[..., "subprocess.Popen[str]"],
) -> None:
    old = [Item(f"old{n}", f"Old {n}", "gone soon") for n in range(3)]
    every = [Item(f"n{n}", f"New {n}", f"number {n}") for n in range(BATCH + 20)]
    file, events = tmp_path / "items.jsonl", tmp_path / "events.jsonl"
    file.write_text(
        "".join(json.dumps({"id": i.id, "title": i.title, "text": i.text}) + "\n" for i in every)
    )
    events.write_text("".join(f'{{"user": "u{n % 7}", "item": "n{n}"}}\n' for n in range(BATCH)))
    with open_it() as before:
        before.add(old)
        before.add_interactions([Interaction("u1", "old0"), Interaction("gone", "old1")])
    out, err = python(LOADER, tmp_path / "films", file, events, step, after).communicate(timeout=60)
    assert out == "", err
    with open_it() as left:
        known = {item.id: item for item in [*old, *every]}
        assert all(known[item.id] == item for item in left.items), "whole items only"
        assert len(left.vectors()) == len(left)
        items, recorded = left.load(file, interactions=events, prune=True)
        assert items.added + items.unchanged == len(every)
        assert recorded.added + recorded.unchanged == BATCH
        assert list(left.items) == every
        assert left.sizes == (7, BATCH)
        assert len(left.search("number", 500)) == len(every), "nothing of the old is found"
        assert left._rows.present([item.id for item in old]) == set(), "nor left in Chroma"


def test_what_a_killed_process_left_in_chroma_is_swept_away(
    tmp_path: Path,
    open_it: Callable[..., Catalogue],
    python: Callable[..., "subprocess.Popen[str]"],
) -> None:
    file, events = tmp_path / "items.jsonl", tmp_path / "events.jsonl"
    file.write_text('{"id": "1", "title": "Left behind"}\n')
    events.write_text("")
    python(LOADER, tmp_path / "films", file, events, "chroma", 0).communicate(timeout=60)
    with open_it() as films:
        assert len(films) == 0
        assert films.search("left behind") == []
        assert films._rows.present(["1"]) == {"1"}
        films.add([HEAT])
        assert films._rows.present(["1"]) == set()
        assert [each.item.id for each in films.search("left behind")] == ["6"]


def test_a_server_is_used_like_a_folder(
    server: str, open_it: Callable[..., Catalogue], tmp_path: Path
) -> None:
    films = open_it(chroma=server)
    assert films.recipient == "local model"
    assert films.add(FILMS).added == 3
    assert tuple(films.items) == FILMS
    assert films.search("the matrix")[0].item == MATRIX
    assert films.search("film", where=where("genre=Crime"))[0].item == HEAT
    assert films.vectors().shape == (3, 512)
    assert films.delete(["6"]) == 1
    assert [item.id for item in open_it(chroma=server).items] == ["2571", "1214"]
    with Catalogue(tmp_path / "books", chroma=server, embedder="lexical") as books:
        assert len(books) == 0
        books.add([Item("6", "Emma")])
        assert books.search("the matrix")[0].item.title == "Emma"
    assert [item.id for item in films.items] == ["2571", "1214"]


def test_the_embedder_is_made_when_it_is_needed(open_it: Callable[..., Catalogue]) -> None:
    made: list[Embedder] = []

    def make() -> Embedder:
        made.append(LexicalEmbedder())
        return made[-1]

    films = open_it(embedder=make)
    films.add_interactions([])
    assert (len(films.items), len(films.log()), made) == (0, 0, [])
    films.add(FILMS)
    films.search("heat")
    assert len(made) == 1


def test_an_empty_file_prunes_nothing(films: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "none.csv").write_text("id,title\n")

    with pytest.raises(InvalidInputError, match="Nothing was deleted"):
        films.load(tmp_path / "none.csv", prune=True)

    assert len(films) == 3


# -- a folder that cannot be written ------------------------------------------------------

READER = """
import os, sys
from tempfile import TemporaryDirectory
from usermind.errors import StoreNotWritableError
from usermind.tools import Catalogue, Item
from usermind.tools.interactions import Interaction

# Nobody else may look into where root's Python lies: what is imported late is imported now.
with TemporaryDirectory() as place, Catalogue(place, embedder="lexical") as first:
    first.add([Item("x", "X")])
    first.vectors(), first.search("x"), first.log()
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
films = Catalogue(sys.argv[1], embedder="lexical")
print("open", [item.title for item in films.items], films.get("6").title, len(films.vectors()),
      films.search("alien", 1)[0].item.title, len(films.log()), films.made_by, flush=True)
for write in (lambda: films.add([Item("x", "X")]), lambda: films.delete(["6"]),
              lambda: films.add_interactions([Interaction("ana", "6")]),
              lambda: setattr(films, "things", ("film",))):
    try:
        write()
    except StoreNotWritableError as error:
        print("--catalogue" in str(error), "--store" in str(error), flush=True)
sys.stdin.readline()
print("again", len(films), sorted(films.items.ids), len(films.vectors()),
      len(films.search("told", 50)), flush=True)
films.close()
print(*(name for name in os.listdir(os.environ["TMPDIR"]) if "chroma" in name))
"""


def read_only(folder: Path, *, but: bool = False) -> None:
    """Take the right to write a folder away from everybody but root, or give it back."""
    for path in [*folder.rglob("*"), folder]:
        path.chmod((0o755 if path.is_dir() else 0o644) if but else (0o555, 0o444)[path.is_file()])


@pytest.fixture
def own_temp(open_place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for temporary files that everybody may use."""
    place = open_place / "temporary"
    place.mkdir()
    place.chmod(0o777)
    monkeypatch.setenv("TMPDIR", str(place))
    return place


@pytest.mark.skipif(os.name != "posix", reason="POSIX modes")
def test_a_catalogue_that_cannot_be_written_is_read_and_followed(
    open_place: Path, own_temp: Path, python: Callable[..., "subprocess.Popen[str]"]
) -> None:
    folder = open_place / "films"
    with Catalogue(folder, embedder="lexical") as films:
        films.add(FILMS)
        films.add_interactions([Interaction("bo", "6")])
    read_only(folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    process = python(READER, folder)
    assert process.stdout is not None
    titles = [HEAT.title, MATRIX.title, ALIEN.title]
    said = process.stdout.readline()
    assert said == f"open {titles} {HEAT.title} 3 {ALIEN.title} 1 lexical-512\n", said or (
        process.communicate()
    )
    assert [process.stdout.readline() for _ in range(4)] == ["True False\n"] * 4
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    # Whoever may write there goes on meanwhile, and is root here, or given the right back.
    read_only(folder, but=True)
    with Catalogue(folder, embedder="lexical") as owners:
        owners.add([Item("9", "Nine lives", "told in nine parts")])
        owners.delete(["6"])
        read_only(folder)
        out, err = process.communicate("\n", timeout=60)
        read_only(folder, but=True)
    ids = sorted({"9", MATRIX.id, ALIEN.id})
    assert out == f"again 3 {ids} 3 3\n\n", err


LEFT = """
import os, sys
from usermind.errors import StoreNotWritableError
from usermind.tools import Catalogue

if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    Catalogue(sys.argv[1])
except StoreNotWritableError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="POSIX modes")
def test_a_log_that_nobody_finished_is_not_passed_over(
    films: Catalogue, open_place: Path, python: Callable[..., "subprocess.Popen[str]"]
) -> None:
    films.add_interactions([Interaction("bo", "6")])
    copy = open_place / "copy"
    copy.mkdir()
    for name in ("interactions.sqlite3", "interactions.sqlite3-wal"):
        (copy / name).write_bytes((films.folder / name).read_bytes())
    read_only(copy)
    out, err = python(LEFT, copy).communicate(timeout=60)
    read_only(copy, but=True)
    assert "a log stands beside it that nobody finished" in out, err
    assert "`--catalogue`" in out
