"""Scenarios of any YAML are read, or every fault is told with its line."""

from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.fuzz.fuzzing import (
    HALVES,
    ODD_TEXTS,
    bounded,
    inputs,
    json_values,
    mangled,
    odd_text,
    refused,
)

from usermind.errors import InvalidInputError
from usermind.evals import load_scenarios, scenario_paths

EXAMPLES: Final = sorted((Path(__file__).parents[2] / "examples/scenarios").glob("*.yaml"))
KEYS: Final = (
    *(
        "name",
        "about",
        "tags",
        "persona",
        "zone",
        "start",
        "catalogue",
        "patience",
        "seed",
        "turns",
    ),
    *("after", "fails_without", "user", "goal", "observe", "forget", "wait", "watch", "answer"),
    *("within", "thread", "images", "author", "source", "expect", "says", "calls", "with", "tool"),
    *("style", "max_words", "silent", "knows", "concept", "key", "names", "attributes", "pictures"),
    *("say", "at", "appointment", "text", "begins", "ends", "items", "facets", "opening", "wants"),
)
VALUES: Final = (
    *(
        "-20d",
        "9" * 30 + "w",
        "1e9d",
        "-999999d",
        "0001-01-01",
        "9999-12-31T23:59+14:00",
        "29h 30min",
    ),
    *(
        "Europe/Oslo",
        "Nowhere",
        "..",
        "Europe",
        "/etc/passwd",
        "22:00-08:00",
        "25:00-08:00",
        "never",
    ),
    *(
        "films.jsonl",
        "/",
        "/dev/zero",
        "/dev",
        "pipe",
        "../..",
        "a" * 300,
        "accept",
        "memory",
        "true",
    ),
)


def _dumped(value: Any) -> bytes:
    text: str = yaml.dump(value, allow_unicode=True, sort_keys=False)
    return text.encode("utf-8", "surrogatepass")


leaves = st.one_of(st.sampled_from(VALUES), odd_text, st.integers(), st.booleans(), st.none())
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=10,
)


@st.composite
def altered(draw: st.DrawFn) -> bytes:
    """Return a good scenario of which some values are others."""
    data = yaml.safe_load(draw(st.sampled_from(EXAMPLES)).read_bytes())
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
            places.append((node, key))
            if isinstance(value, dict | list):
                walk(value)

    walk(data)
    for node, key in draw(st.lists(st.sampled_from(places), min_size=1, max_size=3)):
        node[key] = draw(trees)
    return _dumped(data)


scenarios = st.one_of(
    st.sampled_from(EXAMPLES).flatmap(lambda path: mangled(path.read_bytes())),
    altered(),
    st.one_of(trees, json_values).map(_dumped),
    st.binary(max_size=80),
)


@inputs(60)
@given(data=scenarios)
def test_a_scenario_is_read_or_its_faults_are_told(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "some.scenario.yaml"
    path.write_bytes(data)
    with bounded(), refused(InvalidInputError, told="in the scenarios; nothing was played.\n"):
        (loaded,) = load_scenarios([path])
        assert loaded.digest
        assert loaded.scenario.begins.tzinfo
        assert all(loaded.scenario.moment(seed.at) for seed in loaded.scenario.seed)


@inputs(30, share=0.1)
@given(odd=st.one_of(st.sampled_from((*ODD_TEXTS, *HALVES)), odd_text))
def test_any_path_is_looked_at_or_refused(tmp_path: Path, odd: str) -> None:
    with bounded(), pytest.raises(InvalidInputError):
        load_scenarios(scenario_paths([tmp_path / odd.replace("/", "_")]))
