"""`UserMemoryMiddleware` with a catalogue: verdicts are heard, lists are offered and noted."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from tests.films import filled

from usermind import UserMemory
from usermind.agents import UserMemoryMiddleware
from usermind.agents.recommending import Question, Recommending
from usermind.tools import Advisor, Catalogue, Item
from usermind.tools.advice import Advice
from usermind.tools.fitting import fit, place_of
from usermind.tools.interactions import Interaction
from usermind.tools.item_history import ItemHistory

HORROR = ("Cellar Door", "Grey Nursery", "Marrow Lane", "Pale Tenant", "Sallow Hill")


class Scripted(BaseChatModel):
    """A chat model that says what it is told to and keeps what it was shown."""

    replies: list[str]
    shown: list[list[BaseMessage]] = []  # noqa: RUF012  # pydantic copies it

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        self.shown.append(messages)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self.replies.pop(0)))])


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    with filled(tmp_path_factory.mktemp("films")) as made:
        fit(made)
        yield made


def shown(
    memory: UserMemory, catalogue: Catalogue | Advisor | None, said: Sequence[tuple[str, str]]
) -> str:
    """Have a conversation, of messages with their replies; return the last system prompt."""
    model = Scripted(replies=[reply for _, reply in said])
    with UserMemoryMiddleware(memory, reflect="manual", catalogue=catalogue) as middleware:
        agent: Any = create_agent(model, [], system_prompt="Be kind.", middleware=[middleware])
        for message, _ in said:
            agent.invoke(
                {"messages": [("user", message)]}, {"configurable": {"thread_id": "tonight"}}
            )
    return model.shown[-1][0].text


def test_what_a_message_says_of_items_is_kept_and_told(
    ana: UserMemory, catalogue: Catalogue
) -> None:
    told = shown(ana, catalogue, [("I hated Custard Court.", "Noted.")])

    assert [(each.item_id, each.weight) for each in ana.feedback.events()] == [("c0", -1.0)]
    assert "- did not like ⟦Custard Court (1980)⟧" in told


def test_a_list_is_offered_and_what_the_reply_names_of_it_is_noted(
    ana: UserMemory, catalogue: Catalogue
) -> None:
    ana.observe("My favourite film is Hollow Moon.")
    ana.reflect()
    told = shown(ana, catalogue, [("Recommend me a film.", "Try Orbit Nine!")])

    assert "⟦Orbit Nine (2000)⟧" in told
    assert "because ⟦you liked Hollow Moon (1980)⟧ [p1]" in told
    [exposure] = ana.feedback.exposures(thread="tonight")
    assert exposure.item_id == "s2"
    assert exposure.observation is not None
    receipt = ana.forget(propositions=["p1"])
    assert exposure.observation in receipt.observations  # the reply rests on the reason


def test_what_was_shown_or_refused_before_does_not_come_again(
    ana: UserMemory, catalogue: Catalogue
) -> None:
    told = shown(
        ana,
        catalogue,
        [
            ("I don't want any horror films.", "All right."),
            ("Recommend me 20 films.", "Orbit Nine."),
            ("Give me 20 other films.", "Well."),
        ],
    )

    assert "From the catalogue" in told
    assert "⟦Quiet Engines (2010)⟧" in told
    assert "⟦Orbit Nine (2000)⟧ (" not in told
    assert not any(f"⟦{title} (" in told for title in HORROR)


def test_what_was_recommended_is_told_when_it_is_asked_for(
    ana: UserMemory, catalogue: Catalogue
) -> None:
    asked = ("What have you recommended to me?", "Orbit Nine.")
    before = shown(ana, catalogue, [asked])
    after = shown(ana, catalogue, [("Recommend me a sci-fi film.", "Try Orbit Nine!"), asked])

    assert "⟦I have not recommended anything to you yet.⟧" in before
    assert "All that is known of that:\nthe memories [x1]." in after
    assert "(recommended to the user) ⟦was recommended Orbit Nine (2000)⟧" in after


def test_nothing_of_it_is_done_without_a_catalogue_or_where_nothing_is_asked(
    ana: UserMemory, catalogue: Catalogue
) -> None:
    without = shown(ana, None, [("I hated Custard Court. Recommend me a film.", "Orbit Nine.")])
    assert "catalogue" not in without
    assert ana.feedback.events() == ()
    assert ana.feedback.exposures() == ()

    assert "catalogue" not in shown(ana, catalogue, [("I moved to Oslo.", "Orbit Nine is far.")])
    assert ana.feedback.exposures() == ()


def test_of_a_private_message_neither_verdict_nor_list_is_kept(
    ana: UserMemory, catalogue: Catalogue
) -> None:
    ana.private.add("my evenings")
    shown(ana, catalogue, [("For my evenings: I hated Custard Court.", "Noted.")])
    shown(ana, catalogue, [("Recommend me a film for my evenings.", "Try Orbit Nine!")])

    assert ana.feedback.events() == ()
    assert ana.feedback.exposures() == ()


def test_a_catalogue_that_cannot_be_read_costs_its_list_and_not_the_run(
    ana: UserMemory, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with filled(tmp_path_factory.mktemp("spoilt")) as films:
        fit(films)
        (place_of(films) / "model.json").write_text("{")
        told = shown(ana, films, [("Recommend me a film.", "I cannot.")])

    assert "(the catalogue cannot be read now: recommend nothing, and say so)" in told
    assert [item.text for item in ana.observations()] == ["I cannot.", "Recommend me a film."]


def test_a_list_is_made_once_for_a_run(ana: UserMemory, catalogue: Catalogue) -> None:
    class Counting(Advisor):
        lists = 0

        def advise(self, *args: Any, **given: Any) -> Any:
            self.lists += 1
            return super().advise(*args, **given)

    advisor = Counting(catalogue)
    shown(ana, advisor, [("Recommend me a sci-fi film.", "Try Orbit Nine!")])

    assert advisor.lists == 1
    assert len(ana.feedback.exposures()) == 1


class Counted(Advisor):
    """An advisor that notes what it is asked."""

    asked: tuple[str, ...] = ()

    def history(self, memory: UserMemory, message: str) -> ItemHistory | None:
        self.asked += ("past",)
        return super().history(memory, message)

    def advise(self, *args: Any, **kwargs: Any) -> Advice:
        self.asked += ("list",)
        return super().advise(*args, **kwargs)


@pytest.mark.parametrize("message_id", ["m1", ""], ids=["with an id", "without an id"])
def test_a_run_asks_the_catalogue_once_and_the_next_one_anew(
    ana: UserMemory, catalogue: Catalogue, message_id: str
) -> None:
    ana.observe("I like films.")
    ana.feedback.shown([("c0", "Custard Court (1980)")])
    advisor = Counted(catalogue)
    recommending = Recommending(advisor, "local model")
    question = Question(
        ana, "What have you recommended? Recommend me a film.", message_id, None, "tonight"
    )
    for runs in (1, 2):
        found = recommending.begin(question, private=True)
        assert found.asked == ("past", "items")
        offers = [recommending.offer(question, unread=False) for _ in range(3)]
        past = [recommending.past(question, ()) for _ in range(3)]
        assert recommending.offered(question) is not None
        assert offers[0].items
        assert past[0].more == 1
        assert (offers[0], past[0]) == (offers[2], past[2])
        assert sorted(advisor.asked) == ["list"] * runs + ["past"] * runs
    ana.feedback.forget("c0")
    assert recommending.past(question, ()).more == 0
    recommending.close()


TWINS = [Item("s2b", "Orbit Nine (2021)", "A remake.", {"genre": ("Sci-Fi",)})]


@pytest.mark.parametrize("about", ["it", "a secret"])
def test_a_verdict_on_a_title_of_two_items_is_to_be_asked_back(
    ana: UserMemory, tmp_path: Path, about: str
) -> None:
    if about == "a secret":
        ana.private.add("Orbit Nine")
    with filled(tmp_path) as own:
        own.add(TWINS)
        own.add_interactions([Interaction(f"late {n}", "s2b", 1.0, 1.0) for n in range(12)])
        told = shown(ana, own, [("I loved Orbit Nine.", "Which one?")])
        again = shown(ana, own, [("I loved Orbit Nine (2021).", "Noted.")])

    if about == "a secret":
        assert "ask which is meant" not in told
        assert not any("Orbit" in each.text for each in ana.observations())
    else:
        asked = next(line for line in told.splitlines() if "ask which is meant" in line)
        assert "Orbit Nine (2021)" in asked
        assert "Orbit Nine (2000)" in asked
        assert [each.item_id for each in ana.feedback.list()] == ["s2b"]
    assert "ask which is meant" not in again
