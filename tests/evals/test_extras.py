"""What scenarios need beyond the base install is told of all of them, before one is played."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from usermind.errors import MissingExtraError
from usermind.evals import Engine, Loaded, evaluate
from usermind.evals.agent import Equipment, assistant
from usermind.evals.extras import installed
from usermind.evals.scenario_files import load_scenarios, scenario_paths

SHIPPED = Path(__file__).parents[2] / "examples" / "scenarios"
Load = Callable[..., Loaded]

SHOWN = """
    name: shown
    turns: [{user: "Who is this?", images: bo.jpg, expect: [{says: Bo}]}]
"""
KNOWN = """
    name: known
    seed: [{concept: {key: bo, names: Bo, pictures: bo.jpg}}]
    turns: [{user: "Who is Bo?", expect: [{says: Bo}]}]
"""
GOODS = """
    name: goods
    catalogue: {items: films.PARQUET}
    turns: [{user: "A film?", expect: [{recommends: Alien}]}]
"""


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if nothing but the base were installed."""
    for module in ("chromadb", "scipy", "PIL", "imagehash", "pyarrow"):
        monkeypatch.setitem(sys.modules, module, None)


@pytest.fixture
def beside(tmp_path: Path) -> None:
    """The files that the scenarios name."""
    for name in ("bo.jpg", "films.PARQUET"):
        (tmp_path / name).touch()


@pytest.mark.usefixtures("bare")
def test_what_the_shipped_scenarios_need_is_told_at_once_and_nothing_is_played(
    tmp_path: Path,
) -> None:
    scenarios = load_scenarios(scenario_paths([SHIPPED]))
    with pytest.raises(MissingExtraError) as error:
        evaluate(scenarios, engine=Engine(embedder="lexical"), folder=tmp_path / "out")
    told = str(error.value)
    assert told.startswith("Nothing was played. What ")
    assert f" of {len(scenarios)} scenarios need (" in told
    assert "Pillow and imagehash for concept-picture.scenario.yaml; chromadb and scipy for " in told
    assert error.value.install == "pip install 'usermind[images,recommenders]'"
    named = set(re.findall(r"[\w-]+\.scenario\.yaml", told))
    assert named == {
        path.name
        for path in SHIPPED.glob("*.yaml")
        if re.search(r"^catalogue:|pictures:|images:", path.read_text("utf-8"), re.MULTILINE)
    }
    assert not (tmp_path / "out").exists()
    rest = [each for each in scenarios if each.path.name not in named]
    installed(rest)


@pytest.mark.usefixtures("bare", "beside")
@pytest.mark.parametrize(
    ("text", "extras"),
    [(SHOWN, "images"), (KNOWN, "images"), (GOODS, "parquet,recommenders")],
    ids=["a picture that is shown", "a picture of a concept", "a catalogue in Parquet"],
)
def test_a_scenario_needs_the_extras_of_what_it_has(scenario: Load, text: str, extras: str) -> None:
    with pytest.raises(MissingExtraError, match="What the scenario needs") as error:
        installed([scenario(text)] * 2)
    assert error.value.install == f"pip install 'usermind[{extras}]'"


@pytest.mark.usefixtures("bare", "beside")
def test_an_agent_of_ones_own_may_look_at_pictures_as_it_likes(scenario: Load) -> None:
    def mine(given: Equipment) -> object:
        return assistant(given)

    shown = scenario(SHOWN)
    engine = Engine(embedder="lexical", model="mine", agent=mine)  # type: ignore[arg-type]
    (run,) = evaluate([shown], engine=engine).runs
    assert run.transcript.steps or run.error is not None


@pytest.mark.usefixtures("beside")
def test_where_all_is_installed_nothing_is_said(scenario: Load) -> None:
    installed([scenario(SHOWN, "a"), scenario(KNOWN, "b")])
