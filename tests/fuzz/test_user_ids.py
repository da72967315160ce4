"""Any user id is a user of its own, within the folder, who can be forgotten; or it is refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fuzz.fuzzing import HALVES, ODD_TEXTS, bounded, inputs, json_values, odd_text

from usermind import MemoryStore
from usermind.errors import InvalidInputError
from usermind.memory.registry import MAX_USER_ID
from usermind.testing import StoppedClock

TRICKY: Final = (
    *("../x", "..\\x", "/etc/passwd", "//host/x", ".", "..", "~", "a/../b", "registry.db", "users"),
    *("con", "NUL", "aux.db", "COM1", "a.", "a ", " a", "a:b", "a*b", "a?b", "a\x00b", "\x00", "-"),
    *("Ana", "ana", "ANA", "jose\u0301", "jos\u00e9", "ﬁ", "fi", "ß", "ss", "İ", "i̇", "K", "K"),
    *(
        "x" * MAX_USER_ID,
        "x" * (MAX_USER_ID + 1),
        "👧" * 300,
        "\u202eana",
        "\u200b",
        "%00",
        "%2e%2e",
    ),
    *("ana\n", "ana\r", "ana\x1b[2J", "'; DROP TABLE user; --", "_", "%", "\ufeffana", "-journal"),
)
ids = st.one_of(
    st.sampled_from((*TRICKY, *ODD_TEXTS, *HALVES)),
    odd_text,
    st.builds(lambda a, b: a + b, st.sampled_from(TRICKY), odd_text),
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryStore]:
    folder = tmp_path_factory.mktemp("within") / "store"
    with MemoryStore(folder, embedder="lexical", clock=StoppedClock()) as store:
        yield store


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@inputs(20)
@given(one=ids, other=ids)
def test_two_ids_are_two_users_or_refused(kept: MemoryStore, one: str, other: str) -> None:
    made: list[str] = []
    with bounded():
        for name in dict.fromkeys((one, other)):
            try:
                kept.user(name).observe(f"I am number {len(made)}.")
                made.append(name)
            except InvalidInputError:
                continue
        assert kept.users() == sorted(made)
        for place, name in enumerate(made):
            assert [each.text for each in kept.user(name).observations()] == [
                f"I am number {place}."
            ]
        assert all(name.startswith("store/") for name in _files(kept.path.parent))
        for name in made:
            kept.user(name).forget_everything()
        assert kept.users() == []
        assert not list((kept.path / "users").iterdir())


@inputs(30, share=0.2)
@given(given_=json_values)
def test_what_is_no_id_is_refused(kept: MemoryStore, given_: Any) -> None:
    if isinstance(given_, str):
        return
    with pytest.raises(InvalidInputError):
        kept.user(given_)
