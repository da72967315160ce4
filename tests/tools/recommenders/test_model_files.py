"""Files of recommenders: whole or refused, and the previous version is never lost."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from usermind.errors import (
    InvalidInputError,
    NoRecommenderError,
    StoreDamagedError,
    StoreNotWritableError,
    StoreVersionError,
)
from usermind.tools.interactions import InteractionLog
from usermind.tools.items import ItemTable
from usermind.tools.recommenders import Ease, Event, Popularity, UserQuery, files, load, save

IDS = [f"film {number}" for number in range(20)]
TABLE = ItemTable.bare(IDS)
QUERY = UserQuery(events=(Event("film 1"), Event("film 4")))


def log(seed: int = 0) -> InteractionLog:
    rng = np.random.default_rng(seed)
    return InteractionLog.of(
        TABLE, [(int(rng.integers(30)), IDS[rng.integers(20)], 1.0, float(n)) for n in range(200)]
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(Ease(ridge=7.5, decay=0.5).fit(log()), tmp_path / "model")
    return tmp_path / "model"


def tensors(folder: Path) -> Path:
    (found,) = folder.glob("model-*.safetensors")
    return found


def rewrite(folder: Path, change: Callable[[dict[str, Any]], object], *, honest: bool) -> None:
    told = json.loads((folder / "model.json").read_text("utf-8"))
    change(told)
    if honest:
        del told["checksum"]
        plain = json.dumps(told, sort_keys=True).encode()
        told["checksum"] = hashlib.sha256(plain).hexdigest()
    (folder / "model.json").write_text(json.dumps(told), "utf-8")


def test_a_folder_holds_two_files_after_any_number_of_saves(folder: Path) -> None:
    for seed in range(3):
        save(Ease(ridge=7.5).fit(log(seed)), folder)
    save(Ease(ridge=7.5).fit(log(2)), folder)  # the very same once more

    assert sorted(path.name for path in folder.iterdir()) == [tensors(folder).name, "model.json"]
    expected = Ease(ridge=7.5).fit(log(2)).scores(QUERY)
    assert np.array_equal(load(folder, TABLE).scores(QUERY), expected)


def test_one_recommender_takes_the_place_of_another(folder: Path) -> None:
    save(Popularity().fit(log()), folder)

    assert isinstance(load(folder), Popularity)
    assert len(list(folder.iterdir())) == 2


def test_a_loaded_recommender_over_another_table_saves_what_it_was(
    folder: Path, tmp_path: Path
) -> None:
    other = load(folder, ItemTable.bare(IDS[3:]))

    save(other, tmp_path / "copy")

    assert np.array_equal(load(tmp_path / "copy").scores(QUERY), load(folder).scores(QUERY))


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_half_written_tensors_are_refused(folder: Path, share: float) -> None:
    path = tensors(folder)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])

    with pytest.raises(StoreDamagedError, match="not written to its end"):
        load(folder)


def test_one_changed_bit_is_noticed(folder: Path) -> None:
    path = tensors(folder)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)

    with pytest.raises(StoreDamagedError, match="Fit the recommender anew"):
        load(folder)


def test_missing_tensors_are_named(folder: Path) -> None:
    tensors(folder).unlink()

    with pytest.raises(StoreDamagedError, match="not there"):
        load(folder)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"format": 1}', b"\xff\xfe", b'{"architectures": ["Bert"]}'],
)
def test_half_written_and_foreign_descriptions_are_refused(folder: Path, content: bytes) -> None:
    (folder / "model.json").write_bytes(content)

    with pytest.raises(StoreDamagedError, match=r"model\.json"):
        load(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["ids"].reverse(),
        lambda told: told["settings"].update(decay=0.9),
        lambda told: told.update(kind="popularity"),
        lambda told: told.update(tensors="model-0123456789abcdef.safetensors"),
    ],
    ids=["other ids", "other settings", "other kind", "other tensors"],
)
def test_an_altered_description_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    rewrite(folder, change, honest=False)

    with pytest.raises(StoreDamagedError, match="altered"):
        load(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["ids"].pop(),
        lambda told: told["settings"].pop("ridge"),
        lambda told: told["settings"].update(ridge=-1.0),
        lambda told: told["settings"].update(ridge="wide"),
        lambda told: told.update(kind="popularity"),
    ],
    ids=["an id less", "no ridge", "wrong ridge", "no number", "arrays of another"],
)
def test_files_that_do_not_fit_together_are_refused(
    folder: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    rewrite(folder, change, honest=True)

    with pytest.raises(StoreDamagedError, match="Nothing was loaded or changed"):
        load(folder)


def test_tensors_outside_the_folder_are_never_opened(folder: Path) -> None:
    rewrite(folder, lambda told: told.update(tensors="../../etc/passwd"), honest=True)

    with pytest.raises(StoreDamagedError):
        load(folder)


def test_a_newer_version_is_refused_and_said_so(folder: Path) -> None:
    rewrite(folder, lambda told: told.update(format=2, secret="new"), honest=False)

    with pytest.raises(StoreVersionError, match="has format 2"):
        load(folder)


@pytest.mark.parametrize("place", ["empty", "missing", "model.json"])
def test_a_folder_without_a_recommender_says_so(tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "model.json").write_text("a file where a folder should be")

    with pytest.raises(NoRecommenderError, match="holds no recommender"):
        load(tmp_path / place)


class Homemade(Popularity):
    name: ClassVar[str] = "homemade"


class Impostor(Popularity):
    name: ClassVar[str] = "ease"


def test_a_recommender_of_ones_own_is_registered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "KINDS", dict(files.KINDS))
    own = Homemade().fit(log())
    with pytest.raises(InvalidInputError, match="'homemade'"):
        save(own, tmp_path)
    assert not list(tmp_path.iterdir())

    files.register(Homemade)
    files.register(Homemade)

    save(own, tmp_path)
    assert isinstance(load(tmp_path), Popularity)
    with pytest.raises(InvalidInputError, match="a name of its own"):
        files.register(Impostor)


def test_every_name_leads_to_its_class() -> None:
    assert {files.kind_of(name).name for name in files.KINDS} == set(files.KINDS)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs a folder of the kernel's")
def test_why_nothing_could_be_written_is_told_as_the_system_says_it() -> None:
    with pytest.raises(StoreNotWritableError) as caught:
        save(Popularity().fit(log()), Path("/proc/self/task"))

    assert "(No such file or directory)" in str(caught.value)
    assert "SafetensorError" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
def test_a_read_only_folder_keeps_what_it_has(folder: Path) -> None:
    folder.chmod(0o500)
    try:
        with pytest.raises(StoreNotWritableError, match="as it was"):
            save(Popularity().fit(log()), folder)
    finally:
        folder.chmod(0o700)

    assert isinstance(load(folder), Ease)


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")

    with pytest.raises(StoreNotWritableError, match="could not be written"):
        save(Popularity().fit(log()), tmp_path / "taken")

    assert (tmp_path / "taken").read_text() == "mine"


def test_a_disk_that_fails_at_the_last_step_leaves_no_draft(tmp_path: Path) -> None:
    (tmp_path / "model.json").mkdir()

    with pytest.raises(StoreNotWritableError, match="as it was"):
        save(Popularity().fit(log()), tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["model.json"]
    with pytest.raises(StoreDamagedError):
        load(tmp_path)


SAVING = """
import sys
from itertools import count
from usermind.tools.interactions import InteractionLog
from usermind.tools.items import ItemTable
from usermind.tools.recommenders import Popularity, load, save

table = ItemTable.bare(str(n) for n in range(5_000))

def save_on():
    for n in count(1):
        one = Popularity().fit(InteractionLog.of(table, [(0, "0", 1.0, 0.0)]))
        one._counts[:] = n
        save(one, sys.argv[1])
        print(n, flush=True)
"""
KILLING = """
import os, random, signal, time
from usermind.tools.recommenders import UserQuery
for kill in range(8):
    out, into = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(into, 1)
        save_on()
    os.close(into)
    with os.fdopen(out) as told:
        first = int(told.readline())
        time.sleep(random.Random(kill).uniform(0, 0.05))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        saved = int((told.read().split() or [first])[-1])
    found = load(sys.argv[1]).score(UserQuery(), ["0", "4999"]).tolist()
    assert found in ([saved, saved], [saved + 1, saved + 1]), (kill, saved, found)
print("nothing was lost")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills children that it forked")
def test_a_process_killed_while_it_saves_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "model"

    done = subprocess.run(
        [sys.executable, "-c", SAVING + KILLING, str(folder)], capture_output=True, text=True
    )

    assert done.stdout == "nothing was lost\n", done.stderr
    for path in folder.iterdir():  # as if the crashes were of yesterday
        if path.name != "model.json":
            os.utime(path, (1.0, 1.0))
    save(Popularity().fit(log()), folder)
    assert len(list(folder.iterdir())) == 2


def test_reading_while_another_saves_gives_one_version_or_the_other(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    process = subprocess.Popen(
        [sys.executable, "-c", SAVING + "save_on()", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            for _ in range(20):
                first, last = load(folder).score(UserQuery(), ["0", "4999"])
                assert first == last
        finally:
            process.kill()
