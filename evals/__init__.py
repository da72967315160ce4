"""Scripted evaluations of an agent: scenarios, what happened in them, and what was expected."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usermind.evals.expectations import Judge, Opinion
    from usermind.evals.playing import Played, play
    from usermind.evals.results import Check, Results, Run, Verdict
    from usermind.evals.running import Engine, evaluate, evaluate_one
    from usermind.evals.scenario import Expectation, Persona, Scenario, Seed, Turn
    from usermind.evals.scenario_files import Loaded, load_scenarios, scenario_paths
    from usermind.evals.transcript import Step, Transcript

_HOME = {
    "Check": "results",
    "Engine": "running",
    "Expectation": "scenario",
    "Judge": "expectations",
    "Loaded": "scenario_files",
    "Opinion": "expectations",
    "Persona": "scenario",
    "Played": "playing",
    "Results": "results",
    "Run": "results",
    "Scenario": "scenario",
    "Seed": "scenario",
    "Step": "transcript",
    "Transcript": "transcript",
    "Turn": "scenario",
    "Verdict": "results",
    "evaluate": "running",
    "evaluate_one": "running",
    "load_scenarios": "scenario_files",
    "play": "playing",
    "scenario_paths": "scenario_files",
}

__all__ = [
    "Check",
    "Engine",
    "Expectation",
    "Judge",
    "Loaded",
    "Opinion",
    "Persona",
    "Played",
    "Results",
    "Run",
    "Scenario",
    "Seed",
    "Step",
    "Transcript",
    "Turn",
    "Verdict",
    "evaluate",
    "evaluate_one",
    "load_scenarios",
    "play",
    "scenario_paths",
]


def __getattr__(name: str) -> object:
    # Loaded on first use: the pytest plugin lives in this package, and most tests need none of it.
    if name in _HOME:
        return getattr(import_module(f"usermind.evals.{_HOME[name]}"), name)
    raise AttributeError(f"module 'usermind.evals' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
