"""Scripted evaluations of an agent: scenarios, what happened in them, and what was expected."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usermind.evals.agent import Agent, Equipment
    from usermind.evals.assessing import Assessment, Labelled, assess, read_labelled
    from usermind.evals.certainty import Certainty, calibrate
    from usermind.evals.expectations import Judge, Opinion
    from usermind.evals.judging import PersonalJudge, Question
    from usermind.evals.playing import Played, play
    from usermind.evals.reporting import html_of
    from usermind.evals.results import Check, Results, Run, Verdict
    from usermind.evals.running import Engine, evaluate, evaluate_one
    from usermind.evals.scenario import Expectation, Persona, Scenario, Seed, Turn
    from usermind.evals.scenario_files import Loaded, load_scenarios, scenario_paths
    from usermind.evals.simulating import Conversation, Facet, Need, SimulatedUser, converse
    from usermind.evals.transcript import Step, Transcript

_HOME = {
    "Agent": "agent",
    "Equipment": "agent",
    "Assessment": "assessing",
    "Certainty": "certainty",
    "Check": "results",
    "Conversation": "simulating",
    "Engine": "running",
    "Expectation": "scenario",
    "Facet": "simulating",
    "Judge": "expectations",
    "Labelled": "assessing",
    "Loaded": "scenario_files",
    "Need": "simulating",
    "Opinion": "expectations",
    "Persona": "scenario",
    "PersonalJudge": "judging",
    "Played": "playing",
    "Question": "judging",
    "Results": "results",
    "Run": "results",
    "Scenario": "scenario",
    "Seed": "scenario",
    "SimulatedUser": "simulating",
    "Step": "transcript",
    "Transcript": "transcript",
    "Turn": "scenario",
    "Verdict": "results",
    "assess": "assessing",
    "calibrate": "certainty",
    "converse": "simulating",
    "evaluate": "running",
    "evaluate_one": "running",
    "html_of": "reporting",
    "load_scenarios": "scenario_files",
    "play": "playing",
    "read_labelled": "assessing",
    "scenario_paths": "scenario_files",
}

__all__ = [
    "Agent",
    "Assessment",
    "Certainty",
    "Check",
    "Conversation",
    "Engine",
    "Equipment",
    "Expectation",
    "Facet",
    "Judge",
    "Labelled",
    "Loaded",
    "Need",
    "Opinion",
    "Persona",
    "PersonalJudge",
    "Played",
    "Question",
    "Results",
    "Run",
    "Scenario",
    "Seed",
    "SimulatedUser",
    "Step",
    "Transcript",
    "Turn",
    "Verdict",
    "assess",
    "calibrate",
    "converse",
    "evaluate",
    "evaluate_one",
    "html_of",
    "load_scenarios",
    "play",
    "read_labelled",
    "scenario_paths",
]


def __getattr__(name: str) -> object:
    # Loaded on first use: the pytest plugin lives in this package, and most tests need none of it.
    if name in _HOME:
        return getattr(import_module(f"usermind.evals.{_HOME[name]}"), name)
    raise AttributeError(f"module 'usermind.evals' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
