"""Published benchmarks over data that you have: what memory finds, and what a model makes of it."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usermind.evals.benchmarks.asking import Asker
    from usermind.evals.benchmarks.corpora import Corpus, Question, sampled
    from usermind.evals.benchmarks.lamp import run_lamp
    from usermind.evals.benchmarks.limit import run_limit
    from usermind.evals.benchmarks.limit_files import read_limit
    from usermind.evals.benchmarks.locomo import run_locomo
    from usermind.evals.benchmarks.locomo_files import read_locomo
    from usermind.evals.benchmarks.personabench import run_personabench
    from usermind.evals.benchmarks.personabench_files import read_personabench
    from usermind.evals.benchmarks.proactivebench import run_proactivebench
    from usermind.evals.benchmarks.recording import Recording
    from usermind.evals.benchmarks.tables import Figure, Report, Table
    from usermind.evals.benchmarks.uqa import run_uqa

_HOME = {
    "Asker": "asking",
    "Corpus": "corpora",
    "Figure": "tables",
    "Question": "corpora",
    "Recording": "recording",
    "Report": "tables",
    "Table": "tables",
    "read_limit": "limit_files",
    "read_locomo": "locomo_files",
    "read_personabench": "personabench_files",
    "run_lamp": "lamp",
    "run_limit": "limit",
    "run_locomo": "locomo",
    "run_personabench": "personabench",
    "run_proactivebench": "proactivebench",
    "run_uqa": "uqa",
    "sampled": "corpora",
}

__all__ = [
    "Asker",
    "Corpus",
    "Figure",
    "Question",
    "Recording",
    "Report",
    "Table",
    "read_limit",
    "read_locomo",
    "read_personabench",
    "run_lamp",
    "run_limit",
    "run_locomo",
    "run_personabench",
    "run_proactivebench",
    "run_uqa",
    "sampled",
]


def __getattr__(name: str) -> object:
    # Loaded on first use: reading one file needs no model and no store.
    if name in _HOME:
        return getattr(import_module(f"usermind.evals.benchmarks.{_HOME[name]}"), name)
    raise AttributeError(f"module 'usermind.evals.benchmarks' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
