"""Any id is one user's, and none reaches outside the folder."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from usermind import MemoryStore
from usermind.errors import InvalidInputError, UnknownUserError

IDS = {
    "a path upwards": "../x",
    "an absolute path": "/etc/passwd",
    "a Windows path": "C:\\x",
    "a dot": ".",
    "two dots": "..",
    "a NUL": "a\0b",
    "what stands before the NUL": "a",
    "300 characters": "x" * 300,
    "512 characters": "x" * 512,
    "emoji": "👩‍👩‍👧",
    "a capital": "Ana",
    "no capital": "ana",
    "an accent in one piece": "jos\u00e9",
    "an accent in two pieces": "jose\u0301",
    "a space behind": "ana ",
    "a line break": "ana\n",
    "SQL": "'; DROP TABLE user; --",
    "a star": "*",
    "a dash in front": "--help",
}


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_every_id_is_a_user_of_its_own_inside_the_folder(
    tmp_path: Path, store: MemoryStore
) -> None:
    for what, user_id in IDS.items():
        store.user(user_id).observe(f"I am {what}.")

    assert store.users() == sorted(IDS.values())
    for what, user_id in IDS.items():
        assert [o.text for o in store.user(user_id).observations()] == [f"I am {what}."]
    outside = {name for name in files(tmp_path) if not name.startswith("store/")}
    assert outside == set()
    assert len(list((tmp_path / "store" / "users").glob("*.db"))) == len(IDS)


@pytest.mark.parametrize("user_id", IDS.values(), ids=IDS)
def test_reading_an_unknown_user_is_refused_and_creates_nothing(
    user_id: str, store: MemoryStore, folder: Path
) -> None:
    before = files(folder)
    nobody = store.user(user_id)
    reads: list[Callable[[], object]] = [
        lambda: nobody.recall("x"),
        lambda: nobody.observations(),
        lambda: nobody.observation("o1"),
        lambda: nobody.propositions.list(),
        lambda: nobody.propositions.get("p1"),
        lambda: nobody.queue(),
        lambda: nobody.failures(),
        lambda: nobody.reflect(),
        lambda: nobody.embed(),
        lambda: nobody.forget(observations=["o1"]),
        lambda: nobody.forget_everything(),
        lambda: nobody.export(folder / "out.jsonl"),
    ]

    for read in reads:
        with pytest.raises(UnknownUserError) as caught:
            read()
        assert caught.value.user_id == user_id
    assert not nobody.exists
    assert files(folder) == before
    assert store.users() == []
    assert store.due() == []


@pytest.mark.parametrize(
    "user_id",
    ["", " ", "\t\n", "x" * 513, "\ud800", "ana\udfff", None, 7, b"ana"],
    ids=["empty", "blank", "white", "513", "surrogate", "surrogate inside", "None", "int", "bytes"],
)
def test_an_id_that_cannot_be_kept_is_refused(user_id: str, store: MemoryStore) -> None:
    with pytest.raises(InvalidInputError):
        store.user(user_id)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(min_size=1, max_size=40))
def test_an_id_is_refused_or_kept_to_the_letter(store: MemoryStore, user_id: str) -> None:
    try:
        memory = store.user(user_id)
    except InvalidInputError:
        return
    memory.observe("I live in Oslo.")
    assert user_id in store.users()
    memory.forget_everything()
    assert user_id not in store.users()


def test_reviving_an_unknown_user_is_refused_and_leaves_no_mark(store: MemoryStore) -> None:
    with pytest.raises(UnknownUserError):
        store.user("nobody").revive()
    assert store.due() == []


@pytest.mark.parametrize(
    "bad", ["", "   ", "a\0b", "\ud800"], ids=["empty", "blank", "NUL", "half"]
)
def test_a_refused_observation_makes_no_user(bad: str, store: MemoryStore, folder: Path) -> None:
    before = files(folder)
    with pytest.raises(InvalidInputError):
        store.user("ana").observe(bad)
    assert store.users() == []
    assert store.due() == []
    assert files(folder) == before
