"""Every request counts for whoever is charged, and none is made that does not fit."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from tests.models.test_chat import GOOD, REFLECT, look_up, request, whole

from usermind import Budget, MemoryStore, UserMemory
from usermind.errors import (
    BudgetSpentError,
    InvalidModelOutputError,
    ModelError,
    ModelTimeoutError,
    ModelUnavailableError,
    TruncatedOutputError,
)
from usermind.models import ChatReasoner, Ledger, Offline, connect
from usermind.models.account import LEAST_REPLY, REPLY_TOKENS, charging, metered, most_tokens
from usermind.testing import ScriptedReasoner

if TYPE_CHECKING:
    from tests.models.conftest import Endpoint

OpenStore = Callable[..., MemoryStore]
CHAT = "/v1/chat/completions"


def paying(store: MemoryStore, name: str = "ana") -> UserMemory:
    store.user(name).observe("Hello.")
    return store.user(name)


@pytest.fixture
def capped(open_store: OpenStore) -> UserMemory:
    return paying(open_store(budget=Budget(tokens_per_day=100_000, calls_per_day=3)))


def test_each_try_and_each_repair_counts(endpoint: "Endpoint", capped: UserMemory) -> None:
    endpoint.plays(endpoint.fails(503), endpoint.says("nonsense"), endpoint.says(GOOD))
    ledger = Ledger()
    reasoner = connect(endpoint.url, ledger=ledger)
    with charging(capped.account):
        assert reasoner.complete(REFLECT).operations == []

    spent = capped.account.today()
    assert (spent.calls, spent.failed, spent.tokens) == (3, 2, 20)
    assert ledger.total().calls == 3
    with charging(capped.account), pytest.raises(BudgetSpentError):
        reasoner.complete(REFLECT)
    assert len(endpoint.asked(CHAT)) == 3


def test_a_retry_that_does_not_fit_is_not_made(endpoint: "Endpoint", store: MemoryStore) -> None:
    ana = paying(store)
    store._budget = Budget(calls_per_day=2)
    endpoint.plays(endpoint.fails(503))
    with charging(ana.account), pytest.raises(BudgetSpentError):
        connect(endpoint.url, max_retries=5).complete(REFLECT)
    assert len(endpoint.asked(CHAT)) == 2
    assert ana.account.today().failed == 2
    assert ana.account.today().tokens == 0


def test_a_stream_counts_when_it_has_ended(endpoint: "Endpoint", capped: UserMemory) -> None:
    endpoint.plays(endpoint.streams("Hel", "lo"))
    with charging(capped.account):
        assert whole(connect(endpoint.url).reply(request())).text == "Hello"
    assert capped.account.days()["2026-06-01"]["turn"].tokens == 10
    (body,) = endpoint.asked(CHAT)
    assert body["max_completion_tokens"] == REPLY_TOKENS


def test_an_abandoned_stream_counts_by_what_went_and_came(
    endpoint: "Endpoint", capped: UserMemory
) -> None:
    endpoint.plays(endpoint.streams(*["one two three "] * 20))
    with charging(capped.account):
        pieces = connect(endpoint.url).reply(request())
        next(pieces)
        assert capped.account.today().tokens > REPLY_TOKENS  # set aside meanwhile
        pieces.close()  # type: ignore[attr-defined]  # a generator

    (spent,) = capped.account.days()["2026-06-01"].values()
    assert (spent.calls, spent.failed) == (1, 1)
    assert spent.prompt_tokens > 20
    assert 0 < spent.completion_tokens < 100


def test_a_call_that_timed_out_counts_as_the_longest(
    endpoint: "Endpoint", capped: UserMemory
) -> None:
    endpoint.plays(endpoint.hangs)
    with charging(capped.account), pytest.raises(ModelTimeoutError):
        connect(endpoint.url, timeout=0.2).complete(REFLECT)
    assert capped.account.today().completion_tokens == REFLECT.max_tokens


def test_a_reply_is_held_to_the_room_that_is_left(
    endpoint: "Endpoint", open_store: OpenStore
) -> None:
    ana = paying(open_store(budget=Budget(tokens_per_day=3_000)))
    endpoint.plays(endpoint.streams("Hello"))
    with charging(ana.account):
        whole(connect(endpoint.url).reply(request()))
    (body,) = endpoint.asked(CHAT)
    assert LEAST_REPLY <= body["max_completion_tokens"] < 3_000
    sent = sum(len(str(message["content"])) for message in body["messages"])
    assert sent + body["max_completion_tokens"] <= 3_000


def test_a_reply_whose_room_exceeds_the_context_gets_what_the_model_has(
    endpoint: "Endpoint", capped: UserMemory
) -> None:
    refused = endpoint.fails(400, "This model's maximum context length is 2048 tokens")
    endpoint.plays(refused, endpoint.streams("Hello"))
    with charging(capped.account):
        assert whole(connect(endpoint.url).reply(request())).text == "Hello"
    first, second = endpoint.asked(CHAT)
    assert "max_completion_tokens" in first
    assert "max_completion_tokens" not in second
    assert capped.account.today().calls == 2


def test_without_a_budget_a_reply_is_not_limited(endpoint: "Endpoint", store: MemoryStore) -> None:
    ana = paying(store)
    endpoint.plays(endpoint.streams("Hello"))
    with charging(ana.account):
        whole(connect(endpoint.url).reply(request()))
    (body,) = endpoint.asked(CHAT)
    assert "max_completion_tokens" not in body
    assert ana.account.today().calls == 1


def test_users_at_once_are_charged_apart(endpoint: "Endpoint", store: MemoryStore) -> None:
    endpoint.plays(endpoint.says(GOOD))
    reasoner = connect(endpoint.url)
    users = [paying(store, f"user{number}") for number in range(6)]
    together = threading.Barrier(6, timeout=30)

    def ask(number: int) -> None:
        together.wait()
        for _ in range(number):
            with charging(users[number].account):
                reasoner.complete(REFLECT)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(ask, range(6)))
    assert [user.account.today().calls for user in users] == [0, 1, 2, 3, 4, 5]


def test_nobody_is_charged_outside(endpoint: "Endpoint", store: MemoryStore) -> None:
    ana = paying(store)
    endpoint.plays(endpoint.says(GOOD))
    with charging(ana.account):
        pass
    connect(endpoint.url).complete(REFLECT)
    assert ana.account.today().calls == 0


def test_a_model_that_reports_no_usage_is_counted_by_estimate(store: MemoryStore) -> None:
    ana = paying(store)
    model = GenericFakeChatModel(messages=iter([AIMessage("A reply of some words.")]))
    with charging(ana.account):
        whole(ChatReasoner(model).reply(request()))
    spent = ana.account.today()
    assert (spent.calls, spent.completion_tokens) == (1, 6)
    assert 20 < spent.prompt_tokens < 1_000


def test_a_reasoner_of_ones_own_is_counted_from_outside(capped: UserMemory) -> None:
    down = ModelUnavailableError("The endpoint is down.")
    own = ScriptedReasoner([down, lambda _: REFLECT.output(operations=[])], replies=["Well well."])
    reasoner = metered(own)
    assert (reasoner.name, reasoner.batch) == (own.name, own.batch)
    with charging(capped.account):
        with pytest.raises(ModelUnavailableError):
            reasoner.complete(REFLECT)
        reasoner.complete(REFLECT)
        assert whole(reasoner.reply(request())).text == "Well well."
        with pytest.raises(BudgetSpentError):
            next(iter(reasoner.reply(request())))
    spent = capped.account.today()
    assert (spent.calls, spent.failed) == (3, 1)
    assert len(own.requests) == 1


@pytest.mark.parametrize("error", [InvalidModelOutputError, TruncatedOutputError])
def test_answers_that_are_no_use_spend_the_tokens_they_were_asked_with(
    open_store: OpenStore, error: type[ModelError]
) -> None:
    ana = paying(open_store(budget=Budget(tokens_per_day=REFLECT.max_tokens + 4_000)))
    own = ScriptedReasoner([error("No use.")] * 200)
    raised: list[type[BaseException]] = [error]
    while raised[-1] is error:
        with charging(ana.account), pytest.raises((error, BudgetSpentError)) as caught:
            metered(own).complete(REFLECT)
        raised.append(caught.type)
    spent = ana.account.today()
    assert spent.calls == spent.failed == len(own.prompts) == len(raised) - 2 > 0
    assert spent.prompt_tokens > 20 * spent.calls
    assert spent.completion_tokens == 0


def test_the_offline_engine_costs_nothing(open_store: OpenStore) -> None:
    ana = paying(open_store(budget=Budget(calls_per_day=0)))
    with charging(ana.account):
        metered(Offline()).complete(REFLECT)
    assert ana.account.days() == {}


def test_the_bound_of_a_prompt_holds_for_any_script() -> None:
    messages = [AIMessage("né 日本 🙂", tool_calls=[{"name": "f", "args": {"a": 1}, "id": "1"}])]
    assert most_tokens(messages) > len("né 日本 🙂".encode())
    assert most_tokens(messages, [look_up]) > most_tokens(messages) + 100
