"""The proactive agent over a real vLLM: its ideas are noise; what rests on nothing is dropped."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from langchain_core.tools import tool

from usermind import MemoryStore
from usermind.agents import ProactiveAgent
from usermind.memory import Patience
from usermind.tools.actions import Action

if TYPE_CHECKING:
    from tests.vllm.conftest import VllmServer

pytestmark = pytest.mark.vllm

CALM = Patience(per_day=100, burst=100, every=timedelta(seconds=1), quiet=None)


@tool
def look_up(word: str) -> str:
    """Look a word up in the dictionary."""
    return word


def test_a_look_asks_for_ideas_and_keeps_what_rests_on_what_was_shown(
    vllm_server: "VllmServer", tmp_path: Path
) -> None:
    at = datetime.now().astimezone() + timedelta(minutes=30)
    with MemoryStore(tmp_path / "store", embedder="lexical") as store:
        ana = store.user("ana")
        ana.observe(f"I have a dentist appointment on {at.day} {at:%B} {at.year} at {at:%H:%M}.")
        ana.observe("I searched for flights to Lisbon.")
        ana.reflect()  # by rules, so that there is something to remind of
        agent = ProactiveAgent(
            store=store,
            model=vllm_server.url,
            patience=CALM,
            actions=[Action(look_up, "read-only")],
        )
        look = agent.look("ana")
        again = agent.look("ana")
        known = {each.id for each in ana.observations()} | {
            each.id for each in ana.propositions.list(status=None)
        }
        calls = agent.ledger.totals()

    assert [each.kind for each in look.shown if each.kind != "idea"] == ["reminder"]
    for each in look.considered:
        if each.suggestion is not None:
            assert set(each.suggestion.basis) <= known
    assert calls["discover"].calls >= 1
    weighed = [
        each for each in look.considered if each.suggestion and each.suggestion.kind == "idea"
    ]
    assert calls.get("weigh") is not None or not weighed
    assert not [each for each in again.shown if each.kind == "reminder"]


def test_a_model_that_is_gone_leaves_the_rules(tmp_path: Path) -> None:
    at = datetime.now().astimezone() + timedelta(minutes=30)
    with MemoryStore(tmp_path / "store", embedder="lexical") as store:
        ana = store.user("ana")
        ana.observe(f"I have a dentist appointment on {at.day} {at:%B} {at.year} at {at:%H:%M}.")
        ana.reflect()
        agent = ProactiveAgent(store=store, model="http://127.0.0.1:9/v1", patience=CALM)
        look = agent.look("ana")
    assert [each.kind for each in look.shown] == ["reminder"]
    assert look.trouble
