"""Scenarios over a real vLLM whose words are noise: nothing breaks, and the cost is counted."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from usermind.evals import Engine, evaluate, load_scenarios
from usermind.models import MiniLM, connect

if TYPE_CHECKING:
    from tests.vllm.conftest import VllmServer

pytestmark = pytest.mark.vllm

SHIPPED = Path(__file__).parents[2] / "examples" / "scenarios"


def test_scenarios_are_played_counted_and_not_played_again(
    vllm_server: "VllmServer", minilm_folder: Path, tmp_path: Path
) -> None:
    if not vllm_server.healthy():
        vllm_server.restart()
    names = ("recall-home", "forget-not-learnt-again", "watch-reminder")
    engine = Engine(
        reasoner=lambda ledger: connect(vllm_server.url, ledger=ledger),
        model=vllm_server.url,
        embedder=MiniLM(minilm_folder),
    )
    scenarios = load_scenarios([SHIPPED / f"{name}.scenario.yaml" for name in names])
    made: list[str] = []
    for _ in range(2):
        results = evaluate(
            scenarios,
            engine=engine,
            repeats=2,
            jobs=4,
            folder=tmp_path,
            progress=lambda run, done, total: made.append(run.key),
        )
        assert len(made) == len(results.runs) == 12
        assert not [run.error for run in results.runs if run.error]
    for run in results.runs:
        if run.ablation is None:  # without memory a look has nobody to look at
            assert run.cost.calls > 0
            assert run.cost.prompt_tokens > 0
