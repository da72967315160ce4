"""A pytest plugin: each scenario is a test, and so is that it fails without what it needs.

Nothing is collected unless it is asked for: `pytest -p usermind.evals.plugin scenarios/`, or
`addopts = "-p usermind.evals.plugin"`. Then files `*.scenario.yaml` are tests wherever pytest looks
for some. By default the offline engine plays; `conftest.py` may say otherwise:

    def pytest_usermind_engine(config):
        return Engine(reasoner=lambda ledger: connect("http://localhost:8000/v1", ledger=ledger))
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from usermind.evals.results import Ablation, Run
    from usermind.evals.running import Engine
    from usermind.evals.scenario_files import Loaded

# As in `scenario_files`, which loads pydantic and YAML; without scenarios that is not needed.
SUFFIX = ".scenario.yaml"
_ENGINE: pytest.StashKey[Engine] = pytest.StashKey()


class Hooks:
    """What `conftest.py` may say."""

    @pytest.hookspec(firstresult=True)
    def pytest_usermind_engine(self, config: pytest.Config) -> Engine | None:
        """Return what plays the assistant: a `usermind.evals.Engine`. Asked once."""


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the hook."""
    pluginmanager.add_hookspecs(Hooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("usermind", "usermind scenarios")
    group.addoption(
        "--usermind-model",
        metavar="URL",
        help="OpenAI-compatible endpoint that plays the assistant; none: offline engine.",
    )
    group.addoption(
        "--usermind-embedder",
        metavar="WHICH",
        help="minilm, lexical, a folder, or URL#model; none: minilm where it is installed.",
    )
    group.addoption(
        "--usermind-files",
        metavar="FOLDER",
        type=Path,
        help="Folder whose files scenarios may name; none: for each the one that it stands in.",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take files of scenarios."""
    if not file_path.name.endswith(SUFFIX):
        return None
    return ScenarioFile.from_parent(parent, path=file_path)


class ScenarioFile(pytest.File):
    """A file with a scenario; one that is malformed is an error of collection."""

    def collect(self) -> Iterator[ScenarioItem]:
        """Yield a test of the scenario, and one for each thing it fails without."""
        from usermind.evals.scenario_files import read_scenario, told

        loaded, faults = read_scenario(self.path, files=self.config.getoption("--usermind-files"))
        if loaded is None:
            raise self.CollectError(told(faults))
        name = loaded.scenario.name
        yield ScenarioItem.from_parent(self, name=name, loaded=loaded, ablation=None)
        for ablation in loaded.scenario.fails_without:
            yield ScenarioItem.from_parent(
                self, name=f"{name} [without {ablation}]", loaded=loaded, ablation=ablation
            )


class ScenarioFailedError(AssertionError):
    """A scenario did not go as it should."""


class ScenarioItem(pytest.Item):
    """One run of a scenario."""

    def __init__(self, *, loaded: Loaded, ablation: Ablation | None, **given: Any) -> None:
        super().__init__(**given)
        self._loaded, self._ablation = loaded, ablation

    def runtest(self) -> None:
        """Play it; fail with the expectations that do not hold."""
        from usermind.errors import MissingExtraError
        from usermind.evals.running import evaluate_one

        engine = _engine(self.config)
        try:
            run = evaluate_one(self._loaded, engine=engine, ablation=self._ablation)
        except MissingExtraError as error:
            raise ScenarioFailedError(f"{self.path}: {error}") from error
        if run.error is not None:
            raise ScenarioFailedError(f"{run.file}: it broke: {run.error}")
        if self._ablation is None and run.outcome == "failed":
            raise ScenarioFailedError("\n".join(_lines(run, "failed")))
        if run.outcome == "unjudged":
            why = list(_lines(run, "unjudged")) or list(_lines(run, "failed"))
            pytest.skip("not judged: " + "; ".join(why))
        if self._ablation is not None and run.outcome == "passed":
            raise ScenarioFailedError(
                f"{run.file}: it passes without {self._ablation} too, so that it shows nothing of "
                "it."
            )

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what is wrong without a traceback, where it is the scenario."""
        if isinstance(excinfo.value, ScenarioFailedError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where it stands."""
        return self.path, self._loaded.line("name") - 1, self.name


def _lines(run: Run, outcome: str) -> Iterator[str]:
    for each in run.checks:
        if each.outcome == outcome:
            yield f"{run.file}:{each.line}: {each.wanted}: {each.why}"


def _engine(config: pytest.Config) -> Engine:
    if _ENGINE not in config.stash:
        config.stash[_ENGINE] = config.hook.pytest_usermind_engine(config=config) or _told(config)
    return config.stash[_ENGINE]


def _told(config: pytest.Config) -> Engine:
    from usermind.evals.running import Engine
    from usermind.models import connect, open_embedder

    url = config.getoption("--usermind-model")
    return Engine(
        reasoner=None if url is None else lambda ledger: connect(url, ledger=ledger),
        model=url,
        embedder=open_embedder(config.getoption("--usermind-embedder")),
    )
