"""A catalogue that is read before the first message comes."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.films import filled

from usermind import Assistant, MemoryStore
from usermind.tools import Advisor, Catalogue
from usermind.tools.fitting import fit, place_of
from usermind.tools.snapshot import Snapshot

READER = "usermind-catalogue"
"""Name of the thread that reads ahead."""


class Watched(Catalogue):
    """A catalogue that notes which threads read all of its items."""

    readers: tuple[str, ...] = ()

    def snapshot(self) -> Snapshot:
        self.readers += (threading.current_thread().name,)
        return super().snapshot()


def read_ahead() -> None:
    """Wait until what is read ahead is read."""
    for each in threading.enumerate():
        if each.name == READER:
            each.join()


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Watched]:
    with filled(tmp_path / "films") as made:
        fit(made)
    with Watched(tmp_path / "films", embedder="lexical") as found:
        yield found


def test_the_first_message_finds_the_catalogue_read(store: MemoryStore, catalogue: Watched) -> None:
    with Assistant(store=store, catalogue=catalogue, reflect="manual") as assistant:
        read_ahead()
        assert READER in catalogue.readers
        reply = assistant.turn("ana", "Recommend me a film.")

    assert reply.recommended
    assert set(catalogue.readers) == {READER}


def test_a_message_that_comes_at_once_waits_for_what_is_left(
    store: MemoryStore, catalogue: Watched
) -> None:
    with Assistant(store=store, catalogue=catalogue, reflect="manual") as assistant:
        assert assistant.turn("ana", "Recommend me a film.").recommended


def test_nothing_reads_on_once_an_assistant_is_closed(
    store: MemoryStore, catalogue: Watched
) -> None:
    assistant = Assistant(store=store, catalogue=catalogue)
    assistant.close()
    assistant.close()

    assert READER not in {each.name for each in threading.enumerate()}


def test_what_cannot_be_read_is_told_where_it_is_asked_for(
    store: MemoryStore, catalogue: Watched
) -> None:
    (place_of(catalogue) / "model.json").write_text("{}")
    with Assistant(store=store, catalogue=catalogue, reflect="manual") as assistant:
        read_ahead()
        reply = assistant.turn("ana", "Recommend me a film.")

    assert reply.unoffered
    assert "usermind catalogue fit" in reply.unoffered


def test_what_was_never_fitted_is_fitted_by_who_asks(store: MemoryStore, tmp_path: Path) -> None:
    with filled(tmp_path / "films") as films:
        with Assistant(store=store, catalogue=films, reflect="manual") as assistant:
            read_ahead()
            assert not place_of(films).exists()
            assert assistant.turn("ana", "Recommend me a film.").recommended
        assert place_of(films).exists()


ENDLESS = """
import sys
import subprocess
import sys
import threading
from usermind import Assistant, MemoryStore
from usermind.tools import Advisor, Catalogue

begun = threading.Event()

class Slow(Catalogue):
    def snapshot(self):
        begun.set()
        threading.Event().wait()  # it is never done

store = MemoryStore(sys.argv[2], embedder="lexical")
assistant = Assistant(store=store, catalogue=Slow(sys.argv[1], embedder="lexical"))
begun.wait()
print("begun")
"""


def test_a_process_ends_while_its_catalogue_is_still_being_read(
    tmp_path: Path, catalogue: Watched
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", ENDLESS, tmp_path / "films", tmp_path / "memory"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "begun\n", "")


def test_what_was_given_up_is_read_by_whoever_asks(store: MemoryStore, catalogue: Watched) -> None:
    advisor = Advisor(catalogue)
    steps = advisor.steps()
    for _ in range(4):
        next(steps)
    steps.close()

    assert advisor.advise(store.user("ana"), "Recommend me a film.").recommendations
