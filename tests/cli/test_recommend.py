"""`usermind recommend`, `usermind catalogue fit`, and a chat that recommends, from a terminal."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.films import films, watched

from usermind import MemoryStore

Cli = Callable[..., Any]


@pytest.fixture
def loaded(cli: Cli, tmp_path: Path) -> Cli:
    """The command line, with the films and their interactions in the store's catalogue."""
    items, events = tmp_path / "films.jsonl", tmp_path / "watched.jsonl"
    items.write_text(
        "\n".join(
            json.dumps({"id": film.id, "title": film.title, "text": film.text}
                       | {name: list(value) if isinstance(value, tuple) else value
                          for name, value in film.attributes.items()})
            for film in films()
        )
    )  # fmt: skip
    events.write_text(
        "\n".join(
            json.dumps({"user": each.person, "item": each.item_id, "weight": 1.0, "time": each.at})
            for each in watched()
        )
    )
    done = cli(
        "catalogue", "load", items, "--interactions", events, "--things", "film,films,movie,watch"
    )
    assert done.exit_code == 0, done.stderr
    return cli


def recommended(cli: Cli, *arguments: object) -> dict[str, Any]:
    done = cli("recommend", *arguments, "--json")
    assert done.exit_code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_load_fits_and_anybody_gets_a_list(loaded: Cli) -> None:
    assert "blend" in loaded("catalogue", "status").stdout

    done = loaded("recommend", "-n", 3)

    assert done.exit_code == 0, done.stderr
    assert [line[:2] for line in done.stdout.splitlines() if line[0].isdigit()] == [
        "1.", "2.", "3.",
    ]  # fmt: skip


def test_memory_moves_the_list_and_reasons_cite_it(loaded: Cli) -> None:
    lines = ["I love romance films.", "My favourite film is Hollow Moon."]
    loaded("ingest", "-", said="\n".join(json.dumps({"text": text}) for text in lines))
    loaded("reflect")

    found = recommended(loaded, "-n", 7)["recommendations"]

    assert {genre for each in found for genre in each["attributes"]["genre"]} == {
        "Romance", "Sci-Fi",
    }  # fmt: skip
    cited = {reason["memory"] for each in found for reason in each["reasons"]}
    assert cited >= {"p1", "p2"}
    plain = loaded("recommend").stdout
    assert "you like Romance [p1]" in plain


def test_words_and_conditions_are_heeded(loaded: Cli) -> None:
    found = recommended(loaded, "a comedy, nothing from before 2000", "--where", "year<=2010")

    assert {each["title"] for each in found["recommendations"]} == {
        "Llama Drama (2000)", "Pigeon Season (2010)",
    }  # fmt: skip


def test_what_is_like_a_film_and_what_comes_after_it(loaded: Cli) -> None:
    like = recommended(loaded, "--like", "orbit nine", "-n", 4)["recommendations"]
    after = recommended(loaded, "--after", "Orbit Nine", "-n", 1)["recommendations"]

    assert {each["id"] for each in like} == {"s0", "s1", "s3", "s4"}
    assert after[0]["id"] == "s3"


def test_what_the_catalogue_cannot_tell_is_said_and_the_list_comes_all_the_same(
    loaded: Cli,
) -> None:
    done = loaded("recommend", "something by Tarantino under two hours", "-n", 2)

    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("1. ")
    told = " ".join(done.stderr.split())
    assert "(“by Tarantino” did not count: nothing here tells who made it)" in told
    assert "(“under two hours” did not count: nothing here tells how long it is)" in told


def test_an_order_that_is_asked_for_is_kept(loaded: Cli) -> None:
    found = recommended(loaded, "the oldest comedies", "-n", 3)

    assert [each["title"] for each in found["recommendations"]] == [
        "Custard Court (1980)", "Dizzy Dukes (1990)", "Llama Drama (2000)",
    ]  # fmt: skip
    assert found["notes"] == [{"text": "oldest first", "memory": None}]


def test_where_nothing_fits_it_says_which_condition_left_nothing(loaded: Cli) -> None:
    done = loaded("recommend", "a comedy", "--where", "year<=1970")

    assert done.exit_code == 0
    assert done.stdout == ""
    told = " ".join(done.stderr.split())
    assert "Nothing in the catalogue fits." in told
    assert "(20 of 20 are not from 1970 or before; without that, 5 would fit)" in told


@pytest.mark.parametrize(
    "words", ["I was in Korea", "my friend Tom Hanks works at the bank", "French fries"]
)
def test_words_that_speak_of_other_things_filter_nothing(loaded: Cli, words: str) -> None:
    found = recommended(loaded, words, "-n", 20)

    assert len(found["recommendations"]) == 20
    assert found["notes"] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--like", "Citizen Kane"), "no item 'Citizen Kane' in the catalogue"),
        (("--like", "Orbital Ninety"), "Did you mean Orbit Nine (2000), id s2?"),
        (("--like", "Orbit Nine", "something"), "different lists"),
        (("--where", "mood=sad"), "No item has an attribute 'mood'"),
        (("--where", "genre=Opera"), "No item has the 'genre' 'Opera'"),
        (("--where", "year"), "cannot be read"),
    ],
)
def test_what_cannot_be_ranked_is_told(loaded: Cli, arguments: tuple[str, ...], told: str) -> None:
    done = loaded("recommend", *arguments)

    assert done.exit_code == 1
    assert told in " ".join(done.stderr.split())


def test_without_a_catalogue_it_says_how_to_begin_one(cli: Cli, folder: Path) -> None:
    done = cli("recommend")

    assert done.exit_code == 1
    assert "usermind catalogue load FILE" in " ".join(done.stderr.split())


def test_a_fit_takes_the_place_of_the_one_before(loaded: Cli, folder: Path) -> None:
    model = folder / "catalogue" / "recommenders" / "blend" / "model.json"
    model.write_text("{")
    broken = loaded("recommend")
    mended = loaded("catalogue", "fit")

    assert broken.exit_code == 1
    assert "catalogue fit" in " ".join(broken.stderr.split())
    assert "ease for taste" in mended.stdout
    assert recommended(loaded)["recommendations"]


def test_a_chat_recommends_where_there_is_a_catalogue(loaded: Cli) -> None:
    said = "I loved Lisbon Again.\nRecommend me a film.\nNot these, something else.\n"

    done = loaded("chat", "--json", said=said)

    heard, first, second = map(json.loads, done.stdout.splitlines())
    assert "liked Lisbon Again (2000)" in heard["text"]
    assert first["recommended"][0]["attributes"]["genre"] == ["Romance"]
    ids = [{each["id"] for each in reply["recommended"]} for reply in (first, second)]
    assert ids[0]
    assert ids[1]
    assert not ids[0] & ids[1]
    assert "Lisbon Again" in loaded("feedback", "list").stdout


def test_a_chat_with_a_catalogue_that_is_not_there_says_so(cli: Cli, tmp_path: Path) -> None:
    done = cli("chat", "--catalogue", tmp_path / "nowhere", said="Hi.\n")

    assert done.exit_code == 1
    assert "There is no catalogue" in done.stderr


@pytest.mark.parametrize("how", ["rules", "none"])
def test_nothing_is_suggested_where_nobody_is_to(loaded: Cli, how: str) -> None:
    done = loaded("chat", "--json", "--suggestions", how, said="Recommend me a film.\n")

    reply = json.loads(done.stdout.splitlines()[0])
    assert reply["recommended"]
    assert bool(reply["suggestions"]) == (how == "rules")


@pytest.mark.parametrize(
    "flags",
    [("--suggestions", "model"), ("--reformulate", "ensemble"), ("--rerank",)],
    ids=lambda flags: flags[0],
)
def test_what_only_a_model_can_do_is_refused_where_there_is_none(
    loaded: Cli, flags: tuple[str, ...]
) -> None:
    done = loaded("chat", *flags, said="Hi.\n")

    assert done.exit_code == 1
    assert f"`{' '.join(flags)}` has no model to ask." in done.stderr
    assert "`--model URL`" in done.stderr


@pytest.mark.parametrize("rerank", [True, False], ids=["by the model", "as it is"])
def test_a_model_puts_a_list_in_order_where_it_is_asked_to(
    loaded: Cli, endpoint: Any, rerank: bool
) -> None:
    plain = recommended(loaded, "a comedy film", "-n", 3)["recommendations"]
    endpoint.learning = json.dumps({"order": [3, 1, 2]})
    asked = ("a comedy film", "-n", 3, "--model", endpoint.url, *(["--rerank"] if rerank else []))

    found = recommended(loaded, *asked)["recommendations"]

    order = [2, 0, 1] if rerank else [0, 1, 2]
    assert [each["id"] for each in found] == [plain[place]["id"] for place in order]


def test_a_model_that_cannot_rank_leaves_the_order_and_it_is_said(
    loaded: Cli, endpoint: Any
) -> None:
    endpoint.learning = "no JSON"

    done = loaded("recommend", "a comedy film", "--model", endpoint.url, "--rerank")

    assert done.exit_code == 0
    assert "1. " in done.stdout
    assert "(order of the model: " in done.stderr


def test_what_goes_with_an_item_is_in_no_order_of_a_model(loaded: Cli, endpoint: Any) -> None:
    done = loaded("recommend", "--like", "Orbit Nine", "--rerank", "--model", endpoint.url)

    assert done.exit_code == 1
    assert "Leave one of them out." in done.stderr


def test_what_is_sensitive_moves_a_list_where_that_is_asked_for(loaded: Cli, folder: Path) -> None:
    with MemoryStore(folder, embedder="lexical") as store:
        store.user("ana").remember("Ana enjoys films about Catholic priests.")

    default, blind, sighted = (
        recommended(loaded, *flag)["recommendations"]
        for flag in ((), ("--blind",), ("--no-blind",))
    )

    assert default == blind
    assert sighted != blind


@pytest.mark.parametrize("flag", ["--like", "--after"])
def test_what_is_near_an_item_says_why(loaded: Cli, flag: str) -> None:
    done = loaded("recommend", flag, "Orbit Nine", "-n", "2")

    lines = done.stdout.splitlines()
    assert [line[:2] for line in lines] == ["1.", "  ", "2.", "  "]
    assert all("Orbit Nine (2000)" in line for line in lines[1::2])
