"""Daily budgets: nothing exceeds them, whoever asks at once, and nothing is lost by them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from usermind import Budget, MemoryStore, UserMemory
from usermind.errors import BudgetSpentError, InvalidInputError, StoreError
from usermind.memory.spend import RESERVED
from usermind.testing import StoppedClock
from usermind.types import Hold, ModelCall

OpenStore = Callable[..., MemoryStore]
StartPython = Callable[..., Any]


def reserve(memory: UserMemory, prompt: int = 100, completion: int = 50) -> Hold | None:
    return memory.account.reserve(
        prompt_tokens=prompt, completion_tokens=completion, least=completion
    )


def call(prompt: int, completion: int, *, failed: bool = False, purpose: str = "turn") -> ModelCall:
    return ModelCall(purpose, failed, 0.5, prompt, completion, 10)


def known(store: MemoryStore, name: str = "ana") -> UserMemory:
    store.user(name).observe("Hello.")
    return store.user(name)


def test_calls_are_summed_by_day_and_purpose(store: MemoryStore, clock: StoppedClock) -> None:
    ana = known(store)
    ana.account.settle(call(100, 20), None)
    ana.account.settle(call(50, 0, failed=True, purpose="reflect"), None)
    clock.advance(timedelta(days=1))
    ana.account.settle(call(7, 3), None)

    days = ana.account.days()
    assert list(days) == ["2026-06-01", "2026-06-02"]
    assert days["2026-06-01"]["reflect"].failed == 1
    assert days["2026-06-01"]["turn"].tokens == 120
    assert (ana.account.today().calls, ana.account.today().tokens) == (1, 10)
    assert known(store, "bob").account.days() == {}


def test_the_day_is_that_of_utc(open_store: OpenStore) -> None:
    late = datetime(2026, 6, 1, 22, tzinfo=timezone(timedelta(hours=-5)))
    ana = known(open_store(clock=StoppedClock(late)))
    ana.account.settle(call(1, 1), None)
    assert list(ana.account.days()) == ["2026-06-02"]


def test_what_is_set_aside_counts_until_it_is_settled(open_store: OpenStore) -> None:
    ana = known(open_store(budget=Budget(tokens_per_day=200)))
    hold = reserve(ana)
    assert ana.account.today().tokens == 150
    with pytest.raises(BudgetSpentError) as refused:
        reserve(ana)
    assert (refused.value.never, refused.value.retryable) == (False, True)
    assert refused.value.retry_at == datetime(2026, 6, 2, tzinfo=UTC)

    ana.account.settle(call(30, 10), hold)
    assert (ana.account.today().tokens, ana.account.today().calls) == (40, 1)
    assert RESERVED not in ana.account.days()["2026-06-01"]
    assert reserve(ana) is not None


def test_a_call_that_ends_tomorrow_counts_for_today(
    open_store: OpenStore, clock: StoppedClock
) -> None:
    ana = known(open_store(budget=Budget(tokens_per_day=200)))
    hold = reserve(ana)
    clock.advance(timedelta(days=1))
    ana.account.settle(call(90, 40), hold)
    assert ana.account.today().calls == 0
    assert ana.account.days()["2026-06-01"]["turn"].tokens == 130


def test_the_answer_gets_the_room_that_is_left_if_that_is_enough(open_store: OpenStore) -> None:
    ana = known(open_store(budget=Budget(tokens_per_day=1_000)))
    hold = ana.account.reserve(prompt_tokens=600, completion_tokens=4_000, least=256)
    assert hold is not None
    assert (hold.completion_tokens, hold.capped) == (400, True)
    ana.account.settle(call(600, 0), hold)
    with pytest.raises(BudgetSpentError):
        ana.account.reserve(prompt_tokens=200, completion_tokens=4_000, least=256)


@pytest.mark.parametrize("budget", [Budget(tokens_per_day=100), Budget(calls_per_day=0)])
def test_what_no_day_has_room_for_is_said_to_be_so(budget: Budget, open_store: OpenStore) -> None:
    with pytest.raises(BudgetSpentError) as refused:
        reserve(known(open_store(budget=budget)))
    assert refused.value.never


def test_without_a_budget_nothing_is_set_aside(store: MemoryStore) -> None:
    ana = known(store)
    assert reserve(ana, 10**9) is None
    assert ana.account.days() == {}
    assert ana.account.share(ana.account.today()) is None


def test_the_share_is_that_of_the_limit_nearest_to_its_end(open_store: OpenStore) -> None:
    ana = known(open_store(budget=Budget(tokens_per_day=1_000, calls_per_day=4)))
    ana.account.settle(call(100, 0), None)
    assert ana.account.share(ana.account.today()) == 0.25


def test_a_user_may_have_a_budget_of_their_own(open_store: OpenStore) -> None:
    store = open_store(budget=lambda user: Budget(calls_per_day=2 if user == "ana" else 0))
    assert reserve(known(store, "ana")) is not None
    with pytest.raises(BudgetSpentError):
        reserve(known(store, "bob"))


def test_a_budget_below_nothing_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="tokens_per_day"):
        Budget(tokens_per_day=-1)


def test_threads_never_exceed_a_budget_together(open_store: OpenStore) -> None:
    stores = [open_store(budget=Budget(tokens_per_day=1_000)) for _ in range(2)]
    known(stores[0])

    def ask(number: int) -> bool:
        try:
            return reserve(stores[number % 2].user("ana")) is not None
        except BudgetSpentError:
            return False

    with ThreadPoolExecutor(8) as pool:
        made = sum(pool.map(ask, range(40)))
    assert made == 6  # of 150 tokens each
    assert stores[0].user("ana").account.today().tokens == 900


SPEND = """
import sys
from usermind import Budget, MemoryStore
from usermind.errors import BudgetSpentError
from usermind.testing import StoppedClock
from usermind.types import ModelCall

budget = Budget(tokens_per_day=20_000, calls_per_day=50)
account = MemoryStore(
    sys.argv[1], embedder="lexical", budget=budget, clock=StoppedClock()
).user("ana").account
print("ready", flush=True)
sys.stdin.readline()
made = 0
try:
    while True:
        hold = account.reserve(prompt_tokens=300, completion_tokens=200, least=200)
        made += 1
        account.settle(ModelCall("turn", False, 0.0, 150, 50), hold)
except BudgetSpentError:
    print(made)
"""


def test_processes_never_exceed_a_budget_together(
    store: MemoryStore, folder: Path, python: StartPython
) -> None:
    ana = known(store)
    spenders = [python(SPEND, folder) for _ in range(3)]
    for spender in spenders:
        assert spender.stdout.readline() == "ready\n"
    for spender in spenders:
        spender.stdin.write("go\n")
        spender.stdin.flush()
    made = 0
    for spender in spenders:
        told, errors = spender.communicate(timeout=120)
        assert spender.returncode == 0, errors
        made += int(told)
    assert made == ana.account.today().calls == 50
    assert ana.account.today().tokens == 50 * 200


def test_spend_is_exported_and_forgotten_with_everything_and_holds_no_words(
    store: MemoryStore, tmp_path: Path
) -> None:
    ana = known(store)
    ana.account.settle(call(1, 2), None)
    ana.export(tmp_path / "ana.jsonl")
    assert '"type": "spend", "day": "2026-06-01", "purpose": "turn"' in (
        tmp_path / "ana.jsonl"
    ).read_text("utf-8")
    ana.forget_everything()
    ana.account.settle(call(1, 2), None)  # of a call that ended too late
    assert not ana.exists
    assert known(store).account.days() == {}


def test_a_closed_store_counts_nothing_and_says_so(open_store: OpenStore) -> None:
    store = open_store(budget=Budget(calls_per_day=1))
    ana = known(store)
    store.close()
    with pytest.raises((InvalidInputError, StoreError)):
        reserve(ana)
