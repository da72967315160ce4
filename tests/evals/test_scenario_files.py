"""Scenarios are read as they stand, and what is wrong with one is told with its line."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from usermind.errors import InvalidInputError
from usermind.evals import Loaded, load_scenarios, scenario_paths
from usermind.evals.expectations import _MEMORY, _STEP
from usermind.evals.scenario import ON_GOAL, ON_MEMORY, ON_REPLY, ON_WATCH, Expectation

Write = Callable[..., Path]
Load = Callable[..., Loaded]

GOOD = "turns: [{user: Hello, expect: [{says: hello}]}]\n"
ONE = "name: x\nturns:\n  - user: Hello\n    expect: [{says: hello}]\n"


def faults(path: Path) -> list[str]:
    """Return what is wrong with a file, `line: why` each."""
    with pytest.raises(InvalidInputError) as raised:
        load_scenarios([path])
    head, *lines = str(raised.value).splitlines()
    assert head.endswith("in the scenarios; nothing was played.")
    assert all(line.startswith(f"{path}:") for line in lines)
    return [line.removeprefix(f"{path}:") for line in lines]


def test_a_scenario_is_read_with_the_lines_of_its_parts(scenario: Load) -> None:
    loaded = scenario("""
        name: a move
        zone: Europe/Oslo
        start: 2026-03-02T09:00
        seed:
          - {say: I live in Oslo., at: -2w}
        turns:
          - wait: 1d 12h
          - user: Where do I live?
            expect:
              - says: [Oslo, "the capital"]
        after:
          - knows: Oslo
    """)
    one = loaded.scenario
    assert one.begins == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert one.moment(one.seed[0].at) == one.begins - timedelta(weeks=2)
    assert one.turns[0].wait == timedelta(hours=36)
    assert one.turns[1].expect[0].value == ("Oslo", "the capital")
    assert loaded.line("turns", 1, "expect", 0) == 10
    assert loaded.line("after", 0) == 12


def test_words_are_words_whatever_yaml_makes_of_them(scenario: Load) -> None:
    one = scenario("""
        name: no
        turns:
          - user: yes
            expect:
              - says: 12:30
              - calls: {tool: t, with: {count: 3, of: "3", on: true, to: null, why: no}}
    """).scenario
    assert (one.name, one.turns[0].user) == ("no", "yes")
    said, called = one.turns[0].expect
    assert said.says == ("12:30",)
    assert called.calls is not None
    assert called.calls.arguments == {"count": 3, "of": "3", "on": True, "to": None, "why": "no"}


def test_all_faults_of_a_file_are_told_at_once_each_with_its_line(written: Write) -> None:
    path = written("""
        name: bad
        zone: Mars/Olympus
        seed:
          - {sya: "x", at: soon}
          - {say: "a", observe: "b"}
        turns:
          - user: "hi"
            expect:
              - sayz: "x"
              - style: {max_word: 3}
          - wait: long
          - watch: {device: fridge}
        fails_without: [memry]
    """)
    found = faults(path)
    assert [int(line.partition(":")[0]) for line in found] == [2, 4, 4, 5, 9, 10, 11, 12, 13]
    told = "\n".join(found)
    for words in (
        "there is no time zone 'Mars/Olympus'",
        "'soon' is neither a moment like",
        "seed 1: sya: is unknown; did you mean say?",
        "found say and observe",
        "turns 1, expect 1: sayz: is unknown; did you mean says?",
        "max_word: is unknown; did you mean max_words?",
        "'long' is no stretch of time",
        "'fridge' is unknown; known are desktop, phone",
        "'memry' is unknown; did you mean memory?",
    ):
        assert words in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1: it is empty"),
        ("- a\n- b\n", "1: expected keys like name: and turns:"),
        ("name: x\n", "1: turns: is missing"),
        (GOOD, "1: name: is missing"),
        (f"name: x\nname: y\n{GOOD}", "2: name: stands here twice"),
        ("name: x\nturns: [\n", "3: it is no YAML"),
        ("name: x\n\tturns: []\n", "2: it is no YAML"),
        ("name: x\nturns: []\n", "2: turns: expected at least one"),
        ("name: x\nturns: [{user: Hello}]\n", "2: nothing is expected"),
        (f"name: ''\n{GOOD}", "1: name: it is empty"),
        (f"name: x\npersona: Ana\n{GOOD}", "2: persona: expected keys with values"),
        (f"name: x\nseed: {{say: a}}\n{GOOD}", "2: seed: expected a list"),
        (f"name: {{a: b}}\n{GOOD}", "1: name: expected words"),
        ("name: x\nturns: [{user: a, expect: [{asks: maybe}]}]\n", "expected true or false"),
        (f"name: x\npatience: {{per_day: few}}\n{GOOD}", "expected a whole number"),
        (f"? [a, b]\n: c\nname: x\n{GOOD}", "1: a key must be a word"),
        ("name: x\nturns: [{user: a, expect: [{}]}]\n", "found none"),
        (f"name: x\npatience: {{quiet: late}}\n{GOOD}", "2: patience, quiet: 'late' is neither"),
        (f"name: x\npatience: {{quiet: 25:00-8:00}}\n{GOOD}", "neither hours like"),
    ],
)  # fmt: skip
def test_what_is_no_scenario_is_told(written: Write, text: str, told: str) -> None:
    assert any(told in line for line in faults(written(text)))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: " + "[" * 5_000, "1: it is nested too deeply"),
        ("name: x\nturns: " + "[" * 20_000 + "]" * 20_000, "2: it is nested too deeply"),
        (f"name: x\ntags: &a [*a]\n{GOOD}", "2: it is nested too deeply"),
        (f"name: x\ntags: &a [*a, *a, *a]\n{GOOD}", "2: it is nested too deeply"),
        (
            "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
            + "".join(f"{b}: &{b} [{f'*{a},' * 10}]\n" for a, b in pairwise("abcdefghij")),
            "it has more than 100,000 values",
        ),
        (f"name: x\n{GOOD}" + "#" * 2_000_000, "it is larger than 2 MB"),
        (f"name: {'x' * 201}\n{GOOD}", "1: name: it is too long"),
        (f"name: x\nstart: 0001-01-01T09:00\n{GOOD}", "2: start: no calendar goes that far"),
        (f"name: x\nstart: 9999-12-31T23:59\n{GOOD}", "2: start: no calendar goes that far"),
        (f"name: x\nseed: [{{say: a, at: -999999w}}]\n{GOOD}", "2: seed 1, at: no calendar"),
        (f"name: x\nseed: [{{say: a, at: {'9' * 40}d}}]\n{GOOD}", "2: seed 1, at: "),
        (
            "name: x\nturns:\n  - wait: 400000000w\n",
            "3: turns 1, wait: '400000000w' is longer than any calendar",
        ),
        (
            "name: x\nturns:\n  - wait: 900000000d\n",
            "3: turns 1, wait: no calendar goes that far",
        ),
        (
            "name: x\nturns:\n  - wait: 400000w\n  - wait: 400000w\n",
            "4: turns 2, wait: no calendar goes that far",
        ),
        ("name: x\nturns: [{wait: -3d}]\n", "2: turns 1, wait: "),
        (f"{ONE}    images: .\n", ". beside it cannot be read: it is no file"),
    ],
    ids=lambda value: value[-40:] if len(value) > 40 else value,
)  # fmt: skip
def test_a_file_without_end_or_out_of_time_is_told(written: Write, text: str, told: str) -> None:
    found = faults(written(text))
    assert any(told in line for line in found)
    assert sum(map(len, found)) < 2_000


@pytest.mark.parametrize(
    ("turn", "told"),
    [
        ("{user: a, expect: [{knows: b}]}", "knows: belongs to after:, not to user:"),
        ("{user: a, expect: [{silent: true}]}", "silent: belongs to a watch: turn, not to user:"),
        ("{watch: , expect: [{says: b}]}", "says: belongs to a user: turn, not to watch:"),
        ("{user: a, expect: [{satisfied: true}]}", "satisfied: belongs to a goal: turn"),
        ("{goal: {opening: a, facets: []}}", "goal: no facet of the need has `wants`"),
        ("{goal: {opening: a, facets: [{abuot: b}]}}", "abuot: is unknown; did you mean about?"),
        ("{wait: 3h, expect: [{says: b}]}", "says: belongs to a user: turn, not to wait:"),
        ("{answer: accept}", "there was no watch: before it"),
        ("{watch: , images: a.png}", "only a message of the user has them"),
        ("{user: a, images: nowhere.png}", "nowhere.png beside it cannot be read: No such file"),
    ],
)
def test_what_stands_in_the_wrong_place_is_told(written: Write, turn: str, told: str) -> None:
    path = written(f"name: x\nturns:\n  - {{user: a, expect: [{{says: b}}]}}\n  - {turn}\n")
    assert [line for line in faults(path) if line.startswith("4:") and told in line]


def test_what_is_no_file_is_not_waited_for(written: Write) -> None:
    path = written(f"""
name: x
seed:
  - concept: {{key: bo, names: Bo, pictures: [pipe, "a\\0b"]}}
{GOOD}""")
    os.mkfifo(path.parent / "pipe")
    assert faults(path) == [
        "3: pipe beside it cannot be read: it is no file",
        "3: a\x00b beside it cannot be read: there can be no file of this name",
    ]


def test_a_number_without_end_is_words(scenario: Load) -> None:
    digits = "9" * 5_000
    call = f"{{tool: t, with: {{n: {digits}, m: 7}}}}"
    loaded = scenario(f"name: x\nturns: [{{user: a, expect: [{{calls: {call}}}]}}]\n")
    called = loaded.scenario.turns[0].expect[0].calls
    assert called is not None
    assert called.arguments == {"n": digits, "m": 7}


def test_files_that_are_named_and_not_there_are_told(written: Write) -> None:
    path = written(f"""
name: x
catalogue: {{items: films.jsonl}}
seed:
  - concept: {{key: bo, names: Bo, pictures: [bo.png]}}
{GOOD}""")
    assert faults(path) == [
        "2: films.jsonl beside it cannot be read: No such file or directory",
        "4: bo.png beside it cannot be read: No such file or directory",
    ]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that is no scenario's to name."""
    path = tmp_path.parent / f"{tmp_path.name}-secret.txt"
    path.write_text("hunter2")
    return path


@pytest.mark.parametrize("way", ["up", "absolute", "link", "folder that is a link", "in a folder"])
def test_what_leads_out_of_the_scenarios_folder_is_told_by_its_line_and_not_read(
    written: Write, tmp_path: Path, secret: Path, way: str
) -> None:
    (tmp_path / "link").symlink_to(secret)
    (tmp_path / "away").symlink_to(secret.parent)
    (tmp_path / "movielens").mkdir()
    (tmp_path / "movielens" / "movies.dat").symlink_to(secret)
    named = {
        "up": f"../{secret.name}",
        "absolute": str(secret),
        "link": "link",
        "folder that is a link": f"away/{secret.name}",
        "in a folder": "movielens",
    }[way]
    text = f"""
name: x
catalogue: {{items: {named}}}
seed:
  - concept: {{key: bo, names: Bo, pictures: ["{named}"]}}
turns: [{{user: Hello, images: ["{named}"], expect: [{{says: hello}}]}}]
"""
    secret.chmod(0)  # so that reading it would be another fault
    found = faults(written(text))
    wrong = f"{named} leads out of {tmp_path}, so that it was not read."
    lines = [2, 4, 5] if way != "in a folder" else [2]
    assert [line.split(" Put what")[0] for line in found if "leads out" in line] == [
        f"{number}: {wrong}" for number in lines
    ]
    assert all("--files FOLDER" in line for line in found if "leads out" in line)


def test_what_it_names_may_be_anywhere_within_its_folder_or_one_that_is_allowed(
    written: Write, tmp_path: Path, secret: Path
) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_text("a")
    (tmp_path / "link").symlink_to("pictures/a.png")
    for name in ("pictures/a.png", "link", "pictures/../pictures/a.png", str(tmp_path / "link")):
        path = written(f"name: x\nturns: [{{user: a, images: '{name}', expect: [{{says: b}}]}}]\n")
        assert load_scenarios([path])[0].digest
    path = written(
        f"name: x\nturns: [{{user: a, images: ../{secret.name}, expect: [{{says: b}}]}}]"
    )
    assert load_scenarios([path], files=tmp_path.parent)[0].digest
    with pytest.raises(InvalidInputError, match="leads out of"):
        load_scenarios([path], files=tmp_path / "pictures")


def test_a_link_that_leads_to_itself_and_a_device_without_end_are_told(
    written: Write, tmp_path: Path
) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for name, told in (("loop", "Too many levels of symbolic links"), ("/dev/zero", "is no file")):
        path = written(f"name: x\nturns: [{{user: a, images: {name}, expect: [{{says: b}}]}}]")
        with pytest.raises(InvalidInputError, match=told):
            load_scenarios([path], files=Path("/"))


def test_what_is_no_text_is_told_by_its_line(written: Write) -> None:
    path = written(f"name: x\n{GOOD}")
    path.write_bytes(b"name: x\nabout: caf\xe9\n")
    assert faults(path) == ["2: it is not UTF-8; save it in that encoding"]


def test_two_scenarios_of_one_name_are_told(written: Write) -> None:
    one, other = written(f"name: x\n{GOOD}", "a"), written(f"tags: t\nname: x\n{GOOD}", "b")
    with pytest.raises(InvalidInputError, match=f"{other.name}:2: the name 'x' is that of"):
        load_scenarios([one, other])


def test_faults_of_several_files_are_told_together(written: Write) -> None:
    paths = [written("name: x\n", f"f{number}") for number in range(30)]
    with pytest.raises(InvalidInputError) as raised:
        load_scenarios(paths)
    assert "30 faults" in str(raised.value)
    assert str(raised.value).endswith("… and 10 more")


def test_a_change_of_a_named_file_changes_the_digest(
    scenario: Load, written: Write, tmp_path: Path
) -> None:
    text = f"name: x\ncatalogue: films.jsonl\n{GOOD}"
    (tmp_path / "films.jsonl").write_text('{"id": "a", "title": "A"}')
    before = scenario(text).digest
    assert scenario(text).digest == before
    (tmp_path / "films.jsonl").write_text('{"id": "b", "title": "B"}')
    assert scenario(text).digest != before


def test_folders_are_searched_and_files_taken_as_they_are_named(
    written: Write, tmp_path: Path
) -> None:
    path, other = written(), tmp_path / "other.yml"
    other.write_text("")
    assert scenario_paths([tmp_path, path, other]) == [path, other]


@pytest.mark.parametrize("name", ["", "nowhere"])
def test_a_folder_without_scenarios_and_a_path_that_is_not_there_are_errors(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(InvalidInputError, match="Nothing was played"):
        scenario_paths([tmp_path / name])


def test_every_expectation_has_a_place_and_a_rule() -> None:
    kinds = set(Expectation.model_fields)
    assert {*ON_MEMORY} | {*ON_WATCH} | {*ON_GOAL} | {*ON_REPLY} == kinds
    assert {*_STEP} == {*ON_WATCH, *ON_GOAL, *ON_REPLY} - {"judge"}
    assert {*_MEMORY} == {*ON_MEMORY}


def test_a_pipe_is_no_scenario_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.scenario.yaml")
    with pytest.raises(InvalidInputError, match="it is no file"):
        load_scenarios(scenario_paths([tmp_path]))


def test_a_folder_inside_that_cannot_be_read_is_told_and_not_passed_over(
    written: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(ONE)
    closed = tmp_path / "closed"
    closed.mkdir()
    listed = os.scandir

    def scandir(path: str) -> Any:  # for root nothing is closed
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(InvalidInputError, match=r"closed cannot be read: Permission denied"):
        scenario_paths([tmp_path])
