"""Run one memory system over one workload, in a process of its own; `benchmarks/peers.py` calls it.

Usage: python -m benchmarks.peer_systems SYSTEM {fill,measure} WORKLOAD STORE [options]

`fill` stores the workload but for the last memory of some users. `measure` opens that store anew
and times, in this order: the first question of users that the process has not met, questions of
users it has just met, single writes of what was held back; with `--quality` it then asks every
question and reports recall@10. Each phase prints one line of JSON when it is done, so that a
process that is killed leaves what it had. Texts and queries come with their vectors; no embedding
model runs here, and all systems get the same numbers. Nothing but numpy is imported besides the
system itself.
"""

import argparse
import json
import os
import random
import re
import resource
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

K = 10
DIMENSION = 384
LIBRARIES = {
    "usermind": ("usermind", "numpy"),
    "langgraph-memory": ("langgraph-checkpoint",),
    "langgraph-sqlite": ("langgraph-checkpoint-sqlite", "sqlite-vec", "pysqlite3-binary"),
    "chroma-filter": ("chromadb",),
    "chroma-per-user": ("chromadb",),
    "mem0": ("mem0ai", "qdrant-client"),
}


class Workload:
    """The users, their memories and questions, and the vector of every text."""

    def __init__(self, folder: Path) -> None:
        self.texts: list[str] = json.loads((folder / "texts.json").read_text("utf-8"))
        self.vectors = np.load(folder / "vectors.npy")
        self.users: list[dict[str, Any]] = json.loads((folder / "workload.json").read_text("utf-8"))
        self._number = {text: number for number, text in enumerate(self.texts)}

    def text(self, user: int, place: int) -> str:
        """Return the text of a memory."""
        return self.texts[int(self.users[user]["memories"][place][0])]

    def vector(self, text: str) -> list[float]:
        """Return the vector of a text as the list that LangChain's embedders give."""
        found: list[float] = self.vectors[self._number[text]].tolist()
        return found

    def vectors_of(self, texts: Sequence[str]) -> list[list[float]]:
        """Return the vectors of texts."""
        return [self.vector(text) for text in texts]


class System(ABC):
    """A memory system over one folder. Users and memories are named by their numbers."""

    lasting = True
    """Whether what one process stored is there for the next."""

    def __init__(self, workload: Workload, folder: Path) -> None:
        self.workload = workload
        self.folder = folder
        self.query_vector: list[float] = []
        """Of the question that is asked next: it is embedded before the clock starts."""

    def name(self, user: int) -> str:
        """Return a user's id."""
        return str(self.workload.users[user]["id"])

    @abstractmethod
    def fill(self, user: int, places: Sequence[int]) -> None:
        """Store many memories of a user, by the fastest way that the system offers."""

    @abstractmethod
    def write(self, user: int, place: int) -> dict[str, float]:
        """Store one memory by the public door until search finds it; return parts in seconds."""

    @abstractmethod
    def search(self, user: int, question: str) -> list[int]:
        """Return the places of the K memories found, best first, by the public door."""

    def settle(self) -> None:  # noqa: B027  # most put nothing off
        """Finish what `fill` has put off."""

    def close(self) -> None:  # noqa: B027  # or hold nothing open
        """Close the store."""


class Usermind(System):
    """Observations with author and time; `embed` brings their vectors in."""

    def __init__(self, workload: Workload, folder: Path) -> None:
        super().__init__(workload, folder)
        from usermind import MemoryStore

        self.store = MemoryStore(folder, embedder=_Given(self))

    def draft(self, user: int, place: int) -> Any:
        """Return the arguments of `observe`."""
        number, at, author = self.workload.users[user]["memories"][place]
        return {
            "text": self.workload.texts[number],
            "at": datetime.fromtimestamp(at, UTC),
            "author": author,
            "external_id": str(place),
        }

    def fill(self, user: int, places: Sequence[int]) -> None:
        """See `System`."""
        from usermind import Draft

        memory = self.store.user(self.name(user))
        memory.observe_many([Draft(**self.draft(user, place)) for place in places])
        memory.embed()

    def write(self, user: int, place: int) -> dict[str, float]:
        """See `System`."""
        draft = self.draft(user, place)
        memory = self.store.user(self.name(user))
        start = time.perf_counter()
        memory.observe(draft.pop("text"), **draft)
        middle = time.perf_counter()
        memory.embed()
        return {"observe": middle - start, "embed": time.perf_counter() - middle}

    def search(self, user: int, question: str) -> list[int]:
        """See `System`."""
        hits = self.store.user(self.name(user)).recall(question, k=K)
        return [int(hit.external_id or -1) for hit in hits]

    def close(self) -> None:
        """See `System`."""
        self.store.close()


class _Given:
    """The embedder that knows all vectors already.

    It leaves out what usermind adds: the header with author and day, the cutting of long texts.
    """

    model_id = "given"
    _header = re.compile(r"^[^\n]{1,200}? \(\d{1,2} \w+ \d{4}\): ")

    def __init__(self, system: System) -> None:
        self._system = system

    def embed_query(self, text: str) -> list[float]:
        """Return the vector that was made ready."""
        return self._system.query_vector

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return the vectors of the bare texts."""
        return self._system.workload.vectors_of([self._header.sub("", t, count=1) for t in texts])

    def chunks(self, text: str, *, size: int, overlap: int) -> list[str]:
        """Return the whole text: every system gets one vector a memory."""
        return [text]


class LangGraphStore(System):
    """What both of LangGraph's stores have in common: a namespace a user."""

    store: Any

    def _embed(self, texts: list[str]) -> list[list[float]]:
        if self._asking:
            return [self.query_vector for _ in texts]
        return self.workload.vectors_of(texts)

    _asking = False

    def fill(self, user: int, places: Sequence[int]) -> None:
        """See `System`."""
        for place in places:
            self.write(user, place)

    def write(self, user: int, place: int) -> dict[str, float]:
        """See `System`."""
        text = self.workload.text(user, place)
        start = time.perf_counter()
        self.store.put(("memories", self.name(user)), str(place), {"text": text})
        return {"put": time.perf_counter() - start}

    def search(self, user: int, question: str) -> list[int]:
        """See `System`."""
        self._asking = True
        try:
            hits = self.store.search(("memories", self.name(user)), query=question, limit=K)
        finally:
            self._asking = False
        return [int(hit.key) for hit in hits]


class LangGraphMemory(LangGraphStore):
    """`InMemoryStore`."""

    lasting = False

    def __init__(self, workload: Workload, folder: Path) -> None:
        super().__init__(workload, folder)
        from langgraph.store.memory import InMemoryStore

        index: Any = {"dims": DIMENSION, "embed": self._embed, "fields": ["text"]}
        self.store = InMemoryStore(index=index)


class LangGraphSqlite(LangGraphStore):
    """`SqliteStore` with sqlite-vec, over a SQLite that can load it."""

    def __init__(self, workload: Workload, folder: Path) -> None:
        super().__init__(workload, folder)
        import pysqlite3  # type: ignore[import-not-found, unused-ignore]  # a peer's
        from langgraph.store.sqlite import SqliteStore

        folder.mkdir(parents=True, exist_ok=True)
        connection = pysqlite3.connect(
            str(folder / "store.db"), check_same_thread=False, isolation_level=None
        )
        index: Any = {
            "dims": DIMENSION,
            "embed": self._embed,
            "text_fields": ["text"],
            "distance_type": "cosine",
        }
        self.store = SqliteStore(connection, index=index)
        self.store.setup()

    def fill(self, user: int, places: Sequence[int]) -> None:
        """See `System`; one batch a hundred, which is one transaction."""
        from langgraph.store.base import PutOp

        for start in range(0, len(places), 100):
            self.store.batch(
                [
                    PutOp(
                        ("memories", self.name(user)),
                        str(place),
                        {"text": self.workload.text(user, place)},
                    )
                    for place in places[start : start + 100]
                ]
            )

    def close(self) -> None:
        """See `System`."""
        self.store.conn.close()


class Chroma(System):
    """One collection of everybody, filtered by user."""

    def __init__(self, workload: Workload, folder: Path) -> None:
        super().__init__(workload, folder)
        import chromadb
        from chromadb.config import Settings

        settings = Settings(anonymized_telemetry=False)
        self.client = chromadb.PersistentClient(str(folder), settings=settings)
        self.waiting: list[tuple[int, int]] = []
        self._collections: dict[str, Any] = {}

    def collection(self, user: int) -> Any:
        """Return the collection that holds a user's memories."""
        name = self.collection_name(user)
        if name not in self._collections:
            self._collections[name] = self.client.get_or_create_collection(
                name, metadata={"hnsw:space": "cosine"}, embedding_function=None
            )
        return self._collections[name]

    def collection_name(self, user: int) -> str:
        """Return its name."""
        return "memories"

    def _add(self, memories: Sequence[tuple[int, int]]) -> None:
        texts = [self.workload.text(user, place) for user, place in memories]
        self.collection(memories[0][0]).add(
            ids=[f"{user}/{place}" for user, place in memories],
            embeddings=self.workload.vectors_of(texts),
            documents=texts,
            metadatas=[{"user": self.name(user)} for user, _ in memories],
        )

    def fill(self, user: int, places: Sequence[int]) -> None:
        """See `System`; in batches over all users, as large as half of what it takes."""
        self.waiting += [(user, place) for place in places]
        most = self.client.get_max_batch_size() // 2
        while len(self.waiting) >= most:
            self._add(self.waiting[:most])
            del self.waiting[:most]

    def settle(self) -> None:
        """See `System`."""
        if self.waiting:
            self._add(self.waiting)
            self.waiting.clear()

    def write(self, user: int, place: int) -> dict[str, float]:
        """See `System`."""
        self.collection(user)
        start = time.perf_counter()
        self._add([(user, place)])
        return {"add": time.perf_counter() - start}

    def search(self, user: int, question: str) -> list[int]:
        """See `System`."""
        found = self.collection(user).query(
            query_embeddings=[self.query_vector], n_results=K, where={"user": self.name(user)}
        )
        return [int(id_.split("/")[1]) for id_ in found["ids"][0]]


class ChromaPerUser(Chroma):
    """One collection a user, and so no filter."""

    def collection_name(self, user: int) -> str:
        """See `Chroma`."""
        return self.name(user)

    def fill(self, user: int, places: Sequence[int]) -> None:
        """See `System`; in batches of one user."""
        most = self.client.get_max_batch_size() // 2
        for start in range(0, len(places), most):
            self._add([(user, place) for place in places[start : start + most]])

    def search(self, user: int, question: str) -> list[int]:
        """See `System`."""
        found = self.collection(user).query(query_embeddings=[self.query_vector], n_results=K)
        return [int(id_.split("/")[1]) for id_ in found["ids"][0]]


class Mem0(System):
    """`infer=False` over local Qdrant; no keyword search and no entities, which need downloads."""

    def __init__(self, workload: Workload, folder: Path) -> None:
        super().__init__(workload, folder)
        folder.mkdir(parents=True, exist_ok=True)
        os.environ |= {
            "OPENAI_API_KEY": "x",  # the constructor wants one; nothing is ever sent
            "MEM0_TELEMETRY": "False",
            "MEM0_DIR": str(folder),
        }
        from mem0 import Memory  # type: ignore[import-not-found, unused-ignore]  # a peer's

        qdrant = {
            "collection_name": "b",
            "path": str(folder / "qdrant"),
            "embedding_model_dims": DIMENSION,
            "on_disk": True,
        }
        self.memory = Memory.from_config(
            {
                "vector_store": {"provider": "qdrant", "config": qdrant},
                "history_db_path": str(folder / "history.db"),
            }
        )
        self.memory.embedding_model = self

    def embed(self, text: str, memory_action: str | None = None) -> list[float]:
        """Return a vector: the place of mem0's own embedder."""
        return self.query_vector if memory_action == "search" else self.workload.vector(text)

    def embed_batch(self, texts: list[str], memory_action: str | None = None) -> list[list[float]]:
        """Return vectors."""
        return [self.embed(text, memory_action) for text in texts]

    def fill(self, user: int, places: Sequence[int]) -> None:
        """See `System`; straight into its vector store, with the payload that `add` writes.

        `add` takes some 30 ms each, and so an hour for 100,000. What this leaves out is the
        history, which search does not read.
        """
        import hashlib
        from uuid import uuid4

        texts = [self.workload.text(user, place) for place in places]
        now = datetime.now(UTC).isoformat()
        for start in range(0, len(texts), 100):
            part = texts[start : start + 100]
            self.memory.vector_store.insert(
                vectors=self.workload.vectors_of(part),
                ids=[str(uuid4()) for _ in part],
                payloads=[
                    {
                        "user_id": self.name(user),
                        "place": places[start + number],
                        "role": "user",
                        "data": text,
                        "hash": hashlib.md5(text.encode()).hexdigest(),
                        "created_at": now,
                        "updated_at": now,
                        "text_lemmatized": text.lower(),
                    }
                    for number, text in enumerate(part)
                ],
            )

    def write(self, user: int, place: int) -> dict[str, float]:
        """See `System`."""
        messages = [{"role": "user", "content": self.workload.text(user, place)}]
        start = time.perf_counter()
        self.memory.add(messages, user_id=self.name(user), metadata={"place": place}, infer=False)
        return {"add": time.perf_counter() - start}

    def search(self, user: int, question: str) -> list[int]:
        """See `System`."""
        found = self.memory.search(
            question, filters={"user_id": self.name(user)}, top_k=K, threshold=0.0
        )
        return [int(hit["metadata"]["place"]) for hit in found["results"]]

    def close(self) -> None:
        """See `System`."""
        self.memory.close()


SYSTEMS: dict[str, type[System]] = {
    "usermind": Usermind,
    "langgraph-memory": LangGraphMemory,
    "langgraph-sqlite": LangGraphSqlite,
    "chroma-filter": Chroma,
    "chroma-per-user": ChromaPerUser,
    "mem0": Mem0,
}


def resident() -> float:
    """Return this process's memory in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def on_disk(folder: Path) -> float:
    """Return the MB that a folder takes on the disk."""
    return sum(item.stat().st_blocks * 512 for item in folder.rglob("*") if item.is_file()) / 1e6


def say(phase: str, **what: object) -> None:
    """Print what a phase found."""
    print(json.dumps({"phase": phase, **what}), flush=True)


def held_back(workload: Workload, writes: int) -> list[tuple[int, int]]:
    """Return the memories that are written one at a time: the last ones of users, in turns."""
    found: list[tuple[int, int]] = []
    depth = 1
    while len(found) < writes:
        found += [
            (user, len(data["memories"]) - depth)
            for user, data in enumerate(workload.users)
            if len(data["memories"]) > 2 * depth
        ]
        depth += 1
    return found[:writes]


def fill(system: System, late: set[tuple[int, int]]) -> None:
    """Store everything that is not held back."""
    start, count = time.perf_counter(), 0
    for user, data in enumerate(system.workload.users):
        places = [place for place in range(len(data["memories"])) if (user, place) not in late]
        system.fill(user, places)
        count += len(places)
    system.settle()
    say("fill", memories=count, seconds=time.perf_counter() - start)


def measure(system: System, options: argparse.Namespace) -> None:
    """Time questions and writes; each round and system gets the same ones in the same order."""
    draw = random.Random(1_000 * options.seed + options.round)
    users = [n for n, data in enumerate(system.workload.users) if data["questions"]]
    draw.shuffle(users)
    first = asked(system, users[: options.first], draw, options.seconds)
    say("first touch", ms=first)
    # As many users as a busy process has open at once, each asked again and again.
    busy = users[: len(first)][-options.active :]
    again = [user for _ in range(-(-options.warm // len(busy))) for user in busy]
    before = time.process_time()
    warm = asked(system, again[: options.warm], draw, options.seconds)
    say("warm", ms=warm, cpu=1e3 * (time.process_time() - before) / len(warm))
    late = held_back(system.workload, options.writes)[options.round :: options.rounds]
    parts = []
    for user, place in late:
        asked(system, [user], draw, 1)  # somebody who writes is somebody who is there
        parts.append(system.write(user, place))
    say("write", parts={name: [1e3 * part[name] for part in parts] for name in parts[0]})
    say("memory", resident=resident())
    if options.quality:
        quality(system, options.quality, options.seed, 8 * options.seconds)


def asked(system: System, users: Sequence[int], draw: random.Random, seconds: float) -> list[float]:
    """Return the milliseconds of one question a user; fewer of them when time is up."""
    spent: list[float] = []
    deadline = time.monotonic() + seconds
    for user in users:
        if spent and time.monotonic() > deadline:
            break
        number, _ = draw.choice(system.workload.users[user]["questions"])
        question = system.workload.texts[number]
        system.query_vector = system.workload.vector(question)
        start = time.perf_counter()
        found = system.search(user, question)
        spent.append((time.perf_counter() - start) * 1e3)
        assert found, f"{type(system).__name__} found nothing"
    return spent


def quality(system: System, most: int, seed: int, seconds: float) -> None:
    """Ask questions, as many as allowed, and report the share of answers among the first K."""
    questions = [
        (user, number, gold)
        for user, data in enumerate(system.workload.users)
        for number, gold in data["questions"]
    ]
    random.Random(seed).shuffle(questions)
    shares: list[float] = []
    deadline = time.monotonic() + seconds
    for user, number, gold in questions[:most]:
        if time.monotonic() > deadline:
            break
        question = system.workload.texts[number]
        system.query_vector = system.workload.vector(question)
        found = system.search(user, question)[:K]
        shares.append(len(set(gold) & set(found)) / len(gold))
    say("quality", recall=shares)


def main() -> None:
    """Run one system."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("system", choices=sorted(SYSTEMS))
    parser.add_argument("mode", choices=["versions", "fill", "measure"])
    parser.add_argument("workload", type=Path)
    parser.add_argument("store", type=Path)
    for name in ("writes", "first", "warm", "active", "seconds", "quality", "seed", "round"):
        parser.add_argument(f"--{name}", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    if options.mode == "versions":
        from importlib.metadata import version

        print(json.dumps({name: version(name) for name in LIBRARIES[options.system]}))
        return
    workload = Workload(options.workload)
    before = resident()
    start = time.perf_counter()
    system = SYSTEMS[options.system](workload, options.store)
    say("open", seconds=time.perf_counter() - start, before=before)
    late = held_back(workload, options.writes)
    if options.mode == "fill" or not system.lasting:
        fill(system, set(late))
    if options.mode == "measure":
        if not system.lasting:  # what the rounds before wrote
            for user, place in (late[n] for r in range(options.round) for n in
                                range(r, len(late), options.rounds)):  # fmt: skip
                system.write(user, place)
        measure(system, options)
    system.close()
    say("closed", disk=on_disk(options.store))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
