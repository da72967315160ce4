"""What a real vLLM reports is what is counted, and its replies end where the budget does."""

from typing import TYPE_CHECKING

import pytest

from usermind import Assistant, Budget
from usermind.models import Ledger, connect
from usermind.models.account import charging, reply_request, written
from usermind.testing import StoppedClock

if TYPE_CHECKING:
    from pathlib import Path

    from tests.vllm.conftest import VllmServer

from tests.models.test_chat import request

from usermind import MemoryStore

pytestmark = pytest.mark.vllm


def open_store(folder: "Path", budget: Budget) -> MemoryStore:
    return MemoryStore(folder, embedder="lexical", budget=budget, clock=StoppedClock())


def test_the_account_agrees_with_the_ledger_and_stays_within_its_bound(
    vllm_server: "VllmServer", tmp_path: "Path"
) -> None:
    asked = request()
    bound = reply_request("turn", written(asked), asked.tools).prompt_tokens
    with open_store(tmp_path, Budget(tokens_per_day=bound + 300)) as store:
        ana = store.user("ana")
        ana.observe("Hello.")
        ledger = Ledger()
        with charging(ana.account):
            pieces = list(connect(vllm_server.url, ledger=ledger).reply(asked))
        spent, total = ana.account.today(), ledger.total()
    assert pieces[-1].usage_metadata
    assert (spent.prompt_tokens, spent.completion_tokens) == (
        total.prompt_tokens,
        total.completion_tokens,
    )
    assert 0 < spent.prompt_tokens <= bound
    assert 0 < spent.completion_tokens <= 300


def test_a_day_never_exceeds_its_tokens(vllm_server: "VllmServer", tmp_path: "Path") -> None:
    with open_store(tmp_path, Budget(tokens_per_day=12_000)) as store:
        with Assistant(store=store, model=vllm_server.url, reflect="manual") as assistant:
            replies = [assistant.turn("ana", f"Tell me about place {n}.") for n in range(12)]
        spent = store.user("ana").account.today()
    assert any(reply.degraded for reply in replies)
    assert not replies[0].degraded
    assert 0 < spent.tokens <= 12_000
