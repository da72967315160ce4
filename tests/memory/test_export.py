"""A user's memory as a file of their own."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from usermind import UserMemory
from usermind.errors import InvalidInputError, StoreNotWritableError, UnknownUserError
from usermind.testing import StoppedClock


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture
def filled(ana: UserMemory) -> UserMemory:
    ana.observe('I said "hei"\nand left 🎸', external_id="D1:3", source="email")
    proposition = ana.remember("Ana says hei.")
    assert proposition is not None
    ana.propositions.correct(proposition.id, "Ana says hallo.")
    ana.recall("hei")
    return ana


def test_an_export_holds_everything_one_object_a_line(
    filled: UserMemory, tmp_path: Path, clock: StoppedClock
) -> None:
    path = tmp_path / "ana.jsonl"
    count = filled.export(path)

    found = lines(path)
    assert len(found) == count
    head, *rest = found
    assert (head["type"], head["user"], head["at"]) == ("export", "ana", clock.now.isoformat())
    by_type = {
        kind: [row for row in rest if row["type"] == kind] for kind in {row["type"] for row in rest}
    }
    assert {kind: len(rows) for kind, rows in by_type.items()} == {
        "observation": 2,
        "proposition": 1,
        "version": 2,
        "evidence": 1,
    }
    first = by_type["observation"][0]
    assert first["text"] == 'I said "hei"\nand left 🎸'
    assert (first["external_id"], first["source"]) == ("D1:3", "email")
    assert first["event_at"] == clock.now.isoformat()
    assert [row["text"] for row in by_type["version"]] == ["Ana says hei.", "Ana says hallo."]


@pytest.mark.skipif(os.name != "posix", reason="POSIX modes")
@pytest.mark.parametrize("left", [False, True], ids=["", "over what a killed export left"])
def test_only_the_owner_can_read_an_export(left: bool, filled: UserMemory, tmp_path: Path) -> None:
    if left:
        (tmp_path / "ana.jsonl.part").write_text("rest of an earlier one")
        (tmp_path / "ana.jsonl.part").chmod(0o666)
    path = tmp_path / "ana.jsonl"
    filled.export(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert lines(path)[0]["type"] == "export"


def test_an_export_overwrites_nothing(filled: UserMemory, tmp_path: Path) -> None:
    path = tmp_path / "ana.jsonl"
    path.write_text("dear diary")
    with pytest.raises(InvalidInputError, match="exists"):
        filled.export(path)
    assert path.read_text() == "dear diary"
    assert [item.name for item in tmp_path.glob("*jsonl*")] == ["ana.jsonl"]


@pytest.mark.parametrize("place", ["missing/ana.jsonl", "file/ana.jsonl"])
def test_a_place_that_cannot_be_written_is_refused(
    place: str, filled: UserMemory, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreNotWritableError, match="cannot be written"):
        filled.export(tmp_path / place)
    assert len(filled.observations()) == 2


def test_exporting_an_unknown_user_writes_no_file(ana: UserMemory, tmp_path: Path) -> None:
    with pytest.raises(UnknownUserError):
        ana.export(tmp_path / "ana.jsonl")
    assert not list(tmp_path.glob("*jsonl*"))
