"""`usermind catalogue` from a terminal."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from usermind.tools.interactions import InteractionLog
from usermind.tools.items import ItemTable
from usermind.tools.recommenders import Popularity, save

Cli = Callable[..., Any]

ROWS = (
    {"id": "1", "title": "Heat (1995)", "text": "A thief.", "genre": ["Crime"], "year": 1995},
    {"id": "2", "title": "The Matrix (1999)", "genre": ["Action", "Sci-Fi"], "year": 1999},
    {"id": "3", "title": "Alien (1979)", "genre": ["Horror", "Sci-Fi"], "year": 1979},
)


def jsonl(path: Path, *rows: object) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return path


@pytest.fixture
def films(cli: Cli, tmp_path: Path) -> Cli:
    items = jsonl(tmp_path / "items.jsonl", *ROWS)
    events = jsonl(
        tmp_path / "events.jsonl",
        {"user": "a", "item": "1", "rating": 9},
        {"user": "b", "item": "2", "rating": 2},
        {"user": "b", "item": "7", "rating": 2},
    )
    done = cli(
        "catalogue", "load", items, "-i", events, "--scale", "1-10", "--things", "film,watch"
    )
    assert done.exit_code == 0, done.stderr
    assert done.stdout == (
        "Items: 3 added, 0 changed, 0 unchanged, 0 deleted.\n"
        "Interactions: 2 added, 0 changed, 0 unchanged.\n"
    )
    assert done.stderr == ("1 interaction left out: with items that the catalogue does not have.\n")
    return cli


def test_how_people_may_speak_of_items_is_told_where_nobody_said_it(
    cli: Cli, tmp_path: Path
) -> None:
    done = cli("catalogue", "load", jsonl(tmp_path / "items.jsonl", *ROWS), "--no-fit")

    assert "Spoken of as: " in done.stderr
    assert "`--things`" in done.stderr


def test_it_is_in_the_folder_of_the_store_and_its_owners_alone(films: Cli, folder: Path) -> None:
    assert (folder / "catalogue" / "interactions.sqlite3").is_file()
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "catalogue").stat().st_mode & 0o077 == 0


def test_what_was_loaded_is_told(films: Cli, folder: Path) -> None:
    told = json.loads(films("catalogue", "status", "--json").stdout)
    size = told.pop("bytes")
    assert size > 1000
    assert told.pop("attributes")["year"] == {
        "items": 3, "words": 0, "common": [], "least": 1979.0, "most": 1999.0,
    }  # fmt: skip
    assert told == {
        "folder": str(folder / "catalogue"), "chroma": None, "items": 3, "people": 2,
        "interactions": 2, "things": ["film", "watch"], "embedder": "lexical-512",
        "models": ["blend"], "unusable": {}, "stopped": [],
        "roles": {
            "taste": "ease", "sequence": "transitions", "attributes": "attributes",
            "text": "text", "popularity": "popularity",
        },
    }  # fmt: skip
    models = folder / "catalogue" / "recommenders"
    save(Popularity().fit(InteractionLog.of(ItemTable(()), [])), models / "ease")
    (models / "empty").mkdir()
    shown = films("catalogue", "status").stdout
    for part in ("3 items, spoken of as film, watch", "2 interactions of 2 people",
                 "Fitted: blend, ease\n",
                 "1979 to 1999", "Sci-Fi, "):  # fmt: skip
        assert part in shown


@pytest.mark.parametrize(
    ("file", "data"), [("model.json", b"{"), ("*.safetensors", b"x"), ("*.safetensors", None)]
)
def test_damaged_files_of_a_fit_are_told_and_how_to_mend_them(
    films: Cli, folder: Path, file: str, data: bytes | None
) -> None:
    models = folder / "catalogue" / "recommenders"
    [path] = (models / "blend").glob(file)
    if data is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + data)
    told = films("catalogue", "status").stdout
    assert "Fitted: blend (damaged; `usermind catalogue fit` mends it)\n" in told
    status = json.loads(films("catalogue", "status", "--json").stdout)
    assert (status["models"], status["unusable"]) == (["blend"], {"blend": "damaged"})
    assert films("catalogue", "fit").exit_code == 0
    assert "Fitted: blend\n" in films("catalogue", "status").stdout


def test_a_fit_by_a_newer_version_is_told(films: Cli, folder: Path) -> None:
    path = folder / "catalogue" / "recommenders" / "blend" / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 9}))
    told = films("catalogue", "status").stdout
    assert "Fitted: blend (of a newer usermind; update, or run `usermind catalogue fit`)" in told


def test_a_search_finds_titles_and_keeps_conditions(films: Cli) -> None:
    found = films("catalogue", "search", "the", "matrix", "-n", "1")
    assert found.stdout.splitlines()[1].split() == ["2", "1.00", "The", "Matrix", "(1999)"]
    rows = json.loads(
        films(
            "catalogue", "search", "alien", "-w", "genre!=Horror", "-w", "year>=1990", "--json"
        ).stdout
    )
    assert {row["id"] for row in rows} == {"1", "2"}
    assert rows[0].keys() == {"id", "title", "text", "attributes", "score"}


def test_a_condition_that_can_never_hold_is_told(films: Cli) -> None:
    wrong = films("catalogue", "search", "alien", "--where", "genr!=Horror")
    assert (wrong.exit_code, wrong.stdout) == (1, "")
    assert "Did you mean 'genre'?" in wrong.stderr
    unread = films("catalogue", "search", "alien", "--where", "genre~Horror")
    assert unread.exit_code == 1
    assert "cannot be read" in unread.stderr
    nothing = films("catalogue", "search", "alien", "-w", "genre=Horror", "-w", "year>=1990")
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert "Nothing passes" in nothing.stderr


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("genr=Horror", "No item has an attribute 'genr'. "),
        ("genr=Horror", "Did you mean 'genre'?"),
        ("mood=sad", "Attributes are 'genre', 'year'."),
        ("genre=Horor", "No item has the 'genre' 'Horor'."),
        ("genre!=Horor", "Did you mean 'Horror'?"),
        ("genre=Western", "Among others there are 'Sci-Fi', 'Crime', 'Action', 'Horror'."),
        ("year=1894", "It is a number, from 1979 to 1999."),
        ("genre>=5", "'genre' is a number of no item"),
    ],
)
@pytest.mark.parametrize("call", [["catalogue", "search", "alien"], ["recommend"]], ids=str)
def test_a_condition_is_checked_alike_by_search_and_recommend(
    films: Cli, call: list[str], condition: str, told: str
) -> None:
    done = films(*call, "--where", condition)
    assert (done.exit_code, done.stdout) == (1, "")
    assert told in " ".join(done.stderr.split())


def test_yes_and_no_are_told_and_asked_for_as_words(cli: Cli, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows = {"id": ["1", "2", "3"], "title": ["Heat", "Emma", "Alien"]}
    file = tmp_path / "films.parquet"
    parquet.write_table(pyarrow.table({**rows, "subtitled": [True, False, None]}), file)
    assert cli("catalogue", "load", file).exit_code == 0
    assert cli("catalogue", "show", "1").stdout == "1: Heat\nsubtitled: yes\n"
    assert "subtitled      2  yes, no" in cli("catalogue", "status").stdout
    for said in ("subtitled=yes", "Subtitled=true", "subtitled!=no"):
        for call in (("catalogue", "search", "film"), ("recommend",)):
            done = cli(*call, "--where", said, "--json")
            found = json.loads(done.stdout)
            rows_found = found["recommendations"] if call == ("recommend",) else found
            assert "1" in {each["id"] for each in rows_found}
            assert "2" not in {each["id"] for each in rows_found}
    wrong = cli("recommend", "--where", "subtitled=perhaps")
    assert "It is yes or no." in wrong.stderr


def test_what_is_shown_as_json_can_be_loaded_again(films: Cli, tmp_path: Path) -> None:
    shown = films("catalogue", "show", "1", "--json")
    again = films("catalogue", "load", jsonl(tmp_path / "x.jsonl", json.loads(shown.stdout)))
    assert "0 added, 0 changed, 1 unchanged" in again.stdout
    told = films("catalogue", "show", "1").stdout
    assert told == "1: Heat (1995)\ngenre: Crime\nyear: 1995\n\nA thief.\n"


def test_items_are_deleted_when_it_is_confirmed(films: Cli) -> None:
    refused = films("catalogue", "delete", "1", "2", said="n\n")
    assert refused.exit_code == 1
    assert "Nothing was deleted" in refused.stderr
    unknown = films("catalogue", "delete", "1", "77", "--yes")
    assert unknown.exit_code == 1
    assert "There is no item '77'" in unknown.stderr
    done = films("catalogue", "delete", "1", "2", "--yes", "--json")
    assert json.loads(done.stdout) == {"deleted": 2}
    told = json.loads(films("catalogue", "status", "--json").stdout)
    assert (told["items"], told["people"], told["interactions"]) == (1, 0, 0)
    assert films("catalogue", "show", "1").exit_code == 1


def test_pruning_tells_what_it_deleted(films: Cli, tmp_path: Path) -> None:
    done = films("catalogue", "load", jsonl(tmp_path / "x.jsonl", ROWS[0]), "--prune", "--json")
    assert json.loads(done.stdout) == {
        "items": {"added": 0, "changed": 0, "unchanged": 1, "deleted": 2},
        "interactions": {"added": 0, "changed": 0, "unchanged": 0, "strangers": 0},
    }


def test_a_wrong_file_is_told_by_row_and_changes_nothing(films: Cli, tmp_path: Path) -> None:
    wrong = films("catalogue", "load", jsonl(tmp_path / "x.jsonl", ROWS[0], {"id": "9"}))
    assert wrong.exit_code == 1
    assert "row 2: title: Field required" in wrong.stderr
    assert json.loads(films("catalogue", "status", "--json").stdout)["items"] == 3
    for scale in ("10", "5-1", "a-b"):
        bad = films("catalogue", "load", tmp_path / "items.jsonl", "--scale", scale)
        assert bad.exit_code == 2
        assert "no scale of ratings" in bad.stderr


def test_a_catalogue_without_anybody_says_how_to_go_on(cli: Cli, tmp_path: Path) -> None:
    done = cli("catalogue", "load", jsonl(tmp_path / "x.jsonl", ROWS[0]))
    assert "--interactions FILE" in done.stderr
    empty = cli("catalogue", "load", jsonl(tmp_path / "x.jsonl"), "--prune")
    assert empty.exit_code == 1
    assert "Nothing was deleted" in " ".join(empty.stderr.split())
    gone = cli("catalogue", "delete", ROWS[0]["id"], "--yes")
    assert gone.exit_code == 0, gone.stderr
    assert "The catalogue is empty" in cli("catalogue", "search", "heat").stderr
    assert "0 items" in cli("catalogue", "status").stdout


@pytest.mark.parametrize(
    "call", [["search", "x"], ["show", "1"], ["delete", "1", "--yes"], ["status"]], ids=str
)
def test_a_mistyped_folder_is_told_and_not_made(cli: Cli, tmp_path: Path, call: list[str]) -> None:
    place = tmp_path / "no films"
    done = cli("catalogue", *call, "--catalogue", place)
    assert (done.exit_code, done.stdout) == (1, "")
    assert f"There is no catalogue in {place}" in done.stderr
    assert not place.exists()


def test_folder_and_server_are_settings(
    films: Cli, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = json.loads(films("config", "--json").stdout)["settings"]
    assert (values["catalogue"]["value"], values["chroma"]["value"]) == (None, None)
    assert "in the store's folder" in films("config").stdout
    moved = tmp_path / "elsewhere"
    (folder / "catalogue").rename(moved)
    monkeypatch.setenv("USERMIND_CATALOGUE", str(moved))
    assert "3 items" in films("catalogue", "status").stdout
    server = films("--chroma", "http://127.0.0.1:9", "catalogue", "show", "1")
    assert server.exit_code == 1
    assert server.stderr.startswith("Store error: ")
    wrong = films("catalogue", "status", "--chroma", "localhost:8000")
    assert wrong.exit_code == 1
    assert "no URL of a Chroma server" in wrong.stderr
    monkeypatch.setenv("USERMIND_CATALOGUE", "")
    assert "'catalogue' from the environment" in films("catalogue", "status").stderr


def test_another_embedder_is_told(films: Cli) -> None:
    done = films("catalogue", "search", "heat", "--embedder", "minilm")
    assert done.exit_code == 1
    assert done.stderr.startswith("Store error: ")
    assert "lexical-512" in done.stderr
    assert "`--embedder lexical`" in done.stderr


def test_a_wish_in_words_says_which_embedder_the_catalogue_wants(films: Cli) -> None:
    done = films("recommend", "a heist in the city", "--embedder", "minilm")
    assert (done.exit_code, done.stdout) == (1, "")
    told = " ".join(done.stderr.split())
    assert "made with the embedder 'lexical-512'" in told
    assert "by `--embedder lexical`" in told
    assert films("recommend", "a heist in the city").exit_code == 0
    # Where no words are compared, whoever made the vectors is as good.
    assert films("recommend", "--embedder", "minilm").exit_code == 0
    assert films("recommend", "--like", "Heat", "--embedder", "minilm").exit_code == 0


def test_what_needs_no_embedder_opens_none(films: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USERMIND_EMBEDDER", "no/such/folder")
    assert films("catalogue", "show", "1").exit_code == 0
    status = films("catalogue", "status")
    assert status.exit_code == 0
    assert "Vectors by lexical-512" in status.stdout
    assert films("catalogue", "search", "heat").exit_code == 1


def test_a_load_that_is_stopped_goes_on(
    cli: Cli, tmp_path: Path, folder: Path, heeding_ctrl_c: Callable[[], None]
) -> None:
    file = jsonl(tmp_path / "x.jsonl", *({"id": str(n), "title": f"F {n}"} for n in range(5_000)))
    process = subprocess.Popen(
        [sys.executable, "-m", "usermind", "catalogue", "load", str(file)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONSAFEPATH": "1"},
        preexec_fn=heeding_ctrl_c,
    )
    while not (folder / "catalogue" / "chroma" / "chroma.sqlite3").is_file():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "Run the same command again" in err
    few = jsonl(tmp_path / "y.jsonl", *({"id": str(n), "title": f"F {n}"} for n in range(300)))
    assert cli("catalogue", "load", few).exit_code == 0
    told = json.loads(cli("catalogue", "status", "--json").stdout)
    assert 300 <= told["items"] < 5_000


AS_NOBODY = """
import json, os, sys
from typer.testing import CliRunner
from usermind.cli import app

catalogue, own, closed = sys.argv[1:]

def run(*call, store="own"):
    done = CliRunner().invoke(app, [*call, "--store", f"{own}/{store}"])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr

reading = [("catalogue", "search", "heat"), ("catalogue", "show", "1"), ("catalogue", "status"),
           ("recommend", "a heist", "--user", "ana")]
for call in reading:  # nobody else may look into where root's Python lies: import it all now
    run(*call, "--catalogue", catalogue, store="first")
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
told = [run(*call, "--catalogue", catalogue) for call in reading]
told.append(run("catalogue", "delete", "1", "--yes", "--catalogue", catalogue))
told.append(run("catalogue", "status", "--catalogue", closed))
print(json.dumps(told))
"""


@pytest.mark.skipif(os.name != "posix", reason="POSIX modes")
def test_a_catalogue_that_cannot_be_written_can_be_asked(
    cli: Cli,
    open_place: Path,
    python: Callable[..., "subprocess.Popen[str]"],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("USERMIND_CONFIG", str(open_place / "config.toml"))
    (open_place / "config.toml").touch()
    shared, own, closed = open_place / "films", open_place / "own", open_place / "closed"
    items = jsonl(open_place / "items.jsonl", *ROWS)
    assert cli("catalogue", "load", items, "--catalogue", shared).exit_code == 0
    own.mkdir()
    (closed / "inner").mkdir(parents=True)
    for path in [*shared.rglob("*"), shared]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    closed.chmod(0)
    own.chmod(0o777)
    out, err = python(AS_NOBODY, shared, own, closed / "inner").communicate(timeout=120)
    closed.chmod(0o755)
    for path in [shared, *shared.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)

    assert out, err
    *reading, deleting, shut = json.loads(out)
    assert [code for code, _, _ in reading] == [0] * 4, reading
    for (_, told, _), part in zip(
        reading, ("Heat (1995)", "1: Heat (1995)", "3 items", "1. "), strict=True
    ):
        assert part in told
    assert deleting[0] == 1
    assert "can be read and not written" in deleting[2]
    assert "`--catalogue`" in deleting[2]
    assert "`--store`" not in deleting[2]
    assert (shut[0], shut[1]) == (1, "")
    assert "cannot be read (Permission denied)" in shut[2]
    assert "`--catalogue`" in shut[2]


def test_two_catalogues_with_a_prefix_share_no_id_in_a_memory(cli: Cli, tmp_path: Path) -> None:
    items = jsonl(tmp_path / "items.jsonl", *ROWS)
    events = jsonl(tmp_path / "events.jsonl", {"user": "a", "item": "1", "rating": 5})
    for kind in ("films", "books"):
        place = ("--catalogue", tmp_path / kind)
        done = cli("catalogue", "load", items, "-i", events, "--prefix", f"{kind}:", *place)
        assert "Items: 3 added" in done.stdout
        assert "Interactions: 1 added" in done.stdout
        again = cli("catalogue", "load", items, "-i", events, "--prefix", f"{kind}:", *place)
        assert "3 unchanged" in again.stdout
        assert cli("catalogue", "show", f"{kind}:1", *place).exit_code == 0
        assert cli("catalogue", "show", "1", *place).exit_code == 1

    cli("feedback", "add", "films:1", "--liked", "--catalogue", tmp_path / "films")
    recommended = {
        kind: {
            each["id"]
            for each in json.loads(
                cli("recommend", "--json", "--catalogue", tmp_path / kind).stdout
            )["recommendations"]
        }
        for kind in ("films", "books")
    }
    assert recommended["films"] == {"films:2", "films:3"}  # the other is known already
    assert recommended["books"] == {"books:1", "books:2", "books:3"}
