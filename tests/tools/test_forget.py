"""What the user names by its slot is forgotten, though no word of the claim is said."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from usermind import MemoryStore
from usermind.models import Offline
from usermind.tools.forget import Forget, slot_asked

AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> MemoryStore:
    return MemoryStore(
        tmp_path / "store", embedder="lexical", reasoner=Offline(heads=False), clock=lambda: AT
    )


def told(store: MemoryStore, *messages: str) -> None:
    ana = store.user("ana")
    for text in messages:
        ana.observe(text)
    ana.reflect()


def left(store: MemoryStore) -> list[str]:
    return [claim.text for claim in store.user("ana").propositions.list()]


def test_an_age_is_forgotten_though_its_claim_does_not_say_age(store: MemoryStore) -> None:
    told(store, "I'm 30.", "I love figs.")
    answer = Forget(memory=store.user("ana")).invoke({"query": "my age"})
    assert answer.startswith("Forgotten for good: 1 claim")
    assert [text for text in left(store) if "30" in text] == []
    assert len(left(store)) == 1


def test_a_slot_that_the_user_did_not_name_stays(store: MemoryStore) -> None:
    told(store, "I'm 30.")
    ana = store.user("ana")
    request = ana.observe("Forget my shopping list.")
    answer = Forget(memory=ana, evidence=request.id).invoke({"query": "my age"})
    assert answer.startswith("Nothing was forgotten")
    assert len(left(store)) == 1


@pytest.mark.parametrize(
    ("request_", "slot"),
    [
        ("Can you forget my age?", "age"),
        ("please forget where I live", "home"),
        ("Forget my wife, please.", "partner"),
        ("Forget my favorite color", "favourite colour"),
        ("Forget my wife's birthday", None),
        ("Forget my work laptop", None),
        ("Forget my name tag", None),
    ],
)
def test_a_request_names_a_slot(request_: str, slot: str | None) -> None:
    assert slot_asked(request_) == slot
