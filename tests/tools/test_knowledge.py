"""Public entities in a real Chroma: loaded by row, linked or left alone, never told of users."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from usermind import MemoryStore, UserMemory
from usermind.errors import (
    EmbedderMismatchError,
    InvalidInputError,
    InvalidModelOutputError,
    ModelUnavailableError,
    StoreError,
    UnknownItemError,
)
from usermind.models.embeddings import LexicalEmbedder, open_embedder
from usermind.tools import Catalogue, Item, KnowledgeBase, PublicEntity
from usermind.types import Embedder

NEW_YORK = PublicEntity(
    "Q60", "New York City", ("NYC", "New York", "Big Apple"), "city", "Largest city of the USA."
)
MERCURY = (
    PublicEntity(
        "Q308", "Mercury", (), "planet", "Innermost planet of the solar system, near the Sun."
    ),
    PublicEntity(
        "Q925", "Mercury", ("quicksilver",), "chemical element", "Liquid metal of thermometers."
    ),
)
OTHERS = (
    PublicEntity("Q585", "Oslo", ("Kristiania",), "city", "Capital of Norway."),
    PublicEntity("Q174", "São Paulo", ("Sampa",), "city", "Largest city of Brazil."),
    PublicEntity("Q1741", "Vienna", ("Wien",), "city", "Capital of Austria.", "https://wien.gv.at"),
)
EVERY = (NEW_YORK, *MERCURY, *OTHERS)


@pytest.fixture(scope="module")
def minilm() -> Embedder:
    return open_embedder("minilm")


@pytest.fixture
def kb(tmp_path: Path, minilm: Embedder) -> KnowledgeBase:
    made = KnowledgeBase(tmp_path / "kb", embedder=minilm)
    made.add(EVERY)
    return made


def split(text: str) -> list[str]:
    return text.split("; ")


def counts(ana: UserMemory) -> dict[str, tuple[int, str | None]]:
    return {each.name: (each.count, each.link) for each in ana.entities.list()}


# -- linking ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "id_"),
    [("New York City", "Q60"), ("nyc", "Q60"), ("big  apple", "Q60"), ("Wien", "Q1741"),
     ("Sao Paulo", "Q174"), ("quicksilver", "Q925")],
)  # fmt: skip
def test_a_name_in_any_case_and_an_alias_are_the_entity(
    kb: KnowledgeBase, name: str, id_: str
) -> None:
    linked = kb.link(name)
    assert linked.entity is not None
    assert (linked.entity.id, linked.score) == (id_, 1.0)


def test_what_is_nearly_spelt_so_is_linked_for_less(kb: KnowledgeBase) -> None:
    linked = kb.link("New York Citty")
    assert linked.entity == NEW_YORK
    assert 0.65 <= linked.score < 1


@pytest.mark.parametrize(
    "name", ["Bergen", "Bo", "Newark", "gravel bike", "Viennese waltz", "", "🦊"]
)
def test_a_stranger_is_nobody(kb: KnowledgeBase, name: str) -> None:
    linked = kb.link(name)
    assert (linked.entity, linked.unsure) == (None, ())
    assert kb.resolve([name], "") == {}


def test_of_two_by_one_name_the_context_decides_or_it_stays_unsure(kb: KnowledgeBase) -> None:
    alone = kb.link("Mercury")
    assert alone.entity is None
    assert {each.id for each in alone.unsure} == {"Q308", "Q925"}
    assert kb.resolve(["Mercury"], "") == {}
    planet = kb.link("Mercury", "Which planet is nearest to the Sun, Mercury or Venus?")
    metal = kb.link("Mercury", "The thermometer broke; is the liquid mercury poisonous?")
    assert planet.entity is not None
    assert metal.entity is not None
    assert (planet.entity.id, metal.entity.id) == ("Q308", "Q925")


def test_an_empty_knowledge_base_knows_nobody(tmp_path: Path) -> None:
    assert KnowledgeBase(tmp_path, embedder="lexical").link("Oslo").entity is None


# -- loading ------------------------------------------------------------------------------


def jsonl(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows), "utf-8")
    return path


def test_a_file_is_loaded_changed_and_pruned_by_row(tmp_path: Path) -> None:
    base, done = KnowledgeBase(tmp_path / "kb", embedder="lexical"), list[tuple[int, int]]()
    oslo, bergen = (
        {"id": "a", "name": "Oslo"},
        {"id": "b", "name": "Bergen", "aliases": ["Bjørgvin"]},
    )
    file = jsonl(tmp_path / "e.jsonl", oslo, "", bergen)
    first = base.load(file, progress=lambda now, of: done.append((now, of)))
    assert (first.added, first.changed, first.unchanged) == (2, 0, 0)
    assert done == [(2, 2)]
    again = base.load(jsonl(file, oslo | {"aliases": ["Christiania"]}, bergen))
    assert (again.added, again.changed, again.unchanged) == (0, 1, 1)
    assert base.link("christiania").entity == base.get("a")
    assert base.load(jsonl(file, oslo, bergen)).changed == 1
    assert base.get("a").aliases == ()
    assert base.link("christiania").entity is None
    pruned = base.load(jsonl(file, bergen), prune=True)
    assert (pruned.unchanged, pruned.deleted) == (1, 1)
    assert base.ids() == {"b"}
    with pytest.raises(UnknownItemError):
        base.get("a")


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("{", "no JSON"),
        ({"name": "Oslo"}, "id: Field required"),
        ({"id": "x", "name": ""}, "name"),
        ({"id": "x", "name": "Oslo", "alias": []}, "alias: Extra inputs"),
        ({"id": "x", "name": "Oslo", "aliases": "Kristiania"}, "aliases"),
        ({"id": "x\n", "name": "Oslo"}, "cannot be seen"),
        ({"id": "ok", "name": "Bergen"}, "came before"),
        ('{"id": "x", "name": "\\ud800"}', ""),
        ("[]", "no JSON object"),
        ("[" * 100_000, "nested too deeply"),
        ('{"id": ' + "9" * 5_000 + "}", "too many digits"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_stored(
    tmp_path: Path, row: object, fault: str
) -> None:
    base = KnowledgeBase(tmp_path / "kb", embedder="lexical")
    file = jsonl(tmp_path / "e.jsonl", {"id": "ok", "name": "Oslo"}, row)
    with pytest.raises(InvalidInputError, match="row 2: ") as raised:
        base.load(file)
    assert fault in str(raised.value)
    assert len(base) == 0


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    base = KnowledgeBase(tmp_path / "kb", embedder="lexical")
    (tmp_path / "latin").write_bytes(b"\xff\xfe")
    for name in ("none.jsonl", "latin", "half \ud800", "a\x00b"):
        with pytest.raises(InvalidInputError, match="cannot be read"):
            base.load(tmp_path / name)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInputError, match="no file"):
        base.load(tmp_path / "pipe")


def test_another_embedder_is_refused(kb: KnowledgeBase) -> None:
    with pytest.raises(EmbedderMismatchError, match="lexical"):
        KnowledgeBase(kb.place, embedder="lexical")


def test_a_place_that_is_none_is_told(tmp_path: Path, free_port: Callable[[], int]) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError, match="cannot be made"):
        KnowledgeBase(tmp_path / "file", embedder="lexical")
    with pytest.raises(StoreError, match="Chroma server"):
        KnowledgeBase(f"http://127.0.0.1:{free_port()}", embedder="lexical")
    with pytest.raises(InvalidInputError, match="ftp"):
        KnowledgeBase("ftp://example.org", embedder="lexical")


# -- a user's counts ----------------------------------------------------------------------


def test_two_names_of_one_entity_are_counted_as_one(kb: KnowledgeBase, ana: UserMemory) -> None:
    ana.entities.record("NYC; jazz", external_id="1", extract=split, linker=kb)
    ana.entities.record("New York City", external_id="2", extract=split, linker=kb)
    ana.entities.record("New York; NYC", external_id="3", extract=split, linker=kb)
    assert counts(ana) == {"New York City": (3, "Q60"), "jazz": (1, None)}
    assert ana.entities.get("new york city").count == 3
    assert [each.link for each in ana.entities.mentioned_in("a flight to New York City")] == ["Q60"]
    ana.entities.forget_event("search", "2")
    assert counts(ana)["New York City"] == (2, "Q60")
    with ana.open() as file:
        assert b"NYC" not in file.database.image()


def test_things_of_one_public_name_stay_apart(kb: KnowledgeBase, ana: UserMemory) -> None:
    for number, text in enumerate(("the nearest planet to the Sun", "a broken thermometer")):
        ana.entities.record(text, external_id=str(number), extract=lambda _: ["Mercury"], linker=kb)
    assert sorted((each.name, each.link) for each in ana.entities.list()) == [
        ("Mercury", "Q308"),
        ("Mercury", "Q925"),
    ]


def test_what_was_counted_before_is_linked_later(kb: KnowledgeBase, ana: UserMemory) -> None:
    for number, text in enumerate(("NYC; New York", "New York City", "Bergen")):
        ana.entities.record(text, external_id=str(number), extract=split)
    with pytest.raises(InvalidInputError, match="no linker"):
        ana.entities.link()
    assert ana.entities.link(kb) == 3
    assert counts(ana) == {"New York City": (2, "Q60"), "Bergen": (1, None)}
    assert ana.entities.link(kb) == 0
    ana.entities.forget_event("search", "0")
    assert counts(ana)["New York City"] == (1, "Q60")
    ana.entities.forget_event("search", "1")
    assert list(counts(ana)) == ["Bergen"]


def test_a_store_may_have_a_linker_for_all_it_counts(
    kb: KnowledgeBase, open_store: Callable[..., MemoryStore]
) -> None:
    ana = open_store(linker=kb).user("ana")
    ana.observe("We went to NYC in May.")
    ana.reflect()
    assert counts(ana)["New York City"] == (1, "Q60")


def test_a_deleted_public_entity_leaves_counts_readable(kb: KnowledgeBase, ana: UserMemory) -> None:
    ana.entities.record("NYC", external_id="1", extract=split, linker=kb)
    assert kb.delete(["Q60", "nothing"]) == 1
    assert counts(ana) == {"New York City": (1, "Q60")}
    ana.entities.record("NYC", external_id="2", extract=split, linker=kb)
    assert counts(ana) == {"New York City": (1, "Q60"), "NYC": (1, None)}
    assert ana.entities.forget("New York City").entities == ("e1",)


def test_a_public_name_that_touches_a_private_topic_is_not_kept(
    kb: KnowledgeBase, ana: UserMemory
) -> None:
    ana.private.add("Vienna")
    assert ana.entities.record("Wien; NYC", external_id="1", extract=split, linker=kb) != ()
    assert list(counts(ana)) == ["New York City"]
    with ana.open() as file, file.database.read() as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM entity")]
    assert names == ["New York City"]


def test_nothing_of_a_user_is_written_to_the_knowledge_base(
    kb: KnowledgeBase, ana: UserMemory
) -> None:
    before = dump(kb)
    ana.entities.record(
        "Zwiebelfischquark tasting; NYC; Mercury; New York Citty",
        external_id="secret-id-4711",
        extract=split,
        linker=kb,
    )
    ana.entities.link(kb)
    kb.link("Zwiebelfischquark", "a private evening of Ana's")
    assert dump(kb) == before
    files = [path for path in Path(kb.place).rglob("*") if path.is_file()]
    assert files
    for path in files:
        data = path.read_bytes().lower()
        assert not [w for w in (b"zwiebelfisch", b"4711", b"citty", b"ana's") if w in data], path


def dump(kb: KnowledgeBase) -> Any:
    rows = kb._rows.get(include=["documents", "metadatas"])
    told = [json.dumps(row, sort_keys=True) for row in rows["metadatas"]]
    return sorted(zip(rows["ids"], rows["documents"], told, strict=True))


class Recorder:
    """A linker elsewhere that writes down what it was shown."""

    recipient = "remote model"

    def __init__(self) -> None:
        self.seen: list[str] = []

    def resolve(self, names: Any, context: str) -> dict[str, Any]:
        self.seen += [*names, context]
        return {}


def test_a_linker_elsewhere_sees_what_a_model_there_may_see(ana: UserMemory) -> None:
    told = Recorder()
    ana.private.add("Vienna")
    ana.entities.record(
        "Write to ana.smith@example.org about Oslo", extract=lambda _: ["Oslo"], linker=told
    )
    assert "Oslo" in told.seen
    assert not any("example.org" in text for text in told.seen)


# -- processes and servers ----------------------------------------------------------------

WRITER = """
import sys
from usermind.tools import KnowledgeBase, PublicEntity
kb = KnowledgeBase(sys.argv[1], embedder="lexical")
who = sys.argv[2]
print("open", flush=True)
for n in range(30):
    kb.add([PublicEntity(f"{who}{n}-{m}", f"City {who}{n} {m}") for m in range(3)])
other = "b" if who == "a" else "a"
sys.stdin.readline()
print(len(kb), kb.link(f"City {other}29 2").entity.id, flush=True)
"""


def test_two_processes_write_at_once_and_see_each_other(
    tmp_path: Path, python: Callable[..., "subprocess.Popen[str]"]
) -> None:
    KnowledgeBase(tmp_path / "kb", embedder="lexical").add([NEW_YORK])
    both = [python(WRITER, tmp_path / "kb", who) for who in "ab"]
    reader = KnowledgeBase(tmp_path / "kb", embedder="lexical")
    while len(reader) < 181:
        assert all(process.poll() is None for process in both), both[0].communicate()
        assert reader.link("NYC").entity == NEW_YORK
    for process, other in zip(both, ("b29-2", "a29-2"), strict=True):
        out, _ = process.communicate("\n", timeout=60)
        assert out.split() == ["open", "181", other]
    assert reader.link("City a29 2").entity is not None


def test_a_server_is_used_like_a_folder(server: str) -> None:
    kb = KnowledgeBase(server, embedder="lexical")
    assert kb.recipient == "local model"
    assert kb.add(EVERY).added == len(EVERY)
    assert kb.link("Wien").entity == OTHERS[2]
    assert kb.delete(["Q1741"]) == 1
    assert KnowledgeBase(server, embedder="lexical").link("Wien").entity is None


def test_links_are_there_after_the_store_was_closed(
    kb: KnowledgeBase, open_store: Callable[..., MemoryStore]
) -> None:
    with open_store() as store:
        store.user("ana").entities.record("NYC", external_id="1", extract=split, linker=kb)
    assert counts(open_store().user("ana")) == {"New York City": (1, "Q60")}


ADDER = """
import sys
from usermind.tools import KnowledgeBase, PublicEntity

with KnowledgeBase(sys.argv[1], embedder="lexical") as kb:
    print(kb.link("Trondheimm").entity, flush=True)  # which reads the vectors that are there
    for line in sys.stdin:
        kb.add([PublicEntity(name, name) for name in line.split()])
        print("added", flush=True)
"""


def test_vectors_that_another_process_wrote_are_near_and_not_lost(
    tmp_path: Path, python: Callable[..., "subprocess.Popen[str]"]
) -> None:
    def told(process: "subprocess.Popen[str]", names: str = "") -> str:
        assert process.stdin is not None
        assert process.stdout is not None
        if names:
            process.stdin.write(f"{names}\n")
            process.stdin.flush()
        return process.stdout.readline() or process.communicate()[1]

    def near(kb: KnowledgeBase, name: str) -> str | None:
        linked = kb.link(f"{name}{name[-1]}")
        assert linked.score < 1, "by vector and spelling, not by name"
        return None if linked.entity is None else linked.entity.id

    with KnowledgeBase(tmp_path / "kb", embedder="lexical") as kb:
        kb.add([PublicEntity("Kristiania", "Kristiania")])
        other = python(ADDER, tmp_path / "kb")
        assert told(other) == "None\n"
        assert near(kb, "Kristiania") == "Kristiania"
        assert told(other, "Trondheim") == "added\n"
        assert near(kb, "Trondheim") == "Trondheim"
        # Both write in turn: what one writes leaves nothing out of what the other wrote.
        kb.add([PublicEntity("Trondenes", "Trondenes")])
        assert told(other, "Stavanger Kristiansand") == "added\n"
        kb.add([PublicEntity("Hammerfest", "Hammerfest")])
        kb.delete(["Kristiansand"])
        names = ("Kristiania", "Trondheim", "Trondenes", "Stavanger", "Hammerfest")
        assert [near(kb, name) for name in names] == list(names)
        assert near(kb, "Kristiansand") is None
        other.communicate(timeout=60)
    with KnowledgeBase(tmp_path / "kb", embedder="lexical") as again:
        assert [near(again, name) for name in names] == list(names)


class Broken(LexicalEmbedder):
    """Fails with an error of its own library, or returns what is no vector, once told to."""

    fault = ""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        made = [self.embed_query(text) for text in texts]
        return made[1:] if self.fault == "too few" else made

    def embed_query(self, text: str) -> list[float]:
        if self.fault == "raises":
            raise RuntimeError(f"no route to host, for {text}")
        return [float("nan")] * 512 if self.fault == "nan" else super().embed_query(text)


def test_an_embedder_that_fails_is_a_model_that_failed(tmp_path: Path) -> None:
    embedder = Broken()
    with KnowledgeBase(tmp_path, embedder=embedder) as kb:
        kb.add(MERCURY)
        embedder.fault = "raises"
        for call in (
            lambda: kb.add([NEW_YORK]),
            lambda: kb.link("Quicksand"),
            lambda: kb.link("Mercury", "the planet near the Sun"),
        ):
            with pytest.raises(ModelUnavailableError, match="RuntimeError") as failed:
                call()
            assert "Sun" not in str(failed.value)
        embedder.fault = "too few"
        with pytest.raises(InvalidModelOutputError):
            kb.add([NEW_YORK])
        embedder.fault = "nan"
        with pytest.raises(InvalidModelOutputError):
            kb.link("Quicksand")
        embedder.fault = ""
        assert kb.ids() == {each.id for each in MERCURY}
        assert kb.add([NEW_YORK]).added == 1


def test_a_knowledge_base_in_the_folder_of_a_catalogue_sees_what_other_processes_write(
    tmp_path: Path, python: Callable[..., "subprocess.Popen[str]"]
) -> None:
    folder = tmp_path / "films" / "chroma"
    with (
        Catalogue(tmp_path / "films", embedder="lexical") as films,
        KnowledgeBase(folder, embedder="lexical") as kb,
    ):
        kb.add([PublicEntity("Kristiania", "Kristiania")])
        for number in range(5):  # its count of writes runs far ahead
            films.add([Item(str(number), f"Film {number} (2000)")])
        assert kb.link("Kristianiaa").entity is not None
        other = python(ADDER, folder)
        other.communicate("Trondheim\n", timeout=60)
        assert kb.link("Trondheimm").entity == PublicEntity("Trondheim", "Trondheim")
        assert len(films.search("Film 3", 1)) == 1
