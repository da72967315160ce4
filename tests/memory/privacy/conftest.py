"""What the tests of the privacy gate share."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from usermind import Assistant, MemoryStore
from usermind.testing import Answer, Said, ScriptedReasoner
from usermind.types import ModelPlace


@pytest.fixture
def bytes_of(folder: Path) -> Callable[[], bytes]:
    """Return every byte of every file of the store, logs of SQLite included."""

    def read() -> bytes:
        return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())

    return read


Talking = Callable[..., tuple[Assistant, ScriptedReasoner]]


@pytest.fixture
def talking() -> Iterator[Talking]:
    """An assistant whose model gives these replies and answers, and is at this place."""
    made: list[Assistant] = []

    def make(
        store: MemoryStore,
        *replies: Said,
        answers: tuple[Answer, ...] = (),
        recipient: ModelPlace = "remote model",
    ) -> tuple[Assistant, ScriptedReasoner]:
        model = ScriptedReasoner(answers, replies=replies, recipient=recipient)
        made.append(Assistant(store=store, model=model, reflect="manual"))
        return made[-1], model

    yield make
    for assistant in made:
        assistant.close()
