"""The shipped scenarios, played by agents that say nothing, or the same whatever they are asked."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from usermind.agents import Reply
from usermind.evals import Engine, Loaded, evaluate, load_scenarios
from usermind.evals.agent import Agent, Equipment
from usermind.evals.scenario import ON_GOAL, ON_REPLY
from usermind.evals.scenario_files import scenario_paths
from usermind.memory import ReflectionReport

SHIPPED = Path(__file__).parents[2] / "examples" / "scenarios"


class Parrot:
    """Keeps what it is told, and always says the same."""

    def __init__(self, given: Equipment, text: str) -> None:
        self._store, self._text = given.store, text

    def turn(
        self,
        user_id: str,
        message: str,
        *,
        thread_id: str = "main",
        message_id: str | None = None,
        images: Sequence[bytes | Path | str] = (),
    ) -> Reply:
        said = self._store.user(user_id).observe(message, source="chat")
        return Reply(self._text, (), thread_id, said.id)

    def reflect(self, user_id: str) -> ReflectionReport:
        return ReflectionReport()

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(scope="module")
def of_replies() -> list[Loaded]:
    """The scenarios in which something is expected of a reply."""
    shipped = load_scenarios(scenario_paths([SHIPPED]))
    kinds = {*ON_REPLY, *ON_GOAL}
    found = [each for each in shipped if kinds & {e.kind for *_, e in each.scenario.expectations()}]
    assert len(found) > 20
    return found


@pytest.mark.parametrize(
    ("text", "passing"),
    [
        ("", []),
        (" \n", []),
        ("?", []),
        ("Lorem ipsum dolor sit amet.", []),
        ("I do not know.", ["says that it does not know"]),  # and that is right of it
    ],
)
def test_who_always_says_the_same_passes_no_scenario_of_a_reply(
    of_replies: list[Loaded], text: str, passing: list[str]
) -> None:
    def agent(given: Equipment) -> Agent:
        return Parrot(given, text)

    engine = Engine(agent=agent, model="parrot", embedder="lexical")
    results = evaluate(of_replies, engine=engine, ablations=())
    assert {each.outcome for each in results.verdicts} <= {"passed", "failed"}
    assert [each.scenario for each in results.verdicts if each.outcome == "passed"] == passing
